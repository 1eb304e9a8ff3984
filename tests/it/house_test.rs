//! The house keeps its order: which room may use which, how long files and functions are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms that each room of `src/` may name in `crate::…` paths, beside itself.
const FENCES: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("secret", &[]),
    ("suggest", &[]),
    ("migration", &["source"]),
    ("layout", &["migration", "source", "frontend"]),
    ("vcs", &["suggest"]),
    ("scope", &["engine", "layout", "vcs"]),
    ("frontend", &["migration", "source", "layout"]),
    ("schema", &["migration", "source"]),
    ("database", &["effects", "schema", "migration", "suggest"]),
    ("effects", &["schema", "migration", "source"]),
    ("timeline", &["effects", "schema", "migration", "source"]),
    ("deployed", &["timeline", "effects", "schema", "migration", "source", "frontend", "vcs"]),
    ("finding", &["timeline", "effects", "schema", "migration", "source"]),
    ("rule", &["deployed", "finding", "timeline", "effects", "schema", "migration", "source"]),
    (
        "rules",
        &[
            "rule",
            "deployed",
            "finding",
            "timeline",
            "effects",
            "schema",
            "migration",
            "secret",
            "source",
        ],
    ),
    (
        "engine",
        &[
            "rules",
            "rule",
            "deployed",
            "finding",
            "timeline",
            "effects",
            "schema",
            "migration",
            "source",
            "suggest",
        ],
    ),
    (
        "runner",
        &[
            "database",
            "layout",
            "schema",
            "effects",
            "timeline",
            "finding",
            "engine",
            "migration",
            "source",
        ],
    ),
    ("config", &["engine", "rules", "rule", "finding", "migration", "layout", "source", "suggest"]),
    ("fix", &["finding", "migration", "source"]),
    (
        "report",
        &[
            "finding",
            "deployed",
            "rules",
            "rule",
            "timeline",
            "effects",
            "schema",
            "migration",
            "secret",
            "source",
        ],
    ),
];

/// Crates that one room alone may name.
const PRIVATE_CRATES: &[(&str, &[&str])] = &[
    ("sqlparser", &["frontend/sql"]),
    ("ruff_python_parser", &["frontend/alembic", "deployed/python"]),
    ("miette", &["report/terminal", "cli", "main.rs"]),
    ("postgres", &["database", "runner"]),
    ("rusqlite", &["database", "runner"]),
    ("clap", &["cli", "main.rs"]),
    ("similar", &["fix"]),
];

/// Files of `src/` over 400 lines, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

const LINES_PER_FILE: usize = 400;

#[test]
fn rooms_use_only_what_lies_below_them() {
    let mut broken = Vec::new();
    for file in sources() {
        let Some((_, allowed)) = FENCES.iter().find(|(room, _)| *room == file.room) else {
            continue;
        };
        for (line, used) in file.rooms_used() {
            if used != file.room && !allowed.contains(&used.as_str()) {
                broken.push(format!("{}:{line}: {} uses {used}", file.path, file.room));
            }
        }
    }
    assert!(broken.is_empty(), "fences broken:\n{}", broken.join("\n"));
}

#[test]
fn every_room_has_a_fence() {
    let open = ["lib.rs", "main.rs", "pipeline", "cli"];
    let unknown: Vec<_> = sources()
        .into_iter()
        .filter(|file| !open.contains(&file.room.as_str()))
        .filter(|file| !FENCES.iter().any(|(room, _)| *room == file.room))
        .map(|file| file.path)
        .collect();
    assert!(unknown.is_empty(), "rooms without a fence: {unknown:?}");
}

#[test]
fn crates_stay_in_their_rooms() {
    let mut broken = Vec::new();
    for file in sources() {
        for (name, rooms) in PRIVATE_CRATES {
            let allowed = rooms.iter().any(|room| file.path.starts_with(&format!("src/{room}")));
            let used = file.text.lines().filter(|line| !is_comment(line)).any(|line| {
                line.contains(&format!("use {name}::")) || line.contains(&format!(" {name}::"))
            });
            if used && !allowed {
                broken.push(format!("{} names {name}", file.path));
            }
        }
    }
    assert!(broken.is_empty(), "crates outside their room:\n{}", broken.join("\n"));
}

#[test]
fn files_are_short() {
    let lengths: BTreeMap<String, usize> =
        sources().into_iter().map(|file| (file.path, file.text.lines().count())).collect();
    let long: Vec<_> = lengths
        .iter()
        .filter(|(_, lines)| **lines > LINES_PER_FILE)
        .filter(|(path, _)| !LONG_FILES.iter().any(|(known, _)| known == path))
        .collect();
    assert!(long.is_empty(), "split these files: {long:?}");
    for (path, reason) in LONG_FILES {
        let lines = lengths.get(*path).copied().unwrap_or(0);
        assert!(lines > LINES_PER_FILE, "{path} is no longer long; strike it ({reason})");
    }
}

#[test]
fn modules_say_their_duty() {
    let silent: Vec<_> = sources()
        .into_iter()
        .filter(|file| !file.text.starts_with("//!"))
        .map(|file| file.path)
        .collect();
    assert!(silent.is_empty(), "these files do not open with their duty: {silent:?}");
}

struct Source {
    /// `src/rule/draft.rs`.
    path: String,
    /// `rule`.
    room: String,
    text: String,
}

impl Source {
    fn rooms_used(&self) -> Vec<(usize, String)> {
        let mut used = Vec::new();
        for (number, line) in self.text.lines().enumerate() {
            if is_comment(line) {
                continue;
            }
            for (at, _) in line.match_indices("crate::") {
                let rest = &line[at + "crate::".len()..];
                let room: String =
                    rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !room.is_empty() {
                    used.push((number + 1, room));
                }
            }
        }
        used
    }
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let path = file.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            let inner = path.trim_start_matches("src/");
            let room = inner.split('/').next().unwrap_or(inner);
            let room = if inner.contains('/') || !matches!(room, "lib.rs" | "main.rs") {
                room.trim_end_matches(".rs")
            } else {
                room
            };
            Source { room: room.to_owned(), text: fs::read_to_string(&file).unwrap(), path }
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
