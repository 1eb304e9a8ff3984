//! Options of a table.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;
use super::column;
use super::online::number;
use crate::migration::{Form, Ident, TableOption};

/// Takes one option, if one is next.
pub(in super::super) fn option(cursor: &mut Cursor<'_>) -> Parsed<Option<TableOption>> {
    let mut ahead = *cursor;
    ahead.eat("default");
    if let Some(charset) = column::charset(&mut ahead)? {
        *cursor = ahead;
        return Ok(Some(TableOption::Charset(charset)));
    }
    known(cursor)
}

fn known(cursor: &mut Cursor<'_>) -> Parsed<Option<TableOption>> {
    const WORDS: [&str; 7] = [
        "engine",
        "type",
        "auto_increment",
        "comment",
        "row_format",
        "key_block_size",
        "storage engine",
    ];
    let Some(word) = cursor.eat_any(&WORDS) else { return other(cursor) };
    cursor.eat_operator("=");
    Ok(Some(match word {
        "engine" | "type" | "storage engine" => TableOption::Engine(word_or_string(cursor)?),
        "auto_increment" => TableOption::AutoIncrement(number(cursor)?),
        "comment" => TableOption::Comment(cursor.string("a comment")?),
        "row_format" => TableOption::RowFormat(word_or_string(cursor)?),
        _ => TableOption::KeyBlockSize(number(cursor)?),
    }))
}

fn word_or_string(cursor: &mut Cursor<'_>) -> Parsed<Ident> {
    let text = match cursor.is_kind(TokenKind::String) {
        true => cursor.string("a name")?,
        false => cursor.label("a name")?.folded().to_owned(),
    };
    Ok(Ident::new(text.to_ascii_lowercase()))
}

/// Options that no room asks for.
const OTHERS: [&str; 44] = [
    "avg_row_length",
    "checksum",
    "table_checksum",
    "page_checksum",
    "compression",
    "connection",
    "data directory",
    "index directory",
    "delay_key_write",
    "encryption",
    "encrypted",
    "encryption_key_id",
    "ietf_quotes",
    "insert_method",
    "max_rows",
    "min_rows",
    "pack_keys",
    "page_compressed",
    "page_compression_level",
    "password",
    "sequence",
    "stats_auto_recalc",
    "stats_persistent",
    "stats_sample_pages",
    "tablespace",
    "storage",
    "transactional",
    "union",
    "with system versioning",
    "autoextend_size",
    "engine_attribute",
    "secondary_engine",
    "secondary_engine_attribute",
    "start transaction",
    "table_type",
    "block_format",
    "option_list",
    "file_name",
    "dbname",
    "tabname",
    "format",
    "rowid",
    "versioning",
    "raid_type",
];

/// Options that one server alone has; the other refuses them.
fn form(option: &str) -> Option<Form> {
    Some(match option {
        "compression" | "encryption" | "autoextend_size" => Form::MysqlOption,
        "encrypted"
        | "encryption_key_id"
        | "page_compressed"
        | "page_compression_level"
        | "page_checksum"
        | "transactional" => Form::MariadbOption,
        "engine_attribute" | "secondary_engine_attribute" | "secondary_engine" => {
            Form::EngineAttribute
        }
        "with_system_versioning" => Form::Versioning,
        _ => return None,
    })
}

fn other(cursor: &mut Cursor<'_>) -> Parsed<Option<TableOption>> {
    let Some(name) = cursor.eat_any(&OTHERS) else { return Ok(None) };
    let name = name.replace(' ', "_");
    if let Some(form) = form(&name) {
        cursor.uses(form);
    }
    if matches!(name.as_str(), "with_system_versioning" | "start_transaction") {
        return Ok(Some(TableOption::Other { name, value: String::new() }));
    }
    cursor.eat_operator("=");
    let start = cursor.offset();
    if cursor.is_kind(TokenKind::LeftParen) {
        cursor.parens("tables")?;
    } else if cursor.bump().is_none() {
        return Err(cursor.error("expected a value"));
    }
    if name == "tablespace" && cursor.eat("storage") {
        cursor.bump();
    }
    let value = cursor.written(cursor.since(start)).to_owned();
    Ok(Some(TableOption::Other { name, value }))
}
