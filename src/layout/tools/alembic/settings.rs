//! `alembic.ini` and `[tool.alembic]` of `pyproject.toml`: where an environment's revisions are.

use crate::layout::normalised;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What the settings say of one environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Settings {
    /// The file and section that names the environment.
    pub found: Option<String>,
    /// Folders of revisions, where they are named.
    pub locations: Vec<PathBuf>,
    /// Whether folders below them count.
    pub recursive: bool,
    /// `sqlalchemy.url`.
    pub url: Option<String>,
    /// Folders that modules are imported from (`prepend_sys_path`).
    pub roots: Vec<PathBuf>,
}

type Section = BTreeMap<String, String>;

/// The settings of the environment in `folder`, looked for in it and above it.
pub(super) fn of(folder: &Path, horizon: &Path) -> Settings {
    let mut fallback = None;
    for base in folder.ancestors().take_while(|base| base.starts_with(horizon)) {
        for (name, sections) in files(base) {
            for (section, values) in &sections {
                match belongs(values, base, folder) {
                    Some(true) => return read(values, base, &format!("{name} [{section}]")),
                    // Flask-Migrate's file lies in the folder and names none.
                    None if base == folder && section == "alembic" => {
                        fallback = fallback.or_else(|| {
                            Some(Settings { found: None, ..read(values, base, &name) })
                        });
                    }
                    _ => {}
                }
            }
        }
    }
    fallback.unwrap_or_default()
}

/// Settings files of a folder with their sections.
fn files(base: &Path) -> Vec<(String, BTreeMap<String, Section>)> {
    let Ok(entries) = std::fs::read_dir(base) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".ini") || name == "pyproject.toml" || name == "setup.cfg")
        .collect();
    names.sort_by_key(|name| (name != "alembic.ini", name.clone()));
    names
        .into_iter()
        .filter_map(|name| {
            let text = std::fs::read_to_string(base.join(&name)).ok()?;
            let sections = match name.as_str() {
                "pyproject.toml" => toml_sections(&text),
                _ => ini_sections(&text),
            };
            (!sections.is_empty()).then_some((name, sections))
        })
        .collect()
}

/// Sections that have a `script_location`, or are Alembic's by name.
fn ini_sections(text: &str) -> BTreeMap<String, Section> {
    let mut sections: BTreeMap<String, Section> = BTreeMap::new();
    let (mut section, mut key) = (String::new(), String::new());
    for line in text.lines() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = bare.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = name.trim().to_owned();
            key.clear();
            continue;
        }
        let values = sections.entry(section.clone()).or_default();
        if line.starts_with([' ', '\t']) && !key.is_empty() {
            let value = values.entry(key.clone()).or_default();
            value.push('\n');
            value.push_str(bare);
            continue;
        }
        let Some(at) = bare.find(['=', ':']) else { continue };
        let (name, value) = bare.split_at(at);
        key = name.trim().to_ascii_lowercase();
        let value = value.trim_start_matches(['=', ':']).trim();
        let value = value.split(" #").next().unwrap_or(value).trim();
        values.insert(key.clone(), value.to_owned());
    }
    let ours = |name: &String, values: &mut Section| {
        name == "alembic" || values.contains_key("script_location")
    };
    sections.retain(ours);
    sections
}

fn toml_sections(text: &str) -> BTreeMap<String, Section> {
    let table = text.contains("alembic").then(|| text.parse::<toml::Table>().ok()).flatten();
    let table = table.and_then(|table| table.get("tool")?.get("alembic")?.as_table().cloned());
    let Some(table) = table else { return BTreeMap::new() };
    let shown = |value: &toml::Value| match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Array(all) => {
            let parts: Vec<&str> = all.iter().filter_map(toml::Value::as_str).collect();
            Some(parts.join("\n"))
        }
        _ => None,
    };
    let values = table.iter().filter_map(|(key, value)| Some((key.clone(), shown(value)?)));
    BTreeMap::from([("tool.alembic".to_owned(), values.collect())])
}

/// Whether a section names the folder; `None` where it names none.
fn belongs(values: &Section, base: &Path, folder: &Path) -> Option<bool> {
    let written = values.get("script_location").filter(|written| !written.is_empty())?;
    Some(resolved(written, values, base).iter().any(|path| path == folder))
}

/// Folders that a location may mean: a path, or `package:folder`, `package:sub:folder`.
fn resolved(written: &str, values: &Section, base: &Path) -> Vec<PathBuf> {
    let filled = interpolated(written, values, base);
    let is_absolute = Path::new(&filled).is_absolute();
    if let (false, Some((package, rest))) = (is_absolute, filled.split_once(':')) {
        let inside = format!("{}/{}", package.replace('.', "/"), rest.replace(':', "/"));
        let roots = base.ancestors().take(2).flat_map(|root| {
            [root.join(&inside), root.join("src").join(&inside), root.join("lib").join(&inside)]
        });
        return roots.map(|path| normalised(&path)).collect();
    }
    vec![normalised(&base.join(&filled))]
}

/// `%(here)s` and `%(key)s` put in.
fn interpolated(written: &str, values: &Section, base: &Path) -> String {
    let mut out = String::new();
    let mut rest = written;
    while let Some((before, tail)) = rest.split_once("%(") {
        out.push_str(before);
        let Some((name, after)) = tail.split_once(")s") else {
            rest = tail;
            break;
        };
        match name {
            "here" => out.push_str(&base.to_string_lossy()),
            name => out.push_str(values.get(name).map_or("", String::as_str)),
        }
        rest = after;
    }
    out.push_str(rest);
    out.replace("%%", "%")
}

fn read(values: &Section, base: &Path, found: &str) -> Settings {
    let text = |key: &str| values.get(key).filter(|value| !value.is_empty());
    let locations = text("version_locations").map(|written| {
        let parts = split(written, text("path_separator").or(text("version_path_separator")));
        parts.iter().flat_map(|part| resolved(part, values, base)).collect()
    });
    let roots = text("prepend_sys_path").map(|written| {
        let parts = split(written, text("path_separator"));
        parts.iter().flat_map(|part| resolved(part, values, base)).collect()
    });
    Settings {
        found: Some(found.to_owned()),
        locations: locations.unwrap_or_default(),
        recursive: text("recursive_version_locations").is_some_and(|value| value == "true"),
        url: text("sqlalchemy.url").map(|url| interpolated(url, values, base)),
        roots: roots.unwrap_or_default(),
    }
}

/// Paths of a list, by the separator that the settings name; without one by spaces and commas.
fn split(written: &str, separator: Option<&String>) -> Vec<String> {
    let by: &[char] = match separator.map(String::as_str) {
        Some("os" | ":") => &[':', '\n'],
        Some(";") => &[';', '\n'],
        Some("newline") => &['\n'],
        Some("space") => &[' ', '\n'],
        _ => &[' ', ',', '\n'],
    };
    // A package's colon is no separator.
    let by = if written.contains("%(here)s") || !written.contains(':') || by.contains(&':') {
        by
    } else {
        &[' ', ',', '\n']
    };
    let parts = written.split(by).map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INI: &str = "
[alembic]
script_location = %(here)s/db
version_locations = %(here)s/db/versions
    %(here)s/plugins/versions
path_separator = newline
sqlalchemy.url = postgresql://shop@localhost/shop

[billing]
script_location = shop.billing:migrations
[loggers]
keys = root
";

    #[test]
    fn several_sections_are_several_environments() {
        let sections = ini_sections(INI);
        assert_eq!(sections.keys().collect::<Vec<_>>(), ["alembic", "billing"]);
        let base = Path::new("/shop");
        let shop = sections.get("alembic").cloned().unwrap_or_default();
        assert_eq!(belongs(&shop, base, Path::new("/shop/db")), Some(true));
        assert_eq!(belongs(&shop, base, Path::new("/shop/other")), Some(false));
        let settings = read(&shop, base, "alembic.ini");
        let locations = ["/shop/db/versions", "/shop/plugins/versions"].map(PathBuf::from);
        assert_eq!(settings.locations, locations);
        let billing = sections.get("billing").cloned().unwrap_or_default();
        let folder = Path::new("/shop/src/shop/billing/migrations");
        assert_eq!(belongs(&billing, base, folder), Some(true));
    }

    #[test]
    fn pyproject_is_read_too() {
        let text = "[tool.alembic]\nscript_location = \"%(here)s/m\"\nversion_locations = [\"%(here)s/a\", \"%(here)s/b\"]\n";
        let values = toml_sections(text).remove("tool.alembic").unwrap_or_default();
        assert_eq!(belongs(&values, Path::new("/p"), Path::new("/p/m")), Some(true));
        let settings = read(&values, Path::new("/p"), "pyproject.toml");
        assert_eq!(settings.locations, ["/p/a", "/p/b"].map(PathBuf::from));
    }
}
