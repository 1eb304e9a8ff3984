//! One name for everything that can be imported from several places.

use smol_str::SmolStr;

/// Modules of SQLAlchemy whose members are all found in `sqlalchemy` itself.
const SAME_AS_SQLALCHEMY: &[&str] = &[
    "sqlalchemy.sql.expression.",
    "sqlalchemy.sql.functions.",
    "sqlalchemy.sql.sqltypes.",
    "sqlalchemy.sql.type_api.",
    "sqlalchemy.sql.schema.",
    "sqlalchemy.sql.selectable.",
    "sqlalchemy.sql.elements.",
    "sqlalchemy.sql.dml.",
    "sqlalchemy.sql.ddl.",
    "sqlalchemy.sql.",
    "sqlalchemy.schema.",
    "sqlalchemy.types.",
    "sqlalchemy.engine.reflection.",
    "sqlalchemy.inspection.",
];

/// The path by which a thing is known, whatever it was imported from.
pub(super) fn canonical(path: &str) -> SmolStr {
    for prefix in SAME_AS_SQLALCHEMY {
        if let Some(rest) = path.strip_prefix(prefix)
            && !rest.is_empty()
            && rest != "expression"
        {
            return SmolStr::new(format!("sqlalchemy.{rest}"));
        }
    }
    if let Some(rest) = path.strip_prefix("sqlalchemy.dialects.") {
        let mut parts = rest.split('.');
        if let (Some(dialect), Some(member)) = (parts.next(), parts.next_back()) {
            return SmolStr::new(format!("sqlalchemy.dialects.{dialect}.{member}"));
        }
    }
    if let Some(rest) = path.strip_prefix("alembic.operations.") {
        return SmolStr::new(format!("alembic.op.{rest}"));
    }
    SmolStr::new(path)
}

/// Whether a top-level package is never a module of the project, whatever folders it has.
pub(super) fn is_foreign(dotted: &str) -> bool {
    let top = dotted.split('.').next().unwrap_or(dotted);
    matches!(
        top,
        "alembic"
            | "sqlalchemy"
            | "typing"
            | "collections"
            | "contextlib"
            | "datetime"
            | "enum"
            | "functools"
            | "itertools"
            | "json"
            | "logging"
            | "math"
            | "os"
            | "random"
            | "re"
            | "string"
            | "sys"
            | "textwrap"
            | "time"
            | "uuid"
            | "warnings"
            | "flask"
            | "__future__"
    )
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn members_have_one_name() {
        assert_eq!(canonical("sqlalchemy.sql.expression.text"), "sqlalchemy.text");
        assert_eq!(canonical("sqlalchemy.sql.func.now"), "sqlalchemy.func.now");
        assert_eq!(canonical("sqlalchemy.types.Integer"), "sqlalchemy.Integer");
        let uuid = "sqlalchemy.dialects.postgresql.base.UUID";
        assert_eq!(canonical(uuid), "sqlalchemy.dialects.postgresql.UUID");
        assert_eq!(canonical("sqlalchemy.sql"), "sqlalchemy.sql");
        assert_eq!(canonical("sqlalchemy.orm.Session"), "sqlalchemy.orm.Session");
    }
}
