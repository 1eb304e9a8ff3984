//! Blocks whose conditions cannot be told: what stands in one may rely on what stands before it in
//! there; behind the block, what it did is uncertain.

use crate::migration::{Guard, Statement, Step, Target};
use crate::schema::{GuardStack, Schema, Truth};
use std::sync::Arc;

/// The conditions around a statement, and for those that cannot be told, the schema where they do
/// not hold.
#[derive(Debug, Default)]
pub(super) struct Branches {
    guards: GuardStack,
    open: Vec<Branch>,
    /// Whether the statement relies on the blocks around it having been entered.
    relies: bool,
}

#[derive(Debug)]
struct Branch {
    /// How many blocks lie around what stands in it, itself among them.
    depth: usize,
    /// The schema where it is passed over.
    passed_over: Arc<Schema>,
}

impl Branches {
    /// Begins a step. Directives of one script share their conditions, as statements of a block
    /// do; other steps ask theirs anew, and so does what follows a step that runs in any case.
    pub(super) fn begin(&mut self, step: &Step, schema: &mut Arc<Schema>) {
        if step.directive.is_none() || is_unconditional(step) {
            self.guards = GuardStack::default();
            self.join(schema);
        }
    }

    /// Whether a statement runs. The schema becomes the one that it finds where it does.
    pub(super) fn resolve(
        &mut self,
        schema: &mut Arc<Schema>,
        statement: &Statement,
        target: &Target,
    ) -> Truth {
        let open = self.guards.leave(statement);
        self.leave(open, schema);
        let runs = self.guards.enter(schema, statement, target);
        let doubted = self.guards.doubted();
        if let Some(depth) = doubted
            && self.open.last().is_none_or(|branch| branch.depth < depth)
        {
            self.open.push(Branch { depth, passed_over: Arc::clone(schema) });
        }
        self.relies = doubted.is_some();
        runs
    }

    /// What [`Self::resolve`] said of the statement, once the blocks around it are entered.
    pub(super) fn within(&self, runs: Truth) -> Truth {
        match runs {
            Truth::Unknown if self.relies => Truth::True,
            runs => runs,
        }
    }

    /// Makes uncertain what was done so far in blocks that may have been passed over.
    pub(super) fn join(&mut self, schema: &mut Arc<Schema>) {
        self.leave(0, schema);
    }

    fn leave(&mut self, depth: usize, schema: &mut Arc<Schema>) {
        while let Some(branch) = self.open.pop_if(|branch| branch.depth > depth) {
            *schema = Arc::new(Arc::unwrap_or_clone(branch.passed_over).join(schema));
        }
    }
}

/// Whether all of a step runs in any case.
fn is_unconditional(step: &Step) -> bool {
    step.statements.iter().all(|statement| statement.guard == Guard::Always)
}
