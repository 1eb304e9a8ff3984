//! Plain numbered SQL, run by a program or script that we do not know.
//!
//! Names: `0001_orders.sql`, `V0001.Orders.up.sql`, `upgrade_12.sql`, `2024010201.sql`,
//! `20240101_093000_orders.sql`, `1.10.2.sql`; or one directory per migration,
//! `0001_orders/up.sql` and `down.sql`, or `0001_orders/migration.sql`.
//!
//! How the scripts are sent is unknown. What holds for most programs is assumed: the file goes to
//! the server as one string, so that one statement alone commits by itself and several share a
//! transaction.

use crate::layout::LayoutMeta;
use crate::layout::dialect::{self, DialectEvidence, Family};
use crate::layout::layout_trait::{Entry, Layout, Listing, Part, ReadFile, Sending};
use crate::layout::name::{direction_suffix, leading_digits, not_a_migration, without_sql};
use crate::layout::order::{Named, comparable, pair};
use crate::layout::paths::join_shown;
use crate::layout::project::Ignored;
use crate::layout::walk::{Folder, Given, is_sql};
use crate::migration::{
    Conventions, Dialect, Downs, LeftSettings, NewNames, NewScripts, NoTransaction, TransactionMode,
};
use std::collections::HashSet;

/// Why one of two scripts that lead from one version to another is no step of the history.
const OTHER_WAY: &str = "another way between the same versions";

/// A letter or a word may stand before the number, no more.
const LONGEST_PREFIX: usize = 12;

/// The layout.
pub(super) struct Numbered;

impl Layout for Numbered {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "numbered", title: "numbered SQL" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        if let Some(evidence) = by_files(folder) {
            return changes_something(folder).then_some(evidence);
        }
        let scripts = directories(folder);
        let enough =
            scripts.len() >= fewest(folder) && scripts.len() * 5 >= folder.folders.len() * 4;
        let none = folder.sql_files().next().is_none();
        (enough && none)
            .then(|| format!("{} numbered directories hold a script each", scripts.len()))
    }

    fn dialects(&self, folder: &Folder) -> Vec<DialectEvidence> {
        dialect::by_suffixes(folder.sql_files(), ending)
    }

    fn list(&self, folder: &Folder, dialect: Dialect) -> Listing {
        let mut listing = Listing::default();
        let mut named = Vec::new();
        for name in folder.sql_files() {
            match (not_a_migration(name), parse(name)) {
                (Some(why), _) => listing.ignored.push(ignored(folder, name, why)),
                (None, Some(_)) if is_for_another(name, dialect) => {
                    listing.ignored.push(ignored(folder, name, "for another database"));
                }
                (None, Some(found)) if is_other_way(&named, &found) => {
                    listing.ignored.push(ignored(folder, name, OTHER_WAY));
                }
                (None, Some(found)) => named.push(found),
                (None, None) => listing.ignored.push(ignored(folder, name, "no number")),
            }
        }
        if named.is_empty() {
            named.extend(directories(folder).into_iter().flatten());
        }
        listing.entries = pair_loosely(named);
        listing
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::StandAlone,
            scripts: NewScripts::Plain,
            downs: Downs::SecondFile,
            names: NewNames {
                up: "{version}_{description}.sql",
                down: Some("{version}_{description}.down.sql"),
                word_separator: '_',
            },
            settings: LeftSettings::Kept,
        }
    }

    fn transaction(&self, _: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        TransactionMode::OneString.into()
    }
}

/// A file that the tool passes over.
pub(in crate::layout) fn ignored(folder: &Folder, name: &str, why: &'static str) -> Ignored {
    Ignored { path: join_shown(&folder.shown, name), why, meant: false, program: None }
}

/// A file that the tool passes over although its name may begin like a migration's.
pub(super) fn misnamed(folder: &Folder, name: &str, why: &'static str) -> Ignored {
    let meant = name.starts_with(|c: char| c.is_ascii_digit()) && not_a_migration(name).is_none();
    Ignored { path: join_shown(&folder.shown, name), why, meant, program: None }
}

/// A folder that a walk came by must look like migrations: two numbered files, or its name.
fn fewest(folder: &Folder) -> usize {
    let telling =
        folder.path.iter().rev().take(2).any(|part| {
            part.to_str().is_some_and(|part| part.to_ascii_lowercase().contains("migrat"))
        });
    if folder.given == Given::Named || telling { 1 } else { 2 }
}

/// Whether a script such as `full-3.x_to_3.4.sql` leads where one before it leads, which is run
/// instead: `lite-3.x_to_3.4.sql`.
fn is_other_way(known: &[Named], found: &Named) -> bool {
    let Some(way) = way(&found.path) else { return false };
    known.iter().any(|other| other.part == found.part && self::way(&other.path) == Some(way))
}

/// The versions between which a script leads, and what else its name says.
fn way(name: &str) -> Option<(&str, &str)> {
    let stem = without_sql(name);
    let start = first_number(stem)?;
    let range = stem.get(start..)?;
    let (from, rest) = range.split_once("_to_").or_else(|| range.split_once("-to-"))?;
    let end = version_end(rest);
    let is_version = from.starts_with(|c: char| c.is_ascii_digit()) && !from.contains(['_', '-']);
    let version = rest.get(..end).filter(|version| is_version && !version.is_empty());
    version.map(|to| (from, to))
}

fn by_files(folder: &Folder) -> Option<String> {
    let steps: Vec<&str> =
        folder.sql_files().filter(|name| not_a_migration(name).is_none()).collect();
    let numbered: Vec<Named> = steps.iter().filter_map(|name| parse(name)).collect();
    let enough = numbered.len() >= fewest(folder) && numbered.len() * 5 >= steps.len() * 4;
    if !enough {
        return None;
    }
    let distinct: HashSet<(String, Part)> =
        numbered.iter().map(|file| (comparable(&file.version), file.part)).collect();
    (distinct.len() * 2 >= numbered.len())
        .then(|| format!("{} of {} names are numbered", numbered.len(), steps.len()))
}

/// Whether scripts that a walk came by do more than ask: `1.sql` to `22.sql` may be the queries of a
/// benchmark.
fn changes_something(folder: &Folder) -> bool {
    const WORDS: &[&str] = &[
        "create", "alter", "drop", "insert", "update", "delete", "truncate", "grant", "revoke",
        "rename", "replace", "comment", "call", "do", "set", "pragma", "merge", "copy", "exec",
    ];
    let heads = folder.heads();
    let changes = |text: &str| {
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.any(|word| WORDS.iter().any(|change| word.eq_ignore_ascii_case(change)))
    };
    let asks = |text: &str| {
        let lower = text.to_ascii_lowercase();
        lower.contains("select") && lower.contains("from")
    };
    folder.given == Given::Named
        || !is_regression_test(folder)
            && (heads.iter().any(|head| changes(&head.text))
                || !heads.iter().any(|head| asks(&head.text)))
}

/// Whether the folder is the `sql` of PostgreSQL's regression tests: what each script prints lies in
/// `expected` beside it.
fn is_regression_test(folder: &Folder) -> bool {
    let Some(expected) = folder.path.parent().map(|above| above.join("expected")) else {
        return false;
    };
    let mut names = folder.sql_files();
    names.any(|name| expected.join(format!("{}.out", without_sql(name))).is_file())
}

/// The scripts of each numbered directory.
fn directories(folder: &Folder) -> Vec<Vec<Named>> {
    folder.folders.iter().filter_map(directory).collect()
}

fn directory(child: &Folder) -> Option<Vec<Named>> {
    let name = child.name();
    let (version, description) = cut(name)?;
    let scripts = child.sql_files().filter_map(|file| {
        let part = match without_sql(file).to_ascii_lowercase().as_str() {
            "up" | "migration" | "migrate" | "upgrade" => Part::Up,
            "down" | "rollback" | "downgrade" => Part::Down,
            _ => return None,
        };
        Some(Named {
            version: version.to_owned(),
            description: description.to_owned(),
            part,
            path: format!("{name}/{file}"),
        })
    });
    let scripts: Vec<Named> = scripts.collect();
    scripts.iter().any(|script| script.part == Part::Up).then_some(scripts)
}

/// What a name says, if it is numbered.
pub(super) fn parse(name: &str) -> Option<Named> {
    if !is_sql(name) {
        return None;
    }
    let stem = without_sql(name);
    let (stem, part) = direction_suffix(stem).unwrap_or((stem, Part::Up));
    let (version, description) = cut(stem)?;
    let prefix = stem.find(version).and_then(|at| stem.get(..at)).unwrap_or("");
    let part = if goes_back(prefix) { Part::Down } else { part };
    Some(Named {
        version: version.to_owned(),
        description: description.to_owned(),
        part,
        path: name.to_owned(),
    })
}

/// Whether a script such as `0007_search.sqlite.sql` is written for another database.
fn is_for_another(name: &str, dialect: Dialect) -> bool {
    let family = ending(name).and_then(dialect::family);
    family.is_some_and(|family| family != Family::Ours(dialect))
}

/// The last word before `.sql` and the direction.
fn ending(name: &str) -> Option<&str> {
    let stem = without_sql(name);
    let stem = direction_suffix(stem).map_or(stem, |(stem, _)| stem);
    stem.rsplit_once('.').map(|(_, word)| word)
}

fn goes_back(prefix: &str) -> bool {
    let word = prefix.trim_matches(|c: char| !c.is_alphabetic()).to_ascii_lowercase();
    matches!(word.as_str(), "down" | "downgrade" | "rollback" | "revert" | "undo")
}

/// Where the first number begins that is no part of a database's name, as in `schema-h2`.
fn first_number(stem: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let start = at + stem.get(at..)?.find(|c: char| c.is_ascii_digit())?;
        let is_part = |c: char| !c.is_ascii_alphanumeric();
        let begin = stem.get(..start)?.rfind(is_part).map_or(0, |before| before + 1);
        let rest = stem.get(begin..)?;
        let end = begin + rest.find(is_part).unwrap_or(rest.len());
        if dialect::family(stem.get(begin..end)?).is_none() {
            return Some(start);
        }
        at = end;
    }
}

/// Version and description of a name without its ending.
fn cut(stem: &str) -> Option<(&str, &str)> {
    let start = first_number(stem)?;
    if stem.get(..start)?.chars().count() > LONGEST_PREFIX {
        return None;
    }
    let tail = stem.get(start..)?;
    let end = version_end(tail);
    // `syn2mas_users.sql`: a digit in a word is no version.
    let letter = |c: char| c.is_alphabetic();
    let in_word = stem.get(..start).is_some_and(|before| before.ends_with(letter))
        && tail.get(end..).is_some_and(|after| after.starts_with(letter));
    if in_word {
        return None;
    }
    let description = tail.get(end..)?.trim_start_matches(['_', '-', '.', ' ']);
    Some((tail.get(..end)?, description))
}

/// Where the version ends: after the first number, or after what continues it: `1.10.2`,
/// `20240101_093000`, `2024-01-01-093000`.
fn version_end(tail: &str) -> usize {
    let first = leading_digits(tail).0;
    let year = first.len() == 4 && (first.starts_with("19") || first.starts_with("20"));
    let mut end = first.len();
    loop {
        let rest = tail.get(end..).unwrap_or("");
        let Some(separator) = rest.chars().next() else { return end };
        let digits = leading_digits(rest.get(separator.len_utf8()..).unwrap_or("")).0;
        let after = rest.get(separator.len_utf8() + digits.len()..).unwrap_or("");
        let whole = !after.starts_with(|c: char| c.is_alphanumeric());
        let continues = match separator {
            '.' => true,
            '-' if year => true,
            '_' | '-' => first.len() == 8 && end == 8 && matches!(digits.len(), 4 | 6),
            _ => false,
        };
        if digits.is_empty() || !whole || !continues {
            return end;
        }
        end += separator.len_utf8() + digits.len();
    }
}

/// Joins `0004_tier_down.sql` and `0004_tier_rollback.sql` to `0004_tier.sql` or
/// `0004_tier_up.sql`. The word alone says nothing: `0005_scale_up.sql` goes forward.
fn pair_loosely(mut named: Vec<Named>) -> Vec<Entry> {
    let forward: HashSet<(String, String)> = named
        .iter()
        .filter(|file| file.part == Part::Up)
        .map(|file| (comparable(&file.version), bare(&file.description, UPS).to_owned()))
        .collect();
    for file in &mut named {
        let stripped = bare(&file.description, DOWNS);
        let partner = (comparable(&file.version), stripped.to_owned());
        if file.part == Part::Up && stripped != file.description && forward.contains(&partner) {
            file.part = Part::Down;
            file.description = partner.1;
        }
    }
    let backward: HashSet<(String, String)> = named
        .iter()
        .filter(|file| file.part == Part::Down)
        .map(|file| (comparable(&file.version), file.description.clone()))
        .collect();
    for file in &mut named {
        let stripped = bare(&file.description, UPS);
        if backward.contains(&(comparable(&file.version), stripped.to_owned())) {
            file.description = stripped.to_owned();
        }
    }
    pair(named)
}

const UPS: &[&str] = &["up"];
const DOWNS: &[&str] = &["down", "rollback", "undo"];

/// The description without its last word, if that is one of `words`.
fn bare<'a>(description: &'a str, words: &[&str]) -> &'a str {
    let cut = words.iter().find_map(|word| description.strip_suffix(word));
    match cut {
        Some("") => "",
        Some(rest) => rest.strip_suffix(['_', '-']).unwrap_or(description),
        None => description,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(name: &str) -> Option<(String, String, Part)> {
        parse(name).map(|file| (file.version, file.description, file.part))
    }

    #[test]
    fn one_of_two_ways_between_versions_is_taken() {
        assert_eq!(way("lite-3.x_to_3.4.0_schema.pgsql.sql"), Some(("3.x", "3.4.0")));
        assert_eq!(way("3.4-to-4.1.sql"), Some(("3.4", "4.1")));
        assert_eq!(way("0007_add_orders_to_2_shops.sql"), None);
        let named = |name| parse(name).unwrap();
        let known = [named("full-3.x_to_3.4.sql"), named("3.4_to_4.0.sql")];
        assert!(is_other_way(&known, &named("lite-3.x_to_3.4.sql")));
        assert!(!is_other_way(&known, &named("4.0_to_4.1.sql")));
    }

    #[test]
    fn names_in_all_forms() {
        let some = |version: &str, description: &str, part| {
            Some((version.to_owned(), description.to_owned(), part))
        };
        assert_eq!(version("0001_orders.sql"), some("0001", "orders", Part::Up));
        assert_eq!(version("V0001.Orders.up.sql"), some("0001", "Orders", Part::Up));
        assert_eq!(version("V0001.Orders.down.sql"), some("0001", "Orders", Part::Down));
        assert_eq!(version("upgrade_12.sql"), some("12", "", Part::Up));
        assert_eq!(version("downgrade_12.sql"), some("12", "", Part::Down));
        assert_eq!(version("2024010201.sql"), some("2024010201", "", Part::Up));
        assert_eq!(version("20240101_093000_tier.sql"), some("20240101_093000", "tier", Part::Up));
        assert_eq!(
            version("2024-01-01-093000_tier.sql"),
            some("2024-01-01-093000", "tier", Part::Up)
        );
        assert_eq!(version("1.10.2.sql"), some("1.10.2", "", Part::Up));
        assert_eq!(version("001_2fa.sql"), some("001", "2fa", Part::Up));
        assert_eq!(version("001_2024_report.sql"), some("001", "2024_report", Part::Up));
        assert_eq!(version("monthly_revenue_report_2.sql"), None);
        assert_eq!(version("orders.sql"), None);
        assert_eq!(version("schema-h2.sql"), None);
        assert_eq!(version("sqlite3_0004_tier.sql"), some("0004", "tier", Part::Up));
    }
}
