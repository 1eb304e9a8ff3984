//! `ALTER TABLE` and the subcommands that its siblings share.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::column::{self, Typing};
use super::{alter_column, constraint, options, partition};
use crate::migration::{
    ActionKind, ColumnChange, Deferral, DetachMode, Ident, ObjectChange, ObjectKind, RelationKind,
    TableChange, TableTarget, TriggerSwitch,
};
use crate::source::Span;

/// Actions with their places in the passage.
pub(in super::super) type Spanned = Vec<(Span, ActionKind)>;

/// `ALTER [FOREIGN] TABLE | VIEW | …`, from behind the kind.
pub(in super::super) fn alter(cursor: &mut Cursor<'_>, kind: RelationKind) -> Parsed<Spanned> {
    if cursor.sees("all in tablespace") {
        return all_in_tablespace(cursor, kind);
    }
    let if_exists = cursor.eat("if exists");
    let (name, only) = cursor.relation("a relation")?;
    let table = TableTarget { name, kind, if_exists, only };
    let mut changes = Vec::new();
    while !cursor.is_done() || changes.is_empty() {
        let mut part = cursor.until_comma();
        let span = part.rest();
        let change = Box::new(subcommand(&mut part)?);
        part.finish()?;
        changes.push((span, ActionKind::AlterTable { table: table.clone(), change }));
        cursor.comma()?;
    }
    Ok(changes)
}

/// `ALTER MATERIALIZED VIEW`, from behind `VIEW`.
pub(in super::super) fn alter_materialized(cursor: &mut Cursor<'_>) -> Parsed<Spanned> {
    alter(cursor, RelationKind::MaterializedView)
}

fn all_in_tablespace(cursor: &mut Cursor<'_>, kind: RelationKind) -> Parsed<Spanned> {
    let span = cursor.rest();
    cursor.take_rest();
    let kind = match kind {
        RelationKind::Index => ObjectKind::Index,
        RelationKind::MaterializedView => ObjectKind::MaterializedView,
        _ => ObjectKind::Table,
    };
    let change = ObjectChange {
        kind,
        name: None,
        tables: Vec::new(),
        option: "all in tablespace".to_owned(),
        new_name: None,
        span: cursor.file(span),
    };
    Ok(vec![(span, ActionKind::AlterObject(change))])
}

/// Takes one subcommand.
pub(in super::super) fn subcommand(part: &mut Cursor<'_>) -> Parsed<TableChange> {
    match part.word().as_deref() {
        Some("add") => add(part),
        Some("drop") => drop(part),
        Some("alter") => alter_something(part),
        Some("rename") => rename(part),
        Some("validate") => {
            part.expect("validate constraint")?;
            Ok(TableChange::ValidateConstraint { name: part.ident("a constraint")? })
        }
        Some("set") => set(part),
        Some("reset") => {
            part.bump();
            let names = options::parameters(part)?.into_iter().map(|(name, _)| name).collect();
            Ok(TableChange::ResetParameters { parameters: names })
        }
        Some("owner") => {
            part.expect("owner to")?;
            Ok(TableChange::SetOwner { role: part.written_rest().to_owned() })
        }
        Some("attach" | "detach") => attach_or_detach(part),
        Some("enable" | "disable" | "force") => switch(part),
        Some("depends") | Some("no")
            if part.sees("depends on extension") || part.sees("no depends on extension") =>
        {
            Ok(TableChange::Option(part.written_rest().to_owned()))
        }
        Some("no" | "inherit" | "of" | "not") => inherit(part),
        Some("cluster") => {
            part.expect("cluster on")?;
            Ok(TableChange::ClusterOn { index: part.ident("an index")? })
        }
        Some("replica") => replica_identity(part),
        Some("options") => Ok(TableChange::Option(part.written_rest().to_owned())),
        _ => Err(part.error("expected a subcommand of ALTER TABLE")),
    }
}

fn add(part: &mut Cursor<'_>) -> Parsed<TableChange> {
    part.expect("add")?;
    if !part.is("column") && constraint::is_next(part) {
        return Ok(TableChange::AddConstraint(constraint::table_constraint(part)?));
    }
    part.eat("column");
    let if_not_exists = part.eat("if not exists");
    let span = part.rest();
    if span.is_empty() {
        return Err(part.error("expected a column name"));
    }
    let column = column::column(part.up_to(usize::MAX), Typing::Required)?;
    part.take_rest();
    Ok(TableChange::AddColumn { column, if_not_exists, position: None })
}

fn drop(part: &mut Cursor<'_>) -> Parsed<TableChange> {
    part.expect("drop")?;
    if part.eat("constraint") {
        let if_exists = part.eat("if exists");
        let name = part.ident("a constraint")?;
        return Ok(TableChange::DropConstraint { name, if_exists, cascade: cascade(part) });
    }
    part.eat("column");
    let if_exists = part.eat("if exists");
    let column = part.ident("a column name")?;
    Ok(TableChange::DropColumn { column, if_exists, cascade: cascade(part) })
}

/// Takes `CASCADE` or `RESTRICT`.
pub(in super::super) fn cascade(cursor: &mut Cursor<'_>) -> bool {
    cursor.eat_any(&["cascade", "restrict"]) == Some("cascade")
}

fn alter_something(part: &mut Cursor<'_>) -> Parsed<TableChange> {
    part.expect("alter")?;
    if part.eat("constraint") {
        return alter_constraint(part);
    }
    part.eat("column");
    if part.is_kind(TokenKind::Number) {
        part.bump();
        part.take_rest();
        let (column, change) = (Ident::new(""), ColumnChange::SetStatistics);
        return Ok(TableChange::AlterColumn { column, change });
    }
    let column = part.ident("a column name")?;
    Ok(TableChange::AlterColumn { column, change: alter_column::change(part)? })
}

fn alter_constraint(part: &mut Cursor<'_>) -> Parsed<TableChange> {
    let name = part.ident("a constraint")?;
    let (mut deferral, mut enforced, mut inherit) = (None, None, None);
    const WORDS: [&str; 8] = [
        "not deferrable",
        "deferrable",
        "initially deferred",
        "initially immediate",
        "not enforced",
        "enforced",
        "no inherit",
        "inherit",
    ];
    while let Some(words) = part.eat_any(&WORDS) {
        match words {
            "not deferrable" => deferral = Some(Deferral::NotDeferrable),
            "deferrable" => deferral = deferral.or(Some(Deferral::Deferrable)),
            "initially deferred" => deferral = Some(Deferral::InitiallyDeferred),
            "initially immediate" => deferral = deferral.or(Some(Deferral::NotDeferrable)),
            "enforced" | "not enforced" => enforced = Some(words == "enforced"),
            _ => inherit = Some(words == "inherit"),
        }
    }
    Ok(TableChange::AlterConstraint { name, deferral, enforced, inherit })
}

fn rename(part: &mut Cursor<'_>) -> Parsed<TableChange> {
    part.expect("rename")?;
    if part.eat("to") {
        return Ok(TableChange::Rename { new_name: part.ident("a new name")? });
    }
    if part.eat("constraint") {
        let name = part.ident("a constraint")?;
        part.expect("to")?;
        return Ok(TableChange::RenameConstraint { name, new_name: part.ident("a new name")? });
    }
    part.eat("column");
    let column = part.ident("a column name")?;
    part.expect("to")?;
    Ok(TableChange::RenameColumn { column, new_name: part.ident("a new name")? })
}

fn set(part: &mut Cursor<'_>) -> Parsed<TableChange> {
    part.expect("set")?;
    if part.eat("schema") {
        return Ok(TableChange::SetSchema { schema: part.ident("a schema")? });
    }
    if part.eat("tablespace") {
        let tablespace = part.ident("a tablespace")?;
        part.eat("nowait");
        return Ok(TableChange::SetTablespace { tablespace });
    }
    if part.eat("access method") {
        let default = part.eat("default");
        let method = if default { None } else { Some(part.ident("an access method")?) };
        return Ok(TableChange::SetAccessMethod { method });
    }
    if let Some(word) = part.eat_any(&["logged", "unlogged"]) {
        return Ok(TableChange::SetLogged { logged: word == "logged" });
    }
    if part.eat("without cluster") {
        return Ok(TableChange::WithoutCluster);
    }
    if part.is("without") || part.is("with") {
        return Ok(TableChange::Option(format!("SET {}", part.written_rest())));
    }
    Ok(TableChange::SetParameters { parameters: options::parameters(part)? })
}

fn attach_or_detach(part: &mut Cursor<'_>) -> Parsed<TableChange> {
    if part.eat("attach partition") {
        let partition = part.name("a partition")?;
        return Ok(TableChange::AttachPartition { partition, bound: partition::bound(part)? });
    }
    part.expect("detach partition")?;
    let partition = part.name("a partition")?;
    let mode = match part.eat_any(&["concurrently", "finalize"]) {
        Some("concurrently") => DetachMode::Concurrently,
        Some(_) => DetachMode::Finalize,
        None => DetachMode::Blocking,
    };
    Ok(TableChange::DetachPartition { partition, mode })
}

fn switch(part: &mut Cursor<'_>) -> Parsed<TableChange> {
    let start = part.offset();
    if part.eat("force row level security") {
        return Ok(TableChange::ForceRowSecurity { force: true });
    }
    let enable = part.eat_any(&["enable", "disable"]) == Some("enable");
    if part.eat("row level security") {
        return Ok(TableChange::RowSecurity { enable });
    }
    part.eat_any(&["always", "replica"]);
    let rule = match part.eat_any(&["trigger", "rule"]) {
        Some(word) => word == "rule",
        None => return Err(part.error("expected TRIGGER, RULE or ROW LEVEL SECURITY")),
    };
    let name = match part.eat_any(&["all", "user"]) {
        Some(_) => None,
        None => Some(part.ident("a name")?),
    };
    let written = part.written(part.since(start)).to_owned();
    Ok(TableChange::SwitchTrigger(TriggerSwitch { name, rule, enable, written }))
}

fn inherit(part: &mut Cursor<'_>) -> Parsed<TableChange> {
    if part.eat("no force row level security") {
        return Ok(TableChange::ForceRowSecurity { force: false });
    }
    if part.eat("no inherit") {
        return Ok(TableChange::NoInherit { parent: part.name("a table")? });
    }
    if part.eat("inherit") {
        return Ok(TableChange::Inherit { parent: part.name("a table")? });
    }
    if part.eat("not of") {
        return Ok(TableChange::NotOf);
    }
    part.expect("of")?;
    Ok(TableChange::OfType { name: part.name("a type")? })
}

fn replica_identity(part: &mut Cursor<'_>) -> Parsed<TableChange> {
    part.expect("replica identity")?;
    let start = part.offset();
    let index = match part.eat_any(&["using index", "default", "full", "nothing"]) {
        Some("using index") => Some(part.ident("an index")?),
        Some(_) => None,
        None => return Err(part.error("expected a replica identity")),
    };
    let identity = part.written(part.since(start)).to_owned();
    Ok(TableChange::ReplicaIdentity { identity, index })
}
