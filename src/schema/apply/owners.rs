//! Who relations belong to, as far as scripts give them away: `OWNER TO`, `REASSIGN OWNED`,
//! `DROP OWNED`.

use super::Applier;
use crate::migration::{Ident, ObjectChange, ObjectName};
use crate::schema::{RelationBody, RelationName, given_role};

impl Applier<'_> {
    /// `OWNER TO`: the sequences of a table's columns go with it.
    pub(super) fn set_owner(&mut self, name: &RelationName, role: &str) {
        let role = given_role(role);
        let owned = self.schema.dependents(name).filter(|relation| match &relation.body {
            RelationBody::Sequence(sequence) => {
                sequence.owned_by.as_ref().is_some_and(|(table, _)| table == name)
            }
            _ => false,
        });
        let mut names: Vec<RelationName> = owned.map(|relation| relation.name.clone()).collect();
        names.push(name.clone());
        self.give(&names, role.as_ref());
    }

    /// `REASSIGN OWNED`. Where it is given by a role that no script has named, who has it is not
    /// known.
    pub(super) fn reassign(&mut self, change: &ObjectChange) {
        let (Some(from), Some(to)) = (&change.name, &change.new_name) else { return };
        let names = self.owned_by(&from.name);
        self.give(&names, given_role(to.as_str()).as_ref());
    }

    /// `DROP OWNED`: what scripts gave to the roles goes; they may have had more.
    pub(super) fn drop_owned(&mut self, role: &ObjectName, cascade: bool) {
        for name in self.owned_by(&role.name) {
            match self.certain {
                true => self.drop_relation(&name, cascade),
                false => self.doubt(&name),
            }
        }
        self.schema.clouded = true;
    }

    fn owned_by(&self, role: &Ident) -> Vec<RelationName> {
        self.schema.owned_by(role).map(|relation| relation.name.clone()).collect()
    }

    fn give(&mut self, names: &[RelationName], role: Option<&Ident>) {
        // Where it is not sure that the change runs, nobody is known to be the owner.
        let role = role.filter(|_| self.certain);
        for name in names {
            self.schema.edit(name, |relation| relation.owner = role.cloned());
        }
    }
}
