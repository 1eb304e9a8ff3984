//! What a PostgreSQL server shows of a session's work: which relations there are and where their
//! rows lie, which locks the session holds, how many rows it has read in full.
//!
//! What a statement did is the difference between two looks, one before and one after it.

use super::{DatabaseError, Row, Session};
use crate::effects::LockMode;
use crate::migration::{Ident, RelationKind};
use crate::schema::RelationName;
use std::collections::BTreeMap;

/// A relation's number in the catalogue: it stays when the name changes.
pub type Oid = u64;

/// One look.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// Relations of the user by number; temporary ones and TOAST are left out.
    pub relations: BTreeMap<Oid, SeenRelation>,
    /// The strongest lock that the session holds on each.
    pub locks: BTreeMap<Oid, LockMode>,
    /// Rows that the transaction has read by scans of whole tables.
    pub read: BTreeMap<Oid, u64>,
}

/// A relation as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenRelation {
    /// Its name.
    pub name: RelationName,
    /// Its kind.
    pub kind: RelationKind,
    /// The number of its file; 0 where it has no rows of its own.
    pub file: u64,
}

const RELATIONS: &str =
    "SELECT c.oid, n.nspname, c.relname, c.relkind, coalesce(pg_relation_filenode(c.oid), 0)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'f', 'i', 'I', 'S', 'v', 'm')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

const LOCKS: &str = "SELECT relation, mode FROM pg_locks
WHERE locktype = 'relation' AND relation >= 16384
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

const READ: &str = "SELECT relid, seq_tup_read FROM pg_stat_xact_all_tables WHERE seq_tup_read > 0 AND relid >= 16384";

/// Objects of the user, extensions and what they bring included.
const OBJECTS: &str = "SELECT
    (SELECT count(*) FROM pg_class WHERE oid >= 16384 AND relnamespace <> 'pg_toast'::regnamespace)
  + (SELECT count(*) FROM pg_type WHERE oid >= 16384 AND typtype IN ('d', 'e', 'r'))
  + (SELECT count(*) FROM pg_proc WHERE oid >= 16384)
  + (SELECT count(*) FROM pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_')";

impl dyn Session + '_ {
    /// Looks at the session's database.
    ///
    /// # Errors
    /// What the server said.
    pub fn look(&mut self) -> Result<Look, DatabaseError> {
        let relations = self.rows(RELATIONS)?;
        let locks = self.locks_of("pg_backend_pid()")?;
        let read = self.rows(READ)?;
        let mut look = Look { locks, ..Look::default() };
        look.relations.extend(relations.iter().filter_map(seen));
        look.read.extend(read.iter().filter_map(|row| Some((number(row, 0)?, number(row, 1)?))));
        Ok(look)
    }

    /// The strongest lock on each relation that the session with this number holds or waits for.
    ///
    /// # Errors
    /// What the server said.
    pub fn locks_of(&mut self, pid: &str) -> Result<BTreeMap<Oid, LockMode>, DatabaseError> {
        let mut locks = BTreeMap::new();
        for row in &self.rows(&format!("{LOCKS} AND pid = {pid}"))? {
            let (Some(relation), Some(mode)) = (number(row, 0), text(row, 1).and_then(mode)) else {
                continue;
            };
            let held = locks.entry(relation).or_insert(mode);
            *held = mode.max(*held);
        }
        Ok(locks)
    }

    /// Whether nobody has made anything in the database.
    ///
    /// # Errors
    /// What the server said.
    pub fn is_empty(&mut self) -> Result<bool, DatabaseError> {
        Ok(self.value(OBJECTS)?.as_deref() == Some("0"))
    }

    /// Whether a table has a row.
    ///
    /// # Errors
    /// What the server said.
    pub fn has_rows(&mut self, table: &RelationName) -> Result<bool, DatabaseError> {
        let name = format!(
            "{}.{}",
            super::identifier(table.schema.as_str()),
            super::identifier(table.name.as_str())
        );
        Ok(!self.rows(&format!("SELECT 1 FROM {name} LIMIT 1"))?.is_empty())
    }
}

fn text(row: &Row, at: usize) -> Option<&str> {
    row.get(at)?.as_deref()
}

fn number(row: &Row, at: usize) -> Option<u64> {
    text(row, at)?.parse().ok()
}

fn seen(row: &Row) -> Option<(Oid, SeenRelation)> {
    let name = RelationName::new(Ident::new(text(row, 1)?), Ident::new(text(row, 2)?));
    let kind = match text(row, 3)? {
        "i" | "I" => RelationKind::Index,
        "S" => RelationKind::Sequence,
        "v" => RelationKind::View,
        "m" => RelationKind::MaterializedView,
        _ => RelationKind::Table,
    };
    Some((number(row, 0)?, SeenRelation { name, kind, file: number(row, 4)? }))
}

/// `AccessExclusiveLock`.
fn mode(name: &str) -> Option<LockMode> {
    let name = name.strip_suffix("Lock")?;
    LockMode::ALL.into_iter().find(|mode| mode.to_string() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_of_the_server_has_a_name_of_ours() {
        assert_eq!(mode("AccessShareLock"), Some(LockMode::AccessShare));
        assert_eq!(mode("ShareRowExclusiveLock"), Some(LockMode::ShareRowExclusive));
        assert_eq!(mode("SIReadLock"), None);
    }
}
