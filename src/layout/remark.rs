//! Makes the remarks that layouts have in common.

use crate::migration::{Remark, RemarkKind};
use crate::source::{Place, SourceFile, Span};
use std::sync::Arc;

/// A marker on a 1-based line that the tool does not read there.
pub(super) fn ineffective(
    file: &Arc<SourceFile>,
    line: usize,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Remark {
    Remark {
        kind: RemarkKind::IneffectiveMarker,
        place: line_of(file, line),
        migration: None,
        message: message.into(),
        label: "not read by the tool".to_owned(),
        help: help.into(),
    }
}

/// A list of migrations that contradicts the folder.
pub(super) fn contradicted(
    place: Place,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Remark {
    Remark {
        kind: RemarkKind::NotInJournal,
        place,
        migration: None,
        message: message.into(),
        label: "the list and the folder disagree".to_owned(),
        help: help.into(),
    }
}

/// The text of a line, without the space around it.
pub(super) fn line_of(file: &Arc<SourceFile>, line: usize) -> Place {
    let text = file.line_text(line);
    let start = file.line_start(line) + (text.len() - text.trim_start().len());
    let end = start + text.trim().len();
    Place { file: Arc::clone(file), span: Span::new(start, end) }
}
