//! Lists of options: `(name = value, …)` and `(VERBOSE, ANALYZE off)`.

use super::super::cursor::{Cursor, Parsed};
use super::super::scanner::TokenKind;

/// Takes `(name [= value], …)`: names in lower case with their values as written.
pub(in super::super) fn parameters(
    cursor: &mut Cursor<'_>,
) -> Parsed<Vec<(String, Option<String>)>> {
    let mut inner = cursor.parens("'(' before parameters")?;
    let mut parameters = Vec::new();
    while !inner.is_done() {
        let mut part = inner.until_comma();
        let mut name = part.label("a parameter")?.to_string();
        while part.eat_kind(TokenKind::Dot) {
            name = format!("{name}.{}", part.label("a parameter")?);
        }
        part.eat_operator("=");
        let value = (!part.is_done()).then(|| part.written(part.rest()).to_owned());
        parameters.push((name, value));
        inner.comma()?;
    }
    Ok(parameters)
}

/// Takes a list of options in parentheses, if one is next, and says whether `flag` is on in it.
pub(in super::super) fn flag_of_list(cursor: &mut Cursor<'_>, flag: &str) -> Parsed<bool> {
    if !cursor.is_kind(TokenKind::LeftParen) {
        return Ok(false);
    }
    Ok(has_flag(&parameters(cursor)?, flag))
}

/// Whether `flag` is switched on in a list of options.
pub(in super::super) fn has_flag(parameters: &[(String, Option<String>)], flag: &str) -> bool {
    parameters.iter().any(|(name, value)| {
        name == flag
            && !value.as_deref().is_some_and(|value| {
                matches!(value.to_ascii_lowercase().as_str(), "off" | "false" | "0" | "no")
            })
    })
}
