//! The list of rules: one line per rule makes its module, its entry and the include of its page.

use crate::rule::{Rule, RuleMeta};

/// A rule as the list knows it.
pub struct Registered {
    /// Its id: names the hazard, never changes meaning.
    pub id: &'static str,
    /// What it says of itself.
    pub meta: &'static RuleMeta,
    /// Its page, the only prose about it.
    pub page: &'static str,
    /// Makes the rule from its options.
    pub build: fn(toml::Table) -> Result<Box<dyn Rule>, toml::de::Error>,
}

fn build<R: Rule + serde::de::DeserializeOwned + 'static>(
    options: toml::Table,
) -> Result<Box<dyn Rule>, toml::de::Error> {
    let rule: R = options.try_into()?;
    Ok(Box::new(rule))
}

/// Makes modules, entries and page includes of lines `"rule-id" => module,`.
macro_rules! rules {
    ($($id:literal => $module:ident,)*) => {
        $(mod $module;)*

        /// Every rule, in the order of their ids.
        pub static ALL: &[Registered] = &[$(Registered {
            id: $id,
            meta: &$module::META,
            page: include_str!(concat!("../../rules/", $id, ".md")),
            build: build::<$module::Check>,
        },)*];
    };
}

rules! {
    "drop-table" => drop_table,
    "non-concurrent-index" => non_concurrent_index,
    "suppression-without-reason" => suppression_without_reason,
    "unknown-rule" => unknown_rule,
    "unused-suppression" => unused_suppression,
}

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Registered> {
    ALL.iter().find(|rule| rule.id == id)
}
