//! `ALTER TABLE`, and the statements that the server turns into one: `CREATE INDEX`, `DROP INDEX`,
//! `OPTIMIZE TABLE`.

use super::asked::{Asked, Reader};
use super::difference::{Comparison, Difference};
use super::draft::Draft;
use super::request::{Outcome, Request};
use super::shape::Shape;
use super::support::{Decision, Session, Support};
use super::{innodb_mariadb, innodb_mysql, other_engine, partitions, refusals, sessions};
use crate::effects::{Alteration, Cause, MetadataMode, Method, Rebuilt, TableLock, WorkKind};
use crate::migration::{Algorithm, Dialect, Ident, Online, PartitionChange, TableChange, Target};
use crate::schema::RelationName;

/// One change of one table.
pub(super) struct Alter<'c> {
    /// The table.
    pub name: &'c RelationName,
    /// Its changes.
    pub changes: &'c [&'c TableChange],
    /// How the statement demands to be carried out.
    pub online: Online,
}

impl Alter<'_> {
    /// Judges it.
    pub fn judge(&self, draft: &mut Draft<'_>) {
        let before = draft.shape(self.name);
        let after = draft.shape_after(self.name, self.changes);
        let asked = self.asked(draft, &before);
        draft.lock_for_change(self.name, &asked);
        if let Some(PartitionChange::Exchange { table, .. }) = &asked.partition {
            draft.lock(&draft.resolve(table), MetadataMode::Exclusive);
        }
        if let Some(refusal) = refusals::of(self, draft, &before, &after, &asked) {
            return draft.refuse(refusal);
        }
        let session = sessions::of(draft.schema, draft.target);
        let task = Task { alter: self, draft, before: &before, after: &after, asked: &asked };
        match task.outcome(&session) {
            Ok((outcome, found)) => self.record(draft, outcome, &found),
            Err(refusal) => draft.refuse(refusal),
        }
    }

    fn asked(&self, draft: &Draft<'_>, before: &Shape) -> Asked {
        let table = draft.table(self.name);
        let mut reader =
            Reader { shape: before, table, target: draft.target, asked: Asked::default() };
        // What is dropped goes first, wherever it stands.
        let (dropped, others): (Vec<_>, Vec<_>) = self
            .changes
            .iter()
            .partition(|change| matches!(change, TableChange::DropColumn { .. }));
        for change in dropped.into_iter().chain(others) {
            reader.change(change);
        }
        let mut asked = reader.asked;
        asked.ignore = self.online.ignore;
        asked.renames_referenced =
            asked.renamed.iter().any(|(old, _)| draft.is_referenced(self.name, old));
        asked
    }

    fn record(&self, draft: &mut Draft<'_>, outcome: Outcome, found: &Found) {
        match outcome.method.rebuilt() {
            Rebuilt::Table => draft.rebuild(self.name),
            Rebuilt::Partitions => draft.work(self.name, WorkKind::Rewrite),
            Rebuilt::No if found.builds_index => draft.work(self.name, WorkKind::IndexBuild),
            Rebuilt::No => {}
        }
        if found.unknown {
            draft.effects.known = false;
        }
        let Outcome { method, lock, cause } = outcome;
        let table = self.name.clone();
        draft.effects.alterations.push(Alteration { table, method, lock: Some(lock), cause });
    }
}

/// What is told of a change beside how it is carried out.
#[derive(Default)]
struct Found {
    builds_index: bool,
    unknown: bool,
}

impl Found {
    fn of(difference: &Difference<'_>) -> Self {
        Self { builds_index: !difference.built.is_empty(), unknown: difference.unknown }
    }
}

struct Task<'t, 'd, 'a> {
    alter: &'t Alter<'t>,
    draft: &'d Draft<'a>,
    before: &'t Shape,
    after: &'t Shape,
    asked: &'t Asked,
}

type Resolved = Result<(Outcome, Found), crate::effects::Refusal>;

impl Task<'_, '_, '_> {
    fn target(&self) -> &Target {
        self.draft.target
    }

    fn outcome(&self, session: &Session) -> Resolved {
        if self.asked.moves_tablespace || (self.asked.others == 0 && !self.asked.is_simple()) {
            return Ok((fixed(), Found::default()));
        }
        if self.asked.is_simple() {
            let support = Support::Instant { lock: TableLock::Exclusive, in_place: Rebuilt::No };
            return self.resolve(&support, Found::default());
        }
        if let Some(change) = &self.asked.partition
            && !matches!(change, PartitionChange::By(_) | PartitionChange::Remove)
        {
            return match partitions::support(change, self.target()) {
                Ok(support) => self.resolve(&support, Found::default()),
                Err(outcome) => Ok((outcome, Found::default())),
            };
        }
        let comparison = Comparison {
            before: self.before,
            after: self.after,
            asked: self.asked,
            target: self.target(),
        };
        let difference = comparison.run();
        let support = self.support(&comparison, &difference, session);
        self.resolve(&support, Found::of(&difference))
    }

    fn support(
        &self,
        comparison: &Comparison<'_>,
        difference: &Difference<'_>,
        session: &Session,
    ) -> Support {
        if let Some(cause) = self.server_copies() {
            return Support::Copy { cause, by: Decision::Server };
        }
        if !self.before.engine.is_empty() && self.before.engine != "innodb" {
            return other_engine::support(difference, self.target());
        }
        match self.target().dialect {
            Dialect::Mariadb => innodb_mariadb::support(comparison, difference, session),
            _ => innodb_mysql::support(comparison, difference, session),
        }
    }

    /// Why the server copies rows without asking the engine.
    fn server_copies(&self) -> Option<Cause> {
        if self.before.temporary {
            return Some(Cause::Temporary);
        }
        if self.asked.partition.is_some() {
            return Some(Cause::Partitioning);
        }
        // Beside another change: alone it is a simple one.
        if self.asked.switches_keys {
            return Some(Cause::Mixed);
        }
        self.asked.copied.clone()
    }

    fn resolve(&self, support: &Support, found: Found) -> Resolved {
        let session = sessions::of(self.draft.schema, self.target());
        // A session that demands a copy is not asked twice.
        let copy = session.algorithm.filter(|algorithm| *algorithm == Algorithm::Copy);
        let algorithm = copy.or(self.alter.online.algorithm).or(session.algorithm);
        let request = Request {
            online: &Online { algorithm, ..self.alter.online },
            target: self.target(),
            copies_online: self.copies_online(),
        };
        request.resolve(support).map(|outcome| (outcome, found))
    }

    /// Whether others may write while MariaDB copies (`online_alter_check_supported`).
    fn copies_online(&self) -> bool {
        let has_it =
            self.target().dialect == Dialect::Mariadb && self.target().at_least_version(11, 2);
        has_it
            && !self.before.temporary
            && !self.before.cascaded
            && !self.alter.online.ignore
            && !self.asked.changes.has(super::changes::Change::DropVersioning)
            && !self.numbers_rows()
    }

    /// Whether a column begins to number rows.
    fn numbers_rows(&self) -> bool {
        let numbers = |shape: &Shape| {
            shape.columns.iter().find(|it| it.auto_increment).map(|it| it.name.clone())
        };
        let (was, is) = (numbers(self.before), numbers(self.after));
        let kept = |name: Ident| {
            let renamed = self.asked.renamed.iter().find(|(old, _)| *old == name);
            renamed.map_or(name, |(_, new)| new.clone())
        };
        is.is_some() && was.map(kept) != is
    }
}

fn fixed() -> Outcome {
    Outcome { method: Method::Fixed(Rebuilt::No), lock: TableLock::Exclusive, cause: None }
}
