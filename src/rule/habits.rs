//! What a project does in all its history: looked at once, asked by rules at every migration.

use crate::migration::{ActionKind, Migration, Script, SetOption};

/// Habits of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Habits {
    /// Downs are written: at least one migration in five that does something has one.
    pub keeps_downs: bool,
    /// At least one migration sets a lock timeout; dumps switch it off, which is none.
    pub sets_lock_timeout: bool,
}

impl Habits {
    /// The habits that a history shows.
    pub fn of(migrations: &[Migration]) -> Self {
        let ups = migrations.iter().filter(|one| does_something(one.up.as_ref())).count();
        let downs = migrations
            .iter()
            .filter(|one| does_something(one.up.as_ref()) && does_something(one.down.as_ref()))
            .count();
        Self {
            keeps_downs: downs > 0 && downs * 5 >= ups,
            sets_lock_timeout: migrations.iter().any(sets_lock_timeout),
        }
    }
}

/// Whether a script holds more than transaction control and settings.
pub fn does_something(script: Option<&Script>) -> bool {
    let actions = script.into_iter().flat_map(Script::statements).flat_map(|one| &one.actions);
    actions.map(|action| &action.kind).any(|kind| {
        !matches!(
            kind,
            ActionKind::Begin
                | ActionKind::Commit
                | ActionKind::Rollback
                | ActionKind::Set(_)
                | ActionKind::Session { .. }
        )
    })
}

fn sets_lock_timeout(migration: &Migration) -> bool {
    let scripts = [migration.up.as_ref(), migration.down.as_ref()].into_iter().flatten();
    scripts.flat_map(Script::statements).flat_map(|statement| &statement.actions).any(|action| {
        matches!(&action.kind, ActionKind::Set(option)
            if matches!(option.name.as_str(), "lock_timeout" | "lock_wait_timeout")
                && !option.values.is_empty()
                && !switches_off(option))
    })
}

/// Whether the setting becomes zero, which means no limit.
pub fn switches_off(option: &SetOption) -> bool {
    let number = |value: &String| {
        value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ').to_owned()
    };
    option.values.iter().map(number).eq(["0"])
}
