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
        self.charset == other.charset || pair == ("utf8mb3", "utf8mb4")
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
        ("latin1" | "dec8" | "swe7", _) => "swedish_ci",
        ("utf8mb4", Dialect::Mysql) if target.at_least(8) => "0900_ai_ci",
        (_, Dialect::Mariadb) if unicode && target.at_least_version(11, 5) => "uca1400_ai_ci",
        ("big5" | "gbk" | "gb2312" | "gb18030", _) => "chinese_ci",
        ("sjis" | "ujis" | "cp932" | "eucjpms", _) => "japanese_ci",
        ("euckr", _) => "korean_ci",
        ("hp8", _) => "english_ci",
        ("latin5", _) => "turkish_ci",
        ("tis620", _) => "thai_ci",
        _ => "general_ci",
    };
    format!("{charset}_{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::ServerVersion;

    fn target(dialect: Dialect, major: u16, minor: u16) -> Target {
        Target { dialect, version: ServerVersion { major, minor }, utc: false }
    }

    /// `information_schema.CHARACTER_SETS` of MySQL 9.7.4: the set, its own collation, bytes of its
    /// widest character.
    const CHARACTER_SETS: &[(&str, &str, u64)] = &[
        ("armscii8", "armscii8_general_ci", 1),
        ("ascii", "ascii_general_ci", 1),
        ("big5", "big5_chinese_ci", 2),
        ("binary", "binary", 1),
        ("cp1250", "cp1250_general_ci", 1),
        ("cp1251", "cp1251_general_ci", 1),
        ("cp1256", "cp1256_general_ci", 1),
        ("cp1257", "cp1257_general_ci", 1),
        ("cp850", "cp850_general_ci", 1),
        ("cp852", "cp852_general_ci", 1),
        ("cp866", "cp866_general_ci", 1),
        ("cp932", "cp932_japanese_ci", 2),
        ("dec8", "dec8_swedish_ci", 1),
        ("eucjpms", "eucjpms_japanese_ci", 3),
        ("euckr", "euckr_korean_ci", 2),
        ("gb18030", "gb18030_chinese_ci", 4),
        ("gb2312", "gb2312_chinese_ci", 2),
        ("gbk", "gbk_chinese_ci", 2),
        ("geostd8", "geostd8_general_ci", 1),
        ("greek", "greek_general_ci", 1),
        ("hebrew", "hebrew_general_ci", 1),
        ("hp8", "hp8_english_ci", 1),
        ("keybcs2", "keybcs2_general_ci", 1),
        ("koi8r", "koi8r_general_ci", 1),
        ("koi8u", "koi8u_general_ci", 1),
        ("latin1", "latin1_swedish_ci", 1),
        ("latin2", "latin2_general_ci", 1),
        ("latin5", "latin5_turkish_ci", 1),
        ("latin7", "latin7_general_ci", 1),
        ("macce", "macce_general_ci", 1),
        ("macroman", "macroman_general_ci", 1),
        ("sjis", "sjis_japanese_ci", 2),
        ("swe7", "swe7_swedish_ci", 1),
        ("tis620", "tis620_thai_ci", 1),
        ("ucs2", "ucs2_general_ci", 2),
        ("ujis", "ujis_japanese_ci", 3),
        ("utf16", "utf16_general_ci", 4),
        ("utf16le", "utf16le_general_ci", 4),
        ("utf32", "utf32_general_ci", 4),
        ("utf8mb3", "utf8mb3_general_ci", 3),
        ("utf8mb4", "utf8mb4_0900_ai_ci", 4),
    ];

    #[test]
    fn character_sets_are_as_servers_list_them() {
        let (mysql, old) = (target(Dialect::Mysql, 9, 7), target(Dialect::Mysql, 5, 7));
        let mariadb = target(Dialect::Mariadb, 10, 11);
        for (charset, collation, width) in CHARACTER_SETS {
            let text = Text::new(charset, None, &mysql);
            assert_eq!((text.collation.as_str(), text.width()), (*collation, *width), "{charset}");
            // MariaDB 10.11.19 and MySQL 5.7 differ in one of those that they have.
            let collation = collation.replace("_0900_ai_ci", "_general_ci");
            assert_eq!(Text::new(charset, None, &mariadb).collation, collation);
            assert_eq!(Text::new(charset, None, &old).collation, collation);
        }
    }

    #[test]
    fn mariadb_has_other_collations_from_11_5_on() {
        let of = |charset: &str, minor| {
            Text::new(charset, None, &target(Dialect::Mariadb, 11, minor)).collation
        };
        for charset in ["utf8mb3", "utf8mb4", "ucs2", "utf16", "utf32"] {
            assert_eq!(of(charset, 5), format!("{charset}_uca1400_ai_ci"));
            assert_eq!(of(charset, 4), format!("{charset}_general_ci"));
        }
        assert_eq!(of("latin1", 8), "latin1_swedish_ci");
        assert_eq!(of("ascii", 8), "ascii_general_ci");
    }

    #[test]
    fn names_are_told_in_one_way() {
        let mysql = target(Dialect::Mysql, 9, 7);
        let text = Text::new("UTF8", Some("utf8_Unicode_CI"), &mysql);
        assert_eq!(
            (text.charset.as_str(), text.collation.as_str()),
            ("utf8mb3", "utf8mb3_unicode_ci")
        );
        assert_eq!(text.specific(), "_unicode_ci");
        assert_eq!(Text::of_collation("utf8_unicode_ci"), Some(text));
        let latin = Text::of_collation("latin1_bin").map(|text| text.charset);
        assert_eq!(latin.as_deref(), Some("latin1"));
        assert_eq!(Text::of_collation("uca1400_ai_ci"), None, "it is of every set");
        assert_eq!(Text::of_collation(""), None);
    }

    #[test]
    fn text_is_the_same_bytes_in_few_other_sets() {
        let text = |charset| Text::new(charset, None, &target(Dialect::Mariadb, 10, 11));
        for (from, to, reads) in [
            ("utf8mb3", "utf8mb4", true),
            ("utf8mb4", "utf8mb3", false),
            ("ucs2", "utf16", false),
            ("utf16", "ucs2", false),
            ("latin1", "latin1", true),
            ("ascii", "latin1", false),
        ] {
            assert_eq!(text(from).reads_as(&text(to)), reads, "{from} in {to}");
        }
        for (charset, fixed) in
            [("latin1", true), ("ucs2", true), ("utf32", true), ("utf16", false), ("gbk", false)]
        {
            assert_eq!(text(charset).is_fixed_width(), fixed, "{charset}");
        }
    }
}
