//! How a runner that looks at the statements first sends a script.

use crate::migration::{
    ActionKind, EnumChange, ObjectKind, Origin, Script, Statement, Target, TransactionMode,
};

/// Decides what [`TransactionMode::UnlessRefused`] comes to for this script; others stay.
pub fn effective_mode(script: &Script, target: &Target) -> TransactionMode {
    let mode = script.source.transaction;
    if mode != TransactionMode::UnlessRefused {
        return mode;
    }
    let refuses = |statement: &Statement| {
        statement.origin == Origin::TopLevel
            && statement.actions.iter().any(|action| is_detected(&action.kind, target))
    };
    if script.statements().any(refuses) {
        TransactionMode::Autocommit
    } else {
        TransactionMode::PerScript
    }
}

/// The statements that Flyway's parser takes for non-transactional on PostgreSQL
/// (`PostgreSQLParser.detectCanExecuteInTransaction`).
fn is_detected(kind: &ActionKind, target: &Target) -> bool {
    match kind {
        ActionKind::CreateIndex(index) => index.concurrently,
        ActionKind::Drop(drop) => {
            drop.concurrently
                || matches!(
                    drop.kind,
                    ObjectKind::Database | ObjectKind::Tablespace | ObjectKind::Subscription
                )
        }
        ActionKind::CreateObject(object) => matches!(
            object.kind,
            ObjectKind::Database | ObjectKind::Tablespace | ObjectKind::Subscription
        ),
        ActionKind::AlterObject(object) => object.kind == ObjectKind::System,
        ActionKind::Vacuum(_) => true,
        ActionKind::Reindex(reindex) => {
            use crate::migration::ReindexTarget as Of;
            matches!(reindex.target, Of::Schema(_) | Of::Database(_) | Of::System(_))
        }
        ActionKind::AlterEnum(change) => {
            matches!(change.change, EnumChange::AddValue { .. }) && !target.at_least(12)
        }
        ActionKind::Session { command } => command == "discard all",
        _ => false,
    }
}
