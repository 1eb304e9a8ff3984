//! Moves a statement out of its script into a migration of its own, where nothing that comes later
//! needs it earlier.

use super::follow_up::{FollowUp, WayBack};
use super::{Remedy, StatementContext, Step, relation_sql};
use crate::finding::Edit;
use crate::migration::{
    ActionKind, Direction, DropObject, ObjectKind, Origin, Reindex, ReindexTarget, Script,
    Statement, TransactionMode,
};
use crate::schema::RelationName;
use crate::source::{Place, Span};

impl StatementContext<'_> {
    /// The statement, written like this, in a new migration after this one and outside of a
    /// transaction; `None` where something that comes before that may need it.
    pub fn move_out(&self, sql: String) -> Option<Remedy> {
        if self.direction() != Direction::Up || !self.can_split() || self.is_all_there_is() {
            return None;
        }
        let [action] = self.actions() else { return None };
        let up = Step::outside_transaction(sql);
        let mut remedy = Remedy::default();
        let (name, down) = match &action.kind {
            ActionKind::CreateIndex(create) => {
                let index = self.made_index()?;
                let mut words = vec![index.name.as_str()];
                if create.unique {
                    words.extend(["conflict", "references", "using"]);
                }
                if self.is_mentioned_later(&words) || !self.stays(&index) {
                    return None;
                }
                remedy.edits.extend(self.cut_drop_of(&index)?);
                let drop = format!("DROP INDEX CONCURRENTLY {}", relation_sql(&index));
                (index, Some(Step::outside_transaction(drop)))
            }
            ActionKind::Drop(drop) => (self.dropped_index(drop)?, None),
            ActionKind::Reindex(reindex) => (self.rebuilt(reindex)?, None),
            _ => return None,
        };
        let nothing = "nothing to undo here: the migration before this one has the way back";
        let way_back = down.as_ref().map_or(WayBack::Nothing(nothing), WayBack::Steps);
        let description = match &action.kind {
            ActionKind::CreateIndex(_) => name.name.to_string(),
            ActionKind::Drop(_) => format!("drop_{}", name.name),
            _ => format!("reindex_{}", name.name),
        };
        let new = FollowUp { description: &description, up: &up, down: way_back };
        remedy.creates = self.follow_up(&new)?;
        remedy.edits.push(cut(self.script()?, self.statement())?);
        Some(remedy)
    }

    /// Whether a later migration gets a transaction of its own.
    pub(super) fn can_split(&self) -> bool {
        self.statement().origin == Origin::TopLevel
            && self
                .script()
                .is_some_and(|script| script.source.transaction != TransactionMode::WholeRun)
    }

    /// Whether the script would do nothing without the statement.
    fn is_all_there_is(&self) -> bool {
        let Some(script) = self.script() else { return true };
        let mut others = script.statements().filter(|other| *other != self.statement());
        others.all(|other| {
            other.actions.iter().all(|action| {
                matches!(action.kind, ActionKind::Begin | ActionKind::Commit | ActionKind::Set(_))
            })
        })
    }

    /// The index that the statement makes.
    fn made_index(&self) -> Option<RelationName> {
        let mut made = self.effects().created.iter();
        made.find(|made| made.kind == ObjectKind::Index).map(|made| made.name.clone())
    }

    /// The one index that the statement drops, where nothing later concerns it or its table.
    fn dropped_index(&self, drop: &DropObject) -> Option<RelationName> {
        let [name] = drop.names.as_slice() else { return None };
        let index = self.resolve(name);
        let table = match &self.before().relation(&index).known()?.body {
            crate::schema::RelationBody::Index(index) => index.table.clone(),
            _ => return None,
        };
        let words = [index.name.as_str(), table.name.as_str()];
        (!self.is_mentioned_later(&words)).then_some(index)
    }

    /// The one relation that is rebuilt, where it stays to the end.
    fn rebuilt(&self, reindex: &Reindex) -> Option<RelationName> {
        let (ReindexTarget::Index(name) | ReindexTarget::Table(name)) = &reindex.target else {
            return None;
        };
        let name = self.resolve(name);
        (!self.is_mentioned_later(&[name.name.as_str()])).then_some(name)
    }

    /// Whether the relation is the same when the transaction ends.
    fn stays(&self, name: &RelationName) -> bool {
        let now = self.entry.after.relation(name).known();
        let last = self.transaction.entries.last();
        let then = last.and_then(|last| last.after.relation(name).known());
        now.is_some() && now == then
    }

    /// Whether a later statement of the script has one of these words.
    pub(super) fn is_mentioned_later(&self, words: &[&str]) -> bool {
        let Some(script) = self.script() else { return true };
        let later = script.statements().skip(self.entry.index + 1);
        later
            .flat_map(|statement| statement.sql.split(|c: char| !c.is_alphanumeric() && c != '_'))
            .any(|word| words.iter().any(|known| word.eq_ignore_ascii_case(known)))
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
                return alone.then(|| cut(down, statement)).flatten().map(Some);
            }
        }
        Some(None)
    }
}

/// Takes a statement out of its script, with the comment lines right above it and the lines that
/// it leaves empty.
pub(super) fn cut(script: &Script, statement: &Statement) -> Option<Edit> {
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
    if whole {
        span = Span::new(with_comments(text, bound, line_start)?, line_end);
        span = without_gap(text, bound, span);
    }
    let place = Place { file: file.clone(), span };
    (!place.text().contains("lockgate:")).then_some(Edit { place, text: String::new() })
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
