//! Draws marked source with miette.
//!
//! miette is given excerpts, not files: lines near the marks, long ones cut around them, so that
//! the work is bound by what is shown and not by the size of the file.

use super::style::{Style, clean, harmless};
use crate::secret;
use crate::source::{Place, SourceFile};
use miette::{
    Diagnostic, GraphicalReportHandler, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A place with what is said of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark<'m> {
    pub place: &'m Place,
    pub label: &'m str,
    pub primary: bool,
}

/// Marks further apart than this are drawn apart: miette draws neighbouring lines as one block.
const NEAR_LINES: usize = 1;
/// A mark over more lines is drawn on its first line alone.
const TALL_LINES: usize = 5;
/// More places than this are counted, not drawn.
const MOST_MARKS: usize = 6;
/// Longer lines are cut, in characters.
const LONG_LINE: usize = 200;
/// What stays before a mark in a cut line, in characters.
const BEFORE_MARK: usize = 40;

/// The frames of all marks: the primary one's file first, marks of one file joined.
pub(super) fn frames(marks: &[Mark<'_>], style: Style) -> String {
    let shown = marks.get(..marks.len().min(MOST_MARKS)).unwrap_or(marks);
    let mut files: Vec<&Arc<SourceFile>> = Vec::new();
    for mark in shown {
        if !files.iter().any(|file| file.path() == mark.place.file.path()) {
            files.push(&mark.place.file);
        }
    }
    let mut text = String::new();
    for file in files {
        let mut here: Vec<Mark<'_>> =
            shown.iter().filter(|mark| mark.place.file.path() == file.path()).copied().collect();
        here.sort_by_key(|mark| (mark.place.span.start, !mark.primary));
        text.push_str(&draw_file(file, &here, style));
    }
    if let more @ 1.. = marks.len() - shown.len() {
        text.push_str(&format!("  and {more} more places\n"));
    }
    text
}

fn draw_file(file: &SourceFile, marks: &[Mark<'_>], style: Style) -> String {
    let head = marks.iter().find(|mark| mark.primary).or_else(|| marks.first());
    let Some(at) = head.map(|mark| mark.place.start()) else { return String::new() };
    let name = format!("{}:{}:{}", clean(file.path()), at.line, at.column);
    let parts: Vec<String> = groups(marks)
        .into_iter()
        .filter_map(|group| draw_group(file, &name, group, style))
        .collect();
    join(&parts)
}

/// Splits sorted marks where many lines lie between them.
fn groups<'s, 'm>(marks: &'s [Mark<'m>]) -> Vec<&'s [Mark<'m>]> {
    let apart = |a: &Mark<'_>, b: &Mark<'_>| {
        b.place.start().line.saturating_sub(last_line(a)) <= NEAR_LINES
    };
    marks.chunk_by(apart).collect()
}

/// The last line that is drawn for a mark.
fn last_line(mark: &Mark<'_>) -> usize {
    let (first, last) = (mark.place.start().line, mark.place.end().line);
    if last - first >= TALL_LINES { first } else { last }
}

/// Whether only its first line is drawn.
fn is_tall(mark: &Mark<'_>) -> bool {
    last_line(mark) < mark.place.end().line
}

fn draw_group(file: &SourceFile, name: &str, marks: &[Mark<'_>], style: Style) -> Option<String> {
    let first = marks.first()?.place.start().line;
    let last = marks.iter().map(last_line).max()?;
    let excerpt = Excerpt::new(file, name, first..=last, marks);
    let handler = GraphicalReportHandler::new_themed(style.theme())
        .without_primary_span_start()
        .without_syntax_highlighting()
        .with_context_lines(0)
        .with_links(false)
        .with_width(usize::from(u16::MAX));
    let mut drawn = String::new();
    handler.render_report(&mut drawn, &excerpt).ok()?;
    // What stands above the frame is miette's headline; ours is written already.
    let frame = drawn.lines().skip_while(|line| !line.contains("╭─"));
    Some(frame.flat_map(|line| [line.trim_end(), "\n"]).collect())
}

/// Joins frames of one file: the numbers as wide as the widest, `┆` between them.
fn join(parts: &[String]) -> String {
    let indent = |part: &String| part.find("╭─").unwrap_or(0);
    let widest = parts.iter().map(indent).max().unwrap_or(0);
    let mut text = String::new();
    for (at, part) in parts.iter().enumerate() {
        let pad = " ".repeat(widest - indent(part));
        let count = part.lines().count();
        for (number, line) in part.lines().enumerate() {
            let is_head = number == 0;
            let is_foot = number + 1 == count;
            if is_head && at > 0 {
                continue;
            }
            if is_foot && at + 1 < parts.len() {
                text.push_str(&pad);
                text.push_str(&line.replacen("╰────", "┆", 1));
            } else {
                text.push_str(&pad);
                text.push_str(line);
            }
            text.push('\n');
        }
    }
    text
}

/// Some lines of a file as miette wants them.
#[derive(Debug)]
struct Excerpt {
    name: String,
    text: String,
    first_line: usize,
    labels: Vec<LabeledSpan>,
}

impl Excerpt {
    fn new(
        file: &SourceFile,
        name: &str,
        lines: std::ops::RangeInclusive<usize>,
        marks: &[Mark<'_>],
    ) -> Self {
        let mut excerpt = Self {
            name: name.to_owned(),
            text: String::new(),
            first_line: *lines.start(),
            labels: Vec::new(),
        };
        let ends = file.line_start(*lines.end()) + file.line_text(*lines.end()).len();
        let tall = secret::tall(file.text(), file.line_start(*lines.start())..ends);
        // For each mark where it starts and ends in the excerpt.
        let mut found: Vec<(Option<usize>, Option<usize>)> = vec![(None, None); marks.len()];
        for line in lines {
            excerpt.line(file, line, (marks, &tall), &mut found);
        }
        let last = excerpt.text.trim_end().len();
        for (mark, (start, end)) in marks.iter().zip(found) {
            let start = start.unwrap_or(0);
            let end = end.unwrap_or(last).max(start);
            let label = Some(clean(mark.label).replace('\n', " ")).filter(|text| !text.is_empty());
            let span = SourceSpan::new(start.into(), end - start);
            excerpt.labels.push(if mark.primary {
                LabeledSpan::new_primary_with_span(label, span)
            } else {
                LabeledSpan::new_with_span(label, span)
            });
        }
        excerpt
    }

    /// Adds a line, cut where it is long, and notes where marks start and end in it.
    fn line(
        &mut self,
        file: &SourceFile,
        line: usize,
        (marks, tall): (&[Mark<'_>], &[Range<usize>]),
        found: &mut [(Option<usize>, Option<usize>)],
    ) {
        let source = file.line_text(line);
        let offset = file.line_start(line);
        let window = window(source, offset, marks);
        let secrets = secret::find(source);
        if window.start > 0 {
            self.text.push('…');
        }
        let is_tall: Vec<bool> = marks.iter().map(is_tall).collect();
        let mut note = |at: usize, here: usize| {
            for ((mark, is_tall), (start, end)) in marks.iter().zip(&is_tall).zip(found.iter_mut())
            {
                if start.is_none() && mark.place.span.start <= at {
                    *start = Some(here);
                }
                if end.is_none() && mark.place.span.end <= at && !is_tall {
                    *end = Some(here);
                }
            }
        };
        for (at, c) in source.char_indices() {
            if window.contains(&at) {
                note(offset + at, self.text.len());
                let is_secret = secrets.iter().any(|secret| secret.range.contains(&at))
                    || tall.iter().any(|secret| secret.contains(&(offset + at)));
                self.text.push(if is_secret { '*' } else { harmless(c) });
            }
        }
        let here = self.text.len();
        note(offset + source.len(), here);
        if window.end < source.len() {
            self.text.push('…');
        }
        for (is_tall, (start, end)) in is_tall.iter().zip(found.iter_mut()) {
            if *is_tall && start.is_some() && end.is_none() {
                *end = Some(here);
            }
        }
        self.text.push('\n');
    }
}

/// The bytes of a line that are shown.
fn window(source: &str, offset: usize, marks: &[Mark<'_>]) -> Range<usize> {
    if source.chars().take(LONG_LINE + 1).count() <= LONG_LINE {
        return 0..source.len();
    }
    let line = offset..=offset + source.len();
    let starts = marks.iter().map(|mark| mark.place.span.start).filter(|at| line.contains(at));
    let mark = starts.min().unwrap_or(offset) - offset;
    let back = source.get(..mark).unwrap_or("").char_indices().rev();
    let start = back.take(BEFORE_MARK).last().map_or(mark, |(at, _)| at);
    let rest = source.get(start..).unwrap_or("");
    let end = rest.char_indices().nth(LONG_LINE).map_or(source.len(), |(at, _)| start + at);
    start..end
}

impl SourceCode for Excerpt {
    /// The whole lines of a span: miette's own reader gives no more than the span when it is asked
    /// for no lines around it.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let head = self.text.get(..span.offset()).ok_or(MietteError::OutOfBounds)?;
        let end = span.offset() + span.len();
        let tail = self.text.get(end..).ok_or(MietteError::OutOfBounds)?;
        let start = head.rfind('\n').map_or(0, |at| at + 1);
        let end = end + tail.find('\n').unwrap_or(tail.len());
        let data = self.text.get(start..end).ok_or(MietteError::OutOfBounds)?;
        let line = self.first_line - 1 + head.matches('\n').count();
        let span = SourceSpan::new(start.into(), end - start);
        let count = data.lines().count();
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            data.as_bytes(),
            span,
            line,
            0,
            count,
        )))
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("·")
    }
}

impl std::error::Error for Excerpt {}

impl Diagnostic for Excerpt {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn file(path: &str, text: &str) -> Arc<SourceFile> {
        Arc::new(SourceFile::new(path, text))
    }

    fn place(file: &Arc<SourceFile>, part: &str) -> Place {
        let start = file.text().find(part).unwrap();
        Place { file: Arc::clone(file), span: Span::new(start, start + part.len()) }
    }

    fn drawn(marks: &[(&Place, &str)]) -> String {
        let marks: Vec<Mark<'_>> = marks
            .iter()
            .enumerate()
            .map(|(at, (place, label))| Mark { place, label, primary: at == 0 })
            .collect();
        frames(&marks, Style::Plain)
    }

    #[test]
    fn marks_of_one_file_share_a_frame_and_lines_between_are_left_out() {
        let between = "SELECT 1;\n".repeat(10);
        let file = file(
            "db/7c1e.sql",
            &format!("ALTER TABLE a ADD b int;\n{between}UPDATE a SET b = 1;\n"),
        );
        let (alter, update) =
            (place(&file, "ALTER TABLE a ADD b int"), place(&file, "UPDATE a SET b = 1"));
        let text = drawn(&[(&alter, "taken here"), (&update, "and kept here")]);
        let expected = "
    ╭─[db/7c1e.sql:1:1]
  1 │ ALTER TABLE a ADD b int;
    · ───────────┬───────────
    ·            ╰── taken here
    ┆
 12 │ UPDATE a SET b = 1;
    · ─────────┬────────
    ·          ╰── and kept here
    ╰────
";
        assert_eq!(text, expected.trim_start_matches('\n'));
    }

    #[test]
    fn other_files_have_frames_of_their_own() {
        let (first, second) = (file("a.sql", "DROP TABLE x;"), file("b.sql", "\nDROP TABLE y;"));
        let (x, y) = (place(&first, "x"), place(&second, "y"));
        let text = drawn(&[(&x, "one"), (&y, "two")]);
        assert!(text.contains("[a.sql:1:12]") && text.contains("[b.sql:2:12]"), "{text}");
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let file = file(
            "a.sql",
            &format!("SELECT '{}'; DROP TABLE x; -- {}", "é".repeat(900), "z".repeat(900)),
        );
        let drop = place(&file, "DROP TABLE x");
        let text = drawn(&[(&drop, "here")]);
        assert!(text.contains("…") && text.contains("DROP TABLE x"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() < 260), "{text}");
        assert!(text.contains("[a.sql:1:912]"), "{text}");
    }

    #[test]
    fn tall_statements_are_drawn_on_their_first_line() {
        let file = file("a.sql", &format!("CREATE TABLE x (\n{});\n", "  a int,\n".repeat(20)));
        let end = file.text().find(");").unwrap() + 1;
        let all = Place { file: Arc::clone(&file), span: Span::new(0, end) };
        let text = drawn(&[(&all, "made here")]);
        assert_eq!(text.lines().filter(|line| line.contains('│')).count(), 1, "{text}");
        assert!(text.contains("╰── made here"), "{text}");
    }

    #[test]
    fn line_ends_marks_and_empty_places_are_drawn() {
        let file = file("a.sql", "\u{feff}-- é\r\nDROP TABLE x;\r\n");
        let drop = place(&file, "DROP TABLE x;\r\n");
        assert!(drawn(&[(&drop, "here")]).contains("[a.sql:2:1]"));
        let empty = Place { file: Arc::clone(&file), span: Span::new(3, 3) };
        let text = drawn(&[(&empty, "nothing")]);
        assert!(text.contains("[a.sql:1:1]") && text.contains("-- é"), "{text}");
        let end = Place {
            file: Arc::clone(&file),
            span: Span::new(file.text().len(), file.text().len()),
        };
        assert!(drawn(&[(&end, "the end")]).contains("[a.sql:3:1]"));
    }
}
