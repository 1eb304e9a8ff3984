//! A database's catalogue as data: what a real server holds after a history, for comparison with the replayed schema.
//!
//! Names are written as lockgate prints them: `t`, or `s.t` outside public. System schemas, temporary objects and members of extensions
//! are left out. Texts such as defaults and definitions are the server's own, with `public` as the search path.

use std::collections::{BTreeMap, BTreeSet};

use postgres::{Client, Transaction};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Everything that replay models, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogSnapshot {
    /// Schemas.
    pub schemas: BTreeSet<String>,
    /// Tables, partitioned and foreign ones too.
    pub tables: BTreeMap<String, Table>,
    /// Views.
    pub views: BTreeMap<String, View>,
    /// Materialized views.
    pub materialized_views: BTreeMap<String, View>,
    /// Indexes of tables and materialized views, those of constraints too.
    pub indexes: BTreeMap<String, Index>,
    /// Sequences, those of serial and identity columns too.
    pub sequences: BTreeMap<String, Sequence>,
    /// Enum types: labels in their sort order.
    pub enums: BTreeMap<String, Vec<String>>,
    /// Domains.
    pub domains: BTreeMap<String, Domain>,
    /// Stand-alone composite types: columns.
    pub composites: BTreeMap<String, Vec<Column>>,
    /// Functions, procedures and aggregates, by `name(argument types)`.
    pub functions: BTreeMap<String, Function>,
    /// Triggers, by `table.name`.
    pub triggers: BTreeMap<String, Trigger>,
    /// Row security policies, by `table.name`.
    pub policies: BTreeMap<String, Policy>,
    /// Extensions: the schema of each.
    pub extensions: BTreeMap<String, String>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Whether it survives a crash.
    pub persistence: Persistence,
    /// The kind of relation.
    pub kind: TableKind,
    /// `PARTITION BY` clause of a partitioned table, e.g. `RANGE (placed_at)`.
    pub partition_key: Option<String>,
    /// Bound of a partition, e.g. `FOR VALUES IN ('eu')`.
    pub partition_bound: Option<String>,
    /// Parents, by inheritance or as partition, in order.
    pub inherits: Vec<String>,
    /// Row level security is enabled.
    pub row_security: bool,
    /// Columns in order; dropped ones are left out.
    pub columns: Vec<Column>,
    /// Constraints by name, without NOT NULL (see [`Column::not_null`]) and constraint triggers.
    pub constraints: BTreeMap<String, Constraint>,
}

/// Whether a relation survives a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Persistence {
    /// Logged.
    Permanent,
    /// Unlogged.
    Unlogged,
}

/// What a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// An ordinary table.
    Plain,
    /// A partitioned table.
    Partitioned,
    /// A foreign table.
    Foreign,
}

/// A column of a table or composite type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// `format_type`: with length and precision, e.g. `character varying(40)`.
    pub data_type: String,
    /// NOT NULL, from whatever source.
    pub not_null: bool,
    /// Default expression; the expression of a generated column stands in [`Column::generated`].
    pub default: Option<String>,
    /// `always` or `by default`.
    pub identity: Option<String>,
    /// The expression of a generated column.
    pub generated: Option<Generated>,
    /// Collation where it is not the type's own.
    pub collation: Option<String>,
}

/// A generated column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// Its expression.
    pub expression: String,
    /// Whether it is stored; virtual otherwise (PostgreSQL 18).
    pub stored: bool,
}

/// A constraint of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// `primary key`, `unique`, `foreign key`, `check` or `exclude`.
    pub kind: String,
    /// Its columns in order.
    pub columns: Vec<String>,
    /// The table a foreign key points at.
    pub references: Option<String>,
    /// The columns it points at, in order.
    pub referenced_columns: Vec<String>,
    /// Not NOT VALID.
    pub validated: bool,
    /// DEFERRABLE.
    pub deferrable: bool,
    /// INITIALLY DEFERRED.
    pub deferred: bool,
    /// Merged from a parent and not declared here.
    pub inherited: bool,
    /// `pg_get_constraintdef`.
    pub definition: String,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The relation it is on.
    pub table: String,
    /// Unique.
    pub unique: bool,
    /// Of a primary key.
    pub primary: bool,
    /// Access method, e.g. `btree`.
    pub method: String,
    /// False after a failed CONCURRENTLY, and for ON ONLY until its partitions are attached.
    pub valid: bool,
    /// Key columns in order; none for an expression.
    pub columns: Vec<Option<String>>,
    /// INCLUDE columns.
    pub included: Vec<String>,
    /// Predicate of a partial index.
    pub predicate: Option<String>,
    /// The name of the constraint it belongs to.
    pub constraint: Option<String>,
    /// `pg_get_indexdef`.
    pub definition: String,
}

/// A sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// `bigint`, `integer` or `smallint`.
    pub data_type: String,
    /// START.
    pub start: i64,
    /// INCREMENT.
    pub increment: i64,
    /// MINVALUE.
    pub min: i64,
    /// MAXVALUE.
    pub max: i64,
    /// CYCLE.
    pub cycle: bool,
    /// `table.column` that it is owned by or is the identity of.
    pub owned_by: Option<String>,
}

/// A domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// The type it is on, with modifiers.
    pub base_type: String,
    /// NOT NULL.
    pub not_null: bool,
    /// Default expression.
    pub default: Option<String>,
    /// CHECK constraints: definitions by name.
    pub checks: BTreeMap<String, String>,
}

/// A view or materialized view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Columns in order.
    pub columns: Vec<Column>,
    /// Relations that its query reads, itself left out.
    pub depends_on: BTreeSet<String>,
    /// False for WITH NO DATA; true for views.
    pub populated: bool,
    /// `pg_get_viewdef`.
    pub definition: String,
}

/// A function, procedure or aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its name without arguments.
    pub name: String,
    /// Types of its input arguments, comma-separated, without names.
    pub arguments: String,
    /// `function`, `procedure`, `aggregate` or `window`.
    pub kind: String,
    /// Result type; none for a procedure.
    pub returns: Option<String>,
    /// `immutable`, `stable` or `volatile`.
    pub volatility: String,
    /// Language.
    pub language: String,
    /// STRICT.
    pub strict: bool,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// The relation it is on.
    pub table: String,
    /// Its name.
    pub name: String,
    /// The function it calls, without arguments.
    pub function: String,
    /// Not DISABLE.
    pub enabled: bool,
    /// Cloned from the trigger of a partitioned table.
    pub inherited: bool,
    /// `pg_get_triggerdef`.
    pub definition: String,
}

/// A row security policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The table it is on.
    pub table: String,
    /// Its name.
    pub name: String,
    /// `all`, `select`, `insert`, `update` or `delete`.
    pub command: String,
    /// PERMISSIVE.
    pub permissive: bool,
    /// Roles; `public` for all.
    pub roles: Vec<String>,
    /// USING.
    pub using: Option<String>,
    /// WITH CHECK.
    pub check: Option<String>,
}

/// Reads the catalogue of the connected database.
///
/// # Panics
/// When a query fails or the session is inside a transaction.
pub fn catalog(client: &mut Client) -> CatalogSnapshot {
    let mut transaction =
        client.build_transaction().read_only(true).start().expect("a transaction starts");
    transaction.batch_execute("SET LOCAL search_path = public").expect("search_path can be set");
    let mut read = Reader { transaction: &mut transaction };
    CatalogSnapshot {
        schemas: read.all::<String>("schemas").into_keys().collect(),
        tables: read.all("tables"),
        views: read.all("views"),
        materialized_views: read.all("materialized_views"),
        indexes: read.all("indexes"),
        sequences: read.all("sequences"),
        enums: read.all("enums"),
        domains: read.all("domains"),
        composites: read.all("composites"),
        functions: read.all("functions"),
        triggers: read.all("triggers"),
        policies: read.all("policies"),
        extensions: read.all("extensions"),
    }
}

const QUERIES: &str = include_str!("catalog.sql");

struct Reader<'a, 'b> {
    transaction: &'a mut Transaction<'b>,
}

impl Reader<'_, '_> {
    /// Runs one query of `catalog.sql`: rows of a key and a JSON value.
    fn all<T: DeserializeOwned>(&mut self, name: &str) -> BTreeMap<String, T> {
        let sections = QUERIES.split("-- :: ");
        let query = sections.clone().find_map(|section| section.strip_prefix(&format!("{name}\n")));
        let query = query.unwrap_or_else(|| panic!("catalog.sql has no section {name}"));
        let shared = sections.clone().find_map(|section| section.strip_prefix("shared\n"));
        let query = format!("{}\n{query}", shared.expect("catalog.sql has the shared part"));
        let rows = self
            .transaction
            .query(&query, &[])
            .unwrap_or_else(|error| panic!("catalog.sql, {name}: {error:?}"));
        let mut found = BTreeMap::new();
        for row in rows {
            let (key, value): (String, String) = (row.get(0), row.get(1));
            let value = serde_json::from_str(&value)
                .unwrap_or_else(|error| panic!("catalog.sql, {name}, {key}: {error}: {value}"));
            assert!(found.insert(key.clone(), value).is_none(), "catalog.sql, {name}: {key} twice");
        }
        found
    }
}
