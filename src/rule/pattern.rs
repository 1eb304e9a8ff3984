//! Regular expressions of the configuration that names are held against.

use regex::Regex;

/// A regular expression; empty matches all names.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(Option<Regex>);

impl Pattern {
    /// The expression, where the name does not match it.
    pub fn refuses(&self, name: &str) -> Option<&Regex> {
        self.0.as_ref().filter(|regex| !regex.is_match(name))
    }
}

impl TryFrom<String> for Pattern {
    type Error = regex::Error;

    fn try_from(text: String) -> Result<Self, regex::Error> {
        Ok(Self(if text.is_empty() { None } else { Some(Regex::new(&text)?) }))
    }
}
