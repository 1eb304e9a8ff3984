//! `feature-newer-than-server`: a statement needs a newer server than the one it is for.

use crate::effects::RefusalKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, ColumnChange, ColumnConstraint, ColumnDef, ConstraintKind, DetachMode, Dialect,
    Expr, FunctionCall, Lacking, Query, TableChange, Validity,
};

use crate::rule::{BOTH, Draft, FixKind, Once, Rule, RuleMeta, SERVERS, Sink, StatementContext};
use crate::source::Place;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a statement needs a newer server",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: SERVERS,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

const VIRTUAL: &str = "virtual generated columns";

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        if context.target().dialect != Dialect::Postgres {
            return refused(context, sink);
        }
        for action in context.actions() {
            let Some((what, since)) = newest(context, action) else { continue };
            if context.target().at_least(since) {
                continue;
            }
            let Some(place) = context.place(action.span) else { continue };
            let version = context.target().version;
            if context.project.version_assumed {
                let since = format!("PostgreSQL {since}");
                sink.add(no_version(place, &format!("{what} came with {since}"), &since));
                continue;
            }
            let message = format!("the migration fails here: PostgreSQL {version} has no {what}");
            let draft = Draft::at(place, Hazard::Fails, message)
                .label(format!("{what} came with PostgreSQL {since}"))
                .help(OTHER_FORM);
            // Without `persisted=` SQLAlchemy leaves the choice to the server.
            sink.add(match context.directive() {
                Some(_) if what == VIRTUAL => draft.help("store the values: `sa.Computed(…, persisted=True)`"),
                _ => draft,
            });
        }
    }
}

const OTHER_FORM: &str = "write it in a form that the server knows, or set server-version of the project to the server that runs it";

/// What the effects know of MySQL and MariaDB.
fn refused(context: &StatementContext<'_>, sink: &mut Sink<'_>) {
    let Some(refused) = context.refused(RefusalKind::Newer) else { return };
    if !context.project.version_assumed {
        return refused.draft(context, OTHER_FORM).into_iter().for_each(|draft| sink.add(draft));
    }
    let target = context.target();
    let newer = context.statement().forms.iter().find_map(|form| match form.lacking(target)? {
        Lacking::Newer(since) => Some((form.title(), since)),
        Lacking::Foreign | Lacking::Gone(_) => None,
    });
    let Some(((title, since), place)) = newer.zip(context.place(refused.span)) else { return };
    let since = format!("{} {}", target.dialect.title(), since.with_minor());
    sink.add(no_version(place, &format!("{title} came with {since}"), &since));
}

/// Said once where nobody configured a version.
fn no_version(place: Place, came: &str, since: &str) -> Draft {
    let message = format!("this needs {since} or newer, and no server-version is configured");
    Draft::at(place, Hazard::Other, message)
        .severity(Severity::Note)
        .once(Once::PerProject)
        .label(came)
        .help("set server-version of the project in lockgate.toml, so that all of it is judged for the server that runs it")
}

/// The newest thing that the action needs, with the major version that brought it.
fn newest(context: &StatementContext<'_>, action: &Action) -> Option<(&'static str, u16)> {
    let needs = [written(action), called(context, action)];
    needs.into_iter().flatten().max_by_key(|(_, since)| *since)
}

/// The newest clause of the action.
fn written(action: &Action) -> Option<(&'static str, u16)> {
    match &action.kind {
        ActionKind::AlterTable { change, .. } => changed(change),
        ActionKind::CreateTable(table) => {
            let inline = table.columns.iter().flat_map(|column| &column.constraints);
            let inline = inline.filter_map(column_constraint);
            let listed = table.constraints.iter().filter_map(|it| constraint(&it.kind, it.validity));
            inline.chain(listed).max_by_key(|(_, since)| *since)
        }
        ActionKind::CreateIndex(index) if index.nulls_not_distinct => {
            Some(("NULLS NOT DISTINCT", 15))
        }
        ActionKind::Merge(_) => Some(("MERGE", 15)),
        // As a statement of its own it would be this; CREATE CONSTRAINT TRIGGER never had it.
        ActionKind::CreateTrigger(trigger) if trigger.or_replace => {
            Some(("CREATE OR REPLACE TRIGGER", 14))
        }
        _ => None,
    }
}

fn changed(change: &TableChange) -> Option<(&'static str, u16)> {
    match change {
        TableChange::DetachPartition { mode: DetachMode::Concurrently, .. } => {
            Some(("DETACH PARTITION … CONCURRENTLY", 14))
        }
        TableChange::DetachPartition { mode: DetachMode::Finalize, .. } => {
            Some(("DETACH PARTITION … FINALIZE", 14))
        }
        TableChange::SetAccessMethod { .. } => Some(("SET ACCESS METHOD", 15)),
        TableChange::AddColumn { column, .. } => column
            .constraints
            .iter()
            .filter_map(column_constraint)
            .max_by_key(|(_, since)| *since),
        TableChange::AddConstraint(added) => constraint(&added.kind, added.validity),
        TableChange::AlterConstraint { enforced: Some(_), .. } => {
            Some(("ALTER CONSTRAINT … ENFORCED", 18))
        }
        TableChange::AlterColumn { change, .. } => match change {
            ColumnChange::SetExpression(_) => Some(("SET EXPRESSION", 17)),
            ColumnChange::DropExpression { .. } => Some(("DROP EXPRESSION", 13)),
            ColumnChange::SetCompression => Some(("SET COMPRESSION", 14)),
            _ => None,
        },
        _ => None,
    }
}

fn column_constraint(constraint: &ColumnConstraint) -> Option<(&'static str, u16)> {
    match constraint {
        ColumnConstraint::Generated { stored: false, .. } => Some((VIRTUAL, 18)),
        ColumnConstraint::Unique { nulls_not_distinct: true, .. } => {
            Some(("NULLS NOT DISTINCT", 15))
        }
        ColumnConstraint::Check { validity: Validity::NotEnforced, .. }
        | ColumnConstraint::References { validity: Validity::NotEnforced, .. } => {
            Some(("NOT ENFORCED", 18))
        }
        _ => None,
    }
}

fn constraint(kind: &ConstraintKind, validity: Validity) -> Option<(&'static str, u16)> {
    match kind {
        _ if validity == Validity::NotEnforced => Some(("NOT ENFORCED", 18)),
        ConstraintKind::NotNull { .. } => Some(("ADD CONSTRAINT … NOT NULL", 18)),
        ConstraintKind::PrimaryKey { without_overlaps: true, .. }
        | ConstraintKind::Unique { without_overlaps: true, .. } => Some(("WITHOUT OVERLAPS", 18)),
        ConstraintKind::ForeignKey { period: true, .. } => Some(("PERIOD", 18)),
        ConstraintKind::Unique { nulls_not_distinct: true, .. } => Some(("NULLS NOT DISTINCT", 15)),
        _ => None,
    }
}

/// Functions that came with a version, called in a default or a query, unless the history or an
/// extension brings one of that name.
fn called(context: &StatementContext<'_>, action: &Action) -> Option<(&'static str, u16)> {
    const BORN: &[(&str, &str, u16)] = &[
        ("gen_random_uuid", "gen_random_uuid() without an extension", 13),
        ("uuidv7", "uuidv7()", 18),
        ("uuidv4", "uuidv4()", 18),
        ("string_to_table", "string_to_table()", 14),
        ("date_bin", "date_bin()", 14),
        ("any_value", "any_value()", 16),
        ("json_table", "JSON_TABLE", 17),
    ];
    calls(action).into_iter().find_map(|call| {
        let (_, what, since) = BORN.iter().find(|(name, ..)| call.name.name == *name)?;
        let is_ours = !context.before().routines(&call.name).is_empty();
        let is_plain = call.name.schema.is_none();
        (is_plain && !is_ours && context.before().is_complete() && !has_extension(context))
            .then_some((*what, *since))
    })
}

/// Functions that the action calls, or has new rows call.
fn calls(action: &Action) -> Vec<&FunctionCall> {
    match &action.kind {
        ActionKind::Select(query) => of_query(query).collect(),
        ActionKind::Insert(insert) => of_query(&insert.query).collect(),
        ActionKind::CreateTable(table) => table.columns.iter().flat_map(of_default).collect(),
        ActionKind::AlterTable { change, .. } => match change.as_ref() {
            TableChange::AddColumn { column, .. } => of_default(column).collect(),
            TableChange::AlterColumn { change: ColumnChange::SetDefault(expr), .. } => {
                expr.functions().iter().collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn of_query(query: &Query) -> impl Iterator<Item = &FunctionCall> {
    query.facts.as_ref().ok().into_iter().flat_map(|facts| &facts.functions)
}

fn of_default(column: &ColumnDef) -> impl Iterator<Item = &FunctionCall> {
    let defaults = column.constraints.iter().filter_map(|constraint| match constraint {
        ColumnConstraint::Default(expr) => Some(expr),
        _ => None,
    });
    defaults.flat_map(Expr::functions)
}

fn has_extension(context: &StatementContext<'_>) -> bool {
    ["pgcrypto", "uuid-ossp", "pg_uuidv7"]
        .into_iter()
        .any(|name| context.before().has_extension(&name.into()))
}
