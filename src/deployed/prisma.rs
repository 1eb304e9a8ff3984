//! Prisma's schema: `model User { … @@map("users") }`, one declaration a line.

use super::mention::{How, Mention, Name, Subject};
use smol_str::SmolStr;
use std::collections::HashSet;

/// Types whose fields are columns; fields of other types are columns only where they are enums.
const SCALARS: [&str; 10] = [
    "String",
    "Boolean",
    "Int",
    "BigInt",
    "Float",
    "Decimal",
    "DateTime",
    "Json",
    "Bytes",
    "Unsupported",
];

struct Field {
    name: SmolStr,
    kind: String,
    offset: usize,
}

struct Block {
    kind: String,
    name: SmolStr,
    schema: Option<SmolStr>,
    fields: Vec<Field>,
    offset: usize,
}

/// What a schema file declares.
pub(super) fn read(text: &str) -> Vec<Mention> {
    let blocks = blocks(text);
    let enums: HashSet<&str> = blocks
        .iter()
        .filter(|block| block.kind == "enum")
        .map(|block| block.name.as_str())
        .collect();
    blocks.iter().flat_map(|block| mentions(block, &enums)).collect()
}

fn mentions(block: &Block, enums: &HashSet<&str>) -> Vec<Mention> {
    let declared = |subject, offset| Mention { subject, how: How::Declared, offset };
    if block.kind == "enum" {
        let value = |field: &Field| declared(Subject::EnumValue(field.name.clone()), field.offset);
        return block.fields.iter().map(value).collect();
    }
    let table = Name { schema: block.schema.clone(), name: block.name.clone() };
    let mut found = vec![declared(Subject::Table(table.clone()), block.offset)];
    for field in &block.fields {
        let kind = field.kind.trim_end_matches(['?', '[', ']']);
        let kind = kind.split('(').next().unwrap_or(kind);
        if SCALARS.contains(&kind) || enums.contains(kind) {
            let subject =
                Subject::Column { tables: vec![table.clone()], column: field.name.clone() };
            found.push(declared(subject, field.offset));
        }
    }
    found
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset + (line.len() - line.trim_start().len());
        offset += line.len();
        let line = line.split("//").next().unwrap_or("").trim();
        let mut words = line.split_whitespace();
        match (&mut open, words.next()) {
            (None, Some(kind @ ("model" | "view" | "enum"))) => {
                let Some(name) = words.next() else { continue };
                open = Some(Block {
                    kind: kind.to_owned(),
                    name: SmolStr::new(name.trim_end_matches('{')),
                    schema: None,
                    fields: Vec::new(),
                    offset: start,
                });
            }
            (Some(_), Some("}")) => blocks.extend(open.take()),
            (Some(block), Some(first)) => member(block, first, words.next(), line, start),
            _ => {}
        }
    }
    blocks
}

fn member(block: &mut Block, first: &str, second: Option<&str>, line: &str, offset: usize) {
    if let Some(name) = attribute(line, "@@map(") {
        block.name = name;
    } else if let Some(schema) = attribute(line, "@@schema(") {
        block.schema = Some(schema);
    } else if !first.starts_with("@@") {
        let name = attribute(line, "@map(").unwrap_or_else(|| SmolStr::new(first));
        let kind = second.unwrap_or("").to_owned();
        block.fields.push(Field { name, kind, offset });
    }
}

/// The string in `@map("…")` or `@map(name: "…")`.
fn attribute(line: &str, opening: &str) -> Option<SmolStr> {
    let at = line
        .match_indices(opening)
        .map(|(at, _)| at)
        .find(|&at| opening.starts_with("@@") || !line.get(..at).unwrap_or("").ends_with('@'))?;
    let inside = line.get(at + opening.len()..)?;
    let quoted = inside.split('"').nth(1)?;
    Some(SmolStr::new(quoted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_names_are_those_of_the_database() {
        let text = r#"
model Customer {
  id        Int      @id
  taxNumber String?  @map("tax_number")
  tier      Tier     @default(FREE)
  orders    Order[]
  @@map("customers")
}
enum Tier { // plans
  FREE
  PAID @map("paid")
}
"#;
        let found: Vec<String> = read(text)
            .into_iter()
            .map(|mention| match mention.subject {
                Subject::Column { tables, column } => format!("{}.{column}", tables[0].name),
                Subject::Table(name) => name.name.to_string(),
                Subject::EnumValue(value) => format!("'{value}'"),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(
            found,
            [
                "customers",
                "customers.id",
                "customers.tax_number",
                "customers.tier",
                "'FREE'",
                "'paid'"
            ]
        );
    }
}
