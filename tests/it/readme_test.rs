//! What the README shows is what a run prints.

use std::path::Path;
use std::process::Command;

#[test]
fn the_shown_output_is_printed_by_the_shown_command() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).unwrap().split("\n```").next().unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(["lint", "fixtures/demo", "--color", "never"])
        .current_dir(root)
        .env_clear()
        .output()
        .unwrap();
    let printed = String::from_utf8(run.stdout).unwrap();
    let paragraphs: Vec<&str> = printed.split("\n\n").map(str::trim_end).collect();
    for paragraph in shown.split("\n\n") {
        assert!(paragraphs.contains(&paragraph), "not printed:\n{paragraph}\nin\n{printed}");
    }
    assert!(readme.contains("cargo run --release -- lint fixtures/demo"));
}

#[test]
fn the_shown_diff_is_what_fixing_the_revision_comes_to() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let shown = readme.split("```diff\n").nth(1).unwrap().split("```").next().unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .args(["lint", "fixtures/demo-alembic", "--diff", "--unsafe-fixes", "--color", "never"])
        .current_dir(root)
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(run.stdout).unwrap(), shown);
    assert!(readme.contains("lint fixtures/demo-alembic --diff --unsafe-fixes"));
}
