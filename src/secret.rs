//! What looks like a password, a key or a token in text: found by a rule, hidden by reports.

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use regex::{Captures, Regex};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

/// A secret in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Its bytes.
    pub range: Range<usize>,
    /// What it is: "a password".
    pub what: &'static str,
}

/// Where a form of secret stands: a pattern whose group `secret` is it.
struct Form {
    pattern: Regex,
    what: &'static str,
    /// Whether the secret may be a placeholder or a hash, which is none.
    chosen_by_people: bool,
}

const PASSWORD: &str = "a password";
const TOKEN: &str = "an access token";

/// For each form what stands in every text that has it, in any case; its pattern, what it finds,
/// and whether people choose it.
const FORMS: &[(&str, &str, &str, bool)] = &[
    // ROLE … PASSWORD 'x', OPTIONS (password 'x'), SET password = 'x'
    (
        "password",
        r"(?i)\bpassword(?:\s+|\s*(?:=>|:=|=)\s*)'(?<secret>(?:[^']|'')+)'",
        PASSWORD,
        true,
    ),
    // 'host=db user=shop password=x'
    (
        "password",
        r"(?i)'[^']*\b(?:host|dbname|user)\s*=[^']*\bpassword\s*=\s*(?<secret>[^\s']+)",
        PASSWORD,
        true,
    ),
    (
        "password",
        r"(?i)'[^']*\bpassword\s*=\s*(?<secret>[^\s']+)[^']*\b(?:host|dbname|user)\s*=",
        PASSWORD,
        true,
    ),
    // postgres://shop:x@db/orders
    (
        "://",
        r#"\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@'"]*:(?<secret>[^\s@/'"]+)@[^\s'"]+"#,
        PASSWORD,
        true,
    ),
    ("PRIVATE KEY", r"(?<secret>-----BEGIN [A-Z ]*PRIVATE KEY-----[^']*)", "a private key", false),
    ("AKIA", r"\b(?<secret>AKIA[0-9A-Z]{16})\b", "an AWS access key", false),
    ("ASIA", r"\b(?<secret>ASIA[0-9A-Z]{16})\b", "an AWS access key", false),
    ("gh", r"\b(?<secret>gh[pousr]_[A-Za-z0-9]{36,})\b", TOKEN, false),
    ("github_pat_", r"\b(?<secret>github_pat_[A-Za-z0-9_]{22,})\b", TOKEN, false),
    ("glpat-", r"\b(?<secret>glpat-[A-Za-z0-9_-]{20,})", TOKEN, false),
    ("xox", r"\b(?<secret>xox[abprs]-[A-Za-z0-9-]{10,})", TOKEN, false),
    ("k_live_", r"\b(?<secret>[sr]k_live_[A-Za-z0-9]{16,})\b", "a payment key", false),
    ("AIza", r"\b(?<secret>AIza[0-9A-Za-z_-]{35})", "an API key", false),
    ("SG.", r"\b(?<secret>SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})", "an API key", false),
    ("sk-", r"\b(?<secret>sk-(?:ant-|proj-)[A-Za-z0-9_-]{20,})", "an API key", false),
    ("npm_", r"\b(?<secret>npm_[A-Za-z0-9]{36})\b", TOKEN, false),
    (
        "eyJ",
        r"\b(?<secret>eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})",
        TOKEN,
        false,
    ),
];

/// A pattern that does not compile would find nothing without a word: a test compiles all.
static COMPILED: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let forms = FORMS.iter().filter_map(|(_, pattern, what, chosen_by_people)| {
        let pattern = Regex::new(pattern).ok()?;
        Some(Form { pattern, what, chosen_by_people: *chosen_by_people })
    });
    forms.collect()
});

/// Finds in one pass which forms a text may have: nearly all have none.
static SIGNS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let signs = FORMS.iter().map(|(sign, ..)| sign);
    AhoCorasick::builder().ascii_case_insensitive(true).build(signs).ok()
});

/// What is written instead of a password: `${DB_PASSWORD}`, `<password>`, `:'password'`, `****`.
static PLACEHOLDER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        ^ (?: < .* > | [$:%@] .* | \{\{ .* \}\} | \[ .* \] | \*+ | x+ | \.+ | _+ [A-Z_]+ _+
            | change[-_\ ]?(?:me|this|it) | placeholder | redacted | todo | your[-_\ ]?password ) $
        | \$\{ | \{\{ | %\( | \{ [A-Za-z_]+ \}",
    )
    .ok()
});

/// What a server stores instead of a password.
static VERIFIER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        ^ (?: (?:md5)? [0-9a-f]{32} | [0-9a-fA-F]{40} | [0-9a-fA-F]{64} | [0-9a-fA-F]{128}
            | SCRAM-SHA-256\$ .* | \$ (?: 1 | 2[abxy] | 5 | 6 | argon2[a-z]* | scrypt ) \$ .*
            | (?:pbkdf2|bcrypt|argon2|scrypt) .* \$ .* | \{ [A-Z0-9-]+ \} .+ ) $",
    )
    .ok()
});

/// The secrets of a text, in the order of the forms.
pub fn find(text: &str) -> Vec<Secret> {
    let mut found: Vec<Secret> = Vec::new();
    for form in forms_in(text) {
        for captures in form.pattern.captures_iter(text) {
            let Some(secret) = form.secret(&captures) else { continue };
            if found.iter().all(|known| {
                known.range.end <= secret.range.start || secret.range.end <= known.range.start
            }) {
                found.push(secret);
            }
        }
    }
    found
}

/// The forms whose sign stands in the text, in their order.
fn forms_in(text: &str) -> impl Iterator<Item = &'static Form> {
    let mut seen = [false; FORMS.len()];
    for sign in SIGNS.iter().flat_map(|signs| signs.find_overlapping_iter(text)) {
        if let Some(seen) = seen.get_mut(sign.pattern().as_usize()) {
            *seen = true;
        }
    }
    COMPILED.iter().zip(seen).filter_map(|(form, seen)| seen.then_some(form))
}

impl Form {
    fn secret(&self, captures: &Captures<'_>) -> Option<Secret> {
        let secret = captures.name("secret")?;
        if self.chosen_by_people && is_none(secret.as_str()) || is_for_everyone(secret.as_str()) {
            return None;
        }
        Some(Secret { range: secret.range(), what: self.what })
    }
}

/// Whether the text stands for a password, or is made of one and does not give it away.
fn is_none(text: &str) -> bool {
    let matches = |pattern: &LazyLock<Option<Regex>>| {
        pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
    };
    // Between two strings, not within one: 'password=' || current_setting('shop.password').
    let is_code = text.trim_start().starts_with(['|', ',', ')', ';']);
    text.trim().is_empty() || is_code || matches(&PLACEHOLDER) || matches(&VERIFIER)
}

/// Whether a token is one that a service hands to every browser: Supabase's key of `anon`, which
/// may do what the policies let everyone do.
fn is_for_everyone(token: &str) -> bool {
    let mut parts = token.split('.').skip(1);
    let claims = parts.next().and_then(|claims| URL_SAFE_NO_PAD.decode(claims).ok());
    let claims: Option<serde_json::Value> =
        claims.and_then(|claims| serde_json::from_slice(&claims).ok());
    claims.is_some_and(|claims| claims.get("role").is_some_and(|role| role == "anon"))
}

/// How far a secret of several lines is followed, in bytes: no key is longer.
const TALL: usize = 1 << 14;

/// Secrets of several lines that reach into a part of a text. A line alone does not show that it
/// belongs to one.
pub fn tall(text: &str, part: Range<usize>) -> Vec<Range<usize>> {
    let from = text.floor_char_boundary(part.start.saturating_sub(TALL));
    let to = text.ceil_char_boundary(part.end.saturating_add(TALL).min(text.len()));
    let around = text.get(from..to).unwrap_or("");
    if !around.contains("-----BEGIN") {
        return Vec::new();
    }
    let ranges = find(around).into_iter().map(|secret| secret.range);
    let ranges =
        ranges.filter(|range| around.get(range.clone()).is_some_and(|text| text.contains('\n')));
    ranges.map(|range| range.start + from..range.end + from).collect()
}

/// A part of a file's text with its secrets struck out, also those that reach beyond it.
pub fn shown(text: &str, part: Range<usize>) -> String {
    let start = text.get(..part.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let rest = text.get(part.end..).and_then(|after| after.find('\n'));
    let end = rest.map_or(text.len(), |at| part.end + at);
    let lines = find(text.get(start..end).unwrap_or("")).into_iter().map(|secret| secret.range);
    let mut secrets = tall(text, part.clone());
    secrets.extend(lines.map(|range| range.start + start..range.end + start));
    struck(text.get(part.clone()).unwrap_or(""), |at| {
        secrets.iter().any(|secret| secret.contains(&(at + part.start)))
    })
}

/// The text with stars for what is secret.
fn struck(text: &str, is_secret: impl Fn(usize) -> bool) -> String {
    let star = |(at, c): (usize, char)| if is_secret(at) && !c.is_whitespace() { '*' } else { c };
    text.char_indices().map(star).collect()
}

/// The text with its secrets struck out, as long as before in characters.
pub fn hidden(text: &str) -> Cow<'_, str> {
    let secrets = find(text);
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(struck(text, |at| secrets.iter().any(|secret| secret.range.contains(&at))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(COMPILED.len(), FORMS.len());
        assert!(SIGNS.is_some());
        assert!(PLACEHOLDER.is_some());
        assert!(VERIFIER.is_some());
    }

    #[test]
    fn a_key_is_found_from_any_of_its_lines() {
        let key = format!("-----BEGIN {} KEY-----\nMIIE\nAAAA\n-----END", "RSA PRIVATE");
        let text = format!("SELECT 1;\nINSERT INTO keys VALUES ('{key}');\nSELECT 2;\n");
        let start = text.find("-----BEGIN").unwrap();
        let line = text.find("AAAA").unwrap();
        let found = tall(&text, line..line + 4);
        assert_eq!(found.first(), Some(&(start..start + key.len())), "{found:?}");
        assert!(tall("SELECT '-----BEGIN'", 0..4).is_empty());
        assert_eq!(shown(&text, line..line + 4), "****");
        assert_eq!(shown("ALTER ROLE shop PASSWORD 'g3heim';", 20..32), "WORD '******");
    }

    #[test]
    fn passwords_are_found_where_they_are_set() {
        let texts = [
            "CREATE ROLE shop LOGIN PASSWORD 'Geheim!2024'",
            "ALTER USER shop WITH ENCRYPTED PASSWORD 'it''s'",
            "CREATE USER MAPPING FOR shop SERVER stock OPTIONS (user 'shop', password 'k33p')",
            "CREATE SUBSCRIPTION s CONNECTION 'host=db user=shop password=k33p' PUBLICATION p",
            "SELECT dblink('password=k33p dbname=stock', 'SELECT 1')",
            "INSERT INTO settings VALUES ('bus', 'amqp://shop:k33p@bus.example.com/')",
        ];
        for text in texts {
            let found = find(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert_eq!(found[0].what, PASSWORD, "{text}");
        }
    }

    #[test]
    fn keys_and_tokens_are_found_by_their_form() {
        // Put together here, so that no scanner of this repository takes them for real ones.
        let tokens = [
            format!("{}{}", "AKIA", "ABCDEFGHIJKLMNOP"),
            format!("{}{}", "ASIA", "ABCDEFGHIJKLMNOP"),
            format!("{}{}", "ghp_", "a1".repeat(18)),
            format!("{}{}", "github_pat_", "a1".repeat(18)),
            format!("{}{}", "glpat-", "a1".repeat(18)),
            format!("{}{}", "xoxb-", "a1".repeat(18)),
            format!("{}{}", "sk_live_", "a1".repeat(12)),
            format!("{}{}", "AIza", "a1b2c".repeat(7)),
            format!("{}{1}.{1}", "SG.", "a1".repeat(12)),
            format!("{}{}", "sk-proj-", "a1".repeat(12)),
            format!("{}{}", "npm_", "a1".repeat(18)),
            format!("{0}.{0}.{0}", format_args!("{}{}", "eyJ", "a1".repeat(8))),
            format!("-----BEGIN {} KEY-----\nMIIE", "RSA PRIVATE"),
        ];
        for token in tokens {
            assert_eq!(find(&format!("SELECT '{token}'")).len(), 1, "{token}");
        }
    }

    #[test]
    fn a_token_that_every_browser_gets_is_no_secret() {
        let token = |claims: &str| {
            let claims = URL_SAFE_NO_PAD.encode(claims);
            format!("SELECT '{0}{1}.{claims}.{1}'", "eyJ", "a1".repeat(8))
        };
        assert_eq!(find(&token(r#"{"iss":"supabase","role":"anon"}"#)), []);
        assert_eq!(find(&token(r#"{"iss":"supabase","role":"service_role"}"#)).len(), 1);
        assert_eq!(find(&token(r#"{"sub":"anon","iss":"supabase"}"#)).len(), 1);
    }

    #[test]
    fn placeholders_and_verifiers_are_no_secrets() {
        let texts = [
            "ALTER ROLE shop PASSWORD '${SHOP_PASSWORD}'",
            "ALTER ROLE shop PASSWORD '{{ shop_password }}'",
            "ALTER ROLE shop PASSWORD '<password>'",
            "ALTER ROLE shop PASSWORD :'password'",
            "ALTER ROLE shop PASSWORD '****'",
            "ALTER ROLE shop PASSWORD NULL",
            "ALTER ROLE shop PASSWORD 'md5d41d8cd98f00b204e9800998ecf8427e'",
            "ALTER ROLE shop PASSWORD 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy'",
            "UPDATE users SET password = '$2b$12$abcdefghijklmnopqrstuv'",
            "UPDATE users SET password = crypt($1, gen_salt('bf'))",
            "INSERT INTO fields (kind, label) VALUES ('password', 'Password')",
            "INSERT INTO links VALUES ('https://example.com:8080/a@b')",
            "SELECT 'host=db password=' || current_setting('shop.password')",
        ];
        for text in texts {
            assert_eq!(find(text), [], "{text}");
        }
    }

    #[test]
    fn hidden_text_keeps_its_length() {
        let text = "ALTER ROLE shop PASSWORD 'Geheim'; -- ü";
        assert_eq!(hidden(text), "ALTER ROLE shop PASSWORD '******'; -- ü");
        assert!(matches!(hidden("SELECT 1"), Cow::Borrowed(_)));
    }
}
