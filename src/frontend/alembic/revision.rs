//! A revision's place in the graph, read from its module-level names.

use super::eval::constants;
use super::library::{Library, NoSources};
use super::module::{Module, span};
use crate::migration::python::{Kind, Reference, Revision, Value};
use crate::source::Span;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

/// What a Python file in a folder of revisions is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Header {
    /// A revision.
    Revision(Revision),
    /// It has the functions or the names of one, but no id.
    Broken(&'static str),
    /// Something else: a helper, a package.
    Other,
}

/// Reads a file's header.
pub fn header(module: &Module) -> Header {
    let has_functions = module.binds("upgrade") || module.binds("downgrade");
    if !module.binds("revision") {
        return match (has_functions, module.binds("down_revision")) {
            (_, true) => Header::Broken("it has `down_revision`, but no `revision`"),
            (true, false) if module.binds("op") => {
                Header::Broken("it has `upgrade()`, but no `revision`")
            }
            _ => Header::Other,
        };
    }
    let library = Library::new(&NoSources);
    let names = ["revision", "down_revision", "branch_labels", "depends_on"];
    let [id, parents, labels, depends_on] = constants(module, &library, names);
    let Some(id) = id else { return Header::Other };
    let Some(written) = id.as_str() else {
        return match has_functions {
            true => Header::Broken("its `revision` is no string that is known"),
            false => Header::Other,
        };
    };
    if !has_functions && !module.binds("down_revision") {
        return Header::Other;
    }
    Header::Revision(Revision {
        id: written.to_owned(),
        id_span: id.source.span,
        parents: references(parents),
        depends_on: references(depends_on),
        labels: references(labels).into_iter().map(|label| label.written).collect(),
        description: description(module),
        idle_downgrade: idle(module, "downgrade"),
        imports: super::imports::of(module),
    })
}

/// Where a function does nothing: its `pass`, or the place behind its docstring.
fn idle(module: &Module, name: &str) -> Option<Span> {
    let Some(Stmt::FunctionDef(def)) = module.binding(name).last() else { return None };
    let is_docstring = |statement: &Stmt| matches!(statement, Stmt::Expr(expr) if expr.value.is_string_literal_expr());
    let is_idle = |statement: &Stmt| match statement {
        Stmt::Pass(_) => true,
        Stmt::Expr(expr) => expr.value.is_ellipsis_literal_expr(),
        _ => false,
    };
    let (docstring, rest) = match def.body.split_first() {
        Some((first, rest)) if is_docstring(first) => (Some(first), rest),
        _ => (None, &def.body[..]),
    };
    match (rest.first(), rest.last(), docstring) {
        (Some(first), Some(last), _) if rest.iter().all(is_idle) => {
            Some(span(first.range().cover(last.range())))
        }
        (None, _, Some(docstring)) => {
            let end = span(docstring.range()).end;
            Some(Span::new(end, end))
        }
        _ => None,
    }
}

/// A string, or strings in a list or tuple; `None` gives none.
fn references(value: Option<Value>) -> Vec<Reference> {
    let Some(value) = value else { return Vec::new() };
    let one = |value: &Value| {
        let written = match &value.kind {
            Kind::None => return None,
            _ => value.as_str().unwrap_or("?"),
        };
        Some(Reference { written: written.to_owned(), span: value.source.span, id: None })
    };
    match value.elements() {
        Some(all) => all.iter().filter_map(one).collect(),
        None => one(&value).into_iter().collect(),
    }
}

fn description(module: &Module) -> String {
    let Some(Stmt::Expr(first)) = module.body().first() else { return String::new() };
    let Expr::StringLiteral(docstring) = &*first.value else { return String::new() };
    docstring.value.to_str().trim().lines().next().unwrap_or("").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;
    use std::sync::Arc;

    fn of(text: &str) -> Header {
        header(&Module::parse(Arc::new(SourceFile::new("a.py", text)), None))
    }

    fn revision(text: &str) -> Revision {
        match of(text) {
            Header::Revision(revision) => revision,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn plain_and_annotated_headers_are_read() {
        let plain = revision(
            "\"\"\"Orders\n\nRevises: a\n\"\"\"\nrevision = 'b'\ndown_revision = 'a'\nbranch_labels = None\n",
        );
        assert_eq!((plain.id.as_str(), plain.description.as_str()), ("b", "Orders"));
        assert_eq!(plain.parents[0].written, "a");
        let typed = revision(
            "revision: str = 'c'\ndown_revision: Union[str, None] = ('a', 'b')\nbranch_labels: x = ('shop',)\ndepends_on = ['d']\n",
        );
        let parents: Vec<&str> = typed.parents.iter().map(|one| one.written.as_str()).collect();
        assert_eq!(parents, ["a", "b"]);
        assert_eq!(typed.labels, ["shop"]);
        assert_eq!(typed.depends_on[0].written, "d");
        let base = revision("revision = 'a'\ndown_revision = None\n");
        assert!(base.parents.is_empty());
    }

    #[test]
    fn what_is_no_revision_is_told_from_what_should_be_one() {
        assert_eq!(of("def helper(): pass\n"), Header::Other);
        assert!(matches!(of("down_revision = 'a'\n"), Header::Broken(_)));
        let nameless = "from alembic import op\ndef upgrade():\n    op.drop_table('a')\n";
        assert!(matches!(of(nameless), Header::Broken(_)));
        assert_eq!(of("revision = 1\n"), Header::Other);
    }
}
