//! The last resort: words of a file that can be a column or a table, whatever the language.

use smol_str::SmolStr;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{LazyLock, OnceLock};

/// A text with the words that it holds, so that what is not there is not searched for. The words
/// are gathered when they are first asked for.
#[derive(Debug)]
pub(super) struct Searched {
    /// The text.
    pub text: Box<str>,
    words: OnceLock<HashSet<u64>>,
}

/// One for all texts: a word is looked up by its hash.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl Searched {
    /// Takes a text.
    pub fn new(text: Box<str>) -> Self {
        Self { text, words: OnceLock::new() }
    }

    /// Where a name first stands as a word of its own.
    pub fn find(&self, name: &str) -> Option<usize> {
        let is_word = name.chars().all(is_part);
        let may_hold = !is_word || self.words().contains(&HASHER.hash_one(name));
        may_hold.then(|| find_word(&self.text, name)).flatten()
    }

    fn words(&self) -> &HashSet<u64> {
        self.words.get_or_init(|| {
            let words = self.text.split(|c| !is_part(c)).filter(|word| !word.is_empty());
            words.map(|word| HASHER.hash_one(word)).collect()
        })
    }
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How a name of the database may be spelt in code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spellings(Vec<String>);

impl Spellings {
    /// A column: as it is, and in camel case.
    pub fn of_column(name: &str) -> Self {
        Self::new([name.to_owned(), camel(name, false), camel(name, true)])
    }

    /// A table: as it is, and as the class that stands for it.
    pub fn of_table(name: &str) -> Self {
        let one = singular(name);
        Self::new([name.to_owned(), camel(name, true), camel(&one, true), camel(&one, false), one])
    }

    fn new<const N: usize>(words: [String; N]) -> Self {
        let mut kept: Vec<String> = Vec::with_capacity(N);
        for word in words {
            if !kept.contains(&word) {
                kept.push(word);
            }
        }
        Self(kept)
    }

    /// Where one of the spellings first stands as a word of its own.
    pub fn find(&self, text: &Searched) -> Option<usize> {
        self.0.iter().filter_map(|word| text.find(word)).min()
    }
}

/// Names that hardly mean anything else: several words in one.
pub(super) fn is_distinctive(name: &str) -> bool {
    name.len() >= 8 && name.trim_matches('_').contains('_')
}

fn find_word(text: &str, word: &str) -> Option<usize> {
    text.match_indices(word).map(|(at, _)| at).find(|&at| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

fn camel(name: &str, upper: bool) -> String {
    let mut out = String::with_capacity(name.len());
    for (at, part) in name.split('_').filter(|part| !part.is_empty()).enumerate() {
        let mut chars = part.chars();
        match chars.next() {
            Some(first) if at > 0 || upper => out.extend(first.to_uppercase()),
            Some(first) => out.push(first),
            None => {}
        }
        out.push_str(chars.as_str());
    }
    out
}

fn singular(name: &str) -> String {
    if let Some(stem) = name.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for ending in ["sses", "xes", "ches", "shes"] {
        if let Some(stem) = name.strip_suffix(ending) {
            return format!("{stem}{}", ending.strip_suffix("es").unwrap_or(""));
        }
    }
    match name.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') => stem.to_owned(),
        _ => name.to_owned(),
    }
}

/// `OrderItem` as `order_item`.
pub(super) fn snake(class: &str) -> SmolStr {
    let chars: Vec<char> = class.chars().collect();
    let mut out = String::with_capacity(class.len() + 4);
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let starts = c.is_uppercase()
            && before.is_some_and(|b| {
                b.is_lowercase()
                    || b.is_numeric()
                    || b.is_uppercase() && after.is_some_and(|a| a.is_lowercase())
            });
        if starts {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    SmolStr::new(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_several_spellings() {
        let text = |text: &str| Searched::new(text.into());
        assert_eq!(Spellings::of_column("tax_number").find(&text("customer.taxNumber")), Some(9));
        assert_eq!(Spellings::of_column("note").find(&text("notes, footnote")), None);
        assert_eq!(Spellings::of_table("order_items").find(&text("class OrderItem {")), Some(6));
        assert_eq!(Spellings::of_table("categories").find(&text("Category.find()")), Some(0));
        assert_eq!(Spellings::of_column("tax id").find(&text("\"tax id\", taxid")), Some(1));
    }

    #[test]
    fn classes_in_snake_case() {
        assert_eq!(snake("OrderItem"), "order_item");
        assert_eq!(snake("HTTPRequest"), "http_request");
    }
}
