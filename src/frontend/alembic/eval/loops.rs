//! Loops: over known values round by round, over unknown ones once for all rounds.

use super::super::limits;
use super::state::{Condition, Flow, Machine, Until};
use super::truth::Truth;
use crate::migration::Guard;
use crate::migration::python::{Handle, Kind, Value};
use ruff_python_ast::{Expr, Stmt, StmtFor, StmtWhile};

/// Rounds of a `while` whose condition stays known.
const WHILE_ROUNDS: usize = 1_000;

impl<'a> Machine<'a> {
    pub(super) fn each(&mut self, each: &'a StmtFor) -> Flow {
        let over = self.expression(&each.iter);
        let flow = match self.iterated(&over) {
            Some(all) if all.len() <= limits::ELEMENTS => self.rounds(each, all),
            _ => self.unknown_rounds(each, &over),
        };
        match flow {
            Flow::Next => self.block(&each.orelse),
            Flow::Break => Flow::Next,
            left => left,
        }
    }

    fn rounds(&mut self, each: &'a StmtFor, all: Vec<Value>) -> Flow {
        let base = self.path.len();
        let mut flow = Flow::Next;
        for value in all {
            if !self.spend() {
                break;
            }
            self.assign(&each.target, value);
            let left = self.block(&each.body);
            self.end_conditions(base, Until::Round);
            if !matches!(left, Flow::Next | Flow::Continue) {
                flow = left;
                break;
            }
        }
        self.end_conditions(base, Until::Loop);
        flow
    }

    /// The body once, for any number of rounds.
    fn unknown_rounds(&mut self, each: &'a StmtFor, over: &Value) -> Flow {
        let element = self.element(over, &each.target);
        // A loop over what the database lists says by its own conditions which element it means.
        let looks = matches!(&over.kind, Kind::Handle(Handle::Listing(_)));
        let guard = if looks { Guard::Always } else { Guard::Loop };
        self.any_round(guard, |machine| {
            machine.bind_element(&each.target, element);
            machine.block(&each.body)
        })
    }

    fn any_round(&mut self, guard: Guard, run: impl FnOnce(&mut Self) -> Flow) -> Flow {
        let base = self.path.len();
        let before = self.locals();
        self.path.push(Condition { guard, until: Until::Branch });
        run(self);
        self.path.remove(base.min(self.path.len().saturating_sub(1)));
        // Whether a round left the function depends on the elements; what follows may run.
        self.path.truncate(base);
        self.join_locals(before);
        Flow::Next
    }

    fn bind_element(&mut self, target: &'a Expr, element: Value) {
        self.assign(target, element);
    }

    /// One element of something that is not known in full.
    pub(super) fn element(&mut self, over: &Value, target: &'a Expr) -> Value {
        match &over.kind {
            Kind::Handle(Handle::Listing(listing)) => {
                Value::new(Kind::Handle(Handle::Listed(listing.clone())), over.source)
            }
            _ => self.part_of(over, target),
        }
    }

    /// A part of a value that is not known, named after where it goes.
    pub(super) fn part_of(&mut self, value: &Value, target: &'a Expr) -> Value {
        match &value.kind {
            Kind::Handle(Handle::Listed(_)) => value.clone(),
            _ => {
                let name = self.slice(target);
                self.unknown(format!("`{name}` is only known when it runs"), target)
            }
        }
    }

    pub(super) fn repeat(&mut self, repeat: &'a StmtWhile) -> Flow {
        let base = self.path.len();
        for _ in 0..WHILE_ROUNDS {
            match self.truth_of(&repeat.test) {
                Truth::Known(false) => {
                    self.end_conditions(base, Until::Loop);
                    return self.block(&repeat.orelse);
                }
                Truth::Known(true) if self.spend() && !ends_unknowably(&repeat.body) => {
                    let left = self.block(&repeat.body);
                    self.end_conditions(base, Until::Round);
                    match left {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => {
                            self.end_conditions(base, Until::Loop);
                            return Flow::Next;
                        }
                        left => return left,
                    }
                }
                _ => return self.any_round(Guard::Loop, |machine| machine.block(&repeat.body)),
            }
        }
        Flow::Next
    }
}

/// Whether a loop ends by a `break` under a condition: `while True: … if not rows: break`.
fn ends_unknowably(body: &[Stmt]) -> bool {
    body.iter().any(|statement| match statement {
        Stmt::Break(_) => true,
        Stmt::If(branch) => {
            ends_unknowably(&branch.body)
                || branch.elif_else_clauses.iter().any(|clause| ends_unknowably(&clause.body))
        }
        Stmt::Try(attempt) => ends_unknowably(&attempt.body) || ends_unknowably(&attempt.orelse),
        Stmt::With(with) => ends_unknowably(&with.body),
        _ => false,
    })
}
