//! Branches: every path is gone, each under its condition; where they meet, names that differ are
//! no longer known.

use super::state::{Condition, Flow, Machine, Until};
use super::truth::Truth;
use crate::migration::python::Value;
use crate::migration::{Guard, Ident};
use ruff_python_ast::{ExceptHandler, Expr, Pattern, Stmt, StmtIf, StmtMatch, StmtTry};
use smol_str::SmolStr;
use std::collections::HashMap;

type Locals = HashMap<SmolStr, Value>;

impl<'a> Machine<'a> {
    pub(super) fn branch(&mut self, branch: &'a StmtIf) -> Flow {
        let mut clauses: Vec<(Option<&'a Expr>, &'a [Stmt])> =
            vec![(Some(&branch.test), &branch.body)];
        for clause in &branch.elif_else_clauses {
            clauses.push((clause.test.as_ref(), &clause.body));
        }
        self.clauses(&clauses)
    }

    /// The first clause whose condition holds; all that may.
    fn clauses(&mut self, clauses: &[(Option<&'a Expr>, &'a [Stmt])]) -> Flow {
        let Some(((test, body), rest)) = clauses.split_first() else { return Flow::Next };
        let Some(test) = test else { return self.block(body) };
        if is_type_checking(test) {
            return self.clauses(rest);
        }
        match self.truth_of(test) {
            Truth::Known(true) => self.block(body),
            Truth::Known(false) => self.clauses(rest),
            Truth::When(guard) => {
                self.fork(guard, |machine| machine.block(body), |machine| machine.clauses(rest))
            }
        }
    }

    /// Goes both ways and puts them together.
    pub(super) fn fork(
        &mut self,
        guard: Guard,
        holds: impl FnOnce(&mut Self) -> Flow,
        fails: impl FnOnce(&mut Self) -> Flow,
    ) -> Flow {
        let before = self.locals();
        let (yes, kept_yes) = self.under(guard.clone(), holds);
        let after_yes = self.swap_locals(before);
        let (no, kept_no) = self.under(guard.clone().negate(), fails);
        match (yes, no) {
            (Flow::Next, Flow::Next) => {
                self.join_locals(after_yes);
                // What an inner `return` left behind holds only on its side.
                self.hold_or(&guard.clone().negate(), kept_yes);
                self.hold_or(&guard, kept_no);
                Flow::Next
            }
            (Flow::Next, left) => {
                self.swap_locals(after_yes);
                self.hold(guard, left);
                self.path.extend(kept_yes);
                Flow::Next
            }
            (left, Flow::Next) => {
                self.hold(guard.negate(), left);
                self.path.extend(kept_no);
                Flow::Next
            }
            (Flow::Raise, other) | (other, Flow::Raise) => other,
            (a, b) if a == b => a,
            // A round ends either way; what leaves more is taken to leave the rest too.
            (a, b) => {
                if until(a) > until(b) {
                    b
                } else {
                    a
                }
            }
        }
    }

    /// Runs under one more condition; what holds on behind it is handed back.
    fn under(
        &mut self,
        guard: Guard,
        run: impl FnOnce(&mut Self) -> Flow,
    ) -> (Flow, Vec<Condition>) {
        let base = self.path.len();
        self.path.push(Condition { guard, until: Until::Branch });
        let flow = run(self);
        let kept = self.path.split_off((base + 1).min(self.path.len()));
        self.path.truncate(base);
        (flow, kept)
    }

    /// What follows runs only where the other side was not left.
    fn hold(&mut self, guard: Guard, left: Flow) {
        // A migration that raises does not run: what follows a check is not conditional on it.
        if left != Flow::Raise {
            self.path.push(Condition { guard, until: until(left) });
        }
    }

    fn hold_or(&mut self, escape: &Guard, kept: Vec<Condition>) {
        for one in kept {
            let guard = Guard::Any(vec![escape.clone(), one.guard]);
            self.path.push(Condition { guard, until: one.until });
        }
    }

    pub(super) fn locals(&self) -> Locals {
        self.frames.get(self.current).map(|frame| frame.locals.clone()).unwrap_or_default()
    }

    /// Puts other names in place; gives those that were there.
    pub(super) fn swap_locals(&mut self, locals: Locals) -> Locals {
        match self.frame() {
            Some(frame) => std::mem::replace(&mut frame.locals, locals),
            None => locals,
        }
    }

    /// Names that differ from those of another path are not known any more.
    pub(super) fn join_locals(&mut self, other: Locals) {
        let Some(frame) = self.frame() else { return };
        for (name, value) in other {
            match frame.locals.get_mut(&name) {
                Some(here) if here.kind == value.kind => {}
                Some(here) => {
                    *here = Value::unknown(format!("`{name}` differs by path"), here.source);
                }
                // Bound on one path alone: elsewhere Python would fail on it.
                None => {
                    frame.locals.insert(name, value);
                }
            }
        }
    }

    pub(super) fn attempt(&mut self, attempt: &'a StmtTry) -> Flow {
        let swallows = attempt.handlers.iter().any(|handler| !re_raises(handler));
        let base = self.path.len();
        if swallows {
            let guard = Guard::Caught(caught(&attempt.handlers));
            self.path.push(Condition { guard, until: Until::Branch });
        }
        let flow = self.block(&attempt.body);
        let kept = self.path.split_off((base + usize::from(swallows)).min(self.path.len()));
        self.path.truncate(base);
        let after = self.locals();
        for handler in &attempt.handlers {
            let ExceptHandler::ExceptHandler(handler) = handler;
            if let Some(name) = &handler.name {
                let error = self.unknown("an error", handler);
                self.bind(name, error);
            }
            self.under(Guard::OnError, |machine| machine.block(&handler.body));
        }
        let in_handlers = self.swap_locals(after);
        if swallows {
            // A value that only a handler gives is better than none.
            if let Some(frame) = self.frame() {
                for (name, value) in in_handlers {
                    frame.locals.entry(name).or_insert(value);
                }
            }
        }
        self.path.extend(kept);
        let flow = if flow == Flow::Next { self.block(&attempt.orelse) } else { flow };
        match self.block(&attempt.finalbody) {
            Flow::Next => flow,
            left => left,
        }
    }

    pub(super) fn choose(&mut self, choice: &'a StmtMatch) -> Flow {
        let subject = self.expression(&choice.subject);
        let mut flows = Vec::new();
        for case in &choice.cases {
            match self.fits(&subject, &case.pattern).filter(|_| case.guard.is_none()) {
                Some(false) => {}
                Some(true) => {
                    flows.push(self.block(&case.body));
                    break;
                }
                None => {
                    let guard = self.as_written(&case.pattern);
                    let flow =
                        self.fork(guard, |machine| machine.block(&case.body), |_| Flow::Next);
                    flows.push(flow);
                }
            }
        }
        let left = flows.iter().find(|flow| **flow != Flow::Next);
        match left {
            Some(left) if flows.len() == 1 => *left,
            _ => Flow::Next,
        }
    }

    /// Whether a value fits a pattern, where that can be told.
    fn fits(&mut self, subject: &Value, pattern: &'a Pattern) -> Option<bool> {
        match pattern {
            Pattern::MatchValue(value) => {
                let wanted = self.expression(&value.value);
                super::compare::equal(subject, &wanted)
            }
            Pattern::MatchOr(any) => {
                let mut all_known = true;
                for pattern in &any.patterns {
                    match self.fits(subject, pattern) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => all_known = false,
                    }
                }
                all_known.then_some(false)
            }
            Pattern::MatchAs(capture) if capture.pattern.is_none() => {
                if let Some(name) = &capture.name {
                    self.bind(name, subject.clone());
                }
                Some(true)
            }
            _ => None,
        }
    }
}

/// How long the condition of having not left this way holds.
fn until(flow: Flow) -> Until {
    match flow {
        Flow::Continue => Until::Round,
        Flow::Break => Until::Loop,
        Flow::Next | Flow::Return | Flow::Raise => Until::Function,
    }
}

/// `if TYPE_CHECKING:` never runs.
fn is_type_checking(test: &Expr) -> bool {
    match test {
        Expr::Name(name) => name.id.as_str() == "TYPE_CHECKING",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
        _ => false,
    }
}

fn re_raises(handler: &ExceptHandler) -> bool {
    let ExceptHandler::ExceptHandler(handler) = handler;
    matches!(handler.body.last(), Some(Stmt::Raise(_)))
}

fn caught(handlers: &[ExceptHandler]) -> Vec<Ident> {
    let name = |expr: &Expr| match expr {
        Expr::Name(name) => Some(Ident::new(name.id.as_str())),
        Expr::Attribute(attribute) => Some(Ident::new(attribute.attr.as_str())),
        _ => None,
    };
    let mut names = Vec::new();
    for ExceptHandler::ExceptHandler(handler) in handlers {
        match handler.type_.as_deref() {
            Some(Expr::Tuple(all)) => names.extend(all.elts.iter().filter_map(name)),
            Some(one) => names.extend(name(one)),
            None => {}
        }
    }
    names
}
