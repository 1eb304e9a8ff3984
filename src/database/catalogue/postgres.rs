//! The catalogue of PostgreSQL, in one query.

use super::{Live, LiveColumn, LiveConstraint, LiveIndex, LiveRelation, Spelling};
use crate::database::{DatabaseError, ErrorKind, Row, Session};
use crate::migration::{Ident, RelationKind};
use crate::schema::RelationName;
use serde::Deserialize;

/// Types are spelt with their schema unless it is `public`, as everywhere.
const BEGIN: &str =
    "BEGIN READ ONLY; SET LOCAL search_path = public; SET LOCAL lock_timeout = '500ms'";

/// The true size, for which the server takes the table's weakest lock.
const MEASURED: &str = "pg_total_relation_size(c.oid)";

/// What the last VACUUM or ANALYZE left, where somebody locks the table; nothing where none ran.
const ESTIMATED: &str = "nullif(c.relpages, 0)::bigint * current_setting('block_size')::bigint";

const QUERY: &str = "SELECT json_build_object(
    'schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
    'bytes', CASE WHEN c.relkind IN ('r', 'm') THEN $SIZE END,
    'extension', EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'),
    'partition', c.relispartition,
    'columns', coalesce((
        SELECT json_agg(json_build_object('name', a.attname, 'data_type', format_type(a.atttypid, a.atttypmod),
            'not_null', a.attnotnull, 'has_default', CASE WHEN NOT EXISTS (
                SELECT FROM pg_attrdef d WHERE d.adrelid = c.oid AND d.adnum = a.attnum AND d.adbin::text ~ ':constisnull true')
                THEN a.atthasdef END) ORDER BY a.attnum)
        FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'i'), '[]'),
    'constraints', coalesce((
        SELECT json_agg(json_build_object('name', k.conname, 'kind', k.contype, 'validated', k.convalidated,
            'columns', (SELECT coalesce(json_agg(a.attname ORDER BY u.nth), '[]')
                FROM unnest(k.conkey) WITH ORDINALITY u (num, nth)
                JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num)))
        FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')
          AND NOT EXISTS (SELECT FROM pg_constraint parent WHERE parent.oid = k.conparentid AND parent.conrelid = k.conrelid)), '[]'),
    'index', (
        SELECT json_build_object('schema', tn.nspname, 'table', t.relname, 'unique', i.indisunique, 'valid', i.indisvalid,
            'of_constraint', EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.conrelid = t.oid AND k.contype IN ('p', 'u', 'x')),
            'columns', (SELECT json_agg(coalesce(a.attname, '') ORDER BY u.nth)
                FROM unnest(i.indkey::int2[]) WITH ORDINALITY u (num, nth)
                LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.num AND u.num <> 0
                WHERE u.nth <= i.indnkeyatts))
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
        WHERE i.indexrelid = c.oid)
)::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'i', 'I', 'S') AND c.relpersistence <> 't'";

/// Reads it.
pub(super) fn read(session: &mut dyn Session) -> Result<Live, DatabaseError> {
    let rows = match rows(session, MEASURED) {
        Err(error) if error.kind == ErrorKind::LockTimeout => rows(session, ESTIMATED),
        other => other,
    };
    let mut live = Live { spelling: Spelling::Server, ..Live::default() };
    for row in rows? {
        let relation = parse(&row)?;
        let name = RelationName::new(Ident::new(&relation.schema), Ident::new(&relation.name));
        live.relations.insert(name, converted(relation));
    }
    Ok(live)
}

fn rows(session: &mut dyn Session, size: &str) -> Result<Vec<Row>, DatabaseError> {
    session.run(BEGIN)?;
    let rows = session.rows(&QUERY.replace("$SIZE", size));
    // The first error is the one to tell.
    let _ = session.run("ROLLBACK");
    rows
}

fn parse(row: &Row) -> Result<Found, DatabaseError> {
    let text = row.first().and_then(Option::as_deref).unwrap_or_default();
    serde_json::from_str(text).map_err(|error| {
        let message = format!("the catalogue could not be read: {error}");
        DatabaseError::new(ErrorKind::Statement, message)
    })
}

#[derive(Deserialize)]
struct Found {
    schema: String,
    name: String,
    kind: String,
    bytes: Option<u64>,
    extension: bool,
    partition: bool,
    columns: Vec<FoundColumn>,
    constraints: Vec<FoundConstraint>,
    index: Option<FoundIndex>,
}

#[derive(Deserialize)]
struct FoundColumn {
    name: String,
    data_type: String,
    not_null: bool,
    has_default: Option<bool>,
}

#[derive(Deserialize)]
struct FoundConstraint {
    name: String,
    kind: String,
    validated: bool,
    columns: Vec<String>,
}

#[derive(Deserialize)]
struct FoundIndex {
    schema: String,
    table: String,
    unique: bool,
    valid: bool,
    of_constraint: bool,
    columns: Vec<String>,
}

fn converted(found: Found) -> LiveRelation {
    LiveRelation {
        kind: match found.kind.as_str() {
            "v" => RelationKind::View,
            "m" => RelationKind::MaterializedView,
            "i" | "I" => RelationKind::Index,
            "S" => RelationKind::Sequence,
            _ => RelationKind::Table,
        },
        columns: found
            .columns
            .into_iter()
            .map(|column| LiveColumn {
                name: Ident::new(column.name),
                data_type: column.data_type,
                not_null: column.not_null,
                has_default: column.has_default,
                default: None,
            })
            .collect(),
        constraints: found
            .constraints
            .into_iter()
            .map(|constraint| LiveConstraint {
                name: constraint.name,
                kind: constraint.kind,
                columns: constraint.columns,
                detail: None,
                validated: constraint.validated,
            })
            .collect(),
        bytes: found.bytes,
        of_extension: found.extension,
        is_partition: found.partition,
        index: found.index.map(|index| LiveIndex {
            table: RelationName::new(Ident::new(index.schema), Ident::new(index.table)),
            unique: index.unique,
            valid: index.valid,
            of_constraint: index.of_constraint,
            columns: index.columns,
        }),
    }
}
