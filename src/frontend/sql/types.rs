//! Types in canonical form: PostgreSQL's aliases resolved, SQLite's types folded.

use super::facts::{self, from_parts};
use super::mysql;
use crate::migration::{Dialect, Ident, ObjectName, SqlType};
use sqlparser::ast::{ArrayElemTypeDef, DataType};

/// A type as the grammar read it, before aliases are resolved.
#[derive(Debug, Clone, Default)]
pub struct WrittenType {
    /// The schema, folded, where written.
    pub schema: Option<Ident>,
    /// The name's words, folded: `["double", "precision"]`, `["timestamp", "with", "time",
    /// "zone"]`, `["interval", "day", "to", "second"]`. A quoted name is one word and sets
    /// `quoted`.
    pub words: Vec<Ident>,
    /// Whether the name was quoted: `"char"` is no `char`.
    pub quoted: bool,
    /// Modifiers in parentheses, wherever they stood.
    pub modifiers: Vec<String>,
    /// `[]` and `ARRAY`, counted.
    pub dimensions: u8,
    /// `COLLATE`.
    pub collation: Option<ObjectName>,
    /// The text of the whole type.
    pub written: String,
}

/// The canonical form of a written type.
pub fn canonical(written: WrittenType, dialect: Dialect) -> SqlType {
    let text = join(&written.words);
    let (name, modifiers) = match dialect {
        Dialect::Sqlite => (text, written.modifiers),
        Dialect::Postgres => postgres(&text, &written),
        Dialect::Mysql | Dialect::Mariadb => {
            return mysql::types::canonical(&text, written.modifiers, &written.written);
        }
    };
    let schema = written.schema.filter(|schema| schema != "pg_catalog");
    SqlType {
        name: ObjectName { schema, name: Ident::new(name) },
        modifiers,
        dimensions: written.dimensions,
        collation: written.collation,
        written: written.written.trim().to_owned(),
    }
}

fn join(words: &[Ident]) -> String {
    words.iter().map(Ident::as_str).collect::<Vec<_>>().join(" ")
}

fn postgres(text: &str, written: &WrittenType) -> (String, Vec<String>) {
    let modifiers = written.modifiers.clone();
    let in_catalog = match &written.schema {
        Some(schema) => schema == "pg_catalog",
        None => true,
    };
    if !in_catalog {
        return (text.to_owned(), modifiers);
    }
    if written.quoted || written.schema.is_some() {
        return catalog_name(text, modifiers);
    }
    if text == "float" {
        return (float(&modifiers).to_owned(), Vec::new());
    }
    if let Some(fields) = text.strip_prefix("interval ") {
        return (format!("interval {fields}"), modifiers);
    }
    match alias(text) {
        // `char` alone is one character, `bit` alone one bit.
        Some(name @ ("character" | "bit")) if modifiers.is_empty() => {
            (name.to_owned(), vec!["1".to_owned()])
        }
        // `numeric(10)` has the scale 0.
        Some("numeric") if modifiers.len() == 1 => {
            ("numeric".to_owned(), modifiers.into_iter().chain(["0".to_owned()]).collect())
        }
        Some(name) => (name.to_owned(), modifiers),
        None => catalog_name(text, modifiers),
    }
}

/// Names of the catalogue, which are also what quoted and `pg_catalog.` names mean.
fn catalog_name(text: &str, modifiers: Vec<String>) -> (String, Vec<String>) {
    let name = match text {
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "float8" => "double precision",
        "bool" => "boolean",
        // Without a length `bpchar` has none, unlike `character`.
        "bpchar" if !modifiers.is_empty() => "character",
        "varchar" => "character varying",
        "varbit" => "bit varying",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        "time" => "time without time zone",
        "timetz" => "time with time zone",
        // The one-byte type prints with its quotes.
        "char" => "\"char\"",
        other => other,
    };
    (name.to_owned(), modifiers)
}

fn float(modifiers: &[String]) -> &'static str {
    let precision = modifiers.first().and_then(|digits| digits.parse::<u32>().ok());
    if precision.is_some_and(|bits| bits <= 24) { "real" } else { "double precision" }
}

/// What the grammar's own words mean (PostgreSQL manual, "Data Types", table of aliases).
fn alias(text: &str) -> Option<&'static str> {
    Some(match text {
        "int" | "integer" => "integer",
        "smallint" => "smallint",
        "bigint" => "bigint",
        "real" => "real",
        "double precision" => "double precision",
        "decimal" | "dec" | "numeric" => "numeric",
        "boolean" => "boolean",
        "char" | "character" | "nchar" | "national char" | "national character" => "character",
        "varchar"
        | "character varying"
        | "char varying"
        | "nchar varying"
        | "national character varying"
        | "national char varying" => "character varying",
        "bit" => "bit",
        "bit varying" => "bit varying",
        "timestamp" | "timestamp without time zone" => "timestamp without time zone",
        "timestamp with time zone" => "timestamp with time zone",
        "time" | "time without time zone" => "time without time zone",
        "time with time zone" => "time with time zone",
        "serial" | "serial4" => "serial",
        "smallserial" | "serial2" => "smallserial",
        "bigserial" | "serial8" => "bigserial",
        _ => return None,
    })
}

/// The canonical form of a type of the syntax tree.
pub fn from_ast(data_type: &DataType, dialect: Dialect) -> SqlType {
    let mut dimensions = 0_u8;
    let mut element = data_type;
    while let DataType::Array(
        ArrayElemTypeDef::SquareBracket(inner, _)
        | ArrayElemTypeDef::AngleBracket(inner)
        | ArrayElemTypeDef::Parenthesis(inner)
        | ArrayElemTypeDef::Qualified(inner, _),
    ) = element
    {
        dimensions = dimensions.saturating_add(1);
        element = inner;
    }
    let mut written = element_type(element, dialect);
    written.dimensions = dimensions;
    written.written = data_type.to_string();
    canonical(written, dialect)
}

fn element_type(element: &DataType, dialect: Dialect) -> WrittenType {
    if let DataType::Custom(name, modifiers) = element {
        let quoted = name.0.last().is_some_and(
            |part| matches!(part, sqlparser::ast::ObjectNamePart::Identifier(name) if name.quote_style.is_some()),
        );
        let name = facts::object_name(name, dialect);
        return WrittenType {
            schema: name.schema,
            words: vec![name.name],
            quoted,
            modifiers: modifiers.clone(),
            ..WrittenType::default()
        };
    }
    let text = element.to_string().to_lowercase();
    let (words, modifiers) = split_modifiers(&text);
    let words: Vec<Ident> = words.split_whitespace().map(Ident::from).collect();
    let words = if words.is_empty() { vec![from_parts(Vec::new()).name] } else { words };
    WrittenType { words, modifiers, ..WrittenType::default() }
}

/// `timestamp(3) with time zone` → (`timestamp  with time zone`, `["3"]`).
fn split_modifiers(text: &str) -> (String, Vec<String>) {
    let Some((before, rest)) = text.split_once('(') else {
        return (text.to_owned(), Vec::new());
    };
    let (inside, after) = rest.split_once(')').unwrap_or((rest, ""));
    let modifiers = inside.split(',').map(|one| one.trim().to_owned()).collect();
    (format!("{before} {after}"), modifiers)
}

#[cfg(test)]
mod tests {
    use super::{WrittenType, canonical, from_ast};
    use crate::frontend::sql::facts::Tokens;
    use crate::migration::{Dialect, Ident};

    fn cast(sql: &str, dialect: Dialect) -> String {
        let tokens = Tokens::new(sql, dialect).expect("tokens");
        let tree = tokens.parse(tokens.all(), |parser| parser.parse_data_type()).expect(sql);
        from_ast(&tree, dialect).to_string()
    }

    #[test]
    fn postgres_aliases_print_as_the_server_prints_them() {
        for (sql, expected) in [
            ("int", "integer"),
            ("INT4", "integer"),
            ("int2", "smallint"),
            ("int8", "bigint"),
            ("float4", "real"),
            ("float", "double precision"),
            ("float(24)", "real"),
            ("float(25)", "double precision"),
            ("double precision", "double precision"),
            ("decimal(10,2)", "numeric(10,2)"),
            ("numeric(10)", "numeric(10,0)"),
            ("varchar", "character varying"),
            ("varchar(50)", "character varying(50)"),
            ("character varying(50)", "character varying(50)"),
            ("char", "character(1)"),
            ("char(3)", "character(3)"),
            ("bpchar", "bpchar"),
            ("bool", "boolean"),
            ("timestamp", "timestamp without time zone"),
            ("timestamptz", "timestamp with time zone"),
            ("timestamptz(3)", "timestamp(3) with time zone"),
            ("timestamp(0) without time zone", "timestamp(0) without time zone"),
            ("timestamp with time zone", "timestamp with time zone"),
            ("timetz", "time with time zone"),
            ("time", "time without time zone"),
            ("interval", "interval"),
            ("interval day to second", "interval day to second"),
            ("bit", "bit(1)"),
            ("bit varying(5)", "bit varying(5)"),
            ("varbit", "bit varying"),
            ("\"char\"", "\"char\""),
            ("pg_catalog.int4", "integer"),
            ("text[]", "text[]"),
            ("int[][]", "integer[]"),
            ("jsonb", "jsonb"),
            ("uuid", "uuid"),
            ("bytea", "bytea"),
            ("regclass", "regclass"),
            ("shop.mood", "shop.mood"),
            ("\"Mood\"", "Mood"),
            ("bigserial", "bigserial"),
            ("serial8", "bigserial"),
            ("citext", "citext"),
            ("vector(3)", "vector(3)"),
            ("tsvector", "tsvector"),
        ] {
            assert_eq!(cast(sql, Dialect::Postgres), expected, "{sql}");
        }
    }

    #[test]
    fn words_modifiers_and_dimensions_are_put_together() {
        let words = |text: &str| text.split(' ').map(Ident::from).collect::<Vec<_>>();
        let of = |text: &str, modifiers: &[&str]| WrittenType {
            words: words(text),
            modifiers: modifiers.iter().map(|one| (*one).to_owned()).collect(),
            written: format!(" {text} "),
            ..WrittenType::default()
        };
        let pg = |written| canonical(written, Dialect::Postgres).to_string();
        assert_eq!(pg(of("national character varying", &["10"])), "character varying(10)");
        assert_eq!(pg(of("time with time zone", &["6"])), "time(6) with time zone");
        assert_eq!(pg(of("dec", &[])), "numeric");
        assert_eq!(pg(of("interval year to month", &[])), "interval year to month");
        let array = WrittenType { dimensions: 2, ..of("serial4", &[]) };
        let array = canonical(array, Dialect::Postgres);
        assert_eq!((array.dimensions, array.written.as_str()), (2, "serial4"));
        let own = WrittenType { schema: Some("audit".into()), ..of("int4", &[]) };
        assert_eq!(pg(own), "audit.int4");
        let sqlite = canonical(of("unsigned big int", &["5"]), Dialect::Sqlite);
        assert_eq!(sqlite.to_string(), "unsigned big int(5)");
    }
}
