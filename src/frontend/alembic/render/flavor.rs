//! The dialects of SQLAlchemy that are rendered.

use crate::migration::Dialect;

/// A dialect as SQLAlchemy knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flavor {
    /// `postgresql`.
    Postgres,
    /// `mysql`.
    Mysql,
    /// `mariadb`.
    Mariadb,
    /// `sqlite`.
    Sqlite,
}

impl Flavor {
    /// The flavor of a dialect of the model.
    pub fn of(dialect: Dialect) -> Self {
        match dialect.as_str() {
            "mysql" => Self::Mysql,
            "mariadb" => Self::Mariadb,
            "sqlite" => Self::Sqlite,
            _ => Self::Postgres,
        }
    }

    /// Its key in the list of reserved words.
    pub fn key(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
            Self::Sqlite => "sqlite",
        }
    }

    /// Its name for SQLAlchemy, in `with_variant` and in front of dialect arguments.
    pub fn sqlalchemy(self) -> &'static str {
        match self {
            Self::Postgres => "postgresql",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
            Self::Sqlite => "sqlite",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Mysql => "MySQL",
            Self::Mariadb => "MariaDB",
            Self::Sqlite => "SQLite",
        }
    }

    /// Whether it is of MySQL's family.
    pub fn is_mysql(self) -> bool {
        matches!(self, Self::Mysql | Self::Mariadb)
    }
}
