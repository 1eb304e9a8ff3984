//! The evaluation: runs through `upgrade()` or `downgrade()` with values as far as they are known,
//! and collects the directives that it calls, each with the condition under which it is reached.
//!
//! `state` keeps names and conditions, `statement` and `branch` go through statements,
//! `expression` and its neighbours evaluate, `call` says what calls do, `directive` makes
//! [`DirectiveCall`]s. What is not known stays unknown at its own place.

mod binary;
mod branch;
mod builtin;
mod call;
mod class;
mod compare;
mod comprehension;
mod container;
mod directive;
mod environ;
mod expression;
mod format;
mod function;
mod handle;
mod import;
mod inspect;
mod json;
mod loops;
mod namespace;
mod object;
mod orm;
mod python_str;
mod state;
mod statement;
mod string;
#[cfg(test)]
mod tests;
mod truth;
mod with;

use super::library::Library;
use super::module::Module;
use crate::migration::python::{DirectiveCall, Handle, Value};
use crate::migration::{Dialect, Direction};
use state::Machine;

/// What one direction of a revision does.
#[derive(Debug, Clone, Default)]
pub struct Evaluation {
    /// Its directives in the order in which they are called.
    pub calls: Vec<DirectiveCall>,
}

/// Evaluates one direction; `None` where the revision has no such function.
pub fn evaluate<'a>(
    module: &'a Module,
    library: &'a Library<'a>,
    direction: Direction,
    dialect: Dialect,
) -> Option<Evaluation> {
    let name = match direction {
        Direction::Up => "upgrade",
        Direction::Down => "downgrade",
    };
    if !module.binds(name) {
        return None;
    }
    let mut machine = Machine::new(module, library, dialect);
    machine.run(name);
    Some(Evaluation { calls: machine.finish() })
}

/// The values of module-level names; `None` for those that are not bound.
pub(super) fn constants<'a, const N: usize>(
    module: &'a Module,
    library: &'a Library<'a>,
    names: [&str; N],
) -> [Option<Value>; N] {
    let mut machine = Machine::new(module, library, Dialect::Postgres);
    names.map(|name| machine.global(0, name))
}
