//! `alembic-drop-index-without-table`: an index is dropped without the table that MySQL wants to hear.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::{Dialect, Ident};
use crate::rule::{BOTH, Directive, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext};
use crate::schema::{RelationBody, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an index is dropped without the table that MySQL wants to hear",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Mysql, Dialect::Mariadb],
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let Some(directive) = context.directive().filter(|one| one.is("drop_index")) else { return };
        let call = directive.call;
        if call.batch.is_some() || call.positional(1, &["table_name"]).is_some() {
            return;
        }
        let draft = Draft::at(directive.place(), Hazard::Fails, "the index is dropped on a table `no_table`")
            .label("without `table_name` Alembic writes DROP INDEX … ON no_table")
            .help("name the table: table_name=…");
        sink.add(match table_of(context, &directive) {
            Some(edit) => draft.fix(Applicability::Unsafe, "name the table", edit),
            None => draft,
        });
    }
}

/// Names the only table that has an index of this name.
fn table_of(context: &StatementContext<'_>, directive: &Directive<'_>) -> Option<Edit> {
    let name = Ident::new(directive.call.object_name()?.to_name()?);
    let mut tables = context.before().relations().filter_map(|relation| match &relation.body {
        RelationBody::Index(index) => {
            let is_it = relation.name == RelationName::of_index(&index.table, &name);
            is_it.then_some(&index.table)
        }
        _ => None,
    });
    let table = tables.next().filter(|_| tables.next().is_none())?;
    directive.append_argument(&format!("table_name=\"{}\"", table.name))
}
