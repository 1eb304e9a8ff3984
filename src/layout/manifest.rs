//! What stands above a migration folder: the Rust crates that a manifest names, files of a tool.

use super::dialect::{self, Verdict};
use super::walk::Folder;
use std::path::Path;

/// How a crate of this name is used above the folder, as evidence for people. The nearest project
/// decides: a Go module in between ends the search.
pub(super) fn cargo_dependency(folder: &Path, bound: &Path, name: &str) -> Option<String> {
    for above in upward(folder, bound) {
        let manifest = above.join("Cargo.toml");
        if let Ok(text) = std::fs::read_to_string(&manifest) {
            if let Some(found) = named_in(&text, &above.join("Cargo.lock"), name) {
                return Some(found);
            }
        } else if above.join("go.mod").is_file() {
            return None;
        }
    }
    None
}

/// The database whose features the project's manifest asks of the crate, if it is one alone: each
/// feature with the database's name.
pub(super) fn by_feature(folder: &Folder, name: &str, known: &[(&str, &str)]) -> Option<Verdict> {
    let features = cargo_features(&folder.path, &folder.horizon, name);
    let named = |feature: &String| Some(known.iter().find(|(known, _)| feature == known)?.1);
    let mut words = features.iter().filter_map(named);
    let word = words.next()?;
    words.all(|other| other == word).then(|| dialect::by_word("Cargo.toml", word)).flatten()
}

/// Features with which the nearest manifests above the folder use the crate.
fn cargo_features(folder: &Path, bound: &Path, name: &str) -> Vec<String> {
    for above in upward(folder, bound) {
        let Ok(text) = std::fs::read_to_string(above.join("Cargo.toml")) else { continue };
        let Ok(manifest) = text.parse::<toml::Table>() else { continue };
        let features = features_in(&manifest, name);
        if !features.is_empty() {
            return features;
        }
    }
    Vec::new()
}

fn features_in(manifest: &toml::Table, name: &str) -> Vec<String> {
    let workspace = manifest.get("workspace").and_then(toml::Value::as_table);
    let tables = std::iter::once(manifest).chain(workspace).chain(targets(manifest));
    let used = tables.flat_map(|table| {
        TABLES.iter().filter_map(move |key| table.get(*key)?.as_table()?.get(name))
    });
    let features = used.filter_map(|used| used.as_table()?.get("features")?.as_array()).flatten();
    features.filter_map(|feature| feature.as_str().map(str::to_owned)).collect()
}

/// The name of the file or directory if it stands in the folder or above it.
pub(super) fn stands_above(folder: &Path, bound: &Path, name: &str) -> Option<String> {
    upward(folder, bound).any(|above| above.join(name).exists()).then(|| name.to_owned())
}

fn upward<'a>(folder: &'a Path, bound: &'a Path) -> impl Iterator<Item = &'a Path> {
    folder.ancestors().take_while(move |above| above.starts_with(bound))
}

/// A workspace's members may use what its own manifest does not name; its lock file tells.
fn named_in(manifest: &str, lock: &Path, name: &str) -> Option<String> {
    let manifest: toml::Table = manifest.parse().ok()?;
    if depends(&manifest, name) {
        return Some(format!("Cargo.toml depends on {name}"));
    }
    manifest.get("workspace")?;
    let lock = std::fs::read_to_string(lock).ok()?;
    let line = format!("name = \"{name}\"");
    lock.lines().any(|each| each == line).then(|| format!("Cargo.lock names {name}"))
}

/// Where a manifest names what it depends on.
const TABLES: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

/// What a manifest says for some systems alone.
fn targets(manifest: &toml::Table) -> impl Iterator<Item = &toml::Table> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    targets.into_iter().flatten().filter_map(|(_, target)| target.as_table())
}

fn depends(table: &toml::Table, name: &str) -> bool {
    let own = TABLES.iter().filter_map(|key| table.get(*key)?.as_table());
    let inherited = table.get("workspace").and_then(toml::Value::as_table);
    own.into_iter().any(|dependencies| names(dependencies, name))
        || inherited.into_iter().chain(targets(table)).any(|inner| depends(inner, name))
}

fn names(dependencies: &toml::Table, name: &str) -> bool {
    dependencies.iter().any(|(key, value)| {
        let package = value.as_table().and_then(|table| table.get("package")?.as_str());
        package.unwrap_or(key) == name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_sqlx(manifest: &str) -> bool {
        named_in(manifest, Path::new("/nowhere"), "sqlx").is_some()
    }

    #[test]
    fn features_wherever_a_manifest_has_them() {
        let features = |manifest: &str| features_in(&manifest.parse().unwrap(), "sqlx");
        let sqlite = ["sqlite".to_owned()];
        let plain = "sqlx = { version = \"0.8\", features = [\"sqlite\"] }";
        assert_eq!(features(&format!("[dependencies]\n{plain}")), sqlite);
        assert_eq!(features(&format!("[build-dependencies]\n{plain}")), sqlite);
        assert_eq!(
            features("[target.\"cfg(unix)\".dependencies.sqlx]\nfeatures = [\"sqlite\"]"),
            sqlite
        );
    }

    #[test]
    fn dependencies_wherever_a_manifest_has_them() {
        assert!(names_sqlx("[dependencies]\nsqlx = \"0.8\""));
        assert!(names_sqlx("[workspace.dependencies]\nsqlx = { version = \"0.8\" }"));
        assert!(names_sqlx("[dependencies]\ndb = { package = \"sqlx\", version = \"0.8\" }"));
        assert!(names_sqlx("[target.'cfg(unix)'.dependencies]\nsqlx = \"0.8\""));
        assert!(!names_sqlx("[dependencies]\nsqlx-core = \"0.8\""));
        assert!(!names_sqlx("not toml"));
    }
}
