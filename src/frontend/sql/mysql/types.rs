//! Types as MySQL's catalogue names them.

use crate::migration::{Ident, ObjectName, SqlType};

/// The type of these words and modifiers.
pub(in super::super) fn canonical(words: &str, modifiers: Vec<String>, written: &str) -> SqlType {
    let (base, sign) = split_sign(words);
    let (name, modifiers) = resolve(base, modifiers);
    let name = if sign.is_empty() { name.to_owned() } else { format!("{name} {sign}") };
    SqlType {
        name: ObjectName::bare(Ident::new(name)),
        modifiers,
        dimensions: 0,
        collation: None,
        written: written.trim().to_owned(),
    }
}

/// `zerofill` says `unsigned` too.
fn split_sign(words: &str) -> (&str, &'static str) {
    let end = ["unsigned", "signed", "zerofill"]
        .iter()
        .filter_map(|word| words.find(&format!(" {word}")))
        .min();
    let Some(end) = end else { return (words, "") };
    let (base, rest) = words.split_at(end);
    let sign = match (rest.contains("zerofill"), rest.contains("unsigned")) {
        (true, _) => "unsigned zerofill",
        (false, true) => "unsigned",
        (false, false) => "",
    };
    (base, sign)
}

fn resolve(base: &str, modifiers: Vec<String>) -> (&str, Vec<String>) {
    match base {
        // Display widths say nothing.
        "int" | "integer" | "int4" => ("int", Vec::new()),
        "bigint" | "int8" => ("bigint", Vec::new()),
        "smallint" | "int2" => ("smallint", Vec::new()),
        "mediumint" | "middleint" | "int3" => ("mediumint", Vec::new()),
        "tinyint" | "int1" | "bool" | "boolean" => ("tinyint", Vec::new()),
        "year" => ("year", Vec::new()),
        "decimal" | "dec" | "numeric" | "fixed" | "number" => ("decimal", decimal(modifiers)),
        "float" | "float4" => float(modifiers),
        "double" | "double precision" | "real" | "float8" => ("double", modifiers),
        "char" | "character" | "nchar" | "national char" | "national character" => {
            ("char", or_one(modifiers))
        }
        "binary" | "char byte" => ("binary", or_one(modifiers)),
        "bit" => ("bit", or_one(modifiers)),
        "text" => sized(&modifiers, ["tinytext", "text", "mediumtext", "longtext"]),
        "blob" => sized(&modifiers, ["tinyblob", "blob", "mediumblob", "longblob"]),
        "long" | "long varchar" | "long char varying" => ("mediumtext", Vec::new()),
        "long varbinary" => ("mediumblob", Vec::new()),
        "clob" => ("longtext", Vec::new()),
        "datetime" | "timestamp" | "time" => (base, without_zero(modifiers)),
        "geomcollection" => ("geometrycollection", modifiers),
        _ if is_varchar(base) => ("varchar", modifiers),
        other => (other, modifiers),
    }
}

fn is_varchar(base: &str) -> bool {
    matches!(
        base,
        "varchar"
            | "varcharacter"
            | "varchar2"
            | "nvarchar"
            | "char varying"
            | "character varying"
            | "nchar varchar"
            | "nchar varying"
            | "national varchar"
            | "national varcharacter"
            | "national char varying"
            | "national character varying"
    )
}

fn or_one(modifiers: Vec<String>) -> Vec<String> {
    if modifiers.is_empty() { vec!["1".to_owned()] } else { modifiers }
}

fn decimal(mut modifiers: Vec<String>) -> Vec<String> {
    if modifiers.is_empty() {
        modifiers.push("10".to_owned());
    }
    if modifiers.len() == 1 {
        modifiers.push("0".to_owned());
    }
    modifiers
}

/// One modifier of `float` is a precision in bits.
fn float(modifiers: Vec<String>) -> (&'static str, Vec<String>) {
    let bits = match modifiers.as_slice() {
        [bits] => bits.parse::<u32>().unwrap_or(0),
        _ => return ("float", modifiers),
    };
    if bits > 24 { ("double", Vec::new()) } else { ("float", Vec::new()) }
}

/// A length asks for the smallest type that holds it.
fn sized(modifiers: &[String], names: [&'static str; 4]) -> (&'static str, Vec<String>) {
    let [tiny, plain, medium, long] = names;
    let length = modifiers.first().and_then(|length| length.parse::<u64>().ok());
    let name = match length {
        None => plain,
        Some(0..=255) => tiny,
        Some(256..=65_535) => plain,
        Some(65_536..=16_777_215) => medium,
        Some(_) => long,
    };
    (name, Vec::new())
}

fn without_zero(modifiers: Vec<String>) -> Vec<String> {
    modifiers.into_iter().filter(|digits| digits != "0").collect()
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn aliases_are_called_as_the_catalogue_calls_them() {
        let of = |words: &str, modifiers: &[&str]| {
            let modifiers = modifiers.iter().map(|one| (*one).to_owned()).collect();
            canonical(words, modifiers, "").to_string()
        };
        assert_eq!(of("integer", &["11"]), "int");
        assert_eq!(of("int unsigned", &["10"]), "int unsigned");
        assert_eq!(of("int zerofill", &["5"]), "int unsigned zerofill");
        assert_eq!(of("bigint signed", &[]), "bigint");
        assert_eq!(of("bool", &[]), "tinyint");
        assert_eq!(of("numeric", &["8"]), "decimal(8,0)");
        assert_eq!(of("decimal unsigned", &["8", "2"]), "decimal(8,2) unsigned");
        assert_eq!(of("float", &["53"]), "double");
        assert_eq!(of("text", &["100000"]), "mediumtext");
        assert_eq!(of("national varchar", &["50"]), "varchar(50)");
        assert_eq!(of("char", &[]), "char(1)");
        assert_eq!(of("datetime", &["6"]), "datetime(6)");
        assert_eq!(of("timestamp", &["0"]), "timestamp");
        assert_eq!(of("enum", &["'a'", "'b'"]), "enum('a','b')");
    }
}
