//! `partial_reordering`: in which order a copied table has its columns, as Alembic and SQLAlchemy's
//! `topological.sort` have it.

use super::elements;
use super::rebuild::Slot;
use crate::frontend::alembic::render::stop::{Part, Stop};
use crate::migration::python::{Batch, Value};

/// Which column stands before which.
#[derive(Debug, Default)]
pub(super) struct PartialOrder(Vec<(String, String)>);

impl PartialOrder {
    /// That of a batch; `None` where it has none.
    pub fn of(batch: &Batch) -> Part<Option<Self>> {
        if batch.keyword("partial_reordering").is_none_or(Value::is_none) {
            return Ok(None);
        }
        let mut order = Self::default();
        for chain in elements(batch, "partial_reordering") {
            let names: Option<Vec<String>> =
                chain.elements().and_then(|names| names.iter().map(Value::to_name).collect());
            let Some(names) = names.filter(|names| !names.is_empty()) else {
                return Stop::unknown("the order of the table's columns is not known");
            };
            for (first, second) in names.iter().zip(names.iter().skip(1)) {
                order.add(first, second);
            }
        }
        match order.0.is_empty() {
            true => Stop::unknown("the order of the table's columns is not known"),
            false => Ok(Some(order)),
        }
    }

    /// One column stands before another.
    pub fn add(&mut self, first: &str, second: &str) {
        if first != second {
            self.0.push((first.to_owned(), second.to_owned()));
        }
    }

    /// Columns in the order: round by round those before which none is left, in the order that they
    /// have.
    pub fn sort(&self, columns: Vec<Slot>) -> Part<Vec<Slot>> {
        let mut sorted = Vec::with_capacity(columns.len());
        let mut left = columns;
        while !left.is_empty() {
            let keys: Vec<String> = left.iter().map(|slot| slot.key.clone()).collect();
            let waits = |slot: &Slot| {
                self.0.iter().any(|(first, second)| *second == slot.key && keys.contains(first))
            };
            let (waiting, free): (Vec<Slot>, Vec<Slot>) = left.into_iter().partition(waits);
            if free.is_empty() {
                return Stop::refused("the order of the columns is a circle");
            }
            sorted.extend(free);
            left = waiting;
        }
        Ok(sorted)
    }
}
