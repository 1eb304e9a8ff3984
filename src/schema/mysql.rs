//! What MySQL and MariaDB know of tables, columns and indexes beside what every dialect knows.

use super::{Column, RelationName, Schema, Table};
use crate::migration::{Expr, Ident, PartitionScheme};

/// What a table's options say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Storage {
    /// Engine in lower case, where written; InnoDB else.
    pub engine: Option<Ident>,
    /// Default character set, where written or told by the collation; the database's else.
    pub character_set: Option<Ident>,
    /// Default collation, where written.
    pub collation: Option<Ident>,
    /// `ROW_FORMAT` in lower case, where written.
    pub row_format: Option<Ident>,
    /// `KEY_BLOCK_SIZE`, where written.
    pub key_block_size: Option<u64>,
    /// `COMMENT`, where written.
    pub comment: Option<String>,
    /// Partitions as they stand.
    pub partitions: Option<PartitionScheme>,
    /// Whether rows keep their history (MariaDB).
    pub system_versioned: bool,
    /// Periods by their names, with their columns (MariaDB).
    pub periods: Vec<(Ident, Vec<Ident>)>,
    /// Other options, names in lower case, values as written.
    pub others: Vec<(String, String)>,
}

/// What a column's attributes say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnAttributes {
    /// `AUTO_INCREMENT`.
    pub auto_increment: bool,
    /// Character set, where the column or its table names one; the database's else.
    pub character_set: Option<Ident>,
    /// Collation, where the column or its table names one.
    pub collation: Option<Ident>,
    /// `COMMENT`, where written.
    pub comment: Option<String>,
    /// `INVISIBLE`.
    pub invisible: bool,
    /// `ON UPDATE`.
    pub on_update: Option<Expr>,
    /// `WITH` or `WITHOUT SYSTEM VERSIONING`, where written.
    pub versioned: Option<bool>,
}

impl Table {
    /// What its options say.
    pub fn storage(&self) -> &Storage {
        static NONE: Storage = Storage {
            engine: None,
            character_set: None,
            collation: None,
            row_format: None,
            key_block_size: None,
            comment: None,
            partitions: None,
            system_versioned: false,
            periods: Vec::new(),
            others: Vec::new(),
        };
        self.storage.as_deref().unwrap_or(&NONE)
    }

    /// The engine in lower case; `innodb` where none is written.
    pub fn engine(&self) -> &str {
        self.storage().engine.as_ref().map_or("innodb", Ident::as_str)
    }
}

impl Column {
    /// What its attributes say.
    pub fn attributes(&self) -> &ColumnAttributes {
        static NONE: ColumnAttributes = ColumnAttributes {
            auto_increment: false,
            character_set: None,
            collation: None,
            comment: None,
            invisible: false,
            on_update: None,
            versioned: None,
        };
        self.attributes.as_deref().unwrap_or(&NONE)
    }
}

/// Indexes are named within their table; their full name holds both.
impl RelationName {
    /// The full name of an index.
    pub fn of_index(table: &Self, index: &Ident) -> Self {
        table.sibling(Ident::caseless_in(table.name.as_str(), index.as_str()))
    }

    /// The own name of an index whose full name holds its table's.
    pub fn within(&self, table: &Self) -> &str {
        let name = self.name.as_str();
        let own = name.strip_prefix(table.name.as_str()).and_then(|rest| rest.strip_prefix('.'));
        own.unwrap_or(name)
    }
}

impl Schema {
    /// The character set that a collation belongs to.
    pub(super) fn charset_of(collation: &Ident) -> Ident {
        let name = collation.as_str();
        Ident::new(name.split_once('_').map_or(name, |(charset, _)| charset))
    }
}
