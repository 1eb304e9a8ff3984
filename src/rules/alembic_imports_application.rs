//! `alembic-imports-application`: models, settings or services of the application in a revision.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Script};
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};
use crate::source::Span;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a revision depends on code of the application",
    severity: Some(Severity::Warning),
    category: Category::History,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let Some(script) = context.migration.up.as_ref().or(context.migration.down.as_ref()) else {
            return;
        };
        if context.project.layout != "alembic" {
            return;
        }
        for (module, span) in imports(script) {
            if !is_application(&module, script.source.file.path()) {
                continue;
            }
            sink.add(
                Draft::at(script.place(span), Hazard::Other, format!("this revision breaks when `{module}` changes"))
                    .label("code of the application, read as it is when the revision runs")
                    .help("repeat in the revision what it needs: `sa.table(…)` and `sa.column(…)` for rows, literals for values"),
            );
        }
    }
}

/// Modules that the file imports, with the lines.
fn imports(script: &Script) -> Vec<(String, Span)> {
    let text = script.source.file.text();
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let start = at + (line.len() - trimmed.len());
        at += line.len();
        let module = match trimmed.strip_prefix("from ") {
            Some(rest) => rest.split(" import").next(),
            None => trimmed.strip_prefix("import ").and_then(|rest| rest.split([' ', ',']).next()),
        };
        let Some(module) = module.map(str::trim) else { continue };
        let dotted = module.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
        if dotted && !module.is_empty() {
            let end = start + trimmed.trim_end().len();
            found.push((module.to_owned(), Span::new(start, end)));
        }
    }
    found
}

/// Whether a module is the application's: it lies in a package that the file itself lies in, or is
/// called like the part of an application that changes.
fn is_application(module: &str, path: &str) -> bool {
    const PARTS: &[&str] =
        &["models", "model", "settings", "config", "services", "crud", "entities", "schemas"];
    const LIBRARIES: &[&str] = &["sqlalchemy", "alembic", "flask", "django", "sqlmodel", "logging"];
    let mut parts = module.split('.');
    let root = parts.next().unwrap_or("");
    if root.is_empty() || LIBRARIES.contains(&root) {
        return false;
    }
    let types = module.split('.').any(|part| part.contains("types") || part.contains("migration"));
    if types {
        return false;
    }
    let inside = path.split('/').any(|folder| folder == root);
    inside || module.split('.').any(|part| PARTS.contains(&part))
}
