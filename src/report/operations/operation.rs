//! One operation in version 1 of the format.

use crate::migration::{
    ColumnConstraint, ColumnDef, Expr, ForeignKeyTarget, Ident, Identity, IndexedColumn,
    ObjectName, ReferentialAction,
};
use serde::Serialize;

/// An operation. Members that do not apply are left out; which ones a kind has is listed in the
/// schema.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Operation {
    /// What it does.
    pub kind: &'static str,
    /// Number of its statement in the script, from 1.
    pub statement: usize,
    /// 1-based line where it is written.
    pub line: usize,
    /// Byte offset in the file where it is written.
    pub offset: usize,
    /// When it runs at all, in words.
    pub guard: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) implied: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) autocommit: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) batch: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) table: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) object: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) columns: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) column: Option<Column>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) column_defs: Option<Vec<Column>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) constraints: Option<Vec<Constraint>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) new_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nullable: Option<bool>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) data_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) server_default: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comment: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) existing_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) existing_nullable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) existing_server_default: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) existing_comment: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) constraint_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) references: Option<References>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ondelete: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) onupdate: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) partition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unique: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) concurrently: Option<bool>,
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub(super) predicate: Option<Where>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) using: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) using_index: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) if_exists: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) if_not_exists: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cascade: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) not_valid: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sql: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) option: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) operations: Option<Vec<Operation>>,
}

/// Of an index its condition, of a change of rows whether there is one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Where {
    Condition(String),
    Present(bool),
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: Option<String>,
    pub nullable: bool,
    pub server_default: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    pub primary_key: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub unique: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub index: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub references: Option<References>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_default: Option<String>,
}

/// A constraint of a new table.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Constraint {
    pub kind: &'static str,
    pub name: Option<String>,
    pub columns: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub references: Option<References>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
}

/// What a foreign key points at; no columns means the primary key.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct References {
    pub table: String,
    pub columns: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Operation {
    /// An operation of a kind, nothing else said.
    pub(super) fn new(kind: &'static str) -> Self {
        Self { kind, ..Self::default() }
    }

    /// An operation on a table.
    pub(super) fn on(kind: &'static str, table: &ObjectName) -> Self {
        Self { kind, table: Some(table.to_string()), ..Self::default() }
    }

    /// An operation on a named object.
    pub(super) fn named(kind: &'static str, name: &dyn std::fmt::Display) -> Self {
        Self { kind, name: Some(name.to_string()), ..Self::default() }
    }

    /// What it is about, for people.
    pub(super) fn subject(&self) -> String {
        let columns = self.columns.clone().or_else(|| {
            let defs = self.column_defs.as_ref()?;
            Some(defs.iter().map(|column| column.name.clone()).collect())
        });
        let columns = columns.filter(|columns| !columns.is_empty());
        let columns = columns.map(|columns| format!("({})", columns.join(", ")));
        let new_name = self.new_name.as_ref().map(|name| format!("to {name}"));
        let parts = [
            self.table.clone(),
            columns,
            self.name.clone(),
            new_name,
            self.partition.clone(),
            self.option.clone(),
            self.reason.clone(),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        parts.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl References {
    pub fn of(target: &ForeignKeyTarget) -> Self {
        Self { table: target.table.to_string(), columns: idents(&target.columns) }
    }
}

impl Column {
    pub fn of(column: &ColumnDef) -> Self {
        let mut out = Self {
            name: column.name.to_string(),
            data_type: column.data_type.as_ref().map(|data_type| data_type.written.clone()),
            nullable: column.data_type.as_ref().is_none_or(|one| one.serial_base().is_none()),
            ..Self::default()
        };
        for constraint in &column.constraints {
            out.add(constraint);
        }
        out
    }

    fn add(&mut self, constraint: &ColumnConstraint) {
        match constraint {
            ColumnConstraint::NotNull { .. } => self.nullable = false,
            ColumnConstraint::Default(expr) => self.server_default = Some(expr.sql.to_string()),
            ColumnConstraint::Identity(identity) => {
                self.nullable = false;
                self.identity = Some(identity_words(*identity));
            }
            ColumnConstraint::Generated { expr, .. } => self.computed = Some(expr.sql.to_string()),
            ColumnConstraint::PrimaryKey { .. } => {
                self.nullable = false;
                self.primary_key = true;
            }
            ColumnConstraint::Unique { .. } => self.unique = true,
            ColumnConstraint::References { target, .. } => {
                self.references.get_or_insert_with(|| References::of(target));
            }
            ColumnConstraint::Null
            | ColumnConstraint::Check { .. }
            | ColumnConstraint::Collate(_)
            | ColumnConstraint::AutoIncrement
            | ColumnConstraint::Charset(_)
            | ColumnConstraint::Comment(_)
            | ColumnConstraint::Visible(_)
            | ColumnConstraint::OnUpdate(_)
            | ColumnConstraint::SystemVersioning(_)
            | ColumnConstraint::Other(_) => {}
        }
    }
}

/// Identity in the words of the JSON.
pub(super) fn identity_words(identity: Identity) -> &'static str {
    match identity {
        Identity::Always => "always",
        Identity::ByDefault => "by_default",
    }
}

/// Names as text.
pub(super) fn idents(names: &[Ident]) -> Vec<String> {
    names.iter().map(Ident::to_string).collect()
}

/// Columns of an index or key; expressions as written.
pub(super) fn key(columns: &[IndexedColumn]) -> Vec<String> {
    columns.iter().map(indexed).collect()
}

/// One column of an index or key.
pub(super) fn indexed(column: &IndexedColumn) -> String {
    match (&column.column, &column.expr) {
        (Some(name), _) => name.to_string(),
        (None, Some(expr)) => text(expr),
        (None, None) => String::new(),
    }
}

/// An expression as written.
pub(super) fn text(expr: &Expr) -> String {
    expr.sql.to_string()
}

/// A referential action, where it is not the default.
pub(super) fn action(action: ReferentialAction) -> Option<&'static str> {
    (action != ReferentialAction::NoAction).then(|| action.as_sql())
}
