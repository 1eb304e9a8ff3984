//! `stale-baseline`: findings of the baseline are gone.
//!
//! It is judged in `engine::baseline`. Here it has its metadata, its page and its switch.

use crate::finding::{Category, Severity};
use crate::migration::Dialect;
use crate::rule::{BOTH, FixKind, Rule, RuleMeta};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "findings of the baseline are gone",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {}
