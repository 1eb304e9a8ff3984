//! SQLAlchemy columns: what an attribute of a class declares.

use super::{Constants, is_true, keyword, known_string, last_name, offset};
use crate::deployed::mention::{DeclaredColumn, How};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFunctionDef};
use smol_str::SmolStr;

/// The column that `attribute = value` declares, if any.
pub(super) fn assigned(
    attribute: &str,
    value: &Expr,
    constants: &Constants,
) -> Option<DeclaredColumn> {
    let Expr::Call(call) = value else { return None };
    match last_name(&call.func)? {
        "Column" | "mapped_column" | "MappedColumn" => {
            Some(column(attribute, call, How::Declared, constants))
        }
        "deferred" => {
            let mut inner = assigned(attribute, call.arguments.args.first()?, constants)?;
            inner.how = How::Deferred;
            Some(inner)
        }
        "column_property" | "query_expression" | "synonym" => {
            assigned(attribute, call.arguments.args.first()?, constants)
        }
        _ => None,
    }
}

fn column(attribute: &str, call: &ExprCall, how: How, constants: &Constants) -> DeclaredColumn {
    let first = call.arguments.args.first().and_then(|first| known_string(first, constants));
    let name = keyword(call, "name").and_then(|name| known_string(name, constants)).or(first);
    let deferred = is_true(keyword(call, "deferred"));
    DeclaredColumn {
        name: name.unwrap_or_else(|| SmolStr::new(attribute)),
        attribute: SmolStr::new(attribute),
        how: if deferred { How::Deferred } else { how },
        offset: offset(call),
    }
}

/// The column of `attribute: Mapped[…]`, with or without a value.
pub(super) fn annotated(
    attribute: &str,
    annotation: &Expr,
    value: Option<&Expr>,
    constants: &Constants,
) -> Option<DeclaredColumn> {
    if let Some(value) = value {
        if let Some(column) = assigned(attribute, value, constants) {
            return Some(column);
        }
        // `Mapped[…] = relationship(…)` is no column.
        return None;
    }
    let mapped =
        last_name(annotation) == Some("Mapped") && matches!(annotation, Expr::Subscript(_));
    let Expr::Subscript(subscript) = annotation else { return None };
    // `Mapped["Order"]` and `Mapped[list["Order"]]` without a value would be no mapping at all.
    let column = || DeclaredColumn {
        name: SmolStr::new(attribute),
        attribute: SmolStr::new(attribute),
        how: How::Declared,
        offset: offset(subscript),
    };
    mapped.then(column)
}

/// A field of a class under `SQLModel`: an annotated name, unless it is a relationship.
pub(super) fn field(
    attribute: &str,
    value: Option<&Expr>,
    at: usize,
    constants: &Constants,
) -> Option<DeclaredColumn> {
    let mut name = SmolStr::new(attribute);
    if let Some(Expr::Call(call)) = value {
        match last_name(&call.func) {
            Some("Relationship") => return None,
            Some("Field") => {
                if let Some(column) = keyword(call, "sa_column") {
                    let declared = assigned(attribute, column, constants)?;
                    return Some(DeclaredColumn { offset: at, ..declared });
                }
                if let Some(written) = renamed(call) {
                    name = written;
                }
            }
            _ => {}
        }
    }
    let attribute = SmolStr::new(attribute);
    Some(DeclaredColumn { name, attribute, how: How::Declared, offset: at })
}

/// `sa_column_kwargs={"name": "…"}`.
fn renamed(call: &ExprCall) -> Option<SmolStr> {
    let Expr::Dict(dict) = keyword(call, "sa_column_kwargs")? else { return None };
    dict.items.iter().find_map(|item| {
        let key = super::string(item.key.as_ref()?)?;
        (key == "name").then(|| super::string(&item.value)).flatten()
    })
}

/// The column that a method under `@declared_attr` returns.
pub(super) fn declared_attr(
    function: &StmtFunctionDef,
    constants: &Constants,
) -> Option<DeclaredColumn> {
    let decorated = function.decorator_list.iter().any(|decorator| {
        let name = match &decorator.expression {
            Expr::Attribute(attribute) if attribute.attr.as_str() == "directive" => {
                last_name(&attribute.value)
            }
            other => last_name(other),
        };
        matches!(name, Some("declared_attr" | "cascading"))
    });
    if !decorated {
        return None;
    }
    function.body.iter().find_map(|stmt| match stmt {
        Stmt::Return(back) => {
            let value = back.value.as_deref()?;
            assigned(function.name.as_str(), value, constants)
        }
        _ => None,
    })
}
