//! A table as `ALTER TABLE` compares it with what it becomes.

use super::charset::Text;
use super::data_type::DataType;
use crate::migration::Ident;

/// A table's definition, reduced to what decides how it is altered.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Shape {
    /// Whether anything is known of it.
    pub known: bool,
    /// The engine in lower case; `innodb` where none is named.
    pub engine: String,
    /// The row format.
    pub row_format: RowFormat,
    /// Whether it is gone with the session.
    pub temporary: bool,
    /// Whether it is partitioned.
    pub partitioned: bool,
    /// Whether rows keep their history (MariaDB).
    pub versioned: bool,
    /// Columns in order.
    pub columns: Vec<ColumnShape>,
    /// Whether all columns are known.
    pub complete: bool,
    /// Indexes, those of keys included.
    pub keys: Vec<KeyShape>,
    /// What its foreign keys do to its rows.
    pub cascaded: bool,
}

/// Row formats that differ in how they are altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum RowFormat {
    /// `DYNAMIC`.
    #[default]
    Dynamic,
    /// `COMPACT`.
    Compact,
    /// `REDUNDANT`.
    Redundant,
    /// `COMPRESSED`.
    Compressed,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ColumnShape {
    /// Name.
    pub name: Ident,
    /// Type; `None` where it is not known.
    pub data_type: Option<DataType>,
    /// May be null.
    pub nullable: bool,
    /// Its default as written.
    pub default: Option<DefaultShape>,
    /// Where its value is kept.
    pub storage: Storage,
    /// Numbers rows.
    pub auto_increment: bool,
}

/// Where the value of a column is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Storage {
    /// In the row.
    Base,
    /// In the row, computed from this expression.
    Stored(String),
    /// Nowhere: computed from this expression.
    Virtual(String),
}

/// A default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DefaultShape {
    /// A literal, `NULL`, `CURRENT_TIMESTAMP`.
    Constant,
    /// An expression in parentheses that is the same for every row of a statement.
    Statement,
    /// An expression that each row gets its own value of.
    Row,
}

/// An index.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KeyShape {
    /// Name; `PRIMARY` for the primary key.
    pub name: String,
    /// What it is for.
    pub kind: KeyKind,
    /// Its parts in order.
    pub parts: Vec<KeyPart>,
}

/// Kinds of indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum KeyKind {
    /// Primary key.
    Primary,
    /// Unique.
    Unique,
    /// Neither.
    Plain,
    /// `FULLTEXT`.
    Fulltext,
    /// `SPATIAL`.
    Spatial,
}

/// A part of an index.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum KeyPart {
    /// A column, or the beginning of it.
    Column {
        /// The column.
        column: Ident,
        /// So many characters of it.
        prefix: Option<u32>,
        /// `DESC`.
        descending: bool,
    },
    /// An expression.
    Expression(String),
}

impl Shape {
    /// The column of that name.
    pub fn column(&self, name: &Ident) -> Option<&ColumnShape> {
        self.columns.iter().find(|column| column.name == *name)
    }

    /// Whether an index of that kind is there.
    pub fn has_key(&self, kind: KeyKind) -> bool {
        self.keys.iter().any(|key| key.kind == kind)
    }

    /// Number of indexes of that kind.
    pub fn count(&self, kind: KeyKind) -> usize {
        self.keys.iter().filter(|key| key.kind == kind).count()
    }

    /// Whether rows have a number for full-text indexes: the user's own, or a hidden one.
    pub fn has_doc_id(&self) -> bool {
        self.has_key(KeyKind::Fulltext)
            || self
                .columns
                .iter()
                .any(|column| column.name.as_str().eq_ignore_ascii_case("fts_doc_id"))
    }

    /// Whether an index is over a virtual column.
    pub fn has_indexed_virtual(&self) -> bool {
        self.keys.iter().any(|key| key.columns().any(|name| self.is_virtual(name)))
    }

    /// Whether the column is virtual.
    pub fn is_virtual(&self, name: &Ident) -> bool {
        self.column(name).is_some_and(ColumnShape::is_virtual)
    }

    /// Whether an index is over the column.
    pub fn is_indexed(&self, name: &Ident) -> bool {
        self.keys.iter().any(|key| key.columns().any(|column| column == name))
    }

    /// Whether the rows are sorted by the column.
    pub fn is_clustered_by(&self, name: &Ident) -> bool {
        self.clustered().is_some_and(|key| key.columns().any(|column| column == name))
    }

    /// Whether an index is over the beginning of the column alone.
    pub fn is_prefix_indexed(&self, name: &Ident) -> bool {
        self.keys.iter().flat_map(|key| &key.parts).any(|part| {
            matches!(part, KeyPart::Column { column, prefix: Some(_), .. } if column == name)
        })
    }

    /// The index that the rows are sorted by: the primary key, else the first unique one over
    /// columns that cannot be null.
    pub fn clustered(&self) -> Option<&KeyShape> {
        let primary = self.keys.iter().find(|key| key.kind == KeyKind::Primary);
        primary.or_else(|| self.keys.iter().find(|key| self.is_candidate(key)))
    }

    /// Whether an index could be the primary key.
    pub fn is_candidate(&self, key: &KeyShape) -> bool {
        let whole = |part: &KeyPart| match part {
            KeyPart::Column { column, prefix, .. } => {
                prefix.is_none() && self.column(column).is_some_and(|column| !column.nullable)
            }
            KeyPart::Expression(_) => false,
        };
        match key.kind {
            KeyKind::Primary => true,
            KeyKind::Unique => key.parts.iter().all(whole),
            _ => false,
        }
    }
}

impl ColumnShape {
    /// Whether rows that are there get a date of zeros in it.
    pub fn fills_with_zero_dates(&self) -> bool {
        let is_date = self.data_type.as_ref().is_some_and(|it| it.is_named(&["date", "datetime"]));
        is_date && !self.nullable && self.default.is_none() && self.storage == Storage::Base
    }

    /// Whether it is computed when read.
    pub fn is_virtual(&self) -> bool {
        matches!(self.storage, Storage::Virtual(_))
    }
}

impl KeyShape {
    /// Columns among its parts.
    pub fn columns(&self) -> impl Iterator<Item = &Ident> {
        self.parts.iter().filter_map(|part| match part {
            KeyPart::Column { column, .. } => Some(column),
            KeyPart::Expression(_) => None,
        })
    }

    /// Whether its longest entry surely has more bytes.
    pub fn is_longer(&self, table: &Shape, most: u64) -> bool {
        let mut sum = 0;
        for part in &self.parts {
            let KeyPart::Column { column, prefix, .. } = part else { continue };
            let column = table.column(column).and_then(|column| column.data_type.as_ref());
            let Some(data_type) = column else { continue };
            match (prefix, data_type) {
                (Some(prefix), _) => {
                    sum += u64::from(*prefix) * data_type.text().map_or(1, Text::width);
                }
                (None, DataType::Text(..) | DataType::Blob(_)) => return true,
                (None, data_type) => sum += data_type.key_bytes(),
            }
        }
        sum > most
    }

    /// Whether an expression is among its parts.
    pub fn has_expression(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, KeyPart::Expression(_)))
    }
}
