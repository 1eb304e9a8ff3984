//! Alembic projects that are applied to PostgreSQL: one transaction for the run, as Alembic has it,
//! `alembic_version` in it.

use crate::apply_alembic_test::shop;
use crate::support::command::{Run, assert_code, run, write};
use crate::support::servers::{Database, NEWEST, OLDEST, server};
use std::path::Path;

fn deploy(folder: &Path, database: &Database, more: &[&str]) -> Run {
    let url = database.url();
    let mut arguments = vec!["lint", "--apply", "--database-url", &url];
    arguments.extend(more);
    run(folder, &arguments)
}

const HEADS: &str = "SELECT coalesce(string_agg(version_num, ',' ORDER BY version_num), 'none') FROM alembic_version";

#[test]
fn a_run_is_one_transaction_with_alembics_own_row_in_it() {
    for major in [OLDEST, NEWEST] {
        let folder = shop();
        let mut database = server(major).database("alembic");
        let broken = "\"\"\"broken\"\"\"
from alembic import op

revision = \"e5broken\"
down_revision = \"d4merge\"


def upgrade():
    op.execute(\"INSERT INTO orders (id) VALUES (1)\")


def downgrade():
    op.execute(\"DELETE FROM orders WHERE id = 1\")
";
        write(folder.path(), "migrations/versions/e5broken.py", broken);
        let failed = deploy(folder.path(), &database, &[]);
        assert_code(&failed, 3);
        assert!(failed.out.contains("e5broken.py:9: duplicate key"), "{}", failed.out);
        assert_eq!(database.one(HEADS), "none");
        assert_eq!(database.one("SELECT coalesce(to_regclass('orders')::text, 'none')"), "none");
        let mended = broken.replace("VALUES (1)", "VALUES (2)").replace("id = 1", "id = 2");
        write(folder.path(), "migrations/versions/e5broken.py", &mended);
        assert_code(&deploy(folder.path(), &database, &[]), 0);
        assert_eq!(database.one(HEADS), "e5broken");
        assert_eq!(
            database
                .one("SELECT string_agg(id || coalesce(note, '-'), ',' ORDER BY id) FROM orders"),
            "1it's,2-"
        );
        let key = "SELECT string_agg(conname::text, ',') FROM pg_constraint WHERE conrelid = 'alembic_version'::regclass AND contype = 'p'";
        assert_eq!(database.one(key), "alembic_version_pkc");
        let url = database.url();
        let undone =
            run(folder.path(), &["rollback", "-1", "--fail-on", "never", "--database-url", &url]);
        assert_code(&undone, 0);
        assert_eq!(database.one(HEADS), "d4merge");
    }
}

#[test]
fn an_index_outside_the_transaction_is_built_and_recorded() {
    let folder = shop();
    let index = "\"\"\"index\"\"\"
from alembic import op

revision = \"e5index\"
down_revision = \"d4merge\"


def upgrade():
    with op.get_context().autocommit_block():
        op.create_index(\"ix_orders_note\", \"orders\", [\"note\"], postgresql_concurrently=True)


def downgrade():
    with op.get_context().autocommit_block():
        op.drop_index(\"ix_orders_note\", \"orders\", postgresql_concurrently=True)
";
    write(folder.path(), "migrations/versions/e5index.py", index);
    let mut database = server(NEWEST).database("alembic");
    assert_code(&deploy(folder.path(), &database, &[]), 0);
    assert_eq!(database.one(HEADS), "e5index");
    let valid =
        "SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'ix_orders_note'::regclass";
    assert_eq!(database.one(valid), "true");
    let url = database.url();
    assert_code(&run(folder.path(), &["rollback", "-1", "--database-url", &url]), 0);
    assert_eq!(database.one(HEADS), "d4merge");
}
