//! Sequences that the author makes.

use super::Applier;
use crate::migration::{AlterSequence, CreateSequence, Ident, OwnedBy, Persistence};
use crate::schema::{RelationBody, RelationName, Sequence};

impl Applier<'_> {
    pub(super) fn create_sequence(&mut self, def: &CreateSequence) {
        let name = self.made_name(&def.name, def.temporary);
        if !self.free_for(&name, def.if_not_exists) {
            return;
        }
        let persistence =
            if def.temporary { Persistence::Temporary } else { Persistence::Permanent };
        let sequence = Sequence {
            owned_by: self.owner(def.owned_by.as_ref()),
            data_type: def.data_type.clone(),
            identity: false,
            persistence,
        };
        let certain = self.surely_made(&name, def.if_not_exists);
        self.put_new(name, certain, RelationBody::Sequence(sequence));
    }

    pub(super) fn alter_sequence(&mut self, alter: &AlterSequence) {
        let name = self.schema.resolve(&alter.name);
        let owner = self.owner(alter.owned_by.as_ref());
        self.schema.edit(&name, |relation| {
            let RelationBody::Sequence(sequence) = &mut relation.body else { return };
            if alter.owned_by.is_some() {
                sequence.owned_by = owner;
            }
            if alter.data_type.is_some() {
                sequence.data_type.clone_from(&alter.data_type);
            }
        });
        self.touched(&name);
    }

    fn owner(&self, owned_by: Option<&OwnedBy>) -> Option<(RelationName, Ident)> {
        match owned_by? {
            OwnedBy::Column(table, column) => Some((self.schema.resolve(table), column.clone())),
            OwnedBy::None => None,
        }
    }
}
