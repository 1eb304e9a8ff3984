//! Directives of a migration framework, for rules whose hazard is in how the Python is written.

use super::MigrationContext;
use crate::finding::Edit;
use crate::migration::python::{DirectiveCall, Kind, Value};
use crate::migration::{Direction, Script, Step};
use crate::source::{Place, Span};

/// A directive where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Directive<'a> {
    /// The script.
    pub script: &'a Script,
    /// The step that it is.
    pub step: &'a Step,
    /// The call.
    pub call: &'a DirectiveCall,
}

/// The directives of a script in their order; none where it is written in SQL.
pub fn directives(script: Option<&Script>) -> impl Iterator<Item = Directive<'_>> {
    script.into_iter().flat_map(|script| {
        script.steps.iter().filter_map(move |step| {
            let call = step.directive.as_deref()?;
            Some(Directive { script, step, call })
        })
    })
}

impl<'a> MigrationContext<'a> {
    /// Its directives, the way forward first.
    pub fn directives(&self) -> impl Iterator<Item = Directive<'a>> + use<'a> {
        let migration = self.migration;
        directives(migration.up.as_ref()).chain(directives(migration.down.as_ref()))
    }
}

impl<'a> Directive<'a> {
    /// The whole call.
    pub fn place(&self) -> Place {
        self.script.place(self.call.span)
    }

    /// A value among its arguments; the call, where it is written in another file.
    pub fn place_of(&self, value: &Value) -> Place {
        if value.source.is_home() && !value.source.span.is_empty() {
            return self.script.place(value.source.span);
        }
        self.place()
    }

    /// A keyword argument as a whole.
    pub fn place_of_keyword(&self, name: &str) -> Place {
        let keyword = self.call.kwargs.iter().find(|keyword| keyword.name == name);
        let here = keyword.filter(|_| self.call.via.is_none());
        here.map_or_else(|| self.place(), |keyword| self.script.place(keyword.span))
    }

    /// Which way its script goes.
    pub fn direction(&self) -> Direction {
        self.script.source.direction
    }

    /// Whether it is a method of `op`, or of a batch, of this name.
    pub fn is(&self, name: &str) -> bool {
        self.call.name == name
    }

    /// Its table, as printed; nothing where it is not known.
    pub fn table(&self) -> Option<String> {
        let (table, schema) = self.call.table()?;
        let table = known_name(table)?;
        Some(match schema.and_then(known_name) {
            Some(schema) if !matches!(schema.as_str(), "" | "public") => {
                format!("{schema}.{table}")
            }
            _ => table,
        })
    }

    /// Directives of its script before it.
    pub fn earlier(&self) -> impl Iterator<Item = Directive<'a>> + use<'a> {
        let at = self.call.name_span;
        let number = self.call.span;
        directives(Some(self.script))
            .take_while(move |other| other.call.name_span != at || other.call.span != number)
    }

    /// Whether its script has made the table before it.
    pub fn is_on_new_table(&self) -> bool {
        let Some(table) = self.table() else { return false };
        self.earlier()
            .any(|other| other.is("create_table") && other.table().as_ref() == Some(&table))
    }

    /// Whether the file knows what the text names: `sa`.
    pub fn can_write(&self, text: &str) -> bool {
        !text.contains("sa.") || self.script.source.file.text().contains("import sqlalchemy as sa")
    }

    /// Appends an argument to the call; nothing where it is written in another file.
    pub fn append_argument(&self, argument: &str) -> Option<Edit> {
        if self.call.via.is_some() {
            return None;
        }
        append_argument(self.script, self.call.span, argument)
    }

    /// Appends an argument to a call among its arguments: `sa.Column(…)`.
    pub fn append_to(&self, value: &Value, argument: &str) -> Option<Edit> {
        let home = value.source.is_home() && matches!(value.kind, Kind::Call(_));
        home.then(|| append_argument(self.script, value.source.span, argument)).flatten()
    }
}

/// A name that is known in full.
fn known_name(value: &Value) -> Option<String> {
    value.to_name().filter(|name| !name.contains("{{"))
}

/// Inserts an argument before the closing parenthesis at the end of `span`.
fn append_argument(script: &Script, span: Span, argument: &str) -> Option<Edit> {
    let body = script.source.file.slice(span).strip_suffix(')')?.trim_end();
    let last_line = body.rsplit('\n').next().unwrap_or("");
    let text = match body.chars().next_back()? {
        '(' => argument.to_owned(),
        // One argument a line stays one argument a line.
        ',' if body.contains('\n') => {
            let indent = last_line.len() - last_line.trim_start().len();
            format!("\n{}{argument},", last_line.get(..indent).unwrap_or(""))
        }
        ',' => format!(" {argument}"),
        _ => format!(", {argument}"),
    };
    let at = span.start + body.len();
    Some(Edit { place: script.place(Span::new(at, at)), text })
}
