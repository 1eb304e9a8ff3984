//! The only database that the nearest manifest has drivers for.

use super::nearest;
use crate::layout::dialect::{Family, Verdict};
use crate::layout::walk::Folder;
use crate::migration::Dialect;

/// Names of drivers, and whose they are.
type Drivers = &'static [(&'static str, Dialect)];

/// Manifests, and the drivers that can stand in them.
const MANIFESTS: &[(&str, Drivers)] = &[
    ("go.mod", GO),
    ("package.json", NODE),
    ("pom.xml", JAVA),
    ("build.gradle", JAVA),
    ("build.gradle.kts", JAVA),
    ("requirements.txt", PYTHON),
    ("pyproject.toml", PYTHON),
];

/// Modules of Go.
const GO: Drivers = &[
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
];

/// Packages of npm.
const NODE: Drivers = &[
    ("pg", Dialect::Postgres),
    ("pg-promise", Dialect::Postgres),
    ("mysql", Dialect::Mysql),
    ("mysql2", Dialect::Mysql),
    ("sqlite3", Dialect::Sqlite),
    ("better-sqlite3", Dialect::Sqlite),
    ("@libsql/client", Dialect::Sqlite),
];

/// Artifacts of Maven.
const JAVA: Drivers = &[
    ("postgresql", Dialect::Postgres),
    ("mysql-connector-java", Dialect::Mysql),
    ("mysql-connector-j", Dialect::Mysql),
    ("mariadb-java-client", Dialect::Mariadb),
    ("sqlite-jdbc", Dialect::Sqlite),
];

/// Packages of PyPI.
const PYTHON: Drivers = &[
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
    let files: Vec<&'static str> = MANIFESTS.iter().map(|(file, _)| *file).collect();
    nearest(folder, &files, |text, file| {
        let known = MANIFESTS.iter().find(|(name, _)| *name == file);
        let found = known.map(|(_, known)| drivers(known, text)).unwrap_or_default();
        found.into_iter().map(|(word, dialect)| (Family::Ours(dialect), word.to_owned())).collect()
    })
}

/// Drivers among a manifest's words. What comes along with another module is none of the project's,
/// and what describes it is no dependency.
fn drivers(known: Drivers, manifest: &str) -> Vec<(&'static str, Dialect)> {
    let manifest = manifest.to_ascii_lowercase();
    let direct = manifest.lines().filter(|line| !line.contains("// indirect"));
    let words: Vec<&str> =
        direct.flat_map(|line| line.split(|c: char| !is_part(c))).map(unversioned).collect();
    let packages = dependencies(&manifest);
    let is_there = |name: &str| match &packages {
        Some(packages) => packages.iter().any(|package| package == name),
        None => words.contains(&name),
    };
    known.iter().filter(|(name, _)| is_there(name)).copied().collect()
}

/// The packages that a `package.json` asks for; `None` where it is something else.
fn dependencies(manifest: &str) -> Option<Vec<String>> {
    let manifest: serde_json::Value = serde_json::from_str(manifest).ok()?;
    let sections = ["dependencies", "devdependencies", "peerdependencies", "optionaldependencies"];
    let sections = sections.iter().filter_map(|name| manifest.get(name)?.as_object());
    Some(sections.flat_map(|section| section.keys().cloned()).collect())
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
        let names = |known, text| {
            drivers(known, text).into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        let go =
            "require (\n\tgithub.com/jackc/pgx/v5 v5.5.0\n\tgithub.com/lib/pq v1.10 // indirect\n)";
        assert_eq!(names(GO, go), ["github.com/jackc/pgx"]);
        let node = r#"{"dependencies": {"better-sqlite3": "^11", "pgvector": "1"}}"#;
        assert_eq!(names(NODE, node), ["better-sqlite3"]);
        let described = r#"{"name": "shop", "keywords": ["mysql"], "scripts": {"pg": "psql"}}"#;
        assert_eq!(names(NODE, described), [""; 0]);
        let maven = "<groupId>org.postgresql</groupId><artifactId>postgresql</artifactId>";
        assert_eq!(names(JAVA, maven), ["postgresql"]);
        assert_eq!(names(PYTHON, "PyMySQL==1.1\naiohttp"), ["pymysql"]);
        assert_eq!(names(PYTHON, "keywords = [\"postgresql\"]"), [""; 0]);
    }
}
