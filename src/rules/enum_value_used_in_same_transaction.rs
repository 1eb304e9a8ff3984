//! `enum-value-used-in-same-transaction`: a new enum value is used before it is committed.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect, EnumChange, ObjectName};
use crate::rule::{
    BOTH, Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, Step, in_steps,
};
use crate::schema::Schema;
use crate::source::Place;
use crate::timeline::Entry;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a new enum value is used in the transaction that adds it",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn transaction(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        if !context.transaction.kind.is_block() {
            return;
        }
        let mut added: Vec<Added<'_>> = Vec::new();
        for one in context.each_of_transaction() {
            if let Some(used) = added.iter().find(|added| is_used(&one, added)) {
                judge(&one, used, sink);
            }
            added.extend(added_values(one.entry));
        }
    }
}

fn judge(context: &StatementContext<'_>, used: &Added<'_>, sink: &mut Sink<'_>) {
    let Some(place) = context.place(context.statement().span) else { return };
    let Added { kind, value, place: added } = used;
    let message =
        format!("using '{value}' fails: the transaction that adds it to `{kind}` is still open");
    let later = in_steps(context, &[Step::new([context.one_line()])]);
    let draft = Draft::at(place, Hazard::Fails, message)
        .label("the server refuses the new value here (55P04), and the migration stops")
        .related(added.clone(), "added here")
        .help(format!("use it after the commit:\n{later}"));
    sink.add_at(context, draft);
}

/// A value that the transaction added to an enum.
struct Added<'a> {
    kind: &'a ObjectName,
    value: &'a str,
    place: Option<Place>,
}

/// Values listed in `CREATE TYPE` may be used at once; they are not in here.
fn added_values<'a>(entry: &'a Entry<'_>) -> Vec<Added<'a>> {
    let script = entry.migration.script(entry.direction);
    let place = script.map(|script| script.place(entry.statement.span));
    let actions = entry.statement.actions.iter();
    actions
        .filter_map(|action| match &action.kind {
            ActionKind::AlterEnum(change) => match &change.change {
                EnumChange::AddValue { value, .. } if !is_listed(&entry.before, change, value) => {
                    Some(Added { kind: &change.name, value, place: place.clone() })
                }
                _ => None,
            },
            _ => None,
        })
        .collect()
}

/// `ADD VALUE IF NOT EXISTS` of a value that is there adds nothing.
fn is_listed(schema: &Schema, change: &crate::migration::AlterEnum, value: &str) -> bool {
    use crate::schema::TypeBody;
    schema.type_def(&change.name).is_some_and(|known| match &known.body {
        TypeBody::Enum { values } => values.iter().any(|(known, _)| known == value),
        _ => false,
    })
}

/// Whether the statement evaluates the value: its literal stands in it, cast to the type or
/// together with a column of it.
fn is_used(context: &StatementContext<'_>, added: &Added<'_>) -> bool {
    let evaluates = context.actions().iter().any(|action| {
        !matches!(
            action.kind,
            ActionKind::AlterEnum(_)
                | ActionKind::CreateFunction(_)
                | ActionKind::Comment(_)
                | ActionKind::Set(_)
                | ActionKind::Session { .. }
        )
    });
    let sql = &context.statement().sql;
    evaluates
        && sql.contains(&format!("'{}'", added.value.replace('\'', "''")))
        && (names(sql, added.kind) || touches_column(context, added.kind))
}

/// Whether the type's name stands in the text as a word.
fn names(sql: &str, kind: &ObjectName) -> bool {
    sql.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|word| word.eq_ignore_ascii_case(kind.name.as_str()))
}

/// Whether a table of the statement has a column of the type.
fn touches_column(context: &StatementContext<'_>, kind: &ObjectName) -> bool {
    let effects = context.effects();
    let touched = effects.locks.iter().map(|lock| &lock.relation);
    let touched = touched.chain(effects.work.iter().map(|work| &work.relation));
    let mut tables = touched.filter_map(|name| context.before().table(name).any());
    tables.any(|table| {
        table.columns.iter().any(|column| {
            column.data_type.as_ref().is_some_and(|data_type| data_type.name.name == kind.name)
        })
    })
}
