//! sqlx: `<version>_<description>.sql`, or `.up.sql` and `.down.sql`; both kinds may stand side by
//! side.
//!
//! Facts read in its source: the name is cut at the first `_` and must end in `.sql`, else the file
//! is passed over; a version that is no signed 64-bit number is an error; a script whose first
//! bytes are `-- no-transaction` is sent outside a transaction, as one string.

use super::numbered::misnamed;
use crate::layout::LayoutMeta;
use crate::layout::dialect::Verdict;
use crate::layout::layout_trait::{Layout, Listing, Part, ReadFile, Sending};
use crate::layout::manifest::{by_feature, cargo_dependency, stands_above};
use crate::layout::name::digits_then;
use crate::layout::order::{Named, pair, with_number_ids};
use crate::layout::paths::join_shown;
use crate::layout::problem::Problem;
use crate::layout::remark::ineffective;
use crate::layout::said::{Variable, by_variables};
use crate::layout::walk::Folder;
use crate::migration::{
    Bookkeeping, Conventions, Dialect, Downs, Edited, Late, LeftSettings, NewNames, NewScripts,
    NoTransaction, Remark, TransactionMode,
};

const MARKER: &str = "-- no-transaction";

/// The layout.
pub(super) struct Sqlx;

impl Layout for Sqlx {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "sqlx", title: "sqlx" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        let all = folder.sql_files().count();
        let named = folder.sql_files().filter(|name| digits_then(name, '_').is_some()).count();
        if named == 0 || named * 5 < all * 4 {
            return None;
        }
        let marked = || {
            let head = folder.heads().iter().find(|head| head.text.starts_with(MARKER))?;
            Some(format!("`{MARKER}` in {}", head.name))
        };
        cargo_dependency(&folder.path, &folder.horizon, "sqlx")
            .or_else(|| stands_above(&folder.path, &folder.horizon, "sqlx.toml"))
            .or_else(|| stands_above(&folder.path, &folder.horizon, ".sqlx"))
            .or_else(marked)
            .map(|evidence| format!("names match <version>_<description>.sql, and {evidence}"))
    }

    fn database(&self, folder: &Folder) -> Option<Verdict> {
        const FEATURES: &[(&str, &str)] =
            &[("postgres", "postgres"), ("sqlite", "sqlite"), ("mysql", "mysql")];
        by_feature(folder, "sqlx", FEATURES)
    }

    fn told(&self, folder: &Folder) -> Option<Verdict> {
        by_variables(folder, &[Variable::address("DATABASE_URL")])
    }

    fn list(&self, folder: &Folder, _: Dialect) -> Listing {
        let mut listing = Listing::default();
        let mut named = Vec::new();
        for name in folder.sql_files() {
            let Some((version, rest)) = cut(name) else {
                let why = "not named <version>_<description>.sql";
                listing.ignored.push(misnamed(folder, name, why));
                continue;
            };
            if version.parse::<i64>().is_err() {
                listing.problems.push(Problem::BadName {
                    path: join_shown(&folder.shown, name),
                    reason: format!("sqlx stops at \"{version}\": no 64-bit number"),
                });
                continue;
            }
            named.push(parse(name, version, rest));
        }
        listing.entries = with_number_ids(pair(named));
        listing
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::FirstLine(MARKER),
            scripts: NewScripts::Plain,
            downs: Downs::SecondFile,
            names: NewNames {
                up: "{version}_{description}.up.sql",
                down: Some("{version}_{description}.down.sql"),
                word_separator: '_',
            },
            settings: LeftSettings::Kept,
        }
    }

    fn bookkeeping(&self) -> Bookkeeping {
        Bookkeeping { late: Late::Run, edited: Edited::RefusedByBytes }
    }

    fn transaction(&self, script: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        let text = script.file.text();
        if text.starts_with(MARKER) {
            return TransactionMode::OneString.into();
        }
        Sending { remark: misplaced(script), ..TransactionMode::PerScript.into() }
    }
}

/// A marker that stands behind a byte order mark, a blank line or another comment has no effect.
fn misplaced(script: &ReadFile) -> Option<Remark> {
    let comments = script.file.text().trim_start_matches('\u{feff}').lines().map(str::trim);
    let mut comments = comments.take_while(|line| line.is_empty() || line.starts_with("--"));
    let line = comments.position(|line| {
        line.strip_prefix("--").is_some_and(|words| words.trim() == "no-transaction")
    })?;
    let message = format!("`{MARKER}` has no effect here: sqlx runs the file in a transaction");
    let help = "make it the first bytes of the file, before comments and blank lines";
    Some(ineffective(&script.file, line + 1, message, help))
}

fn cut(name: &str) -> Option<(&str, &str)> {
    let (version, rest) = name.split_once('_')?;
    rest.ends_with(".sql").then_some((version, rest))
}

fn parse(name: &str, version: &str, rest: &str) -> Named {
    let (description, part) = match (rest.strip_suffix(".up.sql"), rest.strip_suffix(".down.sql")) {
        (Some(description), _) => (description, Part::Up),
        (_, Some(description)) => (description, Part::Down),
        _ => (rest.strip_suffix(".sql").unwrap_or(rest), Part::Up),
    };
    Named {
        version: version.to_owned(),
        description: description.to_owned(),
        part,
        path: name.to_owned(),
    }
}
