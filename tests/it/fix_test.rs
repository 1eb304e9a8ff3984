//! `lint --fix` and `lint --diff` on real folders, one for each layout that has a way of its own.

use crate::support::command::{Run, folder, run};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const SHOP: &str = "CREATE TABLE coupons (code text PRIMARY KEY);\n\
CREATE TABLE orders (id bigint PRIMARY KEY, status text, coupon text);\n";
const TIMEOUT: &str = "[rules]\nmissing-lock-timeout = \"off\"\n";

/// All files of a folder with their texts, by their paths in it.
fn texts(root: &Path) -> BTreeMap<String, String> {
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
fn fixed(files: &[(&str, &str)]) -> (BTreeMap<String, String>, Run) {
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

fn map(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn dbmate_marks_the_section_that_leaves_the_transaction() {
    let (changed, run) = fixed(&[
        ("db/migrations/20250101_shop.sql", &format!("-- migrate:up\n{SHOP}\n-- migrate:down\n")),
        (
            "db/migrations/20260301_status.sql",
            "-- migrate:up\nCREATE INDEX orders_status_idx ON orders (status);\n\n-- migrate:down\nDROP INDEX orders_status_idx;\n",
        ),
        ("lockgate.toml", TIMEOUT),
    ]);
    let expected = "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);\n\n-- migrate:down transaction:false\nDROP INDEX CONCURRENTLY orders_status_idx;\n";
    assert_eq!(changed, map(&[("db/migrations/20260301_status.sql", expected)]));
    assert!(run.out.starts_with("fixed[non-concurrent-index]: db/migrations/20260301_status.sql:2: build the index while writers go on\n"), "{}", run.out);
    assert!(run.out.contains("2 fixed"), "{}", run.out);
}

#[test]
fn golang_migrate_gets_a_file_with_the_one_statement() {
    let (changed, _) = fixed(&[
        ("m/0001_shop.up.sql", SHOP),
        ("m/0001_shop.down.sql", "DROP TABLE orders;\nDROP TABLE coupons;\n"),
        (
            "m/0002_status.up.sql",
            "ALTER TABLE orders ADD COLUMN note text;\n\n-- lists by status\nCREATE INDEX orders_status_idx ON orders (status);\n",
        ),
        (
            "m/0002_status.down.sql",
            "DROP INDEX orders_status_idx;\nALTER TABLE orders DROP COLUMN note;\n",
        ),
        ("lockgate.toml", TIMEOUT),
    ]);
    let expected = map(&[
        ("m/0002_status.up.sql", "ALTER TABLE orders ADD COLUMN note text;\n\n"),
        ("m/0002_status.down.sql", "ALTER TABLE orders DROP COLUMN note;\n"),
        (
            "m/0003_orders_status_idx.up.sql",
            "-- lists by status\nCREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);\n",
        ),
        ("m/0003_orders_status_idx.down.sql", "DROP INDEX CONCURRENTLY orders_status_idx;\n"),
    ]);
    assert_eq!(changed, expected);
}
