//! Moves the directive that makes or drops an index into a revision of its own, where it runs
//! outside of the transaction.

use super::following::{NewRevision, Runs};
use crate::finding::Edit;
use crate::migration::python::{Kind, Value};
use crate::migration::{Direction, Guard};
use crate::rule::{Directive, Remedy, StatementContext, directives, relocate};
use crate::source::Span;

impl StatementContext<'_> {
    /// The directive in a revision that follows this one, and what it has in the way back in the
    /// new one's; `None` where something that comes before that may need it.
    pub(super) fn move_directive_out(&self, directive: &Directive<'_>) -> Option<Remedy> {
        if directive.direction() != Direction::Up || directive.call.guard != Guard::Always {
            return None;
        }
        let (prefix, opposite) = match directive.call.name.as_str() {
            "create_index" => ("", "drop_index"),
            "drop_index" => ("drop_", "create_index"),
            _ => return None,
        };
        let name = directive.call.object_name()?.to_name()?;
        let later = directive.script.statements().skip(self.entry.index + 1);
        if relocate::mentions(later, &[&name]) {
            return None;
        }
        let mut edits = vec![directive.cut_out(directive.earlier().next()?)?];
        let mut back = directives(self.migration().down.as_ref()).filter(|one| {
            let same = one.call.object_name().and_then(Value::to_name).as_ref() == Some(&name);
            one.is(opposite) && same
        });
        let down = match (back.next(), back.next()) {
            (None, _) if opposite == "drop_index" => vec![drop_of(directive, &name)?],
            (Some(back), None) => {
                let mut others = directives(self.migration().down.as_ref())
                    .filter(|one| one.call.span != back.call.span);
                edits.push(match others.next() {
                    Some(other) => back.cut_out(other)?,
                    None => Edit { place: back.place(), text: "pass".to_owned() },
                });
                vec![back.concurrent_text()?]
            }
            _ => return None,
        };
        let new = NewRevision {
            description: &format!("{prefix}{name}"),
            up: vec![directive.concurrent_text()?],
            down,
            runs: Runs::Outside,
        };
        Some(Remedy { edits, creates: vec![self.write_following(&new)?] })
    }
}

/// What drops the index that a directive makes.
fn drop_of(directive: &Directive<'_>, name: &str) -> Option<String> {
    let (table, schema) = directive.call.table()?;
    let table = super::literal::string(&table.to_name()?);
    let schema = schema.filter(|schema| !schema.is_none());
    let schema = match schema {
        Some(schema) => format!(", schema={}", super::literal::string(&schema.to_name()?)),
        None => String::new(),
    };
    let (op, name) = (directive.receiver()?, super::literal::string(name));
    Some(format!(
        "{op}.drop_index({name}, table_name={table}{schema}, postgresql_concurrently=True)"
    ))
}

impl Directive<'_> {
    /// Takes the lines of the directive out of the block that it shares with another one.
    pub(super) fn cut_out(&self, other: Directive<'_>) -> Option<Edit> {
        let indent = self.indent()?;
        if other.indent()? != indent || self.call.via.is_some() {
            return None;
        }
        let start = self.call.span.start - indent.len();
        let place = self.script.place(Span::new(start, self.line_end()?));
        let speaks = place.text().contains("lockgate:");
        (!speaks).then_some(Edit { place, text: String::new() })
    }

    /// The call with the argument that makes it concurrent, for another file; `None` where it
    /// names something of this one.
    fn concurrent_text(&self) -> Option<String> {
        let keywords = self.call.kwargs.iter().map(|keyword| &keyword.value);
        let mut values = self.call.args.iter().chain(keywords);
        if self.receiver()? != "op" || !values.all(|value| self.is_written_here(value)) {
            return None;
        }
        let indent = self.indent()?;
        let edit = self.concurrently()?;
        let text = self.place().text().to_owned();
        if text.contains("\"\"\"") || text.contains("'''") {
            return None;
        }
        let (head, tail) = text.split_at_checked(edit.place.span.start - self.call.span.start)?;
        let text = format!("{head}{}{tail}", edit.text);
        let lines = text.lines().map(|line| line.strip_prefix(indent).unwrap_or(line));
        Some(lines.collect::<Vec<_>>().join("\n"))
    }

    /// Whether a value stands among the arguments as it is.
    fn is_written_here(&self, value: &Value) -> bool {
        let span = value.source.span;
        let inside = value.source.is_home()
            && self.call.span.start <= span.start
            && span.end <= self.call.span.end;
        let parts = |all: &[Value]| all.iter().all(|part| self.is_written_here(part));
        inside
            && match &value.kind {
                Kind::None | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => true,
                Kind::Str(text) => text.is_known(),
                Kind::List(all) | Kind::Tuple(all) => parts(all),
                Kind::Dict(all) => all
                    .iter()
                    .all(|(key, value)| self.is_written_here(key) && self.is_written_here(value)),
                Kind::Call(call) => {
                    let of_sqlalchemy = call.path().is_some_and(|path| {
                        path.starts_with("sqlalchemy.") || path == "alembic.op.f"
                    });
                    let here = |text: &str| self.script.place(span).text().starts_with(text);
                    of_sqlalchemy
                        && (here("sa.") || here("op."))
                        && parts(&call.args)
                        && call.kwargs.iter().all(|(_, value)| self.is_written_here(value))
                }
                _ => false,
            }
    }
}
