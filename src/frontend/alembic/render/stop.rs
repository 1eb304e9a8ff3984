//! Why a directive cannot be written as SQL.

use std::fmt;

/// What keeps a directive from being rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// A part of it is not known before it runs.
    Unknown(String),
    /// Alembic or SQLAlchemy raises an error on this dialect.
    Refused(String),
}

/// The result of rendering a part.
pub type Part<T> = Result<T, Stop>;

impl Stop {
    /// A part that is not known.
    pub fn unknown<T>(why: impl Into<String>) -> Part<T> {
        Err(Self::Unknown(why.into()))
    }

    /// Something that raises an error.
    pub fn refused<T>(why: impl Into<String>) -> Part<T> {
        Err(Self::Refused(why.into()))
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(why) => f.write_str(why),
            Self::Refused(why) => write!(f, "Alembic raises an error here: {why}"),
        }
    }
}
