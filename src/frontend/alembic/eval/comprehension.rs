//! Comprehensions and generators, over known values element by element.

use super::super::limits;
use super::state::Machine;
use super::truth::Truth;
use crate::migration::python::{Handle, Kind, Value};
use ruff_python_ast::{Comprehension, Expr};
use std::sync::Arc;

/// What a comprehension gives for each round.
enum Part<'a> {
    One(&'a Expr),
    Pair(&'a Expr, &'a Expr),
}

/// What came together.
#[derive(Default)]
struct Gathered {
    values: Vec<Value>,
    pairs: Vec<(Value, Value)>,
}

impl<'a> Machine<'a> {
    pub(super) fn comprehension(&mut self, expr: &'a Expr) -> Value {
        let (part, generators) = match expr {
            Expr::ListComp(one) => (Part::One(&one.elt), &one.generators),
            Expr::SetComp(one) => (Part::One(&one.elt), &one.generators),
            Expr::Generator(one) => (Part::One(&one.elt), &one.generators),
            Expr::DictComp(one) => match &one.key {
                Some(key) => (Part::Pair(key, &one.value), &one.generators),
                None => return self.unknown("it is not evaluated", expr),
            },
            _ => return self.unknown("it is not evaluated", expr),
        };
        let before = self.locals();
        let mut gathered = Gathered::default();
        let result = match self.looks_into(generators) {
            Some(listing) => self.selection(&part, generators, listing, expr),
            None => match self.gather(&part, generators, &mut gathered) {
                Some(()) => Ok(gathered),
                None => Err(self.unknown("a comprehension over something not known", expr)),
            },
        };
        self.swap_locals(before);
        let gathered = match result {
            Ok(gathered) => gathered,
            Err(value) => return value,
        };
        let kind = match expr {
            Expr::SetComp(_) => Kind::Set(super::container::distinct(&gathered.values)),
            Expr::DictComp(_) => Kind::Dict(super::container::merged(&[], &gathered.pairs).into()),
            _ => Kind::List(gathered.values.into()),
        };
        self.value(kind, expr)
    }

    fn gather(
        &mut self,
        part: &Part<'a>,
        generators: &'a [Comprehension],
        out: &mut Gathered,
    ) -> Option<()> {
        let Some((first, rest)) = generators.split_first() else {
            match part {
                Part::One(expr) => {
                    let value = self.expression(expr);
                    out.values.push(value);
                }
                Part::Pair(key, value) => {
                    let pair = (self.expression(key), self.expression(value));
                    out.pairs.push(pair);
                }
            }
            return Some(());
        };
        let over = self.expression(&first.iter);
        for value in self.iterated(&over)? {
            if !self.spend() || out.values.len() + out.pairs.len() > limits::ELEMENTS {
                return None;
            }
            self.assign(&first.target, value);
            let mut kept = true;
            for test in &first.ifs {
                match self.truth_of(test) {
                    Truth::Known(true) => {}
                    Truth::Known(false) => {
                        kept = false;
                        break;
                    }
                    Truth::When(_) => return None,
                }
            }
            if kept {
                self.gather(part, rest, out)?;
            }
        }
        Some(())
    }

    /// What the database lists, where a comprehension goes over that.
    fn looks_into(&mut self, generators: &'a [Comprehension]) -> Option<Value> {
        let [one] = generators else { return None };
        let over = self.expression(&one.iter);
        matches!(over.kind, Kind::Handle(Handle::Listing(_))).then_some(over)
    }

    /// Names of what the database lists, or the one element that a condition asks for.
    fn selection(
        &mut self,
        part: &Part<'a>,
        generators: &'a [Comprehension],
        listing: Value,
        expr: &'a Expr,
    ) -> Result<Gathered, Value> {
        let Some(one) = generators.first() else { return Err(listing) };
        let element = self.element(&listing, &one.target);
        self.assign(&one.target, element);
        let mut guards = Vec::new();
        for test in &one.ifs {
            if let Truth::When(guard) = self.truth_of(test) {
                guards.push(guard);
            }
        }
        // `any(c["name"] == "x" for c in columns)` asks in the element itself.
        if let Part::One(elt) = part {
            let value = self.expression(elt);
            if let (Kind::Condition(guard), true) = (&value.kind, guards.is_empty()) {
                return Err(self.value(Kind::Condition(Arc::clone(guard)), expr));
            }
        }
        let guard = guards.into_iter().reduce(crate::migration::Guard::and);
        Err(match guard {
            None => listing,
            Some(guard) => self.value(Kind::Condition(Arc::new(guard)), expr),
        })
    }
}
