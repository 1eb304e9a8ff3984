//! `mysql-instant-mixed`: changes that are instant each, and a rebuild together.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::Origin;
use crate::rule::{BOTH, Draft, FixKind, MYSQL, Rule, RuleMeta, Sink, StatementContext};
use crate::source::{Place, Span};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "changes that are instant one by one rebuild the table together",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: MYSQL,
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
        for alteration in context.lasting_alterations() {
            if !context.is_dearer_together(alteration) {
                continue;
            }
            let Some(place) = context.place(context.statement().span) else { continue };
            let table = &alteration.table;
            let cause = alteration.cause.as_ref().map(|cause| format!("{cause}; "));
            let draft = Draft::at(place, Hazard::Other, format!("`{table}` is rebuilt, though no change here needs it by itself"))
                .label(context.alteration_label(alteration))
                .why(format!("{}{}", cause.unwrap_or_default(), context.since(table)))
                .help("give each change a statement of its own")
                .relation(table);
            let edits = split(context);
            sink.add(match edits.is_empty() {
                true => draft,
                false => draft.fix(Applicability::Safe, "one statement for each change", edits),
            });
        }
    }
}

/// Ends the statement at each comma between its changes, and begins it again.
fn split(context: &StatementContext<'_>) -> Vec<Edit> {
    let statement = context.statement();
    let (Some(script), true) = (context.script(), statement.origin == Origin::TopLevel) else {
        return Vec::new();
    };
    let whole = script.place(statement.span);
    let spans: Vec<Span> =
        statement.actions.iter().map(|action| script.place(action.span).span).collect();
    let head = spans.first().and_then(|first| {
        whole.file.text().get(whole.span.start..first.start).map(str::trim_end)
    });
    let Some(head) = head.filter(|head| head.to_ascii_lowercase().starts_with("alter")) else {
        return Vec::new();
    };
    let edits = spans.windows(2).map(|pair| {
        let [one, next] = pair else { return None };
        let between = whole.file.text().get(one.end..next.start)?;
        let span = Span::new(one.end, next.start);
        let place = Place { file: whole.file.clone(), span };
        (between.trim() == ",").then(|| Edit { place, text: format!(";\n{head} ") })
    });
    edits.collect::<Option<Vec<Edit>>>().unwrap_or_default()
}
