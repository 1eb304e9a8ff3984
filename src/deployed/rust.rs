//! Rust: Diesel's `table! { … }`, in which every column is declared.

use super::mention::{How, Mention, Name, Subject};
use smol_str::SmolStr;
use tree_sitter::{Node, Tree};

/// Tables that `table!` macros declare.
pub(super) fn tables(tree: &Tree, source: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut open = vec![tree.root_node()];
    while let Some(node) = open.pop() {
        if let Some(body) = table_macro(node, source) {
            found.extend(table(body, source));
            continue;
        }
        let mut cursor = node.walk();
        open.extend(node.children(&mut cursor));
    }
    found
}

/// The token tree of a call of `table!`.
fn table_macro<'t>(node: Node<'t>, source: &str) -> Option<Node<'t>> {
    if node.kind() != "macro_invocation" {
        return None;
    }
    let name = node.child_by_field_name("macro")?;
    let name = source.get(name.byte_range())?;
    if name.rsplit("::").next() != Some("table") {
        return None;
    }
    let mut cursor = node.walk();
    node.children(&mut cursor).find(|child| child.kind() == "token_tree")
}

/// `users (id) { id -> Int4, #[sql_name = "type"] kind -> Text, }`
fn table(body: Node<'_>, source: &str) -> Vec<Mention> {
    let text = source.get(body.byte_range()).unwrap_or("");
    let start = body.start_byte();
    let Some((head, columns)) = text.trim_start_matches(['{', '(']).split_once('{') else {
        return Vec::new();
    };
    let head_offset = text.len() - columns.len();
    let name = head.split('(').next().unwrap_or(head);
    let name = lines(name)
        .filter(|(_, line)| {
            !line.starts_with(['/', '#', 'u']) || line.starts_with('u') && !line.starts_with("use ")
        })
        .last()
        .map(|(_, line)| line.trim().to_owned())
        .unwrap_or_default();
    let written =
        sql_name(head).unwrap_or_else(|| SmolStr::new(name.rsplit('.').next().unwrap_or("")));
    let schema = name.split_once('.').map(|(schema, _)| SmolStr::new(schema.trim()));
    let table = Name { schema, name: written };
    if table.name.is_empty() {
        return Vec::new();
    }
    let declared = |subject, offset| Mention { subject, how: How::Declared, offset };
    let mut found = vec![declared(Subject::Table(table.clone()), start)];
    let mut renamed = None;
    for (at, line) in lines(columns) {
        if line.starts_with("#[") {
            renamed = sql_name(line).or(renamed);
        }
        let Some((before, _)) = line.split_once("->") else { continue };
        let name = before.rsplit(']').next().unwrap_or(before).trim();
        let column = renamed.take().unwrap_or_else(|| SmolStr::new(name.trim_start_matches("r#")));
        let subject = Subject::Column { tables: vec![table.clone()], column };
        found.push(declared(subject, start + head_offset + at));
    }
    found
}

/// Lines that hold something, trimmed, with the offset of their text.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut offset = 0;
    text.split_inclusive(['\n', ',']).filter_map(move |line| {
        let at = offset + (line.len() - line.trim_start().len());
        offset += line.len();
        let line = line.trim();
        (!line.is_empty() && !line.starts_with("//")).then_some((at, line))
    })
}

/// The name in `#[sql_name = "type"]`.
fn sql_name(text: &str) -> Option<SmolStr> {
    let (_, rest) = text.split_once("sql_name")?;
    rest.split('"').nth(1).map(SmolStr::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployed::strings::{Language, tree};

    #[test]
    fn diesel_declares_every_column() {
        let source = r#"
diesel::table! {
    /// Orders of the shop.
    use diesel::sql_types::*;
    billing.invoices (id) {
        id -> Int8,
        #[sql_name = "type"]
        kind -> Text,
        total -> Nullable<Numeric>,
    }
}
"#;
        let tree = tree(source, Language::Rust).expect("a tree");
        let found: Vec<String> = tables(&tree, source)
            .into_iter()
            .map(|mention| match mention.subject {
                Subject::Column { tables, column } => format!("{}.{column}", tables[0].name),
                Subject::Table(name) => {
                    format!("{}.{}", name.schema.unwrap_or_default(), name.name)
                }
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(found, ["billing.invoices", "invoices.id", "invoices.type", "invoices.total"]);
    }
}
