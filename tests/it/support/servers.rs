//! Real PostgreSQL servers for tests, started by `tests/servers.sh`, and a fresh database per test.
//!
//! Neighbour: `catalog`, which reads such a database back as data.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};

/// The oldest and the newest major that every test run uses.
pub const OLDEST: u8 = 12;
/// See [`OLDEST`].
pub const NEWEST: u8 = 18;

/// How long a server that is starting up may refuse connections.
const STARTUP: Duration = Duration::from_secs(60);

/// A running server of one major version.
#[derive(Debug)]
pub struct Server {
    /// The major version, e.g. 18.
    pub major: u8,
    config: Config,
}

/// The server of this major, started if it is not up.
///
/// # Panics
/// When it cannot be had: a test is never skipped for want of a server.
pub fn server(major: u8) -> &'static Server {
    static SERVERS: [OnceLock<Server>; 100] = [const { OnceLock::new() }; 100];
    SERVERS[usize::from(major)].get_or_init(|| Server::start(major))
}

/// The folder with `bin` and `lib` of a started major.
///
/// # Panics
/// When there is none.
pub fn binaries(major: u8) -> std::path::PathBuf {
    server(major);
    let base = std::env::var_os("LOCKGATE_SERVERS").map(std::path::PathBuf::from);
    let base = base.unwrap_or_else(|| std::env::temp_dir().join("lockgate-servers"));
    let own = base.join(format!("{major}/native"));
    let distribution = std::path::PathBuf::from(format!("/usr/lib/postgresql/{major}"));
    [own, distribution]
        .into_iter()
        .find(|folder| folder.join("bin/initdb").exists())
        .expect("the started server has its programs somewhere")
}

impl Server {
    /// The URL of its administrative database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:54{}/postgres", self.major)
    }

    fn start(major: u8) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers.sh");
        let output = Command::new("bash")
            .arg(&script)
            .args(["start", &major.to_string()])
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("cannot run {}: {error}", script.display()));
        let printed = String::from_utf8_lossy(&output.stdout);
        let url = printed.lines().find_map(|line| line.strip_prefix(&format!("{major} ")));
        let Some(url) = url.filter(|_| output.status.success()) else {
            let errors = String::from_utf8_lossy(&output.stderr);
            panic!(
                "PostgreSQL {major} is needed by this test and does not start ({}):\n{errors}",
                output.status
            );
        };
        let config =
            url.parse().unwrap_or_else(|error| panic!("no connection URL: {url}: {error}"));
        let server = Self { major, config };
        let found: i32 = server
            .connect("postgres")
            .query_one("SELECT current_setting('server_version_num')::int / 10000", &[])
            .expect("server_version_num is readable")
            .get(0);
        assert_eq!(
            found,
            i32::from(major),
            "another server listens on the port of PostgreSQL {major} ({url})"
        );
        server
    }

    /// A new, empty database, dropped with the returned value. `name_hint` shows in its name.
    pub fn database(&'static self, name_hint: &str) -> Database {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let hint: String = name_hint
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
            .take(30)
            .collect::<String>()
            .to_ascii_lowercase();
        let name =
            format!("t_{hint}_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let mut admin = self.connect("postgres");
        // a process that died may have left a database behind under a reused process id
        admin
            .batch_execute(&format!("DROP DATABASE IF EXISTS {name}"))
            .expect("an old database can be dropped");
        admin
            .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0"))
            .expect("a database can be created");
        let client = self.connect(&name);
        Database { server: self, name, client }
    }

    fn connect(&self, database: &str) -> Client {
        let mut config = self.config.clone();
        config.dbname(database).application_name("lockgate tests");
        let deadline = Instant::now() + STARTUP;
        loop {
            match config.connect(NoTls) {
                Ok(client) => return client,
                Err(error)
                    if error.code() == Some(&SqlState::CANNOT_CONNECT_NOW)
                        && Instant::now() < deadline =>
                {
                    sleep(Duration::from_millis(50));
                }
                Err(error) => panic!(
                    "cannot connect to PostgreSQL {}, database {database}: {error}",
                    self.major
                ),
            }
        }
    }
}

/// A database of one test. Dropped, with every session in it, at the end of the test.
pub struct Database {
    server: &'static Server,
    /// Its name on the server.
    pub name: String,
    /// A session in it, superuser, autocommit.
    pub client: Client,
}

impl Database {
    /// The text that a query gives in its one row.
    pub fn one(&mut self, sql: &str) -> String {
        self.client.query_one(sql, &[]).unwrap().get(0)
    }

    /// A further session in this database.
    pub fn connect(&self) -> Client {
        self.server.connect(&self.name)
    }

    /// The connection URL, for programs.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:54{}/{}", self.server.major, self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A failure here would hide the test's own; the database then stays until the server's folder is removed.
        let mut admin = self.server.connect("postgres");
        let _ = admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
            &[&self.name],
        );
        let deadline = Instant::now() + Duration::from_secs(5);
        while admin.batch_execute(&format!("DROP DATABASE IF EXISTS {}", self.name)).is_err()
            && Instant::now() < deadline
        {
            sleep(Duration::from_millis(20));
        }
    }
}
