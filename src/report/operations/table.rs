//! Forms of ALTER TABLE, and constraints.

use super::mysql;
use super::operation::{Column, Constraint, Operation, References, action, idents, key, text};
use super::operation::{identity_words, indexed};
use crate::migration::{
    ColumnChange, ColumnConstraint, ColumnDef, ConstraintKind, CreateTable, DetachMode, Ident,
    RelationKind, TableChange, TableConstraint, TableTarget, Validity,
};

/// `CREATE TABLE`.
pub(super) fn create(table: &CreateTable) -> Operation {
    let keys = table.columns.iter().flat_map(further_keys);
    let constraints = table.constraints.iter().map(constraint).chain(keys);
    Operation {
        column_defs: Some(table.columns.iter().map(Column::of).collect()),
        constraints: Some(constraints.collect()),
        if_not_exists: Some(table.if_not_exists),
        ..Operation::on("create_table", &table.name)
    }
}

/// The foreign keys of a column behind its first, which stands with the column.
fn further_keys(column: &ColumnDef) -> Vec<Constraint> {
    let keys = column.constraints.iter().filter_map(|constraint| match constraint {
        ColumnConstraint::References { name, target, .. } => Some((name, target)),
        _ => None,
    });
    let further = keys.skip(1).map(|(name, target)| Constraint {
        kind: "foreign_key",
        name: name.as_ref().map(Ident::to_string),
        columns: vec![column.name.to_string()],
        references: Some(References::of(target)),
        sql: None,
    });
    further.collect()
}

fn constraint(constraint: &TableConstraint) -> Constraint {
    let mut out = Constraint {
        name: constraint.name.as_ref().map(Ident::to_string),
        ..Constraint::default()
    };
    match &constraint.kind {
        ConstraintKind::PrimaryKey { columns, .. } => {
            (out.kind, out.columns) = ("primary_key", key(columns));
        }
        ConstraintKind::Unique { columns, .. } => {
            (out.kind, out.columns) = ("unique", key(columns));
        }
        ConstraintKind::PrimaryKeyUsingIndex(_) => out.kind = "primary_key",
        ConstraintKind::UniqueUsingIndex(_) => out.kind = "unique",
        ConstraintKind::Check { expr, .. } => (out.kind, out.sql) = ("check", Some(text(expr))),
        ConstraintKind::ForeignKey { columns, target, .. } => {
            (out.kind, out.columns) = ("foreign_key", idents(columns));
            out.references = Some(References::of(target));
        }
        ConstraintKind::Exclude { elements, .. } => {
            out.kind = "exclude";
            out.columns = elements.iter().map(|(column, _)| indexed(column)).collect();
        }
        ConstraintKind::NotNull { column, .. } => {
            (out.kind, out.columns) = ("not_null", vec![column.to_string()]);
        }
    }
    out
}

/// A subcommand of `ALTER TABLE` or of its siblings.
pub(super) fn alter(target: &TableTarget, change: &TableChange) -> Operation {
    match target.kind {
        RelationKind::Table => alter_table(target, change),
        RelationKind::Index => match change {
            TableChange::Rename { new_name } => Operation {
                new_name: Some(new_name.to_string()),
                ..Operation::named("rename_index", &target.name)
            },
            _ => other("alter_object", "index", target, change),
        },
        RelationKind::Sequence => other("alter_sequence", "sequence", target, change),
        RelationKind::View => alter_view("view", target, change),
        RelationKind::MaterializedView => alter_view("materialized_view", target, change),
    }
}

fn alter_view(object: &'static str, target: &TableTarget, change: &TableChange) -> Operation {
    match change {
        TableChange::RenameColumn { .. } => alter_table(target, change),
        _ => other("alter_object", object, target, change),
    }
}

fn other(
    kind: &'static str,
    object: &'static str,
    target: &TableTarget,
    change: &TableChange,
) -> Operation {
    let new_name = match change {
        TableChange::Rename { new_name } => Some(new_name.to_string()),
        _ => None,
    };
    Operation {
        object: (kind == "alter_object").then_some(object),
        option: Some(option(change)),
        new_name,
        if_exists: Some(target.if_exists),
        ..Operation::named(kind, &target.name)
    }
}

fn alter_table(target: &TableTarget, change: &TableChange) -> Operation {
    let on = |kind| Operation::on(kind, &target.name);
    let column = |name: &Ident| Some(vec![name.to_string()]);
    match change {
        TableChange::AddColumn { column: def, if_not_exists, .. } => Operation {
            columns: column(&def.name),
            column: Some(Column::of(def)),
            constraints: Some(further_keys(def)).filter(|keys| !keys.is_empty()),
            if_not_exists: Some(*if_not_exists),
            ..on("add_column")
        },
        TableChange::DropColumn { column: name, if_exists, cascade } => Operation {
            columns: column(name),
            if_exists: Some(*if_exists),
            cascade: Some(*cascade),
            ..on("drop_column")
        },
        TableChange::AlterColumn { column: name, change } => {
            Operation { columns: column(name), ..alter_column(target, change) }
        }
        TableChange::RenameColumn { column: name, new_name } => Operation {
            columns: column(name),
            new_name: Some(new_name.to_string()),
            ..on("rename_column")
        },
        TableChange::Rename { new_name } => {
            Operation { new_name: Some(new_name.to_string()), ..on("rename_table") }
        }
        TableChange::AddConstraint(constraint) => add_constraint(target, constraint),
        TableChange::AttachPartition { partition, .. } => {
            Operation { partition: Some(partition.to_string()), ..on("attach_partition") }
        }
        TableChange::DetachPartition { partition, mode } => Operation {
            partition: Some(partition.to_string()),
            concurrently: Some(*mode == DetachMode::Concurrently),
            ..on("detach_partition")
        },
        TableChange::Mysql(change) => mysql::alter(target, change).unwrap_or_else(|| Operation {
            option: Some(mysql::option(change)),
            ..on("alter_table_option")
        }),
        _ => on_constraint(target, change).unwrap_or_else(|| Operation {
            option: Some(option(change)),
            ..on("alter_table_option")
        }),
    }
}

fn on_constraint(target: &TableTarget, change: &TableChange) -> Option<Operation> {
    let on = |kind, name: &Ident| Operation {
        name: Some(name.to_string()),
        ..Operation::on(kind, &target.name)
    };
    Some(match change {
        TableChange::ValidateConstraint { name } => on("validate_constraint", name),
        TableChange::DropConstraint { name, if_exists, cascade } => Operation {
            if_exists: Some(*if_exists),
            cascade: Some(*cascade),
            ..on("drop_constraint", name)
        },
        TableChange::RenameConstraint { name, new_name } => {
            Operation { new_name: Some(new_name.to_string()), ..on("rename_constraint", name) }
        }
        TableChange::AlterConstraint { name, .. } => {
            Operation { option: Some(option(change)), ..on("alter_table_option", name) }
        }
        _ => return None,
    })
}

fn alter_column(target: &TableTarget, change: &ColumnChange) -> Operation {
    let alter = Operation::on("alter_column", &target.name);
    let option = |words: &str| Operation {
        option: Some(words.to_owned()),
        ..Operation::on("alter_table_option", &target.name)
    };
    match change {
        ColumnChange::Type { data_type, using } => Operation {
            data_type: Some(data_type.written.clone()),
            using: using.as_ref().map(text),
            ..alter
        },
        ColumnChange::SetNotNull => Operation { nullable: Some(false), ..alter },
        ColumnChange::DropNotNull => Operation { nullable: Some(true), ..alter },
        ColumnChange::SetDefault(expr) => {
            Operation { server_default: Some(Some(text(expr))), ..alter }
        }
        ColumnChange::DropDefault => Operation { server_default: Some(None), ..alter },
        ColumnChange::AddIdentity(identity) => {
            option(&format!("add identity {}", identity_words(*identity)))
        }
        ColumnChange::SetIdentity { .. } => option("set identity"),
        ColumnChange::DropIdentity { .. } => option("drop identity"),
        ColumnChange::SetExpression(_) => option("set expression"),
        ColumnChange::DropExpression { .. } => option("drop expression"),
        ColumnChange::SetStatistics => option("set statistics"),
        ColumnChange::SetOptions => option("set options"),
        ColumnChange::SetStorage => option("set storage"),
        ColumnChange::SetCompression => option("set compression"),
        ColumnChange::Other(written) => option(written),
    }
}

fn add_constraint(target: &TableTarget, constraint: &TableConstraint) -> Operation {
    let not_valid = Some(constraint.validity != Validity::Valid);
    let on = |kind| Operation {
        name: constraint.name.as_ref().map(Ident::to_string),
        ..Operation::on(kind, &target.name)
    };
    match &constraint.kind {
        ConstraintKind::PrimaryKey { columns, .. } => {
            Operation { columns: Some(key(columns)), ..on("create_primary_key") }
        }
        ConstraintKind::Unique { columns, .. } => {
            Operation { columns: Some(key(columns)), ..on("create_unique_constraint") }
        }
        ConstraintKind::PrimaryKeyUsingIndex(index) => {
            Operation { using_index: Some(index.to_string()), ..on("create_primary_key") }
        }
        ConstraintKind::UniqueUsingIndex(index) => {
            Operation { using_index: Some(index.to_string()), ..on("create_unique_constraint") }
        }
        ConstraintKind::Check { expr, .. } => Operation {
            sql: Some(text(expr)),
            columns: Some(idents(expr.columns())),
            not_valid,
            ..on("create_check_constraint")
        },
        ConstraintKind::ForeignKey { columns, target, .. } => Operation {
            columns: Some(idents(columns)),
            references: Some(References::of(target)),
            ondelete: action(target.on_delete),
            onupdate: action(target.on_update),
            not_valid,
            ..on("create_foreign_key")
        },
        ConstraintKind::Exclude { elements, .. } => Operation {
            columns: Some(elements.iter().map(|(column, _)| indexed(column)).collect()),
            ..on("create_exclude_constraint")
        },
        ConstraintKind::NotNull { column, .. } => Operation {
            columns: Some(vec![column.to_string()]),
            nullable: Some(false),
            not_valid,
            ..on("alter_column")
        },
    }
}

/// The form in words.
fn option(change: &TableChange) -> String {
    let switch = |enable: bool| if enable { "enable" } else { "disable" };
    match change {
        TableChange::AlterConstraint { .. } => "alter constraint".to_owned(),
        TableChange::SetSchema { schema } => format!("set schema {schema}"),
        TableChange::SetOwner { role } => format!("owner to {role}"),
        TableChange::Inherit { parent } => format!("inherit {parent}"),
        TableChange::NoInherit { parent } => format!("no inherit {parent}"),
        TableChange::SwitchTrigger(trigger) => trigger.written.to_lowercase(),
        TableChange::RowSecurity { enable } => format!("{} row level security", switch(*enable)),
        TableChange::ForceRowSecurity { force: true } => "force row level security".to_owned(),
        TableChange::ForceRowSecurity { force: false } => "no force row level security".to_owned(),
        TableChange::ReplicaIdentity { identity, .. } => format!("replica identity {identity}"),
        TableChange::SetParameters { parameters } => {
            let names: Vec<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
            format!("set ({})", names.join(", "))
        }
        TableChange::ResetParameters { parameters } => format!("reset ({})", parameters.join(", ")),
        TableChange::SetLogged { logged: true } => "set logged".to_owned(),
        TableChange::SetLogged { logged: false } => "set unlogged".to_owned(),
        TableChange::SetTablespace { tablespace } => format!("set tablespace {tablespace}"),
        TableChange::SetAccessMethod { method } => {
            format!("set access method {}", method.as_ref().map_or("default", Ident::as_str))
        }
        TableChange::ClusterOn { index } => format!("cluster on {index}"),
        TableChange::WithoutCluster => "set without cluster".to_owned(),
        TableChange::OfType { name } => format!("of {name}"),
        TableChange::NotOf => "not of".to_owned(),
        TableChange::Option(written) => written.clone(),
        TableChange::Mysql(change) => mysql::option(change),
        TableChange::Rename { .. } => "rename".to_owned(),
        TableChange::RenameColumn { column, .. } => format!("rename column {column}"),
        TableChange::AlterColumn { column, .. } => format!("alter column {column}"),
        TableChange::AddColumn { column, .. } => format!("add column {}", column.name),
        TableChange::DropColumn { column, .. } => format!("drop column {column}"),
        TableChange::AddConstraint(_) => "add constraint".to_owned(),
        TableChange::ValidateConstraint { name } => format!("validate constraint {name}"),
        TableChange::DropConstraint { name, .. } => format!("drop constraint {name}"),
        TableChange::RenameConstraint { name, .. } => format!("rename constraint {name}"),
        TableChange::AttachPartition { partition, .. } => format!("attach partition {partition}"),
        TableChange::DetachPartition { partition, .. } => format!("detach partition {partition}"),
    }
}
