//! The password: from the address, else from libpq's file of passwords.

use super::super::{PostgresAddress, Secret};
use std::path::Path;

/// The password to log in with, if there is one.
pub(super) fn password(address: &PostgresAddress) -> Option<Secret> {
    if address.password.is_some() {
        return address.password.clone();
    }
    let default = || address.home.as_ref().map(|home| home.join(".pgpass"));
    let path = address.pass_file.clone().or_else(default)?;
    if is_open_to_others(&path) {
        return None;
    }
    find(&std::fs::read_to_string(path).ok()?, address)
}

/// libpq passes over a file that others may read.
#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_path: &Path) -> bool {
    false
}

fn find(text: &str, address: &PostgresAddress) -> Option<Secret> {
    let host = address.hosts.first().map_or("localhost", String::as_str);
    let port = address.ports.first().copied().unwrap_or(5432).to_string();
    let user = address.user.as_deref().unwrap_or_default();
    let wanted = [host, &port, address.database(), user];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let (password, keys) = fields.split_last()?;
        let fits = keys.len() == wanted.len()
            && keys.iter().zip(wanted).all(|(key, wanted)| key == "*" || key == wanted);
        fits.then(|| Secret::new(password))
    })
}

/// Fields between colons; a backslash escapes.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        let literal = match c {
            ':' => {
                fields.push(String::new());
                continue;
            }
            '\\' => rest.next().unwrap_or('\\'),
            other => other,
        };
        if let Some(field) = fields.last_mut() {
            field.push(literal);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        let address = PostgresAddress {
            hosts: vec!["db-1".into()],
            user: Some("anna".into()),
            database: Some("shop".into()),
            ..PostgresAddress::default()
        };
        let text = "# ours\ndb-2:*:*:anna:wrong\ndb-1:5432:*:anna:a\\:b\n*:*:*:*:late\n";
        assert_eq!(find(text, &address), Some(Secret::new("a:b")));
        assert_eq!(find("db-1:5433:*:*:x", &address), None);
    }
}
