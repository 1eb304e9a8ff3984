//! `alembic-legacy-signature`: a directive is called as Alembic no longer takes it.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{BOTH, Directive, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};
use crate::source::Span;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a directive is called as Alembic no longer takes it",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
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
        for directive in context.directives() {
            let Some((positions, next)) = signature(&directive) else { continue };
            let Some(extra) = directive.call.args.get(positions) else { continue };
            let name = &directive.call.name;
            let arguments = if positions == 1 { "argument" } else { "arguments" };
            let message = format!("`{name}` takes {positions} {arguments} by position, and gets {}", directive.call.args.len());
            let draft = Draft::at(directive.place_of(extra), Hazard::Fails, message)
                .label("Alembic 1.11 and later raise a TypeError")
                .help(format!("name it: {next}=…"));
            let alone = directive.call.args.len() == positions + 1;
            let home = extra.source.is_home() && directive.call.via.is_none() && alone;
            let start = directive.place_of(extra).span.start;
            let inside = directive.call.span.contains(start);
            sink.add(match home && inside {
                true => {
                    let place = directive.script.place(Span::new(start, start));
                    let edit = Edit { place, text: format!("{next}=") };
                    draft.fix(Applicability::Safe, "name the argument", edit)
                }
                false => draft,
            });
        }
    }
}

/// How many arguments a directive takes by position, and what the next one was before that.
fn signature(directive: &Directive<'_>) -> Option<(usize, &'static str)> {
    let in_batch = directive.call.batch.is_some();
    let (positions, next) = match directive.call.name.as_str() {
        "drop_table" => (1, "schema"),
        "add_column" | "drop_column" | "drop_index" | "rename_table" => (2, "schema"),
        "alter_column" => (2, "nullable"),
        "create_index" | "create_unique_constraint" | "create_check_constraint"
        | "create_primary_key" | "drop_constraint" => (3, "schema"),
        "create_foreign_key" => (5, "onupdate"),
        _ => return None,
    };
    // A batch knows the table.
    Some((positions - usize::from(in_batch), next))
}
