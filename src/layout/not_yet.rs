//! Layouts that are recognised but not read yet. To take their files for plain SQL would run the
//! way back after the way forward, so their folders are named as skipped.

use super::manifest::cargo_dependency;
use super::name::{all_digits, direction_suffix, leading_digits, without_sql};
use super::walk::{Folder, Head};

/// One way of recognising such layouts.
pub(super) struct NotYet {
    detect: fn(&Folder) -> Option<(&'static str, String)>,
}

impl NotYet {
    /// The tool's name for people and the evidence for it.
    pub fn detect(&self, folder: &Folder) -> Option<(&'static str, String)> {
        (self.detect)(folder)
    }
}

/// By files that only one tool writes.
pub(super) static BY_FILES: NotYet = NotYet { detect: by_files };
/// By markers in the scripts.
pub(super) static BY_MARKERS: NotYet = NotYet { detect: by_markers };
/// By the scripts' names.
pub(super) static BY_NAMES: NotYet = NotYet { detect: by_names };

fn by_files(folder: &Folder) -> Option<(&'static str, String)> {
    let beside = |name: &str| folder.path.parent().is_some_and(|up| up.join(name).is_file());
    let child = |name: &str| folder.folders.iter().find(|child| child.name() == name);
    let found = |tool, evidence: &str| Some((tool, evidence.to_owned()));
    if matches!(folder.name(), "deploy" | "revert") && beside("sqitch.plan") {
        return found("Sqitch", "sqitch.plan");
    }
    if folder.has("migration_lock.toml") {
        return found("Prisma", "migration_lock.toml");
    }
    if child("meta").is_some_and(|meta| meta.has("_journal.json")) {
        return found("Drizzle Kit", "meta/_journal.json");
    }
    let in_supabase = folder.path.parent().is_some_and(|up| up.ends_with("supabase"));
    if folder.name() == "migrations" && in_supabase && beside("config.toml") {
        return found("Supabase", "supabase/config.toml");
    }
    if folder.has("atlas.sum") {
        return found("Atlas", "atlas.sum");
    }
    None
}

/// A line's beginning, lower case and without spaces, and the tool that writes it.
const MARKERS: &[(&str, &str)] = &[
    ("--+goose", "goose"),
    ("--+migrate", "sql-migrate"),
    ("--liquibaseformatted", "Liquibase"),
    ("--!previous:", "graphile-migrate"),
    ("--upmigration", "node-pg-migrate"),
    ("#---!ups", "Play evolutions"),
    ("--!ups", "Play evolutions"),
    ("--//@undo", "MyBatis Migrations"),
    ("----createabove/dropbelow----", "tern"),
];

fn by_markers(folder: &Folder) -> Option<(&'static str, String)> {
    folder.heads().iter().find_map(marker_in)
}

fn marker_in(head: &Head) -> Option<(&'static str, String)> {
    let sectioned = super::sections::has_header(&head.text);
    head.text.lines().find_map(|line| {
        let bare: String =
            line.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
        let (_, tool) = MARKERS.iter().find(|(marker, _)| bare.starts_with(marker))?;
        if sectioned && *tool == "node-pg-migrate" {
            return None;
        }
        Some((*tool, format!("marker `{}` in {}", line.trim(), head.name)))
    })
}

const POPX_DIALECTS: &[&str] =
    &["postgres", "postgresql", "cockroach", "mysql", "mariadb", "sqlite", "sqlite3"];

fn by_names(folder: &Folder) -> Option<(&'static str, String)> {
    if folder.sql_files().any(super::flyway::is_script) {
        let refinery = cargo_dependency(&folder.path, &folder.horizon, "refinery");
        return refinery.map(|evidence| ("refinery", evidence));
    }
    folder.sql_files().find_map(|name| {
        let stem = without_sql(name);
        let (rest, _) = direction_suffix(stem)?;
        if !all_digits(leading_digits(stem).0) {
            return None;
        }
        let last = rest.rsplit('.').next().unwrap_or("");
        if rest.ends_with(".autocommit") || (rest.contains('.') && POPX_DIALECTS.contains(&last)) {
            return Some(("popx", format!("the name {name}")));
        }
        let (version, tail) = stem.split_once('.')?;
        let (word, _) = tail.split_once('.')?;
        (all_digits(version) && matches!(word, "do" | "undo"))
            .then(|| ("postgrator", format!("the name {name}")))
    })
}
