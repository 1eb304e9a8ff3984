//! `down-does-not-invert`: up and down together do not lead back.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, ConstraintKind, Dialect, Ident, Script, TableChange};
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};
use crate::schema::{Difference, diff};
use crate::source::Span;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "up and down together do not lead back to the schema before",
    severity: Some(Severity::Warning),
    category: Category::Reversibility,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let (Some(returned), Some(down)) = (context.returned, context.migration.down.as_ref())
        else {
            return;
        };
        // An empty down is missing-down's; what was not understood proves nothing.
        let Some(span) = span_of(down) else { return };
        if !is_understood(context.migration.up.as_ref()) || !is_understood(Some(down)) {
            return;
        }
        // Types of enums that a framework makes have a rule of their own.
        let left_behind = context.enums_left_behind();
        let mut differences = diff(context.before, returned);
        differences.retain(|one| left_behind.iter().all(|name| name.name != one.name.name));
        let taken_over = indexes_taken_over(context.migration.up.as_ref());
        differences.retain(|one| !taken_over.contains(&&one.name.name));
        if differences.is_empty() {
            return;
        }
        let texts: Vec<&str> = differences.iter().map(|one| one.text.as_str()).collect();
        let draft = Draft::at(
            down.place(span),
            Hazard::Other,
            format!("after up and down {}", headline(&texts)),
        )
        .label("this does not undo the migration")
        .help("undo in reverse order what the up does, so that a second up finds what the first found");
        // One difference stands in the headline.
        let draft = if texts.len() > 1 { draft.why(texts.join("; ")) } else { draft };
        sink.add(differences.iter().fold(draft, |draft, one: &Difference| draft.relation(&one.name)));
    }
}

/// Indexes that the way forward makes a constraint's. They go with it; a way back that built them
/// again would make writers wait for what the migration before it drops.
fn indexes_taken_over(up: Option<&Script>) -> Vec<&Ident> {
    let statements = up.into_iter().flat_map(Script::statements);
    let actions = statements.flat_map(|statement| &statement.actions);
    actions.filter_map(index_of_constraint).collect()
}

fn index_of_constraint(action: &Action) -> Option<&Ident> {
    match &action.kind {
        ActionKind::AlterTable { change, .. } => match change.as_ref() {
            TableChange::AddConstraint(constraint) => match &constraint.kind {
                ConstraintKind::PrimaryKeyUsingIndex(index)
                | ConstraintKind::UniqueUsingIndex(index) => Some(index),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

fn headline(texts: &[&str]) -> String {
    match texts {
        [only] => (*only).to_owned(),
        [first, _] => format!("{first}, and 1 more difference remains"),
        [first, rest @ ..] => format!("{first}, and {} more differences remain", rest.len()),
        [] => String::new(),
    }
}

fn span_of(script: &Script) -> Option<Span> {
    script.statements().map(|statement| statement.span).reduce(Span::join)
}

fn is_understood(script: Option<&Script>) -> bool {
    script.is_none_or(|script| {
        script
            .statements()
            .all(|statement| statement.actions.iter().all(|action| action.kind.is_understood()))
    })
}
