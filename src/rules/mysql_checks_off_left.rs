//! `mysql-checks-off-left`: checks of keys are switched off and stay off.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{ActionKind, Direction, SetOption, SettingScope};
use crate::rule::{
    BOTH, Draft, FixKind, MYSQL, MigrationContext, Rule, RuleMeta, Sink, StatementContext,
    changes_something, is_off,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "checks of keys stay off for what runs later",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: MYSQL,
    directions: BOTH,
    fix: FixKind::Safe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

/// Variables of the session that say whether keys are checked.
const CHECKS: [&str; 3] = ["foreign_key_checks", "unique_checks", "check_constraint_checks"];

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for direction in [Direction::Up, Direction::Down] {
            let mut left: Vec<(StatementContext<'_>, &SetOption)> = Vec::new();
            let mut changes = false;
            for statement in context.statements(direction) {
                changes |= changes_something(statement.statement());
                for action in statement.actions() {
                    let ActionKind::Set(option) = &action.kind else { continue };
                    let is_check = CHECKS.contains(&option.name.as_str());
                    if is_check && option.scope == SettingScope::Session {
                        left.retain(|(_, earlier)| earlier.name != option.name);
                        left.extend(is_off(option).then_some((statement, option)));
                    }
                }
            }
            // A script of settings alone is there for those that come later.
            for (statement, option) in left.into_iter().filter(|_| changes) {
                report(&statement, option, sink);
            }
        }
    }
}

fn report(context: &StatementContext<'_>, option: &SetOption, sink: &mut Sink<'_>) {
    let Some(place) = context.place(context.statement().span) else { return };
    let name = &option.name;
    let back = format!("SET {name} = 1;");
    let draft = Draft::at(place, Hazard::Other, format!("{name} stays off for everything that runs later on this connection"))
        .label("set for the session, and not set back")
        .help(format!("set it back at the end of the script:\n  {back}"));
    sink.add_at(context, match context.append_line(&back) {
        Some(edit) => draft.fix(Applicability::Safe, format!("set {name} back"), vec![edit]),
        None => draft,
    });
}
