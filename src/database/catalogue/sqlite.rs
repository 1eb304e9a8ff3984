//! The catalogue of SQLite.

use super::{Live, LiveColumn, LiveIndex, LiveRelation};
use crate::database::{DatabaseError, Row, Session};
use crate::migration::{Ident, RelationKind};
use crate::schema::RelationName;

const RELATIONS: &str = "SELECT type, lower(name), lower(tbl_name) FROM sqlite_master \
    WHERE type IN ('table', 'view', 'index') AND name NOT LIKE 'sqlite_%'";

const COLUMNS: &str = "SELECT lower(m.name), lower(c.name), c.type, c.\"notnull\" OR c.pk > 0, c.dflt_value IS NOT NULL \
    FROM sqlite_master m, pragma_table_xinfo(m.name) c \
    WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid";

const INDEXES: &str = "SELECT lower(i.name), i.\"unique\", i.origin <> 'c', lower(coalesce(c.name, '')) \
    FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_info(i.name) c \
    WHERE m.type = 'table' ORDER BY i.name, c.seqno";

/// Tables before their indexes; those of keys have none.
const DEFINITIONS: &str = "SELECT sql FROM sqlite_master WHERE type IN ('table', 'index') \
    AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'index', rowid";

/// Reads it. Names are compared in lower case, as SQLite compares them.
pub(super) fn read(session: &mut dyn Session) -> Result<Live, DatabaseError> {
    let mut live = Live::default();
    for row in session.rows(RELATIONS)? {
        let (kind, name, table) = (text(&row, 0), text(&row, 1), text(&row, 2));
        let kind = match kind.as_str() {
            "index" => RelationKind::Index,
            "view" => RelationKind::View,
            _ => RelationKind::Table,
        };
        let index = (kind == RelationKind::Index).then(|| LiveIndex {
            table: RelationName::public(&table),
            unique: false,
            valid: true,
            of_constraint: false,
            columns: Vec::new(),
        });
        let relation = LiveRelation {
            kind,
            columns: Vec::new(),
            constraints: Vec::new(),
            bytes: None,
            of_extension: false,
            is_partition: false,
            index,
        };
        live.relations.insert(RelationName::public(&name), relation);
    }
    for row in session.rows(COLUMNS)? {
        let Some(relation) = live.relations.get_mut(&RelationName::public(&text(&row, 0))) else {
            continue;
        };
        relation.columns.push(LiveColumn {
            name: Ident::new(text(&row, 1)),
            data_type: text(&row, 2),
            not_null: text(&row, 3) == "1",
            has_default: Some(text(&row, 4) == "1"),
            default: None,
        });
    }
    for row in session.rows(INDEXES)? {
        let relation = live.relations.get_mut(&RelationName::public(&text(&row, 0)));
        let Some(index) = relation.and_then(|relation| relation.index.as_mut()) else { continue };
        index.unique = text(&row, 1) == "1";
        index.of_constraint = text(&row, 2) == "1";
        index.columns.push(text(&row, 3));
    }
    for row in session.rows(DEFINITIONS)? {
        live.definitions.push(text(&row, 0));
    }
    Ok(live)
}

fn text(row: &Row, at: usize) -> String {
    row.get(at).cloned().flatten().unwrap_or_default()
}
