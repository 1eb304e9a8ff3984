//! f-strings, and what `str()` makes of values.

use super::super::literal;
use super::super::module::span;
use super::state::Machine;
use crate::migration::python::{Kind, Source, Text, Value};
use ruff_python_ast::{
    ConversionFlag, ExprFString, FStringPart, InterpolatedElement, InterpolatedStringElement,
};
use ruff_text_size::Ranged;
use std::sync::Arc;

impl<'a> Machine<'a> {
    pub(super) fn f_string(&mut self, string: &'a ExprFString) -> Value {
        let mut text = Text::default();
        let (source, module) = (self.file_text(), self.module_number());
        for part in string.value.iter() {
            match part {
                FStringPart::Literal(part) => literal::push(&mut text, part, source, module),
                FStringPart::FString(part) => {
                    for element in part.elements.iter() {
                        self.f_element(&mut text, element);
                    }
                }
            }
        }
        self.value(Kind::Str(Arc::new(text)), string)
    }

    fn f_element(&mut self, text: &mut Text, element: &'a InterpolatedStringElement) {
        match element {
            InterpolatedStringElement::Literal(part) => {
                let place = Source { module: self.module_number(), span: span(part.range()) };
                literal::push_content(text, &part.value, self.file_text(), place, true);
            }
            InterpolatedStringElement::Interpolation(part) => self.interpolation(text, part),
        }
    }

    fn interpolation(&mut self, text: &mut Text, part: &'a InterpolatedElement) {
        let value = self.expression(&part.expression);
        let place = self.source(part);
        let mut spec = Text::default();
        if let Some(format) = &part.format_spec {
            for element in format.elements.iter() {
                self.f_element(&mut spec, element);
            }
        }
        let shown = match part.conversion {
            ConversionFlag::None | ConversionFlag::Str => as_text(&value, place),
            ConversionFlag::Repr | ConversionFlag::Ascii => {
                repr(&value).map(|shown| Text::of(&shown, place))
            }
        };
        let shown = shown.and_then(|shown| super::format::with_spec(shown, &spec, &value, place));
        match shown {
            Some(shown) => text.append(&shown),
            None => text.push_hole(self.slice(&*part.expression), place),
        }
    }
}

/// `str(value)`, written at `place`; `None` where that is not known.
pub(super) fn as_text(value: &Value, place: Source) -> Option<Text> {
    if let Kind::Str(text) = &value.kind {
        return Some(text.moved_to(place));
    }
    plain(value).map(|shown| Text::of(&shown, place))
}

/// `str(value)` of what is no string.
pub(super) fn plain(value: &Value) -> Option<String> {
    match &value.kind {
        Kind::Str(text) if text.is_known() => Some(text.as_str().to_owned()),
        Kind::Call(call) if call.path() == Some("sqlalchemy.text") => {
            call.args.first()?.as_str().map(str::to_owned)
        }
        Kind::Call(call) if call.path() == Some("uuid.UUID") => {
            call.args.first()?.as_str().map(str::to_owned)
        }
        _ => repr(value),
    }
}

/// `repr(value)`.
pub(super) fn repr(value: &Value) -> Option<String> {
    let list = |all: &[Value]| {
        let parts: Option<Vec<String>> = all.iter().map(repr).collect();
        parts.map(|parts| parts.join(", "))
    };
    Some(match &value.kind {
        Kind::None => "None".to_owned(),
        Kind::Bool(true) => "True".to_owned(),
        Kind::Bool(false) => "False".to_owned(),
        Kind::Int(number) => number.to_string(),
        Kind::Float(number) => number.to_string(),
        Kind::Str(text) if text.is_known() => quoted(text.as_str()),
        Kind::List(all) => format!("[{}]", list(all)?),
        Kind::Tuple(all) if all.len() == 1 => format!("({},)", list(all)?),
        Kind::Tuple(all) => format!("({})", list(all)?),
        Kind::Set(all) if !all.is_empty() => format!("{{{}}}", list(all)?),
        Kind::Dict(items) => {
            let parts: Option<Vec<String>> = items
                .iter()
                .map(|(key, value)| Some(format!("{}: {}", repr(key)?, repr(value)?)))
                .collect();
            format!("{{{}}}", parts?.join(", "))
        }
        _ => return None,
    })
}

/// A string as Python shows it.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}
