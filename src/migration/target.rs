//! What a statement is judged for: a dialect and a server version.

use std::fmt;
use std::str::FromStr;

/// The language of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
    /// MySQL.
    Mysql,
    /// MariaDB.
    Mariadb,
}

impl Dialect {
    /// Every dialect, in the order in which they are listed to people.
    pub const ALL: [Self; 4] = [Self::Postgres, Self::Sqlite, Self::Mysql, Self::Mariadb];

    /// The name in configuration and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
        }
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
            Self::Mysql => "MySQL",
            Self::Mariadb => "MariaDB",
        }
    }

    /// Whether it is MySQL or MariaDB, which share a grammar.
    pub const fn is_mysql(self) -> bool {
        matches!(self, Self::Mysql | Self::Mariadb)
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, UnknownDialect> {
        match name.to_ascii_lowercase().as_str() {
            "postgres" | "postgresql" | "pg" => Ok(Self::Postgres),
            "sqlite" | "sqlite3" => Ok(Self::Sqlite),
            "mysql" | "mysql2" => Ok(Self::Mysql),
            "mariadb" | "maria" => Ok(Self::Mariadb),
            _ => Err(UnknownDialect(name.to_owned())),
        }
    }
}

/// A name that is no dialect of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown dialect \"{0}\"; known are postgres, sqlite, mysql and mariadb")]
pub struct UnknownDialect(String);

/// A server's version: the major alone decides for PostgreSQL, the minor counts for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerVersion {
    /// Major version.
    pub major: u16,
    /// Minor version.
    pub minor: u16,
}

impl ServerVersion {
    /// A major version, minor zero.
    pub const fn major(major: u16) -> Self {
        Self { major, minor: 0 }
    }

    /// The version as MySQL and MariaDB call theirs: `8.0`, where [`fmt::Display`] says 8.
    pub fn with_minor(self) -> String {
        format!("{}.{}", self.major, self.minor)
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.minor {
            0 => write!(f, "{}", self.major),
            minor => write!(f, "{}.{minor}", self.major),
        }
    }
}

impl FromStr for ServerVersion {
    type Err = BadVersion;

    /// Reads a number: `16`, `9.7`.
    fn from_str(text: &str) -> Result<Self, BadVersion> {
        let bad = || BadVersion(text.to_owned());
        let mut parts = text.trim().split('.');
        let major = parts.next().and_then(|part| part.parse().ok()).ok_or_else(bad)?;
        let minor = match parts.next() {
            Some(part) => part.parse().map_err(|_| bad())?,
            None => 0,
        };
        Ok(Self { major, minor })
    }
}

/// A version, with the dialect where it is written with one: `16`, `mariadb-10.11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedVersion {
    /// The dialect, where written.
    pub dialect: Option<Dialect>,
    /// The version.
    pub version: ServerVersion,
}

impl FromStr for NamedVersion {
    type Err = BadVersion;

    fn from_str(text: &str) -> Result<Self, BadVersion> {
        let named = text.trim().split_once('-');
        let named = named.and_then(|(name, number)| Some((name.parse::<Dialect>().ok()?, number)));
        let (dialect, number) = match named {
            Some((dialect, number)) => (Some(dialect), number),
            None => (None, text),
        };
        let version = number.parse().map_err(|_| BadVersion(text.to_owned()))?;
        Ok(Self { dialect, version })
    }
}

/// Text that is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no server version; write a number such as 15 or 16.3")]
pub struct BadVersion(String);

/// A dialect and the server version that facts are looked up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target {
    /// The dialect.
    pub dialect: Dialect,
    /// The server's version.
    pub version: ServerVersion,
    /// Whether sessions run with time zone UTC, so that timestamp ↔ timestamptz needs no rewrite.
    pub utc: bool,
}

impl Target {
    /// The target of a dialect when nobody named a version: PostgreSQL 14, SQLite 3.40, and of
    /// MySQL and MariaDB the oldest series with long support that most still run, 8.0 and 10.11:
    /// what is safe there is safe on later ones.
    pub const fn assumed(dialect: Dialect) -> Self {
        let version = match dialect {
            Dialect::Postgres => ServerVersion::major(14),
            Dialect::Sqlite => ServerVersion { major: 3, minor: 40 },
            Dialect::Mysql => ServerVersion::major(8),
            Dialect::Mariadb => ServerVersion { major: 10, minor: 11 },
        };
        Self { dialect, version, utc: false }
    }

    /// How both servers write their version in comments that only some run: 8.0 is 80099, since of
    /// its patches the newest is assumed.
    pub fn comment_version(&self) -> u32 {
        const NEWEST_PATCH: u32 = 99;
        u32::from(self.version.major) * 10_000 + u32::from(self.version.minor) * 100 + NEWEST_PATCH
    }

    /// PostgreSQL of a major version, sessions in UTC.
    pub const fn postgres(major: u16) -> Self {
        Self { dialect: Dialect::Postgres, version: ServerVersion::major(major), utc: true }
    }

    /// Whether the server's version is at least this one.
    pub fn at_least_version(&self, major: u16, minor: u16) -> bool {
        self.version >= ServerVersion { major, minor }
    }

    /// Whether the server's major version is at least `major`.
    pub const fn at_least(&self, major: u16) -> bool {
        self.version.major >= major
    }
}

/// The dialect on the server that is assumed.
impl From<Dialect> for Target {
    fn from(dialect: Dialect) -> Self {
        Self::assumed(dialect)
    }
}

/// Zones whose offset is zero all year: PostgreSQL then converts between timestamp and
/// timestamptz without a rewrite (`TimestampTimestampTzRequiresRewrite`).
pub fn is_utc(name: &str) -> bool {
    const ZERO: [&str; 8] =
        ["utc", "etc/utc", "gmt", "etc/gmt", "zulu", "uct", "universal", "greenwich"];
    ZERO.contains(&name.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::{Dialect, NamedVersion, ServerVersion};

    #[test]
    fn a_version_may_name_its_dialect() {
        let of = |text: &str| text.parse::<NamedVersion>().ok();
        let named = NamedVersion {
            dialect: Some(Dialect::Mysql),
            version: ServerVersion { major: 9, minor: 7 },
        };
        assert_eq!(of("mysql-9.7"), Some(named));
        assert_eq!(of("16").and_then(|named| named.dialect), None);
        assert_eq!(of("oracle-23"), None);
        assert_eq!(of("mysql-x"), None);
    }
}
