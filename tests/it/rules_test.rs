//! Walks the list of rules: ids, metadata, pages, and the form of both.

use crate::support::page::Page;
use lockgate::rules::{ALL, Registered};
use std::collections::BTreeSet;

/// Sections of every page, in this order.
const SECTIONS: &[&str] = &["Why", "Bad", "Good", "How to fix", "Options", "References"];

#[test]
fn the_list_is_sorted_and_without_doubles() {
    let ids: Vec<&str> = ALL.iter().map(|rule| rule.id).collect();
    let sorted: Vec<&str> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    assert_eq!(ids, sorted);
}

#[test]
fn ids_are_lower_case_words() {
    for rule in ALL {
        let good = rule.id.split('-').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        });
        assert!(good, "{}: write ids in lower case, words joined by hyphens", rule.id);
    }
}

#[test]
fn every_page_belongs_to_a_rule() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let id = name.strip_suffix(".md").unwrap_or_else(|| panic!("{name} is no page"));
        let listed = id == "_template" || ALL.iter().any(|rule| rule.id == id);
        assert!(listed, "rules/{name} belongs to no rule in src/rules/mod.rs");
    }
}

#[test]
fn summaries_are_clauses_and_open_the_page() {
    for rule in ALL {
        let summary = rule.meta.summary;
        assert!(!summary.ends_with('.'), "{}: no full stop after the summary", rule.id);
        let first = summary.split(' ').next().unwrap_or("");
        let lower = !first.starts_with(char::is_uppercase) || first == first.to_uppercase();
        assert!(lower, "{}: lower case: {summary}", rule.id);
        let sentence = format!("{}.", capitalised(summary));
        assert_eq!(page(rule).summary, sentence, "first paragraph of rules/{}.md", rule.id);
    }
}

#[test]
fn pages_have_their_title_and_sections() {
    for rule in ALL {
        let page = page(rule);
        assert_eq!(page.title, rule.id);
        assert_eq!(page.sections, SECTIONS, "sections of rules/{}.md", rule.id);
        for section in ["Bad", "Good"] {
            assert!(
                page.examples.iter().any(|example| example == section),
                "rules/{}.md has no example under {section}",
                rule.id
            );
        }
    }
}

#[test]
fn rules_are_not_from_the_future() {
    let version = |text: &str| -> Vec<u64> {
        text.split('.').map(|part| part.parse().unwrap_or_else(|_| panic!("{text}"))).collect()
    };
    for rule in ALL {
        let since = version(rule.meta.since);
        assert_eq!(since.len(), 3, "{}: since has three parts", rule.id);
        assert!(since <= version(env!("CARGO_PKG_VERSION")), "{}: since", rule.id);
    }
}

#[test]
fn rules_judge_something() {
    for rule in ALL {
        assert!(!rule.meta.dialects.is_empty(), "{}: no dialect", rule.id);
        assert!(!rule.meta.directions.is_empty(), "{}: no direction", rule.id);
    }
}

#[test]
fn unknown_options_are_refused() {
    for rule in ALL {
        let options: toml::Table = "no-such-option = 1".parse().unwrap();
        assert!((rule.build)(options).is_err(), "{}: options are strict", rule.id);
        assert!((rule.build)(toml::Table::new()).is_ok(), "{}: options have defaults", rule.id);
    }
}

fn page(rule: &Registered) -> Page {
    Page::read(rule.page)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
