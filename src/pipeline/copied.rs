//! Fills in what Alembic's batches send on SQLite: each copies its table as the history has made
//! it by then.

use crate::frontend::alembic::{
    CopiedTable, Reflected, ReflectedColumn, ReflectedConstraint, ReflectedIndex, ReflectedKind,
    copied_tables,
};
use crate::migration::{
    Dialect, Ident, IndexedColumn, Migration, ReferentialAction, Script, Target,
};
use crate::schema::{
    ApplyContext, Column, Constraint, ConstraintBody, Index, RelationBody, RelationName, Schema,
};

/// Fills in both directions of all migrations, which are in the order of the history.
pub(super) fn fill(migrations: &mut [Migration], target: &Target) {
    let has_batches = migrations
        .iter()
        .flat_map(|one| [&one.up, &one.down].into_iter().flatten())
        .any(|script| !copied_tables(script).is_empty());
    if target.dialect != Dialect::Sqlite || !has_batches {
        return;
    }
    let mut schema = Schema::empty();
    for migration in migrations {
        let context = ApplyContext { migration: &migration.id, target };
        if let Some(up) = &mut migration.up {
            run(up, &mut schema, &context);
        }
        if let Some(down) = &mut migration.down {
            run(down, &mut schema.clone(), &context);
        }
    }
}

fn run(script: &mut Script, schema: &mut Schema, context: &ApplyContext<'_>) {
    let copied = copied_tables(script);
    for at in 0..script.steps.len() {
        if let Some(batch) = copied.iter().find(|one| one.last_step() == at) {
            let table = reflected(batch, schema);
            batch.fill(script, table);
        }
        let Some(step) = script.steps.get(at) else { continue };
        // Directives of a batch wait for its last one.
        let waits = copied.iter().any(|one| one.waits(at));
        for statement in step.statements.iter().filter(|_| !waits) {
            schema.apply(statement, context);
        }
    }
    schema.end_transaction();
    schema.end_temporary();
}

/// The batch's table, where the replay is sure of all of it.
fn reflected(batch: &CopiedTable, schema: &Schema) -> Option<Reflected> {
    let name = schema.resolve(&batch.table()?);
    let table = schema.table(&name).known().filter(|table| table.columns_known)?;
    let columns: Option<Vec<ReflectedColumn>> = table.columns.iter().map(column).collect();
    Some(Reflected {
        name: name.name.to_string(),
        columns: columns?,
        constraints: table.constraints.iter().filter_map(|one| constraint(one, &name)).collect(),
        indexes: indexes(schema, &name),
    })
}

fn column(of: &Column) -> Option<ReflectedColumn> {
    let data_type = of.data_type.as_ref()?;
    let written = match data_type.written.as_str() {
        "" => data_type.to_string(),
        written => written.to_owned(),
    };
    let generated = of.generated.as_ref().map(|generated| {
        let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
        format!("GENERATED ALWAYS AS ({}) {kind}", generated.expr.sql)
    });
    Some(ReflectedColumn {
        name: of.name.to_string(),
        data_type: written,
        default: of.default.as_ref().map(|default| in_parentheses(&default.sql)),
        nullable: Some(!of.not_null),
        generated,
    })
}

/// Alembic puts defaults in parentheses that are no digit, no string and in none.
fn in_parentheses(default: &str) -> String {
    let encloses = |open: &[char], close: &[char]| {
        default.len() > 2 && default.starts_with(open) && default.ends_with(close)
    };
    let digit = default.len() == 1 && default.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    match digit || encloses(&['\'', '"'], &['\'', '"']) || encloses(&['('], &[')']) {
        true => default.to_owned(),
        false => format!("({default})"),
    }
}

fn constraint(of: &Constraint, table: &RelationName) -> Option<ReflectedConstraint> {
    let names = |all: &[Ident]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let kind = match &of.body {
        ConstraintBody::PrimaryKey { .. } => ReflectedKind::PrimaryKey,
        ConstraintBody::Unique { .. } => ReflectedKind::Unique,
        ConstraintBody::Check { expr, .. } => ReflectedKind::Check(expr.sql.to_string()),
        ConstraintBody::ForeignKey { table, referenced, on_delete, on_update, .. } => {
            let rule = |word: &str, action: ReferentialAction| match action {
                ReferentialAction::NoAction => String::new(),
                action => format!(" ON {word} {}", action.as_sql()),
            };
            let rules = format!("{}{}", rule("DELETE", *on_delete), rule("UPDATE", *on_update));
            let references = names(referenced);
            ReflectedKind::ForeignKey { table: table.name.to_string(), references, rules }
        }
        ConstraintBody::Exclude { .. } | ConstraintBody::NotNull { .. } => return None,
    };
    let columns = match kind {
        // The condition speaks of them itself.
        ReflectedKind::Check(_) => Vec::new(),
        _ => names(of.columns()),
    };
    let name = (!is_made_up(of, table)).then(|| of.name.to_string());
    Some(ReflectedConstraint { name, columns, kind })
}

/// Whether the replay has named it: SQLite keeps no name where none was written.
fn is_made_up(of: &Constraint, table: &RelationName) -> bool {
    let name = of.name.as_str();
    let label = match &of.body {
        ConstraintBody::PrimaryKey { .. } => "pkey",
        ConstraintBody::Unique { .. } => "key",
        ConstraintBody::Check { .. } => "check",
        _ => "fkey",
    };
    let tail = name.trim_end_matches(|c: char| c.is_ascii_digit());
    name.starts_with("sqlite_autoindex_")
        || (name.starts_with(table.name.as_str()) && tail.ends_with(&format!("_{label}")))
}

/// Indexes on columns; those on expressions are not seen by SQLAlchemy.
fn indexes(schema: &Schema, name: &RelationName) -> Vec<ReflectedIndex> {
    let index = |name: &RelationName, index: &Index| {
        let column = |one: &IndexedColumn| one.column.as_ref().map(ToString::to_string);
        let columns: Option<Vec<String>> = index.columns.iter().map(column).collect();
        Some(ReflectedIndex {
            name: name.name.to_string(),
            unique: index.unique,
            columns: columns?,
            predicate: index.predicate.as_ref().map(|predicate| predicate.sql.to_string()),
        })
    };
    let own = schema.dependents(name).filter_map(|relation| match &relation.body {
        RelationBody::Index(body) if body.constraint.is_none() => index(&relation.name, body),
        _ => None,
    });
    own.collect()
}
