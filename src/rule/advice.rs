//! What to do, ready to paste, in the markers of the layout at hand.

use super::StatementContext;
use crate::migration::{Direction, NewScripts, NoTransaction};
use std::fmt::Write as _;

/// A migration that the advice asks for.
#[derive(Debug, Clone)]
pub struct Step {
    outside: bool,
    statements: Vec<String>,
}

impl Step {
    /// Statements that may run in a transaction.
    pub fn new(statements: impl IntoIterator<Item = String>) -> Self {
        Self { outside: false, statements: statements.into_iter().collect() }
    }

    /// A statement that the server refuses in a transaction.
    pub fn outside_transaction(statement: String) -> Self {
        Self { outside: true, statements: vec![statement] }
    }

    /// Whether the server refuses it in a transaction.
    pub(super) fn is_outside(&self) -> bool {
        self.outside
    }

    /// Its statements, without their semicolons.
    pub(super) fn statements(&self) -> &[String] {
        &self.statements
    }
}

/// Steps as help: each is a migration of its own, since what shares a transaction shares its
/// locks. Statements come without their semicolon.
pub fn in_steps(context: &StatementContext<'_>, steps: &[Step]) -> String {
    let mut text = String::new();
    for (at, step) in steps.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        text.push_str(if at == 0 { "a migration of its own" } else { "a further migration" });
        introduce(&mut text, context, step);
        for statement in &step.statements {
            // Writing into a String cannot fail.
            let _ = write!(text, "\n  {statement};");
        }
    }
    if let NewScripts::Registered(how) | NewScripts::Entered(how) =
        context.project.conventions.scripts
    {
        let _ = write!(text, "\nnew files are registered: {how}");
    }
    text
}

fn introduce(text: &mut String, context: &StatementContext<'_>, step: &Step) {
    if !step.outside {
        text.push(':');
        return;
    }
    let how = context.project.conventions.no_transaction;
    let _ = write!(text, " {}:", how.advice());
    if let Some(line) = how.script_line(context.direction()) {
        let _ = write!(text, "\n  {line}");
    }
    if let NoTransaction::SettingsFile { line, .. } = how {
        let name = how.settings_file(&new_file(context)).map(|(name, _)| name).unwrap_or_default();
        let _ = write!(text, "\n  -- {name}: {line}");
    }
}

/// The name of the script to be written, with its version left open.
fn new_file(context: &StatementContext<'_>) -> String {
    let names = context.project.conventions.names;
    let description = &context.migration().description;
    let file = names.file("<version>", description, context.direction());
    file.or_else(|| names.file("<version>", description, Direction::Up)).unwrap_or_default()
}
