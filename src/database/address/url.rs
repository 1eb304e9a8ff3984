//! `user:password@host:port,host:port/database?parameter=value`, what follows the scheme.

use super::{AddressError, Environment, PostgresAddress};

type Pairs = Vec<(String, String)>;

/// Reads what stands after `postgres://`.
pub(super) fn parse(
    rest: &str,
    environment: &Environment<'_>,
) -> Result<PostgresAddress, AddressError> {
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, hosts) = match authority.rsplit_once('@') {
        Some((login, hosts)) => (login, hosts),
        None => ("", authority),
    };
    let mut pairs = Pairs::new();
    let (user, password) = match login.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (login, None),
    };
    push(&mut pairs, "user", user)?;
    if let Some(password) = password {
        push(&mut pairs, "password", password)?;
    }
    hosts_and_ports(hosts, &mut pairs)?;
    push(&mut pairs, "dbname", database)?;
    parameters(query, &mut pairs)?;
    PostgresAddress::of(&pairs, environment)
}

fn push(pairs: &mut Pairs, name: &str, encoded: &str) -> Result<(), AddressError> {
    if !encoded.is_empty() {
        pairs.push((name.to_owned(), decoded(encoded)?));
    }
    Ok(())
}

fn hosts_and_ports(text: &str, pairs: &mut Pairs) -> Result<(), AddressError> {
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (host, port) = match part.strip_prefix('[').and_then(|it| it.split_once(']')) {
            Some((host, rest)) => (host, rest.strip_prefix(':').unwrap_or("")),
            None => part.split_once(':').unwrap_or((part, "")),
        };
        hosts.push(decoded(host)?);
        ports.push(if port.is_empty() { "5432".to_owned() } else { port.to_owned() });
    }
    let hosts: Vec<String> = hosts.into_iter().filter(|host| !host.is_empty()).collect();
    if !hosts.is_empty() {
        pairs.push(("host".to_owned(), hosts.join(",")));
    }
    if ports.iter().any(|port| port != "5432") || (!ports.is_empty() && text.contains(':')) {
        pairs.push(("port".to_owned(), ports.join(",")));
    }
    Ok(())
}

fn parameters(query: &str, pairs: &mut Pairs) -> Result<(), AddressError> {
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name)?;
        match (name.as_str(), value) {
            // Written by other drivers for `sslmode=require`.
            ("ssl", "true") => pairs.push(("sslmode".to_owned(), "require".to_owned())),
            ("ssl", _) => {}
            _ => pairs.push((name, decoded(value)?)),
        }
    }
    Ok(())
}

/// Percent-decoded.
fn decoded(text: &str) -> Result<String, AddressError> {
    let bad = || AddressError::Url("a % is not followed by two hexadecimal digits".to_owned());
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2).ok_or_else(bad)?;
        let digits = std::str::from_utf8(digits).map_err(|_| bad())?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| bad())?);
        rest = after;
    }
    String::from_utf8(bytes).map_err(|_| AddressError::Url("it is not UTF-8".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Secret, SslMode};
    use std::path::PathBuf;

    fn with(text: &str, variables: &[(&str, &str)]) -> PostgresAddress {
        let find = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        parse(text, &find).unwrap()
    }

    #[test]
    fn every_part_is_read_and_decoded() {
        let address = with(
            "an%2Fna:p%40ss@db-1,[::1]:6432/orders?sslmode=verify-full&sslrootcert=/etc/ca.pem",
            &[],
        );
        assert_eq!(address.user.as_deref(), Some("an/na"));
        assert_eq!(address.password, Some(Secret::new("p@ss")));
        assert_eq!(address.hosts, ["db-1", "::1"]);
        assert_eq!(address.ports, [5432, 6432]);
        assert_eq!(address.database(), "orders");
        assert_eq!(address.ssl_mode, SslMode::VerifyFull);
        assert_eq!(address.ssl_root_cert, Some(PathBuf::from("/etc/ca.pem")));
    }

    #[test]
    fn variables_stand_in_for_what_is_not_written() {
        let variables =
            [("PGHOST", "db-2"), ("PGPORT", "5433"), ("PGUSER", "ben"), ("PGPASSWORD", "geheim")];
        let address = with("/shop", &variables);
        assert_eq!(address.hosts, ["db-2"]);
        assert_eq!(address.ports, [5433]);
        assert_eq!(address.password, Some(Secret::new("geheim")));
        let address = with("anna@db-1:5432/shop", &variables);
        assert_eq!((address.user.as_deref(), address.ports), (Some("anna"), vec![5432]));
    }

    #[test]
    fn mistakes_are_named() {
        let error = |text: &str| parse(text, &|_| None).unwrap_err().to_string();
        assert!(error("db/x?sslmod=require").contains("did you mean sslmode?"));
        assert!(error("db/x?sslmode=always").contains("verify-full"));
        assert!(error("db:port/x").contains("a port is a number"));
        assert!(error("a%4@db/x").contains("hexadecimal"));
    }
}
