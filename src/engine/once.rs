//! Drops what a rule has said already, where it wants to say it once.

use crate::finding::Finding;
use crate::migration::Direction;
use crate::rule::{Once, Said};
use std::collections::HashSet;

/// A rule, and the migration and direction that it spoke of.
type Script = (&'static str, Option<String>, Option<Direction>);

/// What is left, in the order in which it was said.
pub(super) fn heard(mut said: Vec<Said>) -> Vec<Finding> {
    let chosen = |said: &&Said| said.once != Once::Everywhere;
    let brief: HashSet<&str> = said.iter().filter(chosen).map(|said| said.finding.rule).collect();
    let mut rules: HashSet<&'static str> = HashSet::new();
    let mut scripts: HashSet<Script> = HashSet::new();
    said.retain(|Said { finding, once }| {
        if !brief.contains(finding.rule) {
            return true;
        }
        let script = (finding.rule, finding.migration.clone(), finding.direction);
        let is_known = match once {
            Once::Everywhere => false,
            Once::PerScript => scripts.contains(&script),
            Once::PerProject => rules.contains(finding.rule),
        };
        if !is_known {
            rules.insert(finding.rule);
            scripts.insert(script);
        }
        !is_known
    });
    said.into_iter().map(|said| said.finding).collect()
}
