//! `%` and `.format`, and what stands behind the colon in both.

use super::function::Arguments;
use super::python_str::{as_text, plain, repr};
use super::state::Machine;
use crate::migration::python::{Kind, Source, Text, Value};
use crate::source::Span;
use std::sync::Arc;

/// Text of a value under a format such as `04d` or `>10`; `None` where the format is not known.
pub(super) fn with_spec(shown: Text, spec: &Text, value: &Value, place: Source) -> Option<Text> {
    if spec.as_str().is_empty() {
        return Some(shown);
    }
    if !spec.is_known() || !shown.is_known() {
        return None;
    }
    let padded = pad(shown.as_str(), spec.as_str(), value)?;
    Some(Text::of(&padded, place))
}

/// Formats of numbers and widths, the ones that names are made with.
fn pad(shown: &str, spec: &str, value: &Value) -> Option<String> {
    let number = matches!(value.kind, Kind::Int(_));
    let spec = match spec.strip_suffix(['d', 's']) {
        Some(rest) => rest,
        None => spec,
    };
    let (align, spec) = match spec.chars().next() {
        Some(c @ ('<' | '>' | '^')) => (c, spec.get(1..)?),
        _ => (if number { '>' } else { '<' }, spec),
    };
    let fill = if spec.starts_with('0') { '0' } else { ' ' };
    if spec.is_empty() {
        return Some(shown.to_owned());
    }
    let width: usize = spec.parse().ok().filter(|width| *width <= 1_000)?;
    let missing = width.saturating_sub(shown.chars().count());
    let filled = |count: usize| fill.to_string().repeat(count);
    Some(match align {
        '>' => format!("{}{shown}", filled(missing)),
        '<' => format!("{shown}{}", filled(missing)),
        _ => format!("{}{shown}{}", filled(missing / 2), filled(missing - missing / 2)),
    })
}

/// `template % values`.
pub(super) fn percent(template: &Text, values: &Value) -> Option<Text> {
    let text = template.as_str();
    let mut out = Text::default();
    let mut next = 0;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('%')) {
        let start = at + found;
        out.append(&template.slice(Span::new(at, start)));
        let rest = text.get(start + 1..)?;
        let (name, width) = match rest.strip_prefix('(') {
            Some(named) => {
                let end = named.find(')')?;
                (Some(named.get(..end)?), end + 2)
            }
            None => (None, 0),
        };
        let flags = rest.get(width..)?;
        let digits = flags.find(|c: char| !(c.is_ascii_digit() || c == '-' || c == '.'))?;
        let conversion = flags.get(digits..)?.chars().next()?;
        let end = start + 1 + width + digits + conversion.len_utf8();
        let hole = template.slice(Span::new(start, end));
        let place = hole.sources().next().unwrap_or_default();
        at = end;
        if conversion == '%' {
            out.push("%", place);
            continue;
        }
        let value = match name {
            Some(name) => named(values, name),
            None => positional(values, next),
        };
        next += usize::from(name.is_none());
        let shown = value.as_ref().and_then(|value| match conversion {
            'r' => repr(value).map(|shown| Text::of(&shown, place)),
            's' | 'd' | 'i' => as_text(value, place),
            _ => None,
        });
        let spec = Text::of(flags.get(..digits)?, place);
        let shown = match (shown, value) {
            (Some(shown), Some(value)) => with_spec(shown, &spec, &value, place),
            _ => None,
        };
        match shown {
            Some(shown) => out.append(&shown),
            None => out.push_hole(name.unwrap_or("value"), place),
        }
    }
    out.append(&template.slice(Span::new(at, text.len())));
    Some(out)
}

/// A driver's statement with its marks (`%s`, `%(name)s`) as holes.
pub(super) fn without_marks(text: &Text) -> Text {
    let all = text.as_str();
    let mut out = Text::default();
    let mut at = 0;
    for (start, _) in all.match_indices('%') {
        let rest = all.get(start + 1..).unwrap_or("");
        let named = rest.strip_prefix('(').and_then(|rest| rest.split_once(")s"));
        let (label, length) = match named {
            Some((name, _)) if !name.contains(char::is_whitespace) => (name, name.len() + 4),
            _ if rest.starts_with('s') => ("value", 2),
            _ => continue,
        };
        if start < at {
            continue;
        }
        out.append(&text.slice(Span::new(at, start)));
        let mark = text.slice(Span::new(start, start + length));
        out.push_hole(label, mark.sources().next().unwrap_or_default());
        at = start + length;
    }
    out.append(&text.slice(Span::new(at, all.len())));
    out
}

fn positional(values: &Value, at: usize) -> Option<Value> {
    match &values.kind {
        Kind::Tuple(all) => all.get(at).cloned(),
        Kind::Unknown(_) => None,
        _ => (at == 0).then(|| values.clone()),
    }
}

fn named(values: &Value, name: &str) -> Option<Value> {
    match &values.kind {
        Kind::Dict(items) => {
            let item = items.iter().find(|(key, _)| key.as_str() == Some(name));
            item.map(|(_, value)| value.clone())
        }
        _ => None,
    }
}

impl Machine<'_> {
    /// `template.format(…)`.
    pub(super) fn format(&mut self, template: &Text, arguments: &Arguments) -> Option<Text> {
        let text = template.as_str();
        let mut out = Text::default();
        let mut next = 0;
        let mut at = 0;
        while let Some(found) = text.get(at..).and_then(|rest| rest.find(['{', '}'])) {
            let start = at + found;
            out.append(&template.slice(Span::new(at, start)));
            let rest = text.get(start..)?;
            if rest.starts_with("{{") || rest.starts_with("}}") {
                // A placeholder of our own stays one.
                let hole = template.slice(Span::new(start, start + 2));
                let end = if hole.is_known() { None } else { rest.find("}}") };
                let place = hole.sources().next().unwrap_or_default();
                match end {
                    Some(end) => {
                        out.append(&template.slice(Span::new(start, start + end + 2)));
                        at = start + end + 2;
                    }
                    None => {
                        out.push(rest.get(..1)?, place);
                        at = start + 2;
                    }
                }
                continue;
            }
            let end = rest.find('}')?;
            let field = rest.get(1..end)?;
            let hole = template.slice(Span::new(start, start + end + 1));
            let place = hole.sources().next().unwrap_or_default();
            at = start + end + 1;
            match self.field(field, arguments, &mut next, place) {
                Some(shown) => out.append(&shown),
                None => out.push_hole(field, place),
            }
        }
        out.append(&template.slice(Span::new(at, text.len())));
        Some(out)
    }

    fn field(
        &mut self,
        field: &str,
        arguments: &Arguments,
        next: &mut usize,
        place: Source,
    ) -> Option<Text> {
        let (path, spec) = field.split_once(':').unwrap_or((field, ""));
        let (path, conversion) = path.split_once('!').unwrap_or((path, ""));
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (name, members) = path.split_at_checked(end)?;
        let mut value = match name.parse::<usize>() {
            Ok(at) => arguments.args.get(at).cloned(),
            Err(_) if name.is_empty() => {
                *next += 1;
                arguments.args.get(*next - 1).cloned()
            }
            Err(_) => arguments.keyword(name).cloned(),
        }?;
        for member in members.split(['.', '[']).filter(|member| !member.is_empty()) {
            value = match member.strip_suffix(']') {
                Some(key) => {
                    let key = match key.parse::<i64>() {
                        Ok(number) => Value::new(Kind::Int(number), place),
                        Err(_) => Value::text(key, place),
                    };
                    self.item(value, &key, place)
                }
                None => self.attribute(value, member, place),
            };
        }
        let shown = match conversion {
            "r" => repr(&value).map(|shown| Text::of(&shown, place)),
            _ => as_text(&value, place),
        }?;
        with_spec(shown, &Text::of(spec, place), &value, place)
    }
}

/// `str(value)` as a value.
pub(super) fn str_of(value: &Value, place: Source) -> Option<Value> {
    if matches!(value.kind, Kind::Str(_)) {
        return Some(value.clone());
    }
    let shown = plain(value)?;
    Some(Value::new(Kind::Str(Arc::new(Text::of(&shown, place))), place))
}
