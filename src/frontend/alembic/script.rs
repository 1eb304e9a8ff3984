//! One direction of a revision as a script: its steps, and the comments that speak to lockgate.

use super::eval::evaluate;
use super::library::Library;
use super::lower::lower;
use super::module::{Module, span};
use super::render::RenderContext;
use crate::migration::{
    Action, ActionKind, Direction, Directive, Forms, Guard, Origin, Script, ScriptSource,
    Statement, Step, Target,
};
use crate::source::{SourceFile, Span};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;
use std::sync::Arc;

/// Reads one direction. Never fails: what is not understood is opaque at its place.
pub fn parse<'a>(
    source: ScriptSource,
    module: &'a Module,
    library: &'a Library<'a>,
    target: &Target,
) -> Script {
    let evaluation = evaluate(module, library, source.direction, target.dialect);
    let context = RenderContext { target, file: &module.file };
    let mut calls = evaluation.unwrap_or_default().calls;
    calls.iter_mut().for_each(|call| library.convention().apply(call));
    let mut steps: Vec<Step> = not_python(module).into_iter().collect();
    steps.extend(lower(calls, &context));
    let directives = comments(module, source.direction, &steps);
    Script { source, steps, directives }
}

/// A syntax error as a step of its own.
fn not_python(module: &Module) -> Option<Step> {
    let error = module.error.as_ref()?;
    let line = module.file.position(error.at.start).line;
    let start = module.file.line_start(line);
    let at = Span::new(start, start + module.file.line_text(line).len());
    let kind = ActionKind::Unparsed { reason: format!("not Python: {}", error.reason), at };
    let statement = Statement {
        span: at,
        sql: Arc::from(module.file.slice(at)),
        actions: vec![Action { span: at, kind }],
        guard: Guard::Always,
        origin: Origin::TopLevel,
        forms: Forms::default(),
    };
    Some(Step { span: at, statements: vec![statement], directive: None, sql: None })
}

/// Comments `# lockgate: …` that belong to this direction.
fn comments(module: &Module, direction: Direction, steps: &[Step]) -> Vec<Directive> {
    let other = match direction {
        Direction::Up => "downgrade",
        Direction::Down => "upgrade",
    };
    let elsewhere = module.binding(other).map(|statement| span(statement.range()));
    let elsewhere: Vec<Span> = elsewhere.collect();
    let head = head(module);
    let mut found = Vec::new();
    for comment in module.comments() {
        let text = module.file.slice(comment).trim_start_matches('#').trim();
        let Some(text) = text.strip_prefix("lockgate:") else { continue };
        if elsewhere.iter().any(|other| other.contains(comment.start)) {
            continue;
        }
        found.push(Directive {
            span: comment,
            text: text.trim().to_owned(),
            statement: bound(&module.file, steps, comment),
            at_head: comment.start < head,
        });
    }
    found
}

/// Where the file's head ends: at its first statement that is no docstring.
fn head(module: &Module) -> usize {
    let is_docstring = |statement: &&Stmt| matches!(statement, Stmt::Expr(expr) if matches!(&*expr.value, Expr::StringLiteral(_)));
    let first = module.body().iter().find(|statement| !is_docstring(statement));
    first.map_or(module.file.text().len(), |statement| span(statement.range()).start)
}

/// The first statement of the directive that a comment stands in, trails, or stands above.
fn bound(file: &SourceFile, steps: &[Step], comment: Span) -> Option<usize> {
    let mut index = 0;
    let mut starts = Vec::with_capacity(steps.len());
    for step in steps {
        if !step.statements.is_empty() {
            starts.push((step.span, index));
        }
        index += step.statements.len();
    }
    let holds = |span: Span| span.contains(comment.start);
    let trails = |span: Span| {
        span.end <= comment.start && !file.slice(Span::new(span.end, comment.start)).contains('\n')
    };
    let inside = starts.iter().find(|(span, _)| holds(*span) || trails(*span));
    let below = starts.iter().filter(|(span, _)| span.start >= comment.end);
    let next = below.min_by_key(|(span, _)| span.start);
    inside.or(next).map(|(_, index)| *index)
}
