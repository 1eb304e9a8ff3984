//! Which fixes are applied in one round: each whole, none in another's way.

use crate::finding::{Applicability, Finding, Fix};
use crate::migration::Dialect;
use crate::source::Span;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

/// What a fix is known by from one round to the next: its rule, its file, its headline.
pub type Key = (&'static str, String, String);

/// The key of a finding.
pub fn key(finding: &Finding) -> Key {
    (finding.rule, finding.place.file.path().to_owned(), finding.message.clone())
}

/// What may be chosen.
pub struct Choice<'a> {
    /// The least sure fix that is taken.
    pub least: Applicability,
    /// Locations of files that may be edited, those of judged migrations, and the dialects in which
    /// they are read: a fix has to hold in each.
    pub editable: &'a HashMap<PathBuf, BTreeSet<Dialect>>,
    /// Locations of files that are there; none of them is made.
    pub exists: &'a dyn Fn(&std::path::Path) -> bool,
    /// Findings whose fix did not do what it is for.
    pub rejected: &'a BTreeSet<Key>,
}

/// Findings whose fixes are applied together: the worst first, because what mends them often takes
/// the smaller ones along; else in the order of the report.
///
/// What one fix assumes of a migration (that a statement is alone, that a transaction is open)
/// another may change, so of those that are not safe each migration gets one in a round.
pub fn choose<'f>(findings: &'f [Finding], choice: &Choice<'_>) -> Vec<&'f Finding> {
    let mut taken = Taken::default();
    let fixable = findings.iter().filter_map(|finding| Some((finding, finding.fix.as_ref()?)));
    let mut fixable: Vec<(&Finding, &Fix)> = fixable.collect();
    fixable.sort_by_key(|(finding, _)| std::cmp::Reverse(finding.severity));
    fixable
        .into_iter()
        .filter(|(finding, fix)| choice.allows(finding, fix) && taken.take(finding, fix))
        .map(|(finding, _)| finding)
        .collect()
}

impl Choice<'_> {
    fn allows(&self, finding: &Finding, fix: &Fix) -> bool {
        let may_edit = |location: Option<&std::path::Path>| {
            let read = location.and_then(|at| self.editable.get(at));
            read.is_some_and(|read| read.iter().all(|one| finding.dialects.contains(one)))
        };
        fix.applicability >= self.least
            && fix.applicability != Applicability::Display
            && !self.rejected.contains(&key(finding))
            && fix.edits.iter().all(|edit| may_edit(edit.place.file.location()))
            && may_edit(finding.place.file.location())
            && !fix.creates.iter().any(|new| (self.exists)(&new.location))
    }
}

#[derive(Default)]
struct Taken {
    spans: Vec<(PathBuf, Span)>,
    made: HashSet<PathBuf>,
    migrations: HashSet<(String, Option<String>)>,
}

impl Taken {
    /// Takes the fix unless it is in the way of one that was taken.
    fn take(&mut self, finding: &Finding, fix: &Fix) -> bool {
        let migration = (finding.project.clone(), finding.migration.clone());
        let alone = fix.applicability != Applicability::Safe;
        let mut spans = Vec::with_capacity(fix.edits.len());
        for edit in &fix.edits {
            let Some(location) = edit.place.file.location() else { return false };
            spans.push((location.to_owned(), edit.place.span));
        }
        let meets = |(file, span): &(PathBuf, Span)| {
            self.spans.iter().any(|(other, taken)| file == other && touch(*span, *taken))
        };
        if spans.iter().any(meets)
            || fix.creates.iter().any(|new| self.made.contains(&new.location))
            || (alone && self.migrations.contains(&migration))
        {
            return false;
        }
        self.spans.extend(spans);
        self.made.extend(fix.creates.iter().map(|new| new.location.clone()));
        if alone {
            self.migrations.insert(migration);
        }
        true
    }
}

/// Whether two edits overlap or begin at one place, where their order would be chance.
fn touch(a: Span, b: Span) -> bool {
    a.start == b.start || (a.start < b.end && b.start < a.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_touch_where_their_order_matters() {
        let span = Span::new;
        assert!(touch(span(0, 5), span(4, 9)));
        assert!(touch(span(3, 3), span(3, 3)));
        assert!(touch(span(3, 3), span(0, 9)));
        assert!(!touch(span(0, 5), span(5, 9)));
        assert!(!touch(span(0, 5), span(5, 5)));
    }
}
