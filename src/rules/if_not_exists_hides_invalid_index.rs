//! `if-not-exists-hides-invalid-index`: a retry keeps the ruin of a failed build.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{ActionKind, CreateIndex, Dialect, Ident, ObjectKind, Script, Statement};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, Step, in_steps, quoted,
    without_if_not_exists,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "IF NOT EXISTS keeps the invalid index of a failed concurrent build",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for action in context.actions() {
            let ActionKind::CreateIndex(index) = &action.kind else { continue };
            let Some(name) = &index.name else { continue };
            if !(index.concurrently && index.if_not_exists) || is_dropped_before(context, name) {
                continue;
            }
            let Some(place) = context.place(action.span) else { continue };
            let message =
                format!("after a failed build `{name}` stays invalid, and this succeeds without building it");
            let draft =
                Draft::at(place, Hazard::Other, message)
                    .label("an invalid index exists, so nothing is built; no query uses it, every write maintains it")
                    .why("a concurrent build that fails or is cancelled leaves an invalid index behind")
                    .help(help(context, index, name))
                    .relation(&context.resolve(&index.table));
            let create = without_if_not_exists(&context.one_line());
            sink.add(match context.move_out_behind(drop_first(index, name), create) {
                Some(remedy) => draft.fix(
                    Applicability::Unsafe,
                    "drop what a failed build left, then build it in a migration of its own",
                    remedy,
                ),
                None => draft,
            });
        }
    }
}

/// Whether the statement before, in this migration or at the end of the one before, clears away
/// what a failed build left.
fn is_dropped_before(context: &StatementContext<'_>, name: &Ident) -> bool {
    let own = context.script().map(|script| until(script, context.statement()));
    let migrations = context.project.migrations;
    let at = context.project.position(&context.migration().id);
    let previous = at.and_then(|at| at.checked_sub(1)).and_then(|at| migrations.get(at));
    let previous = previous.and_then(|one| one.script(context.direction()));
    own.into_iter()
        .flatten()
        .chain(previous.into_iter().flat_map(Script::statements))
        .any(|statement| drops(statement, name))
}

fn until<'s>(script: &'s Script, last: &'s Statement) -> impl Iterator<Item = &'s Statement> {
    script.statements().take_while(move |statement| statement.span.start < last.span.start)
}

fn drops(statement: &Statement, name: &Ident) -> bool {
    statement.actions.iter().any(|action| match &action.kind {
        ActionKind::Drop(drop) => {
            drop.kind == ObjectKind::Index
                && drop.if_exists
                && drop.names.iter().any(|dropped| dropped.name == *name)
        }
        _ => false,
    })
}

fn drop_first(index: &CreateIndex, name: &Ident) -> String {
    let schema = index.table.schema.as_ref().map(|schema| format!("{}.", quoted(schema)));
    format!("DROP INDEX CONCURRENTLY IF EXISTS {}{}", schema.unwrap_or_default(), quoted(name))
}

fn help(context: &StatementContext<'_>, index: &CreateIndex, name: &Ident) -> String {
    let drop = drop_first(index, name);
    let create = without_if_not_exists(&context.one_line());
    in_steps(context, &[Step::outside_transaction(drop), Step::outside_transaction(create)])
}
