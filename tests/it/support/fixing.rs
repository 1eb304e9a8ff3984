//! Folders before and after `lint --fix`.

use super::command::{Run, folder, run};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// All files of a folder with their texts, by their paths in it.
pub fn texts(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                found.insert(name, std::fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

/// What changes when everything is fixed: new texts by path, after a second run that changes
/// nothing and a diff that said the same before.
pub fn fixed(files: &[(&str, &str)]) -> (BTreeMap<String, String>, Run) {
    let folder = folder(files);
    let before = texts(folder.path());
    let diff = run(folder.path(), &["lint", "--diff", "--unsafe-fixes"]);
    assert_eq!(texts(folder.path()), before, "--diff changes nothing");
    let patched = patched(files, &diff.out);
    let first = run(folder.path(), &["lint", "--fix", "--unsafe-fixes"]);
    let mut after = texts(folder.path());
    assert_eq!(after, patched, "the diff says what --fix does:\n{}", diff.out);
    let again = run(folder.path(), &["lint", "--fix", "--unsafe-fixes"]);
    assert_eq!(texts(folder.path()), after, "a second run changes nothing:\n{}", again.out);
    after.retain(|path, text| before.get(path) != Some(text));
    (after, first)
}

/// The files after `git apply` of a diff.
fn patched(files: &[(&str, &str)], diff: &str) -> BTreeMap<String, String> {
    let folder = folder(files);
    if !diff.is_empty() {
        std::fs::write(folder.path().join("fix.diff"), diff).unwrap();
        let mut command = Command::new("git");
        command.args(["apply", "--whitespace=nowarn", "fix.diff"]).current_dir(folder.path());
        assert!(command.status().unwrap().success(), "git takes the diff:\n{diff}");
        std::fs::remove_file(folder.path().join("fix.diff")).unwrap();
    }
    texts(folder.path())
}

/// Files as [`fixed`] gives them.
pub fn map(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}
