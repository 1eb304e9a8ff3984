//! What valid checks prove of partition bounds, and which partitions a condition leaves.
//!
//! Follows `ConstraintImpliedByRelConstraint` as far as conjunctions over one plain key column go;
//! what is not proved here is scanned, which is the side that errs towards work.

use crate::migration::{Ident, PartitionBound, Predicate};
use crate::schema::{Partitioning, Table};
use std::cmp::Ordering;

/// An interval of a key, ends as literals.
#[derive(Debug, Default, Clone)]
struct Interval<'v> {
    /// Lower end, and whether it belongs to the interval.
    low: Option<(&'v str, bool)>,
    /// Upper end, and whether it belongs to the interval.
    high: Option<(&'v str, bool)>,
}

/// The order of two literals, where it can be told: numbers, or dates and texts of one form.
fn order(a: &str, b: &str) -> Option<Ordering> {
    if let (Ok(a), Ok(b)) = (a.trim().parse::<i128>(), b.trim().parse::<i128>()) {
        return Some(a.cmp(&b));
    }
    if let (Ok(a), Ok(b)) = (a.trim().parse::<f64>(), b.trim().parse::<f64>()) {
        return a.partial_cmp(&b);
    }
    let is_word = |text: &str, word: &str| text.eq_ignore_ascii_case(word);
    if a == b || ["true", "false"].iter().any(|word| is_word(a, word) && is_word(b, word)) {
        return Some(Ordering::Equal);
    }
    let dated = |text: &str| {
        let mut bytes = text.bytes();
        text.len() >= 10
            && bytes.by_ref().take(4).all(|byte| byte.is_ascii_digit())
            && bytes.next() == Some(b'-')
    };
    (dated(a) && dated(b)).then(|| a.cmp(b))
}

/// The single plain column of a partition key.
pub(super) fn key_column(partitioning: &Partitioning) -> Option<&Ident> {
    match partitioning.key.as_slice() {
        [key] => key.column.as_ref(),
        _ => None,
    }
}

/// The columns of a partition key without expressions.
fn key_columns(partitioning: &Partitioning) -> Option<Vec<&Ident>> {
    partitioning.key.iter().map(|key| key.column.as_ref()).collect()
}

/// Whether a conjunction proves that the first columns of a key decide for a range: those that both
/// ends share are equal to them, and the next one lies between them (`get_qual_for_range`).
fn within(parts: &[Predicate], keys: &[&Ident], from: &[String], to: &[String]) -> bool {
    let (Some((key, keys)), Some((low, from)), Some((high, to))) =
        (keys.split_first(), from.split_first(), to.split_first())
    else {
        return false;
    };
    if order(low, high) == Some(Ordering::Equal) {
        let is_it = |value: &&str| order(value, low) == Some(Ordering::Equal);
        return listed(parts, key).is_some_and(|values| values.iter().all(is_it))
            && within(parts, keys, from, to);
    }
    let reaches = |rest: &[String], end: &str| rest.iter().all(|it| it.eq_ignore_ascii_case(end));
    let (reaches_low, reaches_high) =
        (reaches(from, "minvalue"), !to.is_empty() && reaches(to, "maxvalue"));
    let above = |(value, inclusive): (&str, bool)| match order(value, low) {
        Some(Ordering::Greater) => true,
        Some(Ordering::Equal) => reaches_low || !inclusive,
        _ => false,
    };
    let below = |(value, inclusive): (&str, bool)| match order(value, high) {
        Some(Ordering::Less) => true,
        Some(Ordering::Equal) => reaches_high || !inclusive,
        _ => false,
    };
    let unbound = (low.eq_ignore_ascii_case("minvalue"), high.eq_ignore_ascii_case("maxvalue"));
    if let Some(values) = listed(parts, key) {
        let inside = |value: &&str| {
            (unbound.0 || above((value, true))) && (unbound.1 || below((value, true)))
        };
        return values.iter().all(inside);
    }
    let interval = interval_of(parts, key);
    (unbound.0 || interval.low.is_some_and(above))
        && (unbound.1 || interval.high.is_some_and(below))
}

/// A partition key of one plain column.
struct Key<'k> {
    column: &'k Ident,
    /// Whether its values are texts, which differ where they are written otherwise.
    texts: bool,
}

impl<'k> Key<'k> {
    /// The key, as a table has it: the partitioned one, or one of its partitions.
    fn of(table: &Table, partitioning: &'k Partitioning) -> Option<Self> {
        let column = key_column(partitioning)?;
        let data_type = table.column(column).and_then(|column| column.data_type.as_ref());
        let texts = data_type.is_some_and(|ty| ty.is("text") || ty.is("character varying"));
        Some(Self { column, texts })
    }
}

/// The parts of all valid checks of a table.
fn proved(table: &Table) -> Vec<Predicate> {
    let proved = table.constraints.iter().filter(|constraint| constraint.is_proved());
    let parts = proved.filter_map(|constraint| match &constraint.body {
        crate::schema::ConstraintBody::Check { expr, .. } => Some(expr.conjuncts()),
        _ => None,
    });
    parts.flatten().cloned().collect()
}

/// Whether a conjunction has a property: by itself, or because all alternatives of one of its
/// parts have it.
fn holds(parts: &[Predicate], property: &dyn Fn(&[Predicate]) -> bool) -> bool {
    property(parts)
        || parts.iter().any(|part| match part {
            Predicate::AnyPart(alternatives) => {
                alternatives.iter().all(|alternative| holds(alternative, property))
            }
            _ => false,
        })
}

fn interval_of<'p>(parts: &'p [Predicate], key: &Ident) -> Interval<'p> {
    let mut interval = Interval::default();
    for part in parts {
        let Predicate::Compare { column, operator, literal } = part else { continue };
        if column != key {
            continue;
        }
        let end = Some((literal.as_str(), operator.contains('=')));
        match *operator {
            ">" | ">=" => interval.low = interval.low.or(end),
            "<" | "<=" => interval.high = interval.high.or(end),
            // A part with `=` makes a list: see `listed`.
            _ => {}
        }
    }
    interval
}

/// The values that a column is proved to be one of.
fn listed<'p>(parts: &'p [Predicate], key: &Ident) -> Option<Vec<&'p str>> {
    let mut found = None;
    for part in parts {
        match part {
            Predicate::AnyOf { column, literals } if column == key => {
                found = Some(literals.iter().map(String::as_str).collect());
            }
            Predicate::Compare { column, operator: "=", literal } if column == key => {
                found = Some(vec![literal.as_str()]);
            }
            _ => {}
        }
    }
    found
}

/// Whether valid checks of a table prove that all its rows belong into a bound.
pub(super) fn implies_bound(
    table: &Table,
    partitioning: &Partitioning,
    bound: &PartitionBound,
) -> bool {
    let Some(keys) = key_columns(partitioning) else { return false };
    let parts = proved(table);
    let not_null = keys.iter().all(|key| takes_no_nulls(table, &parts, key));
    match bound {
        PartitionBound::Range { from, to } => {
            not_null && holds(&parts, &|parts| within(parts, &keys, from, to))
        }
        PartitionBound::List(values) => {
            let [key] = keys.as_slice() else { return false };
            (not_null || values.iter().any(|value| is_null(value)))
                && holds(&parts, &|parts| {
                    listed(parts, key)
                        .is_some_and(|found| found.iter().all(|value| contains(values, value)))
                })
        }
        PartitionBound::Default | PartitionBound::Hash { .. } | PartitionBound::Unknown(_) => false,
    }
}

/// Whether a table's rows surely have a key: a check holds for a null too, unless it names it.
fn takes_no_nulls(table: &Table, parts: &[Predicate], key: &Ident) -> bool {
    let named = |part: &Predicate| matches!(part, Predicate::IsNotNull(column) if column == key);
    table.column(key).is_some_and(|column| column.not_null && column.certain)
        || holds(parts, &|parts| parts.iter().any(named))
}

fn is_null(value: &str) -> bool {
    value.eq_ignore_ascii_case("null")
}

fn contains(values: &[String], value: &str) -> bool {
    values.iter().any(|listed| order(listed, value) == Some(Ordering::Equal))
}

/// Whether valid checks of a default partition prove that no row of it belongs into a new bound.
pub(super) fn excludes_bound(
    table: &Table,
    partitioning: &Partitioning,
    bound: &PartitionBound,
) -> bool {
    let Some(key) = Key::of(table, partitioning) else { return false };
    let parts = proved(table);
    match bound {
        PartitionBound::List(values) if values.iter().any(|value| is_null(value)) => {
            takes_no_nulls(table, &parts, key.column) && misses(&parts, &key, bound)
        }
        _ => misses(&parts, &key, bound),
    }
}

/// Whether a conjunction is false for every value in a bound, nulls left out.
fn misses(parts: &[Predicate], key: &Key<'_>, bound: &PartitionBound) -> bool {
    holds(parts, &|parts| misses_plainly(parts, key, bound))
}

fn misses_plainly(parts: &[Predicate], key: &Key<'_>, bound: &PartitionBound) -> bool {
    match bound {
        PartitionBound::Range { from, to } => {
            let ([low], [high]) = (from.as_slice(), to.as_slice()) else { return false };
            if let Some(values) = listed(parts, key.column) {
                return values.iter().all(|value| outside(value, low, high));
            }
            let interval = interval_of(parts, key.column);
            let over = interval.low.is_some_and(|(value, _)| {
                !high.eq_ignore_ascii_case("maxvalue")
                    && matches!(order(value, high), Some(Ordering::Greater | Ordering::Equal))
            });
            let under = interval.high.is_some_and(|(value, inclusive)| {
                !low.eq_ignore_ascii_case("minvalue")
                    && match order(value, low) {
                        Some(Ordering::Less) => true,
                        Some(Ordering::Equal) => !inclusive,
                        _ => false,
                    }
            });
            over || under
        }
        PartitionBound::List(values) => listed(parts, key.column).is_some_and(|found| {
            let differs = |value: &str, other: &str| match order(value, other) {
                Some(order) => order.is_ne(),
                None => key.texts || (is_no_number(value) && is_no_number(other)),
            };
            found
                .iter()
                .all(|value| values.iter().all(|other| is_null(other) || differs(value, other)))
        }),
        _ => false,
    }
}

/// Two literals that are no numbers and differ are taken for different values of a key. A number
/// and another literal may mean the same: the date `20260101`.
fn is_no_number(value: &str) -> bool {
    value.parse::<f64>().is_err()
}

fn inside(value: &str, low: &str, high: &str) -> bool {
    let over = low.eq_ignore_ascii_case("minvalue")
        || matches!(order(value, low), Some(Ordering::Greater | Ordering::Equal));
    let under = high.eq_ignore_ascii_case("maxvalue") || order(value, high) == Some(Ordering::Less);
    over && under
}

fn outside(value: &str, low: &str, high: &str) -> bool {
    let under = !low.eq_ignore_ascii_case("minvalue") && order(value, low) == Some(Ordering::Less);
    let over = !high.eq_ignore_ascii_case("maxvalue")
        && matches!(order(value, high), Some(Ordering::Greater | Ordering::Equal));
    under || over
}

/// Whether a condition on a partitioned table leaves a partition out when it is planned. A
/// default partition is left out only where another one takes every row of the condition.
pub(super) fn prunes(
    conjuncts: &[Predicate],
    partitioned: &Table,
    bound: &PartitionBound,
    siblings: &[&PartitionBound],
) -> bool {
    let partitioning = partitioned.partitioning.as_ref();
    let Some(key) = partitioning.and_then(|it| Key::of(partitioned, it)) else { return false };
    match bound {
        PartitionBound::Default => {
            let Some(values) = listed(conjuncts, key.column) else { return false };
            values.iter().all(|value| siblings.iter().any(|sibling| takes(sibling, value)))
        }
        _ => misses(conjuncts, &key, bound),
    }
}

/// Whether a partition other than the default one takes a value of the key.
pub(super) fn takes(bound: &PartitionBound, value: &str) -> bool {
    match bound {
        PartitionBound::Range { from, to } => match (from.as_slice(), to.as_slice()) {
            ([low], [high]) => inside(value, low, high),
            _ => false,
        },
        PartitionBound::List(values) => contains(values, value),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::order;
    use std::cmp::Ordering::{Equal, Greater, Less};

    #[test]
    fn literals_of_one_form_have_an_order() {
        for (a, b, known) in [
            ("9", "10", Some(Less)),
            ("10", "9", Some(Greater)),
            ("1.5", "1.25", Some(Greater)),
            ("7", "7.0", Some(Equal)),
            ("2026-01-01", "2026-02-01", Some(Less)),
            ("2026-01-01 12:00", "2026-01-01", Some(Greater)),
            ("emea", "emea", Some(Equal)),
            ("FALSE", "false", Some(Equal)),
            ("true", "TRUE", Some(Equal)),
        ] {
            assert_eq!(order(a, b), known, "{a} and {b}");
        }
    }

    /// What a collation or a type decides is not told here.
    #[test]
    fn other_texts_have_none() {
        for (a, b) in [
            ("apac", "emea"),
            ("2026-01-01", "emea"),
            ("2026-01", "2026-02"),
            ("2026/01/01", "2026/02/01"),
            ("1000abcdef", "2000abcdef"),
            ("week-01-2026", "week-02-2026"),
            ("10", "emea"),
            ("TRUE", "false"),
            ("EMEA", "emea"),
        ] {
            assert_eq!(order(a, b), None, "{a} and {b}");
        }
    }
}
