//! `ALTER TABLE`, and `RENAME TABLE`, which is its `RENAME` for several tables.

use super::super::cursor::{Cursor, Parsed};
use super::super::grammar::alter_table::Spanned;
use super::super::grammar::target;
use super::super::scanner::TokenKind;
use super::key::Element;
use super::{column, key, online, options, partition, table};
use crate::migration::{
    ActionKind, Charset, ColumnChange, Form, MysqlChange, ObjectName, Online, RelationKind,
    TableChange, TableOption, TableTarget,
};
use crate::source::Span;

/// `ALTER [ONLINE] [IGNORE] TABLE`, from behind `TABLE`.
pub(in super::super) fn alter(cursor: &mut Cursor<'_>, before: Online) -> Parsed<Spanned> {
    let if_exists = cursor.eat_form("if exists", Form::AlterTableIfExists);
    let name = cursor.name("a table")?;
    let target = target(name, RelationKind::Table, if_exists);
    let head = cursor.whole();
    let mut found = Changes { target, spanned: Vec::new() };
    let demanded = Online { wait: online::wait(cursor)?, ..before };
    if !demanded.is_empty() {
        found.push(head, TableChange::Mysql(MysqlChange::Online(demanded)));
    }
    while !cursor.is_done() {
        found.subcommand(cursor)?;
        let ends = cursor.is_done() || cursor.eat_kind(TokenKind::Comma);
        if !ends && !cursor.sees("partition by") && !cursor.sees("remove partitioning") {
            return Err(cursor.error("expected ','"));
        }
    }
    if found.spanned.is_empty() {
        // `ALTER TABLE t` alone is accepted and does nothing.
        found.push(head, TableChange::Mysql(MysqlChange::Options(Vec::new())));
    }
    Ok(found.spanned)
}

/// The subcommands so far.
struct Changes {
    target: TableTarget,
    spanned: Spanned,
}

impl Changes {
    fn push(&mut self, span: Span, change: TableChange) {
        let kind = ActionKind::AlterTable { table: self.target.clone(), change: Box::new(change) };
        self.spanned.push((span, kind));
    }

    fn subcommand(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        let start = cursor.offset();
        if let Some(change) = partition::change(cursor)? {
            let change = TableChange::Mysql(MysqlChange::Partition(change));
            self.push(cursor.since(start), change);
            return Ok(());
        }
        if cursor.eat("add") {
            return self.add(cursor, start);
        }
        let change = change(cursor)?;
        self.push(cursor.since(start), change);
        Ok(())
    }

    fn add(&mut self, cursor: &mut Cursor<'_>, start: usize) -> Parsed<()> {
        if cursor.eat_form("system versioning", Form::Versioning) {
            let change = MysqlChange::SystemVersioning { enable: true };
            self.push(cursor.since(start), TableChange::Mysql(change));
            return Ok(());
        }
        if cursor.eat_form("period for", Form::Versioning) {
            let (name, columns) = table::period(cursor)?;
            let change = MysqlChange::AddPeriod { name, columns };
            self.push(cursor.since(start), TableChange::Mysql(change));
            return Ok(());
        }
        if !cursor.is("column") && key::is_next(cursor) {
            let change = added(key::element(cursor, &self.target.name)?);
            self.push(cursor.since(start), change);
            return Ok(());
        }
        cursor.eat("column");
        let if_not_exists = cursor.eat_form("if not exists", Form::ColumnIfExists);
        if cursor.is_kind(TokenKind::LeftParen) {
            return self.add_list(cursor, if_not_exists);
        }
        let column = column::column(cursor)?;
        let position = column::position(cursor)?;
        self.push(cursor.since(start), TableChange::AddColumn { column, if_not_exists, position });
        Ok(())
    }

    /// `ADD (a INT, b INT)`; keys may stand among them.
    fn add_list(&mut self, cursor: &mut Cursor<'_>, if_not_exists: bool) -> Parsed<()> {
        let mut inner = cursor.parens("'(' before the columns")?;
        while !inner.is_done() {
            let start = inner.offset();
            let change = if key::is_next(&inner) {
                added(key::element(&mut inner, &self.target.name)?)
            } else {
                let column = column::column(&mut inner)?;
                TableChange::AddColumn { column, if_not_exists, position: None }
            };
            self.push(inner.since(start), change);
            inner.comma()?;
        }
        Ok(())
    }
}

fn added(element: Element) -> TableChange {
    match element {
        Element::Constraint(constraint) => TableChange::AddConstraint(constraint),
        Element::Index(index) => TableChange::Mysql(MysqlChange::AddIndex(Box::new(index))),
    }
}

/// Takes a subcommand that is one change.
fn change(cursor: &mut Cursor<'_>) -> Parsed<TableChange> {
    match cursor.word().as_deref() {
        Some("drop") => drop(cursor),
        Some("modify") => modify(cursor).map(TableChange::Mysql),
        Some("change") => change_column(cursor).map(TableChange::Mysql),
        Some("alter") => alter_member(cursor),
        Some("rename") => rename(cursor),
        _ => of_table(cursor).map(TableChange::Mysql),
    }
}

fn drop(cursor: &mut Cursor<'_>) -> Parsed<TableChange> {
    cursor.expect("drop")?;
    if cursor.eat("primary key") {
        return Ok(TableChange::Mysql(MysqlChange::DropPrimaryKey));
    }
    if cursor.eat_form("system versioning", Form::Versioning) {
        return Ok(TableChange::Mysql(MysqlChange::SystemVersioning { enable: false }));
    }
    if cursor.eat_form("period for", Form::Versioning) {
        let name = cursor.ident("a period")?;
        return Ok(TableChange::Mysql(MysqlChange::DropPeriod { name }));
    }
    const WORDS: [&str; 5] = ["foreign key", "index", "key", "constraint", "check"];
    let kind = cursor.eat_any(&WORDS);
    if kind.is_none() {
        cursor.eat("column");
    }
    match kind {
        Some("check") => cursor.uses(Form::DropCheck),
        Some("constraint") => cursor.uses(Form::DropConstraint),
        _ => {}
    }
    let if_exists = cursor.eat_form(
        "if exists",
        match kind {
            Some("index" | "key") => Form::IndexIfExists,
            Some(_) => Form::ConstraintIfExists,
            None => Form::ColumnIfExists,
        },
    );
    let name = match kind {
        Some(_) => cursor.label("a name")?,
        None => cursor.ident("a column name")?,
    };
    let cascade = cursor.eat_any(&["cascade", "restrict"]) == Some("cascade");
    Ok(match kind {
        Some("foreign key") => TableChange::Mysql(MysqlChange::DropForeignKey { name, if_exists }),
        Some("index" | "key") => TableChange::Mysql(MysqlChange::DropIndex { name, if_exists }),
        Some("check") => TableChange::Mysql(MysqlChange::DropCheck { name }),
        Some(_) => TableChange::DropConstraint { name, if_exists, cascade },
        None => TableChange::DropColumn { column: name, if_exists, cascade },
    })
}

fn modify(cursor: &mut Cursor<'_>) -> Parsed<MysqlChange> {
    cursor.expect("modify")?;
    cursor.eat("column");
    let if_exists = cursor.eat_form("if exists", Form::ColumnIfExists);
    let column = column::column(cursor)?;
    let position = column::position(cursor)?;
    Ok(MysqlChange::ModifyColumn { column, position, if_exists })
}

fn change_column(cursor: &mut Cursor<'_>) -> Parsed<MysqlChange> {
    cursor.expect("change")?;
    cursor.eat("column");
    let if_exists = cursor.eat_form("if exists", Form::ColumnIfExists);
    let name = cursor.ident("a column name")?;
    let column = column::column(cursor)?;
    let position = column::position(cursor)?;
    Ok(MysqlChange::ChangeColumn { name, column, position, if_exists })
}

/// `ALTER [COLUMN] c SET …`, `ALTER INDEX`, `ALTER CHECK`.
fn alter_member(cursor: &mut Cursor<'_>) -> Parsed<TableChange> {
    cursor.expect("alter")?;
    if cursor.eat_any(&["index", "key"]).is_some() {
        let if_exists = cursor.eat_form("if exists", Form::IndexIfExists);
        let name = cursor.label("an index")?;
        let words = super::index::eat_visibility(cursor);
        let words = words.ok_or_else(|| cursor.error("expected VISIBLE or INVISIBLE"))?;
        let visible = matches!(words, "visible" | "not ignored");
        return Ok(TableChange::Mysql(MysqlChange::IndexVisibility { name, visible, if_exists }));
    }
    if cursor.eat_any(&["check", "constraint"]).is_some() {
        let name = cursor.label("a constraint")?;
        cursor.uses(Form::Enforced);
        let enforced = match cursor.eat_any(&["enforced", "not enforced"]) {
            Some(words) => words == "enforced",
            None => return Err(cursor.error("expected ENFORCED or NOT ENFORCED")),
        };
        return Ok(TableChange::Mysql(MysqlChange::AlterCheck { name, enforced }));
    }
    cursor.eat("column");
    cursor.eat_form("if exists", Form::ColumnIfExists);
    let column = cursor.ident("a column name")?;
    if let Some(words) = cursor.eat_any(&["set visible", "set invisible"]) {
        cursor.uses(Form::InvisibleColumn);
        let visible = words == "set visible";
        return Ok(TableChange::Mysql(MysqlChange::ColumnVisibility { column, visible }));
    }
    let change = match cursor.eat_any(&["set default", "drop default"]) {
        Some("set default") => ColumnChange::SetDefault(column::default(cursor)?),
        Some(_) => ColumnChange::DropDefault,
        None => return Err(cursor.error("expected SET DEFAULT or DROP DEFAULT")),
    };
    Ok(TableChange::AlterColumn { column, change })
}

fn rename(cursor: &mut Cursor<'_>) -> Parsed<TableChange> {
    cursor.expect("rename")?;
    if cursor.eat_form("column", Form::RenameColumn) {
        cursor.eat_form("if exists", Form::ColumnIfExists);
        let column = cursor.ident("a column name")?;
        cursor.expect("to")?;
        return Ok(TableChange::RenameColumn { column, new_name: cursor.ident("a new name")? });
    }
    if cursor.eat_any(&["index", "key"]).is_some() {
        cursor.uses(Form::RenameIndex);
        let if_exists = cursor.eat_form("if exists", Form::IndexIfExists);
        let name = cursor.label("an index")?;
        cursor.expect("to")?;
        let new_name = cursor.label("a new name")?;
        return Ok(TableChange::Mysql(MysqlChange::RenameIndex { name, new_name, if_exists }));
    }
    cursor.eat_any(&["to", "as"]);
    cursor.eat_operator("=");
    renamed(cursor)
}

/// A table's new name.
fn renamed(cursor: &mut Cursor<'_>) -> Parsed<TableChange> {
    let name = cursor.name("a new name")?;
    Ok(match name {
        ObjectName { schema: None, name } => TableChange::Rename { new_name: name },
        name => TableChange::Mysql(MysqlChange::RenameTo(name)),
    })
}

/// Changes of the table as a whole.
fn of_table(cursor: &mut Cursor<'_>) -> Parsed<MysqlChange> {
    if let Some(online) = online::clause(cursor)? {
        return Ok(MysqlChange::Online(online));
    }
    const WORDS: [&str; 9] = [
        "convert to",
        "force",
        "order by",
        "enable keys",
        "disable keys",
        "discard tablespace",
        "import tablespace",
        "with validation",
        "without validation",
    ];
    Ok(match cursor.eat_any(&WORDS) {
        Some("convert to") => MysqlChange::ConvertTo(convert(cursor)?),
        Some("force") => MysqlChange::Force,
        Some("order by") => MysqlChange::OrderBy(order(cursor)?),
        Some("enable keys") => MysqlChange::Keys { enable: true },
        Some("disable keys") => MysqlChange::Keys { enable: false },
        Some("discard tablespace") => MysqlChange::Tablespace { import: false },
        Some("import tablespace") => MysqlChange::Tablespace { import: true },
        Some(words) => MysqlChange::Validation { with: words == "with validation" },
        None => MysqlChange::Options(table_options(cursor)?),
    })
}

fn convert(cursor: &mut Cursor<'_>) -> Parsed<Charset> {
    let mut found = match column::charset(cursor)? {
        Some(charset) => charset,
        None => return Err(cursor.error("expected CHARACTER SET")),
    };
    if let Some(Charset { collation, .. }) = column::charset(cursor)? {
        found.collation = found.collation.or(collation);
    }
    Ok(found)
}

fn order(cursor: &mut Cursor<'_>) -> Parsed<Vec<crate::migration::Ident>> {
    let mut columns = Vec::new();
    loop {
        columns.push(cursor.ident("a column name")?);
        cursor.eat_any(&["asc", "desc"]);
        if !cursor.eat_kind(TokenKind::Comma) {
            return Ok(columns);
        }
    }
}

/// Options with or without commas between them.
fn table_options(cursor: &mut Cursor<'_>) -> Parsed<Vec<TableOption>> {
    let mut found = Vec::new();
    while let Some(option) = options::option(cursor)? {
        found.push(option);
    }
    match found.is_empty() {
        true => Err(cursor.error("expected a subcommand of ALTER TABLE")),
        false => Ok(found),
    }
}

/// `RENAME TABLE a TO b, c TO d`, from behind `TABLE`.
pub(in super::super) fn rename_tables(cursor: &mut Cursor<'_>) -> Parsed<Spanned> {
    let if_exists = cursor.eat_form("if exists", Form::RenameTableIfExists);
    let mut found = Vec::new();
    loop {
        let start = cursor.offset();
        let name = cursor.name("a table")?;
        let mut changes =
            Changes { target: target(name, RelationKind::Table, if_exists), spanned: Vec::new() };
        if let Some(wait) = online::wait(cursor)? {
            let online = Online { wait: Some(wait), ..Online::default() };
            changes.push(cursor.since(start), TableChange::Mysql(MysqlChange::Online(online)));
        }
        cursor.expect("to")?;
        let change = renamed(cursor)?;
        changes.push(cursor.since(start), change);
        found.extend(changes.spanned);
        if !cursor.eat_kind(TokenKind::Comma) {
            return Ok(found);
        }
    }
}
