//! What ends a command before there is a report: told on standard error, exit code 2.

use super::Outcome;
use super::common::Colour;
use super::output::{colour, say};
use crate::config::ConfigFailure;
use crate::finding::FileProblem;
use crate::report::terminal::{self, Style};
use std::io;

/// Why a command could not do its work.
#[derive(Debug)]
pub(super) enum Failure {
    /// The configuration is wrong.
    Config(ConfigFailure),
    /// Flags that do not fit together, names that do not exist; with what to do.
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        help: Option<String>,
    },
    /// Applying failed before a migration ran, or could not begin; with what to do.
    Deploy {
        /// What happened.
        message: String,
        /// What to do.
        help: Option<String>,
    },
    /// A file could not be written or read.
    Io {
        /// The file.
        path: String,
        /// Why.
        error: io::Error,
    },
}

impl Failure {
    /// A usage error with advice.
    pub fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: Some(help.into()) }
    }

    /// A failed deploy with what to do.
    pub fn deploy(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Deploy { message: message.into(), help: Some(help.into()) }
    }

    /// What the command comes to.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Deploy { .. } => Outcome::Failed,
            _ => Outcome::Trouble,
        }
    }

    /// Tells it on standard error.
    pub fn print(&self) {
        let style = colour(Colour::Auto, &io::stderr());
        let mut text = Vec::new();
        // Writing into memory cannot fail.
        let _ = self.write(&mut text, style);
        say(&String::from_utf8_lossy(&text));
    }

    fn write(&self, out: &mut dyn io::Write, style: Style) -> io::Result<()> {
        match self {
            Self::Config(ConfigFailure::Invalid(errors)) => {
                for error in errors {
                    let help = error.help.as_deref().unwrap_or("");
                    terminal::write_mistake(out, &error.place, &error.message, help, style)?;
                }
                Ok(())
            }
            Self::Config(failure) => terminal::write_error(out, &failure.to_string(), None, style),
            Self::Usage { message, help } | Self::Deploy { message, help } => {
                terminal::write_error(out, message, help.as_deref(), style)
            }
            Self::Io { path, error } => {
                let message = format!("{path}: {}", words(error));
                terminal::write_error(out, &message, None, style)
            }
        }
    }
}

/// Tells what could not be read, on standard error.
pub(super) fn tell(problems: &[FileProblem], wanted: Colour) {
    let style = colour(wanted, &io::stderr());
    let mut text = Vec::new();
    for problem in problems {
        // Writing into memory cannot fail.
        let _ = terminal::write_error(&mut text, &problem.message, problem.help.as_deref(), style);
    }
    say(&String::from_utf8_lossy(&text));
}

/// The system's words without its error number.
fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::AlreadyExists => "it exists already".to_owned(),
        _ => error.to_string(),
    }
}

impl From<ConfigFailure> for Failure {
    fn from(failure: ConfigFailure) -> Self {
        Self::Config(failure)
    }
}
