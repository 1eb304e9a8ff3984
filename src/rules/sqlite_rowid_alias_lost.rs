//! `sqlite-rowid-alias-lost`: a primary key of numbers that does not number its rows.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, ColumnConstraint, ColumnDef, ConstraintKind, CreateTable, Dialect,
};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};
use crate::source::Place;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a primary key is no alias of the row id: rows without a value get null",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Sqlite],
    directions: UP,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::CreateTable(table) = &action.kind else { return None };
        let column = key(table)?;
        let written = column.data_type.as_ref()?.written.clone();
        if !is_integer_by_another_name(&written) || has_own_source(column) || is_other_kind(table) {
            return None;
        }
        let place = context.place(column.span)?;
        let name = &column.name;
        let message = format!("`{}.{name}` is null in every row that is inserted without it", table.name.name);
        let draft = Draft::at(place.clone(), Hazard::Other, message)
            .label("INTEGER PRIMARY KEY alone, in exactly these words, numbers rows")
            .why("a primary key of SQLite takes nulls, and any number of them, unless it is NOT NULL")
            .help(format!("write {name} INTEGER PRIMARY KEY, which holds numbers of 64 bits"))
            .relation(&context.resolve(&table.name));
        Some(with_fix(draft, &place, &written))
    }
}

/// The column that is the whole primary key.
fn key(table: &CreateTable) -> Option<&ColumnDef> {
    let is_key = |it: &ColumnConstraint| matches!(it, ColumnConstraint::PrimaryKey { .. });
    let inline = table.columns.iter().find(|column| column.constraints.iter().any(is_key));
    inline.or_else(|| {
        table.constraints.iter().find_map(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey { columns, .. } => match columns.as_slice() {
                [only] => table.columns.iter().find(|it| Some(&it.name) == only.column.as_ref()),
                _ => None,
            },
            _ => None,
        })
    })
}

/// Whether the type holds whole numbers, and is not the one word that makes an alias of the row id.
fn is_integer_by_another_name(written: &str) -> bool {
    let written = written.trim().to_ascii_lowercase();
    let serial = ["serial", "bigserial", "smallserial"].contains(&written.as_str());
    // INTEGER of a length, and every word with INT in it, is stored as a whole number.
    written != "integer" && (serial || written.contains("int") && !written.contains("point"))
}

/// Whether a row that is inserted without the key gets one all the same, or is refused.
fn has_own_source(column: &ColumnDef) -> bool {
    column.constraints.iter().any(|constraint| {
        matches!(
            constraint,
            ColumnConstraint::NotNull { .. }
                | ColumnConstraint::Default(_)
                | ColumnConstraint::Generated { .. }
        )
    })
}

/// Tables that have no row id, or take no null in their key.
fn is_other_kind(table: &CreateTable) -> bool {
    let options = table.options.as_deref().unwrap_or("").to_ascii_lowercase();
    options.contains("without") || options.contains("strict")
}

fn with_fix(draft: Draft, place: &Place, written: &str) -> Draft {
    let Some(at) = place.text().find(written) else { return draft };
    let start = place.span.start + at;
    let span = crate::source::Span::new(start, start + written.len());
    let edit = Edit {
        place: Place { file: place.file.clone(), span },
        text: "INTEGER".to_owned(),
    };
    draft.fix(Applicability::Unsafe, "number the rows", vec![edit])
}
