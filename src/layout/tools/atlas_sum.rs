//! `atlas.sum`, beside files of any format: whether it fits the folder.
//!
//! Facts read in Atlas's source (`migrate.NewHashFile`): the sum of a file is SHA-256 over the names
//! and bytes of all files up to it; the first line is SHA-256 over all names and sums; a file with the header `-- atlas:sum ignore` counts by its name
//! alone and has no line. A sum that does not fit stops Atlas before it runs anything.

use crate::layout::paths::join_shown;
use crate::layout::read::{Wanted, read};
use crate::layout::registers::{Standing, Touched};
use crate::layout::remark::{contradicted, line_of};
use crate::layout::walk::Folder;
use crate::migration::Remark;
use crate::source::SourceFile;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Its name.
pub(in crate::layout) const SUM: &str = "atlas.sum";
const HELP: &str = "atlas migrate hash writes it anew: look at what changed first";

/// What contradicts the folder; nothing where there is no such file.
pub(in crate::layout) fn remarks(folder: &Folder) -> Vec<Remark> {
    if !folder.has(SUM) {
        return Vec::new();
    }
    let Ok(sum) = file(folder, SUM) else { return Vec::new() };
    let listed = lines(sum.text());
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
fn lines(sum: &str) -> Vec<Line> {
    let lines = sum.lines().enumerate().skip(1);
    let parsed = lines.filter_map(|(at, line)| {
        let (name, hash) = line.trim().rsplit_once(" h1:")?;
        Some(Line { number: at + 1, name: name.to_owned(), hash: hash.to_owned() })
    });
    parsed.collect()
}

fn file(folder: &Folder, name: &str) -> Result<Arc<SourceFile>, crate::layout::Problem> {
    read(
        &Wanted { path: folder.path.join(name), shown: join_shown(&folder.shown, name) },
        &folder.overlay,
    )
}

/// Files that look like those that are listed, and are not.
fn unlisted(folder: &Folder, listed: &[Line]) -> Vec<Remark> {
    let missing = folder
        .sql_files()
        .filter(|name| counts(listed, name))
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

/// Whether a file of this name has a line: ways back have none.
fn counts(listed: &[Line], name: &str) -> bool {
    let ups = !listed.is_empty() && listed.iter().all(|line| line.name.ends_with(".up.sql"));
    !ups || name.ends_with(".up.sql")
}

fn bytes(folder: &Folder, name: &str) -> Option<Vec<u8>> {
    let path = folder.path.join(name);
    match folder.overlay.text(&path) {
        Some(text) => Some(text.as_bytes().to_vec()),
        None => std::fs::read(path).ok(),
    }
}

/// The sums of a folder after some of its files were made or changed; `None` where they did not fit
/// before, so that somebody has to look first, or some file is left out of them.
pub(in crate::layout) fn renewed(
    before: &str,
    folder: &Path,
    touched: &[Touched<'_>],
) -> Option<String> {
    let listed = lines(before);
    let on_disk = |name: &str| std::fs::read(folder.join(name)).ok();
    let names: Vec<&str> = listed.iter().map(|line| line.name.as_str()).collect();
    let old: Vec<(String, Vec<u8>)> = with_bytes(&names, on_disk)?;
    if !names.is_sorted() || sums(&old).lines().ne(before.lines()) {
        return None;
    }
    let name_of = |one: &Touched<'_>| Some(one.location.file_name()?.to_str()?.to_owned());
    let texts: BTreeMap<String, &str> =
        touched.iter().filter_map(|one| Some((name_of(one)?, one.text))).collect();
    let made = touched.iter().filter(|one| one.standing == Standing::New).filter_map(name_of);
    let made: Vec<String> =
        made.filter(|name| name.ends_with(".sql") && counts(&listed, name)).collect();
    let mut names: Vec<&str> = names.into_iter().chain(made.iter().map(String::as_str)).collect();
    names.sort_unstable();
    let read = |name: &str| match texts.get(name) {
        Some(text) => Some(text.as_bytes().to_vec()),
        None => on_disk(name),
    };
    Some(sums(&with_bytes(&names, read)?))
}

fn with_bytes(
    names: &[&str],
    read: impl Fn(&str) -> Option<Vec<u8>>,
) -> Option<Vec<(String, Vec<u8>)>> {
    names.iter().map(|name| Some(((*name).to_owned(), read(name)?))).collect()
}

/// The text of the file for these names and bytes.
fn sums(files: &[(String, Vec<u8>)]) -> String {
    let (mut text, mut running, mut whole) = (String::new(), Sha256::new(), Sha256::new());
    for (name, bytes) in files {
        running.update(name.as_bytes());
        running.update(bytes);
        let sum = STANDARD.encode(running.clone().finalize());
        whole.update(name.as_bytes());
        whole.update(sum.as_bytes());
        text.push_str(&format!("{name} h1:{sum}\n"));
    }
    format!("h1:{}\n{text}", STANDARD.encode(whole.finalize()))
}

/// The first line that does not fit; all sums after it differ as well.
fn first_difference(folder: &Folder, sum: &Arc<SourceFile>, listed: &[Line]) -> Option<Remark> {
    let mut hash = Sha256::new();
    for line in listed {
        let place = || line_of(sum, line.number);
        let Some(bytes) = bytes(folder, &line.name) else {
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
