//! One file of the application: which reader takes it, and what it says.

use super::mention::{Mention, Model};
use super::strings::{self, Language};
use super::words::Searched;
use super::{prisma, python, rust, sql};
use aho_corasick::AhoCorasick;
use std::sync::LazyLock;

/// Larger files are generated or bundled: they are searched for words, not parsed.
const LARGEST: usize = 1_000_000;

/// A blob and what it says; the same for every release that has it.
#[derive(Debug)]
pub(super) struct Blob {
    /// Its text.
    pub searched: Searched,
    /// What it names.
    pub mentions: Vec<Mention>,
    /// Classes that may be models.
    pub models: Vec<Model>,
}

/// Reads a blob as the language that the file's name tells. Bytes that are no UTF-8 are replaced.
pub(super) fn read(path: &str, bytes: &[u8]) -> Blob {
    let searched = Searched::new(String::from_utf8_lossy(bytes).into());
    let mut blob = Blob { searched, mentions: Vec::new(), models: Vec::new() };
    let text = &blob.searched.text;
    if text.len() > LARGEST {
        return blob;
    }
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("py" | "pyi") => {
            let module = python::read(text);
            blob.mentions = module.mentions;
            blob.models = module.models;
        }
        Some("prisma") => blob.mentions = prisma::read(text),
        Some("sql") => blob.mentions = sql::mentions(text, 0),
        _ => blob.mentions = from_strings(path, text),
    }
    blob
}

fn from_strings(path: &str, text: &str) -> Vec<Mention> {
    let Some(language) = Language::of(path) else { return Vec::new() };
    let is_diesel = language == Language::Rust && text.contains("table!");
    if !is_diesel && !may_hold_sql(text) {
        return Vec::new();
    }
    let Some(tree) = strings::tree(text, language) else { return Vec::new() };
    let mut mentions = Vec::new();
    if is_diesel {
        mentions.extend(rust::tables(&tree, text));
    }
    for literal in strings::texts(&tree, text) {
        if sql::looks_like_sql(&literal.text) {
            mentions.extend(sql::mentions(&literal.text, literal.offset));
        }
    }
    mentions
}

/// Whether it is worth parsing: one of the verbs and one of their companions stand in it.
fn may_hold_sql(text: &str) -> bool {
    static VERBS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(["select ", "select\n", "insert into", "update ", "delete from", "copy "])
            .ok()
    });
    VERBS.as_ref().is_none_or(|verbs| verbs.is_match(text))
}
