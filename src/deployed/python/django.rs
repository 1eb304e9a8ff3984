//! Django: fields of models, and the names that Django gives columns.

use super::{Constants, keyword, known_string, last_name, offset};
use crate::deployed::mention::{DeclaredColumn, How};
use ruff_python_ast::{Expr, Stmt, StmtClassDef};
use smol_str::SmolStr;

/// The column that `attribute = models.SomeField(…)` declares.
pub(super) fn field(
    attribute: &str,
    value: &Expr,
    constants: &Constants,
) -> Option<DeclaredColumn> {
    let Expr::Call(call) = value else { return None };
    let kind = last_name(&call.func)?;
    if !is_field(kind) {
        return None;
    }
    let written = keyword(call, "db_column").and_then(|name| known_string(name, constants));
    let name = written.unwrap_or_else(|| match kind {
        "ForeignKey" | "OneToOneField" | "ParentalKey" => SmolStr::new(format!("{attribute}_id")),
        _ => SmolStr::new(attribute),
    });
    let attribute = SmolStr::new(attribute);
    Some(DeclaredColumn { name, attribute, how: How::Declared, offset: offset(call) })
}

fn is_field(kind: &str) -> bool {
    let many = matches!(kind, "ManyToManyField" | "GenericRelation" | "GenericForeignKey");
    (kind.ends_with("Field") || matches!(kind, "ForeignKey" | "ParentalKey")) && !many
}

/// What `class Meta` says.
#[derive(Debug, Default)]
pub(super) struct Meta {
    /// `db_table`.
    pub table: Option<SmolStr>,
    /// `abstract = True` or `proxy = True`.
    pub is_abstract: bool,
    /// Whether there is a `Meta` with an entry that only Django's models have.
    pub is_django: bool,
}

/// Reads `class Meta` of a model.
pub(super) fn meta(class: &StmtClassDef, constants: &Constants) -> Meta {
    let mut meta = Meta::default();
    let inner = class.body.iter().find_map(|stmt| match stmt {
        Stmt::ClassDef(inner) if inner.name.as_str() == "Meta" => Some(inner),
        _ => None,
    });
    let Some(inner) = inner else { return meta };
    for stmt in &inner.body {
        let Stmt::Assign(assign) = stmt else { continue };
        let Some(Expr::Name(target)) = assign.targets.first() else { continue };
        match target.id.as_str() {
            "db_table" => {
                let written = known_string(&assign.value, constants);
                // `"schema"."table"` is how Django users write a schema.
                meta.table = written.map(|name| SmolStr::new(name.trim_matches('"')));
                meta.is_django = true;
            }
            "abstract" | "proxy" => {
                meta.is_abstract |= super::is_true(Some(&assign.value));
                meta.is_django = true;
            }
            "app_label" | "unique_together" | "verbose_name" | "managed" => meta.is_django = true,
            _ => {}
        }
    }
    meta
}
