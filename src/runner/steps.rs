//! Units that are not one transaction: a statement alone, and a data change in slices.

use super::batch::{Range, Slice};
use super::event::Event;
use super::execute::{Refusal, Sender, Sent};
use super::gate::{Batch, CheckedScript, CheckedStatement, Class, Probe, Unit};
use super::history::{NewJournalRow, State, Store};
use super::probe::{Found, look};
use super::standing::Progress;
use crate::database::{DatabaseError, ErrorKind};
use crate::migration::Dialect;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Where a unit stands in its script and in the journal.
pub(super) struct Place<'a> {
    pub script: &'a CheckedScript,
    pub unit: &'a Unit,
    pub at: usize,
    pub history: i64,
    pub store: &'a Store,
    pub session: &'a str,
}

impl Place<'_> {
    /// A row of the journal about this unit.
    pub fn note(&self, batch: u64, state: State, key: Option<&str>, rows: u64) -> String {
        let title = self.unit.statements().first().map_or("", CheckedStatement::title);
        self.store.note(&NewJournalRow {
            history: self.history,
            unit: self.at,
            batch,
            hash: &self.unit.hash(),
            title,
            state,
            key,
            rows,
            session: self.session,
        })
    }
}

impl Sender {
    /// Sends a statement that may not be in a transaction: intent, statement, result.
    pub fn alone(
        &mut self,
        place: &Place<'_>,
        probe: &Probe,
        progress: &Progress,
        tail: &dyn Fn(u64) -> String,
    ) -> Sent {
        let Some(statement) = place.unit.statements().first() else { return Ok(0) };
        let mut intended = progress.intended;
        let sent = self.with_retries(place.script, place.unit, &mut |sender| {
            if intended && sender.settle(place, statement, probe)? {
                let done = format!("{};{}", place.note(0, State::Done, None, 0), tail(0));
                return Ok(sender.in_transaction(&done).map(|()| 0)?);
            }
            intended = true;
            let intent = place.note(0, State::Intent, None, 0);
            sender.connection.own(&intent)?;
            sender.unlimited(statement)?;
            let rows = sender.statement(place.script, statement);
            let _ = sender.limited();
            let rows = rows?;
            let done = format!("{};{}", place.note(0, State::Done, None, rows), tail(rows));
            sender.in_transaction(&done)?;
            Ok(rows)
        });
        if let Err(refusal) = &sent
            && refusal.error.kind != ErrorKind::ConnectionLost
        {
            let failed = place.note(0, State::Failed, None, 0);
            // The server's own error is the one to tell.
            let _ = self.connection.own(&failed);
        }
        sent
    }

    /// Bookkeeping of several rows that belong together.
    pub fn in_transaction(&mut self, sql: &str) -> Result<(), DatabaseError> {
        let sent = self.connection.own(&format!("BEGIN;{sql};COMMIT"));
        if sent.is_err() {
            let _ = self.connection.own("ROLLBACK");
        }
        sent.map(|_| ())
    }

    fn unlimited(&mut self, statement: &CheckedStatement) -> Result<(), DatabaseError> {
        if self.dialect() == Dialect::Postgres {
            let (lock, limit) = match statement.class() {
                Class::Online => (0, 0),
                class => (self.limits.lock_ms(class), self.limits.statement_ms(class)),
            };
            self.connection
                .own(&format!("SET lock_timeout = {lock}; SET statement_timeout = {limit}"))?;
        }
        Ok(())
    }

    fn limited(&mut self) -> Result<(), DatabaseError> {
        if self.dialect() == Dialect::Postgres {
            self.connection.own("RESET lock_timeout; RESET statement_timeout")?;
        }
        Ok(())
    }

    /// Whether an intended statement has happened; clears away what is half done.
    fn settle(
        &mut self,
        place: &Place<'_>,
        statement: &CheckedStatement,
        probe: &Probe,
    ) -> Result<bool, Refusal> {
        let found = look(&mut self.connection, probe)?;
        let (words, done) = match found {
            Found::Done => ("it is done".to_owned(), true),
            Found::NotDone(what) => (what.to_owned(), false),
            Found::InTheWay(what) => {
                let help = "look at it, then say so: lockgate resolve VERSION --done <why>, or drop it and use --retry <why>";
                return Err(DatabaseError::new(ErrorKind::Statement, what).help(help).into());
            }
            Found::Untold => {
                let what = format!("nobody can tell whether `{}` happened", statement.title());
                let help =
                    "look, then say so: lockgate resolve VERSION --done <why>, or --retry <why>";
                return Err(DatabaseError::new(ErrorKind::Statement, what).help(help).into());
            }
        };
        self.observer.tell(&Event::Settled {
            version: place.script.id().to_owned(),
            statement: statement.number(),
            found: words,
        });
        Ok(done)
    }

    /// Sends a data change slice by slice, behind those that the journal has.
    pub fn batched(
        &mut self,
        place: &Place<'_>,
        batch: &Batch,
        progress: &Progress,
        tail: &dyn Fn(u64) -> String,
    ) -> Sent {
        let Some(statement) = place.unit.statements().first() else { return Ok(0) };
        let (mut number, mut key) = progress.slices.clone().unwrap_or((0, None));
        let mut rows = 0;
        loop {
            self.wait_for_replicas(place)?;
            let next = self.connection.own_value(&batch.next(self.dialect(), key.as_deref()))?;
            let Some(next) = next else { break };
            number += 1;
            let range = Range::Keys(key.take(), next.clone());
            rows += self.slice(place, batch, statement, range, (number, Some(&next)))?;
            self.observer.tell(&Event::Batch {
                version: place.script.id().to_owned(),
                batch: number,
                rows: progress.rows + rows,
                key: next.clone(),
            });
            key = Some(next);
        }
        if self.connection.own_value(&batch.without_key())?.is_some() {
            rows +=
                self.slice(place, batch, statement, Range::Null, (number + 1, key.as_deref()))?;
        }
        let done = format!("{};{}", place.note(0, State::Done, None, 0), tail(rows));
        self.in_transaction(&done)?;
        Ok(rows)
    }

    fn slice(
        &mut self,
        place: &Place<'_>,
        batch: &Batch,
        statement: &CheckedStatement,
        range: Range,
        (number, key): (u64, Option<&str>),
    ) -> Sent {
        let slice = Slice { batch, dialect: self.dialect(), range };
        self.with_retries(place.script, place.unit, &mut |sender| {
            let begin = match sender.dialect() {
                Dialect::Sqlite => "BEGIN IMMEDIATE",
                _ => "BEGIN",
            };
            let sent = (|| {
                sender.connection.own(&format!("{begin};{}", sender.settings(Class::Work)))?;
                sender.watch.sent(place.script.id());
                let sent = sender.connection.send_slice(statement.sql(), &slice);
                let blockers = sender.watch.ended();
                let number_of = statement.number();
                let rows =
                    sent.map_err(|error| Refusal { error, statement: number_of, blockers })?;
                let note = place.note(number, State::Slice, key, rows);
                sender.connection.own(&format!("{note};COMMIT"))?;
                Ok(rows)
            })();
            if sent.is_err() {
                let _ = sender.connection.own("ROLLBACK");
            }
            sent
        })
    }

    /// Pauses while replicas are far behind; goes on after the time for retries all the same.
    fn wait_for_replicas(&mut self, place: &Place<'_>) -> Result<(), DatabaseError> {
        if self.dialect() != Dialect::Postgres {
            return Ok(());
        }
        let deadline = Instant::now() + self.limits.retry_for;
        let mut told = false;
        loop {
            let sql = "SELECT coalesce(max(extract(epoch FROM replay_lag)), 0)::bigint FROM pg_stat_replication";
            let lag = self.connection.own_value(sql)?.and_then(|lag| lag.parse().ok()).unwrap_or(0);
            if Duration::from_secs(lag) <= self.limits.replica_lag || Instant::now() >= deadline {
                return Ok(());
            }
            if !std::mem::replace(&mut told, true) {
                self.observer.tell(&Event::Waiting {
                    version: place.script.id().to_owned(),
                    reason: format!("a replica is {lag} s behind"),
                    blockers: Vec::new(),
                    again_in_ms: 1000,
                });
            }
            sleep(Duration::from_secs(1));
        }
    }
}
