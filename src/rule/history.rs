//! What the rules about the history have in common.

use super::{Draft, ProjectContext, Sink};
use crate::finding::Hazard;
use crate::migration::{Migration, Remark, RemarkKind};
use crate::source::{Place, Span};

/// From how many remarks of one kind on they are told as one.
const MANY: usize = 10;
/// How many of them are named.
const NAMED: usize = 10;

/// The beginning of a migration: its first statement, else the beginning of its file.
pub fn migration_head(migration: &Migration) -> Option<Place> {
    let script = migration.up.as_ref().or(migration.down.as_ref())?;
    let start = script.source.file.content_start();
    let span = match script.statements().next() {
        Some(statement) => statement.span,
        None => Span::new(start, start),
    };
    Some(script.place(span))
}

/// Says what the layout noticed of one kind.
pub fn tell_remarks(
    context: &ProjectContext<'_>,
    kind: RemarkKind,
    hazard: Hazard,
    sink: &mut Sink<'_>,
) {
    let remarks = context.observed.remarks.iter().filter(|remark| remark.kind == kind);
    let remarks: Vec<&Remark> = remarks.collect();
    // An old habit of a whole folder is one thing to tell.
    let told = if remarks.len() > MANY { 1 } else { remarks.len() };
    let (told, others) = remarks.split_at(told);
    for remark in told {
        let message = match others.len() {
            0 => remark.message.clone(),
            more => format!("{}; {more} more are like this", remark.message),
        };
        let draft = Draft::at(remark.place.clone(), hazard, message)
            .label(remark.label.clone())
            .help(remark.help.clone());
        let draft = others.iter().take(NAMED).fold(draft, |draft, other| {
            draft.related(Some(other.place.clone()), other.message.clone())
        });
        sink.add_for(draft, remark.migration.clone());
    }
}
