//! What fixes make of files, in memory: each file once, with what it was and what it becomes.

use crate::finding::{Edit, Fix};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The file as printed.
    pub path: String,
    /// Its text as it was read, byte order mark included; `None` for a file that is made.
    pub before: Option<String>,
    /// Its text afterwards.
    pub after: String,
    /// The migration that a new one comes right after, where a list says the order.
    pub follows: Option<String>,
}

/// Changed files by their location.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes(BTreeMap<PathBuf, Change>);

impl Changes {
    /// Changed files in the order of their locations.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &Change)> {
        self.0.iter().map(|(location, change)| (location.as_path(), change))
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the file is among them.
    pub fn touches(&self, location: &Path) -> bool {
        self.0.contains_key(location)
    }

    /// All texts as they become.
    pub fn texts(&self) -> BTreeMap<PathBuf, String> {
        let texts = self.0.iter();
        texts.map(|(location, change)| (location.clone(), change.after.clone())).collect()
    }

    /// Another text for a file, whatever it becomes now; `before` is what it is on disk.
    pub fn put(&mut self, location: PathBuf, path: String, before: String, after: String) {
        if before == after {
            self.0.remove(&location);
            return;
        }
        self.0.insert(location, Change { path, before: Some(before), after, follows: None });
    }

    /// These changes and those of the fixes, whose edits are of the texts as they became; `None`
    /// where edits overlap, lie outside of a file, or are of text that is no file.
    pub fn with<'f>(&self, fixes: impl IntoIterator<Item = &'f Fix>) -> Option<Self> {
        let mut next = self.clone();
        let mut edits: BTreeMap<PathBuf, Vec<&Edit>> = BTreeMap::new();
        for fix in fixes {
            for edit in &fix.edits {
                let location = edit.place.file.location()?.to_owned();
                edits.entry(location).or_default().push(edit);
            }
            let returns = fix.edits.iter().any(|edit| has_returns(edit.place.file.text()));
            for new in &fix.creates {
                let after = if returns { with_returns(&new.text) } else { new.text.clone() };
                let follows = new.follows.clone();
                let change = Change { path: new.path.clone(), before: None, after, follows };
                if next.0.insert(new.location.clone(), change).is_some() {
                    return None;
                }
            }
        }
        for (location, edits) in edits {
            next.edit(location, &edits)?;
        }
        next.0.retain(|_, change| change.before.as_ref() != Some(&change.after));
        Some(next)
    }

    fn edit(&mut self, location: PathBuf, edits: &[&Edit]) -> Option<()> {
        let file = &edits.first()?.place.file;
        let after = edited(file.text(), edits.iter().copied())?;
        match self.0.get_mut(&location) {
            Some(change) => change.after = after,
            None => {
                let before = Some(file.text().to_owned());
                let path = file.path().to_owned();
                self.0.insert(location, Change { path, before, after, follows: None });
            }
        }
        Some(())
    }
}

/// The text after the edits, in the line ends of the text; `None` where they overlap or do not
/// fit.
pub fn edited<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> Option<String> {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| edit.place.span);
    let returns = has_returns(text);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let span = edit.place.span;
        // What lies before the end of the last edit would be an overlap, and gives no slice.
        out.push_str(text.get(at..span.start)?);
        match returns {
            true => out.push_str(&with_returns(&edit.text)),
            false => out.push_str(&edit.text),
        }
        at = span.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

/// Whether lines end in a carriage return and a line feed: the first one tells.
fn has_returns(text: &str) -> bool {
    text.find('\n').is_some_and(|at| text.get(..at).is_some_and(|line| line.ends_with('\r')))
}

fn with_returns(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Applicability, NewFile};
    use crate::source::{Place, SourceFile, Span};
    use std::sync::Arc;

    fn file(text: &str) -> Arc<SourceFile> {
        Arc::new(SourceFile::new("1.sql", text).located(Path::new("/shop/1.sql")))
    }

    fn edit(file: &Arc<SourceFile>, start: usize, end: usize, text: &str) -> Edit {
        let place = Place { file: Arc::clone(file), span: Span::new(start, end) };
        Edit { place, text: text.to_owned() }
    }

    fn fix(edits: Vec<Edit>, creates: Vec<NewFile>) -> Fix {
        let message = "tidy up".to_owned();
        Fix { applicability: Applicability::Safe, message, edits, creates }
    }

    #[test]
    fn edits_keep_line_ends_and_byte_order_mark() {
        let file = file("\u{feff}SELECT 1;\r\nSELECT 2;\r\n");
        let edits = [edit(&file, 14, 14, "SELECT 3;\nSELECT 4;\n"), edit(&file, 3, 9, "VALUES")];
        let expected = "\u{feff}VALUES 1;\r\nSELECT 3;\r\nSELECT 4;\r\nSELECT 2;\r\n";
        assert_eq!(edited(file.text(), &edits).as_deref(), Some(expected));
    }

    #[test]
    fn overlapping_edits_and_edits_outside_are_refused() {
        let file = file("SELECT 1;");
        let overlap = [edit(&file, 0, 6, "a"), edit(&file, 5, 7, "b")];
        assert_eq!(edited(file.text(), &overlap), None);
        assert_eq!(edited(file.text(), &[edit(&file, 0, 99, "a")]), None);
    }

    #[test]
    fn a_new_file_has_the_line_ends_of_the_edited_one_and_nothing_is_made_twice() {
        let file = file("SELECT 1;\r\n");
        let new = || NewFile {
            path: "2.sql".to_owned(),
            location: "/shop/2.sql".into(),
            text: "SELECT 2;\n".to_owned(),
            follows: None,
        };
        let fix = fix(vec![edit(&file, 0, 0, "-- one\n")], vec![new()]);
        let changes = Changes::default().with([&fix]).unwrap();
        let shown: Vec<_> = changes.iter().map(|(_, one)| one.after.as_str()).collect();
        assert_eq!(shown, ["-- one\r\nSELECT 1;\r\n", "SELECT 2;\r\n"]);
        assert_eq!(changes.with([&fix]), None);
    }

    #[test]
    fn a_change_that_is_taken_back_is_none() {
        let first = file("SELECT 1;\n");
        let once = Changes::default().with([&fix(vec![edit(&first, 0, 6, "VALUES")], vec![])]);
        let once = once.unwrap();
        let then = file("VALUES 1;\n");
        let back = once.with([&fix(vec![edit(&then, 0, 6, "SELECT")], vec![])]).unwrap();
        assert!(back.is_empty());
    }

    #[test]
    fn text_without_a_file_is_not_edited() {
        let stdin = Arc::new(SourceFile::new("-", "SELECT 1;"));
        assert_eq!(Changes::default().with([&fix(vec![edit(&stdin, 0, 6, "x")], vec![])]), None);
    }
}
