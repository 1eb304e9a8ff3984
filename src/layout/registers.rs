//! Files that list migrations, brought up to date with what fixes make of the scripts: `atlas.sum`
//! beside files of any format, and Sqitch's plan.

use super::tools::{atlas_sum, sqitch};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A script that fixes make or change.
#[derive(Debug, Clone, Copy)]
pub struct Touched<'a> {
    /// Where it is, absolute.
    pub location: &'a Path,
    /// Its path as printed.
    pub shown: &'a str,
    /// Its text afterwards.
    pub text: &'a str,
    /// Whether it is there before.
    pub standing: Standing,
    /// The migration that a new one comes right after.
    pub follows: Option<&'a str>,
}

/// Whether a script is there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is changed.
    There,
    /// It is made.
    New,
}

/// A list of migrations that changes with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// Where it is, absolute.
    pub location: PathBuf,
    /// Its path as printed.
    pub shown: String,
    /// Its text before.
    pub before: String,
    /// Its text afterwards.
    pub after: String,
}

/// The lists that change with the scripts. One that did not fit them before is left alone.
pub fn registers(touched: &[Touched<'_>]) -> Vec<Register> {
    let mut folders: BTreeMap<&Path, Vec<Touched<'_>>> = BTreeMap::new();
    for one in touched {
        if let Some(folder) = one.location.parent() {
            folders.entry(folder).or_default().push(*one);
        }
    }
    let sums = folders.into_iter().filter_map(|(folder, touched)| sum(folder, &touched));
    // Changes of Sqitch may lie in folders below `deploy`.
    let mut deployed: BTreeMap<&Path, Vec<Touched<'_>>> = BTreeMap::new();
    for one in touched {
        if let Some(deploy) = one.location.ancestors().find(|above| above.ends_with("deploy")) {
            deployed.entry(deploy).or_default().push(*one);
        }
    }
    let plans = deployed.into_iter().filter_map(|(deploy, touched)| plan(deploy, &touched));
    sums.chain(plans).collect()
}

/// Sqitch's plan, above the folder of scripts that go forward.
fn plan(deploy: &Path, touched: &[Touched<'_>]) -> Option<Register> {
    let location = deploy.parent()?.join(sqitch::PLAN);
    let before = std::fs::read_to_string(&location).ok()?;
    let name = |one: &Touched<'_>| {
        let below = one.location.strip_prefix(deploy).ok()?.with_extension("");
        Some(below.to_str()?.replace('\\', "/"))
    };
    let named: Vec<(String, &str)> =
        touched.iter().filter_map(|one| Some((name(one)?, one.follows?))).collect();
    let mut waiting: Vec<(&str, &str)> =
        named.iter().map(|(name, follows)| (name.as_str(), *follows)).collect();
    let mut after = before.clone();
    // What follows another new one is planned once that is.
    while !waiting.is_empty() {
        let count = waiting.len();
        waiting.retain(|(name, follows)| match sqitch::with_change(&after, name, follows) {
            Some(with) => {
                after = with;
                false
            }
            None => true,
        });
        if waiting.len() == count {
            return None;
        }
    }
    let first = touched.first()?;
    let depth = first.location.strip_prefix(deploy).ok()?.iter().count();
    let shown = first.shown.rsplitn(depth + 2, '/').nth(depth + 1).unwrap_or("");
    let shown = super::paths::join_shown(shown, sqitch::PLAN);
    Some(Register { location, shown, before, after })
}

fn sum(folder: &Path, touched: &[Touched<'_>]) -> Option<Register> {
    let location = folder.join(atlas_sum::SUM);
    let before = std::fs::read_to_string(&location).ok()?;
    let after = atlas_sum::renewed(&before, folder, touched)?;
    let (shown, _) = touched.first()?.shown.rsplit_once('/').unwrap_or(("", ""));
    let shown = super::paths::join_shown(shown, atlas_sum::SUM);
    Some(Register { location, shown, before, after })
}
