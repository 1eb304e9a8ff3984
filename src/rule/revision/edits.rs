//! Edits of directives where they stand in the file.

use super::literal;
use crate::finding::Edit;
use crate::migration::python::{CommitMode, DirectiveCall, Sender};
use crate::migration::{Direction, NoTransaction, Origin};
use crate::rule::{Directive, Remedy, StatementContext, changes_something};
use crate::source::Span;

/// How far a block is indented.
pub(super) const INDENT: &str = "    ";

impl<'a> StatementContext<'a> {
    /// The directive that sends the statement, where one does.
    pub fn directive(&self) -> Option<Directive<'a>> {
        let script = self.script()?;
        let step = script.step_of(self.entry.index)?;
        let call = step.directive.as_deref()?;
        Some(Directive { script, step, call })
    }

    /// The directive, where it sends this statement alone and is written in the revision itself.
    pub(super) fn own_directive(&self) -> Option<Directive<'a>> {
        let directive = self.directive()?;
        let alone = directive.step.statements.len() == 1 && directive.call.via.is_none();
        let own = self.statement().origin == Origin::TopLevel && directive.call.batch.is_none();
        (alone && own).then_some(directive)
    }

    /// Makes the index of a directive concurrent, outside of the transaction.
    pub(in crate::rule) fn make_directive_concurrent(
        &self,
        sql_word: Option<Edit>,
    ) -> Option<Remedy> {
        let NoTransaction::Block(_) = self.project.conventions.no_transaction else { return None };
        if self.directive()?.is("add_column") {
            return self.move_index_flag_out();
        }
        let directive = self.own_directive()?;
        // The block would commit them, without the revision.
        if directive.earlier().any(|one| one.is_in_transaction()) {
            return self.move_directive_out(&directive);
        }
        let word = match directive.call.name.as_str() {
            "create_index" | "drop_index" => directive.concurrently()?,
            "execute" => sql_word?,
            _ => return None,
        };
        let mut edits = directive.leave_transaction()?;
        edits.push(match edits.is_empty() {
            true => word,
            false => Edit { text: word.text.replace('\n', &format!("\n{INDENT}")), ..word },
        });
        Some(edits.into())
    }

    /// The argument that makes the server add the directive's constraint without looking at the
    /// rows; for SQL `word`, which says so.
    pub(in crate::rule) fn add_not_valid(&self, word: Edit) -> Option<Edit> {
        const FLAG: &str = "postgresql_not_valid";
        let Some(directive) = self.directive() else { return Some(word) };
        let directive = self.own_directive().filter(|_| directive.direction() == Direction::Up)?;
        match directive.call.name.as_str() {
            "create_foreign_key" | "create_check_constraint"
                if directive.call.keyword(FLAG).is_none() =>
            {
                directive.append_argument(&format!("{FLAG}=True"))
            }
            "execute" => Some(word),
            _ => None,
        }
    }
}

impl Directive<'_> {
    /// Whether it changes the schema in the transaction of its script.
    pub(super) fn is_in_transaction(&self) -> bool {
        self.call.commit == CommitMode::Transaction
            && self.step.statements.iter().any(changes_something)
    }

    /// The argument that makes the index concurrent.
    pub(super) fn concurrently(&self) -> Option<Edit> {
        const FLAG: &str = "postgresql_concurrently";
        let is_open = self.call.keyword(FLAG).is_none();
        is_open.then(|| self.append_argument(&format!("{FLAG}=True"))).flatten()
    }

    /// Puts the call into an `autocommit_block()`, or into the one that ends right above it; no
    /// edits where it stands in one.
    fn leave_transaction(&self) -> Option<Vec<Edit>> {
        if self.call.commit == CommitMode::Autocommit {
            return Some(Vec::new());
        }
        let receiver = self.receiver().filter(|_| self.call.sender == Sender::Op)?;
        let indent = self.indent()?;
        self.line_end()?;
        let text = self.place().text().to_owned();
        let literal_lines = text.contains("\"\"\"") || text.contains("'''");
        let head = match self.block_above(indent) {
            Some(deeper) => deeper,
            None => format!("with {receiver}.get_context().autocommit_block():\n{indent}{INDENT}"),
        };
        let mut edits = vec![self.insertion(self.call.span.start, head)];
        // Lines of a string are not indented: what it says would change.
        for (at, _) in text.match_indices('\n').filter(|_| !literal_lines) {
            let next = text.get(at + 1..)?.lines().next().unwrap_or("");
            if !next.trim().is_empty() {
                edits.push(self.insertion(self.call.span.start + at + 1, INDENT.to_owned()));
            }
        }
        Some(edits)
    }

    /// A line below the directive, in its block.
    pub fn append_line(&self, line: &str) -> Option<Edit> {
        let (indent, end) = (self.indent()?, self.line_end()?);
        let text = self.script.source.file.text();
        let ends = text.get(..end).is_some_and(|head| head.ends_with('\n'));
        let text = if ends { format!("{indent}{line}\n") } else { format!("\n{indent}{line}") };
        (self.call.via.is_none()).then(|| self.insertion(end, text))
    }

    /// The same directive once for each text, in place of the call.
    pub fn replace_by_calls(&self, method: &str, texts: &[&str]) -> Option<Edit> {
        let (receiver, indent) = (self.receiver()?, self.indent()?);
        self.line_end().filter(|_| self.call.via.is_none())?;
        let calls = texts.iter().map(|text| format!("{receiver}.{method}({})", literal::sql(text)));
        let text = calls.collect::<Vec<_>>().join(&format!("\n{indent}"));
        Some(Edit { place: self.place(), text })
    }

    fn insertion(&self, at: usize, text: String) -> Edit {
        Edit { place: self.script.place(Span::new(at, at)), text }
    }

    /// What the directive is called on: `op`.
    pub(super) fn receiver(&self) -> Option<&str> {
        let head = Span::new(self.call.span.start, self.call.name_span.start);
        let written = self.script.source.file.slice(head).strip_suffix('.')?;
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        (!written.is_empty() && written.chars().all(is_name)).then_some(written)
    }

    /// Where the line of its end ends, behind the line end, where only a comment follows.
    pub(super) fn line_end(&self) -> Option<usize> {
        let rest = self.script.source.file.text().get(self.call.span.end..)?;
        let line = rest.split_inclusive('\n').next().unwrap_or("");
        let behind = line.trim();
        (behind.is_empty() || behind.starts_with('#')).then_some(self.call.span.end + line.len())
    }

    /// The white space that its line begins with, where nothing else stands before it.
    pub(super) fn indent(&self) -> Option<&str> {
        indent_at(self.script.source.file.text(), self.call.span.start)
    }

    /// What takes the call into the autocommit block that ends right above it.
    fn block_above(&self, indent: &str) -> Option<String> {
        let text = self.script.source.file.text();
        let calls = self.script.steps.iter().filter_map(|step| step.directive.as_deref());
        let above = |call: &&DirectiveCall| {
            call.span.end <= self.call.span.start && call.name != "end_autocommit"
        };
        let last = calls.filter(above).max_by_key(|call| call.span.end)?;
        let between = text.get(last.span.end..self.call.span.start)?;
        let inner = indent_at(text, last.span.start)?;
        let only_comments =
            between.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#'));
        let joins = last.commit == CommitMode::Autocommit && only_comments;
        let deeper = inner.strip_prefix(indent).filter(|deeper| !deeper.is_empty() && joins)?;
        Some(deeper.to_owned())
    }
}

/// The white space between the beginning of the line and the place.
pub(super) fn indent_at(text: &str, at: usize) -> Option<&str> {
    let head = text.get(..at)?;
    let indent = head.get(head.rfind('\n').map_or(0, |at| at + 1)..)?;
    indent.trim().is_empty().then_some(indent)
}
