//! `missing-header`: a migration says nothing of what the project wants to know.

use crate::finding::{Category, Hazard};
use crate::migration::Dialect;
use crate::rule::{
    Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, UP, migration_head,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a migration says nothing of what the project wants to know",
    severity: None,
    category: Category::Convention,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {
    /// Words that a line of the head must begin with, a colon behind them.
    headers: Vec<String>,
}

impl Default for Check {
    fn default() -> Self {
        let names = ["Impact", "Risk", "Rollback", "Testing"];
        Self { headers: names.map(str::to_owned).to_vec() }
    }
}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let Some(script) = context.migration.up.as_ref() else { return };
        let file = &script.source.file;
        let head = Head::of(file.text().get(file.content_start()..).unwrap_or(""), file.path());
        let lacking: Vec<String> = self
            .headers
            .iter()
            .filter(|header| !head.says(header))
            .map(|header| format!("`{header}:`"))
            .collect();
        let Some(place) = migration_head(context.migration).filter(|_| !lacking.is_empty()) else {
            return;
        };
        let message = format!("the head of this migration lacks {}", lacking.join(", "));
        sink.add(
            Draft::at(place, Hazard::Other, message)
                .label("the project wants it said here")
                .help(format!("write a line for each at the top of the file, in {}", head.kind())),
        );
    }
}

/// What stands above the first statement.
struct Head<'t> {
    lines: Vec<&'t str>,
    is_python: bool,
}

impl<'t> Head<'t> {
    fn of(text: &'t str, path: &str) -> Self {
        let is_python = path.ends_with(".py");
        let lines = if is_python { docstring(text).lines().collect() } else { comments(text) };
        Self { lines, is_python }
    }

    /// Whether a line begins with the header, and more stands behind it or on the next line.
    fn says(&self, header: &str) -> bool {
        let mut lines = self.lines.iter().map(|line| line.trim().trim_start_matches(['-', '*', '/', '#', ' ']));
        while let Some(line) = lines.next() {
            let (Some(word), Some(rest)) = (line.get(..header.len()), line.get(header.len()..)) else {
                continue;
            };
            if let (true, Some(said)) = (word.eq_ignore_ascii_case(header), rest.strip_prefix(':')) {
                return !said.trim().is_empty() || lines.next().is_some_and(|next| !next.is_empty());
            }
        }
        false
    }

    fn kind(&self) -> &'static str {
        if self.is_python { "its docstring" } else { "a comment" }
    }
}

/// The comment lines that a script begins with.
fn comments(text: &str) -> Vec<&str> {
    let is_comment = |line: &&str| {
        let line = line.trim();
        line.is_empty() || ["--", "/*", "*", "#"].iter().any(|mark| line.starts_with(mark))
    };
    text.lines().take_while(is_comment).collect()
}

/// The docstring of a module, comments before it passed over.
fn docstring(text: &str) -> &str {
    let mut rest = text;
    while rest.trim_start().starts_with('#') {
        rest = rest.trim_start().split_once('\n').map_or("", |(_, rest)| rest);
    }
    let rest = rest.trim_start().trim_start_matches(['r', 'R', 'u', 'U']);
    ["\"\"\"", "\x27\x27\x27"]
        .into_iter()
        .find_map(|quotes| rest.strip_prefix(quotes)?.split(quotes).next())
        .unwrap_or("")
}
