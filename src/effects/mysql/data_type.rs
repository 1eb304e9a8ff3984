//! Types as the engine stores them.

use super::charset::Text;
use crate::migration::SqlType;

/// A type with its length and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DataType {
    /// `VARCHAR` of so many characters.
    VarChar(u64, Text),
    /// `VARBINARY` of so many bytes.
    VarBinary(u64),
    /// `CHAR` of so many characters.
    Char(u64, Text),
    /// `BINARY` of so many bytes.
    Binary(u64),
    /// `TEXT` of a size, 1 for `TINYTEXT` to 4 for `LONGTEXT`.
    Text(u8, Text),
    /// `BLOB` of a size.
    Blob(u8),
    /// `ENUM` with its members.
    Enum(Vec<String>, Text),
    /// `SET` with its members.
    Set(Vec<String>, Text),
    /// Types whose values are told apart by name, sign, length and scale alone.
    Plain {
        /// Name, `zerofill` left out.
        name: String,
        /// Length, precision, scale, digits.
        modifiers: Vec<String>,
    },
}

impl DataType {
    /// Reads a type; `text` is what the column says of character sets.
    pub fn of(sql: &SqlType, text: &Text) -> Self {
        let length = || sql.modifiers.first().and_then(|it| it.parse().ok()).unwrap_or(1);
        let is_binary = text.charset == "binary";
        match sql.base_name() {
            "varchar" if is_binary => Self::VarBinary(length()),
            "varchar" => Self::VarChar(length(), text.clone()),
            "varbinary" => Self::VarBinary(length()),
            "char" if is_binary => Self::Binary(length()),
            "char" => Self::Char(length(), text.clone()),
            "binary" => Self::Binary(length()),
            "enum" => Self::Enum(members(sql), text.clone()),
            "set" => Self::Set(members(sql), text.clone()),
            name => match (size_of(name), name.ends_with("text") && !is_binary) {
                (Some(size), true) => Self::Text(size, text.clone()),
                (Some(size), false) => Self::Blob(size),
                (None, _) => Self::plain(sql, name),
            },
        }
    }

    fn plain(sql: &SqlType, name: &str) -> Self {
        let sign = if sql.is_unsigned() { " unsigned" } else { "" };
        // The display width of an approximate number changes nothing that is stored.
        let modifiers = match name {
            "float" | "double" => Vec::new(),
            _ => sql.modifiers.clone(),
        };
        Self::Plain { name: format!("{name}{sign}"), modifiers }
    }

    /// Its text, where it is text.
    pub fn text(&self) -> Option<&Text> {
        match self {
            Self::VarChar(_, text)
            | Self::Char(_, text)
            | Self::Text(_, text)
            | Self::Enum(_, text)
            | Self::Set(_, text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is one of `names`.
    pub fn is_named(&self, names: &[&str]) -> bool {
        matches!(self, Self::Plain { name, .. } if names.contains(&name.as_str()))
    }

    /// Whether a foreign key tells the types apart: numbers and times by name and sign, text from
    /// bytes, and each from the others.
    pub fn is_other_than(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain { name: one, .. }, Self::Plain { name, .. }) => one != name,
            (Self::Plain { .. }, _) | (_, Self::Plain { .. }) => true,
            _ => self.text().is_some() != other.text().is_some(),
        }
    }

    /// Whether values have no length that a key could hold.
    pub fn is_long(&self) -> bool {
        matches!(self, Self::Text(..) | Self::Blob(_))
    }

    /// Bytes of the longest value of a type of variable length.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::VarChar(length, text) | Self::Char(length, text) => length * text.width(),
            Self::VarBinary(length) | Self::Binary(length) => *length,
            _ => 0,
        }
    }

    /// Bytes of a number or a time of one size; 0 of others.
    pub fn number_bytes(&self) -> u64 {
        let Self::Plain { name, .. } = self else { return 0 };
        match name.strip_suffix(" unsigned").unwrap_or(name) {
            "tinyint" | "year" => 1,
            "smallint" => 2,
            "mediumint" | "date" => 3,
            "int" | "float" => 4,
            "bigint" | "double" => 8,
            _ => 0,
        }
    }

    /// Bytes that the longest value surely takes in an index.
    pub fn key_bytes(&self) -> u64 {
        self.bytes().max(self.number_bytes())
    }

    /// Bytes that the longest value takes within a row, counted as the server does against the limit
    /// of a row.
    pub fn row_bytes(&self) -> u64 {
        match self {
            Self::VarChar(..) | Self::VarBinary(_) => {
                let bytes = self.bytes();
                bytes + 1 + u64::from(bytes > 255)
            }
            Self::Char(..) | Self::Binary(_) => self.bytes(),
            // A pointer, and the length.
            Self::Text(size, _) | Self::Blob(size) => 8 + u64::from(*size),
            Self::Enum(..) | Self::Set(..) => self.member_bytes() as u64,
            Self::Plain { .. } => self.number_bytes(),
        }
    }

    /// Bytes of a value of `ENUM` or `SET`.
    pub fn member_bytes(&self) -> usize {
        match self {
            Self::Enum(members, _) => 1 + usize::from(members.len() > 255),
            Self::Set(members, _) => match members.len().div_ceil(8) {
                bytes @ 0..=4 => bytes,
                _ => 8,
            },
            _ => 0,
        }
    }
}

fn members(sql: &SqlType) -> Vec<String> {
    let bare = |member: &String| member.trim_matches('\'').trim_end().to_lowercase();
    sql.modifiers.iter().map(bare).collect()
}

fn size_of(name: &str) -> Option<u8> {
    match name {
        "tinytext" | "tinyblob" => Some(1),
        "text" | "blob" => Some(2),
        "mediumtext" | "mediumblob" => Some(3),
        "longtext" | "longblob" => Some(4),
        _ => None,
    }
}
