//! Methods of strings, and `textwrap.dedent`.

use super::function::Arguments;
use super::state::Machine;
use crate::migration::python::{Kind, Source, Text, Value};
use crate::source::Span;
use std::sync::Arc;

impl Machine<'_> {
    pub(super) fn string_method(
        &mut self,
        text: &Text,
        name: &str,
        arguments: &Arguments,
        place: Source,
    ) -> Value {
        let of = |text: Text| Value::new(Kind::Str(Arc::new(text)), place);
        let first = arguments.args.first().and_then(Value::as_str);
        let known = match name {
            "format" => self.format(text, arguments).map(of),
            "format_map" => match arguments.args.first().map(|value| &value.kind) {
                Some(Kind::Dict(items)) => {
                    let mut arguments = Arguments::default();
                    for (key, value) in items.iter() {
                        if let Some(key) = key.as_str() {
                            arguments.add(key, value.clone(), place.span);
                        }
                    }
                    self.format(text, &arguments).map(of)
                }
                _ => None,
            },
            "strip" | "lstrip" | "rstrip" => Some(of(strip(text, name, first))),
            "join" => self.join(text, arguments, place).map(of),
            "upper" => Some(of(text.map(str::to_uppercase))),
            "lower" | "casefold" => Some(of(text.map(str::to_lowercase))),
            "encode" | "decode" | "expandtabs" => Some(of(text.clone())),
            "removeprefix" => first.map(|prefix| of(without(text, prefix, ""))),
            "removesuffix" => first.map(|suffix| of(without(text, "", suffix))),
            "replace" => replace(text, arguments).map(of),
            _ if !text.is_certain() => None,
            _ => question(text, name, arguments, place),
        };
        known.unwrap_or_else(|| Value::unknown(format!("what `.{name}` gives"), place))
    }

    fn join(&mut self, separator: &Text, arguments: &Arguments, place: Source) -> Option<Text> {
        let parts = arguments.args.first()?;
        let Some(all) = self.iterated(parts) else {
            let mut out = Text::default();
            out.push_hole("parts", place);
            return Some(out);
        };
        let mut out = Text::default();
        for (at, part) in all.iter().enumerate() {
            if at > 0 {
                out.append(separator);
            }
            match &part.kind {
                Kind::Str(text) => out.append(text),
                _ => out.push_hole("part", part.source),
            }
        }
        Some(out)
    }
}

fn strip(text: &Text, name: &str, chars: Option<&str>) -> Text {
    let all = text.as_str();
    let drop = |c: char| match chars {
        Some(chars) => chars.contains(c),
        None => c.is_whitespace(),
    };
    let start = if name == "rstrip" { 0 } else { all.len() - all.trim_start_matches(drop).len() };
    let end = if name == "lstrip" { all.len() } else { all.trim_end_matches(drop).len() };
    text.slice(Span::new(start.min(end), end))
}

fn without(text: &Text, prefix: &str, suffix: &str) -> Text {
    let all = text.as_str();
    let start = if all.starts_with(prefix) { prefix.len() } else { 0 };
    let end = if all.ends_with(suffix) { all.len() - suffix.len() } else { all.len() };
    text.slice(Span::new(start.min(end), end))
}

fn replace(text: &Text, arguments: &Arguments) -> Option<Text> {
    let (from, to) = (arguments.args.first()?.as_str()?, arguments.args.get(1)?.as_str()?);
    if from.is_empty() {
        return None;
    }
    let mut out = Text::default();
    let mut at = 0;
    for (found, _) in text.as_str().match_indices(from) {
        out.append(&text.slice(Span::new(at, found)));
        let replaced = text.slice(Span::new(found, found + from.len()));
        out.push(to, replaced.sources().next().unwrap_or_default());
        at = found + from.len();
    }
    out.append(&text.slice(Span::new(at, text.as_str().len())));
    Some(out)
}

/// Methods whose answer needs the whole text.
fn question(text: &Text, name: &str, arguments: &Arguments, place: Source) -> Option<Value> {
    let all = text.as_str();
    let first = arguments.args.first();
    let bool_of = |truth: bool| Value::new(Kind::Bool(truth), place);
    let text_of = |said: &str| Value::text(said, place);
    let list = |parts: Vec<Span>| {
        let parts =
            parts.into_iter().map(|span| Value::new(Kind::Str(Arc::new(text.slice(span))), place));
        Value::new(Kind::List(parts.collect()), place)
    };
    let span_of = |part: &str| {
        let start = part.as_ptr().addr().saturating_sub(all.as_ptr().addr());
        Span::new(start, start + part.len())
    };
    Some(match name {
        "startswith" => bool_of(any_of(first?, |part| all.starts_with(part))?),
        "endswith" => bool_of(any_of(first?, |part| all.ends_with(part))?),
        "isdigit" => bool_of(!all.is_empty() && all.chars().all(|c| c.is_ascii_digit())),
        "split" => match first.and_then(Value::as_str) {
            Some(separator) if !separator.is_empty() => {
                list(all.split(separator).map(span_of).collect())
            }
            None if arguments.args.is_empty() => {
                list(all.split_whitespace().map(span_of).collect())
            }
            _ => return None,
        },
        "splitlines" => list(all.lines().map(span_of).collect()),
        "capitalize" | "title" => {
            let mut chars = all.chars();
            let head: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
            text_of(&format!("{head}{}", chars.as_str().to_lowercase()))
        }
        "zfill" => match first.map(|value| &value.kind) {
            Some(Kind::Int(width)) => {
                let width = usize::try_from(*width).ok().filter(|width| *width <= 1_000)?;
                text_of(&format!("{all:0>width$}"))
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// Whether a test holds for a string, or for one of a tuple of them.
fn any_of(value: &Value, test: impl Fn(&str) -> bool) -> Option<bool> {
    match value.elements() {
        Some(parts) => {
            let parts: Option<Vec<&str>> = parts.iter().map(Value::as_str).collect();
            Some(parts?.into_iter().any(test))
        }
        None => value.as_str().map(test),
    }
}

/// `textwrap.dedent`.
pub(super) fn dedent(text: &Text) -> Text {
    let all = text.as_str();
    let lines = || all.split_inclusive('\n');
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let margin = lines().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let mut out = Text::default();
    let mut at = 0;
    for line in lines() {
        let blank = line.trim().is_empty();
        let skipped = if blank { line.trim_end_matches('\n').len() } else { margin };
        out.append(&text.slice(Span::new(at + skipped.min(line.len()), at + line.len())));
        at += line.len();
    }
    out
}
