//! Session settings that bound how long a statement waits.

use crate::migration::{ActionKind, SetOption, SettingScope};

/// A timeout as the script sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Timeout {
    /// The script says nothing: the server's or role's default holds, which is none unless
    /// somebody configured one.
    #[default]
    Unset,
    /// Switched off.
    Off,
    /// Milliseconds, more than zero.
    Milliseconds(u64),
    /// Set to something that cannot be told from the text.
    Unknown,
}

impl Timeout {
    /// Whether a wait surely ends.
    pub fn is_positive(self) -> bool {
        matches!(self, Self::Milliseconds(_) | Self::Unknown)
    }
}

/// Settings in force at a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    /// `lock_timeout`.
    pub lock_timeout: Timeout,
    /// `statement_timeout`.
    pub statement_timeout: Timeout,
}

/// Session and local values; the local ones end with the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct SettingsStack {
    session: Settings,
    local: Settings,
}

impl SettingsStack {
    /// What is in force.
    pub fn current(self) -> Settings {
        Settings {
            lock_timeout: over(self.local.lock_timeout, self.session.lock_timeout),
            statement_timeout: over(self.local.statement_timeout, self.session.statement_timeout),
        }
    }

    /// Takes note of a statement's settings; `SET LOCAL` outside a transaction has no effect.
    pub fn apply(&mut self, kind: &ActionKind, in_block: bool) {
        let ActionKind::Set(option) = kind else { return };
        match option.scope {
            SettingScope::Global => {}
            SettingScope::Local if !in_block => {}
            SettingScope::Local => set(&mut self.local, option),
            SettingScope::Session => {
                set(&mut self.session, option);
                set(&mut self.local, &SetOption { values: Vec::new(), ..option.clone() });
            }
        }
    }

    /// Forgets local values.
    pub fn end_transaction(&mut self) {
        self.local = Settings::default();
    }
}

fn over(local: Timeout, session: Timeout) -> Timeout {
    if local == Timeout::Unset { session } else { local }
}

fn set(settings: &mut Settings, option: &SetOption) {
    let value = timeout(&option.values);
    match option.name.as_str() {
        "lock_timeout" => settings.lock_timeout = value,
        // MySQL and MariaDB: how long a statement waits for its metadata lock, in seconds.
        "lock_wait_timeout" => settings.lock_timeout = in_seconds(value),
        "statement_timeout" => settings.statement_timeout = value,
        "all" => *settings = Settings::default(),
        _ => {}
    }
}

/// A number that was read as milliseconds and means seconds. The server takes zero for one.
fn in_seconds(timeout: Timeout) -> Timeout {
    match timeout {
        Timeout::Milliseconds(number) => Timeout::Milliseconds(number.saturating_mul(1000)),
        Timeout::Off => Timeout::Milliseconds(1000),
        other => other,
    }
}

/// Reads a duration as PostgreSQL does: milliseconds without a unit.
fn timeout(values: &[String]) -> Timeout {
    let Some(text) = values.first().map(|value| value.trim()) else { return Timeout::Unset };
    if text.eq_ignore_ascii_case("default") {
        return Timeout::Unset;
    }
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let Ok(number) = number.parse::<f64>() else { return Timeout::Unknown };
    let factor = match unit.trim() {
        "" | "ms" => 1.0,
        "us" => 0.001,
        "s" => 1_000.0,
        "min" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return Timeout::Unknown,
    };
    let milliseconds = number * factor;
    if milliseconds <= 0.0 {
        return Timeout::Off;
    }
    // Clamped by the cast; a timeout of centuries is one all the same.
    Timeout::Milliseconds((milliseconds.round() as u64).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option(value: &str, scope: SettingScope) -> ActionKind {
        let values = vec![value.to_owned()];
        ActionKind::Set(SetOption { name: "lock_timeout".to_owned(), values, scope })
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(timeout(&["2s".to_owned()]), Timeout::Milliseconds(2000));
        assert_eq!(timeout(&["500".to_owned()]), Timeout::Milliseconds(500));
        assert_eq!(timeout(&["0".to_owned()]), Timeout::Off);
        assert_eq!(timeout(&["DEFAULT".to_owned()]), Timeout::Unset);
    }

    #[test]
    fn local_values_end_with_the_transaction_and_need_one() {
        let mut stack = SettingsStack::default();
        stack.apply(&option("1s", SettingScope::Local), false);
        assert_eq!(stack.current().lock_timeout, Timeout::Unset);
        stack.apply(&option("1s", SettingScope::Local), true);
        assert!(stack.current().lock_timeout.is_positive());
        stack.end_transaction();
        assert!(!stack.current().lock_timeout.is_positive());
    }
}
