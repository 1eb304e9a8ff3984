//! Drizzle Kit: `<tag>.sql` files listed in `meta/_journal.json`; newer releases write one
//! directory per migration, `<tag>/migration.sql` beside `snapshot.json`, and no journal.
//!
//! Facts read in its source: the journal alone says what runs, in its order; an entry whose `when`
//! is not later than that of the newest applied one is passed over; statements are cut at
//! `--> statement-breakpoint` and sent one by one, all pending migrations in one transaction.

use super::numbered::ignored;
use crate::layout::LayoutMeta;
use crate::layout::dialect::{self, Verdict};
use crate::layout::layout_trait::{
    Built, Entry, EntryFile, Key, Layout, Listing, Part, ReadFile, Sending,
};
use crate::layout::name::{leading_digits, without_sql};
use crate::layout::paths::join_shown;
use crate::layout::read::{Wanted, read};
use crate::layout::remark::{contradicted, line_of};
use crate::layout::walk::Folder;
use crate::migration::{
    Bookkeeping, Conventions, Dialect, Direction, Downs, Edited, Late, LeftSettings, NewNames,
    NewScripts, NoTransaction, Remark, ScriptSource, TransactionMode, Version,
};
use crate::source::{Place, SourceFile, Span};
use std::sync::Arc;

const JOURNAL: &str = "meta/_journal.json";
const BREAKPOINT: &str = "--> statement-breakpoint";
const HELP: &str = "drizzle-kit generate writes the file and its entry together";

/// The layout.
pub(super) struct Drizzle;

impl Layout for Drizzle {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "drizzle", title: "Drizzle Kit" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        if folder.contains(JOURNAL) {
            return Some(JOURNAL.to_owned());
        }
        let directories = folder.folders.iter().filter(|child| is_directory(child)).count();
        (directories > 0).then(|| format!("snapshot.json in {directories} directories"))
    }

    fn database(&self, folder: &Folder) -> Option<Verdict> {
        let journal = Journal::of(folder).ok()??;
        let word = match journal.document.dialect.as_deref()? {
            "turso" => "sqlite",
            "singlestore" => "mysql",
            word => word,
        };
        dialect::by_word(JOURNAL, word)
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let mut listing = Listing::default();
        match Journal::of(folder) {
            Ok(Some(journal)) => journal.list(folder, &mut listing),
            Ok(None) => {
                let directories = folder.folders.iter().filter(|child| is_directory(child));
                listing.entries = directories
                    .enumerate()
                    .map(|(at, child)| {
                        let path = format!("{}/migration.sql", child.name());
                        entry(at, child.name(), path)
                    })
                    .collect();
            }
            Err(problem) => listing.remarks.push(*problem),
        }
        listing
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::Never,
            scripts: NewScripts::Registered(
                "`drizzle-kit generate --custom` makes its file and enters it in the journal",
            ),
            downs: Downs::Nowhere,
            names: NewNames { up: "{version}_{description}.sql", down: None, word_separator: '_' },
            settings: LeftSettings::Kept,
        }
    }

    fn bookkeeping(&self) -> Bookkeeping {
        Bookkeeping { late: Late::Skipped, edited: Edited::Unnoticed }
    }

    fn transaction(&self, _: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        TransactionMode::WholeRun.into()
    }

    fn build(&self, entry: &Entry, files: &[ReadFile], dialect: Dialect) -> Built {
        let mut built = Built::default();
        let mut draft = entry.draft(files);
        for file in files {
            let mode = self.transaction(file, files, dialect).mode;
            let whole = file.whole(Direction::Up, mode);
            draft.up = Some(with_breakpoints(whole));
        }
        built.drafts.push(draft);
        built
    }
}

/// Each breakpoint ends a statement, also one that lacks its semicolon.
fn with_breakpoints(script: ScriptSource) -> ScriptSource {
    let end = format!(";{}", " ".repeat(BREAKPOINT.len() - 1));
    let text = script.text.text().replace(BREAKPOINT, &end);
    ScriptSource { text: script.text.with_equal_text(text), ..script }
}

fn is_directory(folder: &Folder) -> bool {
    folder.has("migration.sql") && folder.has("snapshot.json")
}

fn entry(at: usize, tag: &str, path: String) -> Entry {
    let (digits, rest) = leading_digits(tag);
    Entry {
        id: tag.to_owned(),
        version: Version::new(digits),
        key: Key::Text(format!("{at:08}")),
        description: rest.trim_start_matches('_').replace('_', " "),
        files: vec![EntryFile { path, part: Part::Up }],
    }
}

struct Journal {
    file: Arc<SourceFile>,
    document: Document,
}

#[derive(serde::Deserialize)]
struct Document {
    dialect: Option<String>,
    #[serde(default)]
    entries: Vec<Item>,
}

#[derive(serde::Deserialize)]
struct Item {
    tag: String,
    when: Option<u64>,
}

impl Journal {
    /// The journal, if there is one; a remark where it cannot be understood.
    fn of(folder: &Folder) -> Result<Option<Self>, Box<Remark>> {
        let path = folder.path.join(JOURNAL);
        let wanted = Wanted { path, shown: join_shown(&folder.shown, JOURNAL) };
        let Ok(file) = read(&wanted, &folder.overlay) else { return Ok(None) };
        let text = file.text().get(file.content_start()..).unwrap_or("");
        match serde_json::from_str(text) {
            Ok(document) => Ok(Some(Self { file, document })),
            Err(error) => {
                let message = format!("the journal cannot be read, so nothing runs: {error}");
                let place = line_of(&file, error.line().max(1));
                Err(Box::new(contradicted(place, message, "mend it, or take it from git")))
            }
        }
    }

    fn list(&self, folder: &Folder, listing: &mut Listing) {
        let mut newest: Option<&Item> = None;
        for (at, item) in self.document.entries.iter().enumerate() {
            let name = format!("{}.sql", item.tag);
            if !folder.has(&name) {
                let message =
                    format!("{name} is in the journal but not in the folder: drizzle stops at it");
                listing.remarks.push(contradicted(self.place(&item.tag), message, HELP));
                continue;
            }
            if let Some(later) = newest.filter(|later| later.when >= item.when) {
                let message = format!(
                    "{} is never run where {} has run: its time in the journal is not later",
                    item.tag, later.tag
                );
                let help = "give the entry a `when` after that of the entry before it";
                listing.remarks.push(contradicted(self.place(&item.tag), message, help));
            } else {
                newest = Some(item);
            }
            listing.entries.push(entry(at, &item.tag, name));
        }
        for name in folder.sql_files() {
            let tag = without_sql(name);
            if self.document.entries.iter().any(|item| item.tag == tag) {
                continue;
            }
            listing.ignored.push(ignored(folder, name, "not in the journal"));
            let wanted =
                Wanted { path: folder.path.join(name), shown: join_shown(&folder.shown, name) };
            if let Ok(file) = read(&wanted, &folder.overlay) {
                let message = format!("{name} is not in the journal: drizzle never runs it");
                listing.remarks.push(contradicted(line_of(&file, 1), message, HELP));
            }
        }
    }

    fn place(&self, tag: &str) -> Place {
        let quoted = format!("\"{tag}\"");
        let start = self.file.text().find(&quoted).unwrap_or(0);
        Place { file: Arc::clone(&self.file), span: Span::new(start, start + quoted.len()) }
    }
}
