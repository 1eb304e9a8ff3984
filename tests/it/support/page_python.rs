//! Examples in Python: what is put above the text of a block to make it a revision of Alembic.
//!
//! A text is the body of `upgrade()`, unless it defines that itself; imports, and the ids of the
//! revision where it does not say them, are put above it.

use super::page::PageFile;
use std::path::Path;

/// The name of the one file of a block without `# file:` lines.
pub const ONLY_FILE: &str = "1a2b_example.py";

const IMPORTS: &str = "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\n\n";

/// The files as whole revisions, each after the one before it.
pub fn completed(files: Vec<PageFile>) -> Vec<PageFile> {
    let mut down = "None".to_owned();
    let complete = |file: PageFile| {
        if file.text.contains("revision = ") || !file.name.ends_with(".py") {
            return file;
        }
        let id = file.name.split('_').next().unwrap().to_owned();
        let mut head = format!("{IMPORTS}revision = \"{id}\"\ndown_revision = {down}\n\n\n");
        let mut text = file.text.clone();
        if !text.contains("def upgrade") {
            head.push_str("def upgrade():\n");
            text = indented(&text);
        }
        down = format!("\"{id}\"");
        PageFile { added: head.lines().count(), text: format!("{head}{text}"), ..file }
    };
    files.into_iter().map(complete).collect()
}

fn indented(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") };
    let body: String = text.lines().map(line).collect();
    format!("{body}\n\ndef downgrade():\n    pass\n")
}

/// An `env.py` that gives each revision a transaction (`each`), or puts one around all of them
/// (`outer`).
pub fn write_environment(folder: &Path, transaction: &str) {
    let text = match transaction {
        "each" => "context.configure(transaction_per_migration=True)\n",
        "outer" => {
            "with engine.begin() as connection:\n    context.configure(connection=connection)\n"
        }
        other => panic!("transaction={other}"),
    };
    std::fs::write(folder.join("env.py"), format!("from alembic import context\n\n{text}"))
        .unwrap();
}
