//! `column-alignment`: columns in another order would leave less room empty in each row.

use crate::finding::{Category, Hazard};
use crate::migration::{Action, ActionKind, ColumnDef, Dialect};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP, column_list};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "columns in another order would leave less room empty in each row",
    severity: None,
    category: Category::Convention,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {
    /// From how many bytes on it is told.
    bytes: usize,
}

impl Default for Check {
    fn default() -> Self {
        Self { bytes: 8 }
    }
}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::CreateTable(table) = &action.kind else { return None };
        let columns: Option<Vec<Room>> = table.columns.iter().map(Room::of).collect();
        let mut columns = columns?;
        let written = wasted(&columns);
        columns.sort_by_key(|room| std::cmp::Reverse(room.align));
        let spared = written.saturating_sub(wasted(&columns));
        if spared < self.bytes {
            return None;
        }
        let name = context.resolve(&table.name);
        let order = column_list(columns.iter().map(|room| &room.column.name));
        let message = format!("each row of `{name}` has {spared} bytes that hold nothing");
        Some(
            Draft::at(context.place(action.span)?, Hazard::Other, message)
                .label("a column begins at a multiple of its width")
                .help(format!("write the columns in this order: {order}"))
                .relation(&name),
        )
    }
}

/// The room of a column in a row.
#[derive(Debug, Clone, Copy)]
struct Room<'a> {
    column: &'a ColumnDef,
    /// Bytes; none where values differ.
    width: Option<usize>,
    align: usize,
}

impl<'a> Room<'a> {
    /// `typlen` and `typalign` of built-in types (`pg_type.dat`); nothing of others.
    fn of(column: &'a ColumnDef) -> Option<Self> {
        const FIXED: &[(&str, usize, usize)] = &[
            ("bigint", 8, 8),
            ("bigserial", 8, 8),
            ("integer", 4, 4),
            ("serial", 4, 4),
            ("smallint", 2, 2),
            ("smallserial", 2, 2),
            ("boolean", 1, 1),
            ("double precision", 8, 8),
            ("real", 4, 4),
            ("money", 8, 8),
            ("date", 4, 4),
            ("timestamp without time zone", 8, 8),
            ("timestamp with time zone", 8, 8),
            ("time without time zone", 8, 8),
            ("time with time zone", 12, 8),
            ("interval", 16, 8),
            ("uuid", 16, 1),
            ("oid", 4, 4),
        ];
        // Short values of these are stored without alignment.
        const OPEN: &[&str] =
            &["text", "character varying", "character", "numeric", "bytea", "json", "jsonb", "citext", "inet", "cidr"];
        let data_type = column.data_type.as_ref()?;
        let name = data_type.name.to_string();
        if data_type.dimensions > 0 || OPEN.contains(&name.as_str()) {
            return Some(Self { column, width: None, align: 1 });
        }
        let (_, width, align) = FIXED.iter().find(|(fixed, ..)| *fixed == name)?;
        Some(Self { column, width: Some(*width), align: *align })
    }
}

/// Bytes between columns that hold nothing; behind a value of unknown width none are counted until
/// the next column.
fn wasted(columns: &[Room<'_>]) -> usize {
    let (mut at, mut wasted) = (0, 0);
    for room in columns {
        let Some(width) = room.width else {
            at = 0;
            continue;
        };
        let gap = (room.align - at % room.align) % room.align;
        wasted += gap;
        at += gap + width;
    }
    wasted
}
