//! `missing-down`: there is no way back.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, Dialect, Direction, Downs, Migration, RelationKind, Script, TableChange,
};
use crate::rule::{
    BOTH, Draft, FixKind, MigrationContext, ProjectContext, Rule, RuleMeta, Sink, does_something,
};
use crate::source::Place;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a migration has no way back",
    severity: Some(Severity::Warning),
    category: Category::Reversibility,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Check {
    /// The project never goes back: silent.
    forward_only: bool,
}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let is_meant = self.forward_only || !keeps_downs(context.project);
        if is_meant || !lacks_down(context.migration) || finds_nothing(context) {
            return;
        }
        let Some((script, place)) = first_statement(context.migration) else { return };
        let what = if context.migration.down.is_some() { "is empty" } else { "is missing" };
        let down = match context.project.conventions.downs {
            Downs::Section(line) => format!("write the way back below this line in {}:\n  {line}", script.source.file.path()),
            Downs::SecondFile | Downs::Nowhere => "write the way back in the file beside it".to_owned(),
        };
        let message =
            format!("migration {} cannot be undone: its way back {what}", context.migration.id);
        let draft = Draft::at(place, Hazard::Other, message)
            .about(Direction::Down)
            .label("this has no counterpart in a down")
            .help(down);
        sink.add(match context.missing_way_back() {
            Some(remedy) => draft.fix(
                Applicability::Unsafe,
                "write what takes it back, statement by statement in reverse order",
                remedy,
            ),
            None => draft,
        });
    }

    fn project(&self, context: &ProjectContext<'_>, sink: &mut Sink<'_>) {
        if self.forward_only || context.conventions.downs == Downs::Nowhere {
            return;
        }
        let lacking: Vec<&Migration> =
            context.judged_migrations().filter(|one| lacks_down(one)).collect();
        if keeps_downs(context) || lacking.is_empty() || is_settled(context) {
            return;
        }
        let Some((_, place)) = lacking.last().and_then(|last| first_statement(last)) else { return };
        sink.add(
            Draft::at(
                place,
                Hazard::Other,
                format!("hardly any migration of `{}` has a way back", context.path),
            )
            .severity(Severity::Note)
            .label(format!("the newest of {} without a down", lacking.len()))
            .help("write downs from now on, or set missing-down = { forward-only = true } in lockgate.toml"),
        );
    }
}

/// Whether the history was without downs before those that are judged were added: that is no news.
fn is_settled(context: &ProjectContext<'_>) -> bool {
    let known = context.migrations.iter().zip(context.judged).filter(|(_, judged)| !**judged);
    let mut known = known.map(|(migration, _)| migration);
    known.any(lacks_down)
}

/// Whether nothing that it does has to be undone.
fn leaves_nothing(migration: &Migration) -> bool {
    let mut actions =
        migration.up.iter().flat_map(Script::statements).flat_map(|statement| &statement.actions);
    actions.all(|action| match &action.kind {
        ActionKind::AlterTable { change, .. } => {
            matches!(change.as_ref(), TableChange::ValidateConstraint { .. })
        }
        kind => matches!(
            kind,
            ActionKind::Begin
                | ActionKind::Commit
                | ActionKind::Set(_)
                | ActionKind::Vacuum(_)
                | ActionKind::Analyze(_)
                | ActionKind::Reindex(_)
                | ActionKind::Refresh(_)
        ),
    })
}

/// Whether all that it does is to drop, where it is there, what by all accounts is not.
fn finds_nothing(context: &MigrationContext<'_>) -> bool {
    use ActionKind::{Begin, Commit, Drop, Session, Set};
    context.statements(Direction::Up).all(|one| {
        let mut actions = one.actions().iter();
        let passes = |action: &Action| match &action.kind {
            Begin | Commit | Set(_) | Session { .. } => true,
            Drop(drop) => drop.if_exists && Option::<RelationKind>::from(drop.kind).is_some(),
            _ => false,
        };
        actions.all(passes) && one.effects().dropped.is_empty()
    })
}

/// Whether the layout has downs, and the history is one in which they are written.
fn keeps_downs(project: &ProjectContext<'_>) -> bool {
    project.conventions.downs != Downs::Nowhere && project.habits.keeps_downs
}

fn lacks_down(migration: &Migration) -> bool {
    does_something(migration.up.as_ref())
        && !does_something(migration.down.as_ref())
        && !leaves_nothing(migration)
}

fn first_statement(migration: &Migration) -> Option<(&Script, Place)> {
    let script = migration.up.as_ref()?;
    let statement = script.statements().find(|statement| {
        !statement.actions.iter().all(|action| matches!(action.kind, ActionKind::Begin | ActionKind::Set(_)))
    })?;
    Some((script, script.place(statement.span)))
}
