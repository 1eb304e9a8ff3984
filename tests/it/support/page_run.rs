//! Runs a block of a rule's page as `lockgate lint` would run its files.

use super::page::{Block, Mark, PageFile, Standing};
use super::page_python;
use globset::{Glob, GlobSet, GlobSetBuilder};
use lockgate::deployed::{Deployed, Release};
use lockgate::engine::{ActiveRule, Batch, Day, Project, judge_all};
use lockgate::finding::{Finding, Fix, ProjectSummary, Severity};
use lockgate::layout::{
    DiscoverOptions, FileChange, Overlay, Problem, Versioned, discover, layout_named,
};
use lockgate::migration::{Dialect, Migration, Target};
use lockgate::pipeline::{Silent, parse_drafts};
use lockgate::rule::TableLists;
use lockgate::rules::{ALL, Registered};
use lockgate::schema::Schema;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Rules that would speak up in nearly every example; they run on their own pages alone, as those
/// do that are notes.
const HABITS: &[&str] = &["missing-down", "missing-lock-timeout", "not-retry-safe"];

/// The name of the one file of a block without `-- file:` lines.
const ONLY_FILE: &str = "1_example.sql";

/// What a block of `rule`'s page gives.
pub struct Outcome {
    /// Findings with their headlines.
    pub findings: Vec<Finding>,
    /// The same as marks.
    pub marks: Vec<Mark>,
}

/// Runs a block; panics where its setting or its files are not understood.
pub fn run(rule: &Registered, block: &Block) -> Outcome {
    run_edited(rule, block, None)
}

/// Runs a block after a fix.
pub fn run_edited(rule: &Registered, block: &Block, fix: Option<&Fix>) -> Outcome {
    let files = block.files();
    let start = if files.is_some() { Schema::empty() } else { Schema::unknown() };
    let files = files.unwrap_or_else(|| {
        let name = if layout(block) == "alembic" { page_python::ONLY_FILE } else { ONLY_FILE };
        let (name, text) = (name.to_owned(), block.text.clone());
        vec![PageFile { name, text, first_line: 1, added: 0, standing: Standing::Here }]
    });
    let files = if layout(block) == "alembic" { page_python::completed(files) } else { files };
    let dialects = block.setting("dialects").map(|names| names.split('+').collect::<Vec<_>>());
    let one = vec![block.setting("dialect").unwrap_or("postgres")];
    let dialects = dialects.unwrap_or(one).into_iter().map(|name| name.parse().unwrap());
    let projects: Vec<Project> = dialects
        .map(|dialect| project(rule, block, &files, (fix, start.clone(), dialect)))
        .collect();
    let findings = judge_all(&projects, None).findings;
    let mut marks: Vec<Mark> =
        findings.iter().map(|finding| mark(rule, block, finding, &files)).collect();
    marks.sort();
    Outcome { findings, marks }
}

fn mark(rule: &Registered, block: &Block, finding: &Finding, files: &[PageFile]) -> Mark {
    let path = finding.place.file.path();
    let name = path.strip_prefix("migrations/").unwrap_or(path);
    let mut files = files.iter().filter(|file| file.standing != Standing::Was);
    let rule_id = (finding.rule != rule.id).then(|| finding.rule.to_owned());
    let Some(file) = files.find(|file| file.name == name) else {
        // In a file that a fix made.
        return Mark { line: 0, rule: rule_id, message: finding.message.clone() };
    };
    let line = finding.place.start().line + file.first_line - 1;
    let added = usize::from(layout(block) == "dbmate" && is_headed(&file.text));
    Mark { line: line - added - file.added, rule: rule_id, message: finding.message.clone() }
}

fn layout(block: &Block) -> &str {
    block.setting("layout").unwrap_or("dbmate")
}

/// Whether the runner puts dbmate's first line above the text.
fn is_headed(text: &str) -> bool {
    !text.lines().any(|line| line.starts_with("-- migrate:up"))
}

fn project(
    rule: &Registered,
    block: &Block,
    files: &[PageFile],
    (fix, start, dialect): (Option<&Fix>, Schema, Dialect),
) -> Project {
    let layout = layout(block);
    let mut target = Target::assumed(dialect);
    if let Some(version) = block.setting("server") {
        target.version = version.parse().unwrap();
    }
    target.utc = block.setting("utc") == Some("yes");
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("migrations"), layout, files, fix);
    end_lines(&folder.path().join("migrations"), block.setting("ends"));
    if let Some(transaction) = block.setting("transaction") {
        page_python::write_environment(&folder.path().join("migrations"), transaction);
    }
    let options = DiscoverOptions {
        variables: lockgate::layout::Variables::default(),
        working_directory: folder.path().to_owned(),
        layout: Some(layout_named(layout).unwrap()),
        dialect: Some(dialect),
        stdin: None,
        overlay: Overlay::default(),
        versioned: versioned(layout, files),
    };
    let found = discover(&["migrations".into()], &options);
    assert!(found.errors.is_empty(), "{:?}", found.errors);
    let [found] = &found.projects[..] else { panic!("not one project: {:?}", found.projects) };
    let is_subject = |problem: &Problem| {
        rule.id == "duplicate-version" && matches!(problem, Problem::DuplicateVersion { .. })
    };
    assert!(found.problems.iter().all(is_subject), "{:?}", found.problems);
    let migrations: Vec<Migration> =
        parse_drafts(found.drafts.clone(), target, found.python.as_ref(), &Silent);
    Project {
        summary: summary(layout, &target, migrations.len()),
        conventions: found.conventions,
        target,
        judged: found.drafts.iter().map(|draft| draft.selected).collect(),
        batch: if found.observed.since.is_some() { Batch::Judged } else { Batch::Each },
        observed: found.observed.clone(),
        migrations,
        start,
        tables: TableLists {
            hot: globs(block.setting("hot")),
            small: globs(block.setting("small")),
            ..TableLists::default()
        },
        rules: active(rule, block, dialect),
        deployed: deployed(files),
        allowances: Vec::new(),
        today: Day::of(std::time::SystemTime::now()),
    }
}

/// Files named `release:path` are the application's in that release.
fn deployed(files: &[PageFile]) -> Option<Arc<Deployed>> {
    let mut releases: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for file in files {
        if let Some((release, path)) = file.name.split_once(':') {
            releases.entry(release).or_default().push((path, &file.text));
        }
    }
    let releases: Vec<Release> =
        releases.iter().map(|(name, texts)| Release::of_texts(name, texts)).collect();
    (!releases.is_empty()).then(|| Arc::new(Deployed { releases }))
}

/// What version control would say of the files, where the block tells of a branch.
fn versioned(layout: &str, files: &[PageFile]) -> Option<Arc<Versioned>> {
    if files.iter().all(|file| file.standing == Standing::Here) {
        return None;
    }
    let mut versioned = Versioned { reference: "origin/main".to_owned(), ..Versioned::default() };
    for file in files {
        let path = format!("migrations/{}", file.name);
        let before = whole(layout, file).into_bytes();
        let change = match file.standing {
            Standing::Merged => continue,
            Standing::Arrives => {
                versioned.arrivals.push(path);
                continue;
            }
            Standing::Was => FileChange::Modified { before },
            Standing::Deleted => FileChange::Deleted { before },
            Standing::Here if versioned.changes.contains_key(&path) => continue,
            Standing::Here => FileChange::Added,
        };
        versioned.changes.insert(path, change);
    }
    Some(Arc::new(versioned))
}

/// A file's text with the lines that its layout demands.
fn whole(layout: &str, file: &PageFile) -> String {
    let (mut head, mut tail) = ("", "");
    if layout == "dbmate" {
        head = if is_headed(&file.text) { "-- migrate:up\n" } else { "" };
        tail = if file.text.contains("-- migrate:down") { "" } else { "\n-- migrate:down\n" };
    }
    format!("{head}{}{tail}", file.text)
}

/// Ends lines as Windows does, where the block wants it.
fn end_lines(folder: &Path, ends: Option<&str>) {
    if ends != Some("crlf") {
        return;
    }
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, text.replace('\n', "\r\n")).unwrap();
    }
}

fn write(folder: &Path, layout: &str, files: &[PageFile], fix: Option<&Fix>) {
    let written = |file: &&PageFile| {
        matches!(file.standing, Standing::Here | Standing::Merged) && !file.name.contains(':')
    };
    for file in files.iter().filter(written) {
        let path = folder.join(&file.name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = whole(layout, file);
        let edits = fix.into_iter().flat_map(|fix| &fix.edits);
        let own = edits.filter(|edit| edit.place.file.path().ends_with(&file.name));
        std::fs::write(path, lockgate::fix::edited(&text, own).unwrap()).unwrap();
    }
    for new in fix.into_iter().flat_map(|fix| &fix.creates) {
        let path = folder.parent().unwrap().join(&new.path);
        assert!(!path.exists(), "{} exists", new.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &new.text).unwrap();
    }
}

fn summary(layout: &str, target: &Target, migrations: usize) -> ProjectSummary {
    ProjectSummary {
        path: "migrations".to_owned(),
        layout: layout.to_owned(),
        evidence: String::new(),
        dialect: target.dialect,
        dialect_evidence: String::new(),
        server_version: target.version,
        version_assumed: false,
        migrations,
        ignored: Vec::new(),
    }
}

fn globs(pattern: Option<&str>) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for pattern in pattern.into_iter().flat_map(|patterns| patterns.split(',')) {
        builder.add(Glob::new(pattern).unwrap());
    }
    builder.build().unwrap()
}

/// The rule itself, on even where it is off by default, and the others as they are by default.
fn active(rule: &Registered, block: &Block, dialect: Dialect) -> Vec<ActiveRule> {
    let others = ALL.iter().filter(|other| {
        other.id != rule.id
            && other.meta.dialects.contains(&dialect)
            && other.meta.severity > Some(Severity::Note)
            && !HABITS.contains(&other.id)
    });
    let options = block.setting("options").unwrap_or("{}");
    let options: toml::Table = format!("options = {options}").parse().unwrap();
    let options = options["options"].as_table().unwrap().clone();
    let own = std::iter::once((rule, options));
    own.chain(others.map(|other| (other, toml::Table::new())))
        .map(|(listed, options)| ActiveRule {
            id: listed.id,
            meta: listed.meta,
            severity: None,
            ignore_tables: GlobSet::empty(),
            rule: (listed.build)(options).unwrap().into(),
        })
        .collect()
}
