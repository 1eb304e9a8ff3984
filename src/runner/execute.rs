//! Sends one script: its transactions, its lone statements, its slices, each with the rows of
//! history and journal where they survive a kill.

use super::blockers::{Blocker, end_idle, of_locks};
use super::connection::Connection;
use super::event::{Event, Observer};
use super::gate::{CheckedScript, CheckedStatement, Class, Unit, UnitKind};
use super::history::Store;
use super::limits::{Limits, OnBlocker};
use super::watch::Watch;
use crate::database::DatabaseError;
use crate::migration::Dialect;
use std::collections::HashMap;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What sends scripts.
pub(super) struct Sender {
    pub connection: Connection,
    pub watch: Watch,
    pub store: Store,
    pub limits: Limits,
    pub observer: Arc<dyn Observer>,
    /// Our process on the server, for the journal.
    pub session: String,
    /// Whether settings that an earlier script made are still in force.
    pub settings_left: bool,
    /// For versions whose data was copied before the run, where the copy is.
    pub backups: HashMap<String, String>,
    /// For versions that run out of order, what the history says of that.
    pub notes: HashMap<String, String>,
}

/// Why a unit did not get through.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub error: DatabaseError,
    /// 1-based number of the statement in its script; 0 for the end of a transaction.
    pub statement: usize,
    /// Who was in the way.
    pub blockers: Vec<Blocker>,
}

impl From<DatabaseError> for Refusal {
    fn from(error: DatabaseError) -> Self {
        Self { error, statement: 0, blockers: Vec::new() }
    }
}

/// Rows changed, or why not.
pub(super) type Sent = Result<u64, Refusal>;

impl Sender {
    pub fn dialect(&self) -> Dialect {
        self.connection.dialect()
    }

    /// Puts back what scripts set for the session.
    pub fn reset_settings(&mut self) -> Result<(), DatabaseError> {
        if std::mem::take(&mut self.settings_left) && self.dialect() == Dialect::Postgres {
            self.connection.own("RESET ALL")?;
        }
        Ok(())
    }

    /// Sends a transaction, again and again where the server says that it may work later. `tail`
    /// gives the bookkeeping that shares the transaction, for so many changed rows.
    pub fn transaction(
        &mut self,
        script: &CheckedScript,
        unit: &Unit,
        tail: &dyn Fn(u64) -> String,
    ) -> Sent {
        self.with_retries(script, unit, &mut |sender| sender.attempt(script, unit, tail))
    }

    /// Tries until it works, the error is another one, or the time is over.
    pub fn with_retries(
        &mut self,
        script: &CheckedScript,
        unit: &Unit,
        attempt: &mut dyn FnMut(&mut Self) -> Sent,
    ) -> Sent {
        let deadline = Instant::now() + self.limits.retry_for;
        loop {
            self.clear_way(script, unit, deadline)?;
            let refusal = match attempt(self) {
                Ok(rows) => return Ok(rows),
                Err(refusal) => refusal,
            };
            let pause = self.limits.pause();
            if !refusal.error.kind.may_be_retried() || Instant::now() + pause > deadline {
                return Err(refusal);
            }
            self.observer.tell(&Event::Waiting {
                version: script.id().to_owned(),
                reason: refusal.error.message.clone(),
                blockers: refusal.blockers,
                again_in_ms: u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
            });
            sleep(pause);
        }
    }

    /// Waits, without queueing, while a long transaction holds what the unit needs.
    fn clear_way(
        &mut self,
        script: &CheckedScript,
        unit: &Unit,
        deadline: Instant,
    ) -> Result<(), Refusal> {
        if matches!(unit.kind(), UnitKind::Alone(_)) {
            return Ok(());
        }
        let locks: Vec<_> = unit.locks().cloned().collect();
        let mut told = false;
        loop {
            let blockers = of_locks(&mut self.connection, &locks, self.limits.lock_timeout)?;
            if blockers.is_empty() {
                return Ok(());
            }
            self.end_idle(script, &blockers)?;
            if Instant::now() >= deadline {
                let tables: Vec<&str> = locks.iter().map(|lock| lock.relation.as_str()).collect();
                let message = format!(
                    "{} was in use by a long transaction for {}",
                    tables.first().copied().unwrap_or("a table"),
                    super::words::duration(self.limits.retry_for)
                );
                let kind = crate::database::ErrorKind::LockTimeout;
                return Err(Refusal {
                    error: DatabaseError::new(kind, message),
                    statement: 0,
                    blockers,
                });
            }
            if !std::mem::replace(&mut told, true) {
                self.observer.tell(&Event::Waiting {
                    version: script.id().to_owned(),
                    reason: "a long transaction is in the way; nobody queues behind us".to_owned(),
                    blockers,
                    again_in_ms: 500,
                });
            }
            sleep(Duration::from_millis(500));
        }
    }

    fn end_idle(&mut self, script: &CheckedScript, blockers: &[Blocker]) -> Result<(), Refusal> {
        if self.limits.on_blocker != OnBlocker::CancelIdle {
            return Ok(());
        }
        for blocker in blockers.iter().filter(|blocker| blocker.is_idle()) {
            if end_idle(&mut self.connection, blocker)? {
                self.observer.tell(&Event::Ended {
                    version: script.id().to_owned(),
                    blocker: blocker.clone(),
                });
            }
        }
        Ok(())
    }

    /// One try. What fails is rolled back.
    fn attempt(
        &mut self,
        script: &CheckedScript,
        unit: &Unit,
        tail: &dyn Fn(u64) -> String,
    ) -> Sent {
        let sent = self.attempt_open(script, unit, tail);
        if sent.is_err() {
            // A session that is gone has nothing to roll back.
            let _ = self.connection.own("ROLLBACK");
        }
        sent
    }

    fn attempt_open(
        &mut self,
        script: &CheckedScript,
        unit: &Unit,
        tail: &dyn Fn(u64) -> String,
    ) -> Sent {
        let UnitKind::Transaction { begin, rolled_back } = unit.kind() else { return Ok(0) };
        let mut class = unit.statements().first().map_or(Class::Work, CheckedStatement::class);
        match begin {
            Some(begin) => {
                self.connection.send(begin)?;
                let settings = self.settings(class);
                if !settings.is_empty() {
                    self.connection.own(&settings)?;
                }
            }
            None => {
                let begin = match self.dialect() {
                    Dialect::Sqlite => "BEGIN IMMEDIATE",
                    _ => "BEGIN",
                };
                self.connection.own(&format!("{begin};{}", self.settings(class)))?;
            }
        }
        let mut rows = 0;
        for statement in unit.statements() {
            if statement.class() != class && self.dialect() == Dialect::Postgres {
                class = statement.class();
                let limit = self.limits.statement_ms(class);
                self.connection.own(&format!("SET LOCAL statement_timeout = {limit}"))?;
            }
            rows += self.statement(script, statement)?;
        }
        if *rolled_back {
            self.connection.own("ROLLBACK")?;
            return Ok(self.connection.own(&tail(0)).map(|_| 0)?);
        }
        self.connection.own(&format!("{};COMMIT", tail(rows)))?;
        Ok(rows)
    }

    /// Timeouts for a transaction.
    pub fn settings(&self, class: Class) -> String {
        match self.dialect() {
            Dialect::Sqlite => String::new(),
            _ => format!(
                "SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}",
                self.limits.lock_ms(class),
                self.limits.statement_ms(class)
            ),
        }
    }

    /// Sends one statement, watched.
    pub fn statement(&mut self, script: &CheckedScript, statement: &CheckedStatement) -> Sent {
        self.observer.tell(&Event::Statement {
            version: script.id().to_owned(),
            statement: statement.number(),
            title: statement.title().to_owned(),
        });
        self.watch.sent(script.id());
        let sent = self.connection.send(statement.sql());
        let blockers = self.watch.ended();
        match sent {
            Ok(rows) => Ok(if statement.changes_rows() { rows } else { 0 }),
            Err(error) => Err(Refusal { error, statement: statement.number(), blockers }),
        }
    }
}
