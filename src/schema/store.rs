//! Writing to the schema: every change goes through here, so that edges and taken names stay exact.

use super::links::{Edge, Object, rename_type_in_routine, routine_links};
use super::{Relation, RelationName, Routine, Schema, Table, TypeDef, View};
use crate::migration::Ident;
use std::sync::Arc;

impl Schema {
    /// Stores a relation, in place of one of the same name.
    pub(crate) fn put(&mut self, relation: Relation) {
        let name = relation.name.clone();
        self.had_temporary |= name.is_temporary();
        let (links, taken) = (relation.links(), relation.constraint_names());
        let old = self.relations.insert(name.clone(), Arc::new(relation));
        let (old_links, old_taken) = facts_of(old.as_deref());
        self.relink(&Object::Relation(name.clone()), &old_links, &links);
        self.retake(&name.schema, &old_taken, &taken);
    }

    /// Takes a relation out. Those that name it still do.
    pub(crate) fn remove(&mut self, name: &RelationName) -> Option<Arc<Relation>> {
        let old = self.relations.remove(name)?;
        let (links, taken) = facts_of(Some(&old));
        self.relink(&Object::Relation(name.clone()), &links, &[]);
        self.retake(&name.schema, &taken, &[]);
        Some(old)
    }

    /// Changes a relation in place; its name must stay.
    pub(crate) fn edit<R>(
        &mut self,
        name: &RelationName,
        change: impl FnOnce(&mut Relation) -> R,
    ) -> Option<R> {
        let linked = self.unlinked.as_ref() != Some(name);
        let shared = self.relations.get_mut(name)?;
        let old_links = if linked { shared.links() } else { Vec::new() };
        let old_taken = shared.constraint_names();
        let relation = Arc::make_mut(shared);
        let result = change(relation);
        let (links, taken) =
            (if linked { relation.links() } else { Vec::new() }, relation.constraint_names());
        self.relink(&Object::Relation(name.clone()), &old_links, &links);
        self.retake(&name.schema, &old_taken, &taken);
        Some(result)
    }

    /// Leaves the edges of a relation that was just put, and names nothing yet, until
    /// [`Schema::link_now`]: a table is made in many small changes.
    pub(crate) fn link_later(&mut self, name: &RelationName) {
        self.unlinked = Some(name.clone());
    }

    /// Derives the edges of the relation that was left.
    pub(crate) fn link_now(&mut self) {
        let Some(name) = self.unlinked.take() else { return };
        let links = self.relations.get(&name).map(|relation| relation.links()).unwrap_or_default();
        self.relink(&Object::Relation(name), &[], &links);
    }

    /// Changes a table in place; nothing happens where the name is no table.
    pub(crate) fn edit_table<R>(
        &mut self,
        name: &RelationName,
        change: impl FnOnce(&mut Table) -> R,
    ) -> Option<R> {
        self.table_of(name)?;
        self.edit(name, |relation| relation.as_table_mut().map(change)).flatten()
    }

    /// The table of a resolved name, however sure.
    pub(crate) fn table_of(&self, name: &RelationName) -> Option<&Table> {
        self.relations.get(name).and_then(|relation| relation.as_table())
    }

    /// The view of a resolved name, however sure.
    pub(crate) fn view_of(&self, name: &RelationName) -> Option<&View> {
        self.view(name).any()
    }

    /// Gives a relation another name or schema; everything that names it follows.
    pub(crate) fn rename_relation(&mut self, old: &RelationName, new: &RelationName) {
        if old == new || !self.relations.contains_key(old) {
            return;
        }
        let users = self.relation_users(&Object::Relation(old.clone()));
        let Some(moved) = self.remove(old) else { return };
        let mut relation = Arc::unwrap_or_clone(moved);
        relation.name = new.clone();
        relation.rename_link(old, new);
        self.put(relation);
        for user in users {
            self.edit(&user, |relation| relation.rename_link(old, new));
        }
        self.rename_type_users(old, new);
    }

    /// Relations that name this object.
    pub(crate) fn relation_users(&self, object: &Object) -> Vec<RelationName> {
        self.users_of(object)
            .filter_map(|user| match user {
                Object::Relation(name) => Some(name.clone()),
                _ => None,
            })
            .collect()
    }

    /// Stores a type, in place of one of the same name.
    pub(crate) fn put_type(&mut self, def: TypeDef) {
        let name = def.name.clone();
        let (links, taken) = (def.links(), def.constraint_names());
        let old = self.types.insert(name.clone(), Arc::new(def));
        let old_links = old.as_deref().map(TypeDef::links).unwrap_or_default();
        let old_taken = old.as_deref().map(TypeDef::constraint_names).unwrap_or_default();
        self.relink(&Object::Type(name.clone()), &old_links, &links);
        self.retake(&name.schema, &old_taken, &taken);
    }

    /// Takes a type out.
    pub(crate) fn remove_type(&mut self, name: &RelationName) -> Option<Arc<TypeDef>> {
        let old = self.types.remove(name)?;
        self.relink(&Object::Type(name.clone()), &old.links(), &[]);
        self.retake(&name.schema, &old.constraint_names(), &[]);
        Some(old)
    }

    /// Changes a type in place; its name must stay.
    pub(crate) fn edit_type(&mut self, name: &RelationName, change: impl FnOnce(&mut TypeDef)) {
        let Some(old) = self.types.get(name) else { return };
        let mut def = old.as_ref().clone();
        change(&mut def);
        self.put_type(def);
    }

    /// Gives a type another name or schema; everything that names it follows.
    pub(crate) fn rename_type(&mut self, old: &RelationName, new: &RelationName) {
        let Some(moved) = self.remove_type(old) else { return };
        let mut def = Arc::unwrap_or_clone(moved);
        def.name = new.clone();
        self.put_type(def);
        self.rename_type_users(old, new);
    }

    fn rename_type_users(&mut self, old: &RelationName, new: &RelationName) {
        let users: Vec<Object> = self.users_of(&Object::Type(old.clone())).cloned().collect();
        for user in users {
            match user {
                Object::Relation(name) => {
                    self.edit(&name, |relation| relation.rename_type(old, new));
                }
                Object::Type(name) => self.edit_type(&name, |def| def.rename_type(old, new)),
                Object::Routine(name) => self.edit_routines(&name, |routines| {
                    for routine in routines {
                        rename_type_in_routine(Arc::make_mut(routine), old, new);
                    }
                }),
                Object::Parent(_) | Object::Indexed(_) | Object::Column(..) => {}
            }
        }
    }

    /// Changes the functions of one name; none left removes the name.
    pub(crate) fn edit_routines(
        &mut self,
        name: &RelationName,
        change: impl FnOnce(&mut Vec<Arc<Routine>>),
    ) {
        let mut routines = self.routines.get(name).cloned().unwrap_or_default();
        let old_links = routine_links(name, &routines);
        change(&mut routines);
        let links = routine_links(name, &routines);
        if routines.is_empty() {
            self.routines.remove(name);
        } else {
            self.routines.insert(name.clone(), routines);
        }
        self.relink(&Object::Routine(name.clone()), &old_links, &links);
    }

    /// Gives all functions of one name another; everything that names them follows.
    pub(crate) fn rename_routines(&mut self, old: &RelationName, new: &RelationName) {
        let mut moved = Vec::new();
        self.edit_routines(old, |routines| moved = std::mem::take(routines));
        for routine in &mut moved {
            Arc::make_mut(routine).name = new.clone();
        }
        self.edit_routines(new, |routines| routines.append(&mut moved));
        for user in self.relation_users(&Object::Routine(old.clone())) {
            self.edit(&user, |relation| relation.rename_routine(old, new));
        }
    }

    fn relink(&mut self, from: &Object, old: &[Object], new: &[Object]) {
        let edge = |named: &Object| Edge { named: named.clone(), user: from.clone() };
        for gone in old.iter().filter(|link| new.binary_search(link).is_err()) {
            self.edges.remove(&edge(gone));
        }
        for added in new.iter().filter(|link| old.binary_search(link).is_err()) {
            self.edges.insert(edge(added));
        }
    }

    fn retake(&mut self, schema: &Ident, old: &[Ident], new: &[Ident]) {
        if old == new {
            return;
        }
        for name in new {
            *self.constraint_names.entry(full(schema, name)).or_insert(0) += 1;
        }
        for name in old {
            let name = full(schema, name);
            let Some(count) = self.constraint_names.get_mut(&name) else { continue };
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.constraint_names.remove(&name);
            }
        }
    }
}

fn full(schema: &Ident, name: &Ident) -> RelationName {
    RelationName::new(schema.clone(), name.clone())
}

fn facts_of(relation: Option<&Relation>) -> (Vec<Object>, Vec<Ident>) {
    relation.map(|relation| (relation.links(), relation.constraint_names())).unwrap_or_default()
}
