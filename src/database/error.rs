//! What a database answers when it does not do what it was asked to.

use super::Secret;

/// What may be done about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// A lock was not granted in time: the whole transaction may be tried again.
    LockTimeout,
    /// The transaction was chosen as the victim of a deadlock: it may be tried again.
    Deadlock,
    /// The transaction could not be serialised: it may be tried again.
    Serialization,
    /// A statement was cancelled: by `statement_timeout` or by a person.
    Cancelled,
    /// The connection is gone; what became of the statement is not known.
    ConnectionLost,
    /// There is no server, or it does not let us in.
    Unreachable,
    /// The database does not accept writes.
    ReadOnly,
    /// No space is left.
    Full,
    /// A right is missing.
    Forbidden,
    /// The statement is wrong, or its data are.
    Statement,
}

impl ErrorKind {
    /// Whether the whole transaction may be tried again as it is.
    pub fn may_be_retried(self) -> bool {
        matches!(self, Self::LockTimeout | Self::Deadlock | Self::Serialization)
    }
}

/// An error of a database, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DatabaseError {
    /// What may be done about it.
    pub kind: ErrorKind,
    /// What happened, in the server's words where it had any.
    pub message: String,
    /// Detail, hint and context that the server added, or what to do.
    pub help: Option<String>,
    /// The server's code, such as `55P03`.
    pub code: Option<String>,
}

impl DatabaseError {
    /// An error in our own words.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: None, code: None }
    }

    /// The same error with what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same error with a secret taken out of its texts.
    #[must_use]
    pub(super) fn scrubbed(mut self, secret: Option<&Secret>) -> Self {
        if let Some(secret) = secret {
            self.message = secret.scrub(&self.message);
            self.help = self.help.map(|help| secret.scrub(&help));
        }
        self
    }
}
