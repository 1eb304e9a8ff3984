//! `alembic-imports-application`: models, settings or services of the application in a revision.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::Dialect;
use crate::migration::python::{Import, Use};
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};

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
        let script = context.migration.up.as_ref().or(context.migration.down.as_ref());
        let (Some(revision), Some(script)) = (&context.migration.revision, script) else { return };
        let path = script.source.file.path();
        let mut imports: Vec<&Import> = revision.imports.iter().collect();
        imports.retain(|one| one.used == Use::Values && is_application(&one.module, path));
        imports.dedup_by_key(|import| import.span);
        let Some((first, others)) = imports.split_first() else { return };
        let module = &first.module;
        let mut draft = Draft::at(script.place(first.span), Hazard::Other, format!("this revision breaks when `{module}` changes"))
            .label("code of the application, read as it is when the revision runs")
            .help("repeat in the revision what it needs: `sa.table(…)` and `sa.column(…)` for rows, literals for values");
        for other in others {
            draft = draft.related(Some(script.place(other.span)), format!("so does `{}`", other.module));
        }
        sink.add(draft);
    }
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
