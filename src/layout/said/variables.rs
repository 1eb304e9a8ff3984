//! Variables that name the database: in the environment of the run, in `.env` files.

use super::{above, of_address, of_word};
use crate::layout::dialect::{DialectEvidence, DialectReason, Family, Verdict, by_family};
use crate::layout::walk::Folder;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Variables of the run's environment that migration tools read. Those that would tell of the
/// whole machine, not of a tool, are not among them.
#[derive(Debug, Clone, Default)]
pub struct Variables(Arc<BTreeMap<&'static str, String>>);

impl Variables {
    /// Their names.
    pub const NAMES: &[&str] = &["GOOSE_DRIVER", "GOOSE_DBSTRING", "DATABASE_URL", "FLYWAY_URL"];

    /// Those that are set and not empty.
    pub fn read(read: impl Fn(&str) -> Option<String>) -> Self {
        let set = Self::NAMES.iter().filter_map(|name| Some((*name, read(name)?)));
        Self(Arc::new(set.filter(|(_, value)| !value.is_empty()).collect()))
    }
}

/// A variable, and what is in it.
#[derive(Debug, Clone, Copy)]
pub(in crate::layout) struct Variable {
    name: &'static str,
    holds: Holds,
}

#[derive(Debug, Clone, Copy)]
enum Holds {
    Address,
    Word,
}

impl Variable {
    /// One that holds an address.
    pub const fn address(name: &'static str) -> Self {
        Self { name, holds: Holds::Address }
    }

    /// One that holds a driver's or a database's name.
    pub const fn word(name: &'static str) -> Self {
        Self { name, holds: Holds::Word }
    }

    fn family(self, value: &str) -> Option<(Family, String)> {
        match self.holds {
            Holds::Address => of_address(value),
            Holds::Word => Some((of_word(value)?, value.trim().to_ascii_lowercase())),
        }
    }
}

/// Files with variables, those that the tools read before those that only show how to write them.
const FILES: &[&str] = &[
    ".env",
    ".env.local",
    ".env.development",
    ".env.example",
    ".env.sample",
    ".env.template",
    ".env.dist",
    ".env.test",
];

/// What the first variable that says something says: in the run's environment, where tools look
/// first, else in the nearest file.
pub(in crate::layout) fn by_variables(folder: &Folder, variables: &[Variable]) -> Option<Verdict> {
    let set = variables.iter().find_map(|variable| in_environment(folder, *variable));
    set.or_else(|| in_files(folder, variables))
}

/// The same of the files alone.
pub(super) fn in_files(folder: &Folder, variables: &[Variable]) -> Option<Verdict> {
    above(folder, FILES).find_map(|(text, file)| {
        let pairs = pairs(&text);
        let said = |variable: &Variable| variable.family(pairs.get(variable.name)?);
        let (family, word) = variables.iter().find_map(said)?;
        Some(by_family(family, file, &word))
    })
}

fn in_environment(folder: &Folder, variable: Variable) -> Option<Verdict> {
    let (family, word) = variable.family(folder.variables.0.get(variable.name)?)?;
    Some(match family {
        Family::Ours(dialect) => {
            let reason = DialectReason::Variable { name: variable.name, word };
            Verdict::Ours(DialectEvidence { dialect, reason })
        }
        Family::Foreign(title) => {
            Verdict::Foreign { title, evidence: format!("{} says {word}", variable.name) }
        }
    })
}

/// `NAME=value` by line; of a name that stands twice the last holds, as shells have it.
fn pairs(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let bare = lines.map(|line| line.strip_prefix("export ").unwrap_or(line));
    let pairs = bare.filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.trim(), value.trim().trim_matches(['"', '\'']))).collect()
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn lines_of_an_env_file() {
        let text = "# DATABASE_URL=mysql://a\nexport DATABASE_URL=\"postgres://a\"\n\nA = 'b'\nx\n";
        let pairs = pairs(text);
        assert_eq!(pairs.get("DATABASE_URL"), Some(&"postgres://a"));
        assert_eq!(pairs.get("A"), Some(&"b"));
        assert_eq!(pairs.len(), 2);
    }
}
