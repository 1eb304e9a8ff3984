//! `lockgate effects`: what each statement does to a live database, as JSON and as text.

use super::terminal::{Style, clean, faint, strong};
use super::write_json;
use crate::effects::{
    Alteration, Effects, MetadataLock, MetadataMode, ObjectRef, Rebuilt, TransactionBlock, WorkKind,
};
use crate::migration::RelationKind;
use crate::rule::lock_label;
use crate::schema::RelationName;
use crate::secret;
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

const VERSION: u32 = 1;

/// A statement with what it does.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementEffects {
    /// The file, as printed.
    pub file: String,
    /// 1-based line.
    pub line: usize,
    /// Id of the migration; `None` for a script that is none.
    pub migration: Option<String>,
    /// As written.
    pub sql: Arc<str>,
    /// Kinds of its operations.
    pub actions: Vec<&'static str>,
    /// What it does.
    pub effects: Effects,
    /// Why the server refuses it here, if it does.
    pub refused: Option<String>,
}

/// Writes all statements as JSON; the schema is `schemas/effects-1.json`.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, statements: &[StatementEffects]) -> io::Result<()> {
    let statements = statements.iter().map(Item::of).collect();
    write_json(out, &Document { version: VERSION, statements })
}

#[derive(Serialize)]
struct Document<'s> {
    version: u32,
    statements: Vec<Item<'s>>,
}

#[derive(Serialize)]
struct Item<'s> {
    file: &'s str,
    line: usize,
    migration: Option<&'s str>,
    sql: Cow<'s, str>,
    actions: &'s [&'static str],
    known: bool,
    conditional: bool,
    refused: Option<&'s str>,
    transaction_block: &'static str,
    locks: Vec<LockItem>,
    released: Vec<String>,
    work: Vec<WorkItem>,
    rewritten: Vec<String>,
    scanned: Vec<String>,
    created: Vec<ObjectItem>,
    dropped: Vec<ObjectItem>,
    /// Of MySQL and MariaDB alone.
    #[serde(flatten)]
    alteration: Option<AlterationItem>,
}

#[derive(Serialize)]
struct AlterationItem {
    algorithm: Option<&'static str>,
    lock: Option<&'static str>,
    rebuilt: bool,
}

#[derive(Serialize)]
struct LockItem {
    relation: String,
    kind: RelationKind,
    mode: String,
}

#[derive(Serialize)]
struct WorkItem {
    relation: String,
    what: WorkKind,
}

#[derive(Serialize)]
struct ObjectItem {
    relation: String,
    kind: RelationKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<String>,
}

impl<'s> Item<'s> {
    fn of(statement: &'s StatementEffects) -> Self {
        let effects = &statement.effects;
        let locks = effects.locks.iter().map(|lock| LockItem {
            relation: lock.relation.to_string(),
            kind: lock.kind,
            mode: lock.mode.to_string(),
        });
        let metadata = effects.metadata.iter().map(|lock| LockItem {
            relation: lock.table.to_string(),
            kind: RelationKind::Table,
            mode: lock.mode.as_str().to_owned(),
        });
        let work = effects
            .work
            .iter()
            .map(|work| WorkItem { relation: work.relation.to_string(), what: work.what });
        Self {
            file: &statement.file,
            line: statement.line,
            migration: statement.migration.as_deref(),
            sql: secret::hidden(&statement.sql),
            actions: &statement.actions,
            known: effects.known,
            conditional: effects.conditional,
            refused: statement.refused.as_deref(),
            transaction_block: match effects.transaction_block {
                TransactionBlock::Allowed => "allowed",
                TransactionBlock::Forbidden => "forbidden",
                TransactionBlock::Commits => "commits",
            },
            locks: locks.chain(metadata).collect(),
            released: names(&effects.released),
            work: work.collect(),
            rewritten: names(&effects.rewritten),
            scanned: names(&effects.scanned),
            created: objects(&effects.created),
            dropped: objects(&effects.dropped),
            alteration: effects.alteration().map(AlterationItem::of),
        }
    }
}

impl AlterationItem {
    fn of(alteration: &Alteration) -> Self {
        Self {
            algorithm: alteration.method.algorithm(),
            lock: alteration.lock.map(crate::effects::TableLock::as_sql),
            rebuilt: alteration.method.rebuilt() != Rebuilt::No,
        }
    }
}

fn names(relations: &[RelationName]) -> Vec<String> {
    relations.iter().map(ToString::to_string).collect()
}

/// Relations among the objects; columns, constraints, functions and the like have no place in
/// version 1.
fn objects(objects: &[ObjectRef]) -> Vec<ObjectItem> {
    let relation = |object: &ObjectRef| {
        let kind: Option<RelationKind> = object.kind.into();
        Some(ObjectItem {
            relation: object.name.to_string(),
            kind: kind.filter(|_| object.member.is_none())?,
            on: object.on.as_ref().map(ToString::to_string),
        })
    };
    objects.iter().filter_map(relation).collect()
}

/// Writes what each statement does, for people.
///
/// # Errors
/// Those of the writer.
pub fn write_text(
    out: &mut dyn Write,
    statements: &[StatementEffects],
    style: Style,
) -> io::Result<()> {
    for statement in statements {
        let sql = secret::hidden(&statement.sql);
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let at = format!("{}:{}", clean(&statement.file), statement.line);
        writeln!(out, "{}  {}", faint(style, &at), strong(style, &clean(&shortened(&sql))))?;
        for (name, text) in rows(statement) {
            writeln!(out, "  {} {}", faint(style, &format!("{name:<8}")), clean(&text))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// A statement's first part, where it is long.
fn shortened(sql: &str) -> String {
    const LONGEST: usize = 120;
    match sql.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{} …", sql.get(..at).unwrap_or("").trim_end()),
        None => sql.to_owned(),
    }
}

fn rows(statement: &StatementEffects) -> Vec<(&'static str, String)> {
    let effects = &statement.effects;
    let mut rows: Vec<(&'static str, String)> = Vec::new();
    rows.extend(statement.refused.iter().map(|why| ("refused", why.clone())));
    if effects.conditional {
        rows.push(("perhaps", "whether it runs cannot be told before".to_owned()));
    }
    rows.extend(effects.locks.iter().map(|lock| ("lock", lock_label(lock))));
    rows.extend(effects.metadata.iter().map(|lock| ("lock", metadata_label(lock))));
    for alteration in &effects.alterations {
        rows.push(("runs", alteration_label(alteration)));
        rows.extend(alteration.cause.iter().map(|cause| ("because", cause.to_string())));
    }
    rows.extend(effects.work.iter().map(|work| (work_word(work.what), work.relation.to_string())));
    let rewritten = effects.rewritten.iter().filter(|name| {
        !effects.work.iter().any(|work| work.relation == **name && work.what == WorkKind::Rewrite)
    });
    rows.extend(rewritten.map(|name| ("replaces", format!("the storage of {name}"))));
    for (word, list) in [("creates", &effects.created), ("drops", &effects.dropped)] {
        rows.extend(objects(list).into_iter().map(|object| {
            let on = object.on.map(|on| format!(" on {on}")).unwrap_or_default();
            (word, format!("{}{on}", object.relation))
        }));
    }
    rows.extend(effects.released.iter().map(|name| ("releases", name.to_string())));
    if effects.transaction_block == TransactionBlock::Forbidden {
        rows.push(("note", "cannot run inside a transaction block".to_owned()));
    }
    if effects.transaction_block == TransactionBlock::Commits {
        rows.push(("note", "commits what was done before it, and itself".to_owned()));
    }
    if !effects.known {
        rows.push(("note", "an effect may be missing here".to_owned()));
    }
    if rows.is_empty() {
        rows.push(("lock", "none that anyone waits for".to_owned()));
    }
    rows
}

/// A metadata lock in words that say who waits.
fn metadata_label(lock: &MetadataLock) -> String {
    let who = match lock.mode {
        MetadataMode::Exclusive => {
            "waits for every open transaction that used it; who comes later waits behind"
        }
        MetadataMode::SharedNoWrite => "inserts, updates, deletes wait; reads go on",
        _ => "only changes of the table wait",
    };
    format!("{} metadata lock on {}: {who}", lock.mode.as_str(), lock.table)
}

/// How a change runs, as its clauses would say it, and who waits meanwhile.
fn alteration_label(alteration: &Alteration) -> String {
    let algorithm = alteration.method.algorithm().map(|name| format!("ALGORITHM={name}"));
    let lock = alteration.lock.map(|lock| format!("LOCK={}", lock.as_sql()));
    let clauses: Vec<String> = algorithm.into_iter().chain(lock).collect();
    let who = alteration.lock.map(|lock| lock.phrase()).unwrap_or_default();
    format!("{}: {who}", clauses.join(", "))
}

fn work_word(what: WorkKind) -> &'static str {
    match what {
        WorkKind::Scan => "reads",
        WorkKind::Rewrite => "rewrites",
        WorkKind::IndexBuild => "indexes",
        WorkKind::DataChange => "changes",
    }
}
