//! Statements that the server refuses: which of their actions is to blame.

use super::{Draft, StatementContext};
use crate::effects::{Refusal, RefusalKind};
use crate::finding::Hazard;
use crate::migration::{Action, ActionKind};
use crate::source::Span;

/// A refusal with the action that causes it.
#[derive(Debug, Clone, Copy)]
pub struct Refused<'a> {
    /// Why.
    pub refusal: &'a Refusal,
    /// The action, where it can be told apart.
    pub action: Option<&'a Action>,
    /// Its place, else that of the whole statement.
    pub span: Span,
}

impl<'a> StatementContext<'a> {
    /// The refusal of the statement, if it is of that kind and sure to be met: the statement runs,
    /// and nothing before it in the transaction was refused.
    pub fn refused(&self, kind: RefusalKind) -> Option<Refused<'a>> {
        let refusal = self.effects().refused.as_ref().filter(|refusal| refusal.kind == kind)?;
        if self.effects().conditional {
            return None;
        }
        let actions = self.actions();
        let action = match actions {
            [one] => Some(one),
            _ => actions.iter().find(|one| self.effects_of(one).refused.as_ref() == Some(refusal)),
        };
        let span = action.map_or(self.statement().span, |action| action.span);
        Some(Refused { refusal, action, span })
    }
}

impl Refused<'_> {
    /// What the action does.
    pub fn kind(&self) -> Option<&ActionKind> {
        self.action.map(|action| &action.kind)
    }
}

impl Refused<'_> {
    /// A finding about it: the migration stops here.
    pub fn draft(&self, context: &StatementContext<'_>, help: impl Into<String>) -> Option<Draft> {
        let reason = self.refusal.reason.replace('"', "`");
        let place = context.place(self.span)?;
        let message = format!("the migration fails here: {reason}");
        let label = format!("refused by {}", context.target().dialect.title());
        Some(Draft::at(place, Hazard::Fails, message).label(label).help(help))
    }
}
