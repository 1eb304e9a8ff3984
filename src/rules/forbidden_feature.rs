//! `forbidden-feature`: a migration uses a feature that the project does not want.

use crate::finding::{Category, Hazard};
use crate::migration::{Action, ActionKind, Dialect, ObjectKind, ObjectName};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a migration uses a feature that the project does not want",
    severity: None,
    category: Category::Convention,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {
    /// What is not wanted.
    features: Vec<Feature>,
}

/// What a project may do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Feature {
    /// Functions and procedures.
    Routine,
    /// Triggers.
    Trigger,
    /// MySQL's events.
    Event,
    /// Views, materialized or not.
    View,
    /// PostgreSQL's rules.
    Rule,
    /// Extensions.
    Extension,
    /// `USE`.
    Use,
    /// Names with a database (MySQL).
    OtherDatabase,
}

impl Default for Check {
    fn default() -> Self {
        use Feature::{Event, OtherDatabase, Routine, Rule, Trigger, Use};
        Self { features: vec![Routine, Trigger, Event, Rule, Use, OtherDatabase] }
    }
}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let used = features(context, &action.kind);
        let feature = used.into_iter().find(|used| self.features.contains(used))?;
        let message = format!("not in this project: {}", feature.noun());
        Some(
            Draft::at(context.place(action.span)?, Hazard::Other, message)
                .label("lockgate.toml lists it under forbidden-feature")
                .help("do without it, or allow it here with a reason"),
        )
    }
}

impl Feature {
    fn noun(self) -> &'static str {
        match self {
            Self::Routine => "functions and procedures",
            Self::Trigger => "triggers",
            Self::Event => "events of the server",
            Self::View => "views",
            Self::Rule => "rewrite rules",
            Self::Extension => "extensions",
            Self::Use => "USE, which changes the database for what follows",
            Self::OtherDatabase => "names of another database",
        }
    }
}

fn features(context: &StatementContext<'_>, kind: &ActionKind) -> Vec<Feature> {
    let named = match kind {
        ActionKind::CreateFunction(_) => Some(Feature::Routine),
        ActionKind::CreateTrigger(_) => Some(Feature::Trigger),
        ActionKind::CreateView(view) if !view.temporary => Some(Feature::View),
        ActionKind::CreateExtension { .. } => Some(Feature::Extension),
        ActionKind::Use(_) => Some(Feature::Use),
        ActionKind::CreateObject(made) => match made.kind {
            ObjectKind::Event => Some(Feature::Event),
            ObjectKind::Rule => Some(Feature::Rule),
            ObjectKind::EventTrigger => Some(Feature::Trigger),
            ObjectKind::Aggregate | ObjectKind::Package => Some(Feature::Routine),
            _ => None,
        },
        _ => None,
    };
    // PostgreSQL has schemas where MySQL has databases.
    let has_databases = context.target().dialect.is_mysql();
    let elsewhere = relation(kind).is_some_and(|name| name.schema.is_some() && has_databases);
    named.into_iter().chain(elsewhere.then_some(Feature::OtherDatabase)).collect()
}

fn relation(kind: &ActionKind) -> Option<&ObjectName> {
    match kind {
        ActionKind::CreateTable(table) => Some(&table.name),
        ActionKind::AlterTable { table, .. } => Some(&table.name),
        ActionKind::CreateIndex(index) => Some(&index.table),
        ActionKind::CreateView(view) => Some(&view.name),
        kind => kind.written_relation(),
    }
}
