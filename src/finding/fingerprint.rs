//! Fingerprints that survive line shifts: they are made of what a finding is about, not of where
//! it stands.

use crate::migration::Direction;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Numbers equal findings and hashes them.
#[derive(Debug, Default)]
pub struct Fingerprints {
    seen: HashMap<String, usize>,
}

impl Fingerprints {
    /// The fingerprint of the next finding of `rule` in `migration` about `statement` (its
    /// [`normalised`] text; the file's path for findings about a whole file).
    pub fn next(
        &mut self,
        rule: &str,
        migration: &str,
        direction: Option<Direction>,
        statement: &str,
    ) -> String {
        let direction = match direction {
            Some(Direction::Up) => "up",
            Some(Direction::Down) => "down",
            None => "",
        };
        let key = format!("{rule}\0{migration}\0{direction}\0{statement}");
        let ordinal = self.seen.entry(key.clone()).or_insert(0);
        let input = format!("{key}\0{ordinal}");
        *ordinal += 1;
        hex(&Sha256::digest(input.as_bytes()))
    }
}

/// Statement text with every run of white space as one blank, so that re-indenting changes
/// nothing.
pub fn normalised(statement: &str) -> String {
    statement.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_findings_are_numbered_and_the_input_is_specified() {
        let mut prints = Fingerprints::default();
        let first = prints.next("drop-table", "0001", Some(Direction::Up), "DROP TABLE orders");
        let second = prints.next("drop-table", "0001", Some(Direction::Up), "DROP TABLE orders");
        assert_ne!(first, second);
        let expected = hex(&Sha256::digest(b"drop-table\x000001\0up\0DROP TABLE orders\x000"));
        assert_eq!(first, expected);
    }

    #[test]
    fn white_space_does_not_count() {
        assert_eq!(normalised("DROP  TABLE\n\torders"), "DROP TABLE orders");
    }
}
