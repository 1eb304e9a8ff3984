//! Column types: what SQLAlchemy's type compilers write for them.

mod facts;
mod mysql;
mod numbers;
mod strings;

pub use facts::{Affinity, CreatedType, TypeFacts, enum_definition};

use super::args::{self, given, is_true, number};
use super::flavor::Flavor;
use super::quote;
use super::stop::{Part, Stop};
use crate::migration::python::{Call, Callee, Kind, Value};

/// A type as written, its variant for the dialect chosen.
#[derive(Debug, Clone, Copy)]
pub struct TypeRef<'v> {
    path: &'v str,
    call: Option<&'v Call>,
}

impl<'v> TypeRef<'v> {
    /// The type that a value is on this dialect.
    pub fn of(value: &'v Value, flavor: Flavor) -> Part<Self> {
        let value = variant(value, flavor);
        match value.path().or_else(|| member(value)) {
            Some(path) => Ok(Self { path, call: value.as_call() }),
            None => match &value.kind {
                Kind::Unknown(why) => Stop::unknown(format!("its type is not known: {why}")),
                _ => Stop::unknown("its type is not known"),
            },
        }
    }

    /// The class's own name.
    pub fn name(&self) -> &'v str {
        args::last(self.path)
    }

    /// Whether it is SQLAlchemy's own, perhaps under another name: `db.String`.
    pub fn is_library(&self) -> bool {
        let mut parts = self.path.rsplit('.').skip(1);
        args::is_sqlalchemy(self.path) || parts.next().is_none_or(|owner| owner == "db")
    }

    /// The argument at a position, or of that name; `None` counts as not given.
    pub fn argument(&self, position: usize, name: &str) -> Option<&'v Value> {
        self.call.and_then(|call| given(call, position, name))
    }

    /// The keyword argument.
    pub fn keyword(&self, name: &str) -> Option<&'v Value> {
        self.call.and_then(|call| args::keyword(call, name))
    }

    /// The positional arguments.
    pub fn positional(&self) -> &'v [Value] {
        self.call.map_or(&[], |call| &call.args)
    }

    /// Whether it comes from this dialect's module.
    pub fn is_of(&self, module: &str) -> bool {
        self.path.starts_with("sqlalchemy.dialects.")
            && self.path.split('.').nth(2).is_some_and(|part| part == module)
    }
}

/// A type that is a member of something else: `db.String(20)` of Flask-SQLAlchemy.
fn member(value: &Value) -> Option<&str> {
    match &value.kind {
        Kind::Attribute(parts) => Some(&parts.1),
        Kind::Call(call) => match &call.callee {
            Callee::Method(_, name) => Some(name),
            Callee::Path(_) => None,
        },
        _ => None,
    }
}

/// The variant of a type for the dialect: `.with_variant(type, "mysql", "mariadb")`.
fn variant(value: &Value, flavor: Flavor) -> &Value {
    let Some(call) = value.as_call() else {
        return value;
    };
    let Callee::Method(base, method) = &call.callee else {
        return value;
    };
    if method != "with_variant" {
        return value;
    }
    let named = call.args.iter().skip(1).filter_map(Value::as_str);
    let mut named = named.chain(call.keyword("dialect_name").and_then(Value::as_str));
    match call.args.first().or_else(|| call.keyword("type_")) {
        Some(special) if named.any(|name| name == flavor.sqlalchemy()) => variant(special, flavor),
        _ => variant(base, flavor),
    }
}

/// The SQL of a type.
pub fn sql(value: &Value, flavor: Flavor) -> Part<String> {
    match TypeRef::of(value, flavor) {
        Ok(data_type) if data_type.is_library() => compile(&data_type, flavor),
        Ok(data_type) => Ok(foreign(&data_type, flavor)),
        // What is not known has a type all the same.
        Err(_) => Ok("unknown_type".to_owned()),
    }
}

fn compile(data_type: &TypeRef<'_>, flavor: Flavor) -> Part<String> {
    if flavor.is_mysql()
        && let Some(written) = mysql::sql(data_type)?
    {
        return Ok(written);
    }
    if let Some(written) = numbers::sql(data_type, flavor) {
        return Ok(written);
    }
    if let Some(written) = strings::sql(data_type, flavor)? {
        return Ok(written);
    }
    match data_type.name() {
        "Boolean" | "BOOLEAN" => Ok(if flavor.is_mysql() { "BOOL" } else { "BOOLEAN" }.to_owned()),
        "Date" | "DATE" => Ok("DATE".to_owned()),
        "JSON" => Ok("JSON".to_owned()),
        "UUID" => Ok("UUID".to_owned()),
        "Uuid" => Ok(uuid(data_type, flavor)),
        "PickleType" | "LargeBinary" | "Binary" => Ok(binary(data_type, flavor)),
        "BLOB" => Ok("BLOB".to_owned()),
        "BINARY" | "VARBINARY" => Ok(sized(data_type.name(), data_type.argument(0, "length"))),
        "Time" | "TIME" | "DateTime" | "DATETIME" | "TIMESTAMP" | "Interval" | "INTERVAL" => {
            Ok(time(data_type, flavor))
        }
        "NullType" | "NULLTYPE" => Stop::refused("a column without a type"),
        name => postgres(data_type, name, flavor),
    }
}

/// Classes that are called like a type of the server and need not be it: `healpix_alchemy.Point` is
/// a number.
const NAMESAKES: &[&str] = &["Box", "Circle", "Line", "Money", "Path", "Point", "Polygon"];

/// A type of the project or of another library: its name stands for it.
fn foreign(data_type: &TypeRef<'_>, flavor: Flavor) -> String {
    match data_type.name() {
        name if NAMESAKES.contains(&name) => quote::always(name, flavor),
        "AutoString" => sized("VARCHAR", data_type.argument(0, "length")),
        "Vector" | "VECTOR" => sized("VECTOR", data_type.argument(0, "dim")),
        name => name.to_owned(),
    }
}

/// A name with a length in parentheses, where one is given.
fn sized(name: &str, length: Option<&Value>) -> String {
    match length {
        Some(length) => format!("{name}({})", number(length)),
        None => name.to_owned(),
    }
}

fn uuid(data_type: &TypeRef<'_>, flavor: Flavor) -> String {
    let native = data_type.keyword("native_uuid").is_none_or(|value| is_true(Some(value)));
    let known = matches!(flavor, Flavor::Postgres | Flavor::Mariadb);
    if native && known { "UUID".to_owned() } else { "CHAR(32)".to_owned() }
}

fn binary(data_type: &TypeRef<'_>, flavor: Flavor) -> String {
    let length = data_type.argument(0, "length").filter(|_| data_type.name() != "PickleType");
    match flavor {
        Flavor::Postgres => "BYTEA".to_owned(),
        Flavor::Mysql | Flavor::Mariadb => sized("BLOB", length),
        Flavor::Sqlite => "BLOB".to_owned(),
    }
}

fn time(data_type: &TypeRef<'_>, flavor: Flavor) -> String {
    let name = data_type.name();
    if flavor != Flavor::Postgres {
        return match name {
            "Interval" | "DateTime" | "DATETIME" => "DATETIME",
            "Time" | "TIME" => "TIME",
            _ => "TIMESTAMP",
        }
        .to_owned();
    }
    match name {
        "Interval" => interval(data_type.argument(1, "second_precision"), None),
        "INTERVAL" => interval(data_type.argument(0, "precision"), data_type.keyword("fields")),
        "DATETIME" => "DATETIME".to_owned(),
        _ => {
            let zone = if is_true(data_type.argument(0, "timezone")) { "WITH" } else { "WITHOUT" };
            let base = if matches!(name, "Time" | "TIME") { "TIME" } else { "TIMESTAMP" };
            let precision =
                data_type.argument(1, "precision").filter(|_| data_type.is_of("postgresql"));
            format!("{} {zone} TIME ZONE", sized(base, precision))
        }
    }
}

fn interval(precision: Option<&Value>, fields: Option<&Value>) -> String {
    let fields = fields.and_then(Value::as_str).map(|fields| format!(" {fields}"));
    let precision = precision.map(|precision| format!(" ({})", number(precision)));
    format!("INTERVAL{}{}", fields.unwrap_or_default(), precision.unwrap_or_default())
}

/// Types that PostgreSQL alone has.
fn postgres(data_type: &TypeRef<'_>, name: &str, flavor: Flavor) -> Part<String> {
    const PLAIN: &[&str] = &[
        "BYTEA",
        "JSONB",
        "INET",
        "CIDR",
        "CITEXT",
        "MACADDR",
        "MACADDR8",
        "MONEY",
        "OID",
        "REGCLASS",
        "REGCONFIG",
        "TSVECTOR",
        "TSQUERY",
        "HSTORE",
        "JSONPATH",
        "INT4RANGE",
        "INT8RANGE",
        "NUMRANGE",
        "DATERANGE",
        "TSRANGE",
        "TSTZRANGE",
        "INT4MULTIRANGE",
        "INT8MULTIRANGE",
        "NUMMULTIRANGE",
        "DATEMULTIRANGE",
        "TSMULTIRANGE",
        "TSTZMULTIRANGE",
    ];
    if flavor == Flavor::Sqlite && name == "JSONB" {
        return Ok(name.to_owned());
    }
    if flavor != Flavor::Postgres {
        let known = PLAIN.contains(&name) || matches!(name, "ARRAY" | "BIT" | "DOMAIN");
        let known = known || data_type.is_of("mysql") || data_type.is_of("postgresql");
        return if known {
            Stop::refused(format!("{} has no type {name}", flavor.title()))
        } else {
            Ok(name.to_owned())
        };
    }
    match name {
        "ARRAY" => array(data_type, flavor),
        "BIT" => Ok(bit(data_type)),
        "DOMAIN" => named(data_type, flavor),
        _ if data_type.is_of("mysql") => Stop::refused(format!("PostgreSQL has no type {name}")),
        _ => Ok(name.to_owned()),
    }
}

fn array(data_type: &TypeRef<'_>, flavor: Flavor) -> Part<String> {
    let Some(item) = data_type.argument(0, "item_type") else {
        return Stop::unknown("the array's item type is not given");
    };
    let inner = sql(item, flavor)?;
    let dimensions = match data_type.keyword("dimensions").map(|value| &value.kind) {
        Some(Kind::Int(count)) => usize::try_from(*count).unwrap_or(1).min(6),
        _ => 1,
    };
    let brackets = "[]".repeat(dimensions);
    Ok(match inner.find(" COLLATE") {
        Some(at) => {
            let (base, collation) = inner.split_at(at);
            format!("{base}{brackets}{collation}")
        }
        None => format!("{inner}{brackets}"),
    })
}

fn bit(data_type: &TypeRef<'_>) -> String {
    let length = data_type.argument(0, "length");
    if is_true(data_type.argument(1, "varying")) {
        return sized("BIT VARYING", length);
    }
    match length {
        Some(length) => sized("BIT", Some(length)),
        None => "BIT(1)".to_owned(),
    }
}

/// A named type of the schema: an enum or a domain.
fn named(data_type: &TypeRef<'_>, flavor: Flavor) -> Part<String> {
    let name = data_type.keyword("name").or_else(|| match data_type.name() {
        "DOMAIN" => data_type.positional().first(),
        _ => None,
    });
    let Some(name) = name else {
        return Stop::refused(format!("PostgreSQL {} type requires a name", data_type.name()));
    };
    let table = quote::TableName::of(Some(name), data_type.keyword("schema"))?;
    Ok(table.sql(flavor))
}
