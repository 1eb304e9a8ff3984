//! What becomes of a change under the `ALGORITHM=` and `LOCK=` of its statement.

use super::support::{Decision, Support};
use crate::effects::{Cause, Method, Rebuilt, Refusal, TableLock};
use crate::migration::{Algorithm, Dialect, LockLevel, Online, Target};

/// How a statement is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    /// How.
    pub method: Method,
    /// What others may do.
    pub lock: TableLock,
    /// Why no cheaper.
    pub cause: Option<Cause>,
}

/// A statement's wishes, on a server.
pub(super) struct Request<'a> {
    /// Its clauses.
    pub online: &'a Online,
    /// The server.
    pub target: &'a Target,
    /// Whether a copy lets others write (MariaDB from 11.2).
    pub copies_online: bool,
}

impl Request<'_> {
    /// How the change is carried out, or why the server refuses it.
    pub fn resolve(&self, support: &Support) -> Result<Outcome, Refusal> {
        let outcome = match self.algorithm() {
            Algorithm::Default => self.by_default(support),
            Algorithm::Instant => self.instant(support)?,
            Algorithm::NoCopy => self.no_copy(support)?,
            Algorithm::InPlace => self.in_place(support)?,
            Algorithm::Copy => self.copied(Some(Cause::Demanded)),
        };
        self.locked(outcome, support)
    }

    fn algorithm(&self) -> Algorithm {
        self.online.algorithm.unwrap_or(Algorithm::Default)
    }

    fn is_mysql(&self) -> bool {
        self.target.dialect == Dialect::Mysql
    }

    fn by_default(&self, support: &Support) -> Outcome {
        match support {
            Support::Instant { lock, .. } => {
                // MySQL before 8.0 has no name for it.
                let has_name = !self.is_mysql() || self.target.at_least(8);
                let method = if has_name { Method::Instant } else { Method::InPlace(Rebuilt::No) };
                Outcome { method, lock: *lock, cause: None }
            }
            Support::InPlace { lock, rebuilt, cause } => {
                let method = match (rebuilt, self.is_mysql()) {
                    (Rebuilt::No, false) => Method::NoCopy,
                    (rebuilt, _) => Method::InPlace(*rebuilt),
                };
                Outcome { method, lock: *lock, cause: Some(cause.clone()) }
            }
            Support::Copy { cause, .. } => self.copied(Some(cause.clone())),
        }
    }

    fn copied(&self, cause: Option<Cause>) -> Outcome {
        let lock = if self.copies_online { TableLock::None } else { TableLock::Shared };
        Outcome { method: Method::Copy, lock, cause }
    }

    /// MariaDB before 11.2 copies where it does not ask the engine, also under `ALGORITHM=INSTANT`
    /// and `NOCOPY`; `INPLACE` it refuses.
    fn is_ignored(&self, support: &Support) -> bool {
        let by_server = matches!(support, Support::Copy { by: Decision::Server, .. });
        by_server && !self.is_mysql() && !self.target.at_least_version(11, 2)
    }

    fn refused(&self, support: &Support, clause: &str) -> Refusal {
        let why = match support {
            Support::Copy { cause, .. } | Support::InPlace { cause, .. } => format!(": {cause}"),
            Support::Instant { .. } => String::new(),
        };
        Refusal::from(format!("ALGORITHM={clause} is not supported{why}"))
    }

    fn instant(&self, support: &Support) -> Result<Outcome, Refusal> {
        let lock = self.online.lock.unwrap_or(LockLevel::Default);
        match support {
            Support::Instant { .. } if self.is_mysql() && lock != LockLevel::Default => {
                Err(Refusal::from("ALGORITHM=INSTANT goes with no LOCK= but DEFAULT"))
            }
            Support::Instant { .. } => Ok(self.by_default(support)),
            other if self.is_ignored(other) => Ok(self.by_default(other)),
            other => Err(self.refused(other, "INSTANT")),
        }
    }

    fn no_copy(&self, support: &Support) -> Result<Outcome, Refusal> {
        if self.is_mysql() {
            return Err(Refusal::from("MySQL knows no ALGORITHM=NOCOPY"));
        }
        match support {
            Support::Instant { lock, .. } | Support::InPlace { lock, rebuilt: Rebuilt::No, .. } => {
                Ok(Outcome { method: Method::NoCopy, lock: *lock, cause: None })
            }
            other if self.is_ignored(other) => Ok(self.by_default(other)),
            other => Err(self.refused(other, "NOCOPY")),
        }
    }

    fn in_place(&self, support: &Support) -> Result<Outcome, Refusal> {
        match support {
            // MySQL rebuilds what it could do at once; MariaDB takes the clause for an upper limit.
            Support::Instant { lock, in_place } => {
                let rebuilt = if self.is_mysql() { *in_place } else { Rebuilt::No };
                let cause = (rebuilt != Rebuilt::No).then_some(Cause::Demanded);
                Ok(Outcome { method: Method::InPlace(rebuilt), lock: *lock, cause })
            }
            Support::InPlace { lock, rebuilt, cause } => {
                let method = Method::InPlace(*rebuilt);
                Ok(Outcome { method, lock: *lock, cause: Some(cause.clone()) })
            }
            other => Err(self.refused(other, "INPLACE")),
        }
    }

    /// Holds the outcome against `LOCK=`.
    fn locked(&self, outcome: Outcome, support: &Support) -> Result<Outcome, Refusal> {
        let wanted = match self.online.lock {
            Some(LockLevel::None) => TableLock::None,
            Some(LockLevel::Shared) => TableLock::Shared,
            Some(LockLevel::Exclusive) => TableLock::Exclusive,
            _ if self.online.online => TableLock::None,
            _ => return Ok(outcome),
        };
        if wanted >= outcome.lock {
            return Ok(Outcome { lock: wanted, ..outcome });
        }
        // MariaDB looks for a way that lets others write, a copy if it must.
        let may_copy = self.copies_online
            && wanted == TableLock::None
            && self.algorithm() == Algorithm::Default
            && matches!(support, Support::InPlace { .. });
        if may_copy {
            return Ok(self.copied(outcome.cause));
        }
        let why = outcome.cause.map(|cause| format!(": {cause}")).unwrap_or_default();
        Err(Refusal::from(format!("LOCK={} is not supported{why}", wanted.as_sql())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::ServerVersion;

    fn resolve(dialect: Dialect, online: Online, support: &Support) -> Result<Outcome, Refusal> {
        let version = ServerVersion { major: 10, minor: 11 };
        let target = Target { dialect, version, utc: false };
        Request { online: &online, target: &target, copies_online: false }.resolve(support)
    }

    const ADD: Support = Support::Instant { lock: TableLock::None, in_place: Rebuilt::Table };

    #[test]
    fn in_place_is_a_limit_in_mariadb_and_a_command_in_mysql() {
        let online = Online { algorithm: Some(Algorithm::InPlace), ..Online::default() };
        let method = |dialect| resolve(dialect, online, &ADD).unwrap().method;
        assert_eq!(method(Dialect::Mysql), Method::InPlace(Rebuilt::Table));
        assert_eq!(method(Dialect::Mariadb), Method::InPlace(Rebuilt::No));
    }

    #[test]
    fn what_must_be_copied_is_not_instant() {
        let online = Online { algorithm: Some(Algorithm::Instant), ..Online::default() };
        let support = Support::copy(Cause::Check);
        let refusal = resolve(Dialect::Mysql, online, &support).unwrap_err();
        assert_eq!(refusal.reason, "ALGORITHM=INSTANT is not supported: every row is tested");
    }

    /// As MariaDB 11.8.6 did with a full-text index.
    #[test]
    fn mariadb_copies_where_others_shall_write_meanwhile() {
        let target = Target {
            dialect: Dialect::Mariadb,
            version: ServerVersion { major: 11, minor: 8 },
            utc: false,
        };
        let (lock, rebuilt) = (TableLock::Shared, Rebuilt::Table);
        let support = Support::InPlace { lock, rebuilt, cause: Cause::Fulltext };
        let carried_out = |algorithm, lock| {
            let online = Online { algorithm, lock, ..Online::default() };
            let request = Request { online: &online, target: &target, copies_online: true };
            request.resolve(&support).map(|outcome| (outcome.method, outcome.lock)).ok()
        };
        let copied = Some((Method::Copy, TableLock::None));
        let in_place = Some((Method::InPlace(Rebuilt::Table), TableLock::Shared));
        assert_eq!(carried_out(None, Some(LockLevel::None)), copied);
        assert_eq!(carried_out(Some(Algorithm::InPlace), Some(LockLevel::None)), None);
        assert_eq!(carried_out(Some(Algorithm::InPlace), Some(LockLevel::Shared)), in_place);
        assert_eq!(carried_out(None, None), in_place);
    }

    #[test]
    fn a_copy_lets_nobody_write() {
        let online = Online { lock: Some(LockLevel::None), ..Online::default() };
        assert!(resolve(Dialect::Mysql, online, &Support::copy(Cause::Check)).is_err());
        assert!(resolve(Dialect::Mysql, online, &ADD).is_ok());
    }
}
