//! Text as Python writes it.

/// A string as a Python literal: in triple quotes where it has several lines.
pub(super) fn string(text: &str) -> String {
    let mut inner = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => inner.push_str("\\\\"),
            '"' => inner.push_str("\\\""),
            '\r' => inner.push_str("\\r"),
            c => inner.push(c),
        }
    }
    if inner.contains('\n') { format!("\"\"\"{inner}\"\"\"") } else { format!("\"{inner}\"") }
}

/// SQL as the argument of `op.execute`: what SQLAlchemy would take for a parameter is escaped.
pub(super) fn sql(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let names = |c: &char| c.is_alphanumeric() || *c == '_';
        let opens = !(before == ':' || before == '\\' || names(&before));
        if c == ':' && opens && rest.peek().is_some_and(names) {
            escaped.push('\\');
        }
        escaped.push(c);
        before = c;
    }
    string(&escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_lines_are_kept() {
        assert_eq!(string("a \"b\" \\"), r#""a \"b\" \\""#);
        assert_eq!(string("a\nb"), "\"\"\"a\nb\"\"\"");
    }

    #[test]
    fn casts_are_no_parameters_and_colons_before_words_are() {
        assert_eq!(sql("SELECT '1'::int"), "\"SELECT '1'::int\"");
        assert_eq!(sql("SELECT ':a'"), r#""SELECT '\\:a'""#);
    }
}
