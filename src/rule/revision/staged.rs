//! Stages of a constraint in revisions: SQL that a directive sends in the place of another one.

use super::edits::INDENT;
use super::literal;
use crate::finding::Edit;
use crate::migration::python::{CommitMode, Sender};
use crate::migration::{Guard, Script, Statement};
use crate::rule::{Directive, StatementContext, Step, directives};

impl StatementContext<'_> {
    /// The statements of a step in the place of this one's directive; `None` where leaving the
    /// transaction for them would commit what runs before.
    pub(in crate::rule) fn directive_as(&self, step: &Step) -> Option<Edit> {
        let directive = self.own_directive().filter(is_plain)?;
        let sql: Vec<&str> = step.statements().iter().map(String::as_str).collect();
        if !step.is_outside() || directive.call.commit == CommitMode::Autocommit {
            return directive.replace_by_calls("execute", &sql);
        }
        if directive.earlier().any(|one| one.is_in_transaction()) {
            return None;
        }
        let receiver = directive.receiver().filter(|_| directive.call.sender == Sender::Op)?;
        let (indent, _) = (directive.indent()?, directive.line_end()?);
        let mut text = format!("with {receiver}.get_context().autocommit_block():");
        for one in sql {
            let call = format!("{receiver}.execute({})", literal::sql(one));
            text.push_str(&format!("\n{indent}{INDENT}{call}"));
        }
        Some(Edit { place: directive.place(), text })
    }

    /// Takes this statement's directive out of its revision, where others stay.
    pub(in crate::rule) fn cut_directive(&self) -> Option<Edit> {
        let directive = self.own_directive().filter(is_plain)?;
        directive.cut_out(directive.earlier().next()?)
    }

    /// SQL in the place of the directive that sends a statement of the way back, or nothing.
    pub(in crate::rule) fn directive_back(
        &self,
        down: &Script,
        statement: &Statement,
        sql: Option<&str>,
    ) -> Option<Edit> {
        let sends = |directive: &Directive<'_>| {
            directive.step.statements.len() == 1
                && directive.step.statements.iter().any(|one| std::ptr::eq(one, statement))
        };
        let directive = directives(Some(down)).find(sends).filter(is_plain)?;
        if let Some(sql) = sql {
            return directive.replace_by_calls("execute", &[sql]);
        }
        let span = directive.call.span;
        match directives(Some(down)).find(|one| one.call.span != span) {
            Some(other) => directive.cut_out(other),
            None => Some(Edit { place: directive.place(), text: "pass".to_owned() }),
        }
    }
}

/// Whether the directive adds or drops a constraint whatever the case, in the revision itself.
fn is_plain(directive: &Directive<'_>) -> bool {
    const CONSTRAINTS: &[&str] = &[
        "create_check_constraint",
        "create_foreign_key",
        "create_primary_key",
        "create_unique_constraint",
        "drop_constraint",
        "execute",
    ];
    CONSTRAINTS.contains(&directive.call.name.as_str())
        && directive.call.guard == Guard::Always
        && directive.call.via.is_none()
        && directive.call.batch.is_none()
}
