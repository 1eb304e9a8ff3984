//! `lock-timeout-disabled`: the lock timeout stays switched off for the migrations that follow.

use crate::effects::TransactionBlock;
use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect, Direction, SetOption, SettingScope};
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext, switches_off};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "the lock timeout stays switched off for later migrations",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: &[Dialect::Postgres],
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        // Where nobody sets a limit, there is none to switch off.
        if !context.project.habits.sets_lock_timeout {
            return;
        }
        for direction in [Direction::Up, Direction::Down] {
            let statements: Vec<StatementContext<'_>> = context.statements(direction).collect();
            let settings = statements.iter().enumerate().rev();
            let last = settings.into_iter().find_map(|(at, one)| Some((at, one, last_setting(one)?)));
            let Some((at, switch, option)) = last else { continue };
            // The setting itself is among them: it locks nothing.
            let later = statements.get(at..).unwrap_or(&[]);
            // What waits without a limit itself has a rule of its own.
            let waits = later.iter().any(|one| one.strong_locks().next().is_some());
            if option.name == "all" || !switches_off(option) || waits || spares_others(later) {
                continue;
            }
            let restore = statements.last().filter(|last| last.transaction.kind.is_block());
            report(switch, option, restore, sink);
        }
    }
}

/// What a statement makes of the session's lock timeout.
fn last_setting<'a>(context: &StatementContext<'a>) -> Option<&'a SetOption> {
    context.actions().iter().rev().find_map(|action| match &action.kind {
        ActionKind::Set(option)
            if option.name == "all"
                || (option.name == "lock_timeout" && option.scope == SettingScope::Session) =>
        {
            Some(option)
        }
        _ => None,
    })
}

/// Whether nobody waits for a lock of what follows: what builds concurrently waits for others, and
/// is told so.
fn spares_others(later: &[StatementContext<'_>]) -> bool {
    let does = |one: &&StatementContext<'_>| one.statement().actions.iter().any(|action| {
        !matches!(action.kind, ActionKind::Set(_))
    });
    let mut later = later.iter().filter(does).peekable();
    later.peek().is_some()
        && later.all(|one| one.effects().transaction_block == TransactionBlock::Forbidden)
}

fn report(
    context: &StatementContext<'_>,
    option: &SetOption,
    restore: Option<&StatementContext<'_>>,
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(context.statement().span) else { return };
    let name = &option.name;
    let message = "migrations that run after this one on the same connection wait for their locks without a limit";
    let reset = format!("RESET {name}");
    let draft = Draft::at(place, Hazard::Other, message)
        .label(format!("{name} is switched off for the session, and not set back"))
        .why("other migrations of this project rely on a limit, and everyone queues behind a statement that waits")
        .help(format!("set it back at the end of the script:\n  {reset};"));
    let edit = restore.and_then(|last| last.insert_line_behind(&reset));
    let draft = match edit {
        Some(edit) => draft.fix(Applicability::Unsafe, "set it back at the end", edit),
        None => draft,
    };
    sink.add_at(context, draft);
}
