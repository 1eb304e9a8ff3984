//! Versions of migrations, ordered as numbers of any length.

use std::cmp::Ordering;

/// A version as written, compared by its digit runs: `9` < `10`, `4.99` < `4.101`.
///
/// Versions of twenty and more digits exist, so no machine integer is used.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version(String);

impl Version {
    /// Takes a version as written.
    pub fn new(written: impl Into<String>) -> Self {
        Self(written.into())
    }

    /// The version as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digit runs without leading zeros; what separates them does not count.
    fn parts(&self) -> impl Iterator<Item = &str> {
        self.0
            .split(|c: char| !c.is_ascii_digit())
            .filter(|part| !part.is_empty())
            .map(|part| part.trim_start_matches('0'))
    }

    /// Whether both name the same version (`01` and `1` do).
    pub fn same(&self, other: &Self) -> bool {
        self.cmp_numbers(other) == Ordering::Equal
    }

    fn cmp_numbers(&self, other: &Self) -> Ordering {
        let (mut left, mut right) = (self.parts(), other.parts());
        loop {
            let ordering = match (left.next(), right.next()) {
                (None, None) => return Ordering::Equal,
                (None, Some(part)) => number_cmp("", part),
                (Some(part), None) => number_cmp(part, ""),
                (Some(a), Some(b)) => number_cmp(a, b),
            };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
    }
}

fn number_cmp(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cmp_numbers(other).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    fn less(a: &str, b: &str) -> bool {
        Version::new(a) < Version::new(b)
    }

    #[test]
    fn versions_are_numbers() {
        assert!(less("9", "10"));
        assert!(less("4_99", "4_101"));
        assert!(less("1", "1.1"));
        assert!(less("20240101", "20240101000000000000000001"));
        assert!(Version::new("001").same(&Version::new("1.0")));
    }
}
