//! Settings files of tools that name a dialect by word.

use super::of_word;
use crate::layout::dialect::{Family, Verdict, by_family};
use crate::layout::walk::Folder;

/// What the nearest `file` says after `key:`, if it says the same everywhere: one entry for each
/// environment of the tool.
pub(in crate::layout) fn by_key(folder: &Folder, file: &str, key: &str) -> Option<Verdict> {
    let text = folder.above().find_map(|above| std::fs::read_to_string(above.join(file)).ok())?;
    let values = text.lines().filter_map(|line| value(line, key));
    let families: Vec<(Family, &str)> =
        values.filter_map(|value| Some((of_word(value)?, value))).collect();
    let (family, word) = families.first()?;
    families.iter().all(|(other, _)| other == family).then(|| by_family(*family, file, word))
}

/// The value of a line of YAML or JSON such as `dialect: postgres`.
fn value<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    let (name, value) = line.split_once(':')?;
    let quotes = ['"', '\'', ',', ' ', '\t', '\r'];
    (name.trim_matches(quotes) == key).then(|| value.trim_matches(quotes))
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn values_of_yaml_and_json() {
        assert_eq!(value("    dialect: postgres", "dialect"), Some("postgres"));
        assert_eq!(value("  \"driver\": \"mysql\",", "driver"), Some("mysql"));
        assert_eq!(value("# dialect: mysql", "dialect"), None);
        assert_eq!(value("development:", "dialect"), None);
    }
}
