//! A real MariaDB for tests, started by `tests/servers.sh`, and a database per test, reached
//! through MariaDB's own client.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Servers that MariaDB's client talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// The distribution's MariaDB.
    Mariadb,
    /// MySQL, of the soak tests alone.
    Mysql,
}

impl Server {
    /// What `tests/servers.sh` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mariadb => "mariadb",
            Self::Mysql => "mysql",
        }
    }

    /// Its socket; it is started if it is not up.
    ///
    /// # Panics
    /// When it cannot be had: a test is never skipped for want of a server.
    pub fn socket(self) -> &'static str {
        static MARIADB: OnceLock<String> = OnceLock::new();
        static MYSQL: OnceLock<String> = OnceLock::new();
        let socket = match self {
            Self::Mariadb => &MARIADB,
            Self::Mysql => &MYSQL,
        };
        socket.get_or_init(|| self.start())
    }

    fn start(self) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers.sh");
        let output = Command::new("bash")
            .arg(&script)
            .args(["start", self.name()])
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("cannot run {}: {error}", script.display()));
        let printed = String::from_utf8_lossy(&output.stdout);
        let mut words = printed.lines().filter_map(|line| line.split_once(' '));
        let errors = String::from_utf8_lossy(&output.stderr);
        let socket = words.find(|(name, _)| *name == self.name()).map(|(_, socket)| socket);
        socket.map(str::to_owned).unwrap_or_else(|| {
            panic!("{self:?} is needed by this test and does not start:\n{errors}")
        })
    }
}

/// A database of its own, dropped with the value.
pub struct Database {
    /// Its name.
    pub name: String,
    /// Where it is.
    server: Server,
}

impl Database {
    /// A new, empty one on MariaDB; `hint` shows in its name.
    pub fn new(hint: &str) -> Self {
        Self::on(Server::Mariadb, hint)
    }

    /// A new, empty one on a server.
    pub fn on(server: Server, hint: &str) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let hint: String = hint.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("t_{hint}_{}_{number}", std::process::id()).to_lowercase();
        let made = client(
            server,
            "mysql",
            &format!(
                "DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} CHARACTER SET utf8mb4;"
            ),
        );
        made.expect("a database can be created");
        Self { name, server }
    }

    /// Runs statements one after another in one session; gives the first error.
    pub fn execute<'s>(&self, statements: impl IntoIterator<Item = &'s str>) -> Result<(), String> {
        let mut script = "DELIMITER ////\n".to_owned();
        for statement in statements {
            script.push_str(statement);
            script.push_str("\n////\n");
        }
        client(self.server, &self.name, &script).map(|_| ())
    }

    /// Runs a script in one session; gives what its queries print, or the first error.
    pub fn script(&self, text: &str) -> Result<String, String> {
        client(self.server, &self.name, text)
    }

    /// The rows of a query, as text.
    pub fn rows(&self, query: &str) -> Vec<Vec<String>> {
        let printed = client(self.server, &self.name, query).expect("the catalogue can be read");
        let lines = printed.lines();
        lines.map(|line| line.split('\t').map(unescape).collect()).collect()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = client(self.server, "mysql", &format!("DROP DATABASE IF EXISTS {}", self.name));
    }
}

/// The client prints tabs, line feeds and backslashes in values escaped.
fn unescape(cell: &str) -> String {
    cell.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
}

fn client(server: Server, database: &str, script: &str) -> Result<String, String> {
    let mut child = Command::new("mariadb")
        .args(["--no-defaults", "--user=root", "--batch", "--skip-column-names"])
        .args(["--default-character-set=utf8mb4", "--comments"])
        .arg(format!("--socket={}", server.socket()))
        .arg(database)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the client of MariaDB is installed");
    let mut input = child.stdin.take().expect("its input");
    let text = script.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    let _ = writer.join();
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}
