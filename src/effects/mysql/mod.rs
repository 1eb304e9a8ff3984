//! Effects on MySQL (8.0 to 9.x) and MariaDB (10.5 to 11.8).
//!
//! Written from the servers' rules: their documentation ("Online DDL Operations", "InnoDB Online
//! DDL") and source (`sql_table.cc`, `handler0alter.cc`, `field.cc`), and judged by what real
//! servers did (`tests/it/mysql_oracle_test.rs`).
//!
//! Like the server, this compares a table with what the statement makes of it ([`difference`]),
//! asks the engine what it can do ([`innodb_mysql`], [`innodb_mariadb`]), and holds that against
//! the statement's `ALGORITHM=` and `LOCK=` ([`request`]).

mod alter;
mod asked;
mod changes;
mod charset;
mod data_type;
mod definitions;
mod difference;
mod draft;
mod innodb_mariadb;
mod innodb_mysql;
mod keys;
mod made;
mod narrowing;
mod other_engine;
mod partitions;
mod read;
mod refusals;
mod refused_keys;
mod request;
mod retyping;
mod sessions;
mod shape;
mod statements;
mod support;

use super::Effects;
use super::work::Change;
use crate::migration::{Statement, Target};

/// The effects of a statement.
pub(super) fn judge(statement: &Statement, change: Change<'_>, target: &Target) -> Effects {
    let Change { before: schema, after } = change;
    let mut draft = draft::Draft { schema, after, target, effects: Effects::none() };
    statements::judge(&mut draft, statement);
    draft.effects
}
