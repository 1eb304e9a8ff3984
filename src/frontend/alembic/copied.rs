//! Batches that copy their table on SQLite: what they send depends on how the table looks then, so
//! it is filled in when the history has been replayed so far.

use super::render::{self, Reflected, copies, is_deferred};
use crate::frontend::sql;
use crate::migration::python::{Batch, DirectiveCall};
use crate::migration::{
    Action, ActionKind, Dialect, Forms, Guard, Ident, Makes, ObjectName, Origin, Script, Statement,
    Step,
};
use crate::source::MappedText;
use std::sync::Arc;

/// A batch that copies its table.
#[derive(Debug, Clone)]
pub struct CopiedTable {
    batch: Arc<Batch>,
    /// Places of its directives among the steps of the script.
    steps: Vec<usize>,
}

/// The batches of a script that copy their tables, in their order.
pub fn copied_tables(script: &Script) -> Vec<CopiedTable> {
    let mut found: Vec<CopiedTable> = Vec::new();
    for (at, step) in script.steps.iter().enumerate() {
        let Some(call) = step.directive.as_ref().filter(|call| is_deferred(call)) else { continue };
        let Some(batch) = &call.batch else { continue };
        match found.iter_mut().find(|one| one.batch.number == batch.number) {
            Some(known) => known.steps.push(at),
            None => found.push(CopiedTable { batch: Arc::clone(batch), steps: vec![at] }),
        }
    }
    found.retain(|one| copies(&one.batch, &one.calls(&script.steps)));
    found
}

impl CopiedTable {
    /// The step at whose place the table is copied: the last directive of the batch.
    pub fn last_step(&self) -> usize {
        self.steps.last().copied().unwrap_or(0)
    }

    /// Whether the step waits for the last one.
    pub fn waits(&self, step: usize) -> bool {
        self.steps.contains(&step) && step != self.last_step()
    }

    /// The table, where its name is known.
    pub fn table(&self) -> Option<ObjectName> {
        let schema = self.batch.keyword("schema").filter(|schema| !schema.is_none());
        let name = Ident::new(self.batch.table.to_name()?);
        Some(match schema {
            Some(schema) => ObjectName::qualified(Ident::new(schema.to_name()?), name),
            None => ObjectName::bare(name),
        })
    }

    fn calls<'s>(&self, steps: &'s [Step]) -> Vec<&'s DirectiveCall> {
        let steps = self.steps.iter().filter_map(|at| steps.get(*at));
        steps.filter_map(|step| step.directive.as_deref()).collect()
    }

    /// Puts what is sent into the script: all of it at the last directive.
    pub fn fill(&self, script: &mut Script, table: Option<Reflected>) {
        let calls = self.calls(&script.steps);
        let Some(first) = calls.first() else { return };
        let guard = first.guard.clone();
        let alike = calls.iter().all(|call| call.guard == guard);
        let sent = match alike {
            true => render::rebuild(&self.batch, &calls, table).map_err(|stop| stop.to_string()),
            false => Err("what the batch does depends on a condition".to_owned()),
        };
        let statements = match sent {
            Ok(written) => written.iter().flat_map(|one| self.parsed(one, &guard)).collect(),
            Err(reason) => vec![self.opaque(script, reason, guard)],
        };
        for at in &self.steps {
            if let Some(step) = script.steps.get_mut(*at) {
                step.statements.clear();
            }
        }
        if let Some(step) = script.steps.get_mut(self.last_step()) {
            step.statements = statements;
        }
    }

    fn parsed(&self, written: &str, guard: &Guard) -> Vec<Statement> {
        let mut text = MappedText::default();
        text.push(written, self.batch.span);
        sql::statements(&text, Dialect::Sqlite, guard, Origin::TopLevel)
    }

    fn opaque(&self, script: &Script, reason: String, guard: Guard) -> Statement {
        let span = self.batch.span;
        Statement {
            span,
            sql: Arc::from(script.source.file.slice(span)),
            actions: vec![Action {
                span,
                kind: ActionKind::Opaque { reason, makes: Makes::Anything },
            }],
            guard,
            origin: Origin::TopLevel,
            forms: Forms::default(),
        }
    }
}
