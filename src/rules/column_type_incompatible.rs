//! `column-type-incompatible`: a column changes to a type that running code reads and writes otherwise.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{ActionKind, Action, ColumnChange, Ident, SqlType, TableChange};
use crate::rule::{
    Draft, FixKind, Rule, RuleMeta, SERVERS, StatementContext, UP, restated,
};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a column changes to a type that running code reads and writes otherwise",
    severity: Some(Severity::Warning),
    category: Category::Compatibility,
    dialects: SERVERS,
    directions: UP,
    fix: FixKind::Plan,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let ActionKind::AlterTable { table, .. } = &action.kind else { return None };
        // Where releases are read, what they say of the column is told by itself.
        if context.project.deployed.is_some() || context.effects().refused.is_some() {
            return None;
        }
        let table = context.resolve(&table.name);
        let (column, new) = type_change(action)?;
        let known = context.known_column(&table, column)?;
        let old = known.data_type.as_ref()?;
        let (before, after) = (Family::of(old)?, Family::of(new)?);
        if before == after || context.is_new(&table) || context.is_new_column(known) {
            return None;
        }
        let message = format!(
            "running releases go on to read and write `{table}.{column}` as {}, and it is {}",
            before.noun(),
            after.noun()
        );
        Some(
            Draft::at(context.place(action.span)?, Hazard::Other, message)
                .label(format!("{old} becomes {new}, for every release at once"))
                .why("drivers and models turn each into a value of its own kind, and bind parameters as that")
                .help(format!(
                    "add a column of the new type, write both from the application, fill it in batches, read it, and drop {column} in a later release"
                ))
                .relation(&table),
        )
    }
}

fn type_change(action: &Action) -> Option<(&Ident, &SqlType)> {
    let ActionKind::AlterTable { change, .. } = &action.kind else { return None };
    match change.as_ref() {
        TableChange::AlterColumn { column, change: ColumnChange::Type { data_type, .. } } => {
            Some((column, data_type))
        }
        change => {
            let (name, column) = restated(change)?;
            Some((name, column.data_type.as_ref()?))
        }
    }
}

/// What drivers make of a value, and whether it is many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Family {
    kind: Kind,
    array: bool,
}

/// Kinds of values that drivers tell apart. Widths, limits and time zones are no difference here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Decimal,
    Float,
    Text,
    Boolean,
    Date,
    Moment,
    Time,
    Interval,
    Uuid,
    Json,
    Bytes,
    Network,
    Bits,
}

/// The types of each kind, by the names of PostgreSQL's and MySQL's catalogues.
const KINDS: &[(Kind, &[&str])] = &[
    (Kind::Integer, &["smallint", "integer", "bigint", "tinyint", "mediumint", "int", "smallserial", "serial", "bigserial"]),
    (Kind::Decimal, &["numeric", "decimal", "money"]),
    (Kind::Float, &["real", "double precision", "float", "double"]),
    (Kind::Text, &["text", "character varying", "character", "citext", "varchar", "char", "tinytext", "mediumtext", "longtext", "enum", "set"]),
    (Kind::Boolean, &["boolean"]),
    (Kind::Date, &["date"]),
    (Kind::Moment, &["timestamp without time zone", "timestamp with time zone", "timestamp", "datetime"]),
    (Kind::Time, &["time without time zone", "time with time zone", "time"]),
    (Kind::Interval, &["interval"]),
    (Kind::Uuid, &["uuid"]),
    (Kind::Json, &["json", "jsonb"]),
    (Kind::Bytes, &["bytea", "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"]),
    (Kind::Network, &["inet", "cidr"]),
    (Kind::Bits, &["bit", "bit varying"]),
];

impl Family {
    /// The family of a built-in type; nothing is said of others.
    fn of(data_type: &SqlType) -> Option<Self> {
        if data_type.name.schema.is_some() {
            return None;
        }
        let name = data_type.base_name();
        let (kind, _) = KINDS.iter().find(|(_, names)| names.contains(&name))?;
        Some(Self { kind: *kind, array: data_type.dimensions > 0 })
    }

    fn noun(self) -> &'static str {
        if self.array {
            return "an array";
        }
        match self.kind {
            Kind::Integer => "an integer",
            Kind::Decimal => "a decimal number",
            Kind::Float => "a floating-point number",
            Kind::Text => "text",
            Kind::Boolean => "a boolean",
            Kind::Date => "a date",
            Kind::Moment => "a moment",
            Kind::Time => "a time of day",
            Kind::Interval => "an interval",
            Kind::Uuid => "a UUID",
            Kind::Json => "JSON",
            Kind::Bytes => "bytes",
            Kind::Network => "a network address",
            Kind::Bits => "bits",
        }
    }
}
