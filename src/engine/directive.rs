//! The language of comments that speak to lockgate:
//! `allow(rule-id, rule-id) reason [until=YYYY-MM-DD]`, and `allow-file(…)` with the same rest.
//!
//! Front ends find such comments ([`Directive`]); here they are read. What they suppress is
//! decided in `suppress`.

use super::Day;
use crate::migration::Directive;
use crate::source::{SourceFile, Span};

/// A comment that allows findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Allow {
    /// What it reaches.
    pub reach: Reach,
    /// Ids of rules as written, at least one.
    pub rules: Vec<String>,
    /// Why, as written.
    pub reason: String,
    /// Last day on which it holds.
    pub until: Option<Day>,
}

/// What a comment reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The statement that it stands before or on.
    Statement,
    /// The whole file.
    File,
}

/// Why a comment allows nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    /// Neither `allow(…)` nor `allow-file(…)`.
    #[error("`{0}` is no word of lockgate")]
    Word(String),
    /// The list of rules is missing or not closed.
    #[error("no list of rules in parentheses")]
    NoList,
    /// The list is empty.
    #[error("no rule is named")]
    NoRule,
    /// Nothing is said after the list.
    #[error("no reason is given")]
    NoReason,
    /// `until=` with something that is no day.
    #[error("{0}")]
    BadDay(super::BadDay),
}

/// Reads what follows `lockgate:`.
pub(super) fn parse(text: &str) -> Result<Allow, Malformed> {
    let text = text.trim();
    let word_end = text.find(|c: char| c == '(' || c.is_whitespace()).unwrap_or(text.len());
    let (word, rest) = text.split_at(word_end);
    let reach = match word {
        "allow" => Reach::Statement,
        "allow-file" => Reach::File,
        other => return Err(Malformed::Word(other.to_owned())),
    };
    let list = rest.trim_start().strip_prefix('(').ok_or(Malformed::NoList)?;
    let (list, rest) = list.split_once(')').ok_or(Malformed::NoList)?;
    let ids = list.split(',').map(str::trim).filter(|id| !id.is_empty());
    let rules: Vec<String> = ids.map(str::to_owned).collect();
    if rules.is_empty() {
        return Err(Malformed::NoRule);
    }
    let (reason, until) = split_until(rest.trim())?;
    if !reason.contains(char::is_alphanumeric) {
        return Err(Malformed::NoReason);
    }
    Ok(Allow { reach, rules, reason: reason.to_owned(), until })
}

/// Takes a last word `until=…` off the reason; brackets around it are allowed.
fn split_until(rest: &str) -> Result<(&str, Option<Day>), Malformed> {
    let at = rest.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (before, last) = rest.split_at(at);
    let bare = last.trim_matches(['[', ']']);
    match bare.strip_prefix("until=") {
        Some(day) => Ok((before.trim(), Some(day.parse().map_err(Malformed::BadDay)?))),
        None => Ok((rest, None)),
    }
}

/// Comments for lockgate at a file's head that lie before `end`, where the part of the file begins
/// that front ends see (a layout's first marker).
pub(super) fn at_head(file: &SourceFile, end: usize) -> Vec<Directive> {
    let mut found = Vec::new();
    let mut at = file.content_start();
    for line in file.slice(Span::new(at, end)).split_inclusive('\n') {
        let bare = line.trim();
        if !bare.is_empty() && !bare.starts_with("--") {
            break;
        }
        let indent = line.len() - line.trim_start().len();
        let comment = bare.trim_start_matches('-').trim_start();
        if let Some(text) = comment.strip_prefix("lockgate:") {
            let start = at + indent;
            found.push(Directive {
                span: Span::new(start, start + bare.len()),
                text: text.trim().to_owned(),
                statement: Some(0),
                at_head: true,
            });
        }
        at += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_reason_and_day_are_told_apart() {
        let allow =
            parse("allow(drop-table, drop-column) archive moved, ticket 47 until=2027-01-31");
        let until = Day::new(2027, 1, 31);
        let rules = vec!["drop-table".to_owned(), "drop-column".to_owned()];
        let reason = "archive moved, ticket 47".to_owned();
        assert_eq!(allow, Ok(Allow { reach: Reach::Statement, rules, reason, until }));
    }

    #[test]
    fn a_file_is_allowed_by_its_own_word_and_brackets_do_not_matter() {
        let allow = parse("allow-file( drop-table )  seeded [until=2027-01-31]");
        let until = Day::new(2027, 1, 31);
        let rules = vec!["drop-table".to_owned()];
        let reason = "seeded".to_owned();
        assert_eq!(allow, Ok(Allow { reach: Reach::File, rules, reason, until }));
    }

    #[test]
    fn what_is_missing_is_said() {
        assert_eq!(parse("allow(drop-table)"), Err(Malformed::NoReason));
        assert_eq!(parse("allow(drop-table) --"), Err(Malformed::NoReason));
        assert_eq!(parse("allow(drop-table) until=2027-01-31"), Err(Malformed::NoReason));
        assert_eq!(parse("allow() because"), Err(Malformed::NoRule));
        assert_eq!(parse("allow drop-table because"), Err(Malformed::NoList));
        assert_eq!(parse("allow(drop-table because"), Err(Malformed::NoList));
        assert_eq!(parse("ignore(drop-table) why"), Err(Malformed::Word("ignore".to_owned())));
        assert!(matches!(parse("allow(drop-table) x until=soon"), Err(Malformed::BadDay(_))));
    }

    #[test]
    fn comments_before_the_first_marker_are_found() {
        let text = "\u{feff}-- shop\r\n  -- lockgate: allow-file(drop-table) gone\r\n\r\n-- migrate:up\nDROP TABLE a;";
        let file = SourceFile::new("a.sql", text);
        let end = text.find("-- migrate").map_or(0, |at| at);
        let found = at_head(&file, end);
        let shown: Vec<&str> = found.iter().map(|found| file.slice(found.span)).collect();
        assert_eq!(shown, ["-- lockgate: allow-file(drop-table) gone"]);
        assert!(at_head(&SourceFile::new("b.sql", "SELECT 1;\n-- lockgate: allow"), 40).is_empty());
    }
}
