//! The one table that says which production reads which statement.

use super::cursor::{Cursor, Parsed};
use super::grammar::alter_table::Spanned;
use super::grammar::create::Modifiers;
use super::grammar::{
    alter_table, comment, data, domain, drop, index, maintenance, object, privileges, routine,
    sequence, session, setting, table, trigger, type_def, view,
};
use crate::migration::{ActionKind, ObjectKind, RelationKind};

/// What reads a statement, from behind its head.
#[derive(Clone, Copy)]
pub(super) enum Production {
    /// One action.
    One(fn(&mut Cursor<'_>) -> Parsed<ActionKind>),
    /// Several actions.
    Many(fn(&mut Cursor<'_>) -> Parsed<Spanned>),
    /// One action, with the words between `CREATE` and the kind.
    Create(fn(&mut Cursor<'_>, &Modifiers) -> Parsed<ActionKind>),
    /// `CREATE` of a kind that is modelled by its kind alone.
    CreateKind(ObjectKind),
    /// `ALTER TABLE` and its siblings.
    AlterRelation(RelationKind),
    /// `ALTER` of a kind that is modelled by its kind alone.
    AlterKind(ObjectKind),
    /// A statement without effect on relations.
    Session(&'static str),
    /// A statement on rows, or a query: from its first word.
    Rows,
    /// `EXPLAIN`: what follows is a statement.
    Explain,
    /// `DECLARE … FOR query`, `PREPARE … AS statement`: what follows the last word is a statement
    /// that is not run here.
    Deferred(&'static str),
    /// `DO`.
    Block,
    /// A block or a control statement outside of a stored program (MariaDB).
    Compound,
    /// `SET STATEMENT … FOR` (MariaDB).
    SetStatement,
    /// `CREATE SCHEMA`, perhaps with elements.
    Schema,
}

use Production as P;

/// Heads; where one begins with another, the longer stands first.
pub(super) const STATEMENTS: &[(&str, Production)] = &[
    ("insert", P::Rows),
    ("update", P::Rows),
    ("delete", P::Rows),
    ("merge", P::Rows),
    ("select", P::Rows),
    ("values", P::Rows),
    ("table", P::Rows),
    ("with", P::Rows),
    ("drop", P::One(drop::drop)),
    ("comment on", P::One(comment::comment)),
    ("security label", P::One(comment::security_label)),
    ("grant", P::One(privileges::grant)),
    ("revoke", P::One(privileges::revoke)),
    ("reassign owned", P::One(privileges::reassign)),
    ("import foreign schema", P::One(privileges::import)),
    ("set", P::One(setting::set)),
    ("reset", P::One(setting::reset)),
    ("discard", P::One(setting::discard)),
    ("truncate", P::One(data::truncate)),
    ("copy", P::One(data::copy)),
    ("lock", P::One(data::lock)),
    ("call", P::One(data::call)),
    ("do", P::Block),
    ("explain", P::Explain),
    ("begin", P::One(session::begin)),
    ("start transaction", P::One(session::begin)),
    ("commit", P::Many(session::commit)),
    ("end", P::Many(session::commit)),
    ("rollback", P::Many(session::rollback)),
    ("abort", P::Many(session::rollback)),
    ("savepoint", P::One(session::savepoint)),
    ("release", P::One(session::release)),
    ("vacuum", P::One(maintenance::vacuum)),
    ("analyze", P::One(maintenance::analyze)),
    ("analyse", P::One(maintenance::analyze)),
    ("cluster", P::One(maintenance::cluster)),
    ("reindex", P::One(index::reindex)),
    ("refresh materialized view", P::One(view::refresh)),
    ("prepare transaction", P::Session("prepare transaction")),
    ("prepare", P::Deferred("prepare")),
    ("execute", P::One(session::execute)),
    ("deallocate", P::Session("deallocate")),
    ("declare", P::Deferred("declare")),
    ("fetch", P::Session("fetch")),
    ("move", P::Session("move")),
    ("close", P::Session("close")),
    ("notify", P::Session("notify")),
    ("listen", P::Session("listen")),
    ("unlisten", P::Session("unlisten")),
    ("checkpoint", P::Session("checkpoint")),
    ("load", P::Session("load")),
    ("show", P::Session("show")),
];

/// Heads that SQLite alone knows.
pub(super) const SQLITE: &[(&str, Production)] = &[
    ("replace", P::Rows),
    ("pragma", P::One(setting::pragma)),
    ("attach", P::Session("attach")),
    ("detach", P::Session("detach")),
];

/// What may follow `CREATE` and its modifiers.
pub(super) const CREATE: &[(&str, Production)] = &[
    ("table", P::Create(table::create)),
    ("index", P::Create(index::create)),
    ("view", P::Create(view::create)),
    ("materialized view", P::Create(view::create_materialized)),
    ("sequence", P::Create(sequence::create)),
    ("type", P::Create(type_def::create)),
    ("domain", P::Create(domain::create)),
    ("function", P::Create(routine::create)),
    ("procedure", P::Create(routine::create_procedure)),
    ("trigger", P::Create(trigger::create)),
    ("policy", P::Create(trigger::create_policy)),
    ("schema", P::Schema),
    ("extension", P::One(object::create_extension)),
    ("foreign table", P::Create(table::create_foreign)),
    ("foreign data wrapper", P::CreateKind(ObjectKind::ForeignDataWrapper)),
    ("event trigger", P::CreateKind(ObjectKind::EventTrigger)),
    ("rule", P::CreateKind(ObjectKind::Rule)),
    ("aggregate", P::CreateKind(ObjectKind::Aggregate)),
    ("operator class", P::CreateKind(ObjectKind::OperatorClass)),
    ("operator family", P::CreateKind(ObjectKind::OperatorFamily)),
    ("operator", P::CreateKind(ObjectKind::Operator)),
    ("cast", P::CreateKind(ObjectKind::Cast)),
    ("collation", P::CreateKind(ObjectKind::Collation)),
    ("conversion", P::CreateKind(ObjectKind::Conversion)),
    ("database", P::CreateKind(ObjectKind::Database)),
    ("tablespace", P::CreateKind(ObjectKind::Tablespace)),
    ("role", P::CreateKind(ObjectKind::Role)),
    ("user mapping", P::CreateKind(ObjectKind::UserMapping)),
    ("user", P::CreateKind(ObjectKind::Role)),
    ("group", P::CreateKind(ObjectKind::Role)),
    ("server", P::CreateKind(ObjectKind::Server)),
    ("publication", P::CreateKind(ObjectKind::Publication)),
    ("subscription", P::CreateKind(ObjectKind::Subscription)),
    ("statistics", P::CreateKind(ObjectKind::Statistics)),
    ("text search configuration", P::CreateKind(ObjectKind::TextSearch)),
    ("text search dictionary", P::CreateKind(ObjectKind::TextSearch)),
    ("text search parser", P::CreateKind(ObjectKind::TextSearch)),
    ("text search template", P::CreateKind(ObjectKind::TextSearch)),
    ("procedural language", P::CreateKind(ObjectKind::Language)),
    ("language", P::CreateKind(ObjectKind::Language)),
    ("transform", P::CreateKind(ObjectKind::Transform)),
    ("access method", P::CreateKind(ObjectKind::AccessMethod)),
];

/// What may follow `ALTER`.
pub(super) const ALTER: &[(&str, Production)] = &[
    ("table", P::AlterRelation(RelationKind::Table)),
    ("foreign table", P::AlterRelation(RelationKind::Table)),
    ("view", P::AlterRelation(RelationKind::View)),
    ("materialized view", P::Many(alter_table::alter_materialized)),
    ("index", P::Many(index::alter)),
    ("sequence", P::Many(sequence::alter)),
    ("type", P::One(type_def::alter)),
    ("domain", P::One(domain::alter)),
    ("default privileges", P::One(privileges::defaults)),
    ("system", P::One(privileges::alter_system)),
    ("large object", P::AlterKind(ObjectKind::LargeObject)),
    ("foreign data wrapper", P::AlterKind(ObjectKind::ForeignDataWrapper)),
    ("event trigger", P::AlterKind(ObjectKind::EventTrigger)),
    ("function", P::AlterKind(ObjectKind::Function)),
    ("procedure", P::AlterKind(ObjectKind::Procedure)),
    ("routine", P::AlterKind(ObjectKind::Routine)),
    ("aggregate", P::AlterKind(ObjectKind::Aggregate)),
    ("trigger", P::AlterKind(ObjectKind::Trigger)),
    ("policy", P::AlterKind(ObjectKind::Policy)),
    ("rule", P::AlterKind(ObjectKind::Rule)),
    ("schema", P::AlterKind(ObjectKind::Schema)),
    ("extension", P::AlterKind(ObjectKind::Extension)),
    ("operator class", P::AlterKind(ObjectKind::OperatorClass)),
    ("operator family", P::AlterKind(ObjectKind::OperatorFamily)),
    ("operator", P::AlterKind(ObjectKind::Operator)),
    ("collation", P::AlterKind(ObjectKind::Collation)),
    ("conversion", P::AlterKind(ObjectKind::Conversion)),
    ("database", P::AlterKind(ObjectKind::Database)),
    ("tablespace", P::AlterKind(ObjectKind::Tablespace)),
    ("role", P::AlterKind(ObjectKind::Role)),
    ("user mapping", P::AlterKind(ObjectKind::UserMapping)),
    ("user", P::AlterKind(ObjectKind::Role)),
    ("group", P::AlterKind(ObjectKind::Role)),
    ("server", P::AlterKind(ObjectKind::Server)),
    ("publication", P::AlterKind(ObjectKind::Publication)),
    ("subscription", P::AlterKind(ObjectKind::Subscription)),
    ("statistics", P::AlterKind(ObjectKind::Statistics)),
    ("text search configuration", P::AlterKind(ObjectKind::TextSearch)),
    ("text search dictionary", P::AlterKind(ObjectKind::TextSearch)),
    ("text search parser", P::AlterKind(ObjectKind::TextSearch)),
    ("text search template", P::AlterKind(ObjectKind::TextSearch)),
    ("procedural language", P::AlterKind(ObjectKind::Language)),
    ("language", P::AlterKind(ObjectKind::Language)),
];
