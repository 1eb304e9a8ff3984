//! The replay against real servers: after every migration of our histories, ups and downs, the
//! replayed schema is what the server's catalogue holds.

use crate::support::replay::{migrations, run};
use crate::support::servers::{NEWEST, OLDEST, server};
use std::path::{Path, PathBuf};

/// Every history of ours: the folder of each is a project of its own.
fn histories() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut found = vec![fixtures.join("demo"), fixtures.join("demo-good")];
    let layouts = std::fs::read_dir(fixtures.join("layouts")).expect("layout fixtures");
    found.extend(layouts.map(|entry| entry.expect("an entry").path()));
    found.extend(nested(&fixtures.join("replay")));
    found.sort();
    found
}

fn nested(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("replay fixtures");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

fn equals_the_catalogue(major: u8) {
    let mut wrong = Vec::new();
    for folder in histories() {
        let name = folder.file_name().expect("a folder name").to_string_lossy().into_owned();
        let history = migrations(&folder);
        assert!(!history.is_empty(), "no migration found in {name}");
        let mut database = server(major).database(&name);
        let (outcomes, _) = run(&mut database.client, major, &history, true, |_| true);
        for outcome in outcomes {
            let refused = outcome.refused.iter().map(|error| format!("refused: {error}"));
            let lines: Vec<String> = refused.chain(outcome.differences).collect();
            wrong.push(format!("{name}, {}:\n  {}", outcome.title, lines.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "on PostgreSQL {major}:\n{}", wrong.join("\n"));
}

#[test]
fn oldest_server_agrees_after_every_migration() {
    equals_the_catalogue(OLDEST);
}

#[test]
fn newest_server_agrees_after_every_migration() {
    equals_the_catalogue(NEWEST);
}
