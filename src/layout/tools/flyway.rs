//! Flyway: `V<version>__<description>.sql`, `U…` to undo, `R__…` repeatable, `B<version>__…` as a
//! baseline; sub-folders belong to it.
//!
//! Facts read in its documentation and source: parts of a version are separated by `.` or `_` and
//! compared as numbers; repeatable scripts run after all versions, by description; a script runs in
//! a transaction unless it holds a statement that Flyway knows to refuse one, or
//! `<script>.conf` says `executeInTransaction=false`; statements are sent one by one.
//!
//! `beforeMigrate` and `afterMigrate` run in every run, before and after the others; the callbacks
//! around each migration are passed over. Prefixes, separators, placeholders and `group` are read
//! from the project's configuration ([`FlywaySettings`]).

use super::flyway_profiles::by_profiles;
use super::flyway_settings::FlywaySettings;
use super::numbered::ignored;
use crate::layout::LayoutMeta;
use crate::layout::dialect::{self, Family, Verdict};
use crate::layout::layout_trait::{
    Built, Entry, EntryFile, Key, Layout, Listing, Part, ReadFile, Sending, one_script_per_file,
};
use crate::layout::manifest::cargo_dependency;
use crate::layout::name::without_sql;
use crate::layout::order::{Named, pair};
use crate::layout::said::{Variable, by_variables, of_address};
use crate::layout::walk::{Folder, is_sql};
use crate::migration::{
    Bookkeeping, Conventions, Dialect, Downs, Edited, Late, LeftSettings, NewNames, NewScripts,
    NoTransaction, ScriptSource, TransactionMode, Version,
};
use crate::source::{MappedText, Span};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The layout, with the settings of a folder once it is known.
pub(super) struct Flyway(pub(super) Option<FlywaySettings>);

impl Layout for Flyway {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "flyway", title: "Flyway" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let settings = self.settings(folder);
        let count = |folder: &Folder| count(folder, &settings);
        let (ours, all) = count(folder);
        let below = || {
            let named = folder.name().to_ascii_lowercase().contains("migration");
            let vendors =
                folder.folders.iter().any(|child| dialect::family(child.name()).is_some());
            named && all == 0 && !vendors && folder.folders.iter().any(|child| count(child).0 > 0)
        };
        let fits = (ours > 0 && ours * 2 >= all) || below();
        let FlywaySettings { versioned, separator, .. } = settings.as_ref();
        fits.then(|| format!("names match {versioned}<version>{separator}<description>.sql"))
    }

    fn configured(&self, folder: &Folder) -> Option<Arc<dyn Layout>> {
        let settings = FlywaySettings::above(folder);
        settings.source.is_some().then(|| Arc::new(Self(Some(settings))) as Arc<dyn Layout>)
    }

    fn list(&self, folder: &Folder, dialect: Dialect) -> Listing {
        let listing = Listing::default();
        let scripts = Vec::new();
        let settings = self.settings(folder);
        let mut walk = Collector { dialect, settings: &settings, scripts, listing };
        walk.collect(folder, "");
        let Collector { mut scripts, mut listing, .. } = walk;
        let beside = scripts.iter().filter(|script| script.kind == Kind::Settings);
        let beside: BTreeSet<String> = beside.map(|script| script.path.clone()).collect();
        scripts.retain(|script| script.kind != Kind::Settings);
        let baseline = baseline(folder, &scripts, &mut listing);
        listing.entries = versioned(&scripts, baseline);
        listing.entries.extend(scripts.iter().filter_map(rerun));
        for entry in &mut listing.entries {
            add_settings(entry, &beside);
        }
        listing
    }

    fn told(&self, folder: &Folder) -> Option<Verdict> {
        let variables = || by_variables(folder, &[Variable::address("FLYWAY_URL")]);
        by_profiles(folder).or_else(variables).or_else(|| {
            let (address, file) = FlywaySettings::address(folder)?;
            let (family, word) = of_address(&address)?;
            Some(dialect::by_family(family, file, &word))
        })
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::Detected {
                name: "{script}.conf",
                line: "executeInTransaction=false",
            },
            scripts: NewScripts::Plain,
            downs: Downs::SecondFile,
            names: NewNames {
                up: "V{version}__{description}.sql",
                down: Some("U{version}__{description}.sql"),
                word_separator: '_',
            },
            settings: LeftSettings::NamesRestored,
        }
    }

    fn bookkeeping(&self) -> Bookkeeping {
        let runs_late = self.0.as_ref().is_some_and(|settings| settings.out_of_order);
        let late = if runs_late { Late::Run } else { Late::Refused };
        Bookkeeping { late, edited: Edited::Refused }
    }

    fn transaction(&self, script: &ReadFile, files: &[ReadFile], _: Dialect) -> Sending {
        let own = format!("{}.conf", script.file.path());
        let mut settings = files.iter().filter(|read| read.file.path() == own);
        let leaves = settings.any(|read| leaves_transaction(read.file.text()));
        let (group, inside) = match &self.0 {
            Some(settings) => (settings.group, settings.in_transaction),
            None => (false, true),
        };
        match (leaves || !inside, group) {
            (true, _) => TransactionMode::Autocommit.into(),
            (_, true) => TransactionMode::WholeRun.into(),
            _ => TransactionMode::UnlessRefused.into(),
        }
    }

    fn build(&self, entry: &Entry, files: &[ReadFile], dialect: Dialect) -> Built {
        let mut built = one_script_per_file(self, entry, files, dialect);
        let Some(settings) = self.0.as_ref().filter(|settings| !settings.placeholders.is_empty())
        else {
            return built;
        };
        for draft in &mut built.drafts {
            draft.up = draft.up.take().map(|script| filled_in(script, settings));
            draft.down = draft.down.take().map(|script| filled_in(script, settings));
        }
        built
    }
}

impl Flyway {
    fn settings(&self, folder: &Folder) -> Cow<'_, FlywaySettings> {
        match &self.0 {
            Some(settings) => Cow::Borrowed(settings),
            None => Cow::Owned(FlywaySettings::above(folder)),
        }
    }
}

/// The script with the values of its placeholders; those without a value stay.
fn filled_in(script: ScriptSource, settings: &FlywaySettings) -> ScriptSource {
    let (open, close) = &settings.brackets;
    let source = script.text.text();
    let mut text = MappedText::default();
    let mut done = 0;
    let push = |text: &mut MappedText, words: &str, span: Span| {
        text.push(words, script.text.to_source(span));
    };
    for (start, _) in source.match_indices(open.as_str()) {
        let rest = source.get(start + open.len()..).unwrap_or("");
        let Some(length) = rest.find(close.as_str()) else { break };
        let Some(value) = rest.get(..length).and_then(|name| settings.placeholders.get(name))
        else {
            continue;
        };
        let end = start + open.len() + length + close.len();
        push(&mut text, source.get(done..start).unwrap_or(""), Span::new(done, start));
        push(&mut text, value, Span::new(start, end));
        done = end;
    }
    push(&mut text, source.get(done..).unwrap_or(""), Span::new(done, source.len()));
    ScriptSource { text, ..script }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Versioned,
    Undo,
    Repeatable,
    Baseline,
    Settings,
    Callback,
}

struct Script {
    kind: Kind,
    /// With dots, as Flyway writes it into its history table.
    version: String,
    description: String,
    path: String,
}

/// How many scripts of a folder are Flyway's, of how many. With refinery above it none is: there
/// `U` means unordered.
fn count(folder: &Folder, settings: &FlywaySettings) -> (usize, usize) {
    let ours = folder.sql_files().filter(|name| is_script(name, settings)).count();
    let refinery =
        ours > 0 && cargo_dependency(&folder.path, &folder.horizon, "refinery").is_some();
    let others = folder.sql_files().filter(|name| !is_callback(name)).count();
    (if refinery { 0 } else { ours }, others)
}

/// Whether a name is one that only Flyway gives. It would run `V1.sql` too, but so would others.
fn is_script(name: &str, settings: &FlywaySettings) -> bool {
    let found = parse(name, settings);
    name.contains(&settings.separator) && found.is_some_and(|script| script.kind != Kind::Callback)
}

fn parse(name: &str, settings: &FlywaySettings) -> Option<Script> {
    if !is_sql(name) {
        return None;
    }
    let ending = settings.suffixes.iter().find(|suffix| name.ends_with(suffix.as_str()));
    let stem = match ending {
        Some(ending) => name.strip_suffix(ending.as_str())?,
        None => without_sql(name),
    };
    let separator = settings.separator.as_str();
    if let Some(word) = callback(stem, separator) {
        return Some(Script {
            kind: Kind::Callback,
            version: String::new(),
            description: word.to_owned(),
            path: name.to_owned(),
        });
    }
    let kinds = [
        (Kind::Versioned, &settings.versioned),
        (Kind::Undo, &settings.undo),
        (Kind::Baseline, &settings.baseline),
        (Kind::Repeatable, &settings.repeatable),
    ];
    kinds.into_iter().find_map(|(kind, prefix)| {
        let rest = stem.strip_prefix(prefix.as_str())?;
        let (version, description) = rest.split_once(separator).unwrap_or((rest, ""));
        let parts: Vec<&str> = version.split(['.', '_']).collect();
        let is_version = parts.iter().all(|part| crate::layout::name::all_digits(part));
        let fits = if kind == Kind::Repeatable { version.is_empty() } else { is_version };
        fits.then(|| Script {
            kind,
            version: parts.join("."),
            description: description.replace('_', " "),
            path: name.to_owned(),
        })
    })
}

/// The event of a callback that runs once in every run.
fn callback<'s>(stem: &'s str, separator: &str) -> Option<&'s str> {
    let event = stem.split(separator).next().unwrap_or(stem);
    matches!(event, "beforeMigrate" | "afterMigrate").then_some(event)
}

/// Gathers the scripts of a folder and its sub-folders; those of other databases are left out.
struct Collector<'s> {
    dialect: Dialect,
    settings: &'s FlywaySettings,
    scripts: Vec<Script>,
    listing: Listing,
}

impl Collector<'_> {
    fn collect(&mut self, folder: &Folder, prefix: &str) {
        for name in &folder.files {
            self.file(folder, name, format!("{prefix}{name}"));
        }
        let exact = Family::Ours(self.dialect);
        let has_own =
            folder.folders.iter().any(|child| dialect::family(child.name()) == Some(exact));
        for child in &folder.folders {
            let is_ours = match dialect::family(child.name()) {
                None => true,
                Some(family) if has_own => family == exact,
                Some(family) => family.serves(self.dialect),
            };
            if is_ours {
                self.collect(child, &format!("{prefix}{}/", child.name()));
            }
        }
    }

    fn file(&mut self, folder: &Folder, name: &str, path: String) {
        match parse(name, self.settings) {
            Some(script) => self.scripts.push(Script { path, ..script }),
            None if name.ends_with(".sql.conf") => self.scripts.push(Script {
                kind: Kind::Settings,
                version: String::new(),
                description: String::new(),
                path,
            }),
            None if is_sql(name) => {
                let why = if is_callback(name) {
                    "a callback that runs around other scripts"
                } else {
                    "not named as Flyway reads it"
                };
                let mut file = ignored(folder, name, why);
                file.meant = looks_versioned(name, self.settings);
                self.listing.ignored.push(file);
            }
            None => {}
        }
    }
}

/// `v1__a.sql`, `V1_a.sql`: a prefix in the wrong case or half a separator.
fn looks_versioned(name: &str, settings: &FlywaySettings) -> bool {
    let prefix = settings.versioned.len();
    let (Some(start), Some(rest)) = (name.get(..prefix), name.get(prefix..)) else { return false };
    start.eq_ignore_ascii_case(&settings.versioned)
        && rest.starts_with(|c: char| c.is_ascii_digit())
}

fn is_callback(name: &str) -> bool {
    let rest = name.strip_prefix("before").or_else(|| name.strip_prefix("after"));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        || name.starts_with("createSchema")
}

/// The baseline to start from: the highest, if no older version is there to replay instead.
fn baseline<'a>(
    folder: &Folder,
    scripts: &'a [Script],
    listing: &mut Listing,
) -> Option<&'a Script> {
    let of = |kind| scripts.iter().filter(move |script| script.kind == kind);
    let version = |script: &Script| Version::new(script.version.clone());
    let highest = of(Kind::Baseline).max_by_key(|script| version(script))?;
    let replays = of(Kind::Versioned).any(|script| version(script) <= version(highest));
    for script in of(Kind::Baseline) {
        if replays || script.path != highest.path {
            let why = "a baseline; the versions before it are replayed";
            listing.ignored.push(ignored(folder, &script.path, why));
        }
    }
    (!replays).then_some(highest)
}

fn versioned(scripts: &[Script], baseline: Option<&Script>) -> Vec<Entry> {
    let named = scripts.iter().filter_map(|script| {
        let part = match script.kind {
            Kind::Versioned => Part::Up,
            Kind::Undo => Part::Down,
            _ => return None,
        };
        Some(named(script, part))
    });
    pair(named.chain(baseline.map(named_up)).collect())
}

fn named_up(script: &Script) -> Named {
    named(script, Part::Up)
}

fn named(script: &Script, part: Part) -> Named {
    Named {
        version: script.version.clone(),
        description: script.description.clone(),
        part,
        path: script.path.clone(),
    }
}

/// A script that runs again: a repeatable one when it changes, a callback in every run.
fn rerun(script: &Script) -> Option<Entry> {
    let name = script.path.rsplit('/').next().unwrap_or("");
    let key = match script.kind {
        Kind::Repeatable => Key::Last(format!("0{}", script.description)),
        Kind::Callback if script.description == "beforeMigrate" => Key::First(script.path.clone()),
        Kind::Callback => Key::Last(format!("1{}", script.path)),
        _ => return None,
    };
    Some(Entry {
        id: without_sql(name).to_owned(),
        version: Version::new(""),
        key,
        description: script.description.clone(),
        files: vec![EntryFile { path: script.path.clone(), part: Part::Up }],
    })
}

fn add_settings(entry: &mut Entry, settings: &BTreeSet<String>) {
    let wanted: Vec<String> =
        entry.files.iter().map(|file| format!("{}.conf", file.path)).collect();
    let found = wanted.into_iter().filter(|path| settings.contains(path));
    let found: Vec<EntryFile> =
        found.map(|path| EntryFile { path, part: Part::Settings }).collect();
    entry.files.extend(found);
}

fn leaves_transaction(settings: &str) -> bool {
    settings.lines().any(|line| {
        let Some((key, value)) = line.split_once('=') else { return false };
        let key = key.trim();
        let wanted = key == "executeInTransaction" || key == "flyway.executeInTransaction";
        wanted && value.trim().eq_ignore_ascii_case("false")
    })
}
