//! Files that lines cut into a way forward and a way back: what goose, sql-migrate and
//! node-pg-migrate have in common.

use crate::layout::layout_trait::Entry;
use crate::layout::project::Draft;
use crate::migration::{Direction, ScriptSource, TransactionMode};
use crate::source::{MappedText, SourceFile, Span};
use std::sync::Arc;

/// A part of a file below a marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    /// Which way it goes.
    pub direction: Direction,
    /// The marker's line, 1-based.
    pub line: usize,
    /// What stands on the marker's line behind the direction.
    pub options: String,
    /// The lines below the marker, up to the next.
    pub body: Span,
}

/// Cuts a text at lines that `marker` takes for markers.
pub(super) fn cut(
    text: &str,
    marker: impl Fn(&str) -> Option<(Direction, String)>,
) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut at = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let end = at + line.len();
        if let Some((direction, options)) = marker(line.trim_start_matches('\u{feff}').trim_end()) {
            if let Some(last) = sections.last_mut() {
                last.body.end = at;
            }
            let body = Span::new(end, end);
            sections.push(Section { direction, line: index + 1, options, body });
        }
        at = end;
    }
    if let Some(last) = sections.last_mut() {
        last.body.end = at;
    }
    sections
}

/// A draft with all sections of each direction joined; `mode` is asked about all of one direction.
pub(super) fn joined(
    entry: &Entry,
    file: &Arc<SourceFile>,
    sections: &[Section],
    mode: impl Fn(&[&Section]) -> TransactionMode,
) -> Draft {
    let mut draft = entry.draft_of(&[file.path()]);
    for direction in [Direction::Up, Direction::Down] {
        let own: Vec<&Section> =
            sections.iter().filter(|section| section.direction == direction).collect();
        if own.is_empty() {
            continue;
        }
        let mut text = MappedText::default();
        for section in &own {
            text.push(file.slice(section.body), section.body);
        }
        let transaction = mode(&own);
        draft.set(direction, ScriptSource { file: Arc::clone(file), text, direction, transaction });
    }
    draft
}

/// The first line (1-based) that is neither blank nor a comment and stands before line `end`.
pub(super) fn code_before(file: &SourceFile, end: usize) -> Option<usize> {
    (1..end).find(|&line| {
        let text = file.line_text(line).trim();
        !text.is_empty() && !text.starts_with("--")
    })
}
