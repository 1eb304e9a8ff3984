//! The only database that the nearest manifest has drivers for.

use crate::layout::dialect::{Family, Verdict, by_family};
use crate::layout::walk::Folder;
use crate::migration::Dialect;

const MANIFESTS: &[&str] = &[
    "go.mod",
    "package.json",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "requirements.txt",
    "pyproject.toml",
];

const DRIVERS: &[(&str, Dialect)] = &[
    ("github.com/lib/pq", Dialect::Postgres),
    ("github.com/jackc/pgx", Dialect::Postgres),
    ("github.com/go-sql-driver/mysql", Dialect::Mysql),
    ("github.com/mattn/go-sqlite3", Dialect::Sqlite),
    ("github.com/ncruces/go-sqlite3", Dialect::Sqlite),
    ("modernc.org/sqlite", Dialect::Sqlite),
    ("gorm.io/driver/postgres", Dialect::Postgres),
    ("gorm.io/driver/mysql", Dialect::Mysql),
    ("gorm.io/driver/sqlite", Dialect::Sqlite),
    ("github.com/glebarez/sqlite", Dialect::Sqlite),
    ("pg", Dialect::Postgres),
    ("pg-promise", Dialect::Postgres),
    ("mysql", Dialect::Mysql),
    ("mysql2", Dialect::Mysql),
    ("sqlite3", Dialect::Sqlite),
    ("better-sqlite3", Dialect::Sqlite),
    ("@libsql/client", Dialect::Sqlite),
    ("postgresql", Dialect::Postgres),
    ("mysql-connector-java", Dialect::Mysql),
    ("mysql-connector-j", Dialect::Mysql),
    ("mariadb-java-client", Dialect::Mariadb),
    ("sqlite-jdbc", Dialect::Sqlite),
    ("psycopg", Dialect::Postgres),
    ("psycopg2", Dialect::Postgres),
    ("psycopg2-binary", Dialect::Postgres),
    ("asyncpg", Dialect::Postgres),
    ("pymysql", Dialect::Mysql),
    ("mysqlclient", Dialect::Mysql),
    ("aiomysql", Dialect::Mysql),
    ("aiosqlite", Dialect::Sqlite),
];

/// The database of the drivers in the nearest manifest that has any, if they are for one alone.
pub(in crate::layout) fn by_drivers(folder: &Folder) -> Option<Verdict> {
    let manifests = folder
        .above()
        .flat_map(|above| MANIFESTS.iter().map(move |file| (above.join(file), *file)));
    let mut found = manifests.filter_map(|(path, file)| {
        let drivers = drivers(&std::fs::read_to_string(path).ok()?);
        (!drivers.is_empty()).then_some((drivers, file))
    });
    let (drivers, file) = found.next()?;
    let (word, dialect) = drivers.first()?;
    let alone = drivers.iter().all(|(_, other)| other == dialect);
    alone.then(|| by_family(Family::Ours(*dialect), file, word))
}

/// Drivers among a manifest's words. What comes along with another module is none of the project's.
fn drivers(manifest: &str) -> Vec<(&'static str, Dialect)> {
    let manifest = manifest.to_ascii_lowercase();
    let direct = manifest.lines().filter(|line| !line.contains("// indirect"));
    let words: Vec<&str> =
        direct.flat_map(|line| line.split(|c: char| !is_part(c))).map(unversioned).collect();
    let known = |(name, _): &&(&str, Dialect)| words.iter().any(|word| word == name);
    DRIVERS.iter().filter(known).copied().collect()
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '@')
}

/// A Go module without `/v5` at its end.
fn unversioned(word: &str) -> &str {
    match word.rsplit_once("/v") {
        Some((module, digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => module,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direct_drivers_of_manifests() {
        let names = |text| drivers(text).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        let go =
            "require (\n\tgithub.com/jackc/pgx/v5 v5.5.0\n\tgithub.com/lib/pq v1.10 // indirect\n)";
        assert_eq!(names(go), ["github.com/jackc/pgx"]);
        let node = r#"{"dependencies": {"better-sqlite3": "^11", "pgvector": "1"}}"#;
        assert_eq!(names(node), ["better-sqlite3"]);
        let maven = "<groupId>org.postgresql</groupId><artifactId>postgresql</artifactId>";
        assert_eq!(names(maven), ["postgresql"]);
        assert_eq!(names("PyMySQL==1.1\naiohttp"), ["pymysql"]);
    }
}
