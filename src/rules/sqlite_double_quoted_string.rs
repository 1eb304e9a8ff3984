//! `sqlite-double-quoted-string`: a text in double quotes, which is a name, unless there is none of that
//! name.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, InsertSource, ObjectName};
use crate::rule::{
    BOTH, DoubleQuoted, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, double_quoted,
};
use crate::source::{Place, Span};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a text in double quotes is taken for a name",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Sqlite],
    directions: BOTH,
    fix: FixKind::Safe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let [action] = context.actions() else { return };
        let Some(place) = context.place(context.statement().span) else { return };
        // Another language holds the SQL, and quotes of its own.
        if !place.file.path().ends_with(".sql") {
            return;
        }
        let quoted = double_quoted(place.text());
        let texts: Vec<&DoubleQuoted<'_>> =
            quoted.iter().filter(|one| is_text(context, action, one)).collect();
        let Some(first) = texts.first() else { return };
        let others = match texts.len() {
            1 => String::new(),
            2 => ", and another one of the statement".to_owned(),
            many => format!(", and {} others of the statement", many - 1),
        };
        let message = format!("\"{}\" is a name{others}, and a text only as long as nothing is called so", first.text);
        let edits = texts.iter().map(|one| Edit { place: at(&place, one.span), text: single(one.text) });
        sink.add(
            Draft::at(at(&place, first.span), Hazard::Other, message)
                .label("SQLite takes what it does not find for a text, and builds without that leniency refuse it")
                .help("write texts in single quotes")
                .fix(Applicability::Safe, "write texts in single quotes", edits.collect::<Vec<_>>()),
        );
    }
}

fn at(place: &Place, span: Span) -> Place {
    Place { file: place.file.clone(), span: span.shift(place.span.start) }
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether nothing can have that name where it stands.
fn is_text(context: &StatementContext<'_>, action: &Action, one: &DoubleQuoted<'_>) -> bool {
    let before = one.before.trim_end().to_ascii_lowercase();
    // A table whose column follows, or a function.
    if one.behind.trim_start().starts_with(['.', '(']) {
        return false;
    }
    // Behind DEFAULT a name is a text in every build.
    let values = ["(", ",", "=", "<>", "!=", "like", "||"];
    let is_value = values.iter().any(|end| before.ends_with(end));
    match &action.kind {
        ActionKind::CreateTable(table) => {
            let is_column = table.columns.iter().any(|it| it.name.as_str().eq_ignore_ascii_case(one.text));
            is_value && is_in_check(&before) && !is_column
        }
        ActionKind::Insert(insert) if matches!(insert.source, InsertSource::Values(_)) => {
            let rows = before.find("values");
            is_value && rows.is_some() && !before.contains(" conflict")
        }
        ActionKind::Update(update) => is_value && is_no_column(context, &update.table, action, one),
        ActionKind::Delete(delete) => is_value && is_no_column(context, &delete.table, action, one),
        _ => false,
    }
}

/// Whether a CHECK is open at the end of the text.
fn is_in_check(before: &str) -> bool {
    let Some((_, tail)) = before.rsplit_once("check") else { return false };
    let mut open = 0_usize;
    for c in tail.trim_start().chars() {
        match c {
            '(' => open += 1,
            ')' => open = open.saturating_sub(1),
            _ => {}
        }
        // It is closed, or was none: a name that ends so.
        if open == 0 {
            return false;
        }
    }
    true
}

/// Whether the statement is about one known table alone, which has no such column.
fn is_no_column(
    context: &StatementContext<'_>,
    table: &ObjectName,
    action: &Action,
    one: &DoubleQuoted<'_>,
) -> bool {
    let alone = action.kind.query().is_some_and(|query| query.reads().iter().all(|it| it == table));
    let name = context.resolve(table);
    let known = context.before().table(&name).known().filter(|known| known.columns_known);
    alone
        && known.is_some_and(|known| {
            !known.columns.iter().any(|it| it.name.as_str().eq_ignore_ascii_case(one.text))
        })
}
