//! dbmate: `<digits>_description.sql` with `-- migrate:up` and `-- migrate:down` in one file.
//!
//! Facts read in dbmate's source: both markers start at column 0 and are required, `up` comes
//! first, nothing but comments stands before it, several pairs are allowed, and
//! `transaction:false` on a marker sends that section outside a transaction, as one string. Files
//! run in the order of their names, as text: `10_x` before `9_x`.

use super::numbered::ignored;
use crate::layout::LayoutMeta;
use crate::layout::dialect::Verdict;
use crate::layout::layout_trait::{Built, Entry, Key, Layout, Listing, Part, ReadFile, Sending};
use crate::layout::name::leading_digits;
use crate::layout::order::{Named, pair};
use crate::layout::problem::Problem;
use crate::layout::said::{Variable, by_variables};
use crate::layout::walk::Folder;
use crate::migration::{
    Conventions, Dialect, Direction, Downs, LeftSettings, NewNames, NewScripts, NoTransaction,
    ScriptSource, TransactionMode,
};
use crate::source::{MappedText, SourceFile, Span};
use std::sync::Arc;

const UP: &str = "-- migrate:up";
const DOWN: &str = "-- migrate:down";

/// The layout.
pub(super) struct Dbmate;

impl Layout for Dbmate {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "dbmate", title: "dbmate" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let heads = folder.heads();
        let marked = heads.iter().filter(|head| sections(&head.text).next().is_some()).count();
        (marked > 0).then(|| format!("marker `{UP}` in {marked} of {} files", heads.len()))
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let mut listing = Listing::default();
        let mut named = Vec::new();
        for name in folder.sql_files() {
            let (digits, rest) = leading_digits(name);
            if digits.is_empty() || !name.ends_with(".sql") {
                listing.ignored.push(ignored(folder, name, "no digits at the start"));
                continue;
            }
            named.push(Named {
                version: digits.to_owned(),
                description: rest.trim_start_matches('_').trim_end_matches(".sql").to_owned(),
                part: Part::Up,
                path: name.to_owned(),
            });
        }
        listing.entries = pair(named);
        for entry in &mut listing.entries {
            let name = entry.files.first().map(|file| file.path.clone());
            entry.key = Key::Text(name.unwrap_or_default());
        }
        listing
    }

    fn told(&self, folder: &Folder) -> Option<Verdict> {
        by_variables(folder, &[Variable::address("DATABASE_URL")])
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::SectionMarker {
                up: "-- migrate:up transaction:false",
                down: "-- migrate:down transaction:false",
            },
            scripts: NewScripts::Headed(UP),
            downs: Downs::Section(DOWN),
            names: NewNames { up: "{version}_{description}.sql", down: None, word_separator: '_' },
            settings: LeftSettings::Kept,
        }
    }

    fn transaction(&self, _: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        TransactionMode::PerScript.into()
    }

    fn build(&self, entry: &Entry, files: &[ReadFile], _: Dialect) -> Built {
        let mut built = Built::default();
        let Some(read) = files.first() else { return built };
        let found: Vec<Section> = sections(read.file.text()).collect();
        built.problems = complaints(&read.file, &found);
        for section in found {
            let script = section.script(&read.file);
            let continues = section.direction == Direction::Down
                && built.drafts.last().is_some_and(|draft| draft.down.is_none());
            if !continues {
                built.drafts.push(entry.draft(files));
            }
            if let Some(draft) = built.drafts.last_mut() {
                draft.set(section.direction, script);
            }
        }
        if built.drafts.is_empty() {
            built.drafts.push(entry.draft(files));
        }
        number_pairs(&mut built);
        built
    }
}

/// Several pairs of one file run one after the other, each in a transaction of its own.
fn number_pairs(built: &mut Built) {
    for (at, draft) in built.drafts.iter_mut().enumerate().skip(1) {
        draft.id = format!("{}#{}", draft.id, at + 1);
    }
}

struct Section {
    direction: Direction,
    transaction: TransactionMode,
    marker: usize,
    body: Span,
}

impl Section {
    fn script(&self, file: &Arc<SourceFile>) -> ScriptSource {
        ScriptSource {
            file: Arc::clone(file),
            text: MappedText::verbatim(file, self.body),
            direction: self.direction,
            transaction: self.transaction,
        }
    }
}

/// The sections of a file, from each marker's next line to the next marker.
fn sections(text: &str) -> impl Iterator<Item = Section> {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut at = start;
    let mut markers: Vec<(usize, usize, Direction, TransactionMode)> = Vec::new();
    for line in text.get(start..).unwrap_or("").split_inclusive('\n') {
        if let Some((direction, mode)) = marker(line) {
            markers.push((at, at + line.len(), direction, mode));
        }
        at += line.len();
    }
    let ends: Vec<usize> =
        markers.iter().skip(1).map(|(start, ..)| *start).chain(std::iter::once(at)).collect();
    markers.into_iter().zip(ends).map(|((marker, start, direction, transaction), end)| Section {
        direction,
        transaction,
        marker,
        body: Span::new(start, end),
    })
}

fn marker(line: &str) -> Option<(Direction, TransactionMode)> {
    let rest = line.strip_prefix("--")?.trim_start().strip_prefix("migrate:")?;
    let (direction, options) = match (rest.strip_prefix("up"), rest.strip_prefix("down")) {
        (Some(options), _) => (Direction::Up, options),
        (_, Some(options)) => (Direction::Down, options),
        _ => return None,
    };
    if !options.is_empty() && !options.starts_with(char::is_whitespace) {
        return None;
    }
    let leaves = options.split_whitespace().any(|option| option == "transaction:false");
    Some((direction, if leaves { TransactionMode::OneString } else { TransactionMode::PerScript }))
}

/// What dbmate refuses the file for.
fn complaints(file: &SourceFile, found: &[Section]) -> Vec<Problem> {
    let missing =
        |marker| Problem::MissingMarker { path: file.path().to_owned(), marker, tool: "dbmate" };
    let misplaced = |offset: usize, reason: &str| Problem::Misplaced {
        path: file.path().to_owned(),
        line: file.position(offset).line,
        reason: reason.to_owned(),
    };
    let has = |direction| found.iter().any(|section| section.direction == direction);
    let mut problems = Vec::new();
    if !has(Direction::Up) {
        problems.push(missing(UP));
    }
    if !has(Direction::Down) {
        problems.push(missing(DOWN));
    }
    if let Some(offset) = found.first().and_then(|first| code_before(file, first.marker)) {
        problems.push(misplaced(offset, "a statement before `-- migrate:up`: dbmate stops at it"));
    }
    if problems.is_empty() {
        let lonely = unpaired(found);
        problems.extend(lonely.map(|(section, reason)| misplaced(section.marker, reason)));
    }
    problems
}

/// Sections that have no partner: every up is followed by its one down.
fn unpaired(found: &[Section]) -> impl Iterator<Item = (&Section, &'static str)> {
    let before = std::iter::once(None).chain(found.iter().map(Some));
    let after = found.iter().skip(1).map(Some).chain(std::iter::once(None));
    let is = |section: Option<&Section>, wanted| {
        section.is_some_and(|section| section.direction == wanted)
    };
    found.iter().zip(before.zip(after)).filter_map(move |(section, (before, after))| {
        let (partner, reason) = match section.direction {
            Direction::Up => (is(after, Direction::Down), "no `-- migrate:down` follows"),
            Direction::Down => {
                (is(before, Direction::Up), "no `-- migrate:up` of its own before it")
            }
        };
        (!partner).then_some((section, reason))
    })
}

/// Offset of the first line before `end` that is neither blank nor a comment.
fn code_before(file: &SourceFile, end: usize) -> Option<usize> {
    let start = file.content_start();
    let mut at = start;
    for line in file.slice(Span::new(start, end)).split_inclusive('\n') {
        let bare = line.trim_start();
        if !bare.is_empty() && !bare.starts_with("--") {
            return Some(at + (line.len() - bare.len()));
        }
        at += line.len();
    }
    None
}
