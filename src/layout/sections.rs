//! Headers.

/// Whether the text begins with a header such as `-- Migration:`.
pub(super) fn has_header(text: &str) -> bool {
    text.lines().take(20).any(|line| {
        let bare = line.trim_start_matches(['-', '*', '/', ' ', '\u{feff}']);
        bare.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("migration:"))
    })
}
