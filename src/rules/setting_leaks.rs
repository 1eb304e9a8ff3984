//! `setting-leaks`: a setting of the session stays for the migrations that come after.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{
    ActionKind, Dialect, Direction, Migration, Script, SetOption, SettingScope,
};
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a setting stays in force for later migrations",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for direction in [Direction::Up, Direction::Down] {
            let mut left: Vec<(StatementContext<'_>, &SetOption)> = Vec::new();
            for statement in context.statements(direction) {
                for action in statement.actions() {
                    let ActionKind::Set(option) = &action.kind else { continue };
                    if option.name == "all" {
                        left.clear();
                    } else if option.scope == SettingScope::Session && stays(context, option) {
                        left.retain(|(_, earlier)| earlier.name != option.name);
                        left.extend((!is_default(option)).then_some((statement, option)));
                    }
                }
            }
            for (statement, option) in left {
                if direction == Direction::Down || !is_set_anew(context, &option.name) {
                    report(&statement, option, sink);
                }
            }
        }
    }
}

/// Whether the migration that runs next sets it for itself before it does anything else. The newest
/// does as the one before it did, if that is what both do.
fn is_set_anew(context: &MigrationContext<'_>, setting: &str) -> bool {
    let migrations = context.project.migrations;
    let Some(here) = context.project.position(&context.migration.id) else { return false };
    match migrations.get(here + 1) {
        Some(next) => begins_with(next, setting),
        None => {
            let before = here.checked_sub(1).and_then(|before| migrations.get(before));
            begins_with(context.migration, setting)
                && before.is_some_and(|before| begins_with(before, setting))
        }
    }
}

/// Whether the way forward begins with the setting.
fn begins_with(migration: &Migration, setting: &str) -> bool {
    let statements = migration.up.iter().flat_map(Script::statements);
    let mut kinds = statements.flat_map(|statement| &statement.actions).map(|action| &action.kind);
    let first = kinds.find(|kind| match kind {
        ActionKind::Set(option) => option.name == setting,
        ActionKind::Begin | ActionKind::Do { .. } => false,
        _ => true,
    });
    matches!(first, Some(ActionKind::Set(_)))
}

/// Settings that change what later statements mean. Timeouts of the session are meant to stay.
const CHANGES_MEANING: [&str; 5] =
    ["role", "row_security", "search_path", "session_authorization", "session_replication_role"];

/// Whether a setting that changes what later statements mean is in force for the next script.
fn stays(context: &MigrationContext<'_>, option: &SetOption) -> bool {
    let name = option.name.as_str();
    CHANGES_MEANING.contains(&name) && context.project.conventions.settings.keeps(name)
}

fn is_default(option: &SetOption) -> bool {
    let is_word = |value: &String| ["default", "none", "origin"].contains(&value.to_ascii_lowercase().as_str());
    option.values.is_empty()
        || option.values.iter().all(is_word)
        || (option.name == "search_path" && is_default_path(&option.values))
}

/// The server's own path, with or without the parts that lead nowhere else.
fn is_default_path(path: &[String]) -> bool {
    let mut parts = path.iter().filter(|part| !matches!(part.as_str(), "$user" | "pg_catalog"));
    parts.next().is_some_and(|part| part == "public") && parts.next().is_none()
}

fn report(context: &StatementContext<'_>, option: &SetOption, sink: &mut Sink<'_>) {
    let Some(place) = context.place(context.statement().span) else { return };
    let name = &option.name;
    let message = format!("{name} stays so for migrations that run after this one on the same connection");
    let draft = Draft::at(place, Hazard::Other, message)
        .label("set for the session, and not set back")
        .help(format!("write SET LOCAL {name}, or RESET {name} at the end of the script"));
    let sql = context.statement().sql.to_ascii_lowercase();
    // `SET SESSION …` and `SELECT set_config(…)` say it otherwise.
    let is_plain = sql.split_whitespace().nth(1).is_some_and(|word| word.starts_with(name.as_str()));
    let word = context.insert_behind("set", " LOCAL");
    let word = word.filter(|_| is_plain && context.transaction.kind.is_block());
    let draft = match word {
        Some(word) => draft.fix(Applicability::Unsafe, "set it for the transaction alone", word),
        None => draft,
    };
    sink.add_at(context, draft);
}
