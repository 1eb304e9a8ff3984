//! What closes the gate, in words.

use crate::engine::Judged;
use crate::finding::{Finding, NotUnderstood};
use crate::migration::{ActionKind, Direction, Migration};
use crate::runner::standing::Irregular;
use crate::source::Place;

/// Something that closes the gate.
#[derive(Debug, Clone)]
pub enum Obstacle {
    /// A finding.
    Finding(Box<Finding>),
    /// A statement that is not understood.
    NotUnderstood {
        /// The migration.
        migration: String,
        /// The statement, and why.
        what: NotUnderstood,
    },
    /// A statement that cannot be sent as it is.
    Unsendable {
        /// The migration.
        migration: String,
        /// The statement.
        place: Place,
        /// Why.
        reason: String,
    },
    /// History and files do not fit.
    Irregular(Irregular),
    /// The live schema is not as the history says.
    Drift {
        /// The relation.
        relation: String,
        /// What differs.
        text: String,
    },
    /// A way back destroys data, and nobody said that it may.
    Loss {
        /// The migration.
        migration: String,
        /// The relation, or `relation.column`.
        name: String,
    },
    /// There is no way back.
    NoDown {
        /// The migration.
        migration: String,
        /// What is missing.
        reason: &'static str,
    },
}

impl Obstacle {
    /// The migration that it stops; `None` stops all.
    pub fn migration(&self) -> Option<&str> {
        match self {
            Self::Finding(finding) => finding.migration.as_deref(),
            Self::NotUnderstood { migration, .. }
            | Self::Unsendable { migration, .. }
            | Self::Loss { migration, .. }
            | Self::NoDown { migration, .. } => Some(migration),
            Self::Irregular(_) | Self::Drift { .. } => None,
        }
    }

    /// What is in the way.
    pub fn headline(&self) -> String {
        match self {
            Self::Finding(finding) => format!("{}: {}", finding.rule, finding.message),
            Self::NotUnderstood { what, .. } => {
                format!("{}: not understood: {}", at(&what.place), what.reason)
            }
            Self::Unsendable { place, reason, .. } => format!("{}: {reason}", at(place)),
            Self::Irregular(irregular) => irregular.to_string(),
            Self::Drift { text, .. } => format!("the database is not as its history says: {text}"),
            Self::Loss { migration, name } => {
                format!("the way back of {migration} destroys the data of {name}")
            }
            Self::NoDown { migration, reason } => {
                format!("{migration} cannot be taken back: {reason}")
            }
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Finding(finding) => format!(
                "mend it, or take responsibility in the file: -- lockgate: allow({}) <why>",
                finding.rule
            ),
            Self::NotUnderstood { .. } => {
                "write it so that it can be judged, or judge it by hand and allow it with a reason"
                    .to_owned()
            }
            Self::Unsendable { .. } => "write the statement out in plain SQL".to_owned(),
            Self::Irregular(irregular) => irregular.help(),
            Self::Drift { relation, .. } => format!(
                "write a migration for what was done by hand, or list it under drift-ignore of [apply]: \"{relation}\""
            ),
            Self::Loss { name, .. } => format!("if that is meant: --allow-data-loss {name}"),
            Self::NoDown { .. } => {
                "write its way back, or a new migration that undoes it".to_owned()
            }
        }
    }
}

fn at(place: &Place) -> String {
    format!("{}:{}", place.file.path(), place.start().line)
}

/// Statements of a script that are not understood and that nobody allowed with a reason.
pub(super) fn not_understood(
    migration: &Migration,
    direction: Direction,
    judged: &Judged,
) -> Vec<Obstacle> {
    let Some(script) = migration.script(direction) else { return Vec::new() };
    let reason = |kind: &ActionKind| match kind {
        ActionKind::Opaque { reason, .. } | ActionKind::Unparsed { reason, .. } => {
            Some(reason.clone())
        }
        _ => None,
    };
    script
        .statements()
        .filter_map(|statement| {
            let reason = statement.actions.iter().find_map(|action| reason(&action.kind))?;
            let place = script.place(statement.span);
            let is_allowed = judged.allowed.iter().any(|one| {
                matches!(one.finding.rule, "opaque-statement" | "unparsed-statement")
                    && one.finding.place.file.path() == place.file.path()
                    && statement.span.contains(one.finding.place.span.start)
            });
            let what = NotUnderstood { place, reason };
            let migration = migration.id.clone();
            (!is_allowed).then_some(Obstacle::NotUnderstood { migration, what })
        })
        .collect()
}
