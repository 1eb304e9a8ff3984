//! The productions: one function per statement form, from the tokens behind its head to an action.
//!
//! [`super::heads`] says which production reads which statement. None falls back on another.

pub(super) mod alter_column;
pub(super) mod alter_table;
pub(super) mod column;
pub(super) mod comment;
pub(super) mod constraint;
pub(super) mod create;
pub(super) mod data;
pub(super) mod data_type;
pub(super) mod domain;
pub(super) mod drop;
pub(super) mod expr;
pub(super) mod index;
pub(super) mod maintenance;
pub(super) mod named;
pub(super) mod object;
pub(super) mod options;
pub(super) mod partition;
pub(super) mod privileges;
pub(super) mod routine;
pub(super) mod sequence;
pub(super) mod session;
pub(super) mod setting;
pub(super) mod table;
pub(super) mod trigger;
pub(super) mod type_def;
pub(super) mod view;

use crate::migration::{ObjectName, RelationKind, TableTarget};

/// A relation that an `ALTER` names, without `ONLY`.
pub(super) fn target(name: ObjectName, kind: RelationKind, if_exists: bool) -> TableTarget {
    TableTarget { name, kind, if_exists, only: false }
}
