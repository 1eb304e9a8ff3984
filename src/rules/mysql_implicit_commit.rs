//! `mysql-implicit-commit`: what a migration changed stays when a later statement fails.

use crate::effects::{MetadataMode, TransactionBlock};
use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Direction};
use crate::rule::{
    Draft, FixKind, MYSQL, MigrationContext, Rule, RuleMeta, Sink, StatementContext, UP,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a change of a table commits, and what fails later does not undo it",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: MYSQL,
    directions: UP,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let statements: Vec<StatementContext<'_>> = context.statements(Direction::Up).collect();
        if !in_transaction(&statements, sink) {
            several(&statements, sink);
        }
    }
}

/// A transaction that the script opens ends at the first change of a table.
fn in_transaction(statements: &[StatementContext<'_>], sink: &mut Sink<'_>) -> bool {
    let mut wrote = false;
    let mut opened: Option<&StatementContext<'_>> = None;
    for statement in statements {
        let kinds = || statement.actions().iter().map(|action| &action.kind);
        if kinds().any(|kind| *kind == ActionKind::Begin) {
            (opened, wrote) = (Some(statement), false);
            continue;
        }
        if kinds().any(|kind| matches!(kind, ActionKind::Commit | ActionKind::Rollback)) {
            opened = None;
        }
        let commits = statement.effects().transaction_block == TransactionBlock::Commits;
        if let Some(begin) = opened.filter(|_| commits) {
            report_block(begin, statement, wrote, sink);
            return true;
        }
        wrote |= kinds().any(|kind| kind.written_relation().is_some());
    }
    false
}

fn report_block(
    begin: &StatementContext<'_>,
    statement: &StatementContext<'_>,
    wrote: bool,
    sink: &mut Sink<'_>,
) {
    let Some(place) = statement.place(statement.statement().span) else { return };
    let message = match wrote {
        true => {
            "the transaction is committed here with all that it wrote, and no ROLLBACK undoes it"
        }
        false => "the transaction ends here: this and every statement behind it commits by itself",
    };
    sink.add_at(
        statement,
        Draft::at(place, Hazard::Other, message)
            .label("a change of a table commits before it and after it")
            .related(begin.place(begin.statement().span), "opens the transaction")
            .help("leave the transaction out, and give each change of a table a migration of its own, so that one that fails can run again"),
    );
}

/// Several changes of tables that are there: the first stay when a later one fails.
fn several(statements: &[StatementContext<'_>], sink: &mut Sink<'_>) {
    let changes: Vec<&StatementContext<'_>> =
        statements.iter().filter(|one| changes_existing(one)).collect();
    let [first, .., last] = changes.as_slice() else { return };
    let Some(place) = last.place(last.statement().span) else { return };
    let before = changes.len() - 1;
    let stays = match before {
        1 => "the change before it stays".to_owned(),
        many => format!("the {many} changes before it stay"),
    };
    let message = format!("when this fails, {stays}, and the migration cannot simply run again");
    sink.add_at(
        last,
        Draft::at(place, Hazard::Other, message)
            .label("each change of a table commits by itself")
            .related(first.place(first.statement().span), "is committed by then")
            .help("give each change a migration of its own, or join changes of one table into one ALTER TABLE, which is done as a whole or not at all"),
    );
}

/// Whether a statement changes tables that others use; the ones that the migration makes can be
/// dropped and made again.
fn changes_existing(context: &StatementContext<'_>) -> bool {
    let effects = context.effects();
    effects.transaction_block == TransactionBlock::Commits
        && effects.refused.is_none()
        && effects
            .metadata
            .iter()
            .any(|lock| lock.mode == MetadataMode::Exclusive && !context.is_new(&lock.table))
}
