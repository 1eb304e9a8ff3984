//! Changes as a unified diff that `git apply` and `patch -p1` take.

use super::{Change, Changes};
use similar::TextDiff;

/// The diff of all changed files, with three lines of context.
pub fn unified(changes: &Changes) -> String {
    changes.iter().map(|(_, change)| one(change)).collect()
}

fn one(change: &Change) -> String {
    let before = change.before.as_deref().unwrap_or("");
    let old = match change.before {
        Some(_) => format!("a/{}", change.path),
        None => "/dev/null".to_owned(),
    };
    let diff = TextDiff::from_lines(before, &change.after);
    diff.unified_diff().header(&old, &format!("b/{}", change.path)).to_string()
}
