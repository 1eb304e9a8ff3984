//! Runs a history on a throw-away database, in the transactions of its layout's runner, and
//! compares what each statement does with what was predicted, for `lockgate verify`.

mod compare;
mod unforeseen;
mod unit;
mod watch;

use super::load::load;
use super::{Progress, Request};
use crate::database::{DatabaseError, Look, Oid, Session};
use crate::effects::LockMode;
use crate::engine::Project;
use crate::migration::{Dialect, Direction, Migration, ServerVersion};
use crate::report::verify::{Aspect, At, Difference, Unsure, Verification};
use crate::schema::Schema;
use crate::timeline::{Fold, Transaction, TransactionKind, fold};
use compare::Found;
use std::collections::{BTreeMap, BTreeSet};
use unforeseen::Unforeseen;
use unit::{Sent, Unit};
pub use watch::Connect;

/// What is run where.
pub struct VerifyRequest {
    /// The migrations.
    pub migrations: Request,
    /// SQL that is run first, such as the table of the migration tool.
    pub setup: Option<String>,
}

/// Why nothing was verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file could not be read.
    #[error("{0}")]
    Unreadable(String),
    /// There is not exactly one history for PostgreSQL.
    #[error("verify runs one history on PostgreSQL, and these are {0}")]
    NotOne(usize),
    /// The server could not be asked, or refused the setup.
    #[error("{0}")]
    Database(#[from] DatabaseError),
}

/// Runs the history in `session` and compares; `connect` opens other ones on the same database.
///
/// # Errors
/// [`VerifyError`]: nothing was compared. What the server refuses on the way is a difference.
pub fn verify(
    request: &VerifyRequest,
    session: &mut dyn Session,
    connect: &Connect<'_>,
    progress: &dyn Progress,
) -> Result<Verification, VerifyError> {
    let loaded = load(&request.migrations, progress);
    if let Some(problem) = loaded.problems.into_iter().next() {
        return Err(VerifyError::Unreadable(problem.message));
    }
    let mut projects = loaded.projects;
    projects.retain(|project| project.target.dialect == Dialect::Postgres);
    let number = projects.len();
    let (Some(mut project), 1) = (projects.pop(), number) else {
        return Err(VerifyError::NotOne(number));
    };
    session.run("SET timezone = 'UTC'")?;
    if let Some(setup) = &request.setup {
        session.run(setup)?;
    }
    let server = session.server()?;
    project.target.version = ServerVersion { major: server.major, minor: server.minor };
    project.target.utc = true;
    let foreign = session.look()?.relations.into_keys().collect();
    let found = Verification { server_version: server.version, ..Verification::default() };
    let unforeseen = Unforeseen::default();
    let mut run = Run { session, connect, found, foreign, unforeseen, open: None };
    run.history(&project)?;
    Ok(run.found)
}

/// A transaction that is open on the server.
pub(super) struct Open {
    /// Which of the script's it is.
    number: usize,
    /// Relations that existed when it began.
    existed: BTreeSet<Oid>,
    /// The strongest lock on each of them that was predicted since, corrected by what was seen.
    predicted: BTreeMap<Oid, LockMode>,
}

struct Run<'s> {
    session: &'s mut dyn Session,
    connect: &'s Connect<'s>,
    found: Verification,
    /// What was there before the first migration: nothing is predicted of it.
    foreign: BTreeSet<Oid>,
    unforeseen: Unforeseen,
    open: Option<Open>,
}

/// Whether the history can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    On,
    Stopped,
}

/// What the server did not refuse has rows.
impl From<Option<u64>> for Course {
    fn from(rows: Option<u64>) -> Self {
        if rows.is_some() { Self::On } else { Self::Stopped }
    }
}

impl Run<'_> {
    fn history(&mut self, project: &Project) -> Result<(), VerifyError> {
        let options = project.fold_options();
        let mut schema: Schema = project.start.clone();
        let mut course = Course::On;
        for migration in &project.migrations {
            let folded = fold(migration, Direction::Up, schema, options);
            if course == Course::On {
                course = self.migration(migration, &folded)?;
            } else {
                self.found.not_run += unit::units(migration, &folded).len();
            }
            schema = folded.schema;
        }
        Ok(())
    }

    fn migration(
        &mut self,
        migration: &Migration,
        folded: &Fold<'_>,
    ) -> Result<Course, VerifyError> {
        let units = unit::units(migration, folded);
        for (done, one) in units.iter().enumerate() {
            if self.unit(one, folded)? == Course::Stopped {
                self.found.not_run += units.len() - done - 1;
                self.session.run("ROLLBACK")?;
                self.open = None;
                return Ok(Course::Stopped);
            }
        }
        match units.last() {
            Some(last) => self.commit(&last.at),
            None => Ok(Course::On),
        }
    }

    fn unit(&mut self, one: &Unit<'_>, folded: &Fold<'_>) -> Result<Course, VerifyError> {
        if let Sent::Nothing(reason) = one.sent {
            self.found.unsure.push(Unsure { at: one.at.clone(), reason });
            return Ok(Course::On);
        }
        let transaction = one.transaction.and_then(|at| folded.transactions.get(at));
        let Some(transaction) = transaction else {
            // It does nothing by our account, but it is sent all the same.
            return Ok(self.send(one)?.into());
        };
        let number = one.transaction.unwrap_or_default();
        if self.open.as_ref().is_some_and(|open| open.number != number)
            && self.commit(&one.at)? == Course::Stopped
        {
            return Ok(Course::Stopped);
        }
        let alone = transaction.kind == TransactionKind::Single;
        if alone && one.forbids_transaction() {
            return self.alone(one);
        }
        if self.open.is_none() {
            self.begin(number, one, transaction)?;
        }
        if one.ends_transaction() {
            let sent = self.send(one)?;
            self.open = None;
            return Ok(sent.into());
        }
        let course = self.compared(one, transaction)?;
        if alone && course == Course::On { self.commit(&one.at) } else { Ok(course) }
    }

    fn begin(
        &mut self,
        number: usize,
        one: &Unit<'_>,
        transaction: &Transaction<'_>,
    ) -> Result<(), VerifyError> {
        let look = self.session.look()?;
        if !(transaction.kind == TransactionKind::Explicit && one.begins_transaction()) {
            self.session.run("BEGIN")?;
        }
        let existed = look.relations.into_keys().filter(|oid| !self.foreign.contains(oid));
        let existed = existed.collect();
        self.open = Some(Open { number, existed, predicted: BTreeMap::new() });
        Ok(())
    }

    /// Commits what is open; deferred constraints are checked now.
    fn commit(&mut self, at: &At) -> Result<Course, VerifyError> {
        if self.open.take().is_none() {
            return Ok(Course::On);
        }
        match self.session.run("COMMIT") {
            Ok(_) => Ok(Course::On),
            Err(error) => Ok(self.refused(at, None, &error)),
        }
    }

    /// Gives the number of rows; `None`: the server refused.
    fn send(&mut self, one: &Unit<'_>) -> Result<Option<u64>, VerifyError> {
        let Sent::Text(text) = &one.sent else { return Ok(Some(0)) };
        match self.session.run(text) {
            Ok(rows) => Ok(Some(rows)),
            Err(error) => {
                self.refused(&one.at, one.refusal(), &error);
                Ok(None)
            }
        }
    }

    /// A statement outside any transaction: its locks are seen while it is held up.
    fn alone(&mut self, one: &Unit<'_>) -> Result<Course, VerifyError> {
        let Sent::Text(text) = &one.sent else { return Ok(Course::On) };
        let before = self.session.look()?;
        let mut found = Vec::new();
        if one.locks().next().is_none() {
            if self.send(one)?.is_none() {
                return Ok(Course::Stopped);
            }
        } else {
            let tables = one.tables_to_hold_up(&before, &self.foreign);
            let watched = watch::watch(self.session, text, &tables, self.connect)?;
            if let Err(error) = &watched.outcome {
                return Ok(self.refused(&one.at, one.refusal_alone(), error));
            }
            found.extend(compare::watched(one, &before, &watched, &self.foreign));
            if tables.is_empty() {
                let reason = "it passes over tables that are locked, so it was not held up";
                self.found.unsure.push(Unsure { at: one.at.clone(), reason });
            }
        }
        let after = self.session.look()?;
        found.extend(compare::storage_and_names(one, &before, &after, None));
        self.set_aside(one, (&before, &after), &mut found);
        self.note(one, found);
        Ok(Course::On)
    }

    fn compared(
        &mut self,
        one: &Unit<'_>,
        transaction: &Transaction<'_>,
    ) -> Result<Course, VerifyError> {
        if one.is_of_session() {
            // SET TRANSACTION has to come before any query, a look included.
            let sent = self.send(one)?;
            self.note(one, Vec::new());
            return Ok(sent.into());
        }
        let filled = compare::filled(one, self.session)?;
        let before = self.session.look()?;
        let Some(rows) = self.send(one)? else { return Ok(Course::Stopped) };
        let after = self.session.look()?;
        let unreached = compare::unreached(one, &before, &after, rows);
        let Some(open) = &mut self.open else { return Ok(Course::On) };
        let mut found = Vec::new();
        if let (Some(reason), true) = (one.refusal(), transaction.kind.is_block()) {
            found.push((Aspect::Refused, None, Some(reason.to_owned()), None));
        }
        found.extend(compare::locks(one, &before, &after, open, &unreached));
        found.extend(compare::storage_and_names(one, &before, &after, Some(&open.existed)));
        found.extend(compare::scans(one, &before, &after, &open.existed, &filled));
        if one.is_unsure() {
            let reason = "not all that it does is known before";
            self.found.unsure.push(Unsure { at: one.at.clone(), reason });
        } else if !unreached.is_empty() {
            let reason = "no row was there to lead it to other tables";
            self.found.unsure.push(Unsure { at: one.at.clone(), reason });
        }
        self.set_aside(one, (&before, &after), &mut found);
        self.note(one, found);
        Ok(Course::On)
    }

    fn set_aside(&mut self, one: &Unit<'_>, looks: (&Look, &Look), found: &mut Vec<Found>) {
        if self.unforeseen.set_aside(one, looks, found) {
            let reason = "it concerns relations whose names were not known before";
            self.found.unsure.push(Unsure { at: one.at.clone(), reason });
        }
    }

    fn note(&mut self, one: &Unit<'_>, found: Vec<Found>) {
        self.found.statements += 1;
        let at = &one.at;
        self.found.differences.extend(found.into_iter().map(
            |(aspect, relation, predicted, actual)| Difference {
                at: at.clone(),
                aspect,
                relation,
                predicted,
                actual,
            },
        ));
    }

    /// A refusal ends the history; one that was predicted is no difference.
    fn refused(&mut self, at: &At, predicted: Option<&str>, error: &DatabaseError) -> Course {
        if predicted.is_none() {
            self.found.differences.push(Difference {
                at: at.clone(),
                aspect: Aspect::Refused,
                relation: None,
                predicted: None,
                actual: Some(error.message.clone()),
            });
        }
        Course::Stopped
    }
}

/// The relations of a look by name.
fn by_name(look: &Look) -> BTreeMap<&crate::schema::RelationName, Oid> {
    look.relations.iter().map(|(oid, seen)| (&seen.name, *oid)).collect()
}
