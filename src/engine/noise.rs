//! At most one availability finding per statement: the worst stays, the others become its
//! related places, unless they say the same of the same place. What is said of several statements
//! of one block in the same words is said once.

use crate::finding::{Finding, Hazard, Related, Severity};
use crate::migration::{Direction, Step};
use std::cmp::Reverse;
use std::collections::HashMap;

/// File, direction and index: two migrations may have one version, but not one file.
type StatementKey = (String, Option<Direction>, usize);

/// Merges availability findings of one statement into the worst of them.
pub(super) fn thin_out(findings: Vec<Finding>) -> Vec<Finding> {
    let mut groups: Vec<Vec<Finding>> = Vec::with_capacity(findings.len());
    let mut known: HashMap<StatementKey, usize> = HashMap::new();
    for finding in findings {
        let next = groups.len();
        let at = key(&finding).map_or(next, |key| *known.entry(key).or_insert(next));
        match groups.get_mut(at) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups.into_iter().filter_map(joined).collect()
}

/// The worst of the findings, with the others as its related places: those that say more come
/// before those that say the same less exactly.
fn joined(mut findings: Vec<Finding>) -> Option<Finding> {
    // Of two that are equally bad, the one that points closer says more.
    findings.sort_by_key(|finding| {
        (finding.hazard.rank(), Reverse(finding.severity), finding.place.span.len())
    });
    let mut findings = findings.into_iter();
    let mut kept = findings.next()?;
    findings.for_each(|other| join(&mut kept, other));
    Some(kept)
}

/// The statement of an availability finding; other findings never hide one another.
fn key(finding: &Finding) -> Option<StatementKey> {
    finding.hazard.rank()?;
    Some((finding.place.file.path().to_owned(), finding.direction, finding.statement?))
}

fn join(kept: &mut Finding, other: Finding) {
    kept.severity = kept.severity.max(other.severity);
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

/// Whether the other finding tells of the same hazard, or by the way of the instant that any lock
/// costs, of no other relation, and of a place that covers this one.
fn says_the_same(kept: &Finding, other: &Finding) -> bool {
    let (inner, outer) = (kept.place.span, other.place.span);
    let aside = other.hazard == Hazard::BriefBlock && other.severity == Severity::Note;
    (kept.hazard == other.hazard || aside)
        && kept.place.file.path() == other.place.file.path()
        && outer.start <= inner.start
        && inner.end <= outer.end
        && other.relations.iter().all(|relation| kept.relations.contains(relation))
}

/// Findings of one rule that say the same of several statements of one DO block become
/// places of the first.
pub(super) fn say_once<'p>(
    findings: Vec<Finding>,
    step_of: impl Fn(&Finding) -> Option<&'p Step>,
) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut said: HashMap<(*const Step, &str, String), usize> = HashMap::new();
    for finding in findings {
        let step = finding.hazard.rank().and_then(|_| step_of(&finding));
        let Some(step) = step.filter(|_| finding.fix.is_none()) else {
            kept.push(finding);
            continue;
        };
        let key = (std::ptr::from_ref(step), finding.rule, finding.message.clone());
        let first = *said.entry(key).or_insert(kept.len());
        match kept.get_mut(first) {
            Some(kept) => {
                kept.severity = kept.severity.max(finding.severity);
                kept.related.push(Related { place: finding.place, message: "here too".to_owned() });
            }
            None => kept.push(finding),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Category;
    use crate::migration::Dialect;
    use crate::source::{Place, SourceFile, Span};
    use std::sync::Arc;

    fn finding(rule: &'static str, hazard: Hazard, span: (usize, usize)) -> Finding {
        let file = Arc::new(SourceFile::new("1.sql", "x".repeat(100)));
        Finding {
            rule,
            severity: Severity::Error,
            category: Category::Availability,
            hazard,
            message: rule.to_owned(),
            label: String::new(),
            why: None,
            help: None,
            place: Place { file, span: Span::new(span.0, span.1) },
            related: Vec::new(),
            relations: vec!["orders".to_owned()],
            project: String::new(),
            dialects: vec![Dialect::Postgres],
            migration: Some("1".to_owned()),
            direction: Some(Direction::Up),
            statement: Some(0),
            fix: None,
            fingerprint: String::new(),
        }
    }

    fn rules(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn the_worst_hazard_of_a_statement_stays_and_names_the_others() {
        let held = finding("held", Hazard::HeldBlock, (0, 50));
        let long = finding("long", Hazard::LongBlock, (0, 50));
        let kept = thin_out(vec![held, long]);
        assert_eq!(rules(&kept), ["long"]);
        assert_eq!(kept[0].related[0].message, "also held: held");
    }

    #[test]
    fn what_the_statement_does_itself_stays_with_the_severity_of_what_it_adds_to() {
        let held = finding("held", Hazard::HeldBlock, (0, 50));
        let long =
            Finding { severity: Severity::Warning, ..finding("long", Hazard::LongBlock, (0, 50)) };
        let kept = thin_out(vec![held, long]);
        assert_eq!(rules(&kept), ["long"]);
        assert_eq!(kept[0].severity, Severity::Error);
    }

    #[test]
    fn two_files_of_one_version_are_told_apart() {
        let other =
            Place { file: Arc::new(SourceFile::new("1_b.sql", "y")), span: Span::new(0, 1) };
        let second = Finding { place: other, ..finding("second", Hazard::LongBlock, (0, 1)) };
        let kept = thin_out(vec![finding("first", Hazard::LongBlock, (0, 20)), second]);
        assert_eq!(rules(&kept), ["first", "second"]);
    }

    #[test]
    fn the_instant_of_a_lock_is_told_only_of_what_nothing_worse_is_told_of() {
        let brief = |relation: &str| Finding {
            relations: vec![relation.to_owned()],
            severity: Severity::Note,
            ..finding("brief", Hazard::BriefBlock, (0, 50))
        };
        let long = || finding("long", Hazard::LongBlock, (20, 30));
        let kept = thin_out(vec![long(), brief("orders")]);
        assert_eq!(rules(&kept), ["long"]);
        assert!(kept[0].related.is_empty());
        let kept = thin_out(vec![long(), brief("customers")]);
        assert_eq!(kept[0].related[0].message, "also brief: brief");
    }

    #[test]
    fn what_says_more_is_not_hidden_by_what_says_the_same_in_general() {
        let of = |rule, relations: &[&str], span| Finding {
            relations: relations.iter().map(ToString::to_string).collect(),
            ..finding(rule, Hazard::LongBlock, span)
        };
        let general = of("general", &["orders", "customers"], (0, 50));
        let general = Finding { severity: Severity::Note, ..general };
        let rewrite = of("rewrite", &["orders"], (20, 40));
        let key = of("key", &["customers"], (20, 40));
        let kept = thin_out(vec![general, rewrite, key]);
        assert_eq!(rules(&kept), ["rewrite"]);
        let related: Vec<&str> = kept[0].related.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(related, ["also key: key"]);
    }

    #[test]
    fn of_two_that_are_equally_bad_the_closer_one_stays_alone() {
        let wide = finding("wide", Hazard::HeldBlock, (0, 50));
        let close = finding("close", Hazard::HeldBlock, (20, 50));
        let kept = thin_out(vec![wide, close]);
        assert_eq!(rules(&kept), ["close"]);
        assert!(kept[0].related.is_empty());
    }

    #[test]
    fn equal_hazards_of_different_actions_both_stand() {
        let first = finding("first", Hazard::LongBlock, (0, 20));
        let second = finding("second", Hazard::LongBlock, (30, 60));
        let kept = thin_out(vec![first, second]);
        assert_eq!(rules(&kept), ["first"]);
        assert_eq!(kept[0].related.len(), 1);
    }

    #[test]
    fn what_a_block_repeats_is_said_once_with_all_its_places() {
        let (sql, statements) = (Some(Arc::from("DO")), Vec::new());
        let block = Step { span: Span::new(0, 60), sql, statements, directive: None };
        let held = |at: usize, statement: usize| Finding {
            statement: Some(statement),
            ..finding("held", Hazard::HeldBlock, (at, at + 9))
        };
        let loss = finding("held", Hazard::DataLoss, (50, 59));
        let kept = say_once(vec![held(0, 0), held(10, 1), held(20, 2), loss], |finding| {
            finding.statement.filter(|at| *at < 2).map(|_| &block)
        });
        assert_eq!(rules(&kept), ["held", "held", "held"]);
        assert_eq!(kept[0].related[0].place.span, Span::new(10, 19));
        assert!(kept[1].related.is_empty());
    }

    #[test]
    fn other_statements_and_other_categories_are_left_alone() {
        let long = finding("long", Hazard::LongBlock, (0, 20));
        let loss = finding("loss", Hazard::DataLoss, (0, 20));
        let next = Finding { statement: Some(1), ..finding("next", Hazard::BriefBlock, (0, 20)) };
        assert_eq!(rules(&thin_out(vec![long, loss, next])), ["long", "loss", "next"]);
    }
}
