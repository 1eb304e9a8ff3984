//! libpq's `keyword=value` form: values in single quotes may hold blanks; a backslash escapes.

use super::{AddressError, Environment, PostgresAddress};
use std::iter::Peekable;
use std::str::Chars;

/// Reads `host=db-1 user=anna password='a b'`.
pub(super) fn parse(
    text: &str,
    environment: &Environment<'_>,
) -> Result<PostgresAddress, AddressError> {
    let mut pairs = Vec::new();
    let mut rest = text.chars().peekable();
    loop {
        while rest.next_if(|c| c.is_whitespace()).is_some() {}
        if rest.peek().is_none() {
            return PostgresAddress::of(&pairs, environment);
        }
        let name = name(&mut rest)?;
        pairs.push((name, value(&mut rest)?));
    }
}

fn name(rest: &mut Peekable<Chars<'_>>) -> Result<String, AddressError> {
    let mut name = String::new();
    while let Some(c) = rest.next_if(|c| *c != '=' && !c.is_whitespace()) {
        name.push(c);
    }
    while rest.next_if(|c| c.is_whitespace()).is_some() {}
    if rest.next_if_eq(&'=').is_none() {
        return Err(AddressError::Parameter("a keyword has no = after it".to_owned()));
    }
    while rest.next_if(|c| c.is_whitespace()).is_some() {}
    Ok(name)
}

fn value(rest: &mut Peekable<Chars<'_>>) -> Result<String, AddressError> {
    let quoted = rest.next_if_eq(&'\'').is_some();
    let mut value = String::new();
    while let Some(c) = rest.peek().copied() {
        if (quoted && c == '\'') || (!quoted && c.is_whitespace()) {
            break;
        }
        rest.next();
        value.push(if c == '\\' { rest.next().unwrap_or('\\') } else { c });
    }
    if quoted && rest.next().is_none() {
        return Err(AddressError::Parameter("a quoted value is not closed".to_owned()));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Secret;

    #[test]
    fn pairs_are_read_with_quotes_and_escapes() {
        let text = r"host = db-1 port=6432  user='an na' password='it\'s' dbname=orders";
        let address = parse(text, &|_| None).unwrap();
        assert_eq!(address.hosts, ["db-1"]);
        assert_eq!(address.ports, [6432]);
        assert_eq!(address.user.as_deref(), Some("an na"));
        assert_eq!(address.password, Some(Secret::new("it's")));
        assert_eq!(address.database(), "orders");
    }

    #[test]
    fn what_is_not_closed_is_told() {
        let error = |text: &str| parse(text, &|_| None).unwrap_err().to_string();
        assert!(error("password='open").contains("not closed"));
        assert!(error("host").contains("no ="));
    }
}
