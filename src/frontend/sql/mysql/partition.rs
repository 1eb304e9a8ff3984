//! `PARTITION BY`, and what `ALTER TABLE` does to partitions.

use super::super::cursor::{Cursor, Parsed};
use super::super::grammar::expr;
use super::super::scanner::TokenKind;
use super::online::number;
use crate::migration::{
    Form, Ident, IndexedColumn, MaintenanceCommand, PartitionChange, PartitionDef, PartitionScheme,
    Partitions,
};

/// From behind `PARTITION BY`.
pub(in super::super) fn scheme(cursor: &mut Cursor<'_>) -> Parsed<PartitionScheme> {
    const STRATEGIES: [&str; 9] = [
        "linear hash",
        "linear key",
        "range columns",
        "list columns",
        "range",
        "list",
        "hash",
        "key",
        "system_time",
    ];
    let strategy = cursor.eat_any(&STRATEGIES);
    let strategy = strategy.ok_or_else(|| cursor.error("expected RANGE, LIST, HASH or KEY"))?;
    let mut scheme = PartitionScheme {
        strategy: strategy.to_owned(),
        key: Vec::new(),
        partitions: Vec::new(),
        count: None,
    };
    if strategy == "system_time" {
        system_time(cursor)?;
    } else {
        if cursor.eat("algorithm") {
            cursor.eat_operator("=");
            number(cursor)?;
        }
        scheme.key = key(cursor)?;
    }
    if cursor.eat("partitions") {
        scheme.count = Some(number(cursor)?);
    }
    if cursor.eat("subpartition by") {
        subpartitions(cursor)?;
    }
    if cursor.is_kind(TokenKind::LeftParen) {
        scheme.partitions = definitions(cursor)?;
    }
    Ok(scheme)
}

/// MariaDB's `INTERVAL 1 MONTH`, `LIMIT n`, `STARTS`, `AUTO`.
fn system_time(cursor: &mut Cursor<'_>) -> Parsed<()> {
    cursor.until(|at| at.is_kind(TokenKind::LeftParen) || at.is("partitions"));
    Ok(())
}

fn subpartitions(cursor: &mut Cursor<'_>) -> Parsed<()> {
    if cursor.eat_any(&["linear hash", "linear key", "hash", "key"]).is_none() {
        return Err(cursor.error("expected HASH or KEY"));
    }
    cursor.parens("'(' before the key of the subpartitions")?;
    if cursor.eat("subpartitions") {
        number(cursor)?;
    }
    Ok(())
}

fn key(cursor: &mut Cursor<'_>) -> Parsed<Vec<IndexedColumn>> {
    let mut inner = cursor.parens("'(' before the key of the partitions")?;
    let mut columns = Vec::new();
    while !inner.is_done() {
        let mut part = inner.until_comma();
        let alone = part.is_name_at(0) && part.remaining() == 1;
        let (column, expr) = match alone {
            true => (Some(part.ident("a column")?), None),
            false => (None, Some(expr::expr(&part)?)),
        };
        columns.push(IndexedColumn { column, expr, ..IndexedColumn::default() });
        inner.comma()?;
    }
    Ok(columns)
}

/// Takes `(PARTITION p …, …)`.
pub(in super::super) fn definitions(cursor: &mut Cursor<'_>) -> Parsed<Vec<PartitionDef>> {
    let mut inner = cursor.parens("'(' before the partitions")?;
    let mut found = Vec::new();
    while !inner.is_done() {
        let mut part = inner.until_comma();
        found.push(definition(&mut part)?);
        inner.comma()?;
    }
    Ok(found)
}

fn definition(part: &mut Cursor<'_>) -> Parsed<PartitionDef> {
    part.expect("partition")?;
    let if_not_exists = part.eat_form("if not exists", Form::PartitionIfExists);
    let name = part.ident("a partition")?;
    Ok(PartitionDef { name, written: part.written_rest().to_owned(), if_not_exists })
}

fn names(cursor: &mut Cursor<'_>) -> Parsed<Vec<Ident>> {
    let mut names = vec![cursor.ident("a partition")?];
    while cursor.eat_kind(TokenKind::Comma) {
        names.push(cursor.ident("a partition")?);
    }
    Ok(names)
}

fn partitions(cursor: &mut Cursor<'_>) -> Parsed<Partitions> {
    if cursor.eat("all") {
        return Ok(Partitions::All);
    }
    names(cursor).map(Partitions::Named)
}

/// Takes a subcommand of `ALTER TABLE` about partitions, if one is next.
pub(in super::super) fn change(cursor: &mut Cursor<'_>) -> Parsed<Option<PartitionChange>> {
    const WORDS: [&str; 10] = [
        "partition by",
        "remove partitioning",
        "add partition",
        "drop partition",
        "truncate partition",
        "coalesce partition",
        "reorganize partition",
        "exchange partition",
        "convert partition",
        "convert table",
    ];
    let Some(word) = cursor.eat_any(&WORDS) else { return maintenance(cursor) };
    let no_binlog = matches!(word, "add partition" | "coalesce partition" | "reorganize partition");
    if no_binlog {
        cursor.eat_any(&["no_write_to_binlog", "local"]);
    }
    Ok(Some(match word {
        "partition by" => PartitionChange::By(scheme(cursor)?),
        "remove partitioning" => PartitionChange::Remove,
        "add partition" => add(cursor)?,
        "drop partition" => {
            let if_exists = cursor.eat_form("if exists", Form::PartitionIfExists);
            PartitionChange::Drop { names: names(cursor)?, if_exists }
        }
        "truncate partition" => PartitionChange::Truncate(partitions(cursor)?),
        "coalesce partition" => PartitionChange::Coalesce(number(cursor)?),
        "reorganize partition" => reorganize(cursor)?,
        "exchange partition" => exchange(cursor)?,
        "convert partition" => {
            cursor.uses(Form::ConvertPartition);
            let partition = cursor.ident("a partition")?;
            cursor.expect("to table")?;
            PartitionChange::ConvertToTable { partition, table: cursor.name("a table")? }
        }
        _ => {
            cursor.uses(Form::ConvertPartition);
            let table = cursor.name("a table")?;
            cursor.expect("to")?;
            let mut part = cursor.until_comma();
            PartitionChange::ConvertToPartition { table, partition: definition(&mut part)? }
        }
    }))
}

fn add(cursor: &mut Cursor<'_>) -> Parsed<PartitionChange> {
    let if_not_exists = cursor.eat_form("if not exists", Form::PartitionIfExists);
    if cursor.eat("partitions") {
        return Ok(PartitionChange::AddCount(number(cursor)?));
    }
    let mut added = definitions(cursor)?;
    added.iter_mut().for_each(|one| one.if_not_exists |= if_not_exists);
    Ok(PartitionChange::Add(added))
}

fn reorganize(cursor: &mut Cursor<'_>) -> Parsed<PartitionChange> {
    if !cursor.is_name_at(0) {
        return Ok(PartitionChange::Reorganize { names: Vec::new(), into: Vec::new() });
    }
    let names = names(cursor)?;
    cursor.expect("into")?;
    Ok(PartitionChange::Reorganize { names, into: definitions(cursor)? })
}

fn exchange(cursor: &mut Cursor<'_>) -> Parsed<PartitionChange> {
    let partition = cursor.ident("a partition")?;
    cursor.expect("with table")?;
    let table = cursor.name("a table")?;
    let words = cursor.eat_any(&["with validation", "without validation"]);
    if words.is_some() {
        cursor.uses(Form::ExchangeUnchecked);
    }
    let validation = words != Some("without validation");
    Ok(PartitionChange::Exchange { partition, table, validation })
}

fn maintenance(cursor: &mut Cursor<'_>) -> Parsed<Option<PartitionChange>> {
    const COMMANDS: [(&str, MaintenanceCommand); 5] = [
        ("analyze partition", MaintenanceCommand::Analyze),
        ("check partition", MaintenanceCommand::Check),
        ("optimize partition", MaintenanceCommand::Optimize),
        ("rebuild partition", MaintenanceCommand::Rebuild),
        ("repair partition", MaintenanceCommand::Repair),
    ];
    if let Some((_, command)) = COMMANDS.into_iter().find(|(words, _)| cursor.eat(words)) {
        cursor.eat_any(&["no_write_to_binlog", "local"]);
        let partitions = partitions(cursor)?;
        while cursor.eat_any(&["quick", "extended", "medium", "fast", "changed"]).is_some() {}
        return Ok(Some(PartitionChange::Maintain { command, partitions }));
    }
    let import = match cursor.eat_any(&["discard partition", "import partition"]) {
        Some(words) => words == "import partition",
        None => return Ok(None),
    };
    let partitions = partitions(cursor)?;
    cursor.expect("tablespace")?;
    Ok(Some(PartitionChange::Tablespace { partitions, import }))
}
