//! How MySQL and MariaDB carry out a change of a table: what `ALGORITHM=` and `LOCK=` would say of
//! it, and which metadata locks it waits for.

use super::Blocked;
use crate::migration::Ident;
use crate::schema::RelationName;
use std::fmt;

/// How a change of a table is carried out. That an instant change rebuilds nothing, and a copy the
/// whole table, cannot be said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// `INSTANT`: the catalogue alone.
    Instant,
    /// `NOCOPY` (MariaDB): in place, the rows of the table untouched.
    NoCopy,
    /// `INPLACE`: by the engine.
    InPlace(Rebuilt),
    /// `COPY`: the server copies every row into a new table.
    Copy,
    /// No algorithm has a say: partition commands of MariaDB, `TRUNCATE`, `OPTIMIZE`.
    Fixed(Rebuilt),
}

/// What of a table is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rebuilt {
    /// Nothing.
    No,
    /// The partitions named.
    Partitions,
    /// All of it.
    Table,
}

/// What others may do while the work goes on. For an instant at its start and its end every change
/// keeps everyone out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableLock {
    /// Read and write.
    None,
    /// Read.
    Shared,
    /// Nothing.
    Exclusive,
}

impl Method {
    /// What `ALGORITHM=` calls it.
    pub fn algorithm(self) -> Option<&'static str> {
        match self {
            Self::Instant => Some("INSTANT"),
            Self::NoCopy => Some("NOCOPY"),
            Self::InPlace(_) => Some("INPLACE"),
            Self::Copy => Some("COPY"),
            Self::Fixed(_) => None,
        }
    }

    /// What is made anew.
    pub fn rebuilt(self) -> Rebuilt {
        match self {
            Self::Instant | Self::NoCopy => Rebuilt::No,
            Self::Copy => Rebuilt::Table,
            Self::InPlace(rebuilt) | Self::Fixed(rebuilt) => rebuilt,
        }
    }
}

impl TableLock {
    /// What `LOCK=` calls it.
    pub fn as_sql(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Shared => "SHARED",
            Self::Exclusive => "EXCLUSIVE",
        }
    }

    /// What it does to others, as a clause.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::None => "reads and writes go on",
            Self::Shared => "inserts, updates, deletes wait; reads go on",
            Self::Exclusive => "reads and writes wait",
        }
    }
}

/// A change of a table as the server carries it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alteration {
    /// The table.
    pub table: RelationName,
    /// How.
    pub method: Method,
    /// What others may do meanwhile; `None` where no `LOCK=` has a say.
    pub lock: Option<TableLock>,
    /// Why it is no cheaper, where it could be.
    pub cause: Option<Cause>,
}

/// Why a change needs more than the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A column's values are stored otherwise in its new type.
    ColumnType(Ident),
    /// Members of an `ENUM` or `SET` move, go, or outgrow their storage.
    Members(Ident),
    /// A column's character set or collation changes.
    Charset(Ident),
    /// A column begins or ceases to number rows.
    AutoIncrement(Ident),
    /// A column that numbers rows is added.
    NewAutoIncrement(Ident),
    /// A column becomes `NOT NULL`, or may be null from now on.
    Nullability(Ident),
    /// A column becomes `NOT NULL` while the session turns nulls into zeros.
    NotNullUnstrict(Ident),
    /// A generated column is stored.
    StoredColumn(Ident),
    /// A generated column's expression changes.
    GeneratedExpression(Ident),
    /// A default is computed for every row.
    DefaultExpression(Ident),
    /// A virtual column comes or goes together with something else, or on a table that is
    /// partitioned.
    VirtualColumn,
    /// A virtual column of the table is indexed.
    IndexedVirtual,
    /// Columns come, go or move.
    Columns,
    /// The primary key changes.
    PrimaryKey,
    /// The primary key goes and none comes.
    PrimaryKeyDropped,
    /// An index is built.
    Index,
    /// An index is dropped.
    IndexDropped,
    /// A full-text index is made, or survives a rebuild.
    Fulltext,
    /// A spatial index is made, or survives a rebuild.
    Spatial,
    /// A unique key over values too long for an index is kept as a hash.
    HashKey,
    /// A foreign key is checked against all rows.
    ForeignKeyChecked,
    /// A check is tested against all rows.
    Check,
    /// `CONVERT TO`.
    Convert,
    /// `FORCE`, or the engine named again.
    Force,
    /// Another engine.
    Engine,
    /// The table is not InnoDB's.
    ForeignEngine,
    /// The table is temporary.
    Temporary,
    /// `ROW_FORMAT`, `KEY_BLOCK_SIZE`, `TABLESPACE`.
    Storage,
    /// The row format cannot change without a rebuild.
    RowFormat,
    /// Encryption.
    Encryption,
    /// `ORDER BY`.
    OrderBy,
    /// `PARTITION BY`, `REMOVE PARTITIONING`.
    Partitioning,
    /// Partitions are made anew.
    Partitions,
    /// System versioning.
    SystemVersioning,
    /// Another option of the table, beside what could be instant.
    Mixed,
    /// The statement asks for it.
    Demanded,
    /// `ALTER IGNORE`.
    Ignore,
}

/// Why, as a clause.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ColumnType(column) => write!(f, "`{column}` is stored otherwise in its new type"),
            Self::Members(column) => {
                write!(f, "members of `{column}` move, go, or outgrow their storage")
            }
            Self::Charset(column) => {
                write!(f, "the character set or collation of `{column}` changes")
            }
            Self::AutoIncrement(column) => write!(f, "AUTO_INCREMENT of `{column}` changes"),
            Self::NewAutoIncrement(column) => write!(f, "`{column}` numbers every row"),
            Self::Nullability(column) => {
                write!(f, "whether `{column}` may be null is stored in every row")
            }
            Self::NotNullUnstrict(column) => {
                write!(f, "`{column}` becomes NOT NULL and sql_mode is not strict")
            }
            Self::StoredColumn(column) => {
                write!(f, "`{column}` is computed and stored for every row")
            }
            Self::GeneratedExpression(column) => write!(f, "`{column}` is computed anew"),
            Self::DefaultExpression(column) => {
                write!(f, "the default of `{column}` is computed for every row")
            }
            other => f.write_str(other.fixed()),
        }
    }
}

impl Cause {
    /// The clause of a cause that names no column.
    fn fixed(&self) -> &'static str {
        match self {
            Self::VirtualColumn => "a virtual column cannot come or go together with this",
            Self::IndexedVirtual => "an index of the table is over a virtual column",
            Self::Columns => "columns of every row move",
            Self::PrimaryKey => "rows are stored in the order of the primary key",
            Self::PrimaryKeyDropped => "the primary key goes and none comes in its place",
            Self::Index => "an index is built",
            Self::IndexDropped => "an index is dropped",
            Self::Fulltext => "a full-text index is built",
            Self::Spatial => "a spatial index is built",
            Self::HashKey => "the key is too long for an index and is kept as a hash",
            Self::ForeignKeyChecked => "every row is checked against the foreign key",
            Self::Check => "every row is tested",
            Self::Convert => "the text of every column is converted",
            Self::Force => "the statement asks for a rebuild",
            Self::Engine => "the engine changes",
            Self::ForeignEngine => "the table is not InnoDB's",
            Self::Temporary => "the table is temporary",
            Self::Storage => "how rows are stored changes",
            Self::RowFormat => "the row format of the table allows no other way",
            Self::Encryption => "the encryption changes",
            Self::OrderBy => "rows are sorted",
            Self::Partitioning => "rows are dealt out to other partitions",
            Self::Partitions => "rows of partitions are written anew",
            Self::SystemVersioning => "row versions come or go",
            Self::Mixed => "an option of the table changes beside columns",
            Self::Ignore => "rows that the key forbids are deleted",
            _ => "the statement asks for it",
        }
    }
}

/// Modes of metadata locks, weakest first, as `performance_schema.metadata_locks` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetadataMode {
    /// Of a reader.
    SharedRead,
    /// Of a writer.
    SharedWrite,
    /// Of a change that lets others read and write.
    SharedUpgradable,
    /// Lets others read.
    SharedNoWrite,
    /// Keeps everyone out.
    Exclusive,
}

impl MetadataMode {
    /// As the server names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SharedRead => "SHARED_READ",
            Self::SharedWrite => "SHARED_WRITE",
            Self::SharedUpgradable => "SHARED_UPGRADABLE",
            Self::SharedNoWrite => "SHARED_NO_WRITE",
            Self::Exclusive => "EXCLUSIVE",
        }
    }

    /// Who waits while it is held.
    pub fn blocked(self) -> Blocked {
        match self {
            Self::Exclusive => Blocked::ReadsAndWrites,
            Self::SharedNoWrite => Blocked::Writes,
            Self::SharedRead | Self::SharedWrite | Self::SharedUpgradable => Blocked::Maintenance,
        }
    }
}

/// A metadata lock on a table: who asks for it waits for every transaction that has touched the
/// table, and everyone who comes later waits behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataLock {
    /// The table.
    pub table: RelationName,
    /// The strongest mode that the statement asks for.
    pub mode: MetadataMode,
}
