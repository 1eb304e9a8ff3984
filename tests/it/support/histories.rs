//! Our own histories, and what `lockgate verify` says of each on a server.

use super::command::{root, run};
use super::servers::{OLDEST, server};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Scripts that record themselves expect their tool's table.
const SETUP: &str = "CREATE TABLE schema_migrations (version text PRIMARY KEY, description text);";

/// Every history of ours: the folder of each is a project of its own.
pub fn histories() -> Vec<PathBuf> {
    let fixtures = root().join("fixtures");
    let mut found = vec![fixtures.join("demo"), fixtures.join("demo-good")];
    for group in ["layouts", "replay"] {
        let entries = std::fs::read_dir(fixtures.join(group)).unwrap();
        found.extend(entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()));
    }
    found.sort();
    found
}

/// The first major that has what a history uses: `DETACH … CONCURRENTLY`, `gen_random_uuid()`.
fn first_major(history: &Path) -> u8 {
    match history.file_name().and_then(|name| name.to_str()) {
        Some("flyway") => 14,
        Some("drizzle" | "sections") => 13,
        _ => OLDEST,
    }
}

/// What `lockgate verify` found.
pub struct Found {
    /// Statements that were compared.
    pub statements: u64,
    /// The differences, one a line.
    pub lines: Vec<String>,
}

/// Runs a history on a database of its own.
pub fn differences(history: &Path, major: u8) -> Found {
    let database = server(major.max(first_major(history))).database("verify");
    let setup = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(setup.path(), SETUP).unwrap();
    let (folder, url) = (history.display().to_string(), database.url());
    let file = setup.path().display().to_string();
    let flags = ["--database-url", &url, "--setup", &file, "--format", "json"];
    let run = run(&root(), &[&["verify", &folder, "--dialect", "postgres"], &flags[..]].concat());
    let Ok(found) = serde_json::from_str::<Value>(&run.out) else {
        return Found { statements: 0, lines: vec![format!("{folder}: {}", run.err)] };
    };
    let line = |one: &Value| {
        let text = |member: &str| one[member].as_str().unwrap_or("-").to_owned();
        let at = format!("{}:{}", text("file"), one["line"]);
        let what = format!("{} {}", text("aspect"), text("relation"));
        format!("{at}: {what}: predicted {}, actual {}", text("predicted"), text("actual"))
    };
    let lines = found["differences"].as_array().unwrap().iter().map(line).collect();
    Found { statements: found["statements"].as_u64().unwrap(), lines }
}
