//! The replay against real servers: after every migration of our histories, ups and downs, the
//! replayed schema is what the server's catalogue holds.

use crate::support::replay::{Course, migrations, run};
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
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.is_dir()).collect()
}

/// The first major that has what a history uses: `DETACH … CONCURRENTLY`, `gen_random_uuid()`.
fn first_major(name: &str) -> u8 {
    match name {
        "flyway" => 14,
        "drizzle" | "sections" => 13,
        _ => OLDEST,
    }
}

fn equals_the_catalogue(major: u8) {
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for folder in histories() {
        let name = folder.file_name().expect("a folder name").to_string_lossy().into_owned();
        let history = migrations(&folder);
        assert!(!history.is_empty(), "no migration found in {name}");
        let course = Course {
            url: &server(major.max(first_major(&name))).url(),
            // Scripts that record themselves expect their tool's table.
            before: "CREATE TABLE schema_migrations (version text PRIMARY KEY, description text)",
            given: "",
            downs: true,
            each: true,
        };
        let report = run(&history, &course);
        compared += report.facts;
        let doubted = report.schema.relations().filter(|relation| !relation.certain);
        let doubted: Vec<String> = doubted.map(|relation| relation.name.to_string()).collect();
        if !doubted.is_empty() || !report.schema.is_complete() {
            wrong.push(format!("{name}: known in full, yet in doubt: {doubted:?}"));
        }
        for outcome in report.outcomes {
            let refused = outcome.refused.iter().map(|error| format!("refused: {error}"));
            let lines: Vec<String> = refused.chain(outcome.differences).collect();
            wrong.push(format!("{name}, {}:\n  {}", outcome.title, lines.join("\n  ")));
        }
    }
    assert!(compared > 500, "{compared} facts compared");
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
