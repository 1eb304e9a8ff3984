//! `missing-lock-timeout`: a statement may wait for its lock without end, and others behind it.

use crate::effects::{Lock, MetadataLock, MetadataMode};
use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{ActionKind, Dialect, RelationKind};
use crate::rule::{
    Draft, FixKind, Once, Rule, RuleMeta, SERVERS, Sink, StatementContext, UP, locks_label,
    relation_list, switches_off, waiters,
};
use crate::schema::RelationName;
use crate::timeline::{Entry, TransactionKind};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a lock is waited for without a limit, while others queue behind",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: SERVERS,
    directions: UP,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Check {
    /// The tool, the role or the connection sets a lock timeout: silent unless a script switches
    /// it off.
    set_elsewhere: bool,
}

impl Rule for Check {
    fn transaction(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        if context.target().dialect.is_mysql() {
            return self.in_mysql(context, sink);
        }
        let exposed = context
            .each_of_transaction()
            .find(|one| self.is_unbounded(one.entry) && locks(one).next().is_some());
        let Some(exposed) = exposed else { return };
        let habit = context.project.habits.sets_lock_timeout || self.set_elsewhere;
        if habit || is_switched_off(&exposed) {
            warn(&exposed, sink);
        } else {
            note(&exposed, sink);
        }
    }
}

impl Check {
    /// A change of a table waits for every transaction that has used it.
    fn in_mysql(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        let exposed = context
            .each_of_transaction()
            .find(|one| {
                let gives_up = one.statement().online().wait.is_some();
                self.is_unbounded(one.entry) && !gives_up && waited_for(one).next().is_some()
            });
        let Some(exposed) = exposed else { return };
        let habit = context.project.habits.sets_lock_timeout || self.set_elsewhere;
        let once = if habit { Once::PerScript } else { Once::PerProject };
        report_in_mysql(&exposed, once, sink);
    }

    fn is_unbounded(&self, entry: &Entry<'_>) -> bool {
        use crate::timeline::Timeout;
        match entry.settings.lock_timeout {
            Timeout::Off => true,
            Timeout::Unset => !self.set_elsewhere,
            Timeout::Milliseconds(_) | Timeout::Unknown => false,
        }
    }
}

/// Whether its own script switches the limit off.
fn is_switched_off(context: &StatementContext<'_>) -> bool {
    let statements = context.script().into_iter().flat_map(|script| script.statements());
    let mut actions = statements.flat_map(|statement| &statement.actions);
    actions.any(|action| {
        matches!(&action.kind, ActionKind::Set(option)
            if option.name == "lock_timeout" && switches_off(option))
    })
}

/// Strong locks on tables that others use.
fn locks<'a>(context: &StatementContext<'a>) -> impl Iterator<Item = &'a Lock> {
    context
        .strong_locks()
        .filter(|lock| matches!(lock.kind, RelationKind::Table | RelationKind::MaterializedView))
}

/// Tables that others use and that the statement waits for.
fn waited_for<'a>(context: &StatementContext<'a>) -> impl Iterator<Item = &'a RelationName> {
    let exclusive = |lock: &&MetadataLock| lock.mode == MetadataMode::Exclusive;
    let locks = context.effects().metadata.iter().filter(exclusive).map(|lock| &lock.table);
    locks.filter(|table| !context.is_new(table))
}

fn report_in_mysql(context: &StatementContext<'_>, once: Once, sink: &mut Sink<'_>) {
    let Some(place) = context.place(context.statement().span) else { return };
    let names = relation_list(waited_for(context));
    let limit = match context.target().dialect {
        Dialect::Mariadb => "86400 seconds, a day",
        _ => "31536000 seconds, a year",
    };
    let why = format!(
        "one open transaction that has read the table holds it up; lock_wait_timeout is {limit}, unless somebody has set it"
    );
    let setting = "SET SESSION lock_wait_timeout = 2;";
    let help = format!(
        "set it before the first change, and run the migration again when it ends by it:\n  {setting}"
    );
    let draft = if once == Once::PerProject {
        Draft::at(place, Hazard::Other, "no migration of this project sets lock_wait_timeout")
            .severity(Severity::Note)
            .label(format!("this is the first that waits without a limit for {names}: reads and writes queue behind it"))
            .help(format!(
                "{help}\nor set it for the account that migrates, and missing-lock-timeout = {{ set-elsewhere = true }} in lockgate.toml"
            ))
    } else {
        let message = format!(
            "reads and writes of {names} queue behind this statement for as long as it waits for its lock"
        );
        Draft::at(place, Hazard::BriefBlock, message)
            .label(format!("EXCLUSIVE metadata lock on {names}: reads and writes wait behind it"))
            .help(help)
    };
    let draft = draft.why(why).once(once);
    let draft = match context.insert_setting(setting) {
        Some(edit) => draft.fix(Applicability::Unsafe, "give up after two seconds", vec![edit]),
        None => draft,
    };
    sink.add_at(context, waited_for(context).fold(draft, Draft::relation));
}

fn warn(context: &StatementContext<'_>, sink: &mut Sink<'_>) {
    let Some(place) = context.place(context.statement().span) else { return };
    let Some(worst) = locks(context).max_by_key(|lock| lock.mode) else { return };
    let names = relation_list(locks(context).map(|lock| &lock.relation));
    let message = format!(
        "{} {names} queue behind this statement for as long as it waits for its lock",
        waiters(worst.mode)
    );
    let once = match context.transaction.kind {
        TransactionKind::Single => Once::PerScript,
        _ => Once::Everywhere,
    };
    let draft = Draft::at(place, Hazard::BriefBlock, message)
        .label(locks_label(locks(context)))
        .why("no lock timeout is set here, and one long query holds it up, with everyone behind it")
        .help(help(context))
        .once(once);
    let draft = with_fix(draft, context);
    sink.add_at(context, locks(context).fold(draft, |draft, lock| draft.relation(&lock.relation)));
}

/// In a project that knows no lock timeout, one word is enough.
fn note(context: &StatementContext<'_>, sink: &mut Sink<'_>) {
    let Some(place) = context.place(context.statement().span) else { return };
    let draft = Draft::at(place, Hazard::Other, "no migration of this project sets a lock timeout")
        .severity(Severity::Note)
        .label(format!("this is the first that waits without a limit: {}", locks_label(locks(context))))
        .why("while a statement waits for its lock, everyone who comes later waits behind it")
        .help(format!(
            "{}\nor set it on the role that migrates, and missing-lock-timeout = {{ set-elsewhere = true }} in lockgate.toml",
            help(context)
        ))
        .once(Once::PerProject);
    let draft = with_fix(draft, context);
    sink.add_at(context, locks(context).fold(draft, |draft, lock| draft.relation(&lock.relation)));
}

/// A local setting ends with its transaction; outside of one it has no effect.
fn setting(context: &StatementContext<'_>) -> String {
    let scope = if context.local_setting_reaches() { "SET LOCAL" } else { "SET" };
    format!("{scope} lock_timeout = '2s';")
}

fn help(context: &StatementContext<'_>) -> String {
    let setting = setting(context);
    format!(
        "set it before the first lock, and run the migration again when it ends by it:\n  {setting}"
    )
}

/// The setting itself, before the first statement that needs it.
fn with_fix(draft: Draft, context: &StatementContext<'_>) -> Draft {
    match context.insert_setting(&setting(context)) {
        Some(edit) => draft.fix(Applicability::Unsafe, "give up after two seconds", vec![edit]),
        None => draft,
    }
}
