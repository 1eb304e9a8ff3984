//! Engines that can do no more than change a table's description
//! (`handler::check_if_supported_inplace_alter`).

use super::changes::Change as C;
use super::difference::Difference;
use super::support::Support;
use crate::effects::{Cause, Rebuilt, TableLock};
use crate::migration::{Dialect, Target};

/// What an engine other than InnoDB can do.
pub(super) fn support(found: &Difference<'_>, target: &Target) -> Support {
    let described = |change| {
        matches!(
            change,
            C::ColumnName
                | C::Default
                | C::Restated
                | C::RenameIndex
                | C::IndexComment
                | C::IndexVisibility
                | C::Options
                | C::DropCheck
        )
    };
    if !found.changes.all(described) {
        return Support::copy(Cause::ForeignEngine);
    }
    if target.dialect == Dialect::Mariadb || target.at_least(8) {
        return Support::Instant { lock: TableLock::None, in_place: Rebuilt::No };
    }
    Support::InPlace {
        lock: TableLock::Exclusive,
        rebuilt: Rebuilt::No,
        cause: Cause::ForeignEngine,
    }
}
