//! `--only` and `--skip`: which rules a run is about, by their ids and categories.

use super::rules::CATEGORIES;
use crate::finding::Category;
use crate::rules::{self, Registered};
use crate::suggest::nearest;
use std::str::FromStr;

/// Findings about what was not understood: hidden by their own ids alone, so that no selection of
/// others makes a run look safe.
const NEVER_SILENT: [&str; 2] = ["opaque-statement", "unparsed-statement"];

/// A rule, or all rules of a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selector {
    /// One rule, by its id.
    Rule(&'static str),
    /// All rules of a category.
    Category(Category),
}

/// A name that is neither.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{name}\" is neither a rule nor a category{}", self.hint())]
pub struct UnknownSelector {
    name: String,
    near: Option<&'static str>,
}

impl UnknownSelector {
    fn hint(&self) -> String {
        self.near.map_or_else(
            || "; lockgate rules lists them".to_owned(),
            |near| format!("; did you mean {near}?"),
        )
    }
}

impl FromStr for Selector {
    type Err = UnknownSelector;

    fn from_str(name: &str) -> Result<Self, UnknownSelector> {
        let name = name.trim();
        if let Some(category) = CATEGORIES.into_iter().find(|category| category.as_str() == name) {
            return Ok(Self::Category(category));
        }
        if let Some(rule) = rules::find(name) {
            return Ok(Self::Rule(rule.id));
        }
        let known = rules::ALL.iter().map(|rule| rule.id);
        let near = nearest(name, known.chain(CATEGORIES.map(Category::as_str)));
        Err(UnknownSelector { name: name.to_owned(), near })
    }
}

impl Selector {
    fn takes(self, rule: &Registered) -> bool {
        match self {
            Self::Rule(id) => rule.id == id,
            Self::Category(category) => rule.meta.category == category,
        }
    }
}

/// What a run is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// These alone; empty means all that are on.
    pub only: Vec<Selector>,
    /// Not these.
    pub skip: Vec<Selector>,
}

/// What a selection says of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// It does not run.
    Out,
    /// It runs if it is on.
    Open,
    /// It was asked for by name, and runs although it is off by default.
    Wanted,
}

impl Selection {
    /// Whether the rule runs.
    pub(super) fn choice(&self, rule: &Registered) -> Choice {
        let takes = |selectors: &[Selector]| selectors.iter().any(|one| one.takes(rule));
        let is_core = NEVER_SILENT.contains(&rule.id);
        if is_core && !self.skip.contains(&Selector::Rule(rule.id)) {
            return Choice::Open;
        }
        if takes(&self.skip) {
            return Choice::Out;
        }
        match (self.only.is_empty(), takes(&self.only)) {
            (true, _) => Choice::Open,
            (false, true) => Choice::Wanted,
            (false, false) => Choice::Out,
        }
    }
}
