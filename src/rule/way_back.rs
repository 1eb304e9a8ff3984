//! Writes the way back that a migration lacks, where its layout wants it.

use super::revision::downgrade;
use super::undo::{UndoLine, undo};
use super::{MigrationContext, Remedy};
use crate::finding::{Edit, NewFile};
use crate::migration::{Downs, NewNames, NoTransaction};
use crate::source::{Place, Span};

impl MigrationContext<'_> {
    /// The way back, derived from the way forward by the replay; `None` where nothing of it can be
    /// undone, or the layout has no place for it.
    pub fn missing_way_back(&self) -> Option<Remedy> {
        if self.project.conventions.names.up.ends_with(".py") {
            return downgrade(self);
        }
        if !self.project.conventions.names.up.ends_with(".sql") {
            return None;
        }
        let lines = undo(self.up, self.before);
        let statements = lines.iter().filter(|line| matches!(line, UndoLine::Statement(_))).count();
        if statements == 0 {
            return None;
        }
        let alone = statements == 1;
        match self.project.conventions.downs {
            Downs::Nowhere => None,
            Downs::Section(marker) => self.in_section(marker, &lines, alone),
            Downs::SecondFile => self.in_second_file(&lines, alone),
        }
    }

    fn in_section(&self, marker: &str, lines: &[UndoLine], alone: bool) -> Option<Remedy> {
        let up = self.migration.up.as_ref()?;
        let file = &up.source.file;
        let how = self.project.conventions.no_transaction;
        let place = |span| Place { file: file.clone(), span };
        let Some(down) = &self.migration.down else {
            let text = format!("\n{marker}\n{}", text_of(lines, Words::InTransaction));
            let end = file.text().len();
            let gap = if file.text().ends_with('\n') { "" } else { "\n" };
            let edit = Edit { place: place(Span::new(end, end)), text: format!("{gap}{text}") };
            return Some(edit.into());
        };
        if down.source.file.path() != file.path() {
            return None;
        }
        let start = down.source.text.to_source(Span::default()).start;
        let head = file.text().get(..start)?;
        let mut edits = Vec::new();
        let mut words = Words::InTransaction;
        if let (true, NoTransaction::SectionMarker { down: marker, .. }) = (alone, how)
            && has_concurrently(lines)
        {
            let span = super::edits::section_line(head, marker)?;
            edits.push(Edit { place: place(span), text: marker.to_owned() });
            words = Words::Outside;
        }
        let gap = if head.ends_with('\n') { "" } else { "\n" };
        let text = format!("{gap}{}", text_of(lines, words));
        edits.push(Edit { place: place(Span::new(start, start)), text });
        Some(edits.into())
    }

    fn in_second_file(&self, lines: &[UndoLine], alone: bool) -> Option<Remedy> {
        let how = self.project.conventions.no_transaction;
        let (first, words) = match how {
            NoTransaction::FirstLine(line) if alone && has_concurrently(lines) => {
                (format!("{line}\n"), Words::Outside)
            }
            NoTransaction::StandAlone | NoTransaction::Detected { .. } if alone => {
                (String::new(), Words::Outside)
            }
            _ => (String::new(), Words::InTransaction),
        };
        let text = format!("{first}{}", text_of(lines, words));
        if let Some(down) = &self.migration.down {
            let file = &down.source.file;
            let start = file.content_start();
            let place = Place { file: file.clone(), span: Span::new(start, start) };
            return Some(Edit { place, text }.into());
        }
        let file = &self.migration.up.as_ref()?.source.file;
        let names = self.project.conventions.names;
        let deep = names.up.matches('/').count();
        let own: Vec<&str> = file.path().rsplitn(deep + 2, '/').take(deep + 1).collect();
        let own: Vec<&str> = own.into_iter().rev().collect();
        let name = counterpart(&own.join("/"), names)?;
        let (path, location) = file.beside(deep, &name)?;
        Some(Remedy {
            edits: Vec::new(),
            creates: vec![NewFile { path, location, text, follows: None }],
        })
    }
}

/// The name of the way back that belongs to the name of a way forward.
fn counterpart(up: &str, names: NewNames) -> Option<String> {
    let down = names.down?;
    let (up_head, up_tail) = ends(names.up)?;
    let (down_head, down_tail) = ends(down)?;
    let middle = up.strip_prefix(up_head)?.strip_suffix(up_tail)?;
    Some(format!("{down_head}{middle}{down_tail}"))
}

/// What stands before the version and behind the description.
fn ends(pattern: &str) -> Option<(&str, &str)> {
    let (head, rest) = pattern.split_once("{version}")?;
    let (_, tail) = rest.split_once("{description}")?;
    Some((head, tail))
}

fn has_concurrently(lines: &[UndoLine]) -> bool {
    lines.iter().any(|line| matches!(line, UndoLine::Statement(sql) if sql.contains(CONCURRENTLY)))
}

/// Where the way back runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    /// Where CONCURRENTLY is refused.
    InTransaction,
    /// By itself.
    Outside,
}

const CONCURRENTLY: &str = " CONCURRENTLY";

fn text_of(lines: &[UndoLine], words: Words) -> String {
    let mut text = String::new();
    for line in lines {
        match (line, words) {
            (UndoLine::Comment(comment), _) => text.push_str(&format!("-- {comment}\n")),
            (UndoLine::Statement(sql), Words::Outside) => text.push_str(&format!("{sql};\n")),
            (UndoLine::Statement(sql), Words::InTransaction) => {
                text.push_str(&format!("{};\n", sql.replacen(CONCURRENTLY, "", 1)));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_named_like_the_way_forward() {
        let names = |up, down| NewNames { up, down: Some(down), word_separator: '_' };
        let flyway = names("V{version}__{description}.sql", "U{version}__{description}.sql");
        assert_eq!(counterpart("V3__Orders.sql", flyway).as_deref(), Some("U3__Orders.sql"));
        let pairs = names("{version}_{description}.up.sql", "{version}_{description}.down.sql");
        assert_eq!(counterpart("0003_a.up.sql", pairs).as_deref(), Some("0003_a.down.sql"));
        assert_eq!(counterpart("0003_a.sql", pairs), None);
    }
}
