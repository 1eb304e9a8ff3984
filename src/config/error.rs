//! What is wrong with a configuration, with the place in the file.

use crate::source::Place;
use std::fmt;

/// One mistake in a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Where it stands.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// What to do, if that can be told.
    pub help: Option<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.place.start();
        write!(f, "{}:{}:{}: {}", self.place.file.path(), at.line, at.column, self.message)
    }
}

impl std::error::Error for ConfigError {}

/// Why there is no valid configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFailure {
    /// A file could not be read.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file as printed.
        path: String,
        /// Why.
        reason: String,
    },
    /// Two files configure the same folder.
    #[error("both {toml} and [tool.lockgate] in {pyproject} configure lockgate; keep one")]
    Twice {
        /// The `lockgate.toml`.
        toml: String,
        /// The `pyproject.toml`.
        pyproject: String,
    },
    /// Named paths lie below different configurations.
    #[error("{first} and {second} both apply to the paths; choose one with --config")]
    Several {
        /// One file.
        first: String,
        /// Another.
        second: String,
    },
    /// The file has mistakes, at least one.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<ConfigError>),
}
