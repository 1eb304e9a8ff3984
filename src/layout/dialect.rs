//! Whose SQL a folder holds, by the strongest evidence there is: what the caller says, what the
//! path says, what the scripts say.

use super::walk::{Folder, Head};
use crate::migration::Dialect;
use std::fmt;

/// A dialect and why it is taken to be that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialectEvidence {
    /// The dialect.
    pub dialect: Dialect,
    /// Why.
    pub reason: DialectReason,
}

/// Why a dialect was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialectReason {
    /// The caller said so.
    Given,
    /// A file of the tool names it.
    File {
        /// The file.
        file: String,
        /// What stands there.
        word: String,
    },
    /// The tool, whose name this is, knows no other.
    Tool(&'static str),
    /// A part of the path names it.
    Path(String),
    /// The ending of a script's name.
    Suffix(String),
    /// A word or sign in a script.
    Token {
        /// The sign.
        token: &'static str,
        /// The script, below the folder.
        file: String,
    },
    /// Nothing tells.
    Assumed,
}

impl fmt::Display for DialectEvidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = self.dialect.title();
        match &self.reason {
            DialectReason::Given => write!(f, "{title}, as asked for"),
            DialectReason::File { file, word } => write!(f, "{title}: {file} says {word}"),
            DialectReason::Tool(tool) => write!(f, "{title}: {tool} knows no other"),
            DialectReason::Path(part) => write!(f, "{title}: the path has {part}"),
            DialectReason::Suffix(file) => write!(f, "{title}: the name {file}"),
            DialectReason::Token { token, file } => write!(f, "{title}: `{token}` in {file}"),
            DialectReason::Assumed => write!(f, "{title}, since nothing tells"),
        }
    }
}

/// What the evidence says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A dialect that is read.
    Ours(DialectEvidence),
    /// A database that is not supported, and by what evidence.
    Foreign {
        /// Its name for people.
        title: &'static str,
        /// Why it is taken to be that.
        evidence: String,
    },
}

/// How much of a single script is looked at.
const HEAD_CHARS: usize = 4096;

/// A database that a word names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// One that is read.
    Ours(Dialect),
    /// One that is not, by its name for people.
    Foreign(&'static str),
}

const WORDS: &[(&str, Family)] = &[
    ("postgres", Family::Ours(Dialect::Postgres)),
    ("postgresql", Family::Ours(Dialect::Postgres)),
    ("pg", Family::Ours(Dialect::Postgres)),
    ("pgsql", Family::Ours(Dialect::Postgres)),
    ("sqlite", Family::Ours(Dialect::Sqlite)),
    ("sqlite3", Family::Ours(Dialect::Sqlite)),
    ("mysql", Family::Ours(Dialect::Mysql)),
    ("mysql2", Family::Ours(Dialect::Mysql)),
    ("mariadb", Family::Ours(Dialect::Mariadb)),
    ("cockroach", Family::Foreign("CockroachDB")),
    ("cockroachdb", Family::Foreign("CockroachDB")),
    ("crdb", Family::Foreign("CockroachDB")),
    ("clickhouse", Family::Foreign("ClickHouse")),
    ("h2", Family::Foreign("H2")),
    ("hsqldb", Family::Foreign("HSQLDB")),
    ("oracle", Family::Foreign("Oracle")),
    ("mssql", Family::Foreign("SQL Server")),
    ("sqlserver", Family::Foreign("SQL Server")),
];

impl Family {
    /// Whether what is written for this database is meant for the dialect: what is for MySQL is
    /// for MariaDB too, where nothing is written for MariaDB itself.
    pub fn serves(self, dialect: Dialect) -> bool {
        match self {
            Self::Ours(own) => {
                own == dialect || (own == Dialect::Mysql && dialect == Dialect::Mariadb)
            }
            Self::Foreign(_) => false,
        }
    }
}

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
    ("ENGINE=", Family::Ours(Dialect::Mysql)),
    ("ENGINE =", Family::Ours(Dialect::Mysql)),
    ("AUTO_INCREMENT", Family::Ours(Dialect::Mysql)),
    ("/*!", Family::Ours(Dialect::Mysql)),
    ("UNSIGNED", Family::Ours(Dialect::Mysql)),
    ("UTF8MB4", Family::Ours(Dialect::Mysql)),
    ("LONGTEXT", Family::Ours(Dialect::Mysql)),
    ("MODIFY COLUMN", Family::Ours(Dialect::Mysql)),
    ("ON UPDATE CURRENT_TIMESTAMP", Family::Ours(Dialect::Mysql)),
    ("ON DUPLICATE KEY", Family::Ours(Dialect::Mysql)),
    ("`", Family::Ours(Dialect::Mysql)),
    ("MERGETREE", Family::Foreign("ClickHouse")),
    ("REPLACINGMERGETREE", Family::Foreign("ClickHouse")),
    ("REPLICATEDMERGETREE", Family::Foreign("ClickHouse")),
    ("AGGREGATINGMERGETREE", Family::Foreign("ClickHouse")),
    ("LOWCARDINALITY", Family::Foreign("ClickHouse")),
    ("[DBO]", Family::Foreign("SQL Server")),
    ("VARCHAR2", Family::Foreign("Oracle")),
];

/// Judges a folder by its path and the beginnings of its scripts.
pub(super) fn judge(folder: &Folder, given: Option<Dialect>) -> Verdict {
    if let Some(dialect) = given {
        return Verdict::Ours(DialectEvidence { dialect, reason: DialectReason::Given });
    }
    by_path(&folder.shown)
        .or_else(|| by_tokens(&folder.nearest_heads(), FEW))
        .or_else(|| by_tokens(&folder.many_heads(), 1))
        .unwrap_or(Verdict::Ours(ASSUMED))
}

/// The dialect that a tool's own file names.
pub(super) fn by_word(file: &str, word: &str) -> Option<Verdict> {
    Some(match family(word)? {
        Family::Ours(dialect) => {
            let reason = DialectReason::File { file: file.to_owned(), word: word.to_owned() };
            Verdict::Ours(DialectEvidence { dialect, reason })
        }
        Family::Foreign(title) => {
            Verdict::Foreign { title, evidence: format!("{file} says {word}") }
        }
    })
}

/// The dialect of a tool that knows PostgreSQL alone.
pub(super) fn postgres_only(tool: &'static str) -> Verdict {
    let reason = DialectReason::Tool(tool);
    Verdict::Ours(DialectEvidence { dialect: Dialect::Postgres, reason })
}

/// Judges a single script by its path and its text.
pub(super) fn judge_script(shown: &str, text: &str, given: Option<Dialect>) -> Verdict {
    if let Some(dialect) = given {
        return Verdict::Ours(DialectEvidence { dialect, reason: DialectReason::Given });
    }
    let head = text.char_indices().nth(HEAD_CHARS).map_or(text, |(end, _)| text.split_at(end).0);
    let head = Head { name: shown.to_owned(), text: head.to_owned() };
    by_path(shown).or_else(|| by_tokens(&[head], 1)).unwrap_or(Verdict::Ours(ASSUMED))
}

fn by_path(shown: &str) -> Option<Verdict> {
    let (part, family) = path_word(shown)?;
    Some(match family {
        Family::Ours(dialect) => {
            Verdict::Ours(DialectEvidence { dialect, reason: DialectReason::Path(part) })
        }
        Family::Foreign(title) => {
            Verdict::Foreign { title, evidence: format!("the path has {part}") }
        }
    })
}

/// What is taken where nothing tells.
const ASSUMED: DialectEvidence =
    DialectEvidence { dialect: Dialect::Postgres, reason: DialectReason::Assumed };

/// How many different signs a few scripts must show, so that the others need not be looked at.
const FEW: usize = 2;

/// The dialects that names such as `7_search.sqlite.sql` or `02_a.sql.postgres` are written for;
/// `word` cuts the database's word out of a name.
pub(super) fn by_suffixes<'a>(
    names: impl Iterator<Item = &'a str>,
    word: impl Fn(&str) -> Option<&str>,
) -> Vec<DialectEvidence> {
    let mut found: Vec<DialectEvidence> = Vec::new();
    for name in names {
        let Some(Family::Ours(dialect)) = word(name).and_then(family) else { continue };
        if found.iter().all(|known| known.dialect != dialect) {
            found.push(DialectEvidence { dialect, reason: DialectReason::Suffix(name.to_owned()) });
        }
    }
    found.sort_by_key(|evidence| evidence.dialect);
    found
}

/// The database that a folder or an ending is named after.
pub(super) fn family(folder: &str) -> Option<Family> {
    known_word(&folder.to_ascii_lowercase())
}

/// The nearest part of the path that names a database, alone or among words. Databases that are
/// never read must be the whole part: `price-oracle` is no database.
fn path_word(shown: &str) -> Option<(String, Family)> {
    shown.rsplit('/').find_map(|part| {
        let lower = part.to_ascii_lowercase();
        let whole = known_word(&lower);
        let inside = || {
            let mut words =
                lower.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(known_word);
            words.find(|family| matches!(family, Family::Ours(_)))
        };
        whole.or_else(inside).or_else(|| glued_word(&lower)).map(|family| (part.to_owned(), family))
    })
}

/// A database whose name another word is joined to: `riversqlite`, `mysqlstore`. Short names occur
/// in other words.
fn glued_word(part: &str) -> Option<Family> {
    const SHORTEST: usize = 5;
    let mut words = WORDS
        .iter()
        .filter(|(word, family)| word.len() >= SHORTEST && matches!(family, Family::Ours(_)));
    let ends = words.clone().find(|(word, _)| part.ends_with(word));
    ends.or_else(|| words.find(|(word, _)| part.starts_with(word))).map(|(_, family)| *family)
}

fn known_word(word: &str) -> Option<Family> {
    WORDS.iter().find(|(name, _)| *name == word).map(|(_, family)| *family)
}

/// The family with the most different signs; on a tie one that is read, and MySQL last, since
/// backticks alone occur in SQLite too.
fn by_tokens(heads: &[Head], least: usize) -> Option<Verdict> {
    let codes: Vec<(&str, String)> =
        heads.iter().map(|head| (head.name.as_str(), bare_code(&head.text))).collect();
    let mut counts: Vec<(Family, usize, &'static str, &str)> = Vec::new();
    for (token, family) in TOKENS {
        let found = codes.iter().find(|(_, code)| contains_token(code, token));
        let Some((name, _)) = found else { continue };
        match counts.iter_mut().find(|(known, ..)| known == family) {
            Some((_, count, ..)) => *count += 1,
            None => counts.push((*family, 1, token, name)),
        }
    }
    // Its engines look like MySQL's clause, and nobody else writes them.
    let clickhouse = counts.iter().find(|(family, ..)| *family == Family::Foreign("ClickHouse"));
    if let Some((Family::Foreign(title), _, token, file)) = clickhouse {
        return Some(Verdict::Foreign { title, evidence: format!("`{token}` in {file}") });
    }
    let most = counts.iter().map(|(_, count, ..)| *count).max().filter(|most| *most >= least)?;
    let mut best = counts.iter().filter(|(_, count, ..)| *count == most);
    let is_ours = |family: &Family| matches!(family, Family::Ours(_));
    let ours = best
        .clone()
        .find(|(family, ..)| is_ours(family) && *family != Family::Ours(Dialect::Mysql))
        .or_else(|| best.clone().find(|(family, ..)| is_ours(family)));
    let (family, _, token, file) = ours.or_else(|| best.next())?;
    Some(match family {
        Family::Ours(dialect) => Verdict::Ours(DialectEvidence {
            dialect: *dialect,
            reason: DialectReason::Token { token, file: (*file).to_owned() },
        }),
        Family::Foreign(title) => {
            Verdict::Foreign { title, evidence: format!("`{token}` in {file}") }
        }
    })
}

/// Whether a sign stands in the text; words must not be parts of longer words.
fn contains_token(code: &str, token: &str) -> bool {
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
            _ if tail.starts_with("/*") && !tail.starts_with("/*!") => {
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

    fn tokens(text: &str) -> Option<Verdict> {
        by_tokens(&[Head { name: "1.sql".to_owned(), text: text.to_owned() }], 1)
    }

    fn dialect(verdict: Option<Verdict>) -> Result<Dialect, &'static str> {
        match verdict {
            Some(Verdict::Ours(evidence)) => Ok(evidence.dialect),
            Some(Verdict::Foreign { title, .. }) => Err(title),
            None => Err("nothing"),
        }
    }

    #[test]
    fn tokens_tell() {
        assert_eq!(dialect(tokens("CREATE TABLE a (id bigserial);")), Ok(Dialect::Postgres));
        let my = "CREATE TABLE `a` (id int AUTO_INCREMENT)";
        assert_eq!(dialect(tokens(my)), Ok(Dialect::Mysql));
        let lite = "CREATE TABLE `a` (id INTEGER PRIMARY KEY AUTOINCREMENT)";
        assert_eq!(dialect(tokens(lite)), Ok(Dialect::Sqlite));
        let pg = "CREATE TABLE a (id bigserial, size int); -- `unsigned`";
        assert_eq!(dialect(tokens(pg)), Ok(Dialect::Postgres));
        let lite = "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT)";
        assert_eq!(dialect(tokens(lite)), Ok(Dialect::Sqlite));
        assert_eq!(dialect(tokens("-- unlike `mysql`, AUTO_INCREMENT\nSELECT 1")), Err("nothing"));
        assert_eq!(dialect(tokens("SELECT serial_number")), Err("nothing"));
    }

    #[test]
    fn path_words_are_whole_words() {
        let word = |path| path_word(path).map(|(part, _)| part);
        assert_eq!(word("db/migration_postgres/x"), Some("migration_postgres".to_owned()));
        assert_eq!(word("price-oracle/migrations"), None);
        assert_eq!(word("db/Oracle"), Some("Oracle".to_owned()));
        assert_eq!(word("pgadmin/migrations"), None);
    }

    #[test]
    fn path_words_may_be_joined_to_another() {
        let family = |path| path_word(path).map(|(_, family)| family);
        let sqlite = Some(Family::Ours(Dialect::Sqlite));
        assert_eq!(family("riverdriver/riversqlite/migration/main"), sqlite);
        assert_eq!(family("store/mysqlstore"), Some(Family::Ours(Dialect::Mysql)));
        assert_eq!(family("store/mysqlite"), sqlite);
        assert_eq!(family("riverdriver/riverpgxv5/migration"), None);
    }
}
