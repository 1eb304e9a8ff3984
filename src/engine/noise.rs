//! At most one availability finding per statement: the worst stays, the others become its
//! related places, unless they say the same of the same place.

use crate::finding::{Finding, Related};
use crate::migration::Direction;
use std::cmp::Reverse;
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

/// The statement of an availability finding; other findings never hide one another.
fn key(finding: &Finding) -> Option<StatementKey> {
    finding.hazard.rank()?;
    Some((finding.migration.clone(), finding.direction, finding.statement?))
}

fn join(kept: &mut Finding, mut other: Finding) {
    // Of two that are equally bad, the one that points closer says more.
    let worse = |finding: &Finding| {
        (Reverse(finding.severity), finding.hazard.rank(), finding.place.span.len())
    };
    if worse(&other) < worse(kept) {
        std::mem::swap(kept, &mut other);
    }
    if says_the_same(kept, &other) {
        return;
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

/// Whether the other finding tells of the same hazard, of no other relation, and of a place that
/// covers this one.
fn says_the_same(kept: &Finding, other: &Finding) -> bool {
    let (inner, outer) = (kept.place.span, other.place.span);
    kept.hazard == other.hazard
        && kept.place.file.path() == other.place.file.path()
        && outer.start <= inner.start
        && inner.end <= outer.end
        && other.relations.iter().all(|relation| kept.relations.contains(relation))
}
