//! `alembic-many-statements-in-execute`: several statements are sent in one call that takes one.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{BOTH, Directive, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "several statements are sent in one call that takes one",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Sqlite],
    directions: BOTH,
    fix: FixKind::Safe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for directive in context.directives().filter(|directive| directive.is("execute")) {
            let statements = &directive.step.statements;
            let Some(second) = statements.get(1) else { continue };
            let message = format!("the driver refuses {} statements in one call", statements.len());
            let draft = Draft::at(directive.place(), Hazard::Fails, message)
                .label("the driver of Python takes one statement at a time")
                .related(Some(directive.script.place(second.span)), "the second one")
                .help("execute each statement by a call of its own");
            sink.add(match one_each(&directive) {
                Some(edit) => draft.fix(Applicability::Safe, "execute each statement alone", edit),
                None => draft,
            });
        }
    }
}

/// A call for each statement, where nothing but statements stands in the string.
fn one_each(directive: &Directive<'_>) -> Option<Edit> {
    let statements = &directive.step.statements;
    let text = directive.call.args.first()?.as_str()?;
    let bare = |text: &str| -> String {
        text.chars().filter(|c| !c.is_whitespace() && *c != ';').collect()
    };
    let all: String = statements.iter().map(|statement| bare(&statement.sql)).collect();
    if all != bare(text) || directive.call.args.len() != 1 {
        return None;
    }
    let calls: Vec<&str> = statements.iter().map(|statement| &*statement.sql).collect();
    directive.replace_by_calls("execute", &calls)
}
