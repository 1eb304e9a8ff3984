//! `dialect-divergence`: one history ends in different schemas on different databases.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Ident, Migration, is_history_table};
use crate::rule::{
    Draft, FixKind, ProjectContext, Rule, RuleMeta, Sink, UP, migration_head,
};
use crate::schema::{Relation, RelationName, Schema, Table};
use std::collections::BTreeSet;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "one history ends in different schemas on different databases",
    severity: Some(Severity::Warning),
    category: Category::History,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {
    /// Tables that may differ.
    intended: Vec<String>,
}

/// More differences than these are counted, not listed.
const LISTED: usize = 4;

impl Rule for Check {
    fn project(&self, context: &ProjectContext<'_>, sink: &mut Sink<'_>) {
        let own = context.target.dialect;
        let Some((first, other)) = context.ends.first().filter(|(first, _)| *first != own) else { return };
        let Some((_, schema)) = context.ends.iter().find(|(dialect, _)| *dialect == own) else { return };
        let is_known = |schema: &Schema| schema.is_complete();
        if !is_known(other) || !is_known(schema) {
            return;
        }
        let mut found = differences(schema, other);
        found.retain(|one| !self.intended.contains(&one.table.to_string()));
        let last = context.judged_migrations().last();
        if let (Some(first_found), Some(last)) = (found.first(), last) {
            let draft = draft(context, (own, *first), &found, maker(context, first_found).unwrap_or(last));
            draft.into_iter().for_each(|draft| sink.add_for(draft, Some(last.id.clone())));
        }
    }
}

/// A table, or a column of it, that one side alone has.
struct Difference {
    table: RelationName,
    /// The migration that made the table on this side.
    made_by: Option<String>,
    text: String,
}

fn draft(
    context: &ProjectContext<'_>,
    (own, first): (Dialect, Dialect),
    found: &[Difference],
    at: &Migration,
) -> Option<Draft> {
    let place = migration_head(at).or_else(|| context.migrations.last().and_then(migration_head))?;
    let mut listed: Vec<&str> = found.iter().take(LISTED).map(|one| one.text.as_str()).collect();
    let more = format!("{} more", found.len().saturating_sub(LISTED));
    if found.len() > LISTED {
        listed.push(&more);
    }
    let message = format!(
        "the history ends otherwise on {} than on {}: {}",
        own.title(),
        first.title(),
        listed.join("; ")
    );
    let draft = Draft::at(place, Hazard::Other, message)
        .label("one history, and a schema for each database")
        .help("write what is missing into a migration for that database; a table that is meant to differ is listed under `intended` of dialect-divergence in lockgate.toml");
    Some(found.iter().fold(draft, |draft, one| draft.relation(&one.table)))
}

fn maker<'a>(context: &ProjectContext<'a>, found: &Difference) -> Option<&'a Migration> {
    let id = found.made_by.as_deref()?;
    let at = context.position(id).filter(|at| context.judged.get(*at) == Some(&true))?;
    context.migrations.get(at)
}

/// What one of two schemas has alone, by the names of tables and columns: types differ by nature.
fn differences(own: &Schema, other: &Schema) -> Vec<Difference> {
    let names = |schema: &Schema| tables(schema).map(|(name, ..)| name.clone()).collect::<BTreeSet<_>>();
    let all: BTreeSet<RelationName> = names(own).union(&names(other)).cloned().collect();
    let mut found = Vec::new();
    // What nothing makes, and some statement needs, says nothing of the other side.
    let is_doubted = |schema: &Schema, table: &RelationName| {
        schema.relation(table).any().is_some_and(|it| it.is_assumed() || !it.certain)
    };
    let all = all.into_iter().filter(|table| !is_doubted(own, table) && !is_doubted(other, table));
    for table in all {
        let made_by = own.relation(&table).any().map(|made| made.birth.migration.clone());
        let mut tell = |text: String| {
            found.push(Difference { table: table.clone(), made_by: made_by.clone(), text });
        };
        match (own.table(&table).any(), other.table(&table).any()) {
            (Some(_), None) => tell(format!("`{table}` is there alone")),
            (None, Some(_)) => tell(format!("`{table}` is missing")),
            (Some(own), Some(other)) => columns(&table, own, other).into_iter().for_each(tell),
            (None, None) => {}
        }
    }
    found
}

fn tables(schema: &Schema) -> impl Iterator<Item = (&RelationName, &Relation)> {
    let all = schema.relations().filter(|relation| relation.as_table().is_some());
    let own = all.filter(|relation| !is_history_table(&relation.name.name));
    // Partitions are a matter of one database.
    let whole = own.filter(|relation| relation.as_table().is_some_and(|it| it.partition_of.is_none()));
    whole.map(|relation| (&relation.name, relation))
}

fn columns(table: &RelationName, own: &Table, other: &Table) -> Vec<String> {
    if !own.columns_known || !other.columns_known {
        return Vec::new();
    }
    let has = |table: &Table, name: &Ident| {
        let text = name.as_str();
        table.columns.iter().any(|column| column.name.as_str().eq_ignore_ascii_case(text))
    };
    let alone = own.columns.iter().filter(|column| !has(other, &column.name));
    let missing = other.columns.iter().filter(|column| !has(own, &column.name));
    let alone = alone.map(|column| format!("`{table}.{}` is there alone", column.name));
    alone.chain(missing.map(|column| format!("`{table}.{}` is missing", column.name))).collect()
}
