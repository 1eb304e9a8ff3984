//! Lock modes, and who waits for them.

use crate::migration::RelationKind;
use crate::schema::RelationName;
use std::fmt;

/// Table-level lock modes of PostgreSQL, weakest first, in the order in which
/// "Explicit Locking" of its documentation lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[expect(missing_docs, reason = "the names are PostgreSQL's")]
pub enum LockMode {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

/// Who waits while a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blocked {
    /// At most other schema changes and maintenance.
    Maintenance,
    /// Inserts, updates, deletes; reads go on.
    Writes,
    /// Everyone.
    ReadsAndWrites,
}

impl LockMode {
    /// Every mode, weakest first.
    pub const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];

    /// Whether it conflicts with RowExclusive, the lock of every writer.
    pub fn is_strong(self) -> bool {
        self >= Self::Share
    }

    /// Whether one session waits for the other, as "Explicit Locking" of PostgreSQL's
    /// documentation has it; symmetric.
    pub fn conflicts_with(self, other: Self) -> bool {
        use LockMode as M;
        match self.min(other) {
            M::AccessShare => self.max(other) == M::AccessExclusive,
            M::RowShare => self.max(other) >= M::Exclusive,
            M::RowExclusive => self.max(other) >= M::Share,
            // Two of Share get along.
            M::Share => self != other,
            _ => true,
        }
    }

    /// Who waits while it is held. Exclusive lets plain reads go on.
    pub fn blocked(self) -> Blocked {
        match self {
            Self::AccessExclusive => Blocked::ReadsAndWrites,
            mode if mode.is_strong() => Blocked::Writes,
            _ => Blocked::Maintenance,
        }
    }

    /// The mode in SQL: `ACCESS EXCLUSIVE`.
    pub fn as_sql(self) -> &'static str {
        match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// The mode of `LOCK TABLE … IN … MODE`.
    pub fn from_sql(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_sql().eq_ignore_ascii_case(text))
    }
}

/// As JSON names it: `AccessExclusive`.
impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// A lock on a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The relation.
    pub relation: RelationName,
    /// Its kind.
    pub kind: RelationKind,
    /// The mode.
    pub mode: LockMode,
}

#[cfg(test)]
mod tests {
    use super::LockMode::{self, *};

    /// "Conflicting Lock Modes" of PostgreSQL's documentation: a mode, and those that it conflicts with.
    const CONFLICTS: [(LockMode, &[LockMode]); 8] = [
        (AccessShare, &[AccessExclusive]),
        (RowShare, &[Exclusive, AccessExclusive]),
        (RowExclusive, &[Share, ShareRowExclusive, Exclusive, AccessExclusive]),
        (
            ShareUpdateExclusive,
            &[ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive, AccessExclusive],
        ),
        (
            Share,
            &[RowExclusive, ShareUpdateExclusive, ShareRowExclusive, Exclusive, AccessExclusive],
        ),
        (
            ShareRowExclusive,
            &[
                RowExclusive,
                ShareUpdateExclusive,
                Share,
                ShareRowExclusive,
                Exclusive,
                AccessExclusive,
            ],
        ),
        (
            Exclusive,
            &[
                RowShare,
                RowExclusive,
                ShareUpdateExclusive,
                Share,
                ShareRowExclusive,
                Exclusive,
                AccessExclusive,
            ],
        ),
        (AccessExclusive, &LockMode::ALL),
    ];

    #[test]
    fn modes_conflict_as_documented() {
        for (mode, conflicts) in CONFLICTS {
            for other in LockMode::ALL {
                let expected = conflicts.contains(&other);
                assert_eq!(mode.conflicts_with(other), expected, "{mode:?} and {other:?}");
            }
        }
    }
}
