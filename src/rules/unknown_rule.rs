//! `unknown-rule`: a comment names a rule that does not exist.
//!
//! It finds comments that allow a rule that does not exist; judged in `engine::suppress`. Here it has its metadata, its page and
//! its switch.

use crate::finding::{Category, Severity};
use crate::migration::Dialect;
use crate::rule::{BOTH, FixKind, Rule, RuleMeta};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a comment names a rule that does not exist",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {}
