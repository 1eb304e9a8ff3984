//! "Did you mean": the nearest of the names that exist.

/// The name most like `wanted`, if any is alike enough to be a slip of the hand.
pub(crate) fn nearest<'a>(
    wanted: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    const ALIKE: f64 = 0.6;
    names
        .into_iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(wanted, name), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_found_and_another_word_is_not() {
        let names = ["drop-table", "non-concurrent-index"];
        assert_eq!(nearest("non-concurent-index", names), Some("non-concurrent-index"));
        assert_eq!(nearest("drop-tables", names), Some("drop-table"));
        assert_eq!(nearest("vacuum", names), None);
    }
}
