//! Moves a statement out of its script into a migration of its own, where nothing that comes later
//! needs it earlier.

use super::follow_up::{FollowUp, WayBack};
use super::{Remedy, StatementContext, Step, relation_sql};
use crate::finding::Edit;
use crate::migration::{
    ActionKind, CreateIndex, Direction, DropObject, NoTransaction, ObjectKind, Origin, Reindex,
    ReindexTarget, Script, Statement, TransactionMode,
};
use crate::schema::RelationName;
use crate::source::{Place, Span};

/// What moves.
struct Subject {
    name: RelationName,
    table: RelationName,
    description: String,
    /// The way back of the new migration.
    down: Option<Step>,
    /// Takes what the new way back does out of the old one.
    cut_down: Option<Edit>,
}

/// A statement that was taken out.
pub(super) struct Cut {
    /// Takes it out.
    pub edit: Edit,
    /// The comment lines above it.
    pub comments: String,
}

impl StatementContext<'_> {
    /// The statement, written like this, in a new migration after this one and outside of a
    /// transaction; `None` where something that comes before that may need it.
    pub fn move_out(&self, sql: String) -> Option<Remedy> {
        if self.is_all_there_is() {
            return None;
        }
        self.moved(sql)
    }

    /// The same, with another statement left in its place.
    pub fn move_out_behind(&self, left: String, sql: String) -> Option<Remedy> {
        let mut remedy = self.moved(sql)?;
        let place = self.place(self.statement().span)?;
        *remedy.edits.first_mut()? = Edit { place, text: left };
        if let Some(text) = remedy.creates.first_mut().map(|new| &mut new.text) {
            let comments = cut(self.script()?, self.statement())?.comments;
            *text = text.replacen(&comments, "", 1);
        }
        Some(remedy)
    }

    fn moved(&self, sql: String) -> Option<Remedy> {
        let is_sql = self.directive().is_none();
        if self.direction() != Direction::Up || !self.can_split() || !is_sql {
            return None;
        }
        let [action] = self.actions() else { return None };
        let subject = match &action.kind {
            ActionKind::CreateIndex(create) => self.index_to_make(create)?,
            ActionKind::Drop(drop) => self.index_to_drop(drop)?,
            ActionKind::Reindex(reindex) => self.relation_to_rebuild(reindex)?,
            _ => return None,
        };
        let cut = cut(self.script()?, self.statement())?;
        let nothing = "nothing to undo here: the migration before this one has the way back";
        let new = FollowUp {
            description: &subject.description,
            about: &[&subject.name, &subject.table],
            comments: &cut.comments,
            up: &Step::outside_transaction(sql),
            down: subject.down.as_ref().map_or(WayBack::Nothing(nothing), WayBack::Steps),
        };
        let creates = self.follow_up(&new)?;
        let mut edits = vec![cut.edit];
        edits.extend(subject.cut_down);
        Some(Remedy { edits, creates })
    }

    fn index_to_make(&self, create: &CreateIndex) -> Option<Subject> {
        let name = self.made_index(create)?;
        let mut words = vec![name.name.as_str()];
        if create.unique {
            // What needs the index does not name it.
            words.extend(["conflict", "references", "using"]);
        }
        if self.is_mentioned_later(&words) || !self.stays(&name) {
            return None;
        }
        let drop = format!("DROP INDEX CONCURRENTLY {}", relation_sql(&name));
        Some(Subject {
            description: name.name.to_string(),
            table: self.resolve(&create.table),
            down: Some(Step::outside_transaction(drop)),
            cut_down: self.cut_drop_of(&name)?,
            name,
        })
    }

    /// The one index that is dropped, where nothing later concerns it or its table.
    fn index_to_drop(&self, drop: &DropObject) -> Option<Subject> {
        let [name] = drop.names.as_slice() else { return None };
        let name = self.resolve(name);
        let table = self.before().index(&name).known()?.table.clone();
        let busy = self.is_mentioned_later(&[name.name.as_str(), table.name.as_str()]);
        let description = format!("drop_{}", name.name);
        (!busy).then_some(Subject { description, table, name, down: None, cut_down: None })
    }

    /// The one relation that is rebuilt, where it stays to the end.
    fn relation_to_rebuild(&self, reindex: &Reindex) -> Option<Subject> {
        let (ReindexTarget::Index(name) | ReindexTarget::Table(name)) = &reindex.target else {
            return None;
        };
        let name = self.resolve(name);
        let table = self.before().index(&name).any().map_or(&name, |index| &index.table).clone();
        let description = format!("reindex_{}", name.name);
        let alone = !self.is_mentioned_later(&[name.name.as_str()]);
        alone.then_some(Subject { description, table, name, down: None, cut_down: None })
    }

    /// Whether a later migration gets a transaction of its own, or can leave that of the run.
    pub(super) fn can_split(&self) -> bool {
        let leaves = matches!(self.project.conventions.no_transaction, NoTransaction::Block(_));
        self.statement().origin != Origin::Block
            && self.script().is_some_and(|script| {
                leaves || script.source.transaction != TransactionMode::WholeRun
            })
    }

    /// Whether the script would do nothing without the statement.
    pub(super) fn is_all_there_is(&self) -> bool {
        let Some(script) = self.script() else { return true };
        let mut others = script.statements().filter(|other| *other != self.statement());
        others.all(|other| {
            other.actions.iter().all(|action| {
                matches!(action.kind, ActionKind::Begin | ActionKind::Commit | ActionKind::Set(_))
            })
        })
    }

    /// The index that the statement makes, or would make if it is not there.
    pub(super) fn made_index(&self, create: &CreateIndex) -> Option<RelationName> {
        let mut made = self.effects().created.iter();
        let made = made.find(|made| made.kind == ObjectKind::Index).map(|made| made.name.clone());
        let named = || {
            let name = create.name.clone()?;
            Some(RelationName { name, ..self.resolve(&create.table) })
        };
        made.or_else(named)
    }

    /// Whether the relation is the same when the transaction ends.
    fn stays(&self, name: &RelationName) -> bool {
        let now = self.entry.after.relation(name).any();
        let last = self.transaction.entries.last();
        let then = last.and_then(|last| last.after.relation(name).any());
        now.is_some() && now == then
    }

    /// Whether a later statement of the script has one of these words.
    pub(super) fn is_mentioned_later(&self, words: &[&str]) -> bool {
        let Some(script) = self.script() else { return true };
        mentions(script.statements().skip(self.entry.index + 1), words)
    }

    /// Takes the statement that drops the index out of the way back, which no longer makes it.
    fn cut_drop_of(&self, index: &RelationName) -> Option<Option<Edit>> {
        let Some(down) = &self.migration().down else { return Some(None) };
        for statement in down.statements() {
            for action in &statement.actions {
                let ActionKind::Drop(drop) = &action.kind else { continue };
                let is_it = drop.kind == ObjectKind::Index
                    && drop.names.iter().any(|name| self.entry.after.resolve(name) == *index);
                if !is_it {
                    continue;
                }
                let alone = drop.names.len() == 1 && statement.origin == Origin::TopLevel;
                let mut edit = alone.then(|| cut(down, statement)).flatten()?.edit;
                if down.statements().count() == 1 {
                    // Some tools refuse a file in which nothing stands.
                    edit.text =
                        format!("-- {} goes with the way back of the next migration\n", index.name);
                }
                return Some(Some(edit));
            }
        }
        Some(None)
    }
}

/// Whether one of the statements has one of these words.
pub(super) fn mentions<'s>(
    mut statements: impl Iterator<Item = &'s Statement>,
    words: &[&str],
) -> bool {
    let is_one = |word: &str| words.iter().any(|known| word.eq_ignore_ascii_case(known));
    statements.any(|statement| {
        statement.sql.split(|c: char| !c.is_alphanumeric() && c != '_').any(is_one)
    })
}

/// Takes a statement out of its script, with the comment lines right above it and the lines that
/// it leaves empty.
pub(super) fn cut(script: &Script, statement: &Statement) -> Option<Cut> {
    let file = &script.source.file;
    let text = file.text();
    if file.slice(statement.span) != &*statement.sql {
        return None;
    }
    let bound = script.source.text.to_source(Span::default()).start;
    let after = text.get(statement.span.end..)?;
    let gap = after.len() - after.trim_start().len();
    let end = match after.get(gap..)?.strip_prefix(';') {
        Some(_) => statement.span.end + gap + 1,
        None => statement.span.end,
    };
    let line_end = text.get(end..)?.find('\n').map_or(text.len(), |at| end + at + 1);
    let line_start =
        text.get(bound..statement.span.start)?.rfind('\n').map_or(bound, |at| bound + at + 1);
    let is_blank =
        |from: usize, to: usize| text.get(from..to).is_some_and(|part| part.trim().is_empty());
    let rest = text.get(end..line_end)?.trim();
    let whole =
        is_blank(line_start, statement.span.start) && (rest.is_empty() || rest.starts_with("--"));
    let mut span = Span::new(statement.span.start, end);
    let mut comments = String::new();
    if whole {
        let start = with_comments(text, bound, line_start)?;
        comments = text.get(start..line_start)?.to_owned();
        span = without_gap(text, bound, Span::new(start, line_end));
    }
    let place = Place { file: file.clone(), span };
    let speaks = place.text().contains("lockgate:");
    (!speaks).then_some(Cut { edit: Edit { place, text: String::new() }, comments })
}

/// Where the comment lines begin that stand right above `line`.
fn with_comments(text: &str, bound: usize, line: usize) -> Option<usize> {
    let mut start = line;
    for above in text.get(bound..line)?.split_inclusive('\n').rev() {
        if !above.trim_start().starts_with("--") {
            break;
        }
        start -= above.len();
    }
    Some(start)
}

/// One of the empty lines before and after goes too.
fn without_gap(text: &str, bound: usize, span: Span) -> Span {
    let before = text.get(bound..span.start).unwrap_or("");
    let after = text.get(span.end..).unwrap_or("");
    let next = after.split_inclusive('\n').next().unwrap_or("");
    let opens = before.is_empty() || before.ends_with("\n\n") || before.ends_with("\r\n\r\n");
    if opens && !next.is_empty() && next.trim().is_empty() {
        return Span::new(span.start, span.end + next.len());
    }
    span
}
