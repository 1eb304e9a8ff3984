//! Character sets: of tables, of their columns, and what a conversion does.

use super::super::Applier;
use crate::migration::{Charset, Ident, SqlType};
use crate::schema::{Column, RelationName, Schema, Storage};

/// `DEFAULT CHARACTER SET` and `COLLATE` of a table.
pub(super) fn set_default(storage: &mut Storage, charset: &Charset) {
    if let Some(name) = &charset.character_set {
        storage.character_set = Some(name.clone());
        storage.collation = None;
    }
    if let Some(name) = &charset.collation {
        storage.character_set = Some(Schema::charset_of(name));
        storage.collation = Some(name.clone());
    }
}

/// Gives a text column what it says itself, or else what its table says.
pub(super) fn inherit(column: &mut Column, storage: &Storage) {
    if !column.data_type.as_ref().is_some_and(is_text) {
        return;
    }
    let mut attributes = column.attributes.take().unwrap_or_default();
    if let Some(collation) = &attributes.collation
        && attributes.character_set.is_none()
    {
        attributes.character_set = Some(Schema::charset_of(collation));
    }
    if attributes.character_set.is_none() {
        attributes.character_set.clone_from(&storage.character_set);
        attributes.collation.clone_from(&storage.collation);
    }
    column.attributes = Some(attributes);
}

/// `BINARY` behind a text type: the collation of its character set that compares bytes. Where no
/// set is known, the server's own.
pub(super) fn compare_bytes(column: &mut Column) {
    const OF_THE_SERVER: &str = "utf8mb4";
    if !column.data_type.as_ref().is_some_and(is_text) {
        return;
    }
    let mut attributes = column.attributes.take().unwrap_or_default();
    let set = attributes.character_set.get_or_insert_with(|| Ident::new(OF_THE_SERVER));
    attributes.collation = Some(Ident::new(format!("{set}_bin")));
    column.attributes = Some(attributes);
}

/// Whether values of the type are text in a character set.
pub(super) fn is_text(data_type: &SqlType) -> bool {
    matches!(
        data_type.base_name(),
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set"
    )
}

impl Applier<'_> {
    /// `CONVERT TO CHARACTER SET`: the default and every text column.
    pub(super) fn convert_table(&mut self, table: &RelationName, charset: &Charset) {
        self.schema.edit_table(table, |table| {
            let mut storage = table.storage.take().unwrap_or_default();
            set_default(&mut storage, charset);
            for column in &mut table.columns {
                convert_column(column, &storage);
            }
            table.storage = Some(storage);
        });
    }
}

fn convert_column(column: &mut Column, storage: &Storage) {
    let Some(data_type) = column.data_type.as_mut().filter(|it| is_text(it)) else { return };
    let mut attributes = column.attributes.take().unwrap_or_default();
    let old = attributes.character_set.as_ref().and_then(width);
    let new = storage.character_set.as_ref().and_then(width);
    if let (Some(old), Some(new)) = (old, new)
        && new > old
    {
        widen(data_type);
    }
    attributes.character_set.clone_from(&storage.character_set);
    attributes.collation.clone_from(&storage.collation);
    column.attributes = Some(attributes);
}

/// Most bytes of a character.
fn width(charset: &Ident) -> Option<u8> {
    Some(match charset.as_str() {
        "utf8mb4" | "utf16" | "utf16le" | "utf32" | "gb18030" => 4,
        "utf8mb3" | "ujis" | "eucjpms" => 3,
        "ucs2" | "big5" | "cp932" | "euckr" | "gb2312" | "gbk" | "sjis" => 2,
        "latin1" | "latin2" | "ascii" | "cp1250" | "cp1251" | "koi8r" | "binary" => 1,
        _ => return None,
    })
}

/// A text type that must hold as many characters of more bytes becomes the next larger one.
fn widen(data_type: &mut SqlType) {
    let wider = match data_type.base_name() {
        "tinytext" => "text",
        "text" => "mediumtext",
        "mediumtext" => "longtext",
        _ => return,
    };
    data_type.name.name = Ident::new(wider);
}
