//! String constants to their values.

/// The value of a string constant of MySQL: in either quotes, with escapes.
pub(in super::super) fn value(written: &str) -> String {
    let Some(open) = written.find(['\'', '"']) else { return written.to_owned() };
    let quoted = written.get(open..).unwrap_or("");
    let mut chars = quoted.chars();
    let quote = chars.next().unwrap_or('\'');
    let inner = chars.as_str();
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    let mut value = String::with_capacity(inner.len());
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(escaped)),
            c if c == quote => {
                chars.next_if_eq(&quote);
                value.push(quote);
            }
            _ => value.push(c),
        }
    }
    value
}

fn escaped(c: char) -> char {
    match c {
        '0' => '\0',
        'b' => '\u{8}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'Z' => '\u{1a}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn strings_lose_their_quotes_and_escapes() {
        assert_eq!(value("'it''s'"), "it's");
        assert_eq!(value(r"'it\'s'"), "it's");
        assert_eq!(value("\"say \"\"hi\"\" it's\""), "say \"hi\" it's");
        assert_eq!(value(r"'a\nb\%'"), "a\nb%");
        assert_eq!(value("x'41'"), "41");
    }
}
