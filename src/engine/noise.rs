//! At most one availability finding per statement: the worst stays, the others become its
//! related places.

use crate::finding::{Finding, Related};
use crate::migration::Direction;
use std::collections::HashMap;

type StatementKey = (Option<String>, Option<Direction>, usize);

/// Merges availability findings of one statement into the worst of them.
pub(super) fn thin_out(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut worst: HashMap<StatementKey, usize> = HashMap::new();
    for finding in findings {
        let Some(key) = key(&finding) else {
            kept.push(finding);
            continue;
        };
        let Some(at) = worst.get(&key).copied() else {
            worst.insert(key, kept.len());
            kept.push(finding);
            continue;
        };
        if let Some(other) = kept.get_mut(at) {
            join(other, finding);
        }
    }
    kept
}

/// The statement of an availability finding; other findings never hide one another, and neither
/// do two that are equally bad.
fn key(finding: &Finding) -> Option<StatementKey> {
    finding.hazard.rank()?;
    Some((finding.migration.clone(), finding.direction, finding.statement?))
}

fn join(kept: &mut Finding, mut other: Finding) {
    let worse = |finding: &Finding| {
        (std::cmp::Reverse(finding.severity), finding.hazard.rank(), finding.place.span.start)
    };
    if worse(&other) < worse(kept) {
        std::mem::swap(kept, &mut other);
    }
    for relation in other.relations {
        if !kept.relations.contains(&relation) {
            kept.relations.push(relation);
        }
    }
    let message = format!("also {}: {}", other.rule, other.message);
    kept.related.push(Related { place: other.place, message });
    kept.related.extend(other.related);
}
