//! `atlas.sum`, beside files of any format: whether it fits the folder.
//!
//! Facts read in Atlas's source (`migrate.NewHashFile`): the sum of a file is SHA-256 over the names
//! and bytes of all files up to it; a file with the header `-- atlas:sum ignore` counts by its name
//! alone and has no line. A sum that does not fit stops Atlas before it runs anything.

use super::paths::join_shown;
use super::read::{Wanted, read};
use super::remark::{contradicted, line_of};
use super::walk::Folder;
use crate::migration::Remark;
use crate::source::SourceFile;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::sync::Arc;

const SUM: &str = "atlas.sum";
const HELP: &str = "atlas migrate hash writes it anew: look at what changed first";

/// What contradicts the folder; nothing where there is no such file.
pub(super) fn remarks(folder: &Folder) -> Vec<Remark> {
    if !folder.has(SUM) {
        return Vec::new();
    }
    let Ok(sum) = file(folder, SUM) else { return Vec::new() };
    let listed = lines(&sum);
    let mut remarks = unlisted(folder, &listed);
    remarks.extend(first_difference(folder, &sum, &listed));
    remarks
}

struct Line {
    number: usize,
    name: String,
    hash: String,
}

/// The lines below the first, which sums up the others.
fn lines(sum: &SourceFile) -> Vec<Line> {
    let lines = sum.text().lines().enumerate().skip(1);
    let parsed = lines.filter_map(|(at, line)| {
        let (name, hash) = line.trim().rsplit_once(" h1:")?;
        Some(Line { number: at + 1, name: name.to_owned(), hash: hash.to_owned() })
    });
    parsed.collect()
}

fn file(folder: &Folder, name: &str) -> Result<Arc<SourceFile>, super::Problem> {
    read(
        &Wanted { path: folder.path.join(name), shown: join_shown(&folder.shown, name) },
        &folder.overlay,
    )
}

/// Files that look like those that are listed, and are not.
fn unlisted(folder: &Folder, listed: &[Line]) -> Vec<Remark> {
    let ups = listed.iter().all(|line| line.name.ends_with(".up.sql"));
    let counts = |name: &&str| !ups || name.ends_with(".up.sql");
    let missing = folder
        .sql_files()
        .filter(counts)
        .filter(|name| !listed.iter().any(|line| line.name == **name));
    let remark = |name: &str| {
        let file = file(folder, name).ok()?;
        let text = file.text();
        if text
            .lines()
            .take_while(|line| line.starts_with("--"))
            .any(|line| line.contains("atlas:sum ignore"))
        {
            return None;
        }
        let message = format!("{name} is not in atlas.sum: Atlas stops before it runs anything");
        Some(contradicted(line_of(&file, 1), message, HELP))
    };
    missing.filter_map(remark).collect()
}

/// The first line that does not fit; all sums after it differ as well.
fn first_difference(folder: &Folder, sum: &Arc<SourceFile>, listed: &[Line]) -> Option<Remark> {
    let mut hash = Sha256::new();
    for line in listed {
        let place = || line_of(sum, line.number);
        let Ok(bytes) = std::fs::read(folder.path.join(&line.name)) else {
            let message = format!("{} is in atlas.sum but not in the folder", line.name);
            return Some(contradicted(place(), message, HELP));
        };
        hash.update(line.name.as_bytes());
        hash.update(&bytes);
        if STANDARD.encode(hash.clone().finalize()) != line.hash {
            let message = format!("{} is not what atlas.sum was made of", line.name);
            return Some(contradicted(place(), message, HELP));
        }
    }
    None
}
