//! `with`: batches, autocommit blocks, connections, the project's own context managers.

use super::directive::Sent;
use super::function::Arguments;
use super::state::{Flow, Machine, Yield};
use crate::migration::Guard;
use crate::migration::python::{CommitMode, Handle, Kind, Sender, Value};
use ruff_python_ast::{Expr, Stmt, StmtWith, WithItem};
use ruff_text_size::Ranged;

impl<'a> Machine<'a> {
    pub(super) fn with(&mut self, with: &'a StmtWith) -> Flow {
        self.items(&with.items, &with.body)
    }

    fn items(&mut self, items: &'a [WithItem], body: &'a [Stmt]) -> Flow {
        let Some((item, rest)) = items.split_first() else { return self.block(body) };
        let context = &item.context_expr;
        if let Some(flow) = self.own_manager(item, rest, body) {
            return flow;
        }
        let value = self.expression(context);
        match value.path() {
            Some("alembic.autocommit_block") => {
                return self.autocommit(context, |machine| machine.items(rest, body));
            }
            Some("contextlib.suppress") => {
                let guard = Guard::Caught(Vec::new());
                return self.fork(guard, |machine| machine.items(rest, body), |_| Flow::Next);
            }
            _ => {}
        }
        let commits = matches!(value.kind, Kind::Handle(Handle::Autocommit));
        if let Some(target) = &item.optional_vars {
            self.assign(target, entered(value));
        }
        match commits {
            true => self.autocommit(context, |machine| machine.items(rest, body)),
            false => self.items(rest, body),
        }
    }

    /// Runs something of which each statement commits by itself.
    pub(super) fn autocommit<T>(
        &mut self,
        call: &impl Ranged,
        run: impl FnOnce(&mut Self) -> T,
    ) -> T {
        if self.commit == CommitMode::Autocommit {
            return run(self);
        }
        let outer = std::mem::replace(&mut self.commit, CommitMode::Autocommit);
        let name = |name| Sent { name, sender: Sender::Op, batch: None };
        self.send(name("begin_autocommit"), Arguments::default(), call, call.range());
        let given = run(self);
        self.send(name("end_autocommit"), Arguments::default(), call, call.range());
        self.commit = outer;
        given
    }

    /// A generator of the project used as a context manager: its code around the body.
    fn own_manager(
        &mut self,
        item: &'a WithItem,
        rest: &'a [WithItem],
        body: &'a [Stmt],
    ) -> Option<Flow> {
        let Expr::Call(call) = &item.context_expr else { return None };
        let callee = self.expression(&call.func);
        let Kind::Handle(Handle::Function(number)) = callee.kind else { return None };
        if !self.functions.get(number)?.is_generator || !rest.is_empty() {
            return None;
        }
        let arguments = self.arguments(&call.arguments);
        let target = item.optional_vars.as_deref();
        let served = Yield { body, target, frame: self.current, flow: None };
        let flow = self.call_serving(number, arguments, call, served);
        Some(flow.unwrap_or(Flow::Next))
    }

    /// A `yield`: the body of the `with` that this generator serves runs here.
    pub(super) fn yielded(&mut self, value: Option<&'a Expr>) {
        let value = value.map(|value| self.expression(value));
        let served = self.frames.get_mut(self.current).and_then(|frame| frame.yields.take());
        let Some(served) = served else { return };
        let generator = std::mem::replace(&mut self.current, served.frame);
        let site = self.site.take();
        if let (Some(target), Some(value)) = (served.target, value) {
            self.assign(target, value);
        }
        let flow = self.block(served.body);
        self.current = generator;
        self.site = site;
        if let Some(frame) = self.frame() {
            frame.yields = Some(Yield { body: &[], flow: Some(flow), ..served });
        }
    }
}

/// What `with x as y` binds.
fn entered(value: Value) -> Value {
    match &value.kind {
        Kind::Call(call) => match call.path() {
            Some("contextlib.closing" | "contextlib.nullcontext") => {
                call.args.first().cloned().unwrap_or(value)
            }
            _ => value,
        },
        _ => value,
    }
}

/// Whether a function's own statements yield.
pub(super) fn yields(body: &[Stmt]) -> bool {
    let nested = |blocks: &[&[Stmt]]| blocks.iter().any(|block| yields(block));
    body.iter().any(|statement| match statement {
        Stmt::Expr(expr) => matches!(&*expr.value, Expr::Yield(_)),
        Stmt::Assign(assign) => matches!(&*assign.value, Expr::Yield(_)),
        Stmt::If(branch) => {
            yields(&branch.body)
                || branch.elif_else_clauses.iter().any(|clause| yields(&clause.body))
        }
        Stmt::Try(one) => nested(&[&one.body, &one.orelse, &one.finalbody]),
        Stmt::With(with) => yields(&with.body),
        Stmt::For(each) => yields(&each.body),
        Stmt::While(repeat) => yields(&repeat.body),
        _ => false,
    })
}
