//! Comments `lockgate: …`, bound to the statements that they speak of.

use super::scanner::TokenKind;
use super::scanner::lexer::Lexer;
use crate::migration::{Dialect, Directive, Step};
use crate::source::{SourceFile, Span};

/// Binds each comment to the statement that it stands in or trails, else to the next one.
pub(super) fn bind(
    file: &SourceFile,
    steps: &[Step],
    comments: &[(Span, String)],
) -> Vec<Directive> {
    let spans: Vec<Span> = steps
        .iter()
        .flat_map(|step| step.statements.iter().map(|statement| statement.span))
        .collect();
    comments
        .iter()
        .map(|(span, text)| Directive {
            span: *span,
            text: text.clone(),
            statement: statement_of(file, &spans, *span),
            at_head: is_at_head(file, *span),
        })
        .collect()
}

fn statement_of(file: &SourceFile, spans: &[Span], comment: Span) -> Option<usize> {
    let next = spans.partition_point(|span| span.start < comment.end);
    let before = next.checked_sub(1);
    let trailed = before.and_then(|at| spans.get(at)).is_some_and(|span| {
        span.end > comment.start || !file.slice(Span::new(span.end, comment.start)).contains('\n')
    });
    if trailed { before } else { (next < spans.len()).then_some(next) }
}

/// Whether nothing but comments and blank lines stands before.
fn is_at_head(file: &SourceFile, comment: Span) -> bool {
    let before = file.text().get(..comment.start).unwrap_or("");
    Lexer::new(before, Dialect::Postgres).all(|token| token.kind == TokenKind::Comment)
}
