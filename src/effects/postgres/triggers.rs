//! Triggers and policies.

use super::draft::Draft;
use crate::effects::LockMode;
use crate::migration::{CreatePolicy, CreateTrigger, TriggerTiming};

/// `CREATE TRIGGER`: a row trigger of a partitioned table is made in every partition.
pub(super) fn create(draft: &mut Draft<'_>, trigger: &CreateTrigger) {
    let table = draft.resolve(&trigger.table);
    draft.needs(&table);
    draft.lock(&table, LockMode::ShareRowExclusive);
    if let Some(from) = &trigger.from {
        let from = draft.resolve(from);
        draft.lock(&from, LockMode::AccessShare);
    }
    if !draft.is_partitioned(&table) || !trigger.for_each_row {
        return;
    }
    if trigger.timing == TriggerTiming::Before && !draft.target.at_least(13) {
        draft.refuse("a partitioned table cannot have BEFORE row triggers");
    }
    draft.lock_tree(&table, LockMode::ShareRowExclusive);
}

/// `CREATE POLICY`.
pub(super) fn create_policy(draft: &mut Draft<'_>, policy: &CreatePolicy) {
    let table = draft.resolve(&policy.table);
    draft.needs(&table);
    draft.lock(&table, LockMode::AccessExclusive);
}
