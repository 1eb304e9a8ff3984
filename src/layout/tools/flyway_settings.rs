//! What a project tells Flyway: prefixes, separators, placeholders, how scripts are sent.
//!
//! Read from `flyway.conf`, `flyway.toml`, and the `spring.flyway.*` keys of
//! `application.properties` and `application.yml`, the nearest above the folder. Keys are compared
//! without case and hyphens, as the frameworks do.

use crate::layout::walk::Folder;
use std::collections::BTreeMap;
use std::path::Path;

/// Settings that change what is read and how it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FlywaySettings {
    /// Before a version.
    pub versioned: String,
    /// Before the version of an undo script.
    pub undo: String,
    /// Before the version of a baseline.
    pub baseline: String,
    /// Before the separator of a repeatable script.
    pub repeatable: String,
    /// Between version and description.
    pub separator: String,
    /// Endings of scripts.
    pub suffixes: Vec<String>,
    /// Whether all pending scripts share a transaction.
    pub group: bool,
    /// Whether versions below the newest applied one are run.
    pub out_of_order: bool,
    /// Whether scripts run in transactions at all.
    pub in_transaction: bool,
    /// Values of placeholders.
    pub placeholders: BTreeMap<String, String>,
    /// What opens and what closes a placeholder.
    pub brackets: (String, String),
    /// The file they come from, below the folder where it was found.
    pub source: Option<String>,
}

impl Default for FlywaySettings {
    fn default() -> Self {
        Self {
            versioned: "V".to_owned(),
            undo: "U".to_owned(),
            baseline: "B".to_owned(),
            repeatable: "R".to_owned(),
            separator: "__".to_owned(),
            suffixes: vec![".sql".to_owned()],
            group: false,
            out_of_order: false,
            in_transaction: true,
            placeholders: BTreeMap::new(),
            brackets: ("${".to_owned(), "}".to_owned()),
            source: None,
        }
    }
}

/// Where Spring has the address of the application's database.
const DATASOURCE: &str = "datasource";

type Reader = fn(&str) -> BTreeMap<String, String>;

const FILES: &[(&str, Reader)] = &[
    ("flyway.toml", toml_keys),
    ("flyway.conf", property_keys),
    ("conf/flyway.conf", property_keys),
    ("application.properties", property_keys),
    ("application.yml", yaml_keys),
    ("application.yaml", yaml_keys),
    ("src/main/resources/application.properties", property_keys),
    ("src/main/resources/application.yml", yaml_keys),
    ("src/main/resources/application.yaml", yaml_keys),
];

impl FlywaySettings {
    /// The nearest settings above a folder; those that Flyway has by itself where there are none.
    pub fn above(folder: &Folder) -> Self {
        let above = folder.path.ancestors().take_while(|above| above.starts_with(&folder.horizon));
        above
            .flat_map(|above| FILES.iter().map(move |file| (above, file)))
            .find_map(|(above, (name, read))| read_file(above, name, *read))
            .unwrap_or_default()
    }

    /// The nearest address of a database, and the file it stands in: Flyway's own, else that of
    /// the application, which Flyway takes where it has none.
    pub fn address(folder: &Folder) -> Option<(String, &'static str)> {
        let all = || {
            folder.above().flat_map(|above| FILES.iter().map(move |file| (above, file))).filter_map(
                |(above, (name, read))| {
                    let text = std::fs::read_to_string(above.join(name)).ok()?;
                    Some((read(&text), *name))
                },
            )
        };
        let stands = |key| all().find_map(|(mut keys, name)| Some((keys.remove(key)?, name)));
        stands("url").or_else(|| stands(DATASOURCE))
    }

    fn of(keys: &BTreeMap<String, String>, source: &str) -> Self {
        let mut settings = Self { source: Some(source.to_owned()), ..Self::default() };
        let is = |value: &str| value.eq_ignore_ascii_case("true");
        for (key, value) in keys {
            match key.as_str() {
                "sqlmigrationprefix" => settings.versioned.clone_from(value),
                "undosqlmigrationprefix" => settings.undo.clone_from(value),
                "baselinemigrationprefix" => settings.baseline.clone_from(value),
                "repeatablesqlmigrationprefix" => settings.repeatable.clone_from(value),
                "sqlmigrationseparator" => settings.separator.clone_from(value),
                "sqlmigrationsuffixes" => {
                    let words = value.trim_matches(['[', ']']).split(',');
                    let bare = |word: &str| word.trim().trim_matches(['"', '\'']).to_owned();
                    settings.suffixes = words.map(bare).filter(|word| !word.is_empty()).collect();
                }
                "group" => settings.group = is(value),
                "outoforder" => settings.out_of_order = is(value),
                "executeintransaction" => settings.in_transaction = is(value),
                "placeholderprefix" => settings.brackets.0.clone_from(value),
                "placeholdersuffix" => settings.brackets.1.clone_from(value),
                key => {
                    if let Some(name) = key.strip_prefix("placeholders.") {
                        settings.placeholders.insert(name.to_owned(), value.clone());
                    }
                }
            }
        }
        settings
    }
}

/// Where the scripts of a profile lie.
pub(super) const LOCATIONS: &str = "locations";

/// The settings of one profile of a Spring application.
pub(super) fn profile_keys(text: &str, name: &str) -> BTreeMap<String, String> {
    if name.ends_with(".properties") { property_keys(text) } else { yaml_keys(text) }
}

/// The address in settings: Flyway's own, else the application's.
pub(super) fn address(keys: &BTreeMap<String, String>) -> Option<&str> {
    keys.get("url").or_else(|| keys.get(DATASOURCE)).map(String::as_str)
}

fn read_file(above: &Path, name: &str, read: Reader) -> Option<FlywaySettings> {
    let text = std::fs::read_to_string(above.join(name)).ok()?;
    let keys = read(&text);
    let own = keys.keys().any(|key| key != DATASOURCE);
    own.then(|| FlywaySettings::of(&keys, name))
}

/// The part of a key that is Flyway's own; names of placeholders keep their case.
fn own_key(key: &str) -> Option<String> {
    let key = key.trim();
    if key == "spring.datasource.url" {
        return Some(DATASOURCE.to_owned());
    }
    let rest = key.strip_prefix("spring.").unwrap_or(key).strip_prefix("flyway.")?;
    if let Some(name) = rest.strip_prefix("placeholders.") {
        return Some(format!("placeholders.{name}"));
    }
    Some(rest.replace(['-', '_'], "").to_ascii_lowercase())
}

fn property_keys(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with(['#', '!']));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.filter_map(|(key, value)| Some((own_key(key)?, value.trim().to_owned()))).collect()
}

fn toml_keys(text: &str) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::new();
    let Ok(document) = text.parse::<toml::Table>() else { return keys };
    keys.extend(toml_address(&document).map(|url| ("url".to_owned(), url)));
    let Some(flyway) = document.get("flyway").and_then(toml::Value::as_table) else { return keys };
    for (key, value) in flyway {
        match value {
            toml::Value::Table(table) if key == "placeholders" => {
                for (name, value) in table {
                    keys.insert(format!("placeholders.{name}"), plain(value));
                }
            }
            value => {
                keys.extend(own_key(&format!("flyway.{key}")).map(|key| (key, plain(value))));
            }
        }
    }
    keys
}

/// The address of the environment that is chosen; of the first where none is.
fn toml_address(document: &toml::Table) -> Option<String> {
    let environments = document.get("environments")?.as_table()?;
    let chosen = document.get("flyway").and_then(|flyway| flyway.get("environment")?.as_str());
    let chosen = environments.get(chosen.unwrap_or("default"));
    let table = chosen.or_else(|| environments.values().next())?;
    table.get("url")?.as_str().map(str::to_owned)
}

fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The scalars of a YAML file whose path has `flyway` in it: enough for how Spring is configured.
fn yaml_keys(text: &str) -> BTreeMap<String, String> {
    let mut path: Vec<(usize, String)> = Vec::new();
    let mut keys = BTreeMap::new();
    for line in text.lines() {
        let bare = line.trim_start();
        let Some((key, value)) = bare.split_once(':').filter(|_| !bare.starts_with('#')) else {
            continue;
        };
        let indent = line.len() - bare.len();
        path.retain(|(depth, _)| *depth < indent);
        path.push((indent, key.trim().to_owned()));
        let value = value.trim().trim_matches(['"', '\'']);
        if !value.is_empty() {
            let parts: Vec<&str> = path.iter().map(|(_, part)| part.as_str()).collect();
            keys.extend(own_key(&parts.join(".")).map(|key| (key, value.to_owned())));
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_settings_in_three_languages() {
        let expected: BTreeMap<String, String> = [
            ("sqlmigrationprefix".to_owned(), "M".to_owned()),
            ("group".to_owned(), "true".to_owned()),
            ("placeholders.tableOwner".to_owned(), "shop".to_owned()),
        ]
        .into();
        let conf = "# shop\nflyway.sqlMigrationPrefix=M\nflyway.group = true\nflyway.placeholders.tableOwner=shop\n";
        assert_eq!(property_keys(conf), expected);
        let toml = "[flyway]\nsqlMigrationPrefix = \"M\"\ngroup = true\n[flyway.placeholders]\ntableOwner = \"shop\"\n";
        assert_eq!(toml_keys(toml), expected);
        let yaml = "spring:\n  flyway:\n    sql-migration-prefix: M\n    group: true\n    placeholders:\n      tableOwner: \"shop\"\n  datasource:\n    url: x\n";
        let mut found = yaml_keys(yaml);
        assert_eq!(found.remove(DATASOURCE).as_deref(), Some("x"));
        assert_eq!(found, expected);
    }
}
