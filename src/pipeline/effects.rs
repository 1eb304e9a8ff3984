//! What each statement of a script or history does, statement by statement, for `lockgate
//! effects`.

use super::load::{Loaded, load};
use super::{Progress, Request};
use crate::effects::TransactionBlock;
use crate::engine::Project;
use crate::finding::FileProblem;
use crate::layout::printed_path;
use crate::migration::{Direction, Migration, Script, TransactionMode};
use crate::report::effects::StatementEffects;
use crate::report::operations::kinds;
use crate::schema::Schema;
use crate::timeline::{Entry, FoldOptions, TransactionKind, fold};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// How statements are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// Each statement by itself; it commits at once.
    Each,
    /// All statements of a script in one transaction block.
    File,
    /// All statements of a script as one string, which share an implicit transaction.
    OneString,
}

/// What is shown, and on what it runs.
pub struct EffectsRequest {
    /// The statements that are shown.
    pub shown: Request,
    /// Scripts that are replayed first, and committed.
    pub history: Vec<PathBuf>,
    /// How statements are sent.
    pub sending: Sending,
    /// Whether sessions run in UTC.
    pub utc: bool,
}

/// The effects of the request's statements, and what could not be read.
pub fn effects(
    request: &EffectsRequest,
    progress: &dyn Progress,
) -> (Vec<StatementEffects>, Vec<FileProblem>) {
    let Loaded { mut projects, mut problems, .. } = load(&request.shown, progress);
    let mut past = load_history(request, progress);
    problems.append(&mut past.problems);
    let named = named_files(&request.shown);
    let mut shown = Vec::new();
    for project in &mut projects {
        project.target.utc |= request.utc;
        let start = if request.history.is_empty() {
            project.start.clone()
        } else {
            replay(&past.projects, project)
        };
        show(request, project, start, &named, &mut shown);
    }
    (shown, problems)
}

fn load_history(request: &EffectsRequest, progress: &dyn Progress) -> Loaded {
    if request.history.is_empty() {
        return Loaded::default();
    }
    let history = Request { paths: request.history.clone(), stdin: None, ..request.shown.clone() };
    load(&history, progress)
}

/// The schema after the scripts of the history, in the order of their projects.
fn replay(past: &[Project], shown: &Project) -> Schema {
    let options = FoldOptions::alone(&shown.target);
    let mut schema = Schema::empty();
    for project in past {
        for (migration, _) in selected(project) {
            schema = fold(migration, Direction::Up, schema, options).schema;
        }
    }
    schema
}

fn selected(project: &Project) -> impl Iterator<Item = (&Migration, bool)> {
    let all = project.migrations.iter().zip(&project.judged);
    all.filter(|(_, judged)| **judged).map(|(migration, judged)| (migration, *judged))
}

/// Files that the request names, as they are printed.
fn named_files(request: &Request) -> BTreeSet<String> {
    let shown = |path: &PathBuf| printed_path(&request.working_directory, path);
    request.paths.iter().map(shown).collect()
}

fn show(
    request: &EffectsRequest,
    project: &Project,
    start: Schema,
    named: &BTreeSet<String>,
    shown: &mut Vec<StatementEffects>,
) {
    let is_alone = !request.history.is_empty();
    let options = project.fold_options();
    let mut schema = start;
    for (migration, judged) in project.migrations.iter().zip(&project.judged) {
        if is_alone && !judged {
            continue;
        }
        let migration = sent(migration, request.sending);
        let down = names_down(&migration, named);
        schema = {
            let up = fold(&migration, Direction::Up, schema, options);
            let entries = up.transactions.iter().flat_map(|one| {
                let kind = one.kind;
                one.entries.iter().map(move |entry| (kind, entry))
            });
            if *judged && !down {
                shown.extend(entries.filter_map(|(kind, entry)| item(project, kind, entry)));
            }
            up.schema
        };
        if *judged && down {
            let back = fold(&migration, Direction::Down, schema.clone(), options);
            for transaction in &back.transactions {
                let entries = transaction.entries.iter();
                shown.extend(entries.filter_map(|entry| item(project, transaction.kind, entry)));
            }
        }
    }
}

/// Whether a file was named that holds the way back alone.
fn names_down(migration: &Migration, named: &BTreeSet<String>) -> bool {
    let path = |script: &Option<Script>| {
        script.as_ref().map(|script| script.source.file.path().to_owned())
    };
    let (up, down) = (path(&migration.up), path(&migration.down));
    let is_named = |path: &Option<String>| path.as_ref().is_some_and(|path| named.contains(path));
    up != down && is_named(&down) && !is_named(&up)
}

/// The migration with its scripts sent as asked for.
fn sent(migration: &Migration, sending: Sending) -> Migration {
    let mode = match sending {
        Sending::Each => TransactionMode::Autocommit,
        Sending::File => TransactionMode::PerScript,
        Sending::OneString => TransactionMode::OneString,
    };
    let mut migration = migration.clone();
    for script in [&mut migration.up, &mut migration.down].into_iter().flatten() {
        script.source.transaction = mode;
    }
    migration
}

fn item(project: &Project, kind: TransactionKind, entry: &Entry<'_>) -> Option<StatementEffects> {
    let script = entry.migration.script(entry.direction)?;
    let effects = entry.effects.clone();
    let in_block = kind.is_block() && effects.transaction_block == TransactionBlock::Forbidden;
    let refused = effects
        .refused
        .as_ref()
        .map(|refusal| refusal.reason.clone())
        .or_else(|| in_block.then(|| "it cannot run inside a transaction block".to_owned()));
    let is_plain = project.summary.layout == "plain";
    Some(StatementEffects {
        file: script.source.file.path().to_owned(),
        line: script.source.file.position(entry.statement.span.start).line,
        migration: (!is_plain).then(|| entry.migration.id.clone()),
        sql: entry.statement.sql.clone(),
        actions: kinds(entry.statement),
        effects,
        refused,
    })
}
