//! Definitions that the server refuses whatever the rows are: keys over what cannot be a key, names
//! that are taken, partitions that cannot be there.

use super::data_type::DataType;
use super::shape::{ColumnShape, KeyKind, KeyPart, KeyShape, RowFormat, Shape, Storage};
use crate::effects::{Refusal, RefusalKind};
use crate::migration::{
    ColumnConstraint, ConstraintKind, Dialect, Expr, Ident, MysqlChange, PartitionChange,
    PartitionScheme, TableChange, Target,
};

/// Why the indexes that a table gets cannot be made.
pub(super) fn keys(before: &Shape, after: &Shape, target: &Target) -> Option<Refusal> {
    let is_new = |key: &&KeyShape| !before.keys.iter().any(|old| old.name == key.name);
    let new = after.keys.iter().filter(is_new);
    new.filter(|key| !matches!(key.kind, KeyKind::Fulltext | KeyKind::Spatial))
        .find_map(|key| Key { key, table: after, target }.refusal())
}

struct Key<'a> {
    key: &'a KeyShape,
    table: &'a Shape,
    target: &'a Target,
}

impl<'a> Key<'a> {
    fn refusal(&self) -> Option<Refusal> {
        self.repeated()
            .or_else(|| self.unknown())
            .or_else(|| self.unlimited())
            .or_else(|| self.beyond_its_column())
            .or_else(|| self.too_long())
    }

    fn parts(&self) -> impl Iterator<Item = (&'a ColumnShape, Option<u32>)> {
        let table = self.table;
        self.key.parts.iter().filter_map(move |part| match part {
            KeyPart::Column { column, prefix, .. } => Some((table.column(column)?, *prefix)),
            KeyPart::Expression(_) => None,
        })
    }

    fn repeated(&self) -> Option<Refusal> {
        let columns: Vec<&Ident> = self.key.columns().collect();
        let twice = columns
            .iter()
            .enumerate()
            .find(|(at, column)| columns.iter().take(*at).any(|earlier| earlier == *column));
        let (_, column) = twice?;
        Some(Refusal::exists(format!("key \"{}\" has column \"{column}\" twice", self.key.name)))
    }

    fn unknown(&self) -> Option<Refusal> {
        unknown_column(self.key.columns(), self.table)
    }

    /// Long text has no end that a key could hold. MariaDB makes a hash or a prefix of it, but for a
    /// primary key.
    fn unlimited(&self) -> Option<Refusal> {
        let primary = self.key.kind == KeyKind::Primary;
        if self.target.dialect == Dialect::Mariadb && !primary {
            return None;
        }
        let is_json = |data_type: &DataType| data_type.is_named(&["json"]);
        let json = self.parts().find(|(column, _)| column.data_type.as_ref().is_some_and(is_json));
        if let Some((column, _)) = json {
            let reason = format!("column \"{}\" is JSON: index an expression over it", column.name);
            return Some(Refusal::unfit(reason));
        }
        let is_long = |(column, prefix): &(&ColumnShape, Option<u32>)| {
            let data_type = column.data_type.as_ref();
            prefix.is_none() && data_type.is_some_and(DataType::is_long)
        };
        let (column, _) = self.parts().find(is_long)?;
        let name = &column.name;
        Some(Refusal::unfit(format!(
            "a key over column \"{name}\" needs a length: \"{name}\"(100)"
        )))
    }

    /// The indexed beginning of a column is no longer than the column, which is text or bytes.
    fn beyond_its_column(&self) -> Option<Refusal> {
        let has_none = |(column, prefix): &(&ColumnShape, Option<u32>)| {
            let is_number = column.data_type.as_ref().is_some_and(|it| it.number_bytes() > 0);
            *prefix == Some(0) || (prefix.is_some() && is_number)
        };
        if let Some((column, _)) = self.parts().find(has_none) {
            let reason = format!("column \"{}\" has no beginning to index", column.name);
            return Some(Refusal::unfit(reason));
        }
        let is_beyond = |(column, prefix): &(&ColumnShape, Option<u32>)| {
            let Some(prefix) = prefix else { return false };
            let data_type = column.data_type.as_ref();
            let whole = data_type.map(|it| (it.bytes(), it.text().map_or(1, |text| text.width())));
            whole.is_some_and(|(whole, width)| whole > 0 && u64::from(*prefix) * width > whole)
        };
        let (column, prefix) = self.parts().find(is_beyond)?;
        let (name, prefix) = (&column.name, prefix.unwrap_or_default());
        Some(Refusal::unfit(format!(
            "column \"{name}\" is shorter than the {prefix} that its key takes"
        )))
    }

    /// InnoDB's limit. MariaDB shortens an index that is too long, and hashes a unique one.
    fn too_long(&self) -> Option<Refusal> {
        const LONG: u64 = 3072;
        const SHORT: u64 = 767;
        let shortens = self.target.dialect == Dialect::Mariadb && self.key.kind != KeyKind::Primary;
        if shortens || self.table.engine != "innodb" || !self.target.at_least_version(5, 7) {
            return None;
        }
        let limit = match self.table.row_format {
            RowFormat::Redundant | RowFormat::Compact => SHORT,
            RowFormat::Dynamic | RowFormat::Compressed => LONG,
        };
        let bytes = |(column, prefix): (&ColumnShape, Option<u32>)| {
            let Some(data_type) = &column.data_type else { return 0 };
            let width = data_type.text().map_or(1, |text| text.width());
            let whole = data_type.key_bytes();
            prefix.map_or(whole, |prefix| (u64::from(prefix) * width).min(whole.max(width)))
        };
        let all: u64 = self.parts().map(bytes).sum();
        (all > limit).then(|| {
            let name = &self.key.name;
            let reason = format!("key \"{name}\" takes {all} bytes, and {limit} are allowed");
            Refusal { kind: RefusalKind::KeyTooLong, reason }
        })
    }
}

/// MySQL refuses a column of the primary key that says of itself that it may be null.
fn null_in_primary(change: &MysqlChange, after: &Shape) -> Option<Refusal> {
    let (MysqlChange::ModifyColumn { column, .. } | MysqlChange::ChangeColumn { column, .. }) =
        change
    else {
        return None;
    };
    let says_null = column.constraints.iter().any(|it| matches!(it, ColumnConstraint::Null));
    let mut primary = after.keys.iter().filter(|key| key.kind == KeyKind::Primary);
    let is_part = primary.any(|key| key.columns().any(|it| *it == column.name));
    let name = &column.name;
    (says_null && is_part)
        .then(|| Refusal::unfit(format!("column \"{name}\" of the primary key cannot be null")))
}

/// Why rows of such columns cannot be: text and blobs are kept elsewhere, all others within.
pub(super) fn row(before: &Shape, after: &Shape) -> Option<Refusal> {
    const LIMIT: u64 = 65_535;
    let bytes = |shape: &Shape| -> u64 {
        let is_kept = |column: &&ColumnShape| !matches!(column.storage, Storage::Virtual(_));
        let types = shape.columns.iter().filter(is_kept).filter_map(|it| it.data_type.as_ref());
        types.map(DataType::row_bytes).sum()
    };
    let all = bytes(after);
    // What is there already fits, whatever the replay takes its character set for.
    (all > LIMIT && bytes(before) <= LIMIT).then(|| {
        let reason = format!(
            "a row takes up to {all} bytes, and {LIMIT} are allowed without texts and blobs"
        );
        Refusal { kind: RefusalKind::RowTooLarge, reason }
    })
}

/// A second primary key, an index whose name is taken, a key over a column that is not there.
pub(super) fn added(
    changes: &[&TableChange],
    before: &Shape,
    after: &Shape,
    target: &Target,
) -> Option<Refusal> {
    let drops_primary = changes
        .iter()
        .any(|change| matches!(change, TableChange::Mysql(MysqlChange::DropPrimaryKey)));
    let has_primary = before.keys.iter().any(|key| key.kind == KeyKind::Primary);
    changes.iter().find_map(|change| match change {
        TableChange::Mysql(MysqlChange::DropPrimaryKey) => {
            (before.known && !has_primary).then(|| Refusal::missing("the table has no primary key"))
        }
        TableChange::AddConstraint(constraint) => match &constraint.kind {
            ConstraintKind::PrimaryKey { .. } => (has_primary && !drops_primary)
                .then(|| Refusal::exists("the table has a primary key already")),
            ConstraintKind::Unique { columns, .. } => {
                let names = columns.iter().filter_map(|part| part.column.as_ref());
                taken(constraint.name.as_ref(), changes, before)
                    .or_else(|| unknown_column(names, after))
            }
            _ => None,
        },
        TableChange::Mysql(MysqlChange::AddIndex(index)) if !index.if_not_exists => {
            let names = index.columns.iter().filter_map(|part| part.column.as_ref());
            let replaces = index.attributes.or_replace;
            let name = index.name.as_ref().filter(|_| !replaces);
            taken(name, changes, before).or_else(|| unknown_column(names, after))
        }
        TableChange::Mysql(change) if target.dialect == Dialect::Mysql => {
            null_in_primary(change, after)
        }
        _ => None,
    })
}

/// Whether the statement drops every column of an index, and the index with the last one.
fn goes_with_columns(key: &KeyShape, changes: &[&TableChange]) -> bool {
    let drops = |name: &Ident| {
        let mut dropped = changes.iter().filter_map(|change| match change {
            TableChange::DropColumn { column, .. } => Some(column),
            _ => None,
        });
        dropped.any(|column| column == name)
    };
    !key.has_expression() && key.columns().all(drops)
}

fn taken(name: Option<&Ident>, changes: &[&TableChange], before: &Shape) -> Option<Refusal> {
    let name = name?;
    let is = |other: &str| other.eq_ignore_ascii_case(name.as_str());
    let stands = before.keys.iter().any(|key| is(&key.name) && !goes_with_columns(key, changes));
    let goes = changes.iter().any(|change| match change {
        TableChange::Mysql(
            MysqlChange::DropIndex { name: gone, .. } | MysqlChange::RenameIndex { name: gone, .. },
        )
        | TableChange::DropConstraint { name: gone, .. } => is(gone.as_str()),
        _ => false,
    });
    let new = changes.iter().filter(|change| match change {
        TableChange::Mysql(MysqlChange::AddIndex(index)) => {
            index.name.as_ref().is_some_and(|name| is(name.as_str()))
        }
        _ => false,
    });
    if new.count() > 1 {
        return Some(Refusal::exists(format!("index \"{name}\" is added twice")));
    }
    (stands && !goes).then(|| Refusal::exists(format!("the table has an index \"{name}\" already")))
}

fn unknown_column<'i>(names: impl Iterator<Item = &'i Ident>, after: &Shape) -> Option<Refusal> {
    let mut names = names.filter(|_| after.known && after.complete);
    let missing = names.find(|name| after.column(name).is_none())?;
    Some(Refusal::missing(format!("the table has no column \"{missing}\"")))
}

/// Commands on partitions that are not there, or on the wrong side of the last one.
pub(super) fn partitions(change: &PartitionChange, stand: &PartitionScheme) -> Option<Refusal> {
    let known = !stand.partitions.is_empty();
    let has = |name: &Ident| {
        stand.partitions.iter().any(|one| one.name.as_str().eq_ignore_ascii_case(name.as_str()))
    };
    match change {
        PartitionChange::Add(new) => {
            let all = stand.partitions.iter().find(|one| takes_the_rest(&one.written));
            if let Some(last) = all.filter(|_| stand.strategy.contains("range")) {
                let reason = format!("partition \"{}\" takes all above already", last.name);
                return Some(Refusal::unfit(format!("{reason}; reorganize it instead")));
            }
            let twice = new.iter().find(|one| has(&one.name) && !one.if_not_exists)?;
            Some(Refusal::exists(format!("the table has a partition \"{}\" already", twice.name)))
        }
        PartitionChange::Drop { .. } if !is_by_value(&stand.strategy) => Some(Refusal::unfit(
            "partitions by hash or key hold rows of all kinds; COALESCE PARTITION takes some away",
        )),
        PartitionChange::Drop { names, if_exists: false } if known => {
            let missing = names.iter().find(|name| !has(name))?;
            Some(Refusal::missing(format!("the table has no partition \"{missing}\"")))
        }
        _ => None,
    }
}

/// Whether each partition holds values of its own.
fn is_by_value(strategy: &str) -> bool {
    !matches!(strategy, "hash" | "key" | "linear hash" | "linear key")
}

/// Every unique key has all columns by which rows are dealt out to partitions.
pub(super) fn divided(scheme: &PartitionScheme, table: &Shape) -> Option<Refusal> {
    let by: Vec<&Ident> = scheme
        .key
        .iter()
        .flat_map(|part| match (&part.column, &part.expr) {
            (Some(column), _) => vec![column],
            (None, expr) => expr.iter().flat_map(Expr::columns).collect(),
        })
        .collect();
    let unique = |key: &&KeyShape| matches!(key.kind, KeyKind::Primary | KeyKind::Unique);
    let lacks = |key: &&KeyShape| by.iter().any(|name| key.columns().all(|it| it != *name));
    let key = table.keys.iter().filter(unique).find(lacks)?;
    let name = &key.name;
    Some(Refusal::unfit(format!("unique key \"{name}\" lacks a column of the partitions")))
}

fn takes_the_rest(written: &str) -> bool {
    written.to_ascii_uppercase().contains("MAXVALUE")
}

/// MySQL does not fill in what a replica would fill in otherwise (error 1674, also on an empty
/// table); the functions are those that the manual calls unsafe for statements.
pub(super) fn differs_by_replica(change: &TableChange, target: &Target) -> Option<Refusal> {
    const UNSAFE: &[&str] = &["uuid", "uuid_short", "rand", "sysdate", "load_file", "user"];
    let TableChange::AddColumn { column, .. } = change else { return None };
    if target.dialect != Dialect::Mysql {
        return None;
    }
    let default = column.constraints.iter().find_map(|constraint| match constraint {
        ColumnConstraint::Default(expr) => Some(expr),
        _ => None,
    })?;
    let called = |expr: &Expr| {
        let names = expr.functions().iter().map(|call| call.name.name.as_str().to_lowercase());
        names.into_iter().find(|name| UNSAFE.contains(&name.as_str()))
    };
    let function = called(default)?;
    let name = &column.name;
    Some(Refusal::from(format!(
        "the default of \"{name}\" calls {function}(), which a replica answers otherwise; add the column without it, then SET DEFAULT"
    )))
}
