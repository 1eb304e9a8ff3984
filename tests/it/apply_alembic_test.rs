//! Alembic projects that are applied: the SQL that was judged runs, and `alembic_version` says what
//! Alembic would have written.

use crate::support::command::{Run, assert_code, folder, run, write};
use std::path::Path;
use tempfile::TempDir;

const INI: &str = "[alembic]\nscript_location = migrations\n";
const ENV: &str = "from alembic import context

def run_migrations_online():
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
";

fn revision(id: &str, parents: &str, up: &str, down: &str) -> String {
    format!(
        "\"\"\"{id}\"\"\"
from alembic import op
import sqlalchemy as sa

revision = \"{id}\"
down_revision = {parents}


def upgrade():
    {up}


def downgrade():
    {down}
"
    )
}

/// Accounts, then two branches that are merged by a revision that does nothing.
pub fn shop() -> TempDir {
    let folder = folder(&[("alembic.ini", INI), ("migrations/env.py", ENV)]);
    for (id, parents, up, down) in [
        (
            "a1accounts",
            "None",
            "op.create_table(\"accounts\", sa.Column(\"id\", sa.Integer, primary_key=True), sa.Column(\"email\", sa.String(80)))",
            "op.drop_table(\"accounts\")",
        ),
        (
            "b2tier",
            "\"a1accounts\"",
            "op.add_column(\"accounts\", sa.Column(\"tier\", sa.String(16)))",
            "op.drop_column(\"accounts\", \"tier\")",
        ),
        (
            "c3orders",
            "\"a1accounts\"",
            "op.create_table(\"orders\", sa.Column(\"id\", sa.Integer, primary_key=True), sa.Column(\"note\", sa.Text))\n    op.execute(\"INSERT INTO orders (id, note) VALUES (1, 'it''s')\")",
            "op.drop_table(\"orders\")",
        ),
        ("d4merge", "(\"b2tier\", \"c3orders\")", "pass", "pass"),
    ] {
        write(
            folder.path(),
            &format!("migrations/versions/{id}.py"),
            &revision(id, parents, up, down),
        );
    }
    folder
}

fn deploy(folder: &Path, more: &[&str]) -> Run {
    let mut arguments = vec!["lint", "--apply", "--database-url", "sqlite:shop.db"];
    arguments.extend(more);
    run(folder, &arguments)
}

fn on_database(folder: &Path, arguments: &[&str]) -> Run {
    let mut all = arguments.to_vec();
    all.extend(["--database-url", "sqlite:shop.db"]);
    run(folder, &all)
}

fn texts(folder: &Path, sql: &str) -> Vec<String> {
    let connection = rusqlite::Connection::open(folder.join("shop.db")).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn execute(folder: &Path, sql: &str) {
    rusqlite::Connection::open(folder.join("shop.db")).unwrap().execute_batch(sql).unwrap();
}

const HEADS: &str = "SELECT version_num FROM alembic_version ORDER BY 1";

#[test]
fn alembic_version_holds_the_heads_after_every_revision() {
    let folder = shop();
    assert_code(&deploy(folder.path(), &["--to", "a1accounts"]), 0);
    assert_eq!(texts(folder.path(), HEADS), ["a1accounts"]);
    assert_code(&deploy(folder.path(), &["--to", "b2tier"]), 0);
    assert_eq!(texts(folder.path(), HEADS), ["b2tier"]);
    assert_code(&deploy(folder.path(), &["--to", "c3orders"]), 0);
    assert_eq!(texts(folder.path(), HEADS), ["b2tier", "c3orders"]);
    assert_eq!(texts(folder.path(), "SELECT note FROM orders"), ["it's"]);
    assert_code(&deploy(folder.path(), &[]), 0);
    assert_eq!(texts(folder.path(), HEADS), ["d4merge"]);
    assert_code(&on_database(folder.path(), &["status", "--check"]), 0);
    let undone = on_database(
        folder.path(),
        &["rollback", "c3orders", "--allow-data-loss", "orders", "--fail-on", "never"],
    );
    assert_code(&undone, 0);
    assert_eq!(texts(folder.path(), HEADS), ["b2tier"]);
    assert_code(&deploy(folder.path(), &[]), 0);
    assert_eq!(texts(folder.path(), HEADS), ["d4merge"]);
}

#[test]
fn what_alembic_applied_is_adopted_when_that_is_asked_for() {
    let folder = shop();
    execute(
        folder.path(),
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
         INSERT INTO alembic_version VALUES ('b2tier');
         CREATE TABLE accounts (id INTEGER NOT NULL, email VARCHAR(80), tier VARCHAR(16), PRIMARY KEY (id));",
    );
    let refused = deploy(folder.path(), &[]);
    assert_code(&refused, 1);
    let told = "alembic_version says b2tier, and by the history of lockgate it is nothing";
    assert!(refused.out.contains(told) && refused.out.contains("--adopt"), "{}", refused.out);
    let status = on_database(folder.path(), &["status"]);
    assert!(status.out.contains(told), "{}", status.out);
    let done = deploy(folder.path(), &["--adopt"]);
    assert_code(&done, 0);
    let rows = "SELECT version || ' ' || kind || ' ' || coalesce(note, '-') FROM lockgate_history ORDER BY id";
    let adopted = "adopted: the table said b2tier";
    assert_eq!(
        texts(folder.path(), rows),
        [
            format!("a1accounts marked {adopted}"),
            format!("b2tier marked {adopted}"),
            "c3orders run -".to_owned(),
            "d4merge run -".to_owned(),
        ]
    );
    assert_eq!(texts(folder.path(), HEADS), ["d4merge"]);
}

#[test]
fn a_table_that_says_something_else_closes_the_gate() {
    let folder = shop();
    assert_code(&deploy(folder.path(), &["--to", "c3orders"]), 0);
    execute(folder.path(), "DELETE FROM alembic_version WHERE version_num = 'c3orders'");
    let refused = deploy(folder.path(), &[]);
    assert_code(&refused, 1);
    let told = "alembic_version says b2tier, and by the history of lockgate it is b2tier, c3orders";
    assert!(refused.out.contains(told), "{}", refused.out);
    assert!(refused.out.contains("nothing was applied"), "{}", refused.out);
    execute(folder.path(), "INSERT INTO alembic_version VALUES ('zz_unknown')");
    let unknown = deploy(folder.path(), &["--adopt"]);
    assert_code(&unknown, 2);
    assert!(unknown.err.contains("the table says zz_unknown"), "{}", unknown.err);
}

#[test]
fn a_version_that_is_marked_is_in_the_table_too() {
    let folder = shop();
    execute(
        folder.path(),
        "CREATE TABLE accounts (id INTEGER NOT NULL, email VARCHAR(80), PRIMARY KEY (id))",
    );
    assert_code(&deploy(folder.path(), &["--mark-applied", "a1accounts", "--to", "a1accounts"]), 0);
    assert_eq!(texts(folder.path(), HEADS), ["a1accounts"]);
    assert_code(&deploy(folder.path(), &[]), 0);
    assert_eq!(texts(folder.path(), HEADS), ["d4merge"]);
}

#[test]
fn the_name_of_the_table_is_read_from_env_or_asked_for() {
    let folder = shop();
    let env = |table: &str| {
        ENV.replace(
            "connection=connection",
            &format!("connection=connection, version_table={table}"),
        )
    };
    write(folder.path(), "migrations/env.py", &env("settings.TABLE"));
    let refused = deploy(folder.path(), &[]);
    assert_code(&refused, 2);
    assert!(refused.err.contains("by something that is not read"), "{}", refused.err);
    assert!(refused.err.contains("version_table="), "{}", refused.err);
    write(folder.path(), "migrations/env.py", &env("\"shop_version\""));
    assert_code(&deploy(folder.path(), &[]), 0);
    assert_eq!(texts(folder.path(), "SELECT version_num FROM shop_version"), ["d4merge"]);
}

/// Alembic commits each statement on SQLite.
#[test]
fn a_failure_in_the_middle_of_a_revision_is_gone_on_with() {
    let folder = shop();
    let last = |id: u8| {
        let up = format!(
            "op.execute(\"INSERT INTO orders (id) VALUES (2)\")\n    op.execute(\"INSERT INTO orders (id) VALUES ({id})\")"
        );
        revision("e5rows", "\"d4merge\"", &up, "pass")
    };
    write(folder.path(), "migrations/versions/e5rows.py", &last(1));
    let failed = deploy(folder.path(), &[]);
    assert_code(&failed, 3);
    assert!(failed.out.contains("e5rows.py:11: UNIQUE constraint failed"), "{}", failed.out);
    assert!(failed.out.contains("the next run goes on behind it"), "{}", failed.out);
    assert_eq!(texts(folder.path(), HEADS), ["d4merge"]);
    write(folder.path(), "migrations/versions/e5rows.py", &last(3));
    let done = deploy(folder.path(), &[]);
    assert_code(&done, 0);
    assert!(done.out.contains("1 statement was done by an earlier run"), "{}", done.out);
    let ids = "SELECT CAST(id AS text) FROM orders ORDER BY id";
    assert_eq!(texts(folder.path(), ids), ["1", "2", "3"]);
    assert_eq!(texts(folder.path(), HEADS), ["e5rows"]);
}

#[test]
fn what_cannot_be_told_from_the_python_is_not_run() {
    let folder = shop();
    let computed = revision("e5computed", "\"d4merge\"", "rebuild_search(op.get_bind())", "pass");
    write(folder.path(), "migrations/versions/e5computed.py", &computed);
    let refused = deploy(folder.path(), &["--fail-on", "never"]);
    assert_code(&refused, 1);
    assert!(refused.out.contains("e5computed.py:10: not understood"), "{}", refused.out);
    assert!(refused.out.contains("nothing was applied"), "{}", refused.out);
}
