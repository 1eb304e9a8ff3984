//! Guards resolved on the replayed schema: does a statement run at all?

use super::{Fact, RelationBody, RelationName, Schema, Table, TypeBody};
use crate::migration::{
    ActionKind, ColumnChange, ConstraintKind, Dialect, DropObject, Guard, Ident, ObjectKind,
    ObjectName, Statement, TableChange, TableTarget, Target,
};
use std::ops::Not;

/// What the replay can say of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It cannot be told.
    Unknown,
}

impl Truth {
    /// Both hold.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    /// One of them holds.
    pub fn or(self, other: Self) -> Self {
        !((!self).and(!other))
    }

    pub(super) fn of(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// Conditions of the blocks that are open, each with what it was when its block was entered.
///
/// `IF NOT EXISTS (t) THEN CREATE TABLE t …; CREATE INDEX … ON t; END IF` asks once, before the
/// table exists. One stack serves one step; its statements come in the order of the text.
#[derive(Debug, Clone, Default)]
pub struct GuardStack {
    open: Vec<(Guard, Truth)>,
    closed: Vec<(Guard, Truth)>,
}

impl GuardStack {
    /// Whether a statement runs: [`leave`](Self::leave), then [`enter`](Self::enter).
    pub fn resolve(&mut self, schema: &Schema, statement: &Statement, target: &Target) -> Truth {
        self.leave(statement);
        self.enter(schema, statement, target)
    }

    /// Leaves the blocks that a statement does not stand in; gives how many stay open.
    pub fn leave(&mut self, statement: &Statement) -> usize {
        let parts = statement.guard.parts();
        let shared =
            self.open.iter().zip(parts).take_while(|((open, _), part)| open == *part).count();
        if shared < self.open.len() {
            self.closed = self.open.split_off(shared);
        }
        shared
    }

    /// Enters the blocks that a statement stands in, and tells whether it runs: the conditions
    /// around it, as they were when their blocks were entered, and for a body whose errors are
    /// caught, whether it fails on what is already there.
    pub fn enter(&mut self, schema: &Schema, statement: &Statement, target: &Target) -> Truth {
        let parts = statement.guard.parts();
        let shared = self.open.len();
        for part in parts.iter().skip(shared) {
            let truth = self.negated(part, self.open.len(), shared).unwrap_or_else(|| match part {
                Guard::Caught(_) => Truth::True,
                part => schema.resolve_guard(part, target),
            });
            self.open.push((part.clone(), truth));
        }
        let entered = self.open.iter().fold(Truth::True, |all, (_, truth)| all.and(*truth));
        let caught = parts.iter().any(|part| matches!(part, Guard::Caught(_)));
        match (entered, schema.fails(statement)) {
            (Truth::True, fails) if caught => !fails,
            (Truth::Unknown, _) if caught => Truth::Unknown,
            // Had its condition held, the server would have refused it.
            (Truth::Unknown, Truth::True) => Truth::False,
            (entered, _) => entered,
        }
    }

    /// How many blocks are open down to the innermost one whose condition cannot be told: what
    /// stands in there may rely on what stands before it in there. None for a body whose errors
    /// are caught, which may end before.
    pub fn doubted(&self) -> Option<usize> {
        let ends_early = |(guard, _): &(Guard, Truth)| matches!(guard, Guard::Caught(_));
        if self.open.iter().any(ends_early) {
            return None;
        }
        self.open.iter().rposition(|(_, truth)| *truth == Truth::Unknown).map(|at| at + 1)
    }

    /// The condition of an ELSE: the opposite of what its IF was.
    fn negated(&self, part: &Guard, depth: usize, shared: usize) -> Option<Truth> {
        let (closed, truth) = self.closed.get(depth.checked_sub(shared)?)?;
        let is_else = match (part, closed) {
            (Guard::Not(inner), closed) if **inner == *closed => true,
            (part, Guard::Not(inner)) => **inner == *part,
            _ => false,
        };
        is_else.then_some(!*truth)
    }
}

impl Schema {
    /// Whether a guard holds here. A body whose errors are caught is entered; whether it gets
    /// through depends on its statement, see [`GuardStack::resolve`].
    pub fn resolve_guard(&self, guard: &Guard, target: &Target) -> Truth {
        match guard {
            Guard::Always => Truth::True,
            Guard::Not(inner) => !self.resolve_guard(inner, target),
            Guard::All(parts) => parts
                .iter()
                .fold(Truth::True, |all, part| all.and(self.resolve_guard(part, target))),
            Guard::Any(parts) => parts
                .iter()
                .fold(Truth::False, |any, part| any.or(self.resolve_guard(part, target))),
            Guard::Exists { kind, name, member } => self.exists(*kind, name, member.as_ref()),
            Guard::ColumnIs { table, column, asked } if target.dialect == Dialect::Postgres => {
                self.column_is(table, column, asked)
            }
            Guard::Dialect(dialect) => Truth::of(*dialect == target.dialect),
            // Migrations run online: rendering SQL touches no database.
            Guard::Offline => Truth::False,
            Guard::ColumnIs { .. }
            | Guard::Caught(_)
            | Guard::OnError
            | Guard::Loop
            | Guard::Unknown(_) => Truth::Unknown,
        }
    }

    /// Whether an object exists; `member` is a column, constraint, trigger, policy or label of it.
    pub fn exists(&self, kind: ObjectKind, name: &ObjectName, member: Option<&Ident>) -> Truth {
        let system = |schema: &Ident| schema == "pg_catalog" || schema == "information_schema";
        if name.schema.as_ref().is_some_and(system) {
            return Truth::Unknown;
        }
        match kind {
            ObjectKind::Table
            | ObjectKind::ForeignTable
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Index
            | ObjectKind::Sequence
                if member.is_none() =>
            {
                self.presence(&self.resolve(name))
            }
            ObjectKind::Constraint if member.is_none() => self.constraint_exists(name),
            ObjectKind::Type | ObjectKind::Domain if member.is_none() => self.type_exists(name),
            ObjectKind::EnumLabel | ObjectKind::Type => self.label_exists(name, member),
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine => {
                let routines = self.routines(name);
                match routines.first() {
                    Some(_) if routines.iter().any(|routine| routine.certain) => Truth::True,
                    Some(_) => Truth::Unknown,
                    None => self.absent(),
                }
            }
            ObjectKind::Schema => self.listed(self.has_namespace(&name.name)),
            ObjectKind::Extension => self.listed(self.has_extension(&name.name)),
            ObjectKind::Role | ObjectKind::Database | ObjectKind::Tablespace => Truth::Unknown,
            _ => match member {
                // An index within its table (MySQL).
                Some(index) if kind == ObjectKind::Index => {
                    let full = RelationName::of_index(&self.resolve(name), index);
                    self.presence(&full)
                }
                Some(member) => self.member_exists(kind, &self.resolve(name), member),
                None => self.object_exists(kind, name),
            },
        }
    }

    fn absent(&self) -> Truth {
        if self.is_complete() { Truth::False } else { Truth::Unknown }
    }

    fn listed(&self, listed: bool) -> Truth {
        if listed { Truth::True } else { self.absent() }
    }

    fn presence(&self, name: &RelationName) -> Truth {
        match self.relation(name) {
            Fact::Known(_) => Truth::True,
            Fact::Uncertain(_) => Truth::Unknown,
            Fact::Absent if self.holds_unseen || !self.was_never_made(&name.name) => Truth::Unknown,
            Fact::Absent => Truth::False,
        }
    }

    fn constraint_exists(&self, name: &ObjectName) -> Truth {
        let found = match RelationName::of_qualified(name) {
            Some(full) => self.constraint_names.contains_key(&full),
            None => {
                self.candidates(&name.name).any(|full| self.constraint_names.contains_key(&full))
            }
        };
        self.listed(found)
    }

    fn type_exists(&self, name: &ObjectName) -> Truth {
        match self.type_def(name) {
            Some(def) if def.certain => Truth::True,
            Some(_) => Truth::Unknown,
            None => self.presence(&self.resolve(name)),
        }
    }

    fn label_exists(&self, name: &ObjectName, label: Option<&Ident>) -> Truth {
        let Some(label) = label else { return self.type_exists(name) };
        match self.type_def(name).map(|def| (&def.body, def.certain)) {
            Some((TypeBody::Enum { values }, true)) => {
                Truth::of(values.iter().any(|(value, _)| value == label.as_str()))
            }
            Some(_) => Truth::Unknown,
            None => self.absent(),
        }
    }

    fn object_exists(&self, kind: ObjectKind, name: &ObjectName) -> Truth {
        let full =
            RelationName::of_qualified(name).unwrap_or_else(|| self.creation_name(&name.name));
        self.listed(self.objects.contains(&(kind, full)))
    }

    fn member_exists(&self, kind: ObjectKind, owner: &RelationName, member: &Ident) -> Truth {
        let Some(relation) = self.relations.get(owner) else { return self.absent() };
        let found = match &relation.body {
            RelationBody::Table(table) => table_member(table, kind, member),
            RelationBody::View(view) if kind == ObjectKind::Column => match &view.columns {
                Some(columns) => Truth::of(columns.contains(member)),
                None => Truth::Unknown,
            },
            _ => Truth::Unknown,
        };
        match found {
            Truth::False if !relation.certain || self.clouded => Truth::Unknown,
            Truth::True if !relation.certain => Truth::Unknown,
            found => found,
        }
    }

    /// Whether the server surely refuses the statement because of what is, or is not, there.
    fn fails(&self, statement: &Statement) -> Truth {
        statement
            .actions
            .iter()
            .fold(Truth::False, |any, action| any.or(self.action_fails(&action.kind)))
    }

    fn action_fails(&self, action: &ActionKind) -> Truth {
        let exists = |kind, name: &ObjectName, member| self.exists(kind, name, member);
        match action {
            ActionKind::CreateTable(def) if !def.if_not_exists => {
                self.presence(&self.created_name(&def.name, def.persistence))
            }
            ActionKind::CreateEnum(def) => exists(ObjectKind::Type, &def.name, None),
            ActionKind::CreateComposite { name, .. } => exists(ObjectKind::Type, name, None),
            ActionKind::CreateDomain(def) => exists(ObjectKind::Type, &def.name, None),
            ActionKind::CreateSequence(def) if !def.if_not_exists => {
                exists(ObjectKind::Sequence, &def.name, None)
            }
            ActionKind::CreateView(def) if !def.if_not_exists && !def.or_replace => {
                exists(ObjectKind::View, &def.name, None)
            }
            ActionKind::CreateIndex(def) if !def.if_not_exists => {
                let table = self.resolve(&def.table);
                match &def.name {
                    Some(name) => self.presence(&table.sibling(name.clone())),
                    None => Truth::False,
                }
            }
            ActionKind::CreateTrigger(def) if !def.or_replace && !def.if_not_exists => {
                exists(ObjectKind::Trigger, &def.table, Some(&def.name))
            }
            ActionKind::CreatePolicy(def) => {
                exists(ObjectKind::Policy, &def.table, Some(&def.name))
            }
            ActionKind::CreateSchema { name, if_not_exists: false } => {
                self.listed(self.has_namespace(name))
            }
            ActionKind::CreateExtension { name, if_not_exists: false, .. } => {
                self.listed(self.has_extension(name))
            }
            ActionKind::CreateObject(change) => match &change.name {
                Some(name) => self.object_exists(change.kind, name),
                None => Truth::Unknown,
            },
            ActionKind::AlterTable { table, change } => self.change_fails(table, change),
            ActionKind::Drop(drop) if !drop.if_exists => self.drop_fails(drop),
            ActionKind::Opaque { .. } | ActionKind::Unparsed { .. } => Truth::Unknown,
            _ => Truth::False,
        }
    }

    fn change_fails(&self, target: &TableTarget, change: &TableChange) -> Truth {
        let table = match self.exists(ObjectKind::Table, &target.name, None) {
            Truth::True => &target.name,
            missing if target.if_exists => return missing.and(Truth::Unknown),
            missing => return !missing,
        };
        let member = |kind, name: &Ident| self.exists(kind, table, Some(name));
        match change {
            TableChange::AddColumn { column, if_not_exists: false, .. } => {
                member(ObjectKind::Column, &column.name)
            }
            TableChange::DropColumn { column, if_exists: false, .. }
            | TableChange::RenameColumn { column, .. }
            | TableChange::AlterColumn { column, change: ColumnChange::Type { .. } } => {
                !member(ObjectKind::Column, column)
            }
            TableChange::AddConstraint(constraint) => match &constraint.name {
                Some(name) => member(ObjectKind::Constraint, name),
                None if is_primary(&constraint.kind) => self.has_primary_key(table),
                None => Truth::False,
            },
            TableChange::DropConstraint { name, if_exists: false, .. }
            | TableChange::RenameConstraint { name, .. } => !member(ObjectKind::Constraint, name),
            TableChange::Rename { new_name } => {
                let new = self.resolve(table).sibling(new_name.clone());
                self.presence(&new)
            }
            _ => Truth::False,
        }
    }

    fn has_primary_key(&self, table: &ObjectName) -> Truth {
        let known = self.table_of(&self.resolve(table)).and_then(|table| table.primary_key());
        match known {
            Some(key) if key.certain => Truth::True,
            Some(_) => Truth::Unknown,
            None => Truth::False,
        }
    }

    fn drop_fails(&self, drop: &DropObject) -> Truth {
        drop.names.iter().fold(Truth::False, |any, name| {
            let there = match &drop.table {
                Some(table) => self.exists(drop.kind, table, Some(&name.name)),
                None => self.exists(drop.kind, name, None),
            };
            any.or(!there)
        })
    }
}

fn is_primary(kind: &ConstraintKind) -> bool {
    matches!(kind, ConstraintKind::PrimaryKey { .. } | ConstraintKind::PrimaryKeyUsingIndex(_))
}

fn table_member(table: &Table, kind: ObjectKind, member: &Ident) -> Truth {
    let certain = match kind {
        ObjectKind::Column => table.column(member).map(|column| column.certain),
        ObjectKind::Constraint => table.constraint(member).map(|constraint| constraint.certain),
        ObjectKind::Trigger => table.triggers.iter().any(|t| t.name == *member).then_some(true),
        ObjectKind::Policy => table.policies.iter().any(|p| p.name == *member).then_some(true),
        ObjectKind::Rule => table.rules.iter().any(|rule| rule.name == *member).then_some(true),
        _ => return Truth::Unknown,
    };
    match certain {
        Some(true) => Truth::True,
        Some(false) => Truth::Unknown,
        None if table.columns_known => Truth::False,
        None => Truth::Unknown,
    }
}
