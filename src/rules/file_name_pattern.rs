//! `file-name-pattern`: a file of a migration is not named as the project wants it.

use crate::finding::{Category, Hazard};
use crate::migration::{Dialect, Migration};
use crate::rule::{
    Draft, FixKind, MigrationContext, Pattern, Rule, RuleMeta, Sink, UP, migration_head,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a file of a migration is not named as the project wants it",
    severity: None,
    category: Category::Convention,
    dialects: &Dialect::ALL,
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: regular expressions, empty ones match all names.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Check {
    /// For the name of the file.
    file: Pattern,
    /// For the words of it, without the version.
    slug: Pattern,
}

impl Default for Check {
    fn default() -> Self {
        let snake = Pattern::try_from("^[a-z0-9]+(_[a-z0-9]+)*$".to_owned());
        Self { file: Pattern::default(), slug: snake.unwrap_or_default() }
    }
}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let Some(script) = context.migration.up.as_ref() else { return };
        let name = script.source.file.path().rsplit('/').next().unwrap_or_default();
        let slug = slug(context.migration, name);
        let wrong = [("file", name, &self.file), ("slug", slug.as_str(), &self.slug)];
        for (kind, name, pattern) in wrong {
            let Some(regex) = pattern.refuses(name) else { continue };
            let Some(place) = migration_head(context.migration) else { return };
            let message = format!("the {kind} `{name}` is not named as the others are");
            sink.add(
                Draft::at(place, Hazard::Other, message)
                    .label(format!("the pattern is {regex}"))
                    .help("rename the file by the pattern, or change the pattern in lockgate.toml"),
            );
        }
    }
}

/// The words of a file's name, without the version.
fn slug(migration: &Migration, name: &str) -> String {
    if migration.revision.is_none() {
        return migration.description.clone();
    }
    let stem = name.strip_suffix(".py").unwrap_or(name);
    let words = match stem.split_once(&*migration.id) {
        Some((_, words)) => words,
        None => stem.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '-'),
    };
    words.trim_matches(['_', '-']).to_owned()
}
