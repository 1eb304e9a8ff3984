//! `sqlite-copy-not-null`: a column becomes NOT NULL in the copy, and its nulls come along.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, Ident, OnConflict, Script};
use crate::rule::{
    BOTH, Copied, Draft, FixKind, Rule, RuleMeta, StatementContext, TableCopy, quoted,
};
use crate::schema::RelationName;
use crate::source::{Place, Span};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a copy fails on the first row without a value",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Sqlite],
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::Insert(insert) = &action.kind else { return None };
        let copy = context.copied(insert)?;
        // Rows may be chosen, and those that do not fit may be left out.
        let chooses = insert.query.sql.to_ascii_lowercase().contains("where");
        if chooses || insert.on_conflict != OnConflict::Fail || context.is_new(&copy.from) {
            return None;
        }
        let (column, value) = nullable(context, &copy)?;
        let place = context.place(action.span)?;
        let (to, from) = (&copy.to, &copy.from);
        let message = format!("the copy fails on the first row of `{from}` whose {value} is null");
        let draft = Draft::at(place.clone(), Hazard::Fails, message)
            .label(format!("`{to}.{column}` is NOT NULL, and `{from}.{value}` may be null"))
            .help(format!(
                "copy a value in place of null: coalesce({}, …), or fill the column before",
                quoted(value)
            ))
            .relation(from);
        Some(match coalesced(context, &place, &copy, (column, value)) {
            Some((edit, default)) => {
                draft.fix(Applicability::Unsafe, format!("copy {default} in place of null"), vec![edit])
            }
            None => draft,
        })
    }
}

/// A column of the new table that takes no null, with one of the old table that may have some.
fn nullable<'a>(
    context: &StatementContext<'a>,
    copy: &TableCopy<'a>,
) -> Option<(&'a Ident, &'a Ident)> {
    let table = context.before().table(&copy.to).known()?;
    let mut pairs = copy.targets.iter().zip(&copy.values);
    pairs.find_map(|(target, value)| {
        let Copied::Column(value) = value else { return None };
        let new = table.column(target).filter(|column| column.not_null)?;
        // Null in the key of rows is a new number.
        let is_key = table.primary_key().is_some_and(|key| key.columns() == [new.name.clone()]);
        let old = context.known_column(&copy.from, value)?;
        let is_filled = is_key || old.not_null || old.generated.is_some();
        (!is_filled && !is_tidied(context, &copy.from, value)).then_some((*target, *value))
    })
}

/// Whether an earlier statement of the history fills the column, or one of the script deletes rows
/// without it.
fn is_tidied(context: &StatementContext<'_>, table: &RelationName, column: &Ident) -> bool {
    let Some(script) = context.script() else { return true };
    let at = context.project.position(&context.migration().id).unwrap_or(0);
    let before = context.project.migrations.get(..at).unwrap_or(&[]);
    let earlier = before.iter().filter_map(|one| one.up.as_ref()).flat_map(Script::statements);
    let mut actions = earlier.flat_map(|statement| &statement.actions);
    let fills = |action: &Action| match &action.kind {
        ActionKind::Update(update) => {
            let sets = update.assignments.iter().any(|(set, _)| set == column);
            sets && update.table.name == table.name
        }
        _ => false,
    };
    let deletes = |action: &Action| match &action.kind {
        ActionKind::Delete(delete) => delete.table.name == table.name,
        _ => false,
    };
    let own = script.statements().take(context.entry.index);
    let mut own = own.flat_map(|statement| &statement.actions);
    own.any(|action| fills(action) || deletes(action)) || actions.any(fills)
}

/// The column with the new table's default in place of null, where the column stands once between
/// SELECT and FROM.
fn coalesced(
    context: &StatementContext<'_>,
    place: &Place,
    copy: &TableCopy<'_>,
    (column, value): (&Ident, &Ident),
) -> Option<(Edit, String)> {
    let table = context.before().table(&copy.to).known()?;
    let default = table.column(column)?.default.as_ref().filter(|it| !it.is_null())?;
    let text = place.text().to_ascii_lowercase();
    let from = text.find("select")?;
    let list = text.get(from..)?.split("from").next()?;
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '(');
    let mut found = list.match_indices(value.as_str()).filter(|(at, name)| {
        let before = list.get(..*at).and_then(|head| head.chars().next_back());
        let behind = list.get(at + name.len()..).and_then(|tail| tail.chars().next());
        !before.is_some_and(is_part) && !behind.is_some_and(is_part)
    });
    let (Some((at, name)), None) = (found.next(), found.next()) else { return None };
    // Quotes stay around the name alone.
    if list.get(..at).is_some_and(|head| head.ends_with(['"', '`', '['])) {
        return None;
    }
    let start = place.span.start + from + at;
    let span = Span::new(start, start + name.len());
    let text = format!("coalesce({name}, {})", default.sql);
    let edit = Edit { place: Place { file: place.file.clone(), span }, text };
    Some((edit, default.sql.to_string()))
}
