//! What the rules about the history have in common.

use super::{Draft, ProjectContext, Sink};
use crate::finding::Hazard;
use crate::migration::{Migration, RemarkKind};
use crate::source::{Place, Span};

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
    for remark in context.observed.remarks.iter().filter(|remark| remark.kind == kind) {
        let draft = Draft::at(remark.place.clone(), hazard, remark.message.clone())
            .label(remark.label.clone())
            .help(remark.help.clone());
        sink.add_for(draft, remark.migration.clone());
    }
}
