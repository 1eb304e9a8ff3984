//! `needless-no-transaction`: a script leaves its transaction though nothing in it has to.

use crate::effects::TransactionBlock;
use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::{
    ActionKind, Dialect, NoTransaction, ObjectKind, Script, Statement, TableChange, TransactionMode,
};
use crate::rule::{BOTH, Draft, FixKind, Once, Rule, RuleMeta, Sink, StatementContext};
use crate::source::{Place, Span};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a script leaves its transaction though nothing in it has to",
    severity: Some(Severity::Note),
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
        let Some(script) = context.script() else { return };
        let mut statements = script.statements();
        let is_first = statements.next().is_some_and(|first| std::ptr::eq(first, context.statement()));
        if !is_first || !is_needless(context, script) {
            return;
        }
        let Some(marker) = marker(context, script) else { return };
        let draft = Draft::at(marker.clone(), Hazard::Other, "the script leaves its transaction, and nothing in it has to")
            .label("what it does and the tool's record of it are not committed together")
            .why("after a failure the tool does not know what is done and what is not")
            .help("leave the marker out")
            .once(Once::PerScript);
        sink.add(match without(context, &marker) {
            Some(edit) => draft.fix(Applicability::Unsafe, "run it in the tool's transaction", edit),
            None => draft,
        });
    }
}

/// Whether all statements may run in a transaction, and gain nothing from being sent alone: one by
/// one, they hold each lock for less time. A line at the head of a file is about both its ways.
fn is_needless(context: &StatementContext<'_>, script: &Script) -> bool {
    let mode = script.source.transaction;
    let leaves = matches!(mode, TransactionMode::OneString | TransactionMode::Autocommit);
    let allowed = context.effects().transaction_block == TransactionBlock::Allowed;
    let first_line =
        matches!(context.project.conventions.no_transaction, NoTransaction::FirstLine(_));
    let migration = context.migration();
    let ways = [&migration.up, &migration.down].into_iter().flatten();
    let file = script.source.file.path();
    let mut covered =
        ways.filter(|way| first_line && way.source.file.path() == file && way.source.direction != script.source.direction);
    leaves && allowed && is_light(script) && covered.all(is_light)
}

/// Whether a script is one string, or one statement, of which nothing wants to be by itself.
fn is_light(script: &Script) -> bool {
    let mode = script.source.transaction;
    let together = mode == TransactionMode::OneString || script.statements().nth(1).is_none();
    together && script.statements().all(is_plain)
}

/// Statements of which it is plain that a transaction changes nothing for them. Left out are those
/// that could be concurrent, that take long, and values of an enum, which are used once they are
/// committed.
fn is_plain(statement: &Statement) -> bool {
    statement.actions.iter().all(|action| match &action.kind {
        ActionKind::AlterTable { change, .. } => !matches!(
            change.as_ref(),
            TableChange::DetachPartition { .. } | TableChange::ValidateConstraint { .. }
        ),
        ActionKind::Drop(drop) => drop.kind != ObjectKind::Index,
        ActionKind::CreateTable(_)
        | ActionKind::CreateView(_)
        | ActionKind::CreateFunction(_)
        | ActionKind::CreateTrigger(_)
        | ActionKind::CreatePolicy(_)
        | ActionKind::Comment(_)
        | ActionKind::Grant(_)
        | ActionKind::Insert(_) => true,
        _ => false,
    })
}

/// The line that takes the script out of the transaction.
fn marker(context: &StatementContext<'_>, script: &Script) -> Option<Place> {
    let file = &script.source.file;
    let written = match context.project.conventions.no_transaction {
        NoTransaction::FirstLine(line) => line.trim_end(),
        how @ NoTransaction::SectionMarker { .. } => how.script_line(context.direction())?,
        _ => return None,
    };
    let head = file.text().get(..context.statement().span.start)?;
    let at = head.rfind(written)?;
    let ends = head.get(at + written.len()..)?.starts_with(['\n', '\r', ' ']);
    ends.then(|| Place { file: file.clone(), span: Span::new(at, at + written.len()) })
}

/// Takes the line out, or what it has beyond the line that opens the section.
fn without(context: &StatementContext<'_>, marker: &Place) -> Option<Edit> {
    let text = match context.project.conventions.no_transaction {
        NoTransaction::FirstLine(_) => String::new(),
        NoTransaction::SectionMarker { .. } => marker.text().rsplit_once(' ')?.0.to_owned(),
        _ => return None,
    };
    let rest = marker.file.text().get(marker.span.end..)?;
    let gap = match text.is_empty() {
        true => rest.len() - rest.trim_start_matches(['\r', '\n']).len(),
        false => 0,
    };
    let span = Span::new(marker.span.start, marker.span.end + gap);
    Some(Edit { place: Place { span, ..marker.clone() }, text })
}
