//! Whose SQL an environment's revisions write: by their imports and arguments, else by the URL,
//! else by what autogenerate is told.

use super::locations;
use super::settings::Settings;
use crate::layout::dialect::{DialectEvidence, DialectReason, Family};
use crate::layout::walk::Folder;
use crate::migration::Dialect;

/// How many revisions are looked at.
const SAMPLE: usize = 60;

/// Signs in revisions, with the dialect that they speak of.
const SIGNS: &[(&str, Dialect)] = &[
    ("dialects.postgresql", Dialect::Postgres),
    ("import postgresql", Dialect::Postgres),
    ("postgresql_", Dialect::Postgres),
    ("JSONB", Dialect::Postgres),
    ("import sqlite", Dialect::Sqlite),
    ("dialects.sqlite", Dialect::Sqlite),
    ("PRAGMA", Dialect::Sqlite),
    ("dialects.mysql", Dialect::Mysql),
    ("import mysql", Dialect::Mysql),
    ("mysql_", Dialect::Mysql),
    ("ENGINE=InnoDB", Dialect::Mysql),
    ("dialects.mariadb", Dialect::Mariadb),
];

/// The dialects: those that folders of revisions are named after, else the one of most signs;
/// none where nothing tells.
pub(super) fn judge(folder: &Folder, settings: &Settings) -> Vec<DialectEvidence> {
    let files = locations::files(folder, settings);
    let mut named: Vec<DialectEvidence> = Vec::new();
    for file in &files {
        let Some(Family::Ours(dialect)) = locations::dialect_folder(file) else { continue };
        if named.iter().all(|known| known.dialect != dialect) {
            let reason = DialectReason::Path(file.clone());
            named.push(DialectEvidence { dialect, reason });
        }
    }
    if !named.is_empty() {
        named.sort_by_key(|evidence| evidence.dialect);
        return named;
    }
    let by_batches = || by_batches(folder);
    by_signs(folder, &files).or_else(|| by_url(settings)).or_else(by_batches).into_iter().collect()
}

fn by_signs(folder: &Folder, files: &[String]) -> Option<DialectEvidence> {
    let step = files.len().div_ceil(SAMPLE).max(1);
    let mut found: Vec<(Dialect, usize, &'static str, String)> = Vec::new();
    for file in files.iter().step_by(step) {
        let path = folder.path.join(file);
        let Some(text) = locations::text_of(&path, &folder.overlay) else { continue };
        for (sign, dialect) in SIGNS {
            if text.contains(sign) {
                match found.iter_mut().find(|(known, ..)| known == dialect) {
                    Some((_, count, ..)) => *count += 1,
                    None => found.push((*dialect, 1, sign, file.clone())),
                }
                break;
            }
        }
    }
    let most =
        found.into_iter().max_by_key(|(dialect, count, ..)| (*count, std::cmp::Reverse(*dialect)));
    most.map(|(dialect, _, token, file)| DialectEvidence {
        dialect,
        reason: DialectReason::Token { token, file },
    })
}

fn by_url(settings: &Settings) -> Option<DialectEvidence> {
    let url = settings.url.as_deref()?;
    let scheme = url.split([':', '+']).next()?;
    let dialect = scheme.parse::<Dialect>().ok()?;
    let part = format!("sqlalchemy.url = {scheme}:");
    Some(DialectEvidence { dialect, reason: DialectReason::Path(part) })
}

/// Batches are asked for where SQLite is the database that cannot do without them.
fn by_batches(folder: &Folder) -> Option<DialectEvidence> {
    let (_, environment) = super::environment(folder);
    let token = "render_as_batch=True";
    environment.render_as_batch.then(|| DialectEvidence {
        dialect: Dialect::Sqlite,
        reason: DialectReason::Token { token, file: "env.py".to_owned() },
    })
}
