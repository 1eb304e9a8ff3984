//! Where a database is, as people write it: a URL, libpq's keywords, `PG*` variables.

mod keywords;
mod parameters;
mod url;

pub use parameters::{PostgresAddress, SslMode};

use crate::migration::Dialect;
use std::fmt;
use std::path::PathBuf;

/// Looks up a variable of the environment; only the command line has the real one.
pub type Environment<'e> = dyn Fn(&str) -> Option<String> + 'e;

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A PostgreSQL server.
    Postgres(Box<PostgresAddress>),
    /// A file of SQLite.
    Sqlite(SqliteAddress),
}

/// A file of SQLite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteAddress {
    /// The file; relative to the working directory.
    pub path: PathBuf,
    /// What may be done with it.
    pub access: Access,
}

/// What may be done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// All; it is made where it is missing.
    #[default]
    All,
    /// It is read alone: `?mode=ro`.
    Read,
}

/// Why an address could not be understood. Never repeats the address: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing was given.
    #[error("the address of the database is empty")]
    Empty,
    /// MySQL or MariaDB: judged, never applied.
    #[error("the database is {0}, whose migrations lockgate judges and does not run")]
    JudgedAlone(&'static str),
    /// A scheme that we have no driver for.
    #[error("no driver for addresses that begin with \"{0}:\"")]
    Scheme(String),
    /// Neither URL nor keywords.
    #[error("the address of the database is neither a URL nor keyword=value pairs")]
    Shape,
    /// A part of a URL is wrong.
    #[error("the URL of the database: {0}")]
    Url(String),
    /// A parameter is wrong.
    #[error("the address of the database: {0}")]
    Parameter(String),
}

impl AddressError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::JudgedAlone(_) => {
                "judge them with lockgate lint, without a database, and run them with your own migration tool"
            }
            Self::Scheme(_) | Self::Empty | Self::Shape => {
                "write postgres://user@host:5432/database or sqlite:path.db"
            }
            Self::Url(_) => "percent-encode what is not a letter or digit: @ is %40, / is %2F",
            Self::Parameter(_) => "parameters are named as in libpq's connection strings",
        }
    }
}

impl Address {
    /// Whose SQL is spoken there.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Postgres(_) => Dialect::Postgres,
            Self::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Understands what a person wrote; what it leaves out comes from `PG*` variables and libpq's
    /// defaults.
    ///
    /// # Errors
    /// [`AddressError`] says which part is wrong.
    pub fn parse(text: &str, environment: &Environment<'_>) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if let Some(rest) = text.strip_prefix("sqlite:") {
            return Ok(Self::Sqlite(sqlite(rest)));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            if !text.contains('=') {
                let scheme = text.split_once(':').map(|(scheme, _)| scheme);
                return Err(scheme.map_or(AddressError::Shape, scheme_error));
            }
            return keywords::parse(text, environment).map(|it| Self::Postgres(Box::new(it)));
        };
        let (scheme, driver) = scheme.split_once('+').unwrap_or((scheme, ""));
        match scheme {
            "postgres" | "postgresql" => {
                url::parse(rest, environment).map(|it| Self::Postgres(Box::new(it)))
            }
            // SQLAlchemy writes three slashes before a relative path.
            "sqlite" if !driver.is_empty() => {
                Ok(Self::Sqlite(sqlite(rest.strip_prefix('/').unwrap_or(rest))))
            }
            _ if text.contains('=') && scheme.contains('=') => {
                keywords::parse(text, environment).map(|it| Self::Postgres(Box::new(it)))
            }
            other => Err(scheme_error(other)),
        }
    }
}

/// Databases whose migrations are judged and not run.
const JUDGED_ALONE: [(&str, &str); 2] = [("mysql", "MySQL"), ("mariadb", "MariaDB")];

/// A scheme is told only where it looks like one: what stands there may be half a password.
fn scheme_error(scheme: &str) -> AddressError {
    let bare = scheme.split('+').next().unwrap_or(scheme);
    if let Some((_, title)) = JUDGED_ALONE.iter().find(|(name, _)| *name == bare) {
        return AddressError::JudgedAlone(title);
    }
    let plain = !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric());
    if plain { AddressError::Scheme(scheme.to_owned()) } else { AddressError::Shape }
}

fn sqlite(rest: &str) -> SqliteAddress {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let reads = query.split('&').any(|parameter| parameter == "mode=ro");
    let access = if reads { Access::Read } else { Access::All };
    SqliteAddress { path: PathBuf::from(path), access }
}

/// Without the password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(address) => write!(f, "{address}"),
            Self::Sqlite(address) => write!(f, "sqlite:{}", address.path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    fn parsed(text: &str) -> Address {
        Address::parse(text, &nothing).unwrap()
    }

    #[test]
    fn files_of_sqlite_are_named_in_every_usual_way() {
        let path = |text: &str| match parsed(text) {
            Address::Sqlite(address) => address.path.display().to_string(),
            Address::Postgres(_) => panic!("{text} is a file"),
        };
        assert_eq!(path("sqlite:demo.db"), "demo.db");
        assert_eq!(path("sqlite://demo.db?mode=rwc"), "demo.db");
        assert_eq!(path("sqlite:///var/lib/demo.db"), "/var/lib/demo.db");
        assert_eq!(path("sqlite+pysqlite:///demo.db"), "demo.db");
        assert_eq!(path("sqlite+aiosqlite:////var/demo.db"), "/var/demo.db");
    }

    #[test]
    fn the_driver_in_a_scheme_is_dropped_and_the_password_is_not_shown() {
        let address = parsed("postgresql+asyncpg://anna:s3cret@db-1:6432/orders");
        assert_eq!(address.to_string(), "postgres://anna@db-1:6432/orders");
        assert!(!format!("{address:?}").contains("s3cret"));
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        let error = |text: &str| Address::parse(text, &nothing).unwrap_err().to_string();
        assert_eq!(error(""), "the address of the database is empty");
        assert_eq!(
            error("mysql://root:geheim@db/x"),
            "the database is MySQL, whose migrations lockgate judges and does not run"
        );
        assert!(error("mariadb+pymysql://root:geheim@db/x").contains("MariaDB"));
        assert!(error("mysql:x.db").contains("MySQL"));
        assert_eq!(
            error("oracle://root:geheim@db/x"),
            "no driver for addresses that begin with \"oracle:\""
        );
        assert!(!error("anna:geheim@db").contains("geheim"));
        assert!(!error("postgres://anna:geheim@db:port/x").contains("geheim"));
    }
}
