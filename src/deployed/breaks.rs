//! What a statement takes away from releases that know the schema before it.

use crate::effects::Loss;
use crate::migration::{
    Action, ActionKind, ColumnChange, ConstraintKind, EnumChange, Ident, IndexedColumn, SqlType,
    TableChange,
};
use crate::schema::{Column, RelationName, Schema};
use crate::source::Span;
use crate::timeline::{Entry, Transaction};
use std::fmt;

/// Something that running releases may count on, and that is no longer so after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// What it is.
    pub kind: BreakKind,
    /// The table; for enums the type.
    pub table: RelationName,
    /// The part of the statement.
    pub span: Span,
}

/// Ways in which a change breaks a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BreakKind {
    /// The table is gone.
    TableDropped,
    /// The table is called otherwise.
    TableRenamed(Ident),
    /// The column is gone.
    ColumnDropped(Ident),
    /// The column is called otherwise.
    ColumnRenamed(Ident, Ident),
    /// The column has another type.
    ColumnRetyped(Ident),
    /// Inserts have to give the column a value.
    ValueDemanded(Ident),
    /// New rows have to satisfy a CHECK over these columns.
    Checked(Vec<Ident>),
    /// New rows have to be unique in these columns.
    Unique(Vec<Ident>),
    /// The enum's value is called otherwise.
    ValueRenamed(String),
}

impl BreakKind {
    /// Whether a release that uses it fails for certain, not only for some of the values that it
    /// writes.
    pub fn is_certain(&self) -> bool {
        !matches!(self, Self::Checked(_) | Self::Unique(_))
    }

    /// Name in JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::TableDropped => "table_dropped",
            Self::TableRenamed(_) => "table_renamed",
            Self::ColumnDropped(_) => "column_dropped",
            Self::ColumnRenamed(..) => "column_renamed",
            Self::ColumnRetyped(_) => "column_retyped",
            Self::ValueDemanded(_) => "value_demanded",
            Self::Checked(_) => "checked",
            Self::Unique(_) => "unique",
            Self::ValueRenamed(_) => "value_renamed",
        }
    }
}

/// What happens to what: `customers.tax_number is dropped`.
impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = &self.table;
        match &self.kind {
            BreakKind::TableDropped => write!(f, "{table} is dropped"),
            BreakKind::TableRenamed(new) => write!(f, "{table} is renamed to {new}"),
            BreakKind::ColumnDropped(column) => write!(f, "{table}.{column} is dropped"),
            BreakKind::ColumnRenamed(column, new) => {
                write!(f, "{table}.{column} is renamed to {new}")
            }
            BreakKind::ColumnRetyped(column) => write!(f, "{table}.{column} gets another type"),
            BreakKind::ValueDemanded(column) => write!(f, "{table}.{column} demands a value"),
            BreakKind::Checked(columns) => write!(f, "{table} checks {}", listed(columns)),
            BreakKind::Unique(columns) => write!(f, "{table} is unique in {}", listed(columns)),
            BreakKind::ValueRenamed(value) => write!(f, "'{value}' of {table} is renamed"),
        }
    }
}

/// Names of columns for people, unquoted.
pub fn listed(columns: &[Ident]) -> String {
    columns.iter().map(Ident::as_str).collect::<Vec<_>>().join(", ")
}

/// What the statement breaks, one after the other. What the same transaction puts back (a view or
/// column under the old name) and what no release can know (new tables and columns) is left out.
pub fn breaks(transaction: &Transaction<'_>, entry: &Entry<'_>) -> Vec<Break> {
    let after = transaction.entries.last().map_or(&entry.after, |last| &last.after);
    let finder = Finder { transaction, before: &entry.before, after };
    let mut found = Vec::new();
    for loss in &entry.effects.losses {
        let span = entry.statement.span;
        match loss {
            Loss::Table(table)
                if !finder.is_new(table) && after.relation(table).any().is_none() =>
            {
                found.push(Break { kind: BreakKind::TableDropped, table: table.clone(), span });
            }
            Loss::Column(table, column) if finder.is_known(table, column) => {
                let dropping = entry.statement.actions.iter().find(|one| drops(one, column));
                let span = dropping.map_or(span, |action| action.span);
                let kind = BreakKind::ColumnDropped(column.clone());
                found.push(Break { kind, table: table.clone(), span });
            }
            _ => {}
        }
    }
    for action in &entry.statement.actions {
        found.extend(finder.action(action));
    }
    found
}

fn drops(action: &Action, column: &Ident) -> bool {
    let ActionKind::AlterTable { change, .. } = &action.kind else { return false };
    matches!(change.as_ref(), TableChange::DropColumn { column: named, .. } if named == column)
}

struct Finder<'a> {
    transaction: &'a Transaction<'a>,
    before: &'a Schema,
    after: &'a Schema,
}

impl Finder<'_> {
    fn is_new(&self, table: &RelationName) -> bool {
        self.transaction.is_new(self.before, table)
    }

    /// Whether a release may know the column, and it is gone when the transaction commits.
    fn is_known(&self, table: &RelationName, column: &Ident) -> bool {
        let known = self.column(self.before, table, column);
        let is_new =
            known.is_some_and(|known| known.certain && known.born >= self.transaction.batch_start);
        !self.is_new(table) && !is_new && self.column(self.after, table, column).is_none()
    }

    fn column<'s>(
        &self,
        schema: &'s Schema,
        table: &RelationName,
        column: &Ident,
    ) -> Option<&'s Column> {
        schema.table(table).any().and_then(|table| table.column(column))
    }

    fn action(&self, action: &Action) -> Option<Break> {
        let broken = |kind, table| Some(Break { kind, table, span: action.span });
        match &action.kind {
            ActionKind::AlterTable { table, change } => {
                let table = self.before.resolve(&table.name);
                if self.is_new(&table) {
                    return None;
                }
                broken(self.change(&table, change)?, table)
            }
            ActionKind::CreateIndex(index) if index.unique => {
                let table = self.before.resolve(&index.table);
                if self.is_new(&table) {
                    return None;
                }
                broken(BreakKind::Unique(names(&index.columns)?), table)
            }
            ActionKind::AlterEnum(alter) => {
                let EnumChange::RenameValue { from, .. } = &alter.change else { return None };
                let kind = BreakKind::ValueRenamed(from.clone());
                broken(kind, self.before.resolve(&alter.name))
            }
            _ => None,
        }
    }

    fn change(&self, table: &RelationName, change: &TableChange) -> Option<BreakKind> {
        match change {
            TableChange::Rename { new_name } => {
                let is_table = self.before.table(table).any().is_some();
                let replaced = self.after.relation(table).any().is_some();
                (is_table && !replaced).then(|| BreakKind::TableRenamed(new_name.clone()))
            }
            TableChange::RenameColumn { column, new_name } => self
                .is_known(table, column)
                .then(|| BreakKind::ColumnRenamed(column.clone(), new_name.clone())),
            TableChange::AddColumn { column, .. } => self.demanded(table, &column.name),
            TableChange::AlterColumn { column, change } => match change {
                ColumnChange::SetNotNull | ColumnChange::DropDefault => {
                    self.demanded(table, column)
                }
                ColumnChange::Type { .. } => self.retyped(table, column),
                _ => None,
            },
            TableChange::AddConstraint(constraint) => match &constraint.kind {
                ConstraintKind::Check { expr, .. } => {
                    let columns = expr.columns().to_vec();
                    (!columns.is_empty()).then_some(BreakKind::Checked(columns))
                }
                ConstraintKind::Unique { columns, .. } => names(columns).map(BreakKind::Unique),
                _ => None,
            },
            _ => None,
        }
    }

    /// The column demands a value from the commit on, and did not before.
    fn demanded(&self, table: &RelationName, column: &Ident) -> Option<BreakKind> {
        let demands = |column: Option<&Column>| {
            column.is_some_and(|column| {
                column.not_null
                    && column.default.is_none()
                    && column.identity.is_none()
                    && column.generated.is_none()
                    && column.sequence.is_none()
            })
        };
        let now = self.column(self.after, table, column);
        let is_domain = now
            .and_then(|now| now.data_type.as_ref())
            .is_some_and(|data_type| self.after.type_def(&data_type.name).is_some());
        let was = demands(self.column(self.before, table, column));
        (demands(now) && !was && !is_domain).then(|| BreakKind::ValueDemanded(column.clone()))
    }

    fn retyped(&self, table: &RelationName, column: &Ident) -> Option<BreakKind> {
        let was = self.column(self.before, table, column)?;
        let now = self.column(self.after, table, column)?;
        let (was_type, now_type) = (was.data_type.as_ref()?, now.data_type.as_ref()?);
        let is_new = was.certain && was.born >= self.transaction.batch_start;
        (!is_new && !reads_alike(was_type, now_type))
            .then(|| BreakKind::ColumnRetyped(column.clone()))
    }
}

/// Types whose values every driver gives alike: a longer or shorter text is text, a wider integer
/// is an integer.
fn reads_alike(was: &SqlType, now: &SqlType) -> bool {
    const ALIKE: [&[&str]; 4] = [
        &["text", "character varying", "character", "citext", "name"],
        &["smallint", "integer", "bigint"],
        &["real", "double precision"],
        &["timestamp without time zone", "timestamp with time zone"],
    ];
    let (one, other) = (was.name.name.as_str(), now.name.name.as_str());
    let alike = || ALIKE.iter().any(|group| group.contains(&one) && group.contains(&other));
    was.dimensions == now.dimensions && (was.name == now.name || alike())
}

fn names(columns: &[IndexedColumn]) -> Option<Vec<Ident>> {
    let names: Option<Vec<Ident>> = columns.iter().map(|one| one.column.clone()).collect();
    names.filter(|names| !names.is_empty())
}
