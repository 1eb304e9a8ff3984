//! Why a server refuses a statement.

/// A refusal that is certain before the statement runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its kind.
    pub kind: RefusalKind,
    /// The reason as a clause: "view open_orders reads orders".
    pub reason: String,
}

/// Kinds of refusals, by what the author has to mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// Something named does not exist.
    Missing,
    /// Something of that name exists already.
    Exists,
    /// Something else needs what is dropped or changed.
    InUse,
    /// What is named is there, but of the wrong kind for this statement.
    Unfit,
    /// A table has no unique key that the statement relies on.
    NoKey,
    /// A view may not lose or rename columns when it is replaced.
    Reshaped,
    /// The server is older than what the statement uses.
    Newer,
    /// The server has no such form, or not for this kind of object.
    Unsupported,
    /// A key takes more bytes than an index may.
    KeyTooLong,
    /// The columns of a table take more bytes than a row may.
    RowTooLarge,
}

impl Refusal {
    /// Something named does not exist.
    pub fn missing(reason: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Missing, reason: reason.into() }
    }

    /// Something of that name exists already.
    pub fn exists(reason: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Exists, reason: reason.into() }
    }

    /// Something else needs what is dropped or changed.
    pub fn in_use(reason: impl Into<String>) -> Self {
        Self { kind: RefusalKind::InUse, reason: reason.into() }
    }

    /// The server is older than what the statement uses.
    pub fn newer(reason: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Newer, reason: reason.into() }
    }

    /// A table has no unique key over these columns.
    pub fn no_key(reason: impl Into<String>) -> Self {
        Self { kind: RefusalKind::NoKey, reason: reason.into() }
    }

    /// A view may not be replaced by one of other columns.
    pub fn reshaped(reason: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Reshaped, reason: reason.into() }
    }

    /// What is named does not fit.
    pub fn unfit(reason: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Unfit, reason: reason.into() }
    }
}

/// A bare reason: the server has no such form.
impl<S: Into<String>> From<S> for Refusal {
    fn from(reason: S) -> Self {
        Self { kind: RefusalKind::Unsupported, reason: reason.into() }
    }
}
