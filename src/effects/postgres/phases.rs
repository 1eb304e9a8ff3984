//! What an `ALTER TABLE` leaves for its end: each table is read or rewritten once, however many
//! subcommands ask for it (`ATRewriteTables`).

use super::draft::Draft;
use crate::effects::LockMode;
use crate::migration::RelationKind;
use crate::schema::RelationName;
use std::collections::BTreeMap;

/// Work of the last phase, per table.
#[derive(Debug, Default)]
pub(super) struct Phases {
    tables: BTreeMap<RelationName, Phase>,
    foreign_keys: Vec<ForeignKeyCheck>,
}

#[derive(Debug, Default)]
struct Phase {
    rewrite: bool,
    verify: bool,
    build: bool,
    rebuilt: Vec<RelationName>,
}

/// A foreign key that is checked for existing rows.
#[derive(Debug)]
pub(super) struct ForeignKeyCheck {
    /// Tables with referencing rows.
    pub referencing: Vec<RelationName>,
    /// Tables with referenced rows; empty where no referencing row can have a key to look up.
    pub referenced: Vec<RelationName>,
}

impl Phases {
    fn of(&mut self, table: &RelationName) -> &mut Phase {
        self.tables.entry(table.clone()).or_default()
    }

    /// Every row is written anew.
    pub(super) fn rewrite(&mut self, table: &RelationName) {
        self.of(table).rewrite = true;
    }

    /// Every row is checked.
    pub(super) fn verify(&mut self, table: &RelationName) {
        self.of(table).verify = true;
    }

    /// A new index is built.
    pub(super) fn build(&mut self, table: &RelationName) {
        self.of(table).build = true;
    }

    /// An index is built anew.
    pub(super) fn rebuild(&mut self, table: &RelationName, index: RelationName) {
        self.of(table).rebuilt.push(index);
    }

    /// A foreign key is checked.
    pub(super) fn check_foreign_key(&mut self, check: ForeignKeyCheck) {
        self.foreign_keys.push(check);
    }

    /// Turns everything gathered into effects.
    pub(super) fn finish(self, draft: &mut Draft<'_>) {
        for (table, phase) in &self.tables {
            if phase.rewrite {
                draft.rewrite(table);
            } else if phase.verify {
                draft.scan(table);
            }
            for index in &phase.rebuilt {
                draft.lock_as(index, RelationKind::Index, LockMode::AccessExclusive);
                draft.storage_replaced(index);
                draft.build_index(table);
            }
            if phase.build {
                draft.build_index(table);
            }
        }
        for check in &self.foreign_keys {
            check.judge(draft);
        }
    }
}

impl ForeignKeyCheck {
    /// Both sides are read, unless there is nothing to look up.
    fn judge(&self, draft: &mut Draft<'_>) {
        let mut filled = self.referencing.clone();
        filled.retain(|table| draft.has_storage(table) && !draft.is_empty(table));
        if filled.is_empty() {
            return;
        }
        for table in filled.iter().chain(&self.referenced) {
            draft.scan(table);
        }
    }
}
