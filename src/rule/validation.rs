//! Adds a constraint without looking at the rows, and validates it in a migration of its own.

use super::{FollowUp, Remedy, StatementContext, Step, WayBack, quoted, relation_sql};
use crate::finding::Edit;
use crate::migration::{Action, Direction, Ident};
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
        let validate = format!(
            "ALTER TABLE {} VALIDATE CONSTRAINT {}",
            relation_sql(table),
            quoted(constraint)
        );
        let named = RelationName { name: constraint.clone(), ..table.clone() };
        let new = FollowUp {
            description: &format!("validate_{constraint}"),
            about: &[&named, table],
            comments: "",
            up: &Step::new([validate]),
            down: WayBack::Nothing("nothing to undo: the rows were only looked at"),
        };
        let creates = self.follow_up(&new)?;
        (is_written || is_call).then_some(Remedy { edits: vec![word], creates })
    }
}

fn constraint_in<'s>(
    schema: &'s Schema,
    table: &RelationName,
    name: &Ident,
) -> Option<&'s Constraint> {
    schema.table(table).any()?.constraint(name)
}
