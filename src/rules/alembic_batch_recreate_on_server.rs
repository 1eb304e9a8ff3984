//! `alembic-batch-recreate-on-server`: batch_alter_table with recreate always, on a database that needs no copy.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::Dialect;
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a batch copies the whole table on a server that could alter it",
    severity: Some(Severity::Error),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let mut said = Vec::new();
        for directive in context.directives() {
            let Some(batch) = &directive.call.batch else { continue };
            let always = batch.keyword("recreate").is_some_and(|how| how.as_str() == Some("always"));
            if !always || said.contains(&batch.span) || directive.is_on_new_table() {
                continue;
            }
            said.push(batch.span);
            let table = directive.table().unwrap_or_else(|| "the table".to_owned());
            let place = directive.script.place(batch.span);
            let keyword = batch.kwargs.iter().find(|one| one.name == "recreate");
            let mut draft = Draft::at(place, Hazard::LongBlock, format!("all rows of `{table}` are copied, and its keys, grants and triggers lost"))
                .label("`recreate=\"always\"` makes a new table, copies into it, drops the old one: reads and writes wait")
                .help("leave `recreate` out: PostgreSQL alters the table in place");
            if let Some(keyword) = keyword {
                let edit = Edit { place: directive.script.place(keyword.span), text: "recreate=\"auto\"".to_owned() };
                draft = draft.fix(Applicability::Unsafe, "copy only where it is needed", vec![edit]);
            }
            sink.add(draft);
        }
    }
}
