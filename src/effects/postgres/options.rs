//! Storage parameters and the locks that setting them takes.

use crate::effects::LockMode;

/// Parameters whose entry in `reloptions.c` asks for AccessExclusive; all others that the server
/// knows ask for ShareUpdateExclusive.
const STRONG: &[&str] = &[
    "user_catalog_table",
    "security_barrier",
    "security_invoker",
    "check_option",
    "fastupdate",
    "gin_pending_list_limit",
    "buffering",
    "autosummarize",
    "pages_per_range",
];

/// The lock of `SET (…)` and `RESET (…)` (`AlterTableGetRelOptionsLockLevel`).
pub(super) fn parameters_lock<'p>(names: impl Iterator<Item = &'p str>) -> LockMode {
    let strong = |name: &str| {
        let bare = name.rsplit('.').next().unwrap_or(name);
        STRONG.contains(&bare)
    };
    let mut any = false;
    for name in names {
        any = true;
        if strong(name) {
            return LockMode::AccessExclusive;
        }
    }
    if any { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive }
}
