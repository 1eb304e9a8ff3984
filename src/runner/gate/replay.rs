//! Runs the scripts in question on the replayed history: gives each as it is sent, with what it
//! touches and loses.

use super::checked::{CheckedScript, Losses, Needs, Reversible, RunSpan, Sent};
use super::losses::Tracker;
use super::obstacle::Obstacle;
use super::{Allowed, Request, needs, units};
use crate::effects::{Effects, Loss};
use crate::migration::{ActionKind, Direction, Migration, Script, SettingScope, TransactionMode};
use crate::runner::text::checksum;
use crate::runner::version_table::heads;
use crate::schema::{RelationName, Schema};
use crate::timeline::{Fold, FoldOptions, fold};
use std::collections::BTreeSet;

/// What the replay gave.
pub(super) struct Replayed {
    /// The schema on which the first script runs.
    pub before: Schema,
    /// Relations that the scripts touch and none of them makes first.
    pub touched: BTreeSet<RelationName>,
    /// The scripts, in order.
    pub scripts: Vec<CheckedScript>,
    /// What cannot be sent, or not without loss.
    pub obstacles: Vec<Obstacle>,
}

/// Replays.
pub(super) fn run(request: &Request<'_>, allowed: &[(Option<String>, Allowed)]) -> Replayed {
    let project = request.project;
    let options = FoldOptions::alone(&project.target);
    let mut schema = project.start.clone();
    for migration in request.applied.iter().filter_map(|&at| project.migrations.get(at)) {
        schema = fold(migration, Direction::Up, schema, options).schema;
        schema.end_session();
    }
    let mut replayed = Replayed {
        before: schema.clone(),
        touched: BTreeSet::new(),
        scripts: Vec::new(),
        obstacles: Vec::new(),
    };
    let mut tracker = Tracker::new(schema.clone());
    let mut applied: BTreeSet<usize> = request.applied.iter().copied().collect();
    // What an earlier run began stands half way between two schemas.
    let mut between = BTreeSet::new();
    for &at in request.scripts {
        let Some(migration) = project.migrations.get(at) else { continue };
        let before = schema.clone();
        let folded = fold(migration, request.direction, schema, options);
        let begun = request.begun.contains(&at);
        touch(&folded, if begun { &mut between } else { &mut replayed.touched });
        match request.direction {
            Direction::Up => applied.insert(at),
            Direction::Down => applied.remove(&at),
        };
        let known = replayed.scripts.len();
        script(request, migration, (&before, &folded), allowed, &mut replayed);
        let up_or_down = migration.script(request.direction);
        let needs = up_or_down.map(|script| needs::of(script, &folded, &tracker));
        let losses = tracker.of(&folded);
        if let Some(script) = replayed.scripts.get_mut(known) {
            script.losses = losses;
            script.needs = needs.unwrap_or_default();
            script.heads = project.observed.version_table.is_some().then(|| {
                heads(&project.migrations, &applied).into_iter().map(str::to_owned).collect()
            });
        }
        schema = folded.schema;
        schema.end_session();
    }
    replayed.touched.retain(|name| !between.contains(name));
    replayed
}

fn effects<'f>(folded: &'f Fold<'_>) -> impl Iterator<Item = &'f Effects> {
    let entries = folded.transactions.iter().flat_map(|transaction| &transaction.entries);
    entries.map(|entry| &entry.effects)
}

fn touch(folded: &Fold<'_>, touched: &mut BTreeSet<RelationName>) {
    for effects in effects(folded) {
        touched.extend(effects.locks.iter().map(|lock| lock.relation.clone()));
        touched.extend(effects.work.iter().map(|work| work.relation.clone()));
        touched.extend(effects.created.iter().map(|made| made.name.clone()));
        touched.extend(effects.dropped.iter().map(|dropped| dropped.name.clone()));
    }
}

/// Tables that a script touches, as printed.
fn tables(before: &Schema, folded: &Fold<'_>) -> Vec<String> {
    let mut touched = BTreeSet::new();
    touch(folded, &mut touched);
    touched.retain(|name| is_table(before, name) || is_table(&folded.schema, name));
    touched.iter().map(ToString::to_string).collect()
}

fn script(
    request: &Request<'_>,
    migration: &Migration,
    (before, folded): (&Schema, &Fold<'_>),
    allowed: &[(Option<String>, Allowed)],
    replayed: &mut Replayed,
) {
    let id = || migration.id.clone();
    let script = match wanted(request, migration) {
        Ok(script) => script,
        Err(obstacle) => return replayed.obstacles.extend(obstacle),
    };
    if request.direction == Direction::Down {
        let names = effects(folded).flat_map(|it| &it.losses).map(loss);
        for name in names.filter(|name| !request.losses_allowed.contains(name)) {
            replayed.obstacles.push(Obstacle::Loss { migration: id(), name });
        }
    }
    let units = match units::cut(script, folded, &request.project.target) {
        Ok(units) => units,
        Err(errors) => {
            replayed.obstacles.extend(errors.into_iter().map(|error| Obstacle::Unsendable {
                migration: id(),
                place: script.place(error.span),
                reason: error.reason,
            }));
            return;
        }
    };
    let own = allowed.iter().filter(|(of, _)| of.as_deref().is_none_or(|of| of == migration.id));
    replayed.scripts.push(CheckedScript {
        id: id(),
        description: migration.description.clone(),
        direction: request.direction,
        file: script.source.file.path().to_owned(),
        checksum: of_script(script),
        units,
        tables: tables(before, folded),
        losses: Losses::default(),
        needs: Needs::default(),
        heads: None,
        allowed: own.map(|(_, allowed)| allowed.clone()).collect(),
        reversible: reversible(request, migration, folded),
        leaves_settings: leaves_settings(script),
        span: match script.source.transaction {
            TransactionMode::WholeRun => RunSpan::Run,
            _ => RunSpan::Script,
        },
    });
}

/// Over what a script sends.
pub(in crate::runner) fn of_script(script: &Script) -> String {
    let sent = script.steps.iter().filter_map(|step| super::sending::sent(script, step));
    let sent: Vec<_> = sent.flatten().collect();
    checksum(sent.iter().flat_map(Sent::parts))
}

/// The script in question, or what is wrong with there being none.
fn wanted<'m>(
    request: &Request<'_>,
    migration: &'m Migration,
) -> Result<&'m Script, Option<Obstacle>> {
    let no_down = |reason| Some(Obstacle::NoDown { migration: migration.id.clone(), reason });
    match (request.direction, migration.script(request.direction)) {
        (Direction::Down, None) => Err(no_down("it has no down")),
        (Direction::Down, Some(down)) if down.steps.is_empty() && does_something(migration) => {
            Err(no_down("its down is empty"))
        }
        (_, script) => script.ok_or(None),
    }
}

/// A revision that merges branches does nothing in either direction.
fn does_something(migration: &Migration) -> bool {
    migration.up.as_ref().is_none_or(|up| !up.steps.is_empty())
}

fn is_table(schema: &Schema, name: &RelationName) -> bool {
    schema.relation(name).any().is_some_and(|relation| relation.as_table().is_some())
}

fn leaves_settings(script: &Script) -> bool {
    let mut actions = script.statements().flat_map(|statement| &statement.actions);
    actions.any(|action| match &action.kind {
        ActionKind::Set(option) => option.scope == SettingScope::Session,
        _ => false,
    })
}

fn reversible(request: &Request<'_>, migration: &Migration, up: &Fold<'_>) -> Reversible {
    let Some(down) = migration.down.as_ref().filter(|down| !down.steps.is_empty()) else {
        return Reversible::No;
    };
    let options = FoldOptions::alone(&request.project.target);
    let folded = fold(migration, Direction::Down, up.schema.clone(), options);
    let mut actions = down.statements().flat_map(|statement| &statement.actions);
    let understood = actions.all(|action| action.kind.is_understood());
    let loses = effects(&folded).any(|effects| !effects.losses.is_empty() || !effects.known);
    if understood && !loses && request.direction == Direction::Up {
        Reversible::Yes
    } else {
        Reversible::No
    }
}

fn loss(loss: &Loss) -> String {
    match loss {
        Loss::Table(table) | Loss::Rows(table) => table.to_string(),
        Loss::Column(table, column) | Loss::Narrowed(table, column) => format!("{table}.{column}"),
    }
}
