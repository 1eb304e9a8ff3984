//! Lists, tuples, sets and dictionaries: elements, slices, methods.

use super::super::limits;
use super::compare::equal;
use super::function::Arguments;
use super::state::Machine;
use crate::migration::python::{Call, Callee, Handle, Kind, Source, Text, Value};
use smol_str::SmolStr;
use std::sync::Arc;

impl Machine<'_> {
    /// The elements that iterating over a value gives, where all are known.
    pub(super) fn iterated(&mut self, value: &Value) -> Option<Vec<Value>> {
        match &value.kind {
            Kind::List(all) | Kind::Tuple(all) | Kind::Set(all) => Some(all.to_vec()),
            Kind::Dict(items) => Some(items.iter().map(|(key, _)| key.clone()).collect()),
            Kind::Str(text) if text.is_certain() && text.as_str().len() <= limits::ELEMENTS => {
                let mut at = 0;
                let one = |c: char| {
                    let span = crate::source::Span::new(at, at + c.len_utf8());
                    at = span.end;
                    Value::new(Kind::Str(Arc::new(text.slice(span))), value.source)
                };
                Some(text.as_str().chars().map(one).collect())
            }
            Kind::Call(call) if call.path() == Some("enum.Enum") => Some(members(value, call)),
            Kind::Handle(Handle::Class(_)) => {
                let face = self.face(value.clone());
                face.as_call().filter(|call| call.path() == Some("enum.Enum"))?;
                self.iterated(&face)
            }
            _ => None,
        }
    }

    /// `owner[key]`.
    pub(super) fn item(&mut self, owner: Value, key: &Value, place: Source) -> Value {
        let found = match (&owner.kind, &key.kind) {
            (Kind::Dict(items), _) => {
                let item = items.iter().find(|(known, _)| equal(known, key) == Some(true));
                let all_known = items.iter().all(|(known, _)| equal(known, key).is_some());
                item.filter(|_| all_known).map(|(_, value)| value.clone())
            }
            (Kind::List(all) | Kind::Tuple(all), Kind::Int(at)) => {
                index(all.len(), *at).and_then(|at| all.get(at)).cloned()
            }
            (Kind::Str(text), Kind::Int(at)) if text.is_known() => {
                let count = text.as_str().chars().count();
                index(count, *at).map(|at| cut(text, at, at + 1, place))
            }
            (Kind::Handle(Handle::Globals(number)), _) => {
                Some(self.global_named(*number, key, None, place))
            }
            (Kind::Handle(Handle::Listing(listing)), _) => {
                Some(Value::new(Kind::Handle(Handle::Listed(Arc::clone(listing))), place))
            }
            (Kind::Call(call), Kind::Str(name)) if call.path() == Some("enum.Enum") => {
                let member = (owner.clone(), SmolStr::new(name.as_str()));
                Some(Value::new(Kind::Attribute(Arc::new(member)), place))
            }
            (Kind::Handle(Handle::Result(_)), _) => {
                Some(Value::unknown("a row's value is only known when it runs", place))
            }
            (Kind::Attribute(_) | Kind::Call(_) | Kind::Index(_), _)
            | (Kind::Handle(Handle::Listed(_)), _) => {
                Some(Value::new(Kind::Index(Arc::new((owner.clone(), key.clone()))), place))
            }
            // `List[str]`, `tuple[int, ...]` in code that is evaluated.
            (Kind::Name(_), _) => Some(owner.clone()),
            _ => None,
        };
        found.unwrap_or_else(|| match owner.kind {
            Kind::Unknown(why) => Value::unknown(why, place),
            _ => Value::unknown("an element that is not known", place),
        })
    }

    /// The container with one element replaced or added; `None` where nothing is to be kept.
    pub(super) fn with_item(&mut self, old: &Value, key: &Value, value: Value) -> Option<Value> {
        let kind = match &old.kind {
            Kind::Dict(items) if items.iter().all(|(known, _)| equal(known, key).is_some()) => {
                Kind::Dict(merged(items, &[(key.clone(), value)]).into())
            }
            Kind::List(all) => match key.kind {
                Kind::Int(at) => {
                    let at = index(all.len(), at)?;
                    let replaced = all
                        .iter()
                        .enumerate()
                        .map(|(here, old)| if here == at { value.clone() } else { old.clone() });
                    Kind::List(replaced.collect())
                }
                _ => Kind::Unknown("an element of it was replaced".into()),
            },
            Kind::Dict(_) => Kind::Unknown("an element of it was replaced".into()),
            _ => return None,
        };
        Some(Value::new(kind, old.source))
    }

    /// Methods of lists, sets and dictionaries: what they give, and what the container becomes.
    pub(super) fn container_method(
        &mut self,
        owner: &Value,
        name: &str,
        arguments: &Arguments,
        place: Source,
    ) -> (Value, Option<Value>) {
        let first = arguments.args.first();
        let changed = |kind| Some(Value::new(kind, owner.source));
        let none = Value::new(Kind::None, place);
        let change = match (&owner.kind, name) {
            (Kind::List(all), "append") => {
                let more = first.into_iter();
                (all.len() < limits::ELEMENTS)
                    .then(|| changed(Kind::List(all.iter().chain(more).cloned().collect())))
            }
            (Kind::List(all), "insert") => {
                let at = match arguments.args.first().map(|value| &value.kind) {
                    Some(Kind::Int(at)) => usize::try_from(*at).unwrap_or(0).min(all.len()),
                    _ => all.len(),
                };
                let (before, after) = all.split_at_checked(at).unwrap_or((all, &[]));
                let more = arguments.args.get(1).into_iter();
                let list = before.iter().chain(more).chain(after).cloned();
                (all.len() < limits::ELEMENTS).then(|| changed(Kind::List(list.collect())))
            }
            (Kind::List(all), "extend") => match first.and_then(|more| self.iterated(more)) {
                Some(more) if all.len() + more.len() <= limits::ELEMENTS => {
                    Some(changed(Kind::List(all.iter().cloned().chain(more).collect())))
                }
                _ => None,
            },
            (Kind::Set(all), "add") => {
                let more: Vec<Value> = all.iter().chain(first).cloned().collect();
                Some(changed(Kind::Set(distinct(&more))))
            }
            (Kind::Dict(items), "update") => match first.map(|more| &more.kind) {
                Some(Kind::Dict(more)) => Some(changed(Kind::Dict(merged(items, more).into()))),
                None => Some(changed(Kind::Dict(merged(items, &arguments.pairs(place)).into()))),
                _ => None,
            },
            (Kind::List(_), "sort" | "reverse" | "clear" | "remove" | "pop")
            | (Kind::Set(_), "update" | "discard" | "remove" | "clear" | "pop")
            | (Kind::Dict(_), "pop" | "clear" | "setdefault" | "popitem") => None,
            _ => {
                return (self.container_question(owner, name, arguments, place), None);
            }
        };
        match change {
            Some(new) => (none, new),
            None => {
                let unknown = Value::unknown(format!("`.{name}` changed it"), owner.source);
                (Value::unknown(format!("what `.{name}` gives"), place), Some(unknown))
            }
        }
    }

    /// Methods that change nothing.
    fn container_question(
        &mut self,
        owner: &Value,
        name: &str,
        arguments: &Arguments,
        place: Source,
    ) -> Value {
        let list = |all: Vec<Value>| Value::new(Kind::List(all.into()), place);
        match (&owner.kind, name) {
            (Kind::Dict(items), "items") => list(
                items
                    .iter()
                    .map(|(key, value)| {
                        Value::new(Kind::Tuple([key.clone(), value.clone()].into()), place)
                    })
                    .collect(),
            ),
            (Kind::Dict(items), "keys") => list(items.iter().map(|(key, _)| key.clone()).collect()),
            (Kind::Dict(items), "values") => {
                list(items.iter().map(|(_, value)| value.clone()).collect())
            }
            (Kind::Dict(items), "get") => {
                let Some(key) = arguments.args.first() else {
                    return Value::unknown("what `.get` gives", place);
                };
                let all_known = items.iter().all(|(known, _)| equal(known, key).is_some());
                let found = items.iter().find(|(known, _)| equal(known, key) == Some(true));
                match (found, all_known) {
                    (Some((_, value)), true) => value.clone(),
                    (None, true) => {
                        let none = || Value::new(Kind::None, place);
                        arguments.args.get(1).cloned().unwrap_or_else(none)
                    }
                    _ => Value::unknown("what `.get` gives", place),
                }
            }
            (_, "copy") => owner.clone(),
            (Kind::List(all) | Kind::Tuple(all), "index") => {
                let wanted = arguments.args.first();
                let at = wanted
                    .and_then(|wanted| all.iter().position(|one| equal(one, wanted) == Some(true)));
                match at.and_then(|at| i64::try_from(at).ok()) {
                    Some(at) => Value::new(Kind::Int(at), place),
                    None => Value::unknown("what `.index` gives", place),
                }
            }
            _ => Value::unknown(format!("what `.{name}` gives"), place),
        }
    }
}

/// The members of an enum class.
pub(super) fn members(class: &Value, call: &Call) -> Vec<Value> {
    let names = call.kwargs.iter().map(|(name, value)| {
        let member = (class.clone(), name.clone());
        Value::new(Kind::Attribute(Arc::new(member)), value.source)
    });
    names.collect()
}

/// A call without arguments on a path.
pub(super) fn call_of(path: &str, args: Vec<Value>, place: Source) -> Value {
    let callee = Callee::Path(SmolStr::new(path));
    Value::new(Kind::Call(Arc::new(Call { callee, args, kwargs: Vec::new() })), place)
}

/// Items of both; later ones replace earlier ones of the same key.
pub(super) fn merged(old: &[(Value, Value)], new: &[(Value, Value)]) -> Vec<(Value, Value)> {
    let mut all = old.to_vec();
    for (key, value) in new {
        match all.iter_mut().find(|(known, _)| equal(known, key) == Some(true)) {
            Some((_, old)) => *old = value.clone(),
            None => all.push((key.clone(), value.clone())),
        }
    }
    all
}

/// Each value once, in the order of their first places.
pub(super) fn distinct(all: &[Value]) -> Arc<[Value]> {
    let mut kept: Vec<Value> = Vec::with_capacity(all.len());
    for value in all {
        if !kept.iter().any(|other| equal(other, value) == Some(true)) {
            kept.push(value.clone());
        }
    }
    kept.into()
}

/// `owner[from:to]`.
pub(super) fn slice(owner: &Value, from: Option<i64>, to: Option<i64>, place: Source) -> Value {
    let bounds = |length: usize| {
        let at = |bound: i64| {
            let magnitude = usize::try_from(bound.unsigned_abs()).unwrap_or(usize::MAX);
            if bound < 0 { length.saturating_sub(magnitude) } else { magnitude.min(length) }
        };
        let start = from.map_or(0, at);
        (start, to.map_or(length, at).max(start))
    };
    let part = |all: &[Value]| {
        let (start, end) = bounds(all.len());
        all.get(start..end).unwrap_or_default().into()
    };
    match &owner.kind {
        Kind::List(all) => Value::new(Kind::List(part(all)), place),
        Kind::Tuple(all) => Value::new(Kind::Tuple(part(all)), place),
        Kind::Str(text) if text.is_known() => {
            let (start, end) = bounds(text.as_str().chars().count());
            cut(text, start, end, place)
        }
        Kind::Unknown(why) => Value::unknown(why, place),
        Kind::Handle(Handle::Result(_) | Handle::Listing(_)) => owner.clone(),
        _ => Value::unknown("a part that is not known", place),
    }
}

/// Characters `from..to` of a text.
fn cut(text: &Text, from: usize, to: usize, place: Source) -> Value {
    let offset = |at: usize| {
        let all = text.as_str();
        all.char_indices().nth(at).map_or(all.len(), |(offset, _)| offset)
    };
    let part = text.slice(crate::source::Span::new(offset(from), offset(to)));
    Value::new(Kind::Str(Arc::new(part)), place)
}

fn index(length: usize, at: i64) -> Option<usize> {
    let magnitude = usize::try_from(at.unsigned_abs()).ok()?;
    let at = if at < 0 { length.checked_sub(magnitude)? } else { magnitude };
    (at < length).then_some(at)
}
