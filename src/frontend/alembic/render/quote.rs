//! Names as SQLAlchemy quotes them.

use super::flavor::Flavor;
use super::stop::{Part, Stop};
use crate::migration::python::{Kind, Value};
use md5::{Digest, Md5};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

const RESERVED: &str = include_str!("../../../../data/sqlalchemy/reserved.tsv");

static WORDS: LazyLock<HashMap<&'static str, HashSet<&'static str>>> = LazyLock::new(|| {
    let lines = RESERVED.lines().map(|line| {
        let mut words = line.split('\t');
        (words.next().unwrap_or(""), words.collect())
    });
    lines.collect()
});

/// A name, quoted where the dialect needs it. Placeholders for what is not known stay as they are.
pub fn quoted(name: &str, flavor: Flavor) -> String {
    if !needs_quotes(name, flavor) || name.contains("{{") {
        return name.to_owned();
    }
    always(name, flavor)
}

/// A name in quotes.
pub fn always(name: &str, flavor: Flavor) -> String {
    let quote = if flavor.is_mysql() { '`' } else { '"' };
    let doubled: String = [quote, quote].iter().collect();
    format!("{quote}{}{quote}", name.replace(quote, &doubled))
}

/// The name of an index or constraint: too long ones are cut, with a hash of the whole at the end.
pub fn object(name: &str, flavor: Flavor) -> String {
    const KEPT: usize = 8;
    let longest = match flavor {
        Flavor::Postgres => 63,
        Flavor::Mysql | Flavor::Mariadb => 64,
        Flavor::Sqlite => usize::MAX,
    };
    if name.len() <= longest || name.contains("{{") {
        return quoted(name, flavor);
    }
    let hash = format!("{:x}", Md5::digest(name));
    let head: String = name.chars().take(longest - KEPT).collect();
    let tail = hash.get(hash.len().saturating_sub(4)..).unwrap_or("");
    quoted(&format!("{head}_{tail}"), flavor)
}

/// Names joined with commas.
pub fn list<S: AsRef<str>>(names: &[S], flavor: Flavor) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name.as_ref(), flavor)).collect();
    names.join(", ")
}

fn needs_quotes(name: &str, flavor: Flavor) -> bool {
    let Some(first) = name.chars().next() else {
        return true;
    };
    let reserved =
        WORDS.get(flavor.key()).is_some_and(|words| words.contains(name.to_lowercase().as_str()));
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    reserved
        || first.is_ascii_digit()
        || first == '$'
        || !name.chars().all(legal)
        || name.chars().any(|c| c.is_ascii_uppercase())
}

/// A table with its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    /// The schema, where given.
    pub schema: Option<String>,
    /// The table.
    pub name: String,
}

impl TableName {
    /// From a table's and a schema's value.
    pub fn of(name: Option<&Value>, schema: Option<&Value>) -> Part<Self> {
        let Some(name) = name else {
            return Stop::unknown("its table is not given");
        };
        let schema = schema.and_then(optional).filter(|schema| !schema.is_empty());
        Ok(Self { schema, name: text(name)? })
    }

    /// As SQLAlchemy writes it.
    pub fn sql(&self, flavor: Flavor) -> String {
        match &self.schema {
            Some(schema) => {
                format!("{}.{}", dotted(schema, flavor), quoted(&self.name, flavor))
            }
            None => quoted(&self.name, flavor),
        }
    }

    /// The name of an index or constraint in the schema of this table.
    pub fn beside_object(&self, name: &str, flavor: Flavor) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", dotted(schema, flavor), object(name, flavor)),
            None => object(name, flavor),
        }
    }

    /// A name in the schema of this table.
    pub fn beside(&self, name: &str, flavor: Flavor) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", dotted(schema, flavor), quoted(name, flavor)),
            None => quoted(name, flavor),
        }
    }
}

/// A schema's name; dots separate parts of it.
fn dotted(schema: &str, flavor: Flavor) -> String {
    let parts: Vec<String> = schema.split('.').map(|part| quoted(part, flavor)).collect();
    parts.join(".")
}

/// The string that a value is. What is not known becomes a placeholder.
pub fn text(value: &Value) -> Part<String> {
    match &value.kind {
        Kind::Str(text) => Ok(text.as_str().to_owned()),
        Kind::Unknown(why) => Ok(placeholder(why)),
        Kind::Call(call) => match (call.path(), call.args.first()) {
            // A name that is already one, or a name with forced quotes.
            (Some(path), Some(name)) if is_name_wrapper(path) => text(name),
            _ => Ok(placeholder("name")),
        },
        Kind::Attribute(_) | Kind::Index(_) | Kind::Name(_) | Kind::Handle(_) => {
            Ok(placeholder("name"))
        }
        _ => Stop::refused("a name must be a string"),
    }
}

fn is_name_wrapper(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    matches!(last, "f" | "conv" | "quoted_name" | "_truncated_label")
}

/// The string that a value is; nothing for `None`.
pub fn optional(value: &Value) -> Option<String> {
    if value.is_none() { None } else { text(value).ok() }
}

/// What stands in SQL for something that is not known.
pub fn placeholder(label: &str) -> String {
    let kept: String =
        label.chars().filter(|c| c.is_alphanumeric() || "_. ".contains(*c)).take(60).collect();
    let kept = kept.trim();
    format!("{{{{ {} }}}}", if kept.is_empty() { "unknown" } else { kept })
}

/// A string literal.
pub fn literal(text: &str, flavor: Flavor) -> String {
    let doubled = text.replace('\'', "''");
    if flavor.is_mysql() {
        return format!("'{}'", doubled.replace('\\', "\\\\"));
    }
    format!("'{doubled}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_and_mixed_case_names_are_quoted() {
        assert_eq!(quoted("orders", Flavor::Postgres), "orders");
        assert_eq!(quoted("order", Flavor::Postgres), "\"order\"");
        assert_eq!(quoted("Orders", Flavor::Mysql), "`Orders`");
        assert_eq!(quoted("dec", Flavor::Mysql), "`dec`");
        assert_eq!(quoted("dec", Flavor::Sqlite), "dec");
        assert_eq!(quoted("1st", Flavor::Sqlite), "\"1st\"");
        assert_eq!(quoted("a\"b", Flavor::Sqlite), "\"a\"\"b\"");
    }

    #[test]
    fn a_dotted_schema_is_quoted_part_by_part() {
        let table = TableName { schema: Some("shop.Main".to_owned()), name: "orders".to_owned() };
        assert_eq!(table.sql(Flavor::Postgres), "shop.\"Main\".orders");
    }
}
