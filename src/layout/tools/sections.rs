//! One file with an `-- UP` and a `-- DOWN` section, DOWN perhaps commented out; a header names the
//! migration, its author and what it depends on.
//!
//! A person or a script runs such a file with the database's own client: each statement is sent
//! alone, the transaction is the file's own `BEGIN … COMMIT`, and the file records itself. A DOWN
//! that is commented out is a down all the same: it is what is run by hand when things go wrong.

use super::numbered::{self, ignored};
use super::uncomment::uncomment;
use crate::layout::LayoutMeta;
use crate::layout::heads::Head;
use crate::layout::layout_trait::{Built, Entry, Layout, Listing, ReadFile, Sending};
use crate::layout::name::all_digits;
use crate::layout::order::pair;
use crate::layout::problem::Problem;
use crate::layout::project::Draft;
use crate::layout::walk::Folder;
use crate::migration::{
    Conventions, Dialect, Direction, Downs, LeftSettings, NewNames, NewScripts, NoTransaction,
    ScriptSource, TransactionMode,
};
use crate::source::{MappedText, SourceFile, Span};
use std::sync::Arc;

/// The layout.
pub(super) struct Sections;

impl Layout for Sections {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "sections", title: "UP and DOWN sections" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let heads = folder.heads();
        let marked = heads.iter().filter(|head| markers(&head.text).next().is_some()).count();
        if marked > 0 && marked * 2 >= heads.len() {
            return Some(format!(
                "sections `-- UP`, `-- DOWN` in {marked} of {} files",
                heads.len()
            ));
        }
        let headed = heads.iter().filter(|head| is_headed(head)).count();
        (headed > 0 && headed * 2 >= heads.len())
            .then(|| format!("header `-- Migration:` in {headed} of {} files", heads.len()))
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let mut listing = Listing::default();
        let mut named = Vec::new();
        for name in folder.sql_files() {
            match (crate::layout::name::not_a_migration(name), numbered::parse(name)) {
                (Some(why), _) => listing.ignored.push(ignored(folder, name, why)),
                (None, Some(file)) => named.push(file),
                (None, None) => listing.ignored.push(ignored(folder, name, "no number")),
            }
        }
        listing.entries = pair(named);
        listing
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::LeaveOutBegin,
            scripts: NewScripts::Plain,
            downs: Downs::Section("-- DOWN"),
            names: NewNames { up: "{version}_{description}.sql", down: None, word_separator: '_' },
            settings: LeftSettings::Kept,
        }
    }

    fn transaction(&self, _: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        TransactionMode::Autocommit.into()
    }

    fn build(&self, entry: &Entry, files: &[ReadFile], _: Dialect) -> Built {
        let mut draft = entry.draft(files);
        for read in files {
            let Some(direction) = read.part.direction() else { continue };
            if direction == Direction::Down {
                draft.set(direction, read.whole(direction, TransactionMode::Autocommit));
                continue;
            }
            let cut = cut(&read.file);
            let script = |text, direction| ScriptSource {
                file: Arc::clone(&read.file),
                text,
                direction,
                transaction: TransactionMode::Autocommit,
            };
            draft.up = Some(script(MappedText::verbatim(&read.file, cut.up), Direction::Up));
            draft.down = cut.down.map(|down| script(down, Direction::Down)).or(draft.down.take());
            let header = Header::of(&read.file);
            draft.parents = header.dependencies.into_iter().map(|(name, _)| name).collect();
            if let Some(description) = header.description {
                draft.description = description;
            }
        }
        Built { drafts: vec![draft], ..Built::default() }
    }

    fn arrange(&self, drafts: &mut Vec<Draft>) -> Vec<Problem> {
        crate::layout::dependencies::arrange(drafts)
    }
}

/// Whether the text begins with a header line `-- Migration:`.
pub(super) fn has_header(text: &str) -> bool {
    header_lines(text).any(|line| line.key == "migration")
}

/// Whether a file is headed and named as in this layout; its sections may start behind the head.
fn is_headed(head: &Head) -> bool {
    let mut name = head.name.split('_');
    let length = |part: Option<&str>| part.filter(|part| all_digits(part)).map(str::len);
    let named = length(name.next()) == Some(8) && length(name.next()) == Some(6);
    named && has_header(&head.text) && header_lines(&head.text).count() > 1
}

/// What a file's header says.
#[derive(Debug, Default)]
pub(in crate::layout) struct Header {
    /// `Description:`.
    pub description: Option<String>,
    /// `Dependencies:`, each with its 1-based line.
    pub dependencies: Vec<(String, usize)>,
}

impl Header {
    /// Reads it.
    pub fn of(file: &SourceFile) -> Self {
        let mut header = Self::default();
        for line in header_lines(file.text()) {
            match line.key.as_str() {
                "description" if !line.value.is_empty() => {
                    header.description = Some(line.value.to_owned());
                }
                "dependencies" | "depends" | "depends on" | "requires" => {
                    let names = line.value.split([',', ' ', ';']).map(dependency_name);
                    let names = names.filter(|name| !matches!(*name, "" | "none" | "None" | "-"));
                    header.dependencies.extend(names.map(|name| (name.to_owned(), line.number)));
                }
                _ => {}
            }
        }
        header
    }
}

fn dependency_name(written: &str) -> &str {
    let bare =
        written.trim_matches(|c: char| matches!(c, '[' | ']' | '"' | '\'' | '`' | '(' | ')'));
    bare.strip_suffix(".sql").unwrap_or(bare)
}

struct HeaderLine<'a> {
    key: String,
    value: &'a str,
    number: usize,
}

/// The `-- Key: value` lines before the first line that is no comment.
fn header_lines(text: &str) -> impl Iterator<Item = HeaderLine<'_>> {
    const KEYS: &[&str] = &[
        "migration",
        "author",
        "date",
        "description",
        "dependencies",
        "depends",
        "depends on",
        "requires",
        "created",
        "version",
    ];
    let comment = |line: &str| {
        let line = line.trim_start_matches('\u{feff}').trim();
        line.is_empty() || line.starts_with("--") || line.starts_with("/*") || line.starts_with('*')
    };
    text.lines().enumerate().take_while(move |(_, line)| comment(line)).filter_map(|(at, line)| {
        let bare = line.trim_start_matches(|c: char| c == '\u{feff}' || "-/* \t".contains(c));
        let (key, value) = bare.split_once(':')?;
        let key = key.trim().to_ascii_lowercase();
        let known = KEYS.contains(&key.as_str());
        known.then(|| HeaderLine { key, value: value.trim(), number: at + 1 })
    })
}

struct Marker {
    direction: Direction,
    line: Span,
    opens_block: bool,
}

/// The lines that open a section.
fn markers(text: &str) -> impl Iterator<Item = Marker> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let span = Span::new(at, at + line.len());
        at = span.end;
        let bare = line.trim_start_matches('\u{feff}').trim();
        let opens_block = bare.starts_with("/*") && !bare.contains("*/");
        section_word(bare).map(|direction| Marker { direction, line: span, opens_block })
    })
}

/// `-- UP`, `-- DOWN (rollback)`, `-- ==== Up migration ====`, `/* DOWN`.
fn section_word(line: &str) -> Option<Direction> {
    let rest = line.strip_prefix("--").or_else(|| line.strip_prefix("/*"))?;
    let sign = |c: char| c.is_whitespace() || "-=#*+>[]@/".contains(c);
    let rest = rest.trim_matches(sign);
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let (word, rest) = rest.split_at_checked(end)?;
    let direction = match word.to_ascii_lowercase().as_str() {
        "up" => Direction::Up,
        "down" => Direction::Down,
        _ => return None,
    };
    let shouted = word.chars().all(|c| c.is_ascii_uppercase());
    let explained = shouted && rest.trim_start().starts_with(['(', ':', '-']);
    let known = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
        matches!(bare.as_str(), "" | "migration" | "section" | "script" | "sql" | "rollback")
    };
    (explained || rest.split_whitespace().all(known)).then_some(direction)
}

struct Cut {
    up: Span,
    down: Option<MappedText>,
}

/// Cuts a file into its sections. What stands before an UP is header; without one, everything
/// before DOWN goes forward.
fn cut(file: &SourceFile) -> Cut {
    let text = file.text();
    let start = file.content_start();
    let found: Vec<Marker> = markers(text).collect();
    let first = |direction| found.iter().find(|marker| marker.direction == direction);
    let (up, down) = (first(Direction::Up), first(Direction::Down));
    let Some(down) = down else {
        return Cut { up: Span::new(up.map_or(start, |up| up.line.end), text.len()), down: None };
    };
    let later_up = up.filter(|up| up.line.start > down.line.start);
    let down_end = later_up.map_or(text.len(), |up| up.line.start);
    let up_start = up.map_or(start, |up| up.line.end);
    let before = Span::new(up_start, down.line.start);
    let outer = if later_up.is_some() { None } else { open_block(file.slice(before)) };
    let up = match (later_up, outer) {
        (Some(_), _) => Span::new(up_start, text.len()),
        (None, Some(opening)) => Span::new(up_start, up_start + opening),
        (None, None) => before,
    };
    let body = Span::new(down.line.end, down_end);
    Cut { up, down: Some(uncomment(file, body, outer.is_some() || down.opens_block)) }
}

/// Where a block comment opens that is not closed again.
fn open_block(text: &str) -> Option<usize> {
    let at = text.rfind("/*")?;
    let closed = text.get(at..)?.contains("*/");
    let commented = text.get(..at)?.rsplit('\n').next()?.contains("--");
    (!closed && !commented).then_some(at)
}
