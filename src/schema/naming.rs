//! Names that the server makes up, exactly as it does.
//!
//! Source: PostgreSQL's `makeObjectName`, `ChooseRelationName`, `ChooseConstraintName`,
//! `ChooseIndexName` and `FigureIndexColname`.

use super::{RelationName, Schema};
use crate::migration::{ExprShape, Ident, IndexedColumn};

/// Longest name that the server stores, in bytes.
const LONGEST: usize = 63;

/// `first_second_label`, with the longer of the two names cut until it fits.
pub(super) fn object_name(first: &str, second: Option<&str>, label: &str) -> String {
    let second = second.unwrap_or("");
    let mut overhead = if label.is_empty() { 0 } else { label.len() + 1 };
    overhead += usize::from(!second.is_empty());
    let room = LONGEST.saturating_sub(overhead);
    let (mut a, mut b) = (first.len(), second.len());
    while a + b > room {
        if a > b {
            a -= 1;
        } else {
            b = b.saturating_sub(1);
        }
    }
    let mut name = clip(first, a).to_owned();
    if !second.is_empty() {
        name.push('_');
        name.push_str(clip(second, b));
    }
    if !label.is_empty() {
        name.push('_');
        name.push_str(label);
    }
    name
}

/// The longest prefix of at most `length` bytes that ends between characters.
fn clip(text: &str, length: usize) -> &str {
    let end = text.floor_char_boundary(length);
    text.get(..end).unwrap_or(text)
}

/// The name of at most 63 bytes that the server makes of a longer one.
pub(super) fn truncated(name: &Ident) -> Ident {
    if name.as_str().len() <= LONGEST {
        name.clone()
    } else {
        Ident::new(clip(name.as_str(), LONGEST))
    }
}

/// Column names joined for a generated name; the server stops at the first that reaches its limit.
pub(super) fn joined<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for column in columns {
        if !joined.is_empty() {
            joined.push('_');
        }
        joined.push_str(clip(column, LONGEST));
        if joined.len() > LONGEST {
            break;
        }
    }
    joined
}

/// The columns' names as a generated index name spells them.
pub(super) fn index_columns(columns: &[IndexedColumn], include: &[Ident]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let keys = columns.iter().map(column_word);
    for word in keys.chain(include.iter().map(|column| column.as_str().to_owned())) {
        let mut name = word.clone();
        let mut number = 0;
        while names.contains(&name) {
            number += 1;
            let suffix = number.to_string();
            name = format!("{}{suffix}", clip(&word, LONGEST - suffix.len()));
        }
        names.push(name);
    }
    names
}

fn column_word(column: &IndexedColumn) -> String {
    if let Some(name) = &column.column {
        return name.as_str().to_owned();
    }
    let Some(expr) = &column.expr else { return "expr".to_owned() };
    match expr.shape() {
        ExprShape::Column(name) | ExprShape::ColumnCast(name, _) => name.as_str().to_owned(),
        ExprShape::Call(call) => call.name.name.as_str().to_owned(),
        _ => keyword_word(&expr.sql),
    }
}

/// `COALESCE(…)` and its like are no functions to the grammar, but lend their word to the name.
fn keyword_word(sql: &str) -> String {
    let sql = sql.trim().trim_start_matches('(').trim_start().to_ascii_lowercase();
    let words = ["coalesce", "greatest", "least", "nullif", "case", "array", "row", "exists"];
    let word = words.iter().find(|word| {
        sql.strip_prefix(*word)
            .is_some_and(|rest| rest.trim_start().starts_with(['(', '[']) || **word == "case")
    });
    let whole = word.filter(|word| **word == "case" || sql.ends_with([')', ']']));
    whole.map_or_else(|| "expr".to_owned(), |word| (*word).to_owned())
}

/// What a generated name must not collide with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Avoid {
    /// Relations of the schema.
    Relations,
    /// Constraints of the schema.
    Constraints,
    /// Both: names of keys, which have an index of the same name.
    Both,
}

impl Schema {
    /// A generated name that is free in the schema.
    pub(super) fn free_name(
        &self,
        schema: &Ident,
        parts: (&str, Option<&str>, &str),
        avoid: Avoid,
    ) -> RelationName {
        let (first, second, label) = parts;
        let mut number = 0usize;
        loop {
            let label = if number == 0 { label.to_owned() } else { format!("{label}{number}") };
            let name = Ident::new(object_name(first, second, &label));
            let name = RelationName::new(schema.clone(), name);
            let relation = avoid != Avoid::Constraints && self.relations.contains_key(&name);
            let constraint = avoid != Avoid::Relations && self.constraint_names.contains_key(&name);
            if !relation && !constraint {
                return name;
            }
            number += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::object_name;

    #[test]
    fn long_names_are_cut_as_the_server_cuts_them() {
        assert_eq!(object_name("orders", Some("customer_id"), "fkey"), "orders_customer_id_fkey");
        assert_eq!(object_name("orders", None, "pkey"), "orders_pkey");
        let table = "a".repeat(40);
        let column = "b".repeat(40);
        let name = object_name(&table, Some(&column), "fkey");
        assert_eq!(name, format!("{}_{}_fkey", "a".repeat(29), "b".repeat(28)));
        assert_eq!(name.len(), 63);
    }
}
