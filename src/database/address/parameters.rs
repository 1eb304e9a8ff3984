//! The parameters of a connection to PostgreSQL, named as libpq names them.

use super::super::Secret;
use super::{AddressError, Environment};
use crate::suggest::nearest;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// What is asked of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SslMode {
    /// Never.
    Disable,
    /// Only where the server insists.
    Allow,
    /// Where the server can.
    #[default]
    Prefer,
    /// Always; whoever answers is believed, unless there is a root certificate.
    Require,
    /// Always, with a certificate of a known authority.
    VerifyCa,
    /// Always, with such a certificate for this host.
    VerifyFull,
}

impl SslMode {
    const ALL: [(&'static str, Self); 6] = [
        ("disable", Self::Disable),
        ("allow", Self::Allow),
        ("prefer", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];

    /// The name in connection strings.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, mode)| *mode == self).map_or("", |(name, _)| name)
    }
}

/// Where a PostgreSQL server is and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PostgresAddress {
    /// Host names, addresses, or folders of sockets; tried in order. Empty: the local socket.
    pub hosts: Vec<String>,
    /// Ports, one for each host or one for all; empty: 5432.
    pub ports: Vec<u16>,
    /// The role; empty: the name of the operating system's user.
    pub user: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// The database; the role's name where not given.
    pub database: Option<String>,
    /// TLS.
    pub ssl_mode: SslMode,
    /// Root certificates, or `system`.
    pub ssl_root_cert: Option<PathBuf>,
    /// Our certificate.
    pub ssl_cert: Option<PathBuf>,
    /// Its key.
    pub ssl_key: Option<PathBuf>,
    /// The file of passwords.
    pub pass_file: Option<PathBuf>,
    /// The home directory, where default files are looked for.
    pub home: Option<PathBuf>,
    /// How long connecting may take.
    pub connect_timeout: Option<Duration>,
    /// `options`: flags for the server's session.
    pub options: Option<String>,
    /// Whether a server that only reads will do.
    pub read_write: bool,
}

/// Each parameter with the variable that stands in for it.
const PARAMETERS: &[(&str, Option<&str>)] = &[
    ("host", Some("PGHOST")),
    ("hostaddr", Some("PGHOSTADDR")),
    ("port", Some("PGPORT")),
    ("user", Some("PGUSER")),
    ("password", Some("PGPASSWORD")),
    ("dbname", Some("PGDATABASE")),
    ("sslmode", Some("PGSSLMODE")),
    ("sslrootcert", Some("PGSSLROOTCERT")),
    ("sslcert", Some("PGSSLCERT")),
    ("sslkey", Some("PGSSLKEY")),
    ("passfile", Some("PGPASSFILE")),
    ("connect_timeout", Some("PGCONNECT_TIMEOUT")),
    ("options", Some("PGOPTIONS")),
    ("target_session_attrs", Some("PGTARGETSESSIONATTRS")),
    ("application_name", None),
];

/// Parameters of libpq that change nothing here.
const WITHOUT_EFFECT: &[&str] = &[
    "fallback_application_name",
    "client_encoding",
    "channel_binding",
    "gssencmode",
    "sslsni",
    "sslcompression",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "load_balance_hosts",
    // What frameworks add to the URL for themselves.
    "schema",
    "pool_timeout",
    "connection_limit",
    "pgbouncer",
    "prepared_statements",
];

impl PostgresAddress {
    /// Puts written parameters over the environment's.
    pub(super) fn of(
        written: &[(String, String)],
        environment: &Environment<'_>,
    ) -> Result<Self, AddressError> {
        let mut address = Self { home: environment("HOME").map(PathBuf::from), ..Self::default() };
        if environment("PGSERVICE").is_some() || written.iter().any(|(key, _)| key == "service") {
            let reason = "service files are not read; write host, port, user and dbname";
            return Err(AddressError::Parameter(reason.to_owned()));
        }
        for (name, variable) in PARAMETERS {
            let is_written = written.iter().any(|(key, _)| key == name);
            let Some(variable) = variable.filter(|_| !is_written) else { continue };
            let other_host = match *name {
                "host" => written.iter().any(|(key, _)| key == "hostaddr"),
                "hostaddr" => written.iter().any(|(key, _)| key == "host"),
                _ => false,
            };
            if let Some(value) = environment(variable).filter(|it| !it.is_empty() && !other_host) {
                address.set(name, &value)?;
            }
        }
        for (name, value) in written {
            address.set(name, value)?;
        }
        Ok(address)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), AddressError> {
        let path = || Some(PathBuf::from(value)).filter(|path| !path.as_os_str().is_empty());
        match name {
            // A numeric address goes before the name that stands beside it.
            "host" if self.hosts.is_empty() || !value.is_empty() => self.hosts = split(value),
            "hostaddr" => self.hosts = split(value),
            "port" => self.ports = ports(value)?,
            "user" => self.user = Some(value.to_owned()),
            "password" => self.password = Some(Secret::new(value)),
            "dbname" => self.database = Some(value.to_owned()),
            "sslmode" => self.ssl_mode = ssl_mode(value)?,
            "sslrootcert" => self.ssl_root_cert = path(),
            "sslcert" => self.ssl_cert = path(),
            "sslkey" => self.ssl_key = path(),
            "passfile" => self.pass_file = path(),
            "connect_timeout" => {
                let bad = || AddressError::Parameter("connect_timeout is no number".to_owned());
                let seconds: u64 = value.parse().map_err(|_| bad())?;
                self.connect_timeout = (seconds > 0).then(|| Duration::from_secs(seconds));
            }
            "options" => self.options = Some(value.to_owned()),
            "target_session_attrs" => {
                self.read_write = matches!(value, "read-write" | "primary");
            }
            _ => return unknown(name),
        }
        Ok(())
    }

    /// The database's name: the role's where none is given.
    pub fn database(&self) -> &str {
        self.database.as_deref().or(self.user.as_deref()).unwrap_or_default()
    }
}

fn unknown(name: &str) -> Result<(), AddressError> {
    if name == "host" || name == "application_name" || WITHOUT_EFFECT.contains(&name) {
        return Ok(());
    }
    let near = nearest(name, PARAMETERS.iter().map(|(known, _)| *known));
    let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    Err(AddressError::Parameter(format!("unknown parameter \"{name}\"{hint}")))
}

fn split(value: &str) -> Vec<String> {
    value.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn ports(value: &str) -> Result<Vec<u16>, AddressError> {
    let bad = || AddressError::Parameter("a port is a number up to 65535".to_owned());
    let parts = value.split(',').filter(|part| !part.is_empty());
    parts.map(|part| part.trim().parse().map_err(|_| bad())).collect()
}

fn ssl_mode(value: &str) -> Result<SslMode, AddressError> {
    let found = SslMode::ALL.iter().find(|(name, _)| *name == value).map(|(_, mode)| *mode);
    found.ok_or_else(|| {
        let names: Vec<&str> = SslMode::ALL.iter().map(|(name, _)| *name).collect();
        AddressError::Parameter(format!("sslmode is one of {}", names.join(", ")))
    })
}

/// As a URL, without the password.
impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        let port = |at: usize| self.ports.get(at).or(self.ports.first()).copied().unwrap_or(5432);
        for (at, host) in self.hosts.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(f, "{comma}{host}:{}", port(at))?;
        }
        write!(f, "/{}", self.database())
    }
}
