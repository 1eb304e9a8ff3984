//! `[rules]` and `[categories]`: which rules are on, how severe they are, with what options.

use super::reader::{Node, Reader};
use super::sections::globs;
use super::selection::{Choice, Selection};
use crate::engine::ActiveRule;
use crate::finding::{Category, Severity};
use crate::migration::Dialect;
use crate::rule::Rule;
use crate::rules::{self, Registered};
use globset::GlobSet;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// What the configuration wants of a rule or category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Off,
    At(Severity),
}

const LEVELS: [(&str, Level); 4] = [
    ("error", Level::At(Severity::Error)),
    ("warning", Level::At(Severity::Warning)),
    ("note", Level::At(Severity::Note)),
    ("off", Level::Off),
];

pub(super) const CATEGORIES: [Category; 7] = [
    Category::Availability,
    Category::Compatibility,
    Category::DataLoss,
    Category::Correctness,
    Category::Reversibility,
    Category::History,
    Category::Convention,
];

/// Which rules are on. What a rule's own entry says goes before its category, and that before the
/// rule's default.
#[derive(Clone, Default)]
pub struct RuleSettings {
    categories: BTreeMap<Category, Level>,
    rules: BTreeMap<&'static str, RuleEntry>,
    selection: Selection,
}

#[derive(Clone)]
struct RuleEntry {
    level: Option<Level>,
    ignore_tables: GlobSet,
    rule: Arc<dyn Rule>,
}

impl RuleSettings {
    /// The rules that are on for a dialect, in the order of their ids.
    pub fn active(&self, dialect: Dialect) -> Vec<ActiveRule> {
        let speaks = |rule: &&Registered| rule.meta.dialects.contains(&dialect);
        rules::ALL.iter().filter(speaks).filter_map(|rule| self.one(rule)).collect()
    }

    /// Narrows a run down to what the command line asks for.
    pub fn select(&mut self, selection: Selection) {
        self.selection = selection;
    }

    fn one(&self, registered: &'static Registered) -> Option<ActiveRule> {
        let choice = self.selection.choice(registered);
        if choice == Choice::Out {
            return None;
        }
        let entry = self.rules.get(registered.id);
        let severity = match self.level(registered) {
            Some(Level::Off) => return None,
            Some(Level::At(severity)) => Some(severity),
            None if registered.meta.severity.is_none()
                && entry.is_none()
                && choice != Choice::Wanted =>
            {
                return None;
            }
            None => None,
        };
        let rule = match entry {
            Some(entry) => Arc::clone(&entry.rule),
            // A rule whose defaults do not build would be off without a word: a test builds all.
            None => Arc::from((registered.build)(toml::Table::new()).ok()?),
        };
        let ignore_tables = entry.map(|entry| entry.ignore_tables.clone()).unwrap_or_default();
        Some(ActiveRule { id: registered.id, meta: registered.meta, severity, ignore_tables, rule })
    }

    fn level(&self, registered: &Registered) -> Option<Level> {
        let own = self.rules.get(registered.id).and_then(|entry| entry.level);
        own.or_else(|| self.categories.get(&registered.meta.category).copied())
    }

    /// The severity in force for a rule; `None` where it is off.
    pub fn severity(&self, registered: &'static Registered) -> Option<Severity> {
        let active = self.one(registered)?;
        active.severity.or(registered.meta.severity).or(Some(Severity::Warning))
    }
}

/// Reads both sections.
pub(super) fn read(reader: &mut Reader<'_>, table: &DeTable<'_>) -> RuleSettings {
    let mut settings = RuleSettings::default();
    if let Some((section, _)) = reader.table(table, "categories") {
        settings.categories = categories(reader, section);
    }
    let Some((section, _)) = reader.table(table, "rules") else { return settings };
    let known: Vec<&str> = rules::ALL.iter().map(|rule| rule.id).collect();
    for (key, value) in section {
        let id = key.get_ref().as_ref();
        match rules::find(id) {
            Some(rule) => {
                if let Some(entry) = entry(reader, rule, value) {
                    settings.rules.insert(rule.id, entry);
                }
            }
            None if CATEGORIES.iter().any(|category| category.as_str() == id) => {
                let help = format!("write it below [categories]: {id} = \"off\"");
                reader.error(key.span(), format!("\"{id}\" is a category"), Some(help));
            }
            None => reader.unknown(key.span(), "rule", id, &known),
        }
    }
    settings
}

fn categories(reader: &mut Reader<'_>, section: &DeTable<'_>) -> BTreeMap<Category, Level> {
    reader.check_keys(section, &CATEGORIES.map(Category::as_str));
    let mut levels = BTreeMap::new();
    for category in CATEGORIES {
        let Some(node) = section.get(category.as_str()) else { continue };
        if let Some(level) = reader.choice_of(node, "severity", &LEVELS) {
            levels.insert(category, level);
        }
    }
    levels
}

fn entry(
    reader: &mut Reader<'_>,
    rule: &'static Registered,
    value: &Node<'_>,
) -> Option<RuleEntry> {
    let DeValue::Table(table) = value.get_ref() else {
        let level = reader.choice_of(value, "severity", &LEVELS)?;
        let built = build(reader, rule, value.span(), &[])?;
        return Some(RuleEntry {
            level: Some(level),
            ignore_tables: GlobSet::empty(),
            rule: built,
        });
    };
    let level = match table.get("severity") {
        Some(node) => Some(reader.choice_of(node, "severity", &LEVELS)?),
        None => None,
    };
    let ignore_tables = globs(reader, table, "ignore-tables");
    let options: Vec<OptionEntry> = table
        .iter()
        .filter(|(key, _)| !matches!(key.get_ref().as_ref(), "severity" | "ignore-tables"))
        .map(|(key, node)| OptionEntry {
            key: key.get_ref().to_string(),
            value: plain(node.get_ref()),
            key_range: key.span(),
            range: node.span(),
        })
        .collect();
    let rule = build(reader, rule, value.span(), &options)?;
    Some(RuleEntry { level, ignore_tables, rule })
}

struct OptionEntry {
    key: String,
    value: toml::Value,
    key_range: Range<usize>,
    range: Range<usize>,
}

/// Builds a rule from its options, or points at the one that it refuses.
fn build(
    reader: &mut Reader<'_>,
    rule: &'static Registered,
    range: Range<usize>,
    options: &[OptionEntry],
) -> Option<Arc<dyn Rule>> {
    let table = |options: &mut dyn Iterator<Item = &OptionEntry>| -> toml::Table {
        options.map(|option| (option.key.clone(), option.value.clone())).collect()
    };
    let error = match (rule.build)(table(&mut options.iter())) {
        Ok(built) => return Some(Arc::from(built)),
        Err(error) => error,
    };
    // An option that is refused by itself is the guilty one.
    let guilty = options.iter().find_map(|option| {
        let alone = (rule.build)(table(&mut std::iter::once(option)));
        alone.err().map(|error| (option, error))
    });
    match guilty {
        Some((option, error)) => refuse(reader, rule, option, error.message()),
        None => reader.error(range, format!("{}: {}", rule.id, error.message().trim()), None),
    }
    None
}

fn refuse(reader: &mut Reader<'_>, rule: &Registered, option: &OptionEntry, message: &str) {
    if !message.starts_with("unknown field") {
        let message = format!("option {} of {}: {}", option.key, rule.id, message.trim());
        return reader.error(option.range.clone(), message, None);
    }
    // serde: unknown field `x`, expected one of `a`, `b`
    let known: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
    let known: Vec<&str> = ["severity", "ignore-tables"].into_iter().chain(known).collect();
    reader.unknown(
        option.key_range.clone(),
        &format!("option of {}", rule.id),
        &option.key,
        &known,
    );
}

/// The value without its places, as rules read it.
fn plain(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| toml::Value::String(number.to_string()), toml::Value::Integer),
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .map_or_else(|_| toml::Value::String(number.to_string()), toml::Value::Float),
        DeValue::Boolean(value) => toml::Value::Boolean(*value),
        DeValue::Datetime(moment) => toml::Value::Datetime(*moment),
        DeValue::Array(items) => {
            toml::Value::Array(items.iter().map(|item| plain(item.get_ref())).collect())
        }
        DeValue::Table(table) => {
            let entries = table.iter();
            let entries =
                entries.map(|(key, item)| (key.get_ref().to_string(), plain(item.get_ref())));
            toml::Value::Table(entries.collect())
        }
    }
}
