//! Typed access to a TOML document that remembers where every key and value stands.
//!
//! Each access either gives a value or notes a mistake; reading goes on, so that one run shows all
//! mistakes of a file.

use super::ConfigError;
use crate::engine::Day;
use crate::source::{Place, SourceFile, Span};
use crate::suggest::nearest;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value with its place.
pub(super) type Node<'d> = Spanned<DeValue<'d>>;

/// A file that is being read, and what was found wrong with it.
pub(super) struct Reader<'f> {
    file: &'f Arc<SourceFile>,
    /// Offset in the file of the text that was parsed.
    base: usize,
    errors: Vec<ConfigError>,
}

impl<'f> Reader<'f> {
    /// A reader that points into `file`.
    pub fn new(file: &'f Arc<SourceFile>) -> Self {
        Self { file, base: file.content_start(), errors: Vec::new() }
    }

    /// The mistakes in the order of the file.
    pub fn into_errors(mut self) -> Vec<ConfigError> {
        self.errors.sort_by_key(|error| error.place.span);
        self.errors
    }

    /// The place of a range of the file.
    pub fn place(&self, range: Range<usize>) -> Place {
        Place {
            file: Arc::clone(self.file),
            span: Span::new(range.start, range.end).shift(self.base),
        }
    }

    /// Notes a mistake.
    pub fn error(&mut self, range: Range<usize>, message: impl Into<String>, help: Option<String>) {
        let place = self.place(range);
        self.errors.push(ConfigError { place, message: message.into(), help });
    }

    /// Notes a name that is none of `known`.
    pub fn unknown(&mut self, range: Range<usize>, what: &str, name: &str, known: &[&str]) {
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("known are {}", known.join(", ")),
        };
        self.error(range, format!("unknown {what} \"{name}\""), Some(help));
    }

    /// Notes every key that is none of `known`.
    pub fn check_keys(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for key in table.keys() {
            if !known.contains(&key.get_ref().as_ref()) {
                self.unknown(key.span(), "key", key.get_ref(), known);
            }
        }
    }

    /// The string at `key`.
    pub fn string<'d>(
        &mut self,
        table: &'d DeTable<'_>,
        key: &str,
    ) -> Option<(&'d str, Range<usize>)> {
        let node = table.get(key)?;
        match node.get_ref() {
            DeValue::String(text) => Some((text.as_ref(), node.span())),
            _ => self.wrong(node, key, "a string"),
        }
    }

    /// A string at `key` that `parse` understands.
    pub fn parsed<T, E: ToString>(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let (text, range) = self.string(table, key)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.error(range, error.to_string(), None);
                None
            }
        }
    }

    /// One of `choices` at `key`.
    pub fn choice<T: Copy>(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let node = table.get(key)?;
        self.choice_of(node, key, choices)
    }

    /// One of `choices` as a value of `what`.
    pub fn choice_of<T: Copy>(
        &mut self,
        node: &Node<'_>,
        what: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let DeValue::String(text) = node.get_ref() else {
            return self.wrong(node, what, &format!("one of {}", names.join(", ")));
        };
        let found = choices.iter().find(|(name, _)| name == text).map(|(_, value)| *value);
        if found.is_none() {
            self.unknown(node.span(), what, text, &names);
        }
        found
    }

    /// Strings at `key`, each with its place; a single string counts as a list of one.
    pub fn strings<'d>(
        &mut self,
        table: &'d DeTable<'_>,
        key: &str,
    ) -> Vec<(&'d str, Range<usize>)> {
        let Some(node) = table.get(key) else { return Vec::new() };
        let items = match node.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![node],
        };
        let mut strings = Vec::with_capacity(items.len());
        for item in items {
            match item.get_ref() {
                DeValue::String(text) => strings.push((text.as_ref(), item.span())),
                _ => {
                    self.wrong::<()>(item, key, "a string or a list of strings");
                }
            }
        }
        strings
    }

    /// A day at `key`: a TOML date, or a string.
    pub fn day(&mut self, table: &DeTable<'_>, key: &str) -> Option<Day> {
        let node = table.get(key)?;
        let day = match node.get_ref() {
            DeValue::Datetime(moment) => {
                moment.date.and_then(|date| Day::new(date.year, date.month, date.day))
            }
            DeValue::String(text) => text.parse().ok(),
            _ => None,
        };
        day.or_else(|| self.wrong(node, key, "a day such as 2027-01-31"))
    }

    /// The table at `key` with its place.
    pub fn table<'d, 'i>(
        &mut self,
        table: &'d DeTable<'i>,
        key: &str,
    ) -> Option<(&'d DeTable<'i>, Range<usize>)> {
        let node = table.get(key)?;
        match node.get_ref() {
            DeValue::Table(inner) => Some((inner, node.span())),
            _ => self.wrong(node, key, "a table"),
        }
    }

    /// The tables of `[[key]]` with their places.
    pub fn tables<'d, 'i>(
        &mut self,
        table: &'d DeTable<'i>,
        key: &str,
    ) -> Vec<(&'d DeTable<'i>, Range<usize>)> {
        let Some(node) = table.get(key) else { return Vec::new() };
        let DeValue::Array(items) = node.get_ref() else {
            self.wrong::<()>(node, key, &format!("a list of tables: [[{key}]]"));
            return Vec::new();
        };
        let mut tables = Vec::with_capacity(items.len());
        for item in items.iter() {
            match item.get_ref() {
                DeValue::Table(inner) => tables.push((inner, item.span())),
                _ => {
                    self.wrong::<()>(item, key, &format!("a list of tables: [[{key}]]"));
                }
            }
        }
        tables
    }

    fn wrong<T>(&mut self, node: &Node<'_>, key: &str, expected: &str) -> Option<T> {
        let found = node.get_ref().type_str();
        self.error(
            node.span(),
            format!("{key} must be {expected}, not a value of type {found}"),
            None,
        );
        None
    }
}
