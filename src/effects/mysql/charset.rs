//! Character sets: how wide their characters are, and which text stays as it is in another.

use crate::migration::{Dialect, Target};

/// A character set with its collation, both in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    /// The character set.
    pub charset: String,
    /// The collation.
    pub collation: String,
}

impl Text {
    /// Text of a character set in the collation that is named, else in the set's own.
    pub fn new(charset: &str, collation: Option<&str>, target: &Target) -> Self {
        let charset = canonical(charset);
        let collation =
            collation.map_or_else(|| default_collation(&charset, target), canonical_collation);
        Self { charset, collation }
    }

    /// What a collation implies: its name begins with its character set.
    pub fn of_collation(collation: &str) -> Option<Self> {
        let collation = canonical_collation(collation);
        let charset = collation.split('_').next().filter(|charset| !charset.is_empty())?;
        // MariaDB's collations without a character set (`uca1400_ai_ci`) say nothing of it.
        (!charset.starts_with("uca"))
            .then(|| Self { charset: canonical(charset), collation: collation.clone() })
    }

    /// Bytes of the widest character.
    pub fn width(&self) -> u64 {
        match self.charset.as_str() {
            "utf8mb4" | "utf16" | "utf16le" | "utf32" | "gb18030" => 4,
            "utf8mb3" | "ujis" | "eucjpms" => 3,
            "ucs2" | "gbk" | "big5" | "sjis" | "cp932" | "euckr" | "gb2312" => 2,
            _ => 1,
        }
    }

    /// Whether the narrowest character is as wide as the widest.
    pub fn is_fixed_width(&self) -> bool {
        self.width() == 1 || matches!(self.charset.as_str(), "ucs2" | "utf32")
    }

    /// The collation's name without its character set.
    pub fn specific(&self) -> &str {
        self.collation.strip_prefix(self.charset.as_str()).unwrap_or(&self.collation)
    }

    /// Whether every text of this set is the same bytes in the other, of three-byte into four-byte
    /// characters included.
    pub fn reads_as(&self, other: &Self) -> bool {
        let pair = (self.charset.as_str(), other.charset.as_str());
        self.charset == other.charset || matches!(pair, ("utf8mb3", "utf8mb4") | ("ucs2", "utf16"))
    }
}

fn canonical(charset: &str) -> String {
    match charset.to_ascii_lowercase().as_str() {
        "utf8" => "utf8mb3".to_owned(),
        other => other.to_owned(),
    }
}

fn canonical_collation(collation: &str) -> String {
    let collation = collation.to_ascii_lowercase();
    match collation.strip_prefix("utf8_") {
        Some(rest) => format!("utf8mb3_{rest}"),
        None => collation,
    }
}

/// The collation of a character set where none is written.
fn default_collation(charset: &str, target: &Target) -> String {
    let unicode = matches!(charset, "utf8mb3" | "utf8mb4" | "ucs2" | "utf16" | "utf32");
    let suffix = match (charset, target.dialect) {
        ("binary", _) => return "binary".to_owned(),
        ("latin1", _) => "swedish_ci",
        ("utf8mb4", Dialect::Mysql) if target.at_least(8) => "0900_ai_ci",
        (_, Dialect::Mariadb) if unicode && target.at_least_version(11, 5) => "uca1400_ai_ci",
        ("big5" | "gbk" | "gb2312", _) => "chinese_ci",
        ("sjis" | "ujis" | "cp932" | "eucjpms", _) => "japanese_ci",
        ("euckr", _) => "korean_ci",
        _ => "general_ci",
    };
    format!("{charset}_{suffix}")
}
