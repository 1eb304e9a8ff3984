//! What MySQL and MariaDB say beside what every dialect says: the clauses with which a change
//! demands how it runs, table options, partitions, and the forms of `ALTER TABLE` that are theirs
//! alone.

use super::{ColumnDef, CreateIndex, Ident, IndexedColumn, ObjectName};

/// `ALGORITHM=`: how a change may be carried out at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// `DEFAULT`: the server takes the cheapest.
    Default,
    /// `INSTANT`: the catalogue alone.
    Instant,
    /// `NOCOPY` (MariaDB): no rebuild of the table's own rows.
    NoCopy,
    /// `INPLACE`.
    InPlace,
    /// `COPY`.
    Copy,
}

/// `LOCK=`: what others may do meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockLevel {
    /// `DEFAULT`: as much as the change allows.
    Default,
    /// `NONE`: others read and write.
    None,
    /// `SHARED`: others read.
    Shared,
    /// `EXCLUSIVE`: others wait.
    Exclusive,
}

/// `WAIT n` and `NOWAIT` (MariaDB): how long a statement waits for its metadata lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LockWait {
    /// `NOWAIT`.
    No,
    /// `WAIT n`, in seconds.
    Seconds(u64),
}

/// How a change demands to be carried out; nothing where nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Online {
    /// `ALGORITHM=`.
    pub algorithm: Option<Algorithm>,
    /// `LOCK=`.
    pub lock: Option<LockLevel>,
    /// `WAIT` or `NOWAIT`.
    pub wait: Option<LockWait>,
    /// MariaDB's `ALTER ONLINE TABLE` and `CREATE ONLINE INDEX`, which mean `LOCK=NONE`.
    pub online: bool,
    /// `ALTER IGNORE TABLE`: rows that a new key forbids are deleted.
    pub ignore: bool,
}

impl Online {
    /// Whether nothing is demanded.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes what `other` demands and `self` does not; the last clause of a kind wins, as on the
    /// server.
    pub fn and(self, other: Self) -> Self {
        Self {
            algorithm: other.algorithm.or(self.algorithm),
            lock: other.lock.or(self.lock),
            wait: other.wait.or(self.wait),
            online: self.online || other.online,
            ignore: self.ignore || other.ignore,
        }
    }
}

/// Where a column is put.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ColumnPosition {
    /// `FIRST`.
    First,
    /// `AFTER column`.
    After(Ident),
}

/// A character set and collation, as far as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Charset {
    /// Character set in lower case; `binary` for `BINARY`.
    pub character_set: Option<Ident>,
    /// Collation in lower case.
    pub collation: Option<Ident>,
}

/// An option of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableOption {
    /// `ENGINE`, in lower case.
    Engine(Ident),
    /// `[DEFAULT] CHARACTER SET` and `COLLATE`.
    Charset(Charset),
    /// `AUTO_INCREMENT`.
    AutoIncrement(u64),
    /// `COMMENT`.
    Comment(String),
    /// `ROW_FORMAT`, in lower case.
    RowFormat(Ident),
    /// `KEY_BLOCK_SIZE`.
    KeyBlockSize(u64),
    /// Any other: its name in lower case with `_` between words, its value as written.
    Other {
        /// Name.
        name: String,
        /// Value.
        value: String,
    },
}

/// How a table is divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionScheme {
    /// `range`, `list`, `hash`, `key`, `system_time`, with `linear ` and ` columns` where written.
    pub strategy: String,
    /// Columns and expressions of the key.
    pub key: Vec<IndexedColumn>,
    /// Its partitions, where they are listed.
    pub partitions: Vec<PartitionDef>,
    /// `PARTITIONS n`.
    pub count: Option<u64>,
}

/// One partition as defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionDef {
    /// Name.
    pub name: Ident,
    /// Which rows it takes and its options, as written: `VALUES LESS THAN (…)`.
    pub written: String,
    /// `IF NOT EXISTS` (MariaDB).
    pub if_not_exists: bool,
}

/// Which partitions a command names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partitions {
    /// `ALL`.
    All,
    /// By name.
    Named(Vec<Ident>),
}

/// What is done to partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartitionChange {
    /// `PARTITION BY`.
    By(PartitionScheme),
    /// `REMOVE PARTITIONING`.
    Remove,
    /// `ADD PARTITION (…)`.
    Add(Vec<PartitionDef>),
    /// `ADD PARTITION PARTITIONS n`.
    AddCount(u64),
    /// `DROP PARTITION`.
    Drop {
        /// Their names.
        names: Vec<Ident>,
        /// `IF EXISTS` (MariaDB).
        if_exists: bool,
    },
    /// `TRUNCATE PARTITION`.
    Truncate(Partitions),
    /// `COALESCE PARTITION n`.
    Coalesce(u64),
    /// `REORGANIZE PARTITION … INTO (…)`; without names all are reorganized.
    Reorganize {
        /// The old ones.
        names: Vec<Ident>,
        /// The new ones.
        into: Vec<PartitionDef>,
    },
    /// `EXCHANGE PARTITION … WITH TABLE`.
    Exchange {
        /// The partition.
        partition: Ident,
        /// The table.
        table: ObjectName,
        /// `false` for `WITHOUT VALIDATION`.
        validation: bool,
    },
    /// `CONVERT PARTITION … TO TABLE` (MariaDB).
    ConvertToTable {
        /// The partition.
        partition: Ident,
        /// The new table.
        table: ObjectName,
    },
    /// `CONVERT TABLE … TO PARTITION` (MariaDB).
    ConvertToPartition {
        /// The table that becomes a partition.
        table: ObjectName,
        /// The partition.
        partition: PartitionDef,
    },
    /// `ANALYZE`, `CHECK`, `OPTIMIZE`, `REBUILD` or `REPAIR PARTITION`.
    Maintain {
        /// What is done.
        command: MaintenanceCommand,
        /// To which.
        partitions: Partitions,
    },
    /// `DISCARD` or `IMPORT PARTITION … TABLESPACE`.
    Tablespace {
        /// The partitions.
        partitions: Partitions,
        /// `true` for `IMPORT`.
        import: bool,
    },
}

/// What maintenance is done to tables and partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MaintenanceCommand {
    /// `ANALYZE`.
    Analyze,
    /// `CHECK`.
    Check,
    /// `CHECKSUM`.
    Checksum,
    /// `OPTIMIZE`.
    Optimize,
    /// `REBUILD` (partitions alone).
    Rebuild,
    /// `REPAIR`.
    Repair,
}

impl MaintenanceCommand {
    /// The command in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Analyze => "analyze",
            Self::Check => "check",
            Self::Checksum => "checksum",
            Self::Optimize => "optimize",
            Self::Rebuild => "rebuild",
            Self::Repair => "repair",
        }
    }
}

/// `OPTIMIZE`, `REPAIR`, `CHECK` or `CHECKSUM TABLE`; `ANALYZE TABLE` is
/// [`super::ActionKind::Analyze`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintenance {
    /// What is done.
    pub command: MaintenanceCommand,
    /// To which tables.
    pub tables: Vec<ObjectName>,
    /// `WAIT` or `NOWAIT` (MariaDB).
    pub wait: Option<LockWait>,
}

/// How `LOCK TABLES` locks a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TableLockMode {
    /// `READ`: others read.
    Read,
    /// `READ LOCAL`: others read and insert (InnoDB: as `READ`).
    ReadLocal,
    /// `WRITE`: others wait.
    Write,
}

/// The forms of `ALTER TABLE` that are MySQL's and MariaDB's alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MysqlChange {
    /// `MODIFY COLUMN`: the whole definition; what it does not repeat is gone.
    ModifyColumn {
        /// The new definition.
        column: ColumnDef,
        /// `FIRST`, `AFTER`.
        position: Option<ColumnPosition>,
        /// `IF EXISTS` (MariaDB).
        if_exists: bool,
    },
    /// `CHANGE COLUMN`: the whole definition under a name that may be new.
    ChangeColumn {
        /// The old name.
        name: Ident,
        /// The new definition.
        column: ColumnDef,
        /// `FIRST`, `AFTER`.
        position: Option<ColumnPosition>,
        /// `IF EXISTS` (MariaDB).
        if_exists: bool,
    },
    /// `ALTER COLUMN … SET VISIBLE | INVISIBLE` (MySQL).
    ColumnVisibility {
        /// The column.
        column: Ident,
        /// Visible afterwards.
        visible: bool,
    },
    /// `ADD INDEX`, `ADD FULLTEXT INDEX`, `ADD SPATIAL INDEX`; unique ones are constraints.
    AddIndex(Box<CreateIndex>),
    /// `DROP INDEX`.
    DropIndex {
        /// The index.
        name: Ident,
        /// `IF EXISTS` (MariaDB).
        if_exists: bool,
    },
    /// `RENAME INDEX`.
    RenameIndex {
        /// Old name.
        name: Ident,
        /// New name.
        new_name: Ident,
        /// `IF EXISTS` (MariaDB).
        if_exists: bool,
    },
    /// `ALTER INDEX … VISIBLE | INVISIBLE` (MySQL), `[NOT] IGNORED` (MariaDB).
    IndexVisibility {
        /// The index.
        name: Ident,
        /// Whether the optimizer uses it afterwards.
        visible: bool,
        /// `IF EXISTS` (MariaDB).
        if_exists: bool,
    },
    /// `DROP PRIMARY KEY`.
    DropPrimaryKey,
    /// `DROP FOREIGN KEY`.
    DropForeignKey {
        /// The constraint.
        name: Ident,
        /// `IF EXISTS` (MariaDB).
        if_exists: bool,
    },
    /// `DROP CHECK` (MySQL).
    DropCheck {
        /// The constraint.
        name: Ident,
    },
    /// `ALTER CHECK`, `ALTER CONSTRAINT … [NOT] ENFORCED` (MySQL).
    AlterCheck {
        /// The constraint.
        name: Ident,
        /// Enforced afterwards.
        enforced: bool,
    },
    /// `RENAME TO` a name that carries a database.
    RenameTo(ObjectName),
    /// Table options.
    Options(Vec<TableOption>),
    /// `CONVERT TO CHARACTER SET`: every column's text is converted.
    ConvertTo(Charset),
    /// `FORCE`.
    Force,
    /// `ORDER BY`.
    OrderBy(Vec<Ident>),
    /// `ENABLE | DISABLE KEYS`.
    Keys {
        /// Enabled afterwards.
        enable: bool,
    },
    /// `DISCARD | IMPORT TABLESPACE`.
    Tablespace {
        /// `true` for `IMPORT`.
        import: bool,
    },
    /// Anything about partitions.
    Partition(PartitionChange),
    /// `ADD | DROP SYSTEM VERSIONING` (MariaDB).
    SystemVersioning {
        /// Whether rows keep their history afterwards.
        enable: bool,
    },
    /// `ADD PERIOD FOR name (start, end)` (MariaDB).
    AddPeriod {
        /// The period; `system_time` is that of versioning.
        name: Ident,
        /// Its columns.
        columns: Vec<Ident>,
    },
    /// `DROP PERIOD FOR name` (MariaDB).
    DropPeriod {
        /// The period.
        name: Ident,
    },
    /// `WITH | WITHOUT VALIDATION`: whether values of a new virtual column are checked.
    Validation {
        /// `true` for `WITH`.
        with: bool,
    },
    /// `ALGORITHM=`, `LOCK=`, and what else says how the statement runs. It belongs to the
    /// statement: ask [`super::Statement::online`].
    Online(Online),
}
