//! Objects other than tables: indexes, drops, and kinds that are modelled by their kind alone.

use super::operation::{Operation, Where, key, text};
use crate::migration::{
    AlterIndex, CreateIndex, DropObject, Ident, IndexChange, ObjectChange, ObjectKind, Reindex,
    ReindexTarget,
};

/// `CREATE INDEX`.
pub(super) fn create_index(index: &CreateIndex) -> Operation {
    Operation {
        name: index.name.as_ref().map(Ident::to_string),
        columns: Some(key(&index.columns)),
        unique: Some(index.unique),
        concurrently: Some(index.concurrently),
        if_not_exists: Some(index.if_not_exists),
        using: Some(index.method.clone()),
        predicate: index.predicate.as_ref().map(|expr| Where::Condition(text(expr))),
        ..Operation::on("create_index", &index.table)
    }
}

/// `ALTER INDEX`.
pub(super) fn alter_index(alter: &AlterIndex) -> Operation {
    let option = |option: &str| Operation {
        object: Some("index"),
        option: Some(option.to_owned()),
        ..Operation::named("alter_object", &alter.index.name)
    };
    match &alter.change {
        IndexChange::Rename(new_name) => Operation {
            new_name: Some(new_name.to_string()),
            ..Operation::named("rename_index", &alter.index.name)
        },
        IndexChange::AttachPartition(partition) => {
            Operation { partition: Some(partition.to_string()), ..option("attach partition") }
        }
        IndexChange::DependsOnExtension => option("depends on extension"),
        IndexChange::SetParameters(names) => option(&format!("set ({})", names.join(", "))),
        IndexChange::ResetParameters(names) => option(&format!("reset ({})", names.join(", "))),
        IndexChange::SetTablespace(name) => option(&format!("set tablespace {name}")),
        IndexChange::SetStatistics => option("set statistics"),
    }
}

/// `REINDEX`.
pub(super) fn reindex(reindex: &Reindex) -> Operation {
    let all = |object: &str, name: Option<&Ident>| Operation {
        name: name.map(Ident::to_string),
        option: Some(object.to_owned()),
        ..Operation::new("reindex")
    };
    let operation = match &reindex.target {
        ReindexTarget::Index(name) => Operation::named("reindex", name),
        ReindexTarget::Table(name) => Operation::on("reindex", name),
        ReindexTarget::Schema(name) => all("schema", Some(name)),
        ReindexTarget::Database(name) => all("database", name.as_ref()),
        ReindexTarget::System(name) => all("system", name.as_ref()),
    };
    Operation { concurrently: Some(reindex.concurrently), ..operation }
}

/// `DROP`: one operation for each name.
pub(super) fn drop(drop: &DropObject) -> Vec<Operation> {
    let kind = drop_kind(drop.kind);
    let one = |name| {
        let operation = match kind {
            "drop_table" => Operation::on(kind, name),
            _ => Operation::named(kind, name),
        };
        Operation {
            object: (kind == "drop_object").then(|| drop.kind.as_str()),
            table: operation.table.or_else(|| drop.table.as_ref().map(ToString::to_string)),
            if_exists: Some(drop.if_exists),
            cascade: Some(drop.cascade),
            concurrently: (drop.kind == ObjectKind::Index).then_some(drop.concurrently),
            kind,
            name: operation.name,
            ..Operation::default()
        }
    };
    if drop.names.is_empty() {
        let object = Some(drop.kind.as_str());
        return vec![Operation { object, ..Operation::new("drop_object") }];
    }
    drop.names.iter().map(one).collect()
}

fn drop_kind(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Table | ObjectKind::ForeignTable => "drop_table",
        ObjectKind::View => "drop_view",
        ObjectKind::MaterializedView => "drop_materialized_view",
        ObjectKind::Index => "drop_index",
        ObjectKind::Sequence => "drop_sequence",
        ObjectKind::Type => "drop_type",
        ObjectKind::Domain => "drop_domain",
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => "drop_function",
        ObjectKind::Trigger => "drop_trigger",
        ObjectKind::Policy => "drop_policy",
        ObjectKind::Schema => "drop_schema",
        ObjectKind::Database => "drop_database",
        ObjectKind::Extension => "drop_extension",
        _ => "drop_object",
    }
}

/// `CREATE` of a kind that is modelled by its kind alone.
pub(super) fn create(change: &ObjectChange) -> Operation {
    by_kind(change, if change.kind == ObjectKind::Type { "create_type" } else { "create_object" })
}

/// `ALTER` of a kind that is modelled by its kind alone.
pub(super) fn alter(change: &ObjectChange) -> Operation {
    let kind = match change.kind {
        ObjectKind::Type => "alter_type",
        ObjectKind::Domain => "alter_domain",
        ObjectKind::Sequence => "alter_sequence",
        _ => "alter_object",
    };
    by_kind(change, kind)
}

/// `COMMENT`, `GRANT` and what is like them.
pub(super) fn about(change: &ObjectChange, kind: &'static str) -> Operation {
    Operation { object: Some(change.kind.as_str()), ..by_kind(change, kind) }
}

fn by_kind(change: &ObjectChange, kind: &'static str) -> Operation {
    let table = match change.tables.as_slice() {
        [table] => Some(table.to_string()),
        _ => None,
    };
    Operation {
        object: kind.ends_with("_object").then(|| change.kind.as_str()),
        name: change.name.as_ref().map(ToString::to_string),
        table,
        option: Some(change.option.clone()).filter(|option| !option.is_empty()),
        new_name: change.new_name.as_ref().map(Ident::to_string),
        ..Operation::new(kind)
    }
}
