//! The database that an address or a driver's name is for.

use crate::layout::dialect::{Family, family};
use crate::migration::Dialect;

/// Names that tools and drivers have for databases, beside the databases' own.
const ALIASES: &[(&str, Family)] = &[
    ("pgx", Family::Ours(Dialect::Postgres)),
    ("pgx4", Family::Ours(Dialect::Postgres)),
    ("pgx5", Family::Ours(Dialect::Postgres)),
    ("postgis", Family::Ours(Dialect::Postgres)),
    ("timescaledb", Family::Ours(Dialect::Postgres)),
    ("pgvector", Family::Ours(Dialect::Postgres)),
    ("mysqlx", Family::Ours(Dialect::Mysql)),
    ("percona", Family::Ours(Dialect::Mysql)),
    ("maria", Family::Ours(Dialect::Mariadb)),
    ("libsql", Family::Ours(Dialect::Sqlite)),
    ("turso", Family::Ours(Dialect::Sqlite)),
    ("better-sqlite3", Family::Ours(Dialect::Sqlite)),
    ("ch", Family::Foreign("ClickHouse")),
    ("redshift", Family::Foreign("Redshift")),
    ("tidb", Family::Foreign("TiDB")),
    ("vertica", Family::Foreign("Vertica")),
    ("ydb", Family::Foreign("YDB")),
    ("spanner", Family::Foreign("Spanner")),
    ("bigquery", Family::Foreign("BigQuery")),
    ("snowflake", Family::Foreign("Snowflake")),
    ("oci8", Family::Foreign("Oracle")),
    ("godror", Family::Foreign("Oracle")),
];

/// Databases that tests and first steps run on, whatever the scripts are written for.
const STAND_INS: &[&str] = &["h2", "hsqldb", "derby"];

/// The family that a driver's or a database's name is for.
pub(in crate::layout) fn of_word(word: &str) -> Option<Family> {
    let word = word.trim().to_ascii_lowercase();
    if STAND_INS.contains(&word.as_str()) {
        return None;
    }
    let alias = || ALIASES.iter().find(|(name, _)| *name == word).map(|(_, family)| *family);
    family(&word).or_else(alias)
}

/// The family that an address is for, and the word in it that says so. Addresses hold passwords:
/// nothing but that word is ever shown.
pub(in crate::layout) fn of_address(address: &str) -> Option<(Family, String)> {
    let address = address.trim();
    // `${DB_URL:jdbc:postgresql://…}`: what holds where the variable is not set.
    let address = address.find("jdbc:").and_then(|at| address.get(at..)).unwrap_or(address);
    let (scheme, rest) = address.split_once("//").unwrap_or((address, ""));
    let image = rest.split(['/', ':']).next().unwrap_or("");
    let words = scheme.split([':', '+']).chain(scheme.starts_with("docker").then_some(image));
    let lower = |word: &str| word.to_ascii_lowercase();
    if let Some((family, word)) = words.clone().find_map(|word| Some((of_word(word)?, word))) {
        return Some((family, lower(word)));
    }
    by_shape(address)
}

/// Addresses without a scheme: a file, Go's data source names, libpq's key words.
fn by_shape(address: &str) -> Option<(Family, String)> {
    const ENDINGS: &[&str] = &[".sqlite", ".sqlite3", ".db", ".db3"];
    let (path, scheme) = match address.strip_prefix("file:") {
        Some(path) => (path, true),
        None => (address, false),
    };
    let path = path.split('?').next().unwrap_or(path);
    let lite = |word: &str| Some((Family::Ours(Dialect::Sqlite), word.to_owned()));
    if address == ":memory:" || path == ":memory:" {
        return lite(":memory:");
    }
    if let Some(ending) = ENDINGS.iter().find(|ending| path.ends_with(**ending)) {
        return if address.contains("://") { None } else { lite(ending) };
    }
    if scheme && !path.is_empty() {
        return lite("file:");
    }
    if address.contains("@tcp(") || address.contains("@unix(") {
        return Some((Family::Ours(Dialect::Mysql), "@tcp(".to_owned()));
    }
    let mut keys = address.split_whitespace().filter_map(|pair| pair.split_once('='));
    let libpq = keys.any(|(key, _)| matches!(key, "dbname" | "sslmode"));
    libpq.then(|| (Family::Ours(Dialect::Postgres), "dbname=".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_every_kind() {
        let of = |address| match of_address(address)?.0 {
            Family::Ours(dialect) => Some(dialect.as_str()),
            Family::Foreign(title) => Some(title),
        };
        for (address, expected) in [
            ("postgres://shop:secret@db/shop", Some("postgres")),
            ("postgresql+asyncpg://db/shop", Some("postgres")),
            ("pgx5://db/shop", Some("postgres")),
            ("host=db user=shop dbname=shop", Some("postgres")),
            ("jdbc:mysql://db:3306/shop", Some("mysql")),
            ("jdbc:tc:mariadb:10.6:///shop", Some("mariadb")),
            ("${DB_URL:jdbc:postgresql://db/shop}", Some("postgres")),
            ("shop:secret@tcp(127.0.0.1:3306)/shop?parseTime=true", Some("mysql")),
            ("maria://root@db/shop", Some("mariadb")),
            ("docker://mysql/8/dev", Some("mysql")),
            ("docker://postgres:16/dev", Some("postgres")),
            ("docker+postgres://postgis/postgis:16/dev", Some("postgres")),
            ("sqlite://dev?mode=memory", Some("sqlite")),
            ("sqlite:shop.db", Some("sqlite")),
            ("file:./dev.db", Some("sqlite")),
            ("./data/shop.sqlite3", Some("sqlite")),
            (":memory:", Some("sqlite")),
            ("clickhouse://db/events", Some("ClickHouse")),
            ("jdbc:h2:mem:shop;MODE=MySQL", None),
            ("${DATABASE_URL}", None),
            ("https://example.com/shop.db", None),
            ("", None),
        ] {
            assert_eq!(of(address), expected, "{address}");
        }
    }
}
