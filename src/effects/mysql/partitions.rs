//! Commands on partitions.
//!
//! MySQL's engine carries them out itself (`ha_innopart`); MariaDB's server does, and takes neither
//! `ALGORITHM=` nor `LOCK=` with them.

use super::request::Outcome;
use super::shape::Shape;
use super::support::Support;
use crate::effects::{Cause, Method, Rebuilt, Refusal, TableLock};
use crate::migration::{Dialect, MaintenanceCommand, Online, PartitionChange, Partitions, Target};

/// What is made anew, and who waits meanwhile.
struct Cost {
    rebuilt: Rebuilt,
    lock: TableLock,
}

/// How a command on partitions is carried out; `Err` where no algorithm has a say.
pub(super) fn support(change: &PartitionChange, target: &Target) -> Result<Support, Outcome> {
    let has_say = target.dialect == Dialect::Mysql && engine_decides(change);
    let Cost { rebuilt, lock } = cost(change);
    let cause = Cause::Partitions;
    if has_say {
        return Ok(Support::InPlace { lock, rebuilt, cause });
    }
    let cause = (rebuilt != Rebuilt::No).then_some(cause);
    Err(Outcome { method: Method::Fixed(rebuilt), lock, cause })
}

/// Commands whose cost MySQL's clauses speak of.
fn engine_decides(change: &PartitionChange) -> bool {
    matches!(
        change,
        PartitionChange::Add(_)
            | PartitionChange::AddCount(_)
            | PartitionChange::Drop { .. }
            | PartitionChange::Coalesce(_)
            | PartitionChange::Reorganize { .. }
            | PartitionChange::Maintain { command: MaintenanceCommand::Rebuild, .. }
    )
}

fn cost(change: &PartitionChange) -> Cost {
    let (rebuilt, lock) = match change {
        PartitionChange::AddCount(_) | PartitionChange::Coalesce(_) => {
            (Rebuilt::Table, TableLock::Shared)
        }
        PartitionChange::Reorganize { names, .. } if names.is_empty() => {
            (Rebuilt::Table, TableLock::Shared)
        }
        PartitionChange::Reorganize { .. } => (Rebuilt::Partitions, TableLock::Shared),
        PartitionChange::Truncate(Partitions::All) => (Rebuilt::Table, TableLock::Exclusive),
        PartitionChange::Truncate(_) | PartitionChange::Exchange { .. } => {
            (Rebuilt::Partitions, TableLock::Exclusive)
        }
        PartitionChange::Maintain { command, partitions } => match (command, partitions) {
            // The engine knows no other way than all of the table.
            (MaintenanceCommand::Optimize, _) => (Rebuilt::Table, TableLock::Shared),
            (MaintenanceCommand::Rebuild, Partitions::All) => (Rebuilt::Table, TableLock::Shared),
            (MaintenanceCommand::Rebuild, _) => (Rebuilt::Partitions, TableLock::Shared),
            _ => (Rebuilt::No, TableLock::None),
        },
        _ => (Rebuilt::No, TableLock::None),
    };
    Cost { rebuilt, lock }
}

/// Why the server refuses the command.
pub(super) fn refusal(
    change: &PartitionChange,
    shape: &Shape,
    online: &Online,
    target: &Target,
) -> Option<Refusal> {
    if !shape.partitioned && shape.known {
        return Some(Refusal::unfit("the table is not partitioned"));
    }
    let has_clause = online.algorithm.is_some() || online.lock.is_some();
    let takes_none = target.dialect == Dialect::Mariadb
        && !matches!(change, PartitionChange::By(_) | PartitionChange::Remove);
    (has_clause && takes_none)
        .then(|| Refusal::from("commands on partitions take neither ALGORITHM= nor LOCK="))
}

/// Whether rows are gone afterwards.
pub(super) fn loses_rows(change: &PartitionChange) -> bool {
    matches!(change, PartitionChange::Drop { .. } | PartitionChange::Truncate(_))
}
