//! A Python file, parsed, with what its top level binds.

use super::limits;
use crate::source::{SourceFile, Span};
use ruff_python_ast::{ModModule, Stmt};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::Ranged;
use smol_str::SmolStr;
use std::collections::HashMap;
use std::sync::Arc;

/// A file that the evaluation reads.
#[derive(Debug)]
pub struct Module {
    /// Its text.
    pub file: Arc<SourceFile>,
    /// Its dotted name, where it is one of the project's modules.
    pub dotted: Option<SmolStr>,
    parsed: Option<Parsed<ModModule>>,
    /// For each name of the top level the statements that bind or change it.
    names: HashMap<SmolStr, Vec<usize>>,
    /// The first syntax error, or why the file was not parsed.
    pub error: Option<SyntaxError>,
}

/// Why a file is not understood as Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where.
    pub at: Span,
    /// What is wrong.
    pub reason: String,
}

impl Module {
    /// Parses a file. A syntax error costs what stands at it; the parser goes on behind it.
    pub fn parse(file: Arc<SourceFile>, dotted: Option<SmolStr>) -> Self {
        let mut module = Self { file, dotted, parsed: None, names: HashMap::new(), error: None };
        if let Some(error) = limits::too_much(module.file.text()) {
            module.error = Some(error);
            return module;
        }
        let parsed = parse_unchecked(module.file.text(), ParseOptions::from(Mode::Module));
        module.error = parsed
            .errors()
            .first()
            .map(|error| SyntaxError { at: span(error.location), reason: error.error.to_string() });
        module.parsed = parsed.try_into_module();
        module.names = super::bindings::of(module.body());
        module
    }

    /// The statements of its top level.
    pub fn body(&self) -> &[Stmt] {
        self.parsed.as_ref().map_or(&[], |parsed| &parsed.syntax().body)
    }

    /// The statements that bind or change a name of the top level, in their order.
    pub fn binding(&self, name: &str) -> impl Iterator<Item = &Stmt> {
        let at = self.names.get(name).map_or(&[][..], Vec::as_slice);
        at.iter().filter_map(|at| self.body().get(*at))
    }

    /// Whether the top level binds the name.
    pub fn binds(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// Names that the top level binds, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.names.keys().map(SmolStr::as_str).collect();
        names.sort_unstable();
        names
    }

    /// The text at a node.
    pub fn slice(&self, node: &impl Ranged) -> &str {
        self.file.slice(span(node.range()))
    }

    /// The comments of the file, in their order.
    pub fn comments(&self) -> impl Iterator<Item = Span> {
        use ruff_python_ast::token::TokenKind;
        let tokens = self.parsed.iter().flat_map(|parsed| parsed.tokens().iter());
        tokens.filter(|token| token.kind() == TokenKind::Comment).map(|token| span(token.range()))
    }
}

/// A range of the parser as a span.
pub(super) fn span(range: ruff_text_size::TextRange) -> Span {
    Span::new(range.start().to_usize(), range.end().to_usize())
}
