//! Takes a constraint apart into migrations that run one after the other: what the statement still
//! does, what is built or proved while everyone goes on, and what makes a constraint of it.

use super::ddl::{column_sql, not_null_proof};
use super::follow_up::{FollowUp, WayBack};
use super::relocate::cut;
use super::validation::constraint_in;
use super::{Remedy, StatementContext, Step, quoted, relation_sql};
use crate::finding::Edit;
use crate::migration::{
    Action, ActionKind, ColumnConstraint, ColumnDef, Direction, Ident, NoTransaction, Origin,
    Script, Statement, TableChange,
};
use crate::schema::RelationName;
use crate::source::Span;
use crate::timeline::TransactionKind;

/// How a constraint comes about in several migrations.
#[derive(Debug, Clone)]
pub struct Stages<'a> {
    /// The table.
    pub table: &'a RelationName,
    /// The constraint.
    pub constraint: &'a Ident,
    /// Words of statements that may need it: the first migration does not have it yet.
    pub needed_by: &'a [&'a str],
    /// What each migration does.
    pub list: Vec<Stage>,
}

/// What one migration does.
#[derive(Debug, Clone)]
pub struct Stage {
    /// What it does, as a name.
    pub description: String,
    /// The way forward.
    pub up: Forward,
    /// The way back.
    pub down: Back,
}

impl Stage {
    /// A column that comes without the constraint; its way back goes with the last stage's.
    pub fn column(table: &RelationName, column: &Ident, sql: &str) -> Self {
        Self {
            description: format!("{}_{column}", table.name),
            up: Forward::Alter(vec![format!("ADD COLUMN {sql}")]),
            down: Back::Alter(Vec::new()),
        }
    }

    /// The index of a key, built while everyone goes on: `on` is what stands behind the table.
    pub fn key_index(table: &RelationName, key: &Ident, index: &Ident, on: &str) -> Self {
        let (name, target) = (quoted(index), relation_sql(table));
        let gone = relation_sql(&table.sibling(index.clone()));
        Self {
            description: format!("{key}_index"),
            up: Forward::Outside(format!(
                "CREATE UNIQUE INDEX CONCURRENTLY {name} ON {target} {on}"
            )),
            down: Back::Outside(format!("DROP INDEX CONCURRENTLY IF EXISTS {gone}")),
        }
    }
}

/// Words of statements that may need a key: they wait for its last stage.
pub const KEY_NEEDED_BY: &[&str] = &["conflict", "references", "using"];

/// The way forward of a stage.
#[derive(Debug, Clone)]
pub enum Forward {
    /// Changes of the table, each written as a subcommand of `ALTER TABLE`.
    Alter(Vec<String>),
    /// A statement that the server refuses in a transaction.
    Outside(String),
}

/// The way back of a stage.
#[derive(Debug, Clone)]
pub enum Back {
    /// What undid the whole statement undoes the stage.
    Same,
    /// These subcommands of `ALTER TABLE`; none where nothing has to be undone.
    Alter(Vec<String>),
    /// A statement that the server refuses in a transaction, without `CONCURRENTLY` accepts.
    Outside(String),
}

/// What the fix of a key does, as a message.
pub const BUILD_FIRST: &str =
    "build the index while everyone goes on, and make it the key's in a migration of its own";

/// Stages that prove columns not null: CHECKs that look at no row, then a migration that proves
/// them, sets NOT NULL without looking again, and drops them.
pub fn not_null_stages(table: &RelationName, columns: &[&Ident]) -> Vec<Stage> {
    let [first, ..] = columns else { return Vec::new() };
    let proofs: Vec<(String, String)> = columns
        .iter()
        .map(|column| (quoted(&not_null_proof(table, column)), quoted(column)))
        .collect();
    let each = |write: &dyn Fn(&str, &str) -> String| -> Vec<String> {
        proofs.iter().map(|(proof, column)| write(proof, column)).collect()
    };
    let add = each(&|proof, column| {
        format!("ADD CONSTRAINT {proof} CHECK ({column} IS NOT NULL) NOT VALID")
    });
    let drop = each(&|proof, _| format!("DROP CONSTRAINT {proof}"));
    // All rows are looked at before the first lock that others wait for.
    let prove = [
        each(&|proof, _| format!("VALIDATE CONSTRAINT {proof}")),
        each(&|_, column| format!("ALTER COLUMN {column} SET NOT NULL")),
        drop.clone(),
    ];
    let back = [each(&|_, column| format!("ALTER COLUMN {column} DROP NOT NULL")), add.clone()];
    let (table, column) = (&table.name, first);
    vec![
        Stage {
            description: format!("{table}_{column}_check"),
            up: Forward::Alter(add),
            down: Back::Alter(drop),
        },
        Stage {
            description: format!("{table}_{column}_not_null"),
            up: Forward::Alter(prove.concat()),
            down: Back::Alter(back.concat()),
        },
    ]
}

/// A column that brings a constraint along.
#[derive(Debug, Clone, Copy)]
pub struct NewColumn<'a> {
    /// The column.
    pub column: &'a ColumnDef,
    /// The constraint among its others.
    pub constraint: &'a ColumnConstraint,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
}

impl<'a> Stages<'a> {
    /// A constraint, written without its name, that is added without looking at the rows, perhaps
    /// beside its column, and validated by a migration of its own.
    pub fn validated(
        table: &'a RelationName,
        constraint: &'a Ident,
        new: Option<&NewColumn<'_>>,
        sql: &str,
    ) -> Self {
        let name = quoted(constraint);
        let column = new.map(|new| {
            let others = |kept: &ColumnConstraint| !std::ptr::eq(kept, new.constraint);
            format!("ADD COLUMN {}", column_sql(new.column, others))
        });
        let add = format!("ADD CONSTRAINT {name} {sql} NOT VALID");
        let list = vec![
            Stage {
                description: constraint.to_string(),
                up: Forward::Alter(column.into_iter().chain([add]).collect()),
                down: Back::Same,
            },
            Stage {
                description: format!("validate_{constraint}"),
                up: Forward::Alter(vec![format!("VALIDATE CONSTRAINT {name}")]),
                down: Back::Alter(Vec::new()),
            },
        ];
        Self { table, constraint, needed_by: &[], list }
    }
}

impl Stages<'_> {
    /// The same as steps of advice.
    pub fn steps(&self) -> Vec<Step> {
        self.list.iter().map(|stage| self.step(stage)).collect()
    }

    fn step(&self, stage: &Stage) -> Step {
        match &stage.up {
            Forward::Alter(changes) => Step::new(self.alters(changes)),
            Forward::Outside(statement) => Step::outside_transaction(statement.clone()),
        }
    }

    /// The way back where it is a migration's own.
    fn step_back(&self, stage: &Stage) -> Option<Step> {
        match &stage.down {
            Back::Same => Some(Step::new(self.alters(&[self.drop_constraint()]))),
            Back::Alter(changes) if changes.is_empty() => None,
            Back::Alter(changes) => Some(Step::new(self.alters(changes))),
            Back::Outside(statement) => Some(Step::outside_transaction(statement.clone())),
        }
    }

    /// The way back in the place of the one that drops the constraint: subcommands, or a
    /// statement.
    fn instead(&self, stage: &Stage) -> Option<Instead> {
        match &stage.down {
            Back::Same => None,
            Back::Alter(changes) if changes.is_empty() => Some(Instead::Nothing),
            Back::Alter(changes) => Some(Instead::Alter(changes.join(", "))),
            Back::Outside(statement) => {
                Some(Instead::Statement(statement.replacen(" CONCURRENTLY", "", 1)))
            }
        }
    }

    fn drop_constraint(&self) -> String {
        format!("DROP CONSTRAINT {}", quoted(self.constraint))
    }

    fn alters(&self, changes: &[String]) -> Vec<String> {
        let table = relation_sql(self.table);
        changes.iter().map(|change| format!("ALTER TABLE {table} {change}")).collect()
    }
}

/// What stands where the constraint was dropped.
enum Instead {
    Nothing,
    Alter(String),
    Statement(String),
}

impl StatementContext<'_> {
    /// The stages: the first in the place of the action where it can stand there, the others in
    /// migrations that follow; `None` where something that comes before them may need the
    /// constraint.
    pub fn in_stages(&self, action: &Action, stages: &Stages<'_>) -> Option<Remedy> {
        let added = constraint_in(&self.entry.after, stages.table, stages.constraint)?;
        let last = self.transaction.entries.last()?;
        let stays = constraint_in(&last.after, stages.table, stages.constraint) == Some(added);
        let name = [stages.constraint.as_str()];
        let words = [stages.needed_by, &name].concat();
        if self.direction() != Direction::Up
            || !self.can_split()
            || !stays
            || self.is_mentioned_later(&words)
        {
            return None;
        }
        self.in_place(action, stages).or_else(|| self.apart(action, stages))
    }

    /// The first stage in the place of the action.
    fn in_place(&self, action: &Action, stages: &Stages<'_>) -> Option<Remedy> {
        let (first, rest) = stages.list.split_first()?;
        let mut remedy = match (&first.up, self.directive()) {
            (_, Some(_)) => self.directive_as(&stages.step(first))?.into(),
            (Forward::Alter(changes), None) => {
                let place = self.place(action.span)?;
                let written = place.text().get(..3)?.eq_ignore_ascii_case("add");
                let is_there = self.statement().sql.contains(place.text()) && written;
                is_there.then(|| Edit { place, text: changes.join(", ") })?.into()
            }
            (Forward::Outside(statement), None) => self.alone_outside(statement)?,
        };
        if let Some(instead) = stages.instead(first) {
            remedy.edits.extend(self.back_instead(stages, &instead)?);
        }
        remedy.creates.extend(self.stage_files(stages, rest, "")?);
        Some(remedy)
    }

    /// All stages in migrations that follow.
    fn apart(&self, action: &Action, stages: &Stages<'_>) -> Option<Remedy> {
        // A column that comes later may be missed by what stands between.
        let leaves = matches!(stages.list.first()?.up, Forward::Outside(_));
        let is_one_of_many = self.actions().len() > 1;
        if !leaves || (self.is_all_there_is() && !is_one_of_many) {
            return None;
        }
        let (edit, comments) = match (self.directive(), self.actions()) {
            (Some(_), _) => {
                let cut = self.cut_flag("unique").or_else(|| self.cut_directive());
                (cut?, String::new())
            }
            (None, [_]) => {
                let cut = cut(self.script()?, self.statement())?;
                (cut.edit, cut.comments)
            }
            (None, _) => (cut_action(self.script()?, self.statement(), action)?, String::new()),
        };
        let mut edits = vec![edit];
        edits.extend(self.back_instead(stages, &Instead::Nothing)?);
        Some(Remedy { edits, creates: self.stage_files(stages, &stages.list, &comments)? })
    }

    fn stage_files(
        &self,
        stages: &Stages<'_>,
        list: &[Stage],
        comments: &str,
    ) -> Option<Vec<crate::finding::NewFile>> {
        let named = RelationName { name: stages.constraint.clone(), ..stages.table.clone() };
        let about = [&named, stages.table];
        let steps: Vec<(Step, Option<Step>)> =
            list.iter().map(|stage| (stages.step(stage), stages.step_back(stage))).collect();
        let nothing = WayBack::Nothing("nothing to undo: the rows were only looked at");
        let files = list.iter().zip(&steps).enumerate().map(|(at, (stage, (up, down)))| FollowUp {
            description: &stage.description,
            about: &about,
            comments: if at == 0 { comments } else { "" },
            up,
            down: down.as_ref().map_or(nothing, WayBack::Steps),
        });
        self.follow_ups(&files.collect::<Vec<_>>())
    }

    /// A statement outside of the transaction in the place of the only one of the script.
    fn alone_outside(&self, sql: &str) -> Option<Remedy> {
        let [_] = self.actions() else { return None };
        let script = self.script().filter(|_| self.is_all_there_is())?;
        let place = self.place(self.statement().span)?;
        let is_written =
            self.statement().origin == Origin::TopLevel && place.text() == &*self.statement().sql;
        let is_single = script.statements().nth(1).is_none();
        let detected =
            matches!(self.project.conventions.no_transaction, NoTransaction::Detected { .. });
        let mut remedy = match self.transaction.kind {
            TransactionKind::Single => Remedy::default(),
            TransactionKind::Runner if detected && is_single => Remedy::default(),
            _ => self.leave_transaction()?,
        };
        let down = self.migration().down.as_ref().filter(|_| detected);
        let shares = down.is_some_and(|down| down.source.file.path() == script.source.file.path());
        remedy.edits.push(Edit { place, text: sql.to_owned() });
        (is_written && !shares).then_some(remedy)
    }

    /// What stands in the way back where it dropped the constraint; `Some(None)` where it did not.
    fn back_instead(&self, stages: &Stages<'_>, instead: &Instead) -> Option<Option<Edit>> {
        let Some(down) = &self.migration().down else { return Some(None) };
        let found = down.statements().find_map(|statement| {
            let mut actions = statement.actions.iter();
            actions.find(|action| self.drops(action, stages)).map(|action| (statement, action))
        });
        let Some((statement, action)) = found else { return Some(None) };
        if self.directive().is_some() {
            let sql = match instead {
                Instead::Nothing => None,
                Instead::Alter(changes) => {
                    Some(format!("ALTER TABLE {} {changes}", relation_sql(stages.table)))
                }
                Instead::Statement(sql) => Some(sql.clone()),
            };
            return self.directive_back(down, statement, sql.as_deref()).map(Some);
        }
        let is_single = statement.actions.len() == 1;
        let edit = match instead {
            Instead::Nothing if is_single => cut(down, statement)?.edit,
            Instead::Nothing => cut_action(down, statement, action)?,
            Instead::Alter(changes) => {
                Edit { place: down.place(action.span), text: changes.clone() }
            }
            Instead::Statement(sql) if is_single => {
                Edit { place: down.place(statement.span), text: sql.clone() }
            }
            Instead::Statement(_) => return None,
        };
        (statement.origin == Origin::TopLevel).then_some(Some(edit))
    }

    fn drops(&self, action: &Action, stages: &Stages<'_>) -> bool {
        let ActionKind::AlterTable { table, change } = &action.kind else { return false };
        let TableChange::DropConstraint { name, .. } = change.as_ref() else { return false };
        name == stages.constraint && self.entry.after.resolve(&table.name) == *stages.table
    }
}

/// Takes one of several subcommands out, with the comma that sets it apart.
pub(super) fn cut_action(script: &Script, statement: &Statement, action: &Action) -> Option<Edit> {
    let at = statement.actions.iter().position(|other| other.span == action.span)?;
    let (span, gap) = match statement.actions.get(at + 1) {
        Some(next) => (
            Span::new(action.span.start, next.span.start),
            Span::new(action.span.end, next.span.start),
        ),
        None => {
            let before = statement.actions.get(at.checked_sub(1)?)?;
            let gap = Span::new(before.span.end, action.span.start);
            (Span::new(before.span.end, action.span.end), gap)
        }
    };
    let only_a_comma = script.place(gap).text().trim() == ",";
    let is_top = statement.origin == Origin::TopLevel;
    (only_a_comma && is_top).then(|| Edit { place: script.place(span), text: String::new() })
}
