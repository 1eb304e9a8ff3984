//! A history run on a real MariaDB and replayed side by side.

use super::mariadb::Database;
use super::mysql_comparison::differences;
use lockgate::frontend;
use lockgate::layout::{DiscoverOptions, Draft, LayoutMeta, Overlay, discover};
use lockgate::migration::{Dialect, Direction, Migration, Script, ServerVersion, Target};
use lockgate::schema::Schema;
use lockgate::timeline::{FoldOptions, fold};
use std::path::Path;

/// The version that the distribution has, by which defaults are told.
fn target(database: &Database) -> Target {
    let rows = database.rows("SELECT VERSION()");
    let version = rows[0][0].split('-').next().expect("a version");
    let version: ServerVersion = version.parse().expect("a version of numbers");
    Target { version, ..Target::assumed(Dialect::Mariadb) }
}

/// The migrations of a folder in a layout, or in the one that is detected.
pub fn migrations_in(folder: &Path, layout: Option<LayoutMeta>) -> Vec<Migration> {
    let options = DiscoverOptions {
        variables: lockgate::layout::Variables::default(),
        working_directory: folder.to_path_buf(),
        layout,
        dialect: Some(Dialect::Mariadb),
        stdin: None,
        overlay: Overlay::default(),
        versioned: None,
    };
    let found = discover(&[folder.to_path_buf()], &options);
    let drafts = found.projects.into_iter().flat_map(|project| project.drafts);
    drafts.map(parsed).collect()
}

fn parsed(draft: Draft) -> Migration {
    let parse = |source| frontend::sql::parse(source, Dialect::Mariadb);
    Migration {
        revision: None,
        id: draft.id,
        description: draft.description,
        parents: draft.parents,
        unread: None,
        up: draft.up.map(parse),
        down: draft.down.map(parse),
    }
}

/// What a whole history came to.
#[derive(Default)]
pub struct Report {
    /// Scripts that the server refused, and differences, each a line.
    pub wrong: Vec<String>,
    /// Facts compared at the end.
    pub facts: usize,
    /// Migrations that ran.
    pub ran: usize,
}

/// When both sides are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    test,
    allow(dead_code, reason = "the tests compare after every migration, the tool may not")
)]
pub enum Comparing {
    /// After every migration, and each down on the way.
    Each,
    /// At the end alone.
    Last,
}

/// Runs a history on the server and replays it beside.
pub fn run(history: &[Migration], name: &str, comparing: Comparing) -> Report {
    let database = Database::new(name);
    let target = target(&database);
    let mut report = Report::default();
    let mut schema = Schema::empty();
    for migration in history {
        let Some(script) = &migration.up else { continue };
        if let Err(error) = execute(&database, script) {
            report.wrong.push(format!("{} refused: {error}", migration.id));
            continue;
        }
        report.ran += 1;
        schema = after(migration, Direction::Up, &schema, &target);
        if comparing == Comparing::Each {
            report.compare(&migration.id, &schema, &database);
        }
    }
    report.compare("at the end", &schema, &database);
    if comparing == Comparing::Each {
        report.undo(history, schema, &database, &target);
    }
    report
}

impl Report {
    fn compare(&mut self, title: &str, schema: &Schema, database: &Database) {
        let (found, facts) = differences(schema, database);
        self.facts = self.facts.max(facts);
        self.wrong.extend(found.into_iter().map(|line| format!("{title}: {line}")));
    }

    /// The ways back, from the last to the first, as far as there are any.
    fn undo(
        &mut self,
        history: &[Migration],
        schema: Schema,
        database: &Database,
        target: &Target,
    ) {
        let mut schema = schema;
        for migration in history.iter().rev() {
            let Some(script) = &migration.down else { break };
            let title = format!("{} down", migration.id);
            if let Err(error) = execute(database, script) {
                self.wrong.push(format!("{title} refused: {error}"));
                break;
            }
            schema = after(migration, Direction::Down, &schema, target);
            self.compare(&title, &schema, database);
        }
    }
}

fn after(migration: &Migration, direction: Direction, schema: &Schema, target: &Target) -> Schema {
    let options = FoldOptions::alone(target);
    let mut schema = fold(migration, direction, schema.clone(), options).schema;
    schema.end_session();
    schema
}

fn execute(database: &Database, script: &Script) -> Result<(), String> {
    let texts = script.steps.iter().map(|step| match &step.sql {
        Some(sql) => sql.as_ref(),
        None => step.statements.first().map_or("", |statement| statement.sql.as_ref()),
    });
    database.execute(texts)
}
