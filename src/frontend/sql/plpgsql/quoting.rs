//! Names and values as the server quotes them for dynamic statements.

/// As the server quotes a name, except that key words are quoted only where they would be read as
/// something else; lower-case names stay as they are.
pub fn quote_ident(name: &str) -> String {
    let plain = name.bytes().enumerate().all(|(at, byte)| {
        byte.is_ascii_lowercase() || byte == b'_' || at > 0 && byte.is_ascii_digit()
    });
    if plain && !name.is_empty() && !is_reserved(name) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn is_reserved(name: &str) -> bool {
    const WORDS: [&str; 20] = [
        "all",
        "analyse",
        "analyze",
        "and",
        "any",
        "check",
        "column",
        "constraint",
        "default",
        "desc",
        "end",
        "from",
        "group",
        "limit",
        "offset",
        "order",
        "primary",
        "table",
        "user",
        "where",
    ];
    WORDS.contains(&name)
}

/// `quote_literal`.
pub fn quote_literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}
