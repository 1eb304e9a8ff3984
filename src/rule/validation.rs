//! Adds a constraint without looking at the rows, and validates it in a migration of its own.

use super::ddl::not_null_proof;
use super::relocate::cut;
use super::stages::cut_action;
use super::{
    FollowUp, Remedy, StatementContext, Step, WayBack, not_null_steps, quoted, relation_sql,
};
use crate::finding::{Edit, NewFile};
use crate::migration::{Action, ActionKind, ColumnChange, Direction, Ident, Script, TableChange};
use crate::schema::{Constraint, RelationName, Schema};
use crate::source::{Place, Span};

/// What the fix does, as a message.
pub const VALIDATE_LATER: &str =
    "add it without looking at the rows, and validate it in a migration of its own";

impl StatementContext<'_> {
    /// `NOT VALID` behind the subcommand that adds the constraint, and a migration that validates
    /// it once this one's locks are gone.
    pub fn validate_later(
        &self,
        action: &Action,
        table: &RelationName,
        constraint: &Ident,
    ) -> Option<Remedy> {
        if self.direction() != Direction::Up || !self.can_split() {
            return None;
        }
        let last = self.transaction.entries.last()?;
        let added = constraint_in(&self.entry.after, table, constraint)?;
        if constraint_in(&last.after, table, constraint) != Some(added)
            || self.is_mentioned_later(&[constraint.as_str()])
        {
            return None;
        }
        let place = self.place(action.span)?;
        let is_written = self.statement().sql.contains(place.text()) && !place.text().is_empty();
        let is_call = self.directive().is_some_and(|directive| !directive.is("execute"));
        let at = Span::new(place.span.end, place.span.end);
        let word = Edit { place: Place { span: at, ..place }, text: " NOT VALID".to_owned() };
        let word = self.add_not_valid(word)?;
        let creates = self.validation(table, constraint)?;
        (is_written || is_call).then_some(Remedy { edits: vec![word], creates })
    }

    /// The files of a migration that validates the constraint once this one's locks are gone.
    pub fn validation(&self, table: &RelationName, constraint: &Ident) -> Option<Vec<NewFile>> {
        if self.direction() != Direction::Up || !self.can_split() {
            return None;
        }
        let validate = format!(
            "ALTER TABLE {} VALIDATE CONSTRAINT {}",
            relation_sql(table),
            quoted(constraint)
        );
        let named = RelationName { name: constraint.clone(), ..table.clone() };
        self.follow_up(&FollowUp {
            description: &format!("validate_{constraint}"),
            about: &[&named, table],
            comments: "",
            up: &Step::new([validate]),
            down: WayBack::Nothing("nothing to undo: the rows were only looked at"),
        })
    }

    /// Takes the action that validates the constraint out of its script, for a migration of its
    /// own; `None` where something that comes before that may need it.
    pub fn move_validation_out(
        &self,
        action: &Action,
        table: &RelationName,
        constraint: &Ident,
    ) -> Option<Remedy> {
        let creates = self.validation(table, constraint)?;
        let is_needed = self.is_mentioned_later(&[constraint.as_str(), "not"]);
        let script = self.script().filter(|_| !is_needed)?;
        let edit = match (self.directive(), self.actions()) {
            (Some(_), _) => self.cut_directive()?,
            (None, [_]) => cut(script, self.statement())?.edit,
            (None, _) => cut_action(script, self.statement(), action)?,
        };
        Some(Remedy { edits: vec![edit], creates })
    }
}

/// What the fix of `SET NOT NULL` does, as a message.
pub const PROVE_LATER: &str = "add a CHECK without looking at the rows, and let a migration of its own prove it and set NOT NULL";

impl StatementContext<'_> {
    /// A CHECK that is not validated in the place of `SET NOT NULL`, and a migration that validates
    /// it, sets NOT NULL without looking at the rows, and drops the CHECK.
    pub fn prove_not_null_later(
        &self,
        action: &Action,
        table: &RelationName,
        column: &Ident,
    ) -> Option<Remedy> {
        let is_sql = self.directive().is_none();
        if self.direction() != Direction::Up || !self.can_split() || !is_sql {
            return None;
        }
        let place = self.place(action.span)?;
        let is_written = self.statement().sql.contains(place.text()) && !place.text().is_empty();
        let is_needed = self.is_mentioned_later(&[column.as_str()]);
        let known = self.before().table(table).known()?;
        if !is_written || is_needed || known.column(column).is_none_or(|one| one.not_null) {
            return None;
        }
        let proof = not_null_proof(table, column);
        let mut edits = vec![Edit { place, text: add_proof(&proof, column) }];
        if let Some(down) = self.migration().down.as_ref().filter(|down| !down.steps.is_empty()) {
            edits.push(self.drops_proof(down, (table, column), &proof)?);
        }
        let [_, validate, set] = not_null_steps(table, column);
        let alter = format!("ALTER TABLE {}", relation_sql(table));
        let back = [
            format!("{alter} ALTER COLUMN {} DROP NOT NULL", quoted(column)),
            format!("{alter} {}", add_proof(&proof, column)),
        ];
        let new = FollowUp {
            description: &format!("{}_{column}_not_null", table.name),
            about: &[&RelationName { name: column.clone(), ..table.clone() }, table],
            comments: "",
            up: &Step::new(validate.into_iter().chain(set)),
            down: WayBack::Steps(&Step::new(back)),
        };
        Some(Remedy { edits, creates: self.follow_up(&new)? })
    }

    /// Drops the CHECK in the way back, in the place of `DROP NOT NULL`.
    fn drops_proof(
        &self,
        down: &Script,
        (table, column): (&RelationName, &Ident),
        proof: &Ident,
    ) -> Option<Edit> {
        let dropped = ColumnChange::DropNotNull;
        let mut actions = down.statements().flat_map(|statement| &statement.actions);
        let action = actions.find(|action| match &action.kind {
            ActionKind::AlterTable { table: altered, change } => {
                let same = matches!(change.as_ref(), TableChange::AlterColumn { column: other, change }
                    if other == column && *change == dropped);
                same && self.entry.after.resolve(&altered.name) == *table
            }
            _ => false,
        })?;
        let place = down.place(action.span);
        let is_written = place.text().to_ascii_lowercase().starts_with("alter");
        let text = format!("DROP CONSTRAINT {}", quoted(proof));
        is_written.then_some(Edit { place, text })
    }
}

fn add_proof(proof: &Ident, column: &Ident) -> String {
    format!("ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID", quoted(proof), quoted(column))
}

pub(super) fn constraint_in<'s>(
    schema: &'s Schema,
    table: &RelationName,
    name: &Ident,
) -> Option<&'s Constraint> {
    schema.table(table).any()?.constraint(name)
}
