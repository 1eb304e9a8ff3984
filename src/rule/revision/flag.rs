//! Flags of a column that send a statement of their own: `index=True`, `unique=True`.

use crate::finding::Edit;
use crate::migration::{ActionKind, Direction, Guard};
use crate::rule::follow_up::{FollowUp, WayBack};
use crate::rule::{Remedy, StatementContext, Step, concurrently_after, relation_sql};
use crate::source::Span;

impl StatementContext<'_> {
    /// Takes a flag out of the column that `op.add_column(…)` adds, so that the statement which it
    /// sends beside `ADD COLUMN` is sent no more.
    pub(in crate::rule) fn cut_flag(&self, flag: &str) -> Option<Edit> {
        let directive = self.directive()?;
        let call = directive.call;
        let is_plain = call.name == "add_column"
            && call.via.is_none()
            && call.batch.is_none()
            && call.guard == Guard::Always
            && self.direction() == Direction::Up;
        let column = call.positional(1, &["column"]).filter(|_| is_plain)?.as_call()?;
        // Of both flags together one unique index is made.
        let both = column.keyword("index").is_some() && column.keyword("unique").is_some();
        let value = column.keyword(flag).filter(|value| value.source.is_home() && !both)?;
        let text = directive.script.source.file.text();
        let head = text.get(call.span.start..value.source.span.start)?;
        let head = head.trim_end().strip_suffix('=')?.trim_end().strip_suffix(flag)?;
        let head = head.trim_end().strip_suffix(',')?;
        let start = call.span.start + head.len();
        let is_true = text.get(value.source.span.start..value.source.span.end)? == "True";
        let place = directive.script.place(Span::new(start, value.source.span.end));
        is_true.then_some(Edit { place, text: String::new() })
    }

    /// The index of `index=True` in a revision that follows, where it is built outside of the
    /// transaction; `None` where something that comes before that may need it.
    pub(super) fn move_index_flag_out(&self) -> Option<Remedy> {
        let [action] = self.actions() else { return None };
        let ActionKind::CreateIndex(create) = &action.kind else { return None };
        let (name, table) = (self.made_index(create)?, self.resolve(&create.table));
        let edit = self.cut_flag("index")?;
        if self.is_mentioned_later(&[name.name.as_str()]) {
            return None;
        }
        let sql = concurrently_after(&self.statement().sql, "index")?;
        let drop = format!("DROP INDEX CONCURRENTLY {}", relation_sql(&name));
        let new = FollowUp {
            description: name.name.as_str(),
            about: &[&name, &table],
            comments: "",
            up: &Step::outside_transaction(sql),
            down: WayBack::Steps(&Step::outside_transaction(drop)),
        };
        Some(Remedy { edits: vec![edit], creates: self.follow_up(&new)? })
    }
}
