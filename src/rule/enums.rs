//! Types of enums that directives of a framework make without a word, and that nothing drops.

use super::{MigrationContext, directives};
use crate::migration::{ActionKind, ObjectName, Origin};

impl MigrationContext<'_> {
    /// Types that the way forward makes beside a table and that are still there after the way
    /// back, where all of that is understood.
    pub fn enums_left_behind(&self) -> Vec<ObjectName> {
        let Some(returned) = self.returned else { return Vec::new() };
        let down = || directives(self.migration.down.as_ref());
        let understood = down().all(|one| {
            one.step
                .statements
                .iter()
                .flat_map(|statement| &statement.actions)
                .all(|action| action.kind.is_understood())
        });
        if !understood || down().next().is_none() {
            return Vec::new();
        }
        let steps = self.migration.up.iter().flat_map(|script| &script.steps);
        let statements = steps.flat_map(|step| &step.statements);
        let implied = statements.filter(|statement| statement.origin == Origin::Implied);
        let made = implied.flat_map(|statement| &statement.actions).filter_map(|action| {
            match &action.kind {
                ActionKind::CreateEnum(create) => Some(create.name.clone()),
                _ => None,
            }
        });
        made.filter(|name| {
            returned.type_def(name).is_some() && self.before.type_def(name).is_none()
        })
        .collect()
    }
}
