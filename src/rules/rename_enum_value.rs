//! `rename-enum-value`: a value of an enum is renamed under releases that use the old one.

use crate::deployed::BreakKind;
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect, EnumChange, ObjectName};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, Sink, StatementContext, UP};
use crate::schema::TypeBody;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "an enum value is renamed that running releases may use",
    severity: Some(Severity::Error),
    category: Category::Compatibility,
    dialects: &[Dialect::Postgres],
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
        for action in context.actions() {
            let ActionKind::AlterEnum(alter) = &action.kind else { continue };
            let EnumChange::RenameValue { from, to } = &alter.change else { continue };
            if is_new(context, &alter.name, from) {
                continue;
            }
            let Some(place) = context.place(action.span) else { continue };
            let message = format!("running releases that read or write '{from}' of `{}` fail", alter.name);
            let name = context.resolve(&alter.name);
            let proof = context.proof_of(&name, BreakKind::ValueRenamed(from.clone()));
            let draft = Draft::at(place, Hazard::Breaking, message)
                    .label(format!("'{from}' is called '{to}' from here on, for every release"))
                    .help(format!(
                        "add '{to}' as a value of its own, deploy a release that reads both and writes '{to}', then move the rows in batches"
                    ));
            let unused = format!("'{from}' of `{}` is called '{to}' from here on", alter.name);
            draft.proven(&proof, unused).into_iter().for_each(|draft| sink.add(draft));
        }
    }
}

/// Whether no deployed release can know the value: it came with this batch.
fn is_new(context: &StatementContext<'_>, name: &ObjectName, value: &str) -> bool {
    let Some(known) = context.before().type_def(name).filter(|known| known.certain) else {
        return false;
    };
    let start = context.transaction.batch_start;
    let TypeBody::Enum { values } = &known.body else { return false };
    known.born >= start || values.iter().any(|(known, born)| known == value && *born >= start)
}
