//! Words and signs in scripts that only one database knows.

use super::dialect::{DialectEvidence, DialectReason, Family, Verdict};
use super::heads::Head;
use crate::migration::Dialect;

/// Signs in upper case; a script is compared without its comments and strings.
const TOKENS: &[(&str, Family)] = &[
    ("$$", Family::Ours(Dialect::Postgres)),
    ("::", Family::Ours(Dialect::Postgres)),
    ("SERIAL", Family::Ours(Dialect::Postgres)),
    ("BIGSERIAL", Family::Ours(Dialect::Postgres)),
    ("CONCURRENTLY", Family::Ours(Dialect::Postgres)),
    ("JSONB", Family::Ours(Dialect::Postgres)),
    ("PLPGSQL", Family::Ours(Dialect::Postgres)),
    ("TIMESTAMPTZ", Family::Ours(Dialect::Postgres)),
    ("BYTEA", Family::Ours(Dialect::Postgres)),
    ("AUTOINCREMENT", Family::Ours(Dialect::Sqlite)),
    ("PRAGMA", Family::Ours(Dialect::Sqlite)),
    ("WITHOUT ROWID", Family::Ours(Dialect::Sqlite)),
    ("SQLITE_MASTER", Family::Ours(Dialect::Sqlite)),
    ("NOCASE", Family::Ours(Dialect::Sqlite)),
    ("STRFTIME", Family::Ours(Dialect::Sqlite)),
    ("UNIXEPOCH", Family::Ours(Dialect::Sqlite)),
    ("JULIANDAY", Family::Ours(Dialect::Sqlite)),
    ("STRICT;", Family::Ours(Dialect::Sqlite)),
    ("INSERT OR IGNORE", Family::Ours(Dialect::Sqlite)),
    ("INSERT OR REPLACE", Family::Ours(Dialect::Sqlite)),
    ("ENGINE=", Family::Ours(Dialect::Mysql)),
    ("ENGINE =", Family::Ours(Dialect::Mysql)),
    ("AUTO_INCREMENT", Family::Ours(Dialect::Mysql)),
    ("/*!", Family::Ours(Dialect::Mysql)),
    ("UNSIGNED", Family::Ours(Dialect::Mysql)),
    ("UTF8MB4", Family::Ours(Dialect::Mysql)),
    ("LONGTEXT", Family::Ours(Dialect::Mysql)),
    ("MODIFY COLUMN", Family::Ours(Dialect::Mysql)),
    ("CHANGE COLUMN", Family::Ours(Dialect::Mysql)),
    ("ADD INDEX", Family::Ours(Dialect::Mysql)),
    ("ADD UNIQUE INDEX", Family::Ours(Dialect::Mysql)),
    ("ADD UNIQUE KEY", Family::Ours(Dialect::Mysql)),
    ("DROP FOREIGN KEY", Family::Ours(Dialect::Mysql)),
    ("MEDIUMTEXT", Family::Ours(Dialect::Mysql)),
    (DROP_INDEX_ON, Family::Ours(Dialect::Mysql)),
    ("ON UPDATE CURRENT_TIMESTAMP", Family::Ours(Dialect::Mysql)),
    ("ON DUPLICATE KEY", Family::Ours(Dialect::Mysql)),
    ("MERGETREE", Family::Foreign("ClickHouse")),
    ("REPLACINGMERGETREE", Family::Foreign("ClickHouse")),
    ("REPLICATEDMERGETREE", Family::Foreign("ClickHouse")),
    ("AGGREGATINGMERGETREE", Family::Foreign("ClickHouse")),
    ("LOWCARDINALITY", Family::Foreign("ClickHouse")),
    ("[DBO]", Family::Foreign("SQL Server")),
    ("NONCLUSTERED", Family::Foreign("SQL Server")),
    ("IDENTITY(1,1)", Family::Foreign("SQL Server")),
    ("VARCHAR2", Family::Foreign("Oracle")),
];

/// What MySQL never had. PostgreSQL and SQLite have some of it: it tells MariaDB from MySQL alone.
const MARIADB_RATHER: &[&str] = &[
    "ADD COLUMN IF NOT EXISTS",
    "DROP COLUMN IF EXISTS",
    "MODIFY COLUMN IF EXISTS",
    "CHANGE COLUMN IF EXISTS",
    "ADD INDEX IF NOT EXISTS",
    "ADD KEY IF NOT EXISTS",
    "CREATE INDEX IF NOT EXISTS",
    "CREATE UNIQUE INDEX IF NOT EXISTS",
    "DROP INDEX IF EXISTS",
    "DROP KEY IF EXISTS",
    "DROP FOREIGN KEY IF EXISTS",
    "CREATE OR REPLACE TABLE",
    "CREATE SEQUENCE",
    "SYSTEM VERSIONING",
    "BEGIN NOT ATOMIC",
    "/*M!",
];

/// A quote that MySQL has for names. SQLite takes it too, and generators write it for both.
const QUOTE: &str = "`";

/// How generators write for SQLite what nobody writes for MySQL.
const LITE_RATHER: &[&str] = &[
    "INTEGER PRIMARY KEY",
    "INTEGER NOT NULL PRIMARY KEY",
    "TEXT PRIMARY KEY",
    "TEXT NOT NULL PRIMARY KEY",
    "PRIMARY KEY NOT NULL",
    "INDEX IF NOT EXISTS",
    "REAL",
];

/// What is written for MySQL among backticks.
const MYSQL_RATHER: &[&str] =
    &["INT", "BIGINT", "TINYINT", "VARCHAR", "CHAR", "MODIFY", "CHANGE", "MEDIUMTEXT", "ENUM"];

/// A database, and the first of its signs that was found.
struct Found<'h> {
    family: Family,
    count: usize,
    token: &'static str,
    file: &'h str,
}

/// The signs in some scripts.
pub(super) struct Signs<'h> {
    found: Vec<Found<'h>>,
    codes: Vec<(&'h str, String)>,
}

impl<'h> Signs<'h> {
    /// Looks at the beginnings of scripts.
    pub fn of(heads: &'h [Head]) -> Self {
        let code = |head: &'h Head| (head.name.as_str(), bare_code(&head.text));
        let codes: Vec<(&str, String)> = heads.iter().map(code).collect();
        let mut found: Vec<Found> = Vec::new();
        for (token, family) in TOKENS {
            let Some(file) = first(&codes, token) else { continue };
            match found.iter_mut().find(|known| known.family == *family) {
                Some(known) => known.count += 1,
                None => found.push(Found { family: *family, count: 1, token, file }),
            }
        }
        Self { found, codes }
    }

    /// The family with the most different signs; on a tie one that is read, and MySQL last.
    pub fn strongest(&self, least: usize) -> Option<Verdict> {
        // Its engines look like MySQL's clause, and nobody else writes them.
        let clickhouse =
            self.found.iter().find(|found| found.family == Family::Foreign("ClickHouse"));
        if let Some(found) = clickhouse {
            return Some(verdict(found));
        }
        let most = self.found.iter().map(|found| found.count).max();
        let most = most.filter(|most| *most >= least)?;
        let best = || self.found.iter().filter(|found| found.count == most);
        let ours = || best().filter(|found| matches!(found.family, Family::Ours(_)));
        ours()
            .find(|found| found.family != Family::Ours(Dialect::Mysql))
            .or_else(|| ours().next())
            .or_else(|| best().next())
            .map(verdict)
    }

    /// Whether there are signs, and none of them is of this database.
    pub fn contradict(&self, dialect: Dialect) -> bool {
        let fits = |found: &Found| found.family.serves(dialect);
        !self.found.is_empty() && !self.found.iter().any(fits)
    }

    /// A sign of MariaDB in what looks like MySQL. One script alone may be the one in which it is
    /// taken for MySQL's; what stands in several has run.
    pub fn mariadb(&self) -> Option<DialectEvidence> {
        let stands = |code: &str| MARIADB_RATHER.iter().find(|sign| contains_token(code, sign));
        let mut scripts =
            self.codes.iter().filter_map(|(file, code)| Some((*file, *stands(code)?)));
        let ((file, token), _) = (scripts.next()?, scripts.next()?);
        let reason = DialectReason::Token { token, file: file.to_owned() };
        Some(DialectEvidence { dialect: Dialect::Mariadb, reason })
    }

    /// What names in backticks say: MySQL, unless what stands among them is written for SQLite.
    pub fn quotes(&self) -> Option<Verdict> {
        let quote = first(&self.codes, QUOTE)?;
        let mut lite = LITE_RATHER.iter();
        let lite = lite.find_map(|token| Some((*token, first(&self.codes, token)?)));
        let mysql = MYSQL_RATHER.iter().any(|token| first(&self.codes, token).is_some());
        let (dialect, token, file) = match lite {
            Some((token, file)) if !mysql => (Dialect::Sqlite, token, file),
            _ => (Dialect::Mysql, QUOTE, quote),
        };
        Some(verdict(&Found { family: Family::Ours(dialect), count: 1, token, file }))
    }
}

fn first<'h>(codes: &[(&'h str, String)], token: &str) -> Option<&'h str> {
    codes.iter().find(|(_, code)| contains_token(code, token)).map(|(name, _)| *name)
}

fn verdict(found: &Found) -> Verdict {
    let Found { family, token, file, .. } = found;
    match family {
        Family::Ours(dialect) => Verdict::Ours(DialectEvidence {
            dialect: *dialect,
            reason: DialectReason::Token { token, file: (*file).to_owned() },
        }),
        Family::Foreign(title) => {
            Verdict::Foreign { title, evidence: format!("`{token}` in {file}") }
        }
    }
}

/// `DROP INDEX name ON table`, which names its table in no other dialect.
const DROP_INDEX_ON: &str = "DROP INDEX … ON";

fn drops_index_of_a_table(code: &str) -> bool {
    code.match_indices("DROP INDEX").any(|(at, head)| {
        let rest = code.get(at + head.len()..).unwrap_or("");
        let statement = rest.split(';').next().unwrap_or("");
        statement.split_whitespace().any(|word| word == "ON")
    })
}

/// Whether a sign stands in the text; words must not be parts of longer words.
fn contains_token(code: &str, token: &str) -> bool {
    if token == DROP_INDEX_ON {
        return drops_index_of_a_table(code);
    }
    let word = token.starts_with(|c: char| c.is_ascii_alphabetic());
    let joins = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code.match_indices(token).any(|(at, _)| {
        let before = code.get(..at).and_then(|text| text.chars().next_back());
        let after = code.get(at + token.len()..).and_then(|text| text.chars().next());
        let open = token.ends_with('=') || !after.is_some_and(joins);
        !word || (!before.is_some_and(joins) && open)
    })
}

/// The text in upper case without line comments, block comments and strings. `/*!` stays, since
/// it is a sign itself.
fn bare_code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['-', '/', '\'']) {
        let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let end = match tail {
            _ if tail.starts_with("--") => tail.find('\n').unwrap_or(tail.len()),
            _ if tail.starts_with("/*")
                && !["/*!", "/*M!"].iter().any(|it| tail.starts_with(it)) =>
            {
                tail.find("*/").map_or(tail.len(), |end| end + 2)
            }
            _ if tail.starts_with('\'') => {
                tail.get(1..).and_then(|inner| inner.find('\'')).map_or(tail.len(), |end| end + 2)
            }
            _ => {
                out.push_str(tail.get(..1).unwrap_or(""));
                1
            }
        };
        rest = tail.get(end..).unwrap_or("");
    }
    out.push_str(rest);
    out.make_ascii_uppercase();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(text: &str) -> Result<Dialect, &'static str> {
        let heads = [Head { name: "1.sql".to_owned(), text: text.to_owned() }];
        let signs = Signs::of(&heads);
        match signs.strongest(1).or_else(|| signs.quotes()) {
            Some(Verdict::Ours(evidence)) => Ok(evidence.dialect),
            Some(Verdict::Foreign { title, .. }) => Err(title),
            None => Err("nothing"),
        }
    }

    #[test]
    fn tokens_tell() {
        assert_eq!(dialect("CREATE TABLE a (id bigserial);"), Ok(Dialect::Postgres));
        let my = "CREATE TABLE `a` (id int AUTO_INCREMENT)";
        assert_eq!(dialect(my), Ok(Dialect::Mysql));
        let lite = "CREATE TABLE `a` (id INTEGER PRIMARY KEY AUTOINCREMENT)";
        assert_eq!(dialect(lite), Ok(Dialect::Sqlite));
        let pg = "CREATE TABLE a (id bigserial, size int); -- `unsigned`";
        assert_eq!(dialect(pg), Ok(Dialect::Postgres));
        let lite = "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT)";
        assert_eq!(dialect(lite), Ok(Dialect::Sqlite));
        assert_eq!(dialect("-- unlike `mysql`, AUTO_INCREMENT\nSELECT 1"), Err("nothing"));
        assert_eq!(dialect("SELECT serial_number"), Err("nothing"));
    }

    #[test]
    fn an_index_dropped_on_its_table_is_mysql() {
        assert_eq!(dialect("drop index by_state on orders;"), Ok(Dialect::Mysql));
        assert_eq!(dialect("drop index by_state; comment on table orders is 'x'"), Err("nothing"));
        assert_eq!(dialect("alter table orders add index (state);"), Ok(Dialect::Mysql));
    }

    #[test]
    fn backticks_are_mysql_unless_what_they_quote_is_written_for_sqlite() {
        let my = "ALTER TABLE `orders` ADD COLUMN `note` VARCHAR(80)";
        assert_eq!(dialect(my), Ok(Dialect::Mysql));
        assert_eq!(dialect("DROP TABLE `orders`"), Ok(Dialect::Mysql));
        let lite = "CREATE TABLE `orders` (`id` integer PRIMARY KEY, `note` text)";
        assert_eq!(dialect(lite), Ok(Dialect::Sqlite));
        let lite = "CREATE TABLE `orders` (`id` text PRIMARY KEY NOT NULL)";
        assert_eq!(dialect(lite), Ok(Dialect::Sqlite));
        let my = "CREATE TABLE `orders` (`id` INTEGER PRIMARY KEY, `size` INT NOT NULL)";
        assert_eq!(dialect(my), Ok(Dialect::Mysql));
    }
}
