//! Examples in Python: how a block of a page becomes revisions of Alembic.
//!
//! A block is the body of `upgrade()`, unless it defines that itself; imports and the assignments of
//! the revision are put above it.

use super::page::{Block, PageFile};
use super::page_run::apply;
use lockgate::finding::Edit;
use std::path::Path;

/// The name of the one file of a block without `# file:` lines.
pub const ONLY_FILE: &str = "1a2b_example.py";

const IMPORTS: &str = "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\n\n";

/// Lines that stand above the text of a file.
pub fn added_lines(text: &str) -> usize {
    head(text, "a", "b").lines().count()
}

/// Writes an environment with the files as its revisions, each after the one before it.
pub fn write(folder: &Path, block: &Block, files: &[PageFile], edits: &[Edit]) {
    let versions = folder.join("versions");
    std::fs::create_dir_all(&versions).unwrap();
    let each = if block.setting("transaction") == Some("each") {
        "transaction_per_migration=True"
    } else {
        ""
    };
    let environment = format!("from alembic import context\n\ncontext.configure({each})\n");
    std::fs::write(folder.join("env.py"), environment).unwrap();
    let mut down = "None".to_owned();
    for file in files {
        let id = file.name.split('_').next().unwrap();
        let text = whole(&file.text, id, &down);
        let own = edits.iter().filter(|edit| edit.place.file.path().ends_with(&file.name));
        std::fs::write(versions.join(&file.name), apply(&text, own.collect())).unwrap();
        down = format!("\"{id}\"");
    }
}

fn head(text: &str, id: &str, down: &str) -> String {
    let ids = if text.contains("down_revision = ") {
        String::new()
    } else {
        format!("revision = \"{id}\"\ndown_revision = {down}\n\n\n")
    };
    let upgrade = if is_body(text) { "def upgrade():\n" } else { "" };
    format!("{IMPORTS}{ids}{upgrade}")
}

fn is_body(text: &str) -> bool {
    !text.contains("def upgrade")
}

fn whole(text: &str, id: &str, down: &str) -> String {
    let head = head(text, id, down);
    if !is_body(text) {
        return format!("{head}{text}");
    }
    let lines = text
        .lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") });
    format!("{head}{}\n\ndef downgrade():\n    pass\n", lines.collect::<String>())
}
