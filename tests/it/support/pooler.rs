//! pgbouncer in front of a server, a server that demands passwords, a server with a replica: started
//! by the test that needs them, ended with it.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A running program that is killed when it is dropped.
pub struct Running {
    child: Child,
    /// Where it listens.
    pub port: u16,
    _folder: tempfile::TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A pgbouncer in this pool mode in front of the server at `server_port`.
///
/// # Panics
/// When it cannot be had: a test is never skipped for want of it.
pub fn pgbouncer(server_port: u16, pool_mode: &str) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let config = format!(
        "[databases]\n* = host=127.0.0.1 port={server_port} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\npool_mode = {pool_mode}\nunix_socket_dir =\n"
    );
    let path = folder.path().join("pgbouncer.ini");
    std::fs::write(&path, config).unwrap();
    open_to_all(folder.path());
    open_to_all(&path);
    let mut command = Command::new("pgbouncer");
    if is_root() {
        command.args(["-u", "postgres"]);
    }
    let child = command
        .arg(&path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("pgbouncer is needed by this test; Debian has it as package pgbouncer");
    let running = Running { child, port, _folder: folder };
    wait_for(port);
    running
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}

fn open_to_all(path: &Path) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn wait_for(port: u16) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "nothing listens on port {port}");
        sleep(Duration::from_millis(50));
    }
}

/// A server of the newest major that demands a password (`s3cret-word`) and speaks TLS with a
/// certificate of its own authority, whose file is given.
///
/// # Panics
/// When it does not start.
pub fn secured(binaries: &Path) -> (Running, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (data, authority) = (folder.path().join("data"), folder.path().join("root.crt"));
    let port = free_port();
    open_to_all(folder.path());
    let script = format!(
        "set -e; cd {folder}; umask 022
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=lockgate-test-authority -keyout root.key -out root.crt
openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr
printf 'subjectAltName=DNS:localhost\\nbasicConstraints=CA:FALSE\\n' > names
openssl x509 -req -in server.csr -CA root.crt -CAkey root.key -CAcreateserial -days 2 -extfile names -out server.crt
printf 's3cret-word' > password; mkdir -m 700 data
if [ \"$(id -u)\" = 0 ]; then chown -R postgres . ; as='setpriv --reuid=postgres --regid=postgres --clear-groups'; fi
$as env LC_ALL=C LD_LIBRARY_PATH={lib} {bin}/initdb -D data -U postgres -A scram-sha-256 --pwfile=password --no-sync
cp server.crt server.key data/; chmod 600 data/server.key
if [ \"$(id -u)\" = 0 ]; then chown postgres data/server.*; fi
printf \"listen_addresses='127.0.0.1'\\nport={port}\\nunix_socket_directories=''\\nfsync=off\\nssl=on\\n\" >> data/postgresql.conf",
        folder = folder.path().display(),
        lib = binaries.join("lib").display(),
        bin = binaries.join("bin").display(),
    );
    let made = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let child = start(binaries, &data);
    let running = Running { child, port, _folder: folder };
    wait_for(port);
    (running, authority)
}

/// Starts a server on its data.
fn start(binaries: &Path, data: &Path) -> Child {
    let program = binaries.join("bin/postgres");
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.env("LD_LIBRARY_PATH", binaries.join("lib")).env("LC_ALL", "C");
    let command = command.arg("-D").arg(data).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// A server of the newest major and a replica that streams from it: the replica's data are those of
/// the primary before it was started for the first time.
///
/// # Panics
/// When they do not start.
pub fn replicated(binaries: &Path) -> (Running, Running) {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (port, other) = (free_port(), free_port());
    open_to_all(first.path());
    open_to_all(second.path());
    let script = format!(
        "set -e; cd {first}; mkdir -m 700 data
if [ \"$(id -u)\" = 0 ]; then chown postgres data {second}; as='setpriv --reuid=postgres --regid=postgres --clear-groups'; fi
$as env LC_ALL=C LD_LIBRARY_PATH={lib} {bin}/initdb -D data -U postgres -A trust --no-sync
$as sh -c \"printf \\\"listen_addresses='127.0.0.1'\\nunix_socket_directories=''\\nfsync=off\\nport={port}\\n\\\" >> data/postgresql.conf\"
$as cp -a data {second}/data
$as sh -c \"printf \\\"port={other}\\nprimary_conninfo='host=127.0.0.1 port={port} user=postgres'\\nwal_receiver_status_interval=1\\n\\\" >> {second}/data/postgresql.conf\"
$as touch {second}/data/standby.signal",
        first = first.path().display(),
        second = second.path().display(),
        lib = binaries.join("lib").display(),
        bin = binaries.join("bin").display(),
    );
    let made = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let child = start(binaries, &first.path().join("data"));
    let primary = Running { child, port, _folder: first };
    wait_for(port);
    let child = start(binaries, &second.path().join("data"));
    let standby = Running { child, port: other, _folder: second };
    wait_for_answer(other);
    (primary, standby)
}

/// A server that starts up listens before it answers.
fn wait_for_answer(port: u16) {
    let deadline = Instant::now() + Duration::from_secs(60);
    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    while postgres::Client::connect(&url, postgres::NoTls).is_err() {
        assert!(Instant::now() < deadline, "no server answers on port {port}");
        sleep(Duration::from_millis(50));
    }
}
