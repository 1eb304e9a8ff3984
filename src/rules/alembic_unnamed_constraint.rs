//! `alembic-unnamed-constraint`: `None` as the name of a constraint, which only a naming convention can fill in.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{BOTH, Directive, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a constraint is made or dropped without its name",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for directive in context.directives() {
            let call = directive.call;
            let none = call.args.first().or_else(|| call.keyword("constraint_name"));
            if !none.is_some_and(|name| name.is_none()) {
                continue;
            }
            match call.name.as_str() {
                "drop_constraint" => sink.add(dropped(&directive)),
                "create_unique_constraint" | "create_foreign_key" | "create_check_constraint" => {
                    sink.add(made(&directive));
                }
                _ => {}
            }
        }
    }
}

fn table(directive: &Directive<'_>) -> String {
    directive.table().unwrap_or_else(|| "the table".to_owned())
}

fn dropped(directive: &Directive<'_>) -> Draft {
    let message = format!("no constraint of `{}` is dropped: its name is not given", table(directive));
    Draft::at(directive.place(), Hazard::Fails, message)
        .label("without a naming convention in the models' metadata this raises an error")
        .help("write the name that the database has for it in place of `None`")
}

fn made(directive: &Directive<'_>) -> Draft {
    let message = format!("the server names the new constraint of `{}`", table(directive));
    Draft::at(directive.place(), Hazard::Other, message)
        .label("without a name here, `drop_constraint` in the downgrade has none to give")
        .help("write a name in place of `None`")
}
