//! `suppression-without-reason`: a comment for lockgate names no rule or no reason.
//!
//! It finds comments for lockgate that cannot be read or give no reason; judged in `engine::suppress`. Here it has its metadata, its page and
//! its switch.

use crate::finding::{Category, Severity};
use crate::migration::Dialect;
use crate::rule::{BOTH, FixKind, Rule, RuleMeta};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a comment for lockgate names no rule or no reason",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {}
