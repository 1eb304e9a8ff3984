//! Whether a change of type leaves the stored bytes as they are.
//!
//! Follows `ATColumnChangeRequiresRewrite` and what `eval_const_expressions` makes of the cast
//! before: length casts vanish by their support functions (`varchar_support`, `numeric_support`,
//! `timestamp_support`, `interval_support`, `varbit_support`), binary casts are relabelling.

use super::facts::binary_cast;
use super::types::domain_of;
use crate::migration::{Expr, ExprShape, Ident, SqlType, Target};
use crate::schema::Schema;

/// What becomes of the stored values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    /// The bytes stay; every operator of the old type means the same for the new one.
    Same,
    /// The bytes stay, but indexes use another operator class.
    OtherClass,
    /// Every row is written anew.
    Rewritten,
}

/// The server and what the history made: what casts depend on.
pub(super) struct Casts<'c> {
    /// Domains of the history.
    pub schema: &'c Schema,
    /// Version and time zone.
    pub target: &'c Target,
}

/// Microseconds: a precision from here on changes nothing (`MAX_TIMESTAMP_PRECISION`).
const FULL_PRECISION: u32 = 6;

impl Casts<'_> {
    /// The change of a column from one type to another, with the expression of `USING`.
    pub(super) fn change(
        &self,
        column: &Ident,
        from: &SqlType,
        to: &SqlType,
        using: Option<&Expr>,
    ) -> Storage {
        let Some(expr) = using else { return self.cast(from, to, false) };
        match expr.shape() {
            ExprShape::Column(name) if name == column => self.cast(from, to, false),
            ExprShape::ColumnCast(name, through) if name == column => {
                match self.cast(from, through, true) {
                    Storage::Rewritten => Storage::Rewritten,
                    first => worse(first, self.cast(through, to, false)),
                }
            }
            _ => Storage::Rewritten,
        }
    }

    /// A cast of a stored value.
    pub(super) fn cast(&self, from: &SqlType, to: &SqlType, explicit: bool) -> Storage {
        if self.is_same(from, to) {
            return Storage::Same;
        }
        let target = domain_of(self.schema, to);
        if target.as_ref().is_some_and(|domain| domain.constrained) {
            return Storage::Rewritten;
        }
        let to = target.map_or_else(|| to.clone(), |domain| domain.base);
        // A column over a domain has no length of its own.
        let from = domain_of(self.schema, from).map_or_else(
            || from.clone(),
            |domain| SqlType { modifiers: Vec::new(), ..domain.base },
        );
        self.base_cast(&from, &to, explicit)
    }

    /// Whether nothing changes, one of the names perhaps written with its schema.
    fn is_same(&self, from: &SqlType, to: &SqlType) -> bool {
        let full = |ty: &SqlType| self.schema.type_def(&ty.name).map(|def| def.name.clone());
        let same_name =
            from.name == to.name || full(from).is_some_and(|name| Some(name) == full(to));
        same_name && from.modifiers == to.modifiers && (from.dimensions > 0) == (to.dimensions > 0)
    }

    fn base_cast(&self, from: &SqlType, to: &SqlType, explicit: bool) -> Storage {
        if family(from) == family(to) && (from.dimensions > 0) == (to.dimensions > 0) {
            return if lengths_allow(from, to) { Storage::Same } else { Storage::Rewritten };
        }
        // Casts between arrays go through their elements, even where those would be relabelled.
        if from.dimensions > 0 || to.dimensions > 0 {
            return Storage::Rewritten;
        }
        if is_zone_change(from, to) {
            let full = to.modifiers.is_empty() || precision(to) >= Some(FULL_PRECISION);
            return if self.schema.has_utc(self.target) && full {
                Storage::OtherClass
            } else {
                Storage::Rewritten
            };
        }
        match binary_cast(family(from), family(to), self.target) {
            Some(cast) if to.modifiers.is_empty() && (explicit || !cast.explicit) => {
                if cast.same_class { Storage::Same } else { Storage::OtherClass }
            }
            _ => Storage::Rewritten,
        }
    }
}

/// The name without what the model writes into it beside the type: `bpchar` is `character` without
/// a length, an interval has its fields. Extensions' types go without their schema.
fn family(data_type: &SqlType) -> &str {
    match data_type.name.name.as_str() {
        "bpchar" => "character",
        name if name.starts_with("interval ") => "interval",
        name => name,
    }
}

fn worse(first: Storage, second: Storage) -> Storage {
    match (first, second) {
        (_, Storage::Rewritten) | (Storage::Rewritten, _) => Storage::Rewritten,
        (Storage::Same, Storage::Same) => Storage::Same,
        _ => Storage::OtherClass,
    }
}

fn is_zone_change(from: &SqlType, to: &SqlType) -> bool {
    const PLAIN: &str = "timestamp without time zone";
    const ZONED: &str = "timestamp with time zone";
    (from.is(PLAIN) && to.is(ZONED)) || (from.is(ZONED) && to.is(PLAIN))
}

fn numbers(data_type: &SqlType) -> Option<Vec<u32>> {
    data_type.modifiers.iter().map(|modifier| modifier.trim().parse().ok()).collect()
}

fn precision(data_type: &SqlType) -> Option<u32> {
    numbers(data_type)?.first().copied()
}

/// Whether the new length, precision or scale holds all that the old one did, as far as the
/// server sees that without looking at rows.
fn lengths_allow(from: &SqlType, to: &SqlType) -> bool {
    if family(to) == "interval" && to.dimensions == 0 {
        return interval_allows(from, to);
    }
    if from.modifiers == to.modifiers || to.modifiers.is_empty() {
        return true;
    }
    if to.dimensions > 0 {
        return false;
    }
    match to.name.name.as_str() {
        "character varying" | "bit varying" => {
            precision(from).is_some_and(|old| precision(to).is_some_and(|new| new >= old))
        }
        "numeric" => match (numbers(from).as_deref(), numbers(to).as_deref()) {
            (Some([old, old_scale @ ..]), Some([new, new_scale @ ..])) => {
                let scale = |rest: &[u32]| rest.first().copied().unwrap_or(0);
                scale(old_scale) == scale(new_scale) && new >= old
            }
            _ => false,
        },
        name if name.starts_with("timestamp") || name.starts_with("time ") => {
            let new = precision(to);
            new >= Some(FULL_PRECISION) || (precision(from).is_some() && new >= precision(from))
        }
        _ => false,
    }
}

/// The smallest unit that an interval type keeps, seconds being 0.
fn smallest_unit(data_type: &SqlType) -> usize {
    const UNITS: [&str; 6] = ["second", "minute", "hour", "day", "month", "year"];
    let last = data_type.name.name.as_str().split(' ').next_back();
    UNITS.iter().position(|unit| Some(*unit) == last).unwrap_or(0)
}

/// `interval_support`: no smaller unit is cut off, nor digits of the seconds.
fn interval_allows(from: &SqlType, to: &SqlType) -> bool {
    let digits = |ty: &SqlType| precision(ty).unwrap_or(u32::MAX);
    let (old, new) = (smallest_unit(from), smallest_unit(to));
    new <= old && (old > 0 || digits(to) >= FULL_PRECISION || digits(to) >= digits(from))
}

/// Whether the new type holds less than the old one, so that values may not fit.
pub(super) fn narrows(from: &SqlType, to: &SqlType) -> bool {
    if (from.dimensions > 0) != (to.dimensions > 0) {
        return false;
    }
    let real = |ty: &SqlType| match ty.name.name.as_str() {
        "real" => Some(1),
        "double precision" => Some(2),
        _ => None,
    };
    if let Some(old) = whole_digits(from) {
        let new = if to.is("numeric") { room_before_point(to) } else { whole_digits(to) };
        return new.is_some_and(|new| new < old);
    }
    if let (Some(old), Some(new)) = (real(from), real(to)) {
        return new < old;
    }
    let text = |ty: &SqlType| {
        matches!(ty.name.name.as_str(), "text" | "character varying" | "character" | "citext")
    };
    if text(from) && text(to) {
        return !to.modifiers.is_empty()
            && (from.modifiers.is_empty() || precision(to) < precision(from));
    }
    narrows_family(from, to) || (from.name == to.name && narrower_lengths(from, to))
}

/// The digits of the largest value of an integer type.
fn whole_digits(data_type: &SqlType) -> Option<u32> {
    match data_type.name.name.as_str() {
        "smallint" => Some(5),
        "integer" => Some(10),
        "bigint" => Some(19),
        _ => None,
    }
}

/// The digits that a numeric of a given precision holds before the point.
fn room_before_point(data_type: &SqlType) -> Option<u32> {
    let parts = numbers(data_type)?;
    Some(parts.first()?.saturating_sub(parts.get(1).copied().unwrap_or(0)))
}

/// Pairs of families that lose what the old one could say.
fn narrows_family(from: &SqlType, to: &SqlType) -> bool {
    let name = |ty: &SqlType| ty.name.name.as_str().to_owned();
    let (old, new) = (name(from), name(to));
    let wide = matches!(old.as_str(), "numeric" | "double precision" | "real");
    let whole = matches!(new.as_str(), "smallint" | "integer" | "bigint");
    let stamp = old.starts_with("timestamp");
    (wide && whole)
        || (stamp && (new == "date" || new.starts_with("time ")))
        || (old == "inet" && new == "cidr")
        || (old == "numeric" && matches!(new.as_str(), "real" | "double precision"))
}

fn narrower_lengths(from: &SqlType, to: &SqlType) -> bool {
    if to.modifiers.is_empty() {
        return false;
    }
    let (Some(old), Some(new)) = (numbers(from), numbers(to)) else { return false };
    if to.name.name == "numeric" {
        let scale = |parts: &[u32]| parts.get(1).copied().unwrap_or(0);
        return old.is_empty()
            || scale(&new) < scale(&old)
            || room_before_point(to) < room_before_point(from);
    }
    let full = if to.name.name.as_str().starts_with("time") { Some(&FULL_PRECISION) } else { None };
    match (old.first().or(full), new.first()) {
        (Some(old), Some(new)) => new < old,
        (None, Some(_)) => true,
        _ => false,
    }
}
