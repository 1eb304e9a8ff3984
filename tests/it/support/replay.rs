//! A history run on a real server and replayed side by side.

use super::catalog::catalog;
use super::comparison::{differences, size};
use lockgate::frontend;
use lockgate::layout::{DiscoverOptions, Draft, LayoutMeta, Overlay, discover};
use lockgate::migration::{
    ActionKind, Dialect, Direction, Migration, Origin, Script, ScriptSource, Step, Target,
    TransactionMode, Validity,
};
use lockgate::schema::{ConstraintBody, Schema};
use lockgate::source::{MappedText, SourceFile, Span};
use lockgate::timeline::{FoldOptions, fold};
use postgres::{Client, Config, NoTls};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

/// The migrations of a folder, parsed.
pub fn migrations(folder: &Path) -> Vec<Migration> {
    migrations_in(folder, None)
}

/// The migrations of a folder in a layout, or in the one that is detected.
pub fn migrations_in(folder: &Path, layout: Option<LayoutMeta>) -> Vec<Migration> {
    let options = DiscoverOptions {
        variables: lockgate::layout::Variables::default(),
        working_directory: folder.to_path_buf(),
        layout,
        dialect: Some(Dialect::Postgres),
        stdin: None,
        overlay: Overlay::default(),
        versioned: None,
    };
    let found = discover(&[folder.to_path_buf()], &options);
    let drafts = found.projects.into_iter().flat_map(|project| project.drafts);
    let mut migrations: Vec<Migration> = drafts.map(parsed).collect();
    frontend::sql::bind_calls(&mut migrations);
    migrations
}

fn parsed(draft: Draft) -> Migration {
    let parse = |source| frontend::sql::parse(source, Dialect::Postgres);
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

/// What the run of one script came to.
pub struct Outcome {
    /// Migration and direction.
    pub title: String,
    /// The server's error, where it refused the script.
    pub refused: Option<String>,
    /// Differences between replay and catalogue afterwards.
    pub differences: Vec<String>,
}

/// How a history is run.
pub struct Course<'a> {
    /// URL of a server; databases of our own are made on it.
    pub url: &'a str,
    /// What stands in the database before the first migration; the replay does not see it.
    pub before: &'a str,
    /// What both sides have before the first migration.
    pub given: &'a str,
    /// Whether each down runs after its own up, on a copy.
    pub downs: bool,
    /// Whether the catalogue is compared after every migration, or at the end alone.
    pub each: bool,
}

/// What a whole history came to.
pub struct Report {
    /// Scripts that the server refused or after which the two sides differ.
    pub outcomes: Vec<Outcome>,
    /// The replayed schema at the end.
    pub schema: Schema,
    /// Facts compared at the end.
    pub facts: usize,
}

/// Runs a history on a server and replays it beside.
pub fn run(history: &[Migration], course: &Course<'_>) -> Report {
    let mut admin = Client::connect(course.url, NoTls).expect("the server answers");
    let database = Scratch::new(course.url, "TEMPLATE template0");
    let mut client = database.connect();
    client.batch_execute(course.before).expect("what stands before can be made");
    let target = Target::postgres(major(&mut admin));
    client.batch_execute(course.given).expect("what is given can be made");
    let mut schema = after(&given(course.given), Direction::Up, &Schema::empty(), &target);
    let mut outcomes = Vec::new();
    for (at, migration) in history.iter().enumerate() {
        let Some(script) = &migration.up else { continue };
        let refused = execute(&mut client, script).err();
        let ran = refused.is_none();
        if ran {
            schema = after(migration, Direction::Up, &schema, &target);
        }
        let compared = ran && (course.each || at + 1 == history.len());
        let found = if compared { compare(&schema, &mut client, &target) } else { Vec::new() };
        note(&mut outcomes, migration, Direction::Up, refused, found);
        if let (true, Some(down)) = (ran && course.downs, &migration.down) {
            drop(client);
            let copy = Scratch::new(course.url, &format!("TEMPLATE {}", database.name));
            let mut aside = copy.connect();
            let refused = execute(&mut aside, down).err();
            let undone = after(migration, Direction::Down, &schema, &target);
            let found = match refused {
                None => compare(&undone, &mut aside, &target),
                Some(_) => Vec::new(),
            };
            note(&mut outcomes, migration, Direction::Down, refused, found);
            drop(aside);
            client = database.connect();
        }
    }
    let facts = size(&catalog(&mut client));
    Report { outcomes, schema, facts }
}

/// A migration that makes what is given.
fn given(sql: &str) -> Migration {
    let file = Arc::new(SourceFile::new("given.sql", sql));
    let whole = Span::new(file.content_start(), file.text().len());
    let text = MappedText::verbatim(&file, whole);
    let (direction, transaction) = (Direction::Up, TransactionMode::OneString);
    let source = ScriptSource { file, text, direction, transaction };
    Migration {
        revision: None,
        id: "given".to_owned(),
        description: String::new(),
        parents: Vec::new(),
        unread: None,
        up: Some(frontend::sql::parse(source, Dialect::Postgres)),
        down: None,
    }
}

/// All differences: those of the snapshot, and from 18 on the names of not-null constraints.
fn compare(schema: &Schema, client: &mut Client, target: &Target) -> Vec<String> {
    let mut found = differences(schema, &catalog(client));
    if !target.at_least(18) {
        return found;
    }
    let actual = not_null_names(client);
    let replayed = replayed_not_null_names(schema);
    let lines = |these: &BTreeSet<String>, others: &BTreeSet<String>, side: &str| -> Vec<String> {
        let missing = these.difference(others).filter(|name| !name.contains("schema_migrations"));
        missing.map(|name| format!("not null {name}: {side} alone")).collect()
    };
    found.extend(lines(&replayed, &actual, "replayed"));
    found.extend(lines(&actual, &replayed, "server"));
    found
}

fn not_null_names(client: &mut Client) -> BTreeSet<String> {
    let sql = "SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname
            || '.' || k.conname || CASE WHEN k.conislocal THEN ' own' ELSE '' END
            || CASE WHEN k.convalidated THEN ' valid' ELSE '' END
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE k.contype = 'n' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";
    let rows = client.query(sql, &[]).expect("not-null constraints are readable");
    rows.iter().map(|row| row.get(0)).collect()
}

fn replayed_not_null_names(schema: &Schema) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for relation in schema.relations().filter(|relation| relation.name.schema != "pg_temp") {
        let constraints = relation.as_table().map_or(&[][..], |table| &table.constraints);
        for own in constraints {
            if matches!(own.body, ConstraintBody::NotNull { .. }) {
                let local = if own.local { " own" } else { "" };
                let valid = if own.validity == Validity::Valid { " valid" } else { "" };
                names.insert(format!("{}.{}{local}{valid}", relation.name, own.name));
            }
        }
    }
    names
}

fn after(migration: &Migration, direction: Direction, schema: &Schema, target: &Target) -> Schema {
    let options = FoldOptions::alone(target);
    let mut schema = fold(migration, direction, schema.clone(), options).schema;
    schema.end_session();
    schema
}

fn note(
    outcomes: &mut Vec<Outcome>,
    migration: &Migration,
    direction: Direction,
    refused: Option<String>,
    differences: Vec<String>,
) {
    if refused.is_some() || !differences.is_empty() {
        let title = format!("{} {direction:?}", migration.id);
        outcomes.push(Outcome { title, refused, differences });
    }
}

fn major(client: &mut Client) -> u16 {
    let sql = "SELECT current_setting('server_version_num')::int / 10000";
    let version: i32 = client.query_one(sql, &[]).expect("the version is readable").get(0);
    u16::try_from(version).expect("a version number is small")
}

/// A database of our own, dropped at the end.
struct Scratch {
    admin: Config,
    name: String,
}

impl Scratch {
    fn new(url: &str, template: &str) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("replay_{}_{number}", std::process::id());
        let scratch = Self { admin: url.parse().expect("a connection URL"), name };
        scratch.administer(&format!("DROP DATABASE IF EXISTS {}", scratch.name));
        // The session that used the template may take a moment to end.
        let create = format!("CREATE DATABASE {} {template}", scratch.name);
        let mut left = 100;
        while let Err(error) = scratch.try_administer(&create) {
            assert!(left > 0, "{create}: {error}");
            left -= 1;
            sleep(Duration::from_millis(50));
        }
        scratch
    }

    fn connect(&self) -> Client {
        let mut config = self.admin.clone();
        config.dbname(&self.name).connect(NoTls).expect("the new database answers")
    }

    fn administer(&self, sql: &str) {
        self.try_administer(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    fn try_administer(&self, sql: &str) -> Result<(), postgres::Error> {
        self.admin.connect(NoTls)?.batch_execute(sql)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let sessions = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            self.name
        );
        let drop = format!("DROP DATABASE IF EXISTS {}", self.name);
        for _ in 0..100 {
            let gone = self.try_administer(&sessions).and_then(|()| self.try_administer(&drop));
            if gone.is_ok() {
                return;
            }
            sleep(Duration::from_millis(50));
        }
    }
}

/// Sends a script as its runner does: as one string, or step by step in the runner's transaction.
fn execute(client: &mut Client, script: &Script) -> Result<(), String> {
    match script.source.transaction {
        TransactionMode::PerScript | TransactionMode::WholeRun => send(client, script, true),
        TransactionMode::OneString | TransactionMode::Autocommit => send(client, script, false),
        TransactionMode::UnlessRefused => match send(client, script, true) {
            Err(error) if error.starts_with("25001") => send(client, script, false),
            sent => sent,
        },
    }
}

fn send(client: &mut Client, script: &Script, in_transaction: bool) -> Result<(), String> {
    let own = script.statements().any(|statement| {
        statement.actions.iter().any(|action| matches!(action.kind, ActionKind::Begin))
    });
    let wrapped = in_transaction && !own;
    let texts: Vec<String> = match script.source.transaction {
        TransactionMode::OneString => vec![script.source.text.text().to_owned()],
        _ => script.steps.iter().filter_map(|step| text_of(script, step)).collect(),
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
    for sql in texts {
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
    // The driver sends no rows of COPY, which change nothing that is compared.
    let of_psql = one.actions.iter().any(|action| match &action.kind {
        ActionKind::Session { command } => command.starts_with('\\'),
        ActionKind::Copy(_) => true,
        _ => false,
    });
    match one.origin {
        _ if of_psql => None,
        Origin::TopLevel => Some(one.sql.to_string()),
        _ => Some(script.source.file.slice(step.span).to_owned()),
    }
}
