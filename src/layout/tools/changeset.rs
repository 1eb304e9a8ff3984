//! Changesets of a changelog in Liquibase's formatted SQL.

use crate::layout::layout_trait::Entry;
use crate::layout::project::Draft;
use crate::migration::{Direction, ScriptSource, TransactionMode};
use crate::source::{MappedText, SourceFile, Span};
use std::sync::Arc;

/// A changeset as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changeset {
    author: String,
    id: String,
    options: Vec<(String, String)>,
    /// The lines below its head.
    body: Span,
}

/// Whether the first line says that the file is a changelog.
pub(super) fn is_formatted(text: &str) -> bool {
    let first = text.trim_start_matches('\u{feff}').trim_start().lines().next().unwrap_or("");
    let words = comment(first).map(str::to_ascii_lowercase).unwrap_or_default();
    words.split_whitespace().take(3).eq(["liquibase", "formatted", "sql"])
}

/// The words of a comment line.
fn comment(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("--").map(str::trim)
}

/// What follows a keyword at the beginning of a comment line.
fn directive<'l>(line: &'l str, keyword: &str) -> Option<&'l str> {
    let words = comment(line)?;
    let (word, rest) = words.split_at_checked(keyword.len())?;
    let ends = rest.is_empty() || rest.starts_with([' ', '\t', ':']);
    (word.eq_ignore_ascii_case(keyword) && ends).then(|| rest.trim_start_matches([' ', '\t', ':']))
}

/// All changesets of a file, in its order.
pub(super) fn read(file: &SourceFile) -> Vec<Changeset> {
    let mut sets: Vec<Changeset> = Vec::new();
    let mut at = 0;
    for line in file.text().split_inclusive('\n') {
        let end = at + line.len();
        if let Some(set) = directive(line.trim_end(), "changeset").and_then(|head| parse(head, end))
        {
            sets.push(set);
        } else if let Some(last) = sets.last_mut() {
            last.body.end = end;
        }
        at = end;
    }
    sets
}

/// `author:id key:value…`; author and values may be quoted.
fn parse(head: &str, start: usize) -> Option<Changeset> {
    let words = words(head);
    let (author, id) = words.first()?.split_once(':')?;
    let options = words.iter().skip(1).filter_map(|word| word.split_once(':'));
    let options = options.map(|(key, value)| (key.to_ascii_lowercase(), value.to_owned()));
    Some(Changeset {
        author: author.to_owned(),
        id: id.to_owned(),
        options: options.collect(),
        body: Span::new(start, start),
    })
}

/// Words between blanks; quotes hold them together and are left out.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c.is_whitespace() => words.push(String::new()),
            _ => words.last_mut().map_or((), |word| word.push(c)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

impl Changeset {
    /// The value of an attribute.
    pub fn option(&self, key: &str) -> Option<&str> {
        let key = key.to_ascii_lowercase();
        let mut found = self.options.iter().filter(|(known, _)| *known == key);
        found.next().map(|(_, value)| value.as_str())
    }

    fn is_set(&self, key: &str) -> bool {
        self.option(key).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The changeset as a draft.
    pub fn draft(&self, entry: &Entry, file: &Arc<SourceFile>) -> Draft {
        let leaves = self
            .option("runInTransaction")
            .is_some_and(|value| value.eq_ignore_ascii_case("false"));
        let transaction =
            if leaves { TransactionMode::Autocommit } else { TransactionMode::PerScript };
        let script =
            |text, direction| ScriptSource { file: Arc::clone(file), text, direction, transaction };
        let mut draft = entry.draft_of(&[file.path()]);
        draft.id = format!("{}:{}", self.author, self.id);
        draft.description = self.id.clone();
        draft.reruns = self.is_set("runOnChange") || self.is_set("runAlways");
        draft.up = Some(script(self.forward(file), Direction::Up));
        draft.down = self.back(file).map(|text| script(text, Direction::Down));
        draft
    }

    /// The way forward; its rollback lines are comments. A delimiter of its own at a line's end
    /// becomes a semicolon.
    fn forward(&self, file: &SourceFile) -> MappedText {
        let text = MappedText::verbatim(file, self.body);
        let Some(delimiter) = self.option("endDelimiter").filter(|word| is_other(word)) else {
            return text;
        };
        let semicolon = format!(";{}", " ".repeat(delimiter.len() - 1));
        let lines = text.text().split_inclusive('\n').map(|line| {
            let bare = line.trim_end();
            match bare.strip_suffix(delimiter) {
                Some(before) => {
                    format!("{before}{semicolon}{}", line.get(bare.len()..).unwrap_or(""))
                }
                None => line.to_owned(),
            }
        });
        let replaced: String = lines.collect();
        text.with_equal_text(replaced)
    }

    /// The way back; `None` where none is written, empty where it is said that none is needed.
    fn back(&self, file: &SourceFile) -> Option<MappedText> {
        let mut text = MappedText::default();
        let mut found = false;
        let mut inside = false;
        let mut at = self.body.start;
        for line in file.slice(self.body).split_inclusive('\n') {
            let span = Span::new(at, at + line.len());
            at = span.end;
            if inside {
                inside = !line.contains("*/");
                let end = line.find("*/").unwrap_or(line.len());
                push(&mut text, file, Span::new(span.start, span.start + end));
            } else if opens_rollback(line) {
                found = true;
                inside = !line.contains("*/");
            } else if let Some(sql) = directive(line.trim_end(), "rollback") {
                found = true;
                let start = line.find(sql).filter(|_| !sql.is_empty()).unwrap_or(line.len());
                if !matches!(
                    sql.to_ascii_lowercase().trim_end_matches(';'),
                    "empty" | "not required"
                ) {
                    push(&mut text, file, Span::new(span.start + start, span.end));
                }
            }
        }
        found.then_some(text)
    }
}

fn push(text: &mut MappedText, file: &SourceFile, span: Span) {
    text.push(file.slice(span), span);
}

/// A delimiter that our scanner would not cut at; patterns are left alone.
fn is_other(delimiter: &str) -> bool {
    !delimiter.is_empty() && delimiter != ";" && !delimiter.contains(['\\', '|', '[', '('])
}

fn opens_rollback(line: &str) -> bool {
    let bare = line.trim_start().to_ascii_lowercase();
    let words = bare.strip_prefix("/*").map(str::trim_start).unwrap_or("");
    let words = words.strip_prefix("liquibase").map(str::trim_start).unwrap_or("");
    words.starts_with("rollback")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(text: &str) -> (SourceFile, Vec<Changeset>) {
        let file = SourceFile::new("a.sql", text);
        let sets = read(&file);
        (file, sets)
    }

    #[test]
    fn heads_with_quotes_and_attributes() {
        let (_, sets) = sets(
            "--liquibase formatted sql\n-- changeset \"Ada L\":7 dbms:postgresql,h2 runInTransaction:false\nSELECT 1;\n",
        );
        let [set] = &sets[..] else { panic!("{sets:?}") };
        assert_eq!((set.author.as_str(), set.id.as_str()), ("Ada L", "7"));
        assert_eq!(set.option("dbms"), Some("postgresql,h2"));
        assert_eq!(set.option("runintransaction"), Some("false"));
    }

    #[test]
    fn ways_back_in_lines_and_blocks() {
        let text = "--changeset a:1\nSELECT 1;\n--rollback DROP TABLE a;\n--rollback DROP TABLE b;\n\
                    --changeset a:2\nSELECT 2;\n/* liquibase rollback\nDROP TABLE c;\n*/\n\
                    --changeset a:3\nSELECT 3;\n--rollback empty\n--changeset a:4\nSELECT 4;\n";
        let (file, sets) = sets(text);
        let back = |at: usize| sets[at].back(&file).map(|text| text.text().trim().to_owned());
        assert_eq!(back(0).as_deref(), Some("DROP TABLE a;\nDROP TABLE b;"));
        assert_eq!(back(1).as_deref(), Some("DROP TABLE c;"));
        assert_eq!(back(2).as_deref(), Some(""));
        assert_eq!(back(3), None);
    }

    #[test]
    fn another_delimiter_becomes_a_semicolon_of_equal_length() {
        let (file, sets) = sets("--changeset a:1 endDelimiter://\nSELECT 1 //\nSELECT 2//\n");
        assert_eq!(sets[0].forward(&file).text(), "SELECT 1 ; \nSELECT 2; \n");
    }
}
