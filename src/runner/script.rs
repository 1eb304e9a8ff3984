//! Runs one script from its first unit that is not done to its last, and writes what became of it.

use super::Ran;
use super::event::{Event, Outcome};
use super::execute::{Refusal, Sender};
use super::gate::{CheckedScript, Class, Reversible, Unit, UnitKind};
use super::history::{Kind, NewEntry, State, Status, direction_name};
use super::standing::Progress;
use super::steps::Place;
use crate::database::{DatabaseError, ErrorKind};
use crate::migration::Dialect;
use std::collections::HashMap;
use std::time::{Duration, Instant};

impl Sender {
    /// Runs a script; `begun` is the row of an earlier run that began it.
    pub fn script(&mut self, script: &CheckedScript, begun: Option<i64>) -> Outcome {
        let started = Instant::now();
        let result = match self.reset_settings() {
            Err(error) => Err(error.into()),
            Ok(()) if begun.is_none() && script.is_atomic() => self.atomic(script, started),
            Ok(()) => self.in_units(script, begun, started),
        };
        self.settings_left |= script.leaves_settings();
        let mut outcome = self.outcome(script, started.elapsed());
        match result {
            Ok(rows) => {
                outcome.status = "applied";
                outcome.rows = rows;
                self.observer.tell(&Event::Done { migration: outcome.clone() });
            }
            Err(refusal) => {
                let lost = refusal.error.kind == ErrorKind::ConnectionLost;
                outcome.status = if lost { "unknown" } else { "failed" };
                outcome.error = Some(words(script, &refusal));
                outcome.state = Some(state(script, begun, lost, refusal.error.help.as_deref()));
                self.observer.tell(&Event::Failed { migration: outcome.clone() });
            }
        }
        outcome
    }

    /// Where its data was copied before the run, and what is to be noted of it.
    fn said(&self, script: &CheckedScript) -> (Option<String>, Option<String>) {
        let of = |map: &HashMap<String, String>| map.get(script.id()).cloned();
        (of(&self.backups), of(&self.notes))
    }

    fn outcome(&self, script: &CheckedScript, elapsed: Duration) -> Outcome {
        let backup = self.backups.get(script.id()).cloned();
        Outcome { backup, ..outcome(script, elapsed) }
    }

    /// One transaction, with its row of history in it.
    fn atomic(&mut self, script: &CheckedScript, started: Instant) -> Result<u64, Refusal> {
        self.tell_begin(script, 0);
        let store = self.store.clone();
        let (backup, note) = self.said(script);
        let row = |status, rows, error| NewEntry {
            rows,
            status,
            error,
            execution_ms: milliseconds(started.elapsed()),
            backup: backup.as_deref(),
            note: note.as_deref(),
            ..entry(script)
        };
        let tail = |rows| {
            store.with_books(store.insert(&row(Status::Applied, rows, None)), script.heads())
        };
        let Some(unit) = script.units().first() else {
            self.in_transaction(&tail(0))?;
            return Ok(0);
        };
        let sent = self.transaction(script, unit, &tail);
        if let Err(refusal) = &sent
            && refusal.error.kind != ErrorKind::ConnectionLost
        {
            let words = words(script, refusal);
            // The server's own error is the one to tell.
            let _ =
                self.store.add(&mut self.connection, &row(Status::Failed, 0, Some(words.as_str())));
        }
        sent
    }

    /// Several scripts in one transaction, each with its row of history in it.
    pub fn together(&mut self, scripts: &[CheckedScript]) -> Result<Ran, DatabaseError> {
        self.reset_settings()?;
        let started = Instant::now();
        let mut sending = scripts.iter().filter_map(|it| Some((it, it.units().first()?)));
        let Some((first, unit)) = sending.next() else { return Ok(Ran::default()) };
        let mut at = 0;
        let sent = self.with_retries(first, unit, &mut |sender| {
            let sent = sender.all_open(scripts, started, &mut at);
            if sent.is_err() {
                // A session that is gone has nothing to roll back.
                let _ = sender.connection.own("ROLLBACK");
            }
            sent
        });
        let mut ran = Ran::default();
        let mut all: Vec<Outcome> =
            scripts.iter().map(|script| self.outcome(script, started.elapsed())).collect();
        let Err(refusal) = sent else {
            for one in &mut all {
                one.status = "applied";
                self.observer.tell(&Event::Done { migration: one.clone() });
            }
            ran.done = all;
            return Ok(ran);
        };
        let mut failed = all.remove(at.min(all.len().saturating_sub(1)));
        if let Some(script) = scripts.get(at) {
            failed.error = Some(words(script, &refusal));
        }
        if let (Some(script), Some(error)) = (scripts.get(at), &failed.error)
            && refusal.error.kind != ErrorKind::ConnectionLost
        {
            let row = NewEntry {
                status: Status::Failed,
                error: Some(error.as_str()),
                execution_ms: milliseconds(started.elapsed()),
                ..entry(script)
            };
            // The server's own error is the one to tell.
            let _ = self.store.add(&mut self.connection, &row);
        }
        failed.status = "failed";
        failed.state =
            Some("all of this run is one transaction, and it was rolled back".to_owned());
        self.observer.tell(&Event::Failed { migration: failed.clone() });
        ran.failed = Some(failed);
        ran.left = all;
        Ok(ran)
    }

    fn all_open(
        &mut self,
        scripts: &[CheckedScript],
        started: Instant,
        at: &mut usize,
    ) -> Result<u64, Refusal> {
        let begin = match self.dialect() {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            _ => "BEGIN",
        };
        let settings = self.settings(Class::Work);
        self.connection.own(&format!("{begin};{settings}"))?;
        for (number, script) in scripts.iter().enumerate() {
            *at = number;
            self.tell_begin(script, 0);
            let mut rows = 0;
            for statement in script.units().iter().flat_map(Unit::statements) {
                rows += self.statement(script, statement)?;
            }
            let execution_ms = milliseconds(started.elapsed());
            let (backup, note) = self.said(script);
            let (backup, note) = (backup.as_deref(), note.as_deref());
            let row = NewEntry { rows, execution_ms, backup, note, ..entry(script) };
            let sql = self.store.with_books(self.store.insert(&row), script.heads());
            self.connection.own(&sql)?;
        }
        self.connection.own("COMMIT")?;
        Ok(0)
    }

    fn in_units(
        &mut self,
        script: &CheckedScript,
        begun: Option<i64>,
        started: Instant,
    ) -> Result<u64, Refusal> {
        let (history, progress) = self.begin(script, begun)?;
        self.tell_begin(script, progress.done);
        let result = self.units(script, history, &progress, started);
        if let Err(refusal) = &result
            && refusal.error.kind != ErrorKind::ConnectionLost
        {
            let words = words(script, refusal);
            let row = NewEntry {
                status: Status::Failed,
                error: Some(words.as_str()),
                execution_ms: milliseconds(started.elapsed()),
                ..entry(script)
            };
            let sql = self.store.update(history, &row);
            let _ = self.connection.own(&sql);
        }
        result
    }

    /// The row of this run, and how far an earlier one came.
    fn begin(
        &mut self,
        script: &CheckedScript,
        begun: Option<i64>,
    ) -> Result<(i64, Progress), DatabaseError> {
        let (backup, note) = self.said(script);
        let row = NewEntry {
            status: Status::Running,
            statements: 0,
            backup: backup.as_deref(),
            note: note.as_deref(),
            ..entry(script)
        };
        let Some(history) = begun else {
            let history = self.store.add(&mut self.connection, &row)?;
            return Ok((history, Progress::default()));
        };
        let journal = self.store.journal(&mut self.connection, history)?;
        let hashes: Vec<String> = script.units().iter().map(super::gate::Unit::hash).collect();
        let progress = Progress::read(&journal, &hashes).map_err(|part| {
            let message = format!("part {part} of {} was edited after it ran", script.id());
            DatabaseError::new(ErrorKind::Statement, message)
        })?;
        let sql = self.store.update(history, &row);
        self.connection.own(&sql)?;
        Ok((history, progress))
    }

    fn units(
        &mut self,
        script: &CheckedScript,
        history: i64,
        progress: &Progress,
        started: Instant,
    ) -> Result<u64, Refusal> {
        let (store, session) = (self.store.clone(), self.session.clone());
        let mut rows = progress.rows;
        let finish = |rows| {
            let row = NewEntry {
                rows,
                status: Status::Applied,
                execution_ms: milliseconds(started.elapsed()),
                ..entry(script)
            };
            store.with_books(store.update(history, &row), script.heads())
        };
        let fresh = Progress::default();
        let total = script.units().len();
        if progress.done >= total {
            self.in_transaction(&finish(rows))?;
        }
        for (at, unit) in script.units().iter().enumerate().skip(progress.done) {
            let place = Place { script, unit, at, history, store: &store, session: &session };
            let before = rows;
            let tail = |more: u64| {
                if at + 1 == total { finish(before + more) } else { "SELECT 1".to_owned() }
            };
            let progress = if at == progress.done { progress } else { &fresh };
            rows += match unit.kind() {
                UnitKind::Transaction { .. } => {
                    let tail =
                        |rows| format!("{};{}", place.note(0, State::Done, None, rows), tail(rows));
                    self.transaction(script, unit, &tail)?
                }
                UnitKind::Alone(probe) => self.alone(&place, probe, progress, &tail)?,
                UnitKind::Batched(batch) => self.batched(&place, batch, progress, &tail)?,
            };
        }
        Ok(rows)
    }

    fn tell_begin(&self, script: &CheckedScript, done: usize) {
        let resumed = script.units().iter().take(done).map(|unit| unit.statements().len()).sum();
        self.observer.tell(&Event::Migration {
            version: script.id().to_owned(),
            description: script.description().to_owned(),
            direction: direction_name(script.direction()),
            resumed,
        });
    }
}

/// The row of a script, with what is known before it runs.
pub(super) fn entry(script: &CheckedScript) -> NewEntry<'_> {
    NewEntry {
        version: script.id(),
        description: script.description(),
        direction: script.direction(),
        kind: Kind::Run,
        checksum: script.checksum(),
        execution_ms: 0,
        statements: script.statements(),
        rows: 0,
        tables: script.tables(),
        status: Status::Applied,
        error: None,
        allowed: script.allowed(),
        note: None,
        backup: None,
        rollback_safe: script.reversible() == Reversible::Yes,
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What is known of an outcome before it is known.
pub(super) fn outcome(script: &CheckedScript, elapsed: Duration) -> Outcome {
    let first = script.units().first().and_then(|unit| unit.statements().first());
    Outcome {
        version: script.id().to_owned(),
        description: script.description().to_owned(),
        direction: direction_name(script.direction()),
        status: "not_applied",
        execution_time_ms: milliseconds(elapsed),
        statements: script.statements(),
        rows: 0,
        tables: script.tables().to_vec(),
        title: first.map(|statement| statement.title().to_owned()).unwrap_or_default(),
        error: None,
        state: None,
        backup: None,
        allowed: script.allowed().to_vec(),
    }
}

/// The error with its place and who was in the way.
fn words(script: &CheckedScript, refusal: &Refusal) -> String {
    let statements = script.units().iter().flat_map(|unit| unit.statements());
    let mut found = statements.filter(|statement| statement.number() == refusal.statement);
    let place = found.next().map_or(script.file().to_owned(), |statement| {
        format!("{}:{}", script.file(), statement.line())
    });
    let mut words = format!("{place}: {}", refusal.error.message);
    if let Some(code) = &refusal.error.code {
        words.push_str(&format!(" ({code})"));
    }
    for blocker in &refusal.blockers {
        words.push_str(&format!("\n  in the way: {}", blocker.words()));
    }
    words
}

/// In what state a failed script is, and what to do next.
fn state(script: &CheckedScript, begun: Option<i64>, lost: bool, help: Option<&str>) -> String {
    let mut text = match (lost, begun.is_none() && script.is_atomic()) {
        (true, _) => {
            "the connection is gone; whether it was done is found out by the next run".to_owned()
        }
        (false, true) => "rolled back: nothing of it is applied".to_owned(),
        (false, false) => {
            "what it did before the error stays; the next run goes on behind it".to_owned()
        }
    };
    if let Some(help) = help {
        text.push_str(&format!("; {help}"));
    }
    text
}
