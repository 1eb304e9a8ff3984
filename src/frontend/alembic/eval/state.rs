//! What the evaluation knows at a point: names, the conditions of the path, what was called.

use super::super::library::Library;
use super::super::limits;
use super::super::module::{Module, span};
use crate::migration::python::{Batch, CommitMode, DirectiveCall, Kind, Source, Value};
use crate::migration::{Dialect, Guard};
use crate::source::Span;
use ruff_python_ast::{Expr, Parameters, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;
use smol_str::SmolStr;
use std::collections::HashMap;
use std::sync::Arc;

/// The evaluation under way.
pub(super) struct Machine<'a> {
    pub library: &'a Library<'a>,
    pub dialect: Dialect,
    pub modules: Vec<Loaded<'a>>,
    pub functions: Vec<Function<'a>>,
    pub classes: Vec<super::class::Class>,
    pub batches: Vec<Arc<Batch>>,
    pub frames: Vec<Frame<'a>>,
    /// The frame whose code runs.
    pub current: usize,
    /// Conditions under which this point is reached.
    pub path: Vec<Condition>,
    /// Whether the environment hands something over to `upgrade()` itself: which of several
    /// databases it is called for.
    pub is_per_database: bool,
    pub commit: CommitMode,
    /// The call in the migration itself that led into another file.
    pub site: Option<Site>,
    pub calls: Vec<DirectiveCall>,
    pub fuel: usize,
    pub depth: usize,
    pub called: usize,
    /// Whether the call at hand is made for what it does alone.
    pub is_effect: bool,
    /// How many modules' top levels are being evaluated: they send nothing.
    pub silent: usize,
}

/// A module in use.
pub(super) struct Loaded<'a> {
    pub module: &'a Module,
    /// Values of its names; `None` while one is evaluated.
    pub globals: HashMap<SmolStr, Option<Value>>,
}

/// A function of the project.
#[derive(Clone, Copy)]
pub(super) struct Function<'a> {
    pub module: u16,
    pub parameters: Option<&'a Parameters>,
    pub body: Body<'a>,
    /// The function that it is defined in.
    pub enclosing: Option<usize>,
    pub is_generator: bool,
}

/// What a function runs.
#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    Statements(&'a [Stmt]),
    Lambda(&'a Expr),
}

/// Names of one call.
#[derive(Default)]
pub(super) struct Frame<'a> {
    pub module: u16,
    pub function: Option<usize>,
    pub locals: HashMap<SmolStr, Value>,
    /// Names that `global` says are the module's.
    pub globals: Vec<SmolStr>,
    pub returns: Vec<(Guard, Value)>,
    /// Length of the path where it was entered.
    pub path_base: usize,
    /// The body of the `with` that this generator serves.
    pub yields: Option<Yield<'a>>,
}

/// The body of a `with` statement, run where its context manager yields.
#[derive(Clone, Copy)]
pub(super) struct Yield<'a> {
    pub body: &'a [Stmt],
    pub target: Option<&'a Expr>,
    pub frame: usize,
    pub flow: Option<Flow>,
}

/// A condition of the path, and how long it holds.
#[derive(Clone)]
pub(super) struct Condition {
    pub guard: Guard,
    pub until: Until,
}

/// How long a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Until {
    /// To the end of the branch.
    Branch,
    /// To the end of the loop's round: `continue` ends it otherwise.
    Round,
    /// To the end of the loop: `break` ends it otherwise.
    Loop,
    /// To the end of the function: `return` ends it otherwise.
    Function,
}

/// How a statement ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Continue,
    Break,
    Return,
    Raise,
}

/// A call in the migration itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    pub call: Span,
    pub name: Span,
}

impl<'a> Machine<'a> {
    pub fn new(module: &'a Module, library: &'a Library<'a>, dialect: Dialect) -> Self {
        Self {
            library,
            dialect,
            modules: vec![Loaded { module, globals: HashMap::new() }],
            functions: Vec::new(),
            classes: Vec::new(),
            batches: Vec::new(),
            frames: vec![Frame::default()],
            current: 0,
            path: Vec::new(),
            is_per_database: false,
            commit: CommitMode::Transaction,
            site: None,
            calls: Vec::new(),
            fuel: limits::FUEL,
            depth: 0,
            called: 0,
            is_effect: false,
            silent: 0,
        }
    }

    /// The directives that were called.
    pub fn finish(self) -> Vec<DirectiveCall> {
        self.calls
    }

    /// Takes a unit of work; `false` when there is none left.
    pub fn spend(&mut self) -> bool {
        self.fuel = self.fuel.saturating_sub(1);
        self.fuel > 0
    }

    /// The number of the module whose code runs.
    pub fn module_number(&self) -> u16 {
        self.frames.get(self.current).map_or(0, |frame| frame.module)
    }

    /// The module whose code runs.
    pub fn module(&self) -> Option<&'a Module> {
        self.modules.get(usize::from(self.module_number())).map(|loaded| loaded.module)
    }

    /// A node's text.
    pub fn slice(&self, node: &impl Ranged) -> &'a str {
        self.module().map_or("", |module| module.slice(node))
    }

    /// Where a node is written.
    pub fn source(&self, node: &impl Ranged) -> Source {
        Source { module: self.module_number(), span: span(node.range()) }
    }

    /// A value written at a node.
    pub fn value(&self, kind: Kind, node: &impl Ranged) -> Value {
        Value::new(kind, self.source(node))
    }

    /// A value that is not known.
    pub fn unknown(&self, why: impl AsRef<str>, node: &impl Ranged) -> Value {
        Value::unknown(why, self.source(node))
    }

    /// The condition that a node is, as written.
    pub fn as_written(&self, node: &impl Ranged) -> Guard {
        const LONGEST: usize = 160;
        let words = self.slice(node).split_whitespace().collect::<Vec<_>>().join(" ");
        Guard::Unknown(words.chars().take(LONGEST).collect())
    }

    pub fn frame(&mut self) -> Option<&mut Frame<'a>> {
        self.frames.get_mut(self.current)
    }

    /// Binds a name where the code runs.
    pub fn bind(&mut self, name: &str, value: Value) {
        let Some(frame) = self.frames.get_mut(self.current) else { return };
        if frame.globals.iter().any(|global| global == name) {
            let module = usize::from(frame.module);
            if let Some(loaded) = self.modules.get_mut(module) {
                loaded.globals.insert(SmolStr::new(name), Some(value));
            }
            return;
        }
        frame.locals.insert(SmolStr::new(name), value);
    }

    /// A name's value: local, of an enclosing function, of the module.
    pub fn lookup(&mut self, name: &str) -> Option<Value> {
        let mut at = Some(self.current);
        while let Some(index) = at {
            let frame = self.frames.get(index)?;
            if let Some(value) = frame.locals.get(name) {
                return Some(value.clone());
            }
            let enclosing =
                frame.function.and_then(|function| self.functions.get(function)?.enclosing);
            at = enclosing.and_then(|function| {
                let below = self.frames.get(..index)?;
                below.iter().rposition(|frame| frame.function == Some(function))
            });
        }
        self.global(self.module_number(), name)
    }

    /// A name of a module's top level, evaluated when first asked for.
    pub fn global(&mut self, number: u16, name: &str) -> Option<Value> {
        let loaded = self.modules.get_mut(usize::from(number))?;
        if let Some(known) = loaded.globals.get(name) {
            let circle = Source { module: number, span: Span::default() };
            return Some(
                known.clone().unwrap_or_else(|| Value::unknown("it needs itself", circle)),
            );
        }
        if !loaded.module.binds(name) {
            return None;
        }
        let module = loaded.module;
        loaded.globals.insert(SmolStr::new(name), None);
        let outer_path = std::mem::take(&mut self.path);
        let outer = self.current;
        self.current = self.frames.len();
        self.frames.push(Frame { module: number, ..Frame::default() });
        let is_effect = std::mem::take(&mut self.is_effect);
        self.silent += 1;
        for statement in module.binding(name) {
            self.statement(statement);
        }
        self.silent -= 1;
        self.is_effect = is_effect;
        let frame = self.frames.pop();
        self.current = outer;
        self.path = outer_path;
        let value = frame.and_then(|mut frame| frame.locals.remove(name));
        let loaded = self.modules.get_mut(usize::from(number))?;
        match value {
            Some(value) => loaded.globals.insert(SmolStr::new(name), Some(value)),
            None => loaded.globals.remove(name),
        };
        loaded.globals.get(name).cloned().flatten()
    }

    /// The condition under which this point is reached.
    pub fn guard(&self) -> Guard {
        self.path.iter().fold(Guard::Always, |all, one| all.and(one.guard.clone()))
    }

    /// The condition since the path had `base` parts.
    pub fn guard_since(&self, base: usize) -> Guard {
        let parts = self.path.get(base..).unwrap_or_default();
        parts.iter().fold(Guard::Always, |all, one| all.and(one.guard.clone()))
    }

    /// Ends conditions above `base` that hold no longer than `until`.
    pub fn end_conditions(&mut self, base: usize, until: Until) {
        let mut at = 0;
        self.path.retain(|one| {
            at += 1;
            at <= base || one.until > until
        });
    }

    /// Registers a function.
    pub fn define(&mut self, def: &'a StmtFunctionDef) -> usize {
        let enclosing = self.frames.get(self.current).and_then(|frame| frame.function);
        self.functions.push(Function {
            module: self.module_number(),
            parameters: Some(&def.parameters),
            body: Body::Statements(&def.body),
            enclosing,
            is_generator: super::with::yields(&def.body),
        });
        self.functions.len() - 1
    }

    /// The number of a project's module, loaded when first asked for.
    pub fn load(&mut self, module: &'a Module) -> u16 {
        let known = self.modules.iter().position(|loaded| std::ptr::eq(loaded.module, module));
        let at = known.unwrap_or_else(|| {
            self.modules.push(Loaded { module, globals: HashMap::new() });
            self.modules.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }
}
