//! `lint --fix` on revisions: the Python that it writes is read and judged again.

use crate::support::fixing::{fixed, map};
use std::collections::BTreeMap;

const ENV: &str = "from alembic import context\n\n\ndef run_migrations_online():\n    with connectable.connect() as connection:\n        context.configure(connection=connection)\n        with context.begin_transaction():\n            context.run_migrations()\n";
const TIMEOUT: &str = "fail-on = \"never\"\n[rules]\nmissing-lock-timeout = \"off\"\nbrief-lock = \"off\"\n[[project]]\npath = \"db\"\ndialect = \"postgres\"\n";
const SHOP: &str = r#"from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("coupons", sa.Column("code", sa.Text(), primary_key=True))
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("status", sa.String(length=20), server_default="new", nullable=False),
        sa.Column("total", sa.Numeric(12, 2), nullable=False),
        sa.Column("coupon", sa.Text()),
    )
    op.create_index("ix_orders_total", "orders", ["total"])


def downgrade():
    op.drop_table("orders")
    op.drop_table("coupons")
"#;

/// What is fixed in a project of the shop and one more revision.
fn fixed_revision(name: &str, body: &str) -> BTreeMap<String, String> {
    let head = "from alembic import op\nimport sqlalchemy as sa\n\nrevision = \"0002\"\ndown_revision = \"0001\"\n\n\n";
    let text = format!("{head}{body}");
    let path = format!("db/versions/{name}.py");
    let files = [
        ("db/env.py", ENV),
        ("db/versions/0001_shop.py", SHOP),
        (path.as_str(), text.as_str()),
        ("lockgate.toml", TIMEOUT),
    ];
    let (changed, _) = fixed(&files);
    let bare = |(path, text): (String, String)| {
        let bare = text.strip_prefix(head).map(str::to_owned);
        (path, bare.unwrap_or(text))
    };
    changed.into_iter().map(bare).collect()
}

#[test]
fn indexes_are_made_and_dropped_outside_of_the_transaction() {
    let changed = fixed_revision(
        "0002_status",
        r#"def upgrade():
    op.create_index("ix_orders_status", "orders", ["status"])
    op.create_index(
        "ix_orders_coupon",
        "orders",
        ["coupon"],
    )


def downgrade():
    op.drop_index("ix_orders_coupon", table_name="orders")  # by coupon
    op.drop_index("ix_orders_status", table_name="orders")
"#,
    );
    let expected = r#"def upgrade():
    with op.get_context().autocommit_block():
        op.create_index("ix_orders_status", "orders", ["status"], postgresql_concurrently=True)
        op.create_index(
            "ix_orders_coupon",
            "orders",
            ["coupon"],
            postgresql_concurrently=True,
        )


def downgrade():
    with op.get_context().autocommit_block():
        op.drop_index("ix_orders_coupon", table_name="orders", postgresql_concurrently=True)  # by coupon
        op.drop_index("ix_orders_status", table_name="orders", postgresql_concurrently=True)
"#;
    assert_eq!(changed, map(&[("db/versions/0002_status.py", expected)]));
}

#[test]
fn an_index_that_is_not_alone_gets_a_revision_of_its_own() {
    let changed = fixed_revision(
        "0002_note",
        r#"def upgrade():
    op.add_column("orders", sa.Column("note", sa.Text()))
    op.create_index(op.f("ix_orders_note"), "orders", [sa.text("lower(note)")])


def downgrade():
    op.drop_index(op.f("ix_orders_note"), table_name="orders")
    op.drop_column("orders", "note")
"#,
    );
    let note = r#"def upgrade():
    op.add_column("orders", sa.Column("note", sa.Text()))


def downgrade():
    op.drop_column("orders", "note")
"#;
    let index = r#""""ix orders note

Revision ID: 0003
Revises: 0002
"""
from alembic import op
import sqlalchemy as sa

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    with op.get_context().autocommit_block():
        op.create_index(op.f("ix_orders_note"), "orders", [sa.text("lower(note)")], postgresql_concurrently=True)


def downgrade():
    with op.get_context().autocommit_block():
        op.drop_index(op.f("ix_orders_note"), table_name="orders", postgresql_concurrently=True)
"#;
    let expected =
        map(&[("db/versions/0002_note.py", note), ("db/versions/0003_ix_orders_note.py", index)]);
    assert_eq!(changed, expected);
}

#[test]
fn sql_in_a_directive_is_made_concurrent_too() {
    let changed = fixed_revision(
        "0002_status",
        r#"def upgrade():
    op.execute("CREATE INDEX ix_orders_status ON orders (status)")


def downgrade():
    op.execute("DROP INDEX ix_orders_status")
"#,
    );
    let expected = r#"def upgrade():
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY ix_orders_status ON orders (status)")


def downgrade():
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY ix_orders_status")
"#;
    assert_eq!(changed, map(&[("db/versions/0002_status.py", expected)]));
}

#[test]
fn constraints_are_validated_by_a_revision_of_their_own() {
    let changed = fixed_revision(
        "0002_coupon",
        r#"def upgrade():
    op.create_foreign_key(
        "orders_coupon_fk", "orders", "coupons", ["coupon"], ["code"]
    )


def downgrade():
    op.drop_constraint("orders_coupon_fk", "orders", type_="foreignkey")
"#,
    );
    let coupon = r#"def upgrade():
    op.create_foreign_key(
        "orders_coupon_fk", "orders", "coupons", ["coupon"], ["code"], postgresql_not_valid=True
    )


def downgrade():
    op.drop_constraint("orders_coupon_fk", "orders", type_="foreignkey")
"#;
    let validate = r#""""validate orders coupon fk

Revision ID: 0003
Revises: 0002
"""
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT orders_coupon_fk")


def downgrade():
    # nothing to undo: the rows were only looked at
    pass
"#;
    let expected = map(&[
        ("db/versions/0002_coupon.py", coupon),
        ("db/versions/0003_validate_orders_coupon_fk.py", validate),
    ]);
    assert_eq!(changed, expected);
}

#[test]
fn columns_get_a_default_that_the_server_knows() {
    let changed = fixed_revision(
        "0002_columns",
        r#"def upgrade():
    op.add_column("orders", sa.Column("gift", sa.Boolean(), nullable=False))
    op.add_column("orders", sa.Column("parts", sa.Integer(), default=1, nullable=False))


def downgrade():
    op.drop_column("orders", "parts")
    op.drop_column("orders", "gift")
"#,
    );
    let text = &changed["db/versions/0002_columns.py"];
    let gift = r#"sa.Column("gift", sa.Boolean(), nullable=False, server_default=sa.false())"#;
    assert!(text.contains(gift), "{text}");
    let parts =
        r#"sa.Column("parts", sa.Integer(), default=1, nullable=False, server_default="1")"#;
    assert!(text.contains(parts), "{text}");
}

const UPGRADE: &str = r#"def upgrade():
    op.create_table(
        "carts",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("token", sa.Text(), index=True),
    )
    op.add_column("orders", sa.Column("note", sa.Text()))
    op.alter_column("orders", "status", server_default="open", existing_type=sa.String(20))
    op.alter_column("orders", "status", new_column_name="state")
    # lockgate: allow(blocking-unique) orders are few
    op.create_unique_constraint("orders_note_key", "orders", ["note"])
    op.execute("UPDATE orders SET note = '' WHERE id = 1")
    op.drop_column("orders", "total")
    op.drop_table("coupons")
"#;

const DOWNGRADE: &str = r#"def downgrade():
    # the rows are not restored
    op.create_table(
        "coupons",
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="coupons_pkey"),
    )
    # the values of orders.total are not restored; it was NOT NULL
    op.add_column("orders", sa.Column("total", sa.Numeric(precision=12, scale=2), nullable=True))
    op.create_index("ix_orders_total", "orders", ["total"], unique=False)
    # the old values of orders are not restored
    op.drop_constraint("orders_note_key", "orders", type_="unique")
    op.alter_column("orders", "state", new_column_name="status")
    op.alter_column("orders", "status", server_default=sa.text("'new'"))
    op.drop_column("orders", "note")
    op.drop_table("carts")
"#;

#[test]
fn ways_back_are_derived_where_there_is_none() {
    let changed = fixed_revision("0002_later", UPGRADE);
    let text = &changed["db/versions/0002_later.py"];
    assert!(text.ends_with(DOWNGRADE), "{text}");
}

#[test]
fn ways_back_that_do_nothing_are_written() {
    for idle in ["    pass\n", "    \"\"\"Back.\"\"\"\n", "    \"\"\"Back.\"\"\"\n    pass\n"] {
        let changed =
            fixed_revision("0002_later", &format!("{UPGRADE}\n\ndef downgrade():\n{idle}"));
        let text = &changed["db/versions/0002_later.py"];
        let body = DOWNGRADE.strip_prefix("def downgrade():\n").unwrap();
        assert!(text.ends_with(body), "{idle}: {text}");
        assert!(!text.contains("pass"), "{idle}: {text}");
        assert_eq!(text.contains("Back."), idle.contains("Back."), "{text}");
    }
    let on_one_line =
        fixed_revision("0002_later", &format!("{UPGRADE}\n\ndef downgrade(): pass\n"));
    assert!(
        on_one_line["db/versions/0002_later.py"].ends_with(&DOWNGRADE.replacen(":\n", ": \n", 1))
    );
}

#[test]
fn checks_are_validated_later_under_ids_that_are_no_numbers() {
    let shop = SHOP.replace("\"0001\"", "\"9c1e4b7a2d50\"");
    let revision = "from alembic import op\n\nrevision = \"3f5a6b7c8d9e\"\ndown_revision = \"9c1e4b7a2d50\"\n\n\ndef upgrade():\n    op.create_check_constraint(\"orders_total_positive\", \"orders\", \"total > 0\")\n\n\ndef downgrade():\n    op.drop_constraint(\"orders_total_positive\", \"orders\", type_=\"check\")\n";
    let env = ENV.replace(
        "(connection=connection)",
        "(connection=connection, transaction_per_migration=True)",
    );
    let (changed, _) = fixed(&[
        ("db/env.py", &env),
        ("db/versions/2026_01_10_9c1e4b7a2d50_shop.py", &shop),
        ("db/versions/2026_03_01_3f5a6b7c8d9e_total.py", revision),
        ("lockgate.toml", TIMEOUT),
    ]);
    let total = &changed["db/versions/2026_03_01_3f5a6b7c8d9e_total.py"];
    assert!(total.contains("\"total > 0\", postgresql_not_valid=True)"), "{total}");
    let made = changed.keys().find(|path| path.contains("validate")).unwrap();
    let text = &changed[made];
    let id = made.strip_prefix("db/versions/2026_03_01_").unwrap().split('_').next().unwrap();
    assert!(id.len() == 12 && text.contains(&format!("revision = \"{id}\"\n")), "{made}: {text}");
    assert!(text.contains("down_revision = \"3f5a6b7c8d9e\""), "{text}");
    // Each revision has a transaction of its own: the lock is gone when this one runs.
    assert!(!text.contains("autocommit_block"), "{text}");
}

#[test]
fn mysql_is_told_what_the_column_is() {
    let revision = "from alembic import op\nimport sqlalchemy as sa\n\nrevision = \"0002\"\ndown_revision = \"0001\"\n\n\ndef upgrade():\n    op.alter_column(\"orders\", \"status\", new_column_name=\"state\")\n\n\ndef downgrade():\n    op.alter_column(\"orders\", \"state\", new_column_name=\"status\", existing_type=sa.String(20), existing_nullable=False, existing_server_default=\"new\")\n";
    let shop = SHOP.replace("sa.Column(\"code\", sa.Text(),", "sa.Column(\"code\", sa.String(20),");
    let (changed, _) = fixed(&[
        ("db/env.py", ENV),
        ("db/versions/0001_shop.py", &shop),
        ("db/versions/0002_state.py", revision),
        ("lockgate.toml", &TIMEOUT.replace("\"postgres\"", "\"mysql\"")),
    ]);
    let text = &changed["db/versions/0002_state.py"];
    let call = "op.alter_column(\"orders\", \"status\", new_column_name=\"state\", existing_type=sa.String(length=20), existing_nullable=False, existing_server_default=sa.text(\"'new'\"))";
    assert!(text.contains(call), "{text}");
}

#[test]
fn statements_that_sqlite_refuses_together_are_sent_one_by_one() {
    let revision = "from alembic import op\n\nrevision = \"0002\"\ndown_revision = \"0001\"\n\n\ndef upgrade():\n    op.execute(\"UPDATE orders SET total = 0 WHERE id = 1; UPDATE orders SET total = 1 WHERE id = 2;\")\n\n\ndef downgrade():\n    op.execute(\"UPDATE orders SET status = 'a:b' WHERE id = 1 AND status = ':new'\")\n";
    let (changed, _) = fixed(&[
        ("db/env.py", ENV),
        ("db/versions/0001_shop.py", SHOP),
        ("db/versions/0002_totals.py", revision),
        ("lockgate.toml", &TIMEOUT.replace("\"postgres\"", "\"sqlite\"")),
    ]);
    let text = &changed["db/versions/0002_totals.py"];
    let split = "    op.execute(\"UPDATE orders SET total = 0 WHERE id = 1\")\n    op.execute(\"UPDATE orders SET total = 1 WHERE id = 2\")\n";
    assert!(text.contains(split), "{text}");
    assert!(text.contains("status = 'a:b' WHERE id = 1 AND status = '\\\\:new'"), "{text}");
}

const REVISION: &str = r#""""{title}

Revision ID: 0003
Revises: 0002
"""
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


"#;

/// The revision that makes the key of an index that is there.
const ATTACH: &str = r#"def upgrade():
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE orders ADD CONSTRAINT orders_coupon_key UNIQUE USING INDEX orders_coupon_key")


def downgrade():
    op.execute("ALTER TABLE orders DROP CONSTRAINT orders_coupon_key")
"#;

#[test]
fn a_unique_key_becomes_its_index_and_gets_a_revision() {
    for (add, drop) in [
        (
            r#"op.create_unique_constraint("orders_coupon_key", "orders", ["coupon"])"#,
            r#"op.drop_constraint("orders_coupon_key", "orders", type_="unique")"#,
        ),
        (
            r#"op.execute("ALTER TABLE orders ADD CONSTRAINT orders_coupon_key UNIQUE (coupon)")"#,
            r#"op.execute("ALTER TABLE orders DROP CONSTRAINT orders_coupon_key")"#,
        ),
    ] {
        let body = format!("def upgrade():\n    {add}\n\n\ndef downgrade():\n    {drop}\n");
        let changed = fixed_revision("0002_coupon", &body);
        let build = r#"def upgrade():
    with op.get_context().autocommit_block():
        op.execute("CREATE UNIQUE INDEX CONCURRENTLY orders_coupon_key ON orders (coupon)")


def downgrade():
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS orders_coupon_key")
"#;
        let head = REVISION.replace("{title}", "orders coupon key unique");
        let expected = map(&[
            ("db/versions/0002_coupon.py", build),
            ("db/versions/0003_orders_coupon_key_unique.py", &format!("{head}{ATTACH}")),
        ]);
        assert_eq!(changed, expected);
    }
}

#[test]
fn a_unique_key_among_others_gets_two_revisions() {
    let changed = fixed_revision(
        "0002_note",
        r#"def upgrade():
    op.add_column("orders", sa.Column("note", sa.Text()))
    op.create_unique_constraint("orders_coupon_key", "orders", ["coupon"])


def downgrade():
    op.drop_constraint("orders_coupon_key", "orders", type_="unique")
    op.drop_column("orders", "note")
"#,
    );
    let note = r#"def upgrade():
    op.add_column("orders", sa.Column("note", sa.Text()))


def downgrade():
    op.drop_column("orders", "note")
"#;
    let build = r#"def upgrade():
    with op.get_context().autocommit_block():
        op.execute("CREATE UNIQUE INDEX CONCURRENTLY orders_coupon_key ON orders (coupon)")


def downgrade():
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS orders_coupon_key")
"#;
    let head = REVISION.replace("{title}", "orders coupon key index");
    let next = REVISION
        .replace("{title}", "orders coupon key unique")
        .replace("0003", "0004")
        .replace("0002", "0003");
    let expected = map(&[
        ("db/versions/0002_note.py", note),
        ("db/versions/0003_orders_coupon_key_index.py", &format!("{head}{build}")),
        ("db/versions/0004_orders_coupon_key_unique.py", &format!("{next}{ATTACH}")),
    ]);
    assert_eq!(changed, expected);
}

#[test]
fn an_index_that_a_column_asks_for_gets_a_revision_of_its_own() {
    let changed = fixed_revision(
        "0002_note",
        r#"def upgrade():
    op.add_column("orders", sa.Column("note", sa.Text(), index=True, nullable=True))


def downgrade():
    op.drop_column("orders", "note")
"#,
    );
    let note = r#"def upgrade():
    op.add_column("orders", sa.Column("note", sa.Text(), nullable=True))


def downgrade():
    op.drop_column("orders", "note")
"#;
    assert_eq!(changed.get("db/versions/0002_note.py").map(String::as_str), Some(note));
    let index = changed.get("db/versions/0003_ix_orders_note.py").expect("a revision that follows");
    assert!(index.contains("autocommit_block()"), "{index}");
    assert!(index.contains("CREATE INDEX CONCURRENTLY ix_orders_note ON orders (note)"), "{index}");
    assert!(index.contains("DROP INDEX CONCURRENTLY ix_orders_note"), "{index}");
}

#[test]
fn a_unique_key_that_a_column_asks_for_is_built_first() {
    let changed = fixed_revision(
        "0002_code",
        r#"def upgrade():
    op.add_column("orders", sa.Column("code", sa.Text(), unique=True))


def downgrade():
    op.drop_column("orders", "code")
"#,
    );
    let code = r#"def upgrade():
    op.add_column("orders", sa.Column("code", sa.Text()))


def downgrade():
    op.drop_column("orders", "code")
"#;
    assert_eq!(changed.get("db/versions/0002_code.py").map(String::as_str), Some(code));
    let made: Vec<&String> =
        changed.values().filter(|text| text.contains("orders_code_key")).collect();
    assert_eq!(made.len(), 2, "{changed:?}");
    assert!(made.iter().any(|text| {
        text.contains("CREATE UNIQUE INDEX CONCURRENTLY orders_code_key ON orders (code)")
    }));
    assert!(made.iter().any(|text| {
        text.contains("ADD CONSTRAINT orders_code_key UNIQUE USING INDEX orders_code_key")
    }));
}
