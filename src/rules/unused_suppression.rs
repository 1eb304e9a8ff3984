//! `unused-suppression`: a suppression suppresses nothing.
//!
//! It finds `lockgate: allow(…)` comments and `[[allow]]` entries that match nothing, or whose last day is over; judged in `engine::suppress`. Here it has its metadata, its page and
//! its switch.

use crate::finding::{Category, Severity};
use crate::migration::Dialect;
use crate::rule::{BOTH, FixKind, Rule, RuleMeta};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a suppression suppresses nothing",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::Safe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {}
