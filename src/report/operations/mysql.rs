//! Forms of `ALTER TABLE` that are MySQL's and MariaDB's alone.

use super::operation::{Column, Operation, key};
use crate::migration::{
    Algorithm, Ident, LockLevel, LockWait, MysqlChange, Online, PartitionChange, Partitions,
    TableOption, TableTarget,
};

/// A subcommand that has an operation of its own; the others are options of the table.
pub(super) fn alter(target: &TableTarget, change: &MysqlChange) -> Option<Operation> {
    let on = |kind| Operation::on(kind, &target.name);
    let named = |kind, name: &Ident| Operation { name: Some(name.to_string()), ..on(kind) };
    Some(match change {
        MysqlChange::ModifyColumn { column, .. } => Operation {
            columns: Some(vec![column.name.to_string()]),
            column: Some(Column::of(column)),
            ..on("modify_column")
        },
        MysqlChange::ChangeColumn { name, column, .. } => Operation {
            columns: Some(vec![name.to_string()]),
            new_name: Some(column.name.to_string()).filter(|new| *new != name.to_string()),
            column: Some(Column::of(column)),
            ..on("change_column")
        },
        MysqlChange::AddIndex(index) => Operation {
            name: index.name.as_ref().map(Ident::to_string),
            columns: Some(key(&index.columns)),
            unique: Some(index.unique),
            option: Some(index.method.clone()).filter(|method| method != "btree"),
            ..on("create_index")
        },
        MysqlChange::DropIndex { name, if_exists } => {
            Operation { if_exists: Some(*if_exists), ..named("drop_index", name) }
        }
        MysqlChange::RenameIndex { name, new_name, .. } => {
            Operation { new_name: Some(new_name.to_string()), ..named("rename_index", name) }
        }
        MysqlChange::DropForeignKey { name, if_exists } => {
            Operation { if_exists: Some(*if_exists), ..named("drop_constraint", name) }
        }
        MysqlChange::DropCheck { name } => named("drop_constraint", name),
        MysqlChange::DropPrimaryKey => {
            Operation { option: Some("primary key".to_owned()), ..on("drop_constraint") }
        }
        MysqlChange::RenameTo(name) => {
            Operation { new_name: Some(name.to_string()), ..on("rename_table") }
        }
        _ => return None,
    })
}

/// The form in words.
pub(super) fn option(change: &MysqlChange) -> String {
    let switch = |enable: bool| if enable { "enable" } else { "disable" };
    match change {
        MysqlChange::ModifyColumn { column, .. } => format!("modify column {}", column.name),
        MysqlChange::ChangeColumn { name, .. } => format!("change column {name}"),
        MysqlChange::ColumnVisibility { column, visible: true } => format!("{column} visible"),
        MysqlChange::ColumnVisibility { column, visible: false } => format!("{column} invisible"),
        MysqlChange::AddIndex(_) => "add index".to_owned(),
        MysqlChange::DropIndex { name, .. } => format!("drop index {name}"),
        MysqlChange::RenameIndex { name, .. } => format!("rename index {name}"),
        MysqlChange::IndexVisibility { name, visible: true, .. } => format!("index {name} visible"),
        MysqlChange::IndexVisibility { name, .. } => format!("index {name} invisible"),
        MysqlChange::DropPrimaryKey => "drop primary key".to_owned(),
        MysqlChange::DropForeignKey { name, .. } => format!("drop foreign key {name}"),
        MysqlChange::DropCheck { name } => format!("drop check {name}"),
        MysqlChange::AlterCheck { name, enforced: true } => format!("check {name} enforced"),
        MysqlChange::AlterCheck { name, .. } => format!("check {name} not enforced"),
        MysqlChange::RenameTo(name) => format!("rename to {name}"),
        MysqlChange::Options(options) => {
            options.iter().map(table_option).collect::<Vec<_>>().join(" ")
        }
        MysqlChange::ConvertTo(charset) => {
            format!("convert to {}", words(&charset.character_set, &charset.collation))
        }
        MysqlChange::Force => "force".to_owned(),
        MysqlChange::OrderBy(_) => "order by".to_owned(),
        MysqlChange::Keys { enable } => format!("{} keys", switch(*enable)),
        MysqlChange::Tablespace { import: true } => "import tablespace".to_owned(),
        MysqlChange::Tablespace { import: false } => "discard tablespace".to_owned(),
        MysqlChange::Partition(change) => partition(change),
        MysqlChange::SystemVersioning { enable: true } => "add system versioning".to_owned(),
        MysqlChange::SystemVersioning { enable: false } => "drop system versioning".to_owned(),
        MysqlChange::AddPeriod { name, .. } => format!("add period {name}"),
        MysqlChange::DropPeriod { name } => format!("drop period {name}"),
        MysqlChange::Validation { with: true } => "with validation".to_owned(),
        MysqlChange::Validation { with: false } => "without validation".to_owned(),
        MysqlChange::Online(demanded) => online(*demanded),
    }
}

fn words(character_set: &Option<Ident>, collation: &Option<Ident>) -> String {
    let collation = collation.as_ref().map(|name| format!("collate {name}"));
    let character_set = character_set.as_ref().map(|name| format!("character set {name}"));
    character_set.into_iter().chain(collation).collect::<Vec<_>>().join(" ")
}

fn table_option(option: &TableOption) -> String {
    match option {
        TableOption::Engine(name) => format!("engine={name}"),
        TableOption::Charset(charset) => words(&charset.character_set, &charset.collation),
        TableOption::AutoIncrement(number) => format!("auto_increment={number}"),
        TableOption::Comment(_) => "comment".to_owned(),
        TableOption::RowFormat(name) => format!("row_format={name}"),
        TableOption::KeyBlockSize(size) => format!("key_block_size={size}"),
        TableOption::Other { name, value } => format!("{name}={value}"),
    }
}

/// The clauses of a statement in words.
fn online(demanded: Online) -> String {
    let algorithm = demanded.algorithm.map(|algorithm| match algorithm {
        Algorithm::Default => "algorithm=default".to_owned(),
        Algorithm::Instant => "algorithm=instant".to_owned(),
        Algorithm::NoCopy => "algorithm=nocopy".to_owned(),
        Algorithm::InPlace => "algorithm=inplace".to_owned(),
        Algorithm::Copy => "algorithm=copy".to_owned(),
    });
    let lock = demanded.lock.map(|lock| match lock {
        LockLevel::Default => "lock=default".to_owned(),
        LockLevel::None => "lock=none".to_owned(),
        LockLevel::Shared => "lock=shared".to_owned(),
        LockLevel::Exclusive => "lock=exclusive".to_owned(),
    });
    let wait = demanded.wait.map(|wait| match wait {
        LockWait::No => "nowait".to_owned(),
        LockWait::Seconds(seconds) => format!("wait {seconds}"),
    });
    let flag = |on: bool, word: &str| on.then(|| word.to_owned());
    let flags = [flag(demanded.online, "online"), flag(demanded.ignore, "ignore")];
    let all = [algorithm, lock, wait].into_iter().chain(flags).flatten();
    all.collect::<Vec<_>>().join(" ")
}

fn partition(change: &PartitionChange) -> String {
    let names = |names: &[Ident]| names.iter().map(Ident::as_str).collect::<Vec<_>>().join(", ");
    let which = |partitions: &Partitions| match partitions {
        Partitions::All => "all".to_owned(),
        Partitions::Named(named) => names(named),
    };
    match change {
        PartitionChange::By(scheme) => format!("partition by {}", scheme.strategy),
        PartitionChange::Remove => "remove partitioning".to_owned(),
        PartitionChange::Add(added) => {
            let added: Vec<Ident> = added.iter().map(|one| one.name.clone()).collect();
            format!("add partition {}", names(&added))
        }
        PartitionChange::AddCount(count) => format!("add partition partitions {count}"),
        PartitionChange::Drop { names: dropped, .. } => {
            format!("drop partition {}", names(dropped))
        }
        PartitionChange::Truncate(partitions) => {
            format!("truncate partition {}", which(partitions))
        }
        PartitionChange::Coalesce(count) => format!("coalesce partition {count}"),
        PartitionChange::Reorganize { names: old, .. } => {
            format!("reorganize partition {}", names(old)).trim_end().to_owned()
        }
        PartitionChange::Exchange { partition, table, .. } => {
            format!("exchange partition {partition} with {table}")
        }
        PartitionChange::ConvertToTable { partition, table } => {
            format!("convert partition {partition} to table {table}")
        }
        PartitionChange::ConvertToPartition { table, partition } => {
            format!("convert table {table} to partition {}", partition.name)
        }
        PartitionChange::Maintain { command, partitions } => {
            format!("{} partition {}", command.as_str(), which(partitions))
        }
        PartitionChange::Tablespace { partitions, import } => {
            let word = if *import { "import" } else { "discard" };
            format!("{word} partition {} tablespace", which(partitions))
        }
    }
}
