//! What file names say: versions, descriptions, directions, dumps.

use super::layout_trait::Part;

/// A name of the form `<digits>_<rest>`, as several tools cut it.
pub(super) fn digits_then(name: &str, separator: char) -> Option<(&str, &str)> {
    let (digits, rest) = name.split_once(separator)?;
    all_digits(digits).then_some((digits, rest))
}

/// Whether the text is one or more ASCII digits.
pub(super) fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The leading digits and what follows them.
pub(super) fn leading_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Digits without leading zeros, so that equal numbers are equal text.
pub(super) fn number(digits: &str) -> &str {
    digits.trim_start_matches('0')
}

/// The name without `.sql`, in any case.
pub(super) fn without_sql(name: &str) -> &str {
    let cut = name.len().saturating_sub(4);
    match name.get(cut..) {
        Some(end) if end.eq_ignore_ascii_case(".sql") => name.get(..cut).unwrap_or(name),
        _ => name,
    }
}

/// Cuts a direction such as `.up` or `.down` off a name without `.sql`.
pub(super) fn direction_suffix(stem: &str) -> Option<(&str, Part)> {
    let (rest, word) = stem.rsplit_once('.')?;
    let part = match word.to_ascii_lowercase().as_str() {
        "up" | "do" => Part::Up,
        "down" | "undo" | "rollback" => Part::Down,
        _ => return None,
    };
    Some((rest, part))
}

/// Whether a file is the picture of a whole schema or a set of data, not a step of a history, and
/// in what words to say so.
pub(super) fn not_a_migration(name: &str) -> Option<&'static str> {
    let stem = without_sql(name);
    let lower = stem.to_ascii_lowercase();
    match lower.as_str() {
        "latest" | "schema" | "structure" => return Some("a dump of the schema"),
        "seed" | "seeds" => return Some("seed data"),
        _ => {}
    }
    if is_of_extension(stem) {
        return Some("a script of a PostgreSQL extension");
    }
    if lower.ends_with(".initial") {
        return Some("a dump of the schema");
    }
    let numbered = stem.starts_with(|c: char| c.is_ascii_digit());
    (lower.ends_with("_next") && !numbered).then_some("not released yet")
}

/// `shop--1.0.sql` installs an extension, `shop--1.0--1.1.sql` updates it: the server runs them, in
/// an order of its own.
fn is_of_extension(stem: &str) -> bool {
    let mut parts = stem.split("--");
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let is_named = parts.next().is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(is_word)
    });
    let versions: Vec<&str> = parts.collect();
    let is_version = |part: &&str| {
        let marks = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        part.starts_with(|c: char| c.is_ascii_digit()) && part.chars().all(marks)
    };
    is_named && matches!(versions.len(), 1 | 2) && versions.iter().all(is_version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_are_told_from_steps() {
        assert!(not_a_migration("LATEST.sql").is_some());
        assert!(not_a_migration("v1.initial.sql").is_some());
        assert!(not_a_migration("upgrade_next.sql").is_some());
        assert!(not_a_migration("20240101_orders_next.sql").is_none());
        assert!(not_a_migration("001_schema.sql").is_none());
        assert!(not_a_migration("shop--1.0.sql").is_some());
        assert!(not_a_migration("shop--1.0--1.1.sql").is_some());
        assert!(not_a_migration("001--orders.sql").is_none());
        assert!(not_a_migration("orders--drafts.sql").is_none());
    }
}
