//! A history run on a real server and replayed side by side.

use super::catalog::catalog;
use super::comparison::differences;
use lockgate::frontend;
use lockgate::layout::{DiscoverOptions, Draft, discover};
use lockgate::migration::{
    ActionKind, Dialect, Direction, Migration, Origin, Script, Step, Target, TransactionMode,
};
use lockgate::schema::Schema;
use lockgate::timeline::{FoldOptions, fold};
use postgres::Client;
use std::path::Path;

/// The migrations of a folder, parsed.
pub fn migrations(folder: &Path) -> Vec<Migration> {
    let options = DiscoverOptions {
        working_directory: folder.to_path_buf(),
        layout: None,
        dialect: Some(Dialect::Postgres),
        stdin: None,
    };
    let found = discover(&[folder.to_path_buf()], &options);
    let drafts = found.projects.into_iter().flat_map(|project| project.drafts);
    drafts.map(parsed).collect()
}

fn parsed(draft: Draft) -> Migration {
    let parse = |source| frontend::sql::parse(source, Dialect::Postgres);
    Migration {
        id: draft.id,
        description: draft.description,
        parents: draft.parents,
        up: draft.up.map(parse),
        down: draft.down.map(parse),
    }
}

/// What the run of one script came to.
pub struct Outcome {
    /// Migration and direction.
    pub title: String,
    /// The server's error, where it refused the script.
    pub refused: Option<String>,
    /// Differences between replay and catalogue afterwards.
    pub differences: Vec<String>,
}

/// Runs and replays a history; `downs` runs each down after its own up, and the up again.
pub fn run(
    client: &mut Client,
    major: u8,
    history: &[Migration],
    downs: bool,
    mut compare_at: impl FnMut(usize) -> bool,
) -> (Vec<Outcome>, Schema) {
    let target = Target::postgres(u16::from(major));
    let mut schema = Schema::empty();
    let mut outcomes = Vec::new();
    for (at, migration) in history.iter().enumerate() {
        let directions: &[Direction] = match downs && migration.down.is_some() {
            true => &[Direction::Up, Direction::Down, Direction::Up],
            false => &[Direction::Up],
        };
        for direction in directions {
            let Some(script) = migration.script(*direction) else { continue };
            let title = format!("{} {direction:?}", migration.id);
            let refused = execute(client, script).err();
            if refused.is_none() {
                let options = FoldOptions { target: &target, batch_start: None };
                schema = fold(migration, *direction, schema, options).schema;
                schema.end_session();
            }
            let compared = refused.is_none() && compare_at(at);
            let found = if compared { differences(&schema, &catalog(client)) } else { Vec::new() };
            if refused.is_some() || !found.is_empty() {
                outcomes.push(Outcome { title, refused, differences: found });
            }
        }
    }
    (outcomes, schema)
}

/// Sends a script step by step, in the transaction that its runner opens.
fn execute(client: &mut Client, script: &Script) -> Result<(), String> {
    let own = script.statements().any(|statement| {
        statement.actions.iter().any(|action| matches!(action.kind, ActionKind::Begin))
    });
    let wrapped = !own
        && match script.source.transaction {
            TransactionMode::PerScript | TransactionMode::WholeRun => true,
            TransactionMode::OneString => script.steps.len() > 1,
            TransactionMode::Autocommit | TransactionMode::UnlessRefused => false,
        };
    let mut run = |sql: &str| {
        client.batch_execute(sql).map_err(|error| match error.as_db_error() {
            Some(error) => format!("{}: {}", error.code().code(), error.message()),
            None => error.to_string(),
        })
    };
    if wrapped {
        run("BEGIN")?;
    }
    for step in &script.steps {
        let Some(sql) = text_of(script, step) else { continue };
        if let Err(error) = run(&sql) {
            let head: String = sql.chars().take(200).collect();
            run("ROLLBACK")?;
            run("RESET ALL")?;
            return Err(format!("{error}, at: {head}"));
        }
    }
    if wrapped {
        run("COMMIT")?;
    }
    run("RESET ALL")
}

/// What the server receives for a step; nothing for a command of psql.
fn text_of(script: &Script, step: &Step) -> Option<String> {
    let [one] = step.statements.as_slice() else {
        return Some(script.source.file.slice(step.span).to_owned());
    };
    let of_psql = one.actions.iter().any(|action| {
        matches!(&action.kind, ActionKind::Session { command } if command.starts_with('\\'))
    });
    match one.origin {
        _ if of_psql => None,
        Origin::TopLevel => Some(one.sql.to_string()),
        _ => Some(script.source.file.slice(step.span).to_owned()),
    }
}
