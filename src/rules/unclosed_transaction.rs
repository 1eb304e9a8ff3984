//! `unclosed-transaction`: a script opens a transaction and does not end it.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::{ActionKind, Dialect, Direction, Origin, Script, Statement, TransactionMode};
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a script leaves its transaction open",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for direction in [Direction::Up, Direction::Down] {
            let Some(script) = context.migration.script(direction) else { continue };
            let Some(open) = left_open(script) else { continue };
            let statements = context.statements(direction);
            let found = statements.into_iter().find(|one| one.statement().span == open.span);
            if let Some(statement) = found {
                let last = context.statements(direction).last();
                let edit = last.and_then(|last| last.insert_line_behind("COMMIT"));
                report(&statement, edit, sink);
            }
        }
    }
}

/// The BEGIN that nothing ends. Within a transaction of the tool that one ends it.
fn left_open(script: &Script) -> Option<&Statement> {
    if !matches!(script.source.transaction, TransactionMode::Autocommit | TransactionMode::OneString) {
        return None;
    }
    let mut open = None;
    for statement in script.statements().filter(|one| one.origin == Origin::TopLevel) {
        for action in &statement.actions {
            match action.kind {
                ActionKind::Begin => open = open.or(Some(statement)),
                ActionKind::Commit | ActionKind::Rollback => open = None,
                _ => {}
            }
        }
    }
    open
}

fn report(context: &StatementContext<'_>, edit: Option<Edit>, sink: &mut Sink<'_>) {
    let Some(place) = context.place(context.statement().span) else { return };
    let draft = Draft::at(place, Hazard::Other, "what this script does is rolled back when the connection ends, or its locks stay")
        .label("no COMMIT follows")
        .help("write COMMIT at the end of the script");
    let draft = match edit {
        Some(edit) => draft.fix(Applicability::Unsafe, "commit at the end", edit),
        None => draft,
    };
    sink.add_at(context, draft);
}
