//! `inline-references-ignored`: REFERENCES behind a column, which older servers read and forget.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::{
    Action, ActionKind, ColumnConstraint, ColumnDef, Dialect, ForeignKeyTarget, Ident, ObjectName,
    ReferentialAction, TableChange, Target,
};
use crate::rule::{
    BOTH, Draft, FixKind, MYSQL, Rule, RuleMeta, Sink, StatementContext, column_list, quoted,
    relation_sql,
};
use crate::schema::RelationName;
use crate::source::{Place, Span};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "REFERENCES behind a column makes no foreign key on this server",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: MYSQL,
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        if makes_key(context.target()) {
            return;
        }
        for action in context.actions() {
            let Some((table, columns)) = defined(action) else { continue };
            for column in columns {
                if let Some(draft) = references(column).and_then(|it| judge(context, table, column, it)) {
                    sink.add(draft);
                }
            }
        }
    }
}

/// Whether the server makes a key of it: MySQL from 9.0, MariaDB from 10.5.
fn makes_key(target: &Target) -> bool {
    match target.dialect {
        Dialect::Mysql => target.at_least(9),
        _ => target.at_least_version(10, 5),
    }
}

/// The columns that an action defines, with their table.
fn defined(action: &Action) -> Option<(&ObjectName, &[ColumnDef])> {
    match &action.kind {
        ActionKind::CreateTable(table) => Some((&table.name, &table.columns)),
        ActionKind::AlterTable { table, change } => match change.as_ref() {
            TableChange::AddColumn { column, .. } => {
                Some((&table.name, std::slice::from_ref(column)))
            }
            _ => None,
        },
        _ => None,
    }
}

fn references(column: &ColumnDef) -> Option<&ForeignKeyTarget> {
    column.constraints.iter().find_map(|constraint| match constraint {
        ColumnConstraint::References { target, .. } => Some(target),
        _ => None,
    })
}

fn judge(
    context: &StatementContext<'_>,
    table: &ObjectName,
    column: &ColumnDef,
    target: &ForeignKeyTarget,
) -> Option<Draft> {
    let (child, parent) = (context.resolve(table), context.resolve(&target.table));
    let name = &column.name;
    let place = context.place(column.span).filter(|_| !has_key(context, &child, name))?;
    let message = format!(
        "`{child}.{name}` references nothing: the server reads REFERENCES here and forgets it"
    );
    let since = match context.target().dialect {
        Dialect::Mysql => "MySQL makes a foreign key of it from 9.0 on",
        _ => "MariaDB makes a foreign key of it from 10.5 on",
    };
    let key = key_sql(name, &relation_sql(&parent), target);
    let draft = Draft::at(place.clone(), Hazard::Other, message)
        .label(since)
        .help(format!(
            "write the key as one of the table:\n  ALTER TABLE {} ADD {key};",
            relation_sql(&child)
        ))
        .relation(&child);
    let adds = context.added_by(context.actions().first()?).is_some();
    let text = if adds { format!(", ADD {key}") } else { format!(", {key}") };
    let end = place.span.end;
    let is_sql = place.file.path().ends_with(".sql");
    let edit = Edit { place: Place { span: Span::new(end, end), ..place }, text };
    Some(match is_sql {
        true => draft.fix(Applicability::Unsafe, "add the key as one of the table", vec![edit]),
        false => draft,
    })
}

/// The key as an element of the table.
fn key_sql(column: &Ident, parent: &str, target: &ForeignKeyTarget) -> String {
    // Where no column is named, the key of the other table is meant, which is called so as a rule.
    let columns = match target.columns.as_slice() {
        [] => "id".to_owned(),
        columns => column_list(columns),
    };
    let on_delete = match target.on_delete {
        ReferentialAction::NoAction => String::new(),
        action => format!(" ON DELETE {}", action.as_sql()),
    };
    format!("FOREIGN KEY ({}) REFERENCES {parent} ({columns}){on_delete}", quoted(column))
}

/// Whether the table has a foreign key over the column all the same.
fn has_key(context: &StatementContext<'_>, table: &RelationName, column: &Ident) -> bool {
    let after = context.entry.after.table(table).any();
    after.is_some_and(|table| {
        let mut keys = table.constraints.iter().filter(|it| it.references().is_some());
        keys.any(|key| key.columns() == [column.clone()])
    })
}
