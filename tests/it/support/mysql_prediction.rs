//! What lockgate predicts for a statement on MySQL or MariaDB, after the statements of its setup.

use lockgate::effects::{self, Effects, MetadataMode, Rebuilt, TableLock};
use lockgate::frontend::sql;
use lockgate::migration::{
    Dialect, Direction, NamedVersion, Script, ScriptSource, Statement, Target, TransactionMode,
};
use lockgate::schema::{ApplyContext, GuardStack, Schema, Truth};
use lockgate::source::{MappedText, SourceFile, Span};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is predicted for a statement: its algorithm, its lock, what is made anew.
#[derive(Debug, Default)]
pub struct Prediction {
    /// The cheapest algorithm that the server takes.
    pub algorithm: Option<&'static str>,
    /// The weakest lock that it takes.
    pub lock: Option<TableLock>,
    /// What is made anew.
    pub rebuilt: Option<Rebuilt>,
    /// Why the server refuses it.
    pub refused: Option<String>,
    /// What keeps it from a cheaper algorithm.
    pub cause: Option<String>,
    /// Tables whose readers it waits for.
    pub waits_for_readers: BTreeSet<String>,
}

/// The prediction for the statement behind the statements of a setup.
pub fn predict<'s>(
    setup: impl IntoIterator<Item = &'s str>,
    statement: &str,
    target: &Target,
) -> Prediction {
    let mut schema = Schema::empty();
    for line in setup {
        run(&parse(line, target.dialect), &mut schema, target, |_, _| {});
    }
    let mut prediction = Prediction::default();
    run(&parse(statement, target.dialect), &mut schema, target, |statement, schema| {
        prediction.add(&effects::of(statement, schema, target));
    });
    prediction
}

impl Prediction {
    fn add(&mut self, effects: &Effects) {
        if let Some(refusal) = &effects.refused {
            self.refused.get_or_insert_with(|| refusal.reason.clone());
        }
        let exclusive = effects.metadata.iter().filter(|lock| lock.mode == MetadataMode::Exclusive);
        self.waits_for_readers.extend(exclusive.map(|lock| lock.table.to_string()));
        let Some(alteration) = effects.alteration() else { return };
        self.algorithm = alteration.method.algorithm();
        self.lock = alteration.lock;
        self.rebuilt = Some(alteration.method.rebuilt());
        self.cause = alteration.cause.as_ref().map(ToString::to_string);
    }
}

/// A target by its name, such as `mariadb-10.11.19`.
pub fn target(server: &str) -> Target {
    let named: NamedVersion = server.parse().unwrap();
    Target { dialect: named.dialect.unwrap(), version: named.version, utc: true }
}

fn parse(text: &str, dialect: Dialect) -> Script {
    let file = Arc::new(SourceFile::new("case.sql", text));
    let text = MappedText::verbatim(&file, Span::new(0, text.len()));
    let transaction = TransactionMode::Autocommit;
    sql::parse(ScriptSource { file, text, direction: Direction::Up, transaction }, dialect)
}

/// Runs a script on a schema, handing each statement that may run to `judge` first.
fn run(
    script: &Script,
    schema: &mut Schema,
    target: &Target,
    mut judge: impl FnMut(&Statement, &Schema),
) {
    for step in &script.steps {
        let mut guards = GuardStack::default();
        for statement in &step.statements {
            let truth = guards.resolve(schema, statement, target);
            if truth == Truth::False {
                continue;
            }
            judge(statement, schema);
            schema.apply_as(statement, truth, &ApplyContext { migration: "case", target });
        }
    }
}
