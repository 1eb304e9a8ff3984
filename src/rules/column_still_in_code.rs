//! `column-still-in-code`: a release that may be running uses what the migration takes away.

use crate::deployed::{Break, BreakKind, Release, Site, listed};
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Ident};
use crate::rule::{
    Draft, FixKind, Proof, Rule, RuleMeta, Sink, StatementContext, UP, releases, saying,
};
use std::fmt;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a deployed release still uses what the migration takes away",
    severity: Some(Severity::Error),
    category: Category::Compatibility,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        if context.project.deployed.is_none() {
            return;
        }
        for broken in context.breaks() {
            let Proof::Used(used) = context.proof(&broken) else { continue };
            let Some(place) = context.place(broken.span) else { continue };
            let names: Vec<&str> = used.iter().map(|(release, _)| release.name.as_str()).collect();
            let speech = Speech::of(&broken, &names);
            let draft = Draft::at(place, Hazard::Breaking, speech.headline)
                .label(speech.label)
                .help(speech.help)
                .severity(severity(&broken.kind))
                .relation(&broken.table);
            sink.add(with_places(draft, &used));
        }
    }
}

fn with_places(draft: Draft, used: &[(&Release, Vec<Site>)]) -> Draft {
    let places = used.iter().flat_map(|(one, sites)| sites.iter().map(move |site| (one, site)));
    places.fold(draft, |draft, (one, site)| {
        draft.related(Some(site.place.clone()), saying(one, site))
    })
}

/// What certainly fails is an error; what depends on the values that a release writes is not.
fn severity(kind: &BreakKind) -> Severity {
    match kind {
        BreakKind::ColumnRetyped(_) | BreakKind::Checked(_) | BreakKind::Unique(_) => {
            Severity::Warning
        }
        _ => Severity::Error,
    }
}

/// What a finding says.
struct Speech {
    headline: String,
    label: String,
    help: String,
}

impl Speech {
    fn of(broken: &Break, names: &[&str]) -> Self {
        let (table, who) = (&broken.table.to_string(), &Running::of(names));
        match &broken.kind {
            BreakKind::TableDropped => Self::gone(table, who),
            BreakKind::ColumnDropped(column) => Self::gone(&format!("{table}.{column}"), who),
            BreakKind::TableRenamed(new) => Self::table_renamed(table, new, who),
            BreakKind::ColumnRenamed(column, new) => Self::column_renamed(table, column, new, who),
            BreakKind::ColumnRetyped(column) => Self::retyped(table, column, who),
            BreakKind::ValueDemanded(column) => Self::demanded(table, column, who),
            BreakKind::Checked(columns) => Self::refused(table, columns, "the new CHECK", who),
            BreakKind::Unique(columns) => Self::refused(table, columns, "the new key", who),
            BreakKind::ValueRenamed(value) => Self::gone(&format!("{table} '{value}'"), who),
        }
    }

    fn gone(what: &str, who: &Running) -> Self {
        Self {
            headline: format!("{who} still {} `{what}`: queries that name it fail", who.does("use")),
            label: format!("{what} is gone from here on, for every release"),
            help: format!(
                "1. deploy a release that no longer declares or names {what}\n2. when {who} no longer {}, run this migration",
                who.does("run")
            ),
        }
    }

    fn table_renamed(table: &str, new: &Ident, who: &Running) -> Self {
        Self {
            label: format!("{table} is called {new} from here on, for every release"),
            help: format!(
                "keep the old name as a view in the same transaction while {who} {}:\n  CREATE VIEW {table} AS SELECT * FROM {new};",
                who.does("run")
            ),
            ..Self::gone(table, who)
        }
    }

    fn column_renamed(table: &str, column: &Ident, new: &Ident, who: &Running) -> Self {
        Self {
            label: format!("{column} is called {new} from here on, for every release"),
            help: format!(
                "1. add {new}, and deploy a release that writes both columns\n2. fill {new} in batches, and deploy a release that names {new} alone\n3. when {who} no longer {}, drop {column}",
                who.does("run")
            ),
            ..Self::gone(&format!("{table}.{column}"), who)
        }
    }

    fn retyped(table: &str, column: &Ident, who: &Running) -> Self {
        Self {
            headline: format!("{who} {} `{table}.{column}` as its old type", who.does("use")),
            label: format!("{column} has another type from here on, for every release"),
            help: format!(
                "1. add a column of the new type, and deploy a release that writes both\n2. fill it in batches, and deploy a release that reads it alone\n3. when {who} no longer {}, drop {column}",
                who.does("run")
            ),
        }
    }

    fn demanded(table: &str, column: &Ident, who: &Running) -> Self {
        Self {
            headline: format!(
                "rows that {who} {} into `{table}` fail: they bring no value for `{column}`",
                who.does("insert")
            ),
            label: format!("{column} has to be given from here on"),
            help: format!(
                "give {column} a server default while {who} {}, and drop the default in a later migration",
                who.does("run")
            ),
        }
    }

    fn refused(table: &str, columns: &[Ident], by: &str, who: &Running) -> Self {
        Self {
            headline: format!("rows that {who} {} into `{table}` may fail {by}", who.does("write")),
            label: format!("{} of new rows is checked from here on", listed(columns)),
            help: format!(
                "run this migration when {who} no longer {}, or when you know that what it writes passes",
                who.does("run")
            ),
        }
    }
}

/// Releases as the subject of a sentence.
struct Running {
    names: String,
    is_one: bool,
}

impl Running {
    fn of(names: &[&str]) -> Self {
        Self { names: releases(names), is_one: names.len() == 1 }
    }

    fn does(&self, verb: &str) -> String {
        if self.is_one { format!("{verb}s") } else { verb.to_owned() }
    }
}

impl fmt::Display for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names)
    }
}

