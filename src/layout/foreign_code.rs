//! Migrations in a programming language that stand among the scripts: they are counted as passed
//! over, since what they do is not known.

use super::project::{Ignored, Program};
use super::tools::numbered::ignored;
use super::walk::Folder;
use crate::migration::{Unread, Version};

/// Files with these endings whose names begin with a version.
pub(super) fn beside(folder: &Folder, endings: &[&str], why: &'static str) -> Vec<Ignored> {
    let Ok(entries) = std::fs::read_dir(&folder.path) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.retain(|name| is_migration(name, endings));
    names.sort();
    let passed_over = |name: &String| Ignored {
        program: Some(program(folder, name)),
        ..ignored(folder, name, why)
    };
    names.iter().map(passed_over).collect()
}

fn program(folder: &Folder, name: &str) -> Program {
    let digits = name.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    let text = std::fs::read(folder.path.join(name)).unwrap_or_default();
    Program { version: Version::new(digits), words: Unread::of(&String::from_utf8_lossy(&text)) }
}

fn is_migration(name: &str, endings: &[&str]) -> bool {
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    let is_test = stem.ends_with("_test") || stem.ends_with(".d") || stem.ends_with(".test");
    let numbered = stem.starts_with(|c: char| c.is_ascii_digit());
    endings.contains(&ending) && numbered && !is_test
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_type_declarations_are_no_migrations() {
        assert!(is_migration("00002_backfill.go", &["go"]));
        assert!(!is_migration("00002_backfill_test.go", &["go"]));
        assert!(!is_migration("main.go", &["go"]));
        assert!(!is_migration("1_a.d.ts", &["ts"]));
    }
}
