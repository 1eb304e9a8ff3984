//! When a statement runs at all.

use super::{Dialect, Ident, ObjectKind, ObjectName};
use std::fmt;

/// The condition around a statement, from `DO … IF`, `EXCEPTION`, loops, or Python's `if`.
///
/// The fold resolves it on the replayed schema; what it cannot resolve makes the statement's
/// effects conditional.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Guard {
    /// No condition.
    #[default]
    Always,
    /// The opposite.
    Not(Box<Guard>),
    /// All of them hold.
    All(Vec<Guard>),
    /// One of them holds.
    Any(Vec<Guard>),
    /// The object exists.
    Exists {
        /// What kind of object is asked for.
        kind: ObjectKind,
        /// Its name; for columns and constraints the table's name.
        name: ObjectName,
        /// Column or constraint of that table.
        member: Option<Ident>,
    },
    /// The column exists and is so.
    ColumnIs {
        /// The table.
        table: ObjectName,
        /// The column.
        column: Ident,
        /// How it is.
        asked: ColumnTrait,
    },
    /// The statement runs on this dialect alone.
    Dialect(Dialect),
    /// The framework runs offline (renders SQL instead of executing).
    Offline,
    /// The handler of an exception block: the statement runs only after an error.
    OnError,
    /// The body of a block with an exception handler: it may be rolled back silently.
    Caught(Vec<Ident>),
    /// The body of a loop: runs any number of times.
    Loop,
    /// A condition that is not understood, as written.
    Unknown(String),
}

/// What is asked of a column, in the words of `information_schema.columns`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnTrait {
    /// `data_type` is one of these.
    Type(Vec<String>),
    /// `data_type` is not this.
    OtherType(String),
    /// `is_nullable = 'YES'`.
    Nullable,
    /// `is_nullable = 'NO'`.
    NotNull,
}

impl fmt::Display for ColumnTrait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(names) => write!(f, "is {}", names.join(" or ")),
            Self::OtherType(name) => write!(f, "is not {name}"),
            Self::Nullable => f.write_str("may be NULL"),
            Self::NotNull => f.write_str("is NOT NULL"),
        }
    }
}

impl Guard {
    /// The conditions that have to hold, those of outer blocks first.
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::Always => &[],
            Self::All(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }

    /// The conjunction of both, flat and without redundant parts.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Always, guard) | (guard, Self::Always) => guard,
            (Self::All(mut all), Self::All(more)) => {
                all.extend(more);
                Self::All(all)
            }
            (Self::All(mut all), one) => {
                all.push(one);
                Self::All(all)
            }
            (one, Self::All(all)) => Self::All(std::iter::once(one).chain(all).collect()),
            (a, b) => Self::All(vec![a, b]),
        }
    }

    /// The opposite, without double negation.
    pub fn negate(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}

/// The guard in words, as `operations` prints it.
impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::All(parts) => join(f, parts, " and "),
            Self::Any(parts) => join(f, parts, " or "),
            Self::Exists { kind, name, member: Some(member) } => {
                write!(f, "{} {name}.{member} exists", kind.as_str())
            }
            Self::Exists { kind, name, member: None } => {
                write!(f, "{} {name} exists", kind.as_str())
            }
            Self::ColumnIs { table, column, asked } => write!(f, "column {table}.{column} {asked}"),
            Self::Dialect(dialect) => write!(f, "dialect is {dialect}"),
            Self::Offline => f.write_str("offline"),
            Self::OnError => f.write_str("after an error"),
            Self::Caught(_) => f.write_str("errors are caught"),
            Self::Loop => f.write_str("in a loop"),
            Self::Unknown(text) => f.write_str(text),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Guard], word: &str) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(word)?;
        }
        write!(f, "{part}")?;
    }
    Ok(())
}
