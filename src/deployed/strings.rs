//! String literals of Go, JavaScript, TypeScript, Java, Kotlin, Ruby, PHP and Rust, found by their
//! grammars; joined ones (`"SELECT … " + "FROM …"`) are one text.

use tree_sitter::{Language as Grammar, Node, Parser, Tree};

/// Languages whose strings are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Language {
    /// Go.
    Go,
    /// Java.
    Java,
    /// JavaScript, JSX.
    JavaScript,
    /// Kotlin.
    Kotlin,
    /// PHP.
    Php,
    /// Ruby.
    Ruby,
    /// Rust.
    Rust,
    /// TypeScript.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
}

impl Language {
    /// The language of a file by the ending of its name.
    pub fn of(path: &str) -> Option<Self> {
        let (_, ending) = path.rsplit_once('.')?;
        Some(match ending {
            "go" => Self::Go,
            "java" => Self::Java,
            "js" | "jsx" | "mjs" | "cjs" => Self::JavaScript,
            "kt" | "kts" => Self::Kotlin,
            "php" => Self::Php,
            "rb" | "rake" => Self::Ruby,
            "rs" => Self::Rust,
            "ts" | "mts" | "cts" => Self::TypeScript,
            "tsx" => Self::Tsx,
            _ => return None,
        })
    }

    fn grammar(self) -> Grammar {
        match self {
            Self::Go => tree_sitter_go::LANGUAGE.into(),
            Self::Java => tree_sitter_java::LANGUAGE.into(),
            Self::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Self::Kotlin => tree_sitter_kotlin_ng::LANGUAGE.into(),
            Self::Php => tree_sitter_php::LANGUAGE_PHP.into(),
            Self::Ruby => tree_sitter_ruby::LANGUAGE.into(),
            Self::Rust => tree_sitter_rust::LANGUAGE.into(),
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
        }
    }
}

/// A text in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    /// Its content; `{}` stands for what is filled in.
    pub text: String,
    /// Byte offset of the literal.
    pub offset: usize,
}

/// The syntax tree of a file; `None` where the grammar gives up.
pub(super) fn tree(source: &str, language: Language) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&language.grammar()).ok()?;
    parser.parse(source, None)
}

/// The string literals of a tree.
pub(super) fn texts(tree: &Tree, source: &str) -> Vec<Text> {
    let mut texts = Vec::new();
    // A stack of our own: nesting may be deeper than the thread's.
    let mut open = vec![tree.root_node()];
    while let Some(node) = open.pop() {
        if is_string(node) {
            texts.push(Text { text: content(node, source), offset: node.start_byte() });
            continue;
        }
        if let Some(text) = joined(node, source) {
            texts.push(text);
            continue;
        }
        let mut cursor = node.walk();
        open.extend(node.children(&mut cursor));
    }
    texts.sort_by_key(|text| text.offset);
    texts
}

/// Kinds of nodes that are whole literals, over all grammars.
fn is_string(node: Node<'_>) -> bool {
    // TypeScript's type `string` is a node without a name.
    node.is_named()
        && matches!(
            node.kind(),
            "interpreted_string_literal"
                | "raw_string_literal"
                | "string_literal"
                | "multiline_string_literal"
                | "string"
                | "template_string"
                | "encapsed_string"
                | "heredoc_body"
                | "heredoc"
                | "nowdoc"
                | "text_block"
        )
}

fn is_filled_in(kind: &str) -> bool {
    matches!(
        kind,
        "template_substitution"
            | "interpolation"
            | "interpolated_expression"
            | "interpolated_identifier"
            | "string_interpolation"
            | "variable_name"
            | "dynamic_variable_name"
            | "member_access_expression"
            | "subscript_expression"
    )
}

/// The text of a literal without its quotes, with `{}` for what is filled in.
fn content(node: Node<'_>, source: &str) -> String {
    let mut text = String::new();
    let mut cursor = node.walk();
    let mut at = node.start_byte();
    for child in node.children(&mut cursor) {
        if is_filled_in(child.kind()) {
            text.push_str(source.get(at..child.start_byte()).unwrap_or(""));
            text.push_str("{}");
            at = child.end_byte();
        }
    }
    text.push_str(source.get(at..node.end_byte()).unwrap_or(""));
    unquoted(&text)
}

/// Takes off prefixes and quotes, and resolves the escapes that matter in SQL.
fn unquoted(literal: &str) -> String {
    let is_heredoc = literal.starts_with("<<");
    let body = if is_heredoc {
        literal.split_once('\n').map_or("", |(_, body)| body)
    } else {
        let prefix = literal.find(['"', '\'', '`']).filter(|&at| at <= 3).unwrap_or(0);
        let rest = literal.get(prefix..).unwrap_or("");
        rest.trim_matches(|c| matches!(c, '"' | '\'' | '`' | '#'))
    };
    body.replace("\\n", " \n").replace("\\t", " ").replace("\\\"", "\"").replace("\\'", "'")
}

/// `"a" + "b"`, flattened; other operands become `{}`.
fn joined(node: Node<'_>, source: &str) -> Option<Text> {
    if !is_sum(node, source) {
        return None;
    }
    let mut parts = Vec::new();
    let mut open = vec![node];
    while let Some(part) = open.pop() {
        if is_sum(part, source) {
            let mut cursor = part.walk();
            let operands: Vec<_> = part.named_children(&mut cursor).collect();
            open.extend(operands.into_iter().rev());
        } else {
            parts.push(part);
        }
    }
    if !parts.iter().any(|part| is_string(*part)) {
        return None;
    }
    let mut text = String::new();
    for part in parts {
        match is_string(part) {
            true => text.push_str(&content(part, source)),
            false => text.push_str("{}"),
        }
    }
    Some(Text { text, offset: node.start_byte() })
}

fn is_sum(node: Node<'_>, source: &str) -> bool {
    if !matches!(node.kind(), "binary_expression" | "binary" | "additive_expression") {
        return false;
    }
    let mut cursor = node.walk();
    node.children(&mut cursor)
        .any(|child| matches!(source.get(child.byte_range()), Some("+" | ".")) && !child.is_named())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str, language: Language) -> Vec<String> {
        let tree = tree(source, language).expect("a tree");
        texts(&tree, source).into_iter().map(|text| text.text.trim().to_owned()).collect()
    }

    #[test]
    fn each_language_has_its_strings() {
        let cases = [
            (Language::Go, "package a\nvar q = `SELECT note FROM orders`"),
            (Language::Java, "class A { String q = \"SELECT note \" + \"FROM orders\"; }"),
            (Language::JavaScript, "const q = `SELECT note FROM orders`;"),
            (Language::Kotlin, "val q = \"\"\"SELECT note FROM orders\"\"\""),
            (Language::Php, "<?php $q = 'SELECT note FROM orders';"),
            (Language::Ruby, "q = \"SELECT note FROM orders\""),
            (Language::Rust, "fn a() { query!(\"SELECT note FROM orders\"); }"),
            (Language::TypeScript, "const q: string = 'SELECT note FROM orders';"),
        ];
        for (language, source) in cases {
            assert_eq!(found(source, language), ["SELECT note FROM orders"], "{language:?}");
        }
    }

    #[test]
    fn what_is_filled_in_is_marked() {
        let source = "const q = `SELECT note FROM ${table} WHERE id = 1`;";
        assert_eq!(found(source, Language::JavaScript), ["SELECT note FROM {} WHERE id = 1"]);
        let source = "q = \"SELECT #{column} FROM orders\"";
        assert_eq!(found(source, Language::Ruby), ["SELECT {} FROM orders"]);
    }

    #[test]
    fn heredocs_are_texts() {
        let source = "q = <<~SQL\n  SELECT note FROM orders\nSQL\n";
        assert!(found(source, Language::Ruby).iter().any(|text| text.contains("SELECT note FROM")));
        let source = "<?php $q = <<<SQL\nSELECT note FROM orders\nSQL;\n";
        assert!(found(source, Language::Php).iter().any(|text| text.contains("SELECT note FROM")));
    }
}
