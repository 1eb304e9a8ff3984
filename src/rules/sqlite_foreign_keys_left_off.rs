//! `sqlite-foreign-keys-left-off`: foreign keys are switched off and stay off, or nobody looks at what came in
//! meanwhile.

use crate::finding::{Applicability, Category, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, Dialect, Direction, Ident, InsertSource, SettingScope,
};
use crate::rule::{
    BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink, StatementContext,
    changes_something, is_off,
};
use crate::schema::{RelationName, Schema};
use crate::timeline::TransactionKind;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "foreign keys stay off, or are not checked before they are on again",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Sqlite],
    directions: BOTH,
    fix: FixKind::Safe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        for direction in [Direction::Up, Direction::Down] {
            let mut open = Open::default();
            for statement in context.statements(direction) {
                open.see(statement, sink);
            }
            if let Some(off) = open.off.filter(|_| open.changes) {
                stays_off(&off, sink);
            }
        }
    }
}

/// Foreign keys between off and on.
#[derive(Default)]
struct Open<'a> {
    /// Where they were switched off.
    off: Option<StatementContext<'a>>,
    /// Whether something changed since.
    changes: bool,
    /// A statement since after which rows may reference nothing.
    risk: Option<StatementContext<'a>>,
}

impl<'a> Open<'a> {
    fn see(&mut self, statement: StatementContext<'a>, sink: &mut Sink<'_>) {
        self.changes |= changes_something(statement.statement());
        for action in statement.actions() {
            match &action.kind {
                ActionKind::Session { command } if command == "pragma foreign_key_check" => {
                    self.risk = None;
                }
                ActionKind::Set(option) if option.name == "foreign_key_check" => self.risk = None,
                // Inside a transaction it does nothing, which another rule says.
                ActionKind::Set(option)
                    if option.name == "foreign_keys"
                        && option.scope == SettingScope::Session
                        && statement.transaction.kind != TransactionKind::Runner =>
                {
                    let off = self.off.take();
                    if let (Some(off), Some(risk), false) = (off, self.risk, is_off(option)) {
                        unchecked(&off, &risk, sink);
                    }
                    let off = is_off(option).then_some(statement);
                    *self = Self { off, ..Self::default() };
                }
                _ if self.off.is_some() && may_break_keys(&statement, action) => {
                    self.risk.get_or_insert(statement);
                }
                _ => {}
            }
        }
    }
}

/// Whether rows may reference nothing afterwards. What a table that is made anew takes over is as
/// good as it was.
fn may_break_keys(context: &StatementContext<'_>, action: &Action) -> bool {
    let before = context.before();
    match &action.kind {
        ActionKind::Insert(insert) => {
            let written = matches!(insert.source, InsertSource::Values(_));
            written && !foreign_keys(before, &context.resolve(&insert.table)).is_empty()
        }
        ActionKind::Update(update) => {
            let keys = foreign_keys(before, &context.resolve(&update.table));
            update.assignments.iter().any(|(set, _)| keys.contains(&set))
        }
        ActionKind::Delete(delete) => {
            before.referencing(&context.resolve(&delete.table)).next().is_some()
        }
        _ => false,
    }
}

/// Columns of a table that reference another.
fn foreign_keys<'a>(schema: &'a Schema, table: &RelationName) -> Vec<&'a Ident> {
    let constraints = schema.table(table).any().into_iter().flat_map(|table| &table.constraints);
    constraints.filter(|it| it.references().is_some()).flat_map(|it| it.columns()).collect()
}

fn stays_off(off: &StatementContext<'_>, sink: &mut Sink<'_>) {
    let Some(place) = off.place(off.statement().span) else { return };
    let message = "foreign keys stay off for everything that runs later on this connection";
    let draft = Draft::at(place, Hazard::Other, message)
        .label("from here on no foreign key is checked")
        .help("switch them on again at the end of the script:\n  PRAGMA foreign_keys = ON;");
    sink.add_at(
        off,
        match off.append_line("PRAGMA foreign_keys = ON;") {
            Some(edit) => draft.fix(Applicability::Safe, "switch them on again", vec![edit]),
            None => draft,
        },
    );
}

fn unchecked(off: &StatementContext<'_>, risk: &StatementContext<'_>, sink: &mut Sink<'_>) {
    let Some(place) = risk.place(risk.statement().span) else { return };
    let message = "rows that reference nothing may be left, and nobody is told";
    sink.add_at(
        risk,
        Draft::at(place, Hazard::Other, message)
            .label("no foreign key is checked here, nor later")
            .related(off.place(off.statement().span), "switches them off")
            .help("look for such rows before foreign keys are on again:\n  PRAGMA foreign_key_check;"),
    );
}
