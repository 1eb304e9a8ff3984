//! Whose SQL a folder holds, by the strongest evidence there is: what the caller says, what the
//! path says, what the scripts say.

use super::heads::Head;
use super::layout_trait::Layout;
use super::said;
use super::signs::Signs;
use super::walk::Folder;
use crate::migration::Dialect;
use std::cell::OnceCell;
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
    /// A variable of the run's environment names it.
    Variable {
        /// The variable.
        name: &'static str,
        /// The word in it.
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
            DialectReason::Variable { name, word } => write!(f, "{title}: {name} says {word}"),
            DialectReason::Tool(tool) => write!(f, "{title}: {tool} knows no other"),
            DialectReason::Path(part) => write!(f, "{title}: the path has {part}"),
            DialectReason::Suffix(file) => write!(f, "{title}: the name {file}"),
            DialectReason::Token { token: "`", file } => {
                write!(f, "{title}: names in backticks in {file}")
            }
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
    ("db2", Family::Foreign("Db2")),
    ("derby", Family::Foreign("Derby")),
    ("firebird", Family::Foreign("Firebird")),
    ("informix", Family::Foreign("Informix")),
    ("sybase", Family::Foreign("Sybase")),
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

/// Judges a folder by its path and the beginnings of its scripts.
pub(super) fn judge(folder: &Folder, layout: &dyn Layout, given: Option<Dialect>) -> Verdict {
    if let Some(dialect) = given {
        return Verdict::Ours(DialectEvidence { dialect, reason: DialectReason::Given });
    }
    let path = by_path(&folder.shown).or_else(|| layout.told(folder));
    mariadb_or(path.unwrap_or_else(|| by_files(folder)), folder)
}

/// MySQL, unless its scripts have what only MariaDB takes: folders, drivers and addresses call both
/// by MySQL's name.
fn mariadb_or(verdict: Verdict, folder: &Folder) -> Verdict {
    match &verdict {
        Verdict::Ours(found) if found.dialect == Dialect::Mysql => {
            let own = Signs::of(&folder.many_heads()).mariadb();
            own.map_or(verdict, Verdict::Ours)
        }
        _ => verdict,
    }
}

/// Scripts that show what only one database knows say more than an address that is another's:
/// a repository may have several databases.
fn by_files(folder: &Folder) -> Verdict {
    let (near, many) = (folder.nearest_heads(), OnceCell::new());
    let near = Signs::of(&near);
    let many = || Signs::of(many.get_or_init(|| folder.many_heads()));
    let contradicted = |verdict: &Verdict| match verdict {
        Verdict::Ours(said) => near.contradict(said.dialect) || many().contradict(said.dialect),
        Verdict::Foreign { .. } => true,
    };
    said::in_the_repository(folder)
        .filter(|verdict| !contradicted(verdict))
        .or_else(|| near.strongest(FEW))
        .or_else(|| many().strongest(1))
        .or_else(|| said::by_drivers(folder))
        .or_else(|| many().quotes())
        .unwrap_or(Verdict::Ours(ASSUMED))
}

/// The dialect that a tool's own file names.
pub(super) fn by_word(file: &str, word: &str) -> Option<Verdict> {
    Some(by_family(family(word)?, file, word))
}

/// The database that a place names, and the word that names it there.
pub(super) fn by_family(family: Family, place: &str, word: &str) -> Verdict {
    match family {
        Family::Ours(dialect) => {
            let reason = DialectReason::File { file: place.to_owned(), word: word.to_owned() };
            Verdict::Ours(DialectEvidence { dialect, reason })
        }
        Family::Foreign(title) => {
            Verdict::Foreign { title, evidence: format!("{place} says {word}") }
        }
    }
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
    let heads = [head];
    let signs = Signs::of(&heads);
    by_path(shown)
        .or_else(|| signs.strongest(1))
        .or_else(|| signs.quotes())
        .unwrap_or(Verdict::Ours(ASSUMED))
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

/// Names of databases that are no words of other trades: `price-oracle` is no database, and no
/// `derby` need be one.
const UNMISTAKABLE: &[&str] =
    &["mssql", "sqlserver", "clickhouse", "cockroach", "cockroachdb", "hsqldb"];

/// The nearest part of the path that names a database, alone or among words. Of databases that are
/// never read the name must be the whole part, unless nothing else is called so.
fn path_word(shown: &str) -> Option<(String, Family)> {
    shown.rsplit('/').find_map(|part| {
        let lower = part.to_ascii_lowercase();
        // `SQL_SERVER`, `sql-server`.
        let whole = known_word(&lower.replace(['_', '-'], ""));
        let inside = || {
            let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
            words.find_map(|word| {
                let family = known_word(word)?;
                let tells = matches!(family, Family::Ours(_)) || UNMISTAKABLE.contains(&word);
                tells.then_some(family)
            })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_words_are_whole_words() {
        let word = |path| path_word(path).map(|(part, _)| part);
        assert_eq!(word("db/migration_postgres/x"), Some("migration_postgres".to_owned()));
        assert_eq!(word("price-oracle/migrations"), None);
        assert_eq!(word("db/Oracle"), Some("Oracle".to_owned()));
        assert_eq!(word("pgadmin/migrations"), None);
        assert_eq!(word("auth-sqlserver/schema"), Some("auth-sqlserver".to_owned()));
        assert_eq!(word("db/migration/SQL_SERVER"), Some("SQL_SERVER".to_owned()));
        assert_eq!(word("db/migration/DB2"), Some("DB2".to_owned()));
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
