//! Reads a table of the replayed schema as the engine sees it.

use super::charset::Text;
use super::data_type::DataType;
use super::shape::{
    ColumnShape, DefaultShape, KeyKind, KeyPart, KeyShape, RowFormat, Shape, Storage,
};
use crate::migration::{
    Dialect, Expr, Ident, IndexedColumn, Persistence, ReferentialAction, Target,
};
use crate::schema::{Column, ConstraintBody, Index, RelationName, Schema, Table};

/// The table; of one that is not known no more than that it is one.
pub(super) fn shape(schema: &Schema, name: &RelationName, target: &Target) -> Shape {
    let Some(table) = schema.table(name).any() else {
        return Shape { engine: "innodb".to_owned(), ..Shape::default() };
    };
    Shape {
        known: true,
        engine: table.engine().to_lowercase(),
        row_format: row_format(table),
        temporary: table.persistence == Persistence::Temporary,
        partitioned: table.partitioning.is_some(),
        versioned: table.storage().system_versioned,
        columns: table.columns.iter().map(|column| self::column(column, table, target)).collect(),
        complete: table.columns_known,
        keys: keys(schema, name, table),
        cascaded: table.constraints.iter().any(|key| modifies_child(&key.body)),
    }
}

fn row_format(table: &Table) -> RowFormat {
    let storage = table.storage();
    match storage.row_format.as_ref().map(Ident::as_str) {
        Some("redundant") => RowFormat::Redundant,
        Some("compressed") => RowFormat::Compressed,
        Some("compact") => RowFormat::Compact,
        None | Some("default") if storage.key_block_size.is_some() => RowFormat::Compressed,
        _ => RowFormat::Dynamic,
    }
}

fn column(column: &Column, table: &Table, target: &Target) -> ColumnShape {
    let text = text(column, table, target);
    let storage = match &column.generated {
        None => Storage::Base,
        Some(generated) if generated.stored => Storage::Stored(generated.expr.sql.to_string()),
        Some(generated) => Storage::Virtual(generated.expr.sql.to_string()),
    };
    ColumnShape {
        name: column.name.clone(),
        data_type: column.data_type.as_ref().map(|data_type| DataType::of(data_type, &text)),
        nullable: !column.not_null,
        default: column.default.as_ref().map(|expr| default(expr, target)),
        storage,
        auto_increment: column.attributes().auto_increment,
    }
}

/// The character set and collation of a column: its own, else its table's, else the server's.
fn text(column: &Column, table: &Table, target: &Target) -> Text {
    let (own, of_table) = (column.attributes(), table.storage());
    let told = |charset: Option<&str>, collation: Option<&str>| match (charset, collation) {
        (Some(charset), collation) => Some(Text::new(charset, collation, target)),
        (None, Some(collation)) => Text::of_collation(collation),
        (None, None) => None,
    };
    told(charset(&own.character_set), charset(&own.collation))
        .or_else(|| told(charset(&of_table.character_set), charset(&of_table.collation)))
        .unwrap_or_else(|| Text::new("utf8mb4", None, target))
}

fn charset(name: &Option<Ident>) -> Option<&str> {
    name.as_ref().map(Ident::as_str)
}

/// MariaDB takes a function of the session or the time for the same in all rows.
fn default(expr: &Expr, target: &Target) -> DefaultShape {
    const OWN: &[&str] =
        &["uuid", "uuid_short", "sys_guid", "nextval", "lastval", "uuid_v4", "uuid_v7"];
    let differs = |name: &str| OWN.contains(&name);
    let mut functions = expr.functions().iter();
    let computed = functions.any(|call| differs(&call.name.name.as_str().to_lowercase()));
    if computed || !expr.columns().is_empty() {
        return DefaultShape::Row;
    }
    let in_parentheses = expr.sql.starts_with('(');
    match target.dialect {
        Dialect::Mysql if in_parentheses => DefaultShape::Statement,
        _ => DefaultShape::Constant,
    }
}

fn keys(schema: &Schema, name: &RelationName, table: &Table) -> Vec<KeyShape> {
    let of = |(relation, index): (&crate::schema::Relation, &Index)| {
        key(&relation.name, index, name, table)
    };
    schema.indexes_of(name).map(of).collect()
}

fn key(full: &RelationName, index: &Index, name: &RelationName, table: &Table) -> KeyShape {
    let is_primary = table.primary_key().is_some_and(|key| key.index() == Some(full));
    let kind = match index.method.as_str() {
        "fulltext" => KeyKind::Fulltext,
        "spatial" => KeyKind::Spatial,
        _ if is_primary => KeyKind::Primary,
        _ if index.unique => KeyKind::Unique,
        _ => KeyKind::Plain,
    };
    KeyShape {
        name: full.within(name).to_owned(),
        kind,
        parts: index.columns.iter().map(part).collect(),
    }
}

fn part(part: &IndexedColumn) -> KeyPart {
    match (&part.column, &part.expr) {
        (Some(column), _) => KeyPart::Column {
            column: column.clone(),
            prefix: part.prefix,
            descending: part.descending,
        },
        (None, expr) => {
            KeyPart::Expression(expr.as_ref().map(|expr| expr.sql.to_string()).unwrap_or_default())
        }
    }
}

/// Whether a foreign key changes rows of its own table.
fn modifies_child(body: &ConstraintBody) -> bool {
    let ConstraintBody::ForeignKey { on_delete, on_update, .. } = body else { return false };
    let modifies = |action: &ReferentialAction| {
        matches!(
            action,
            ReferentialAction::Cascade | ReferentialAction::SetNull | ReferentialAction::SetDefault
        )
    };
    modifies(on_delete) || modifies(on_update)
}
