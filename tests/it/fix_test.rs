//! `lint --fix` and `lint --diff` on real folders, one for each layout that has a way of its own.

use crate::support::command::{folder, run};
use crate::support::fixing::{fixed, map, texts};

const SHOP: &str = "CREATE TABLE coupons (code text PRIMARY KEY);\n\
CREATE TABLE orders (id bigint PRIMARY KEY, status text, coupon text);\n";
const TIMEOUT: &str = "[rules]\nmissing-lock-timeout = \"off\"\n";

/// The same with its way back, as dbmate has it.
fn dbmate_shop() -> String {
    format!("-- migrate:up\n{SHOP}\n-- migrate:down\nDROP TABLE orders;\nDROP TABLE coupons;\n")
}

#[test]
fn dbmate_marks_the_section_that_leaves_the_transaction() {
    let (changed, run) = fixed(&[
        ("db/migrations/20250101_shop.sql", &dbmate_shop()),
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

#[test]
fn sqlx_gets_its_first_line() {
    let (changed, _) = fixed(&[
        ("Cargo.toml", "[package]\nname = \"shop\"\n[dependencies]\nsqlx = \"0.8\"\n"),
        ("migrations/1_shop.up.sql", SHOP),
        ("migrations/1_shop.down.sql", "DROP TABLE orders;\nDROP TABLE coupons;\n"),
        ("migrations/2_status.up.sql", "CREATE INDEX orders_status_idx ON orders (status);\n"),
        ("migrations/2_status.down.sql", "DROP INDEX orders_status_idx;\n"),
        ("lockgate.toml", TIMEOUT),
    ]);
    let expected = map(&[
        (
            "migrations/2_status.up.sql",
            "-- no-transaction\nCREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);\n",
        ),
        (
            "migrations/2_status.down.sql",
            "-- no-transaction\nDROP INDEX CONCURRENTLY orders_status_idx;\n",
        ),
    ]);
    assert_eq!(changed, expected);
}

#[test]
fn diesel_gets_a_settings_file() {
    let (changed, _) = fixed(&[
        ("diesel.toml", "[migrations_directory]\ndir = \"migrations\"\n"),
        ("migrations/2025-01-01-000000_shop/up.sql", SHOP),
        ("migrations/2025-01-01-000000_shop/down.sql", "DROP TABLE orders;\nDROP TABLE coupons;\n"),
        (
            "migrations/2026-03-01-120000_status/up.sql",
            "CREATE INDEX orders_status_idx ON orders (status);\n",
        ),
        ("migrations/2026-03-01-120000_status/down.sql", "DROP INDEX orders_status_idx;\n"),
        ("lockgate.toml", TIMEOUT),
    ]);
    let folder = "migrations/2026-03-01-120000_status";
    assert_eq!(changed[&format!("{folder}/metadata.toml")], "run_in_transaction = false\n");
    let up = "CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);\n";
    assert_eq!(changed[&format!("{folder}/up.sql")], up);
    let down = "DROP INDEX CONCURRENTLY orders_status_idx;\n";
    assert_eq!(changed[&format!("{folder}/down.sql")], down);
}

#[test]
fn flyway_finds_out_by_itself() {
    let (changed, _) = fixed(&[
        ("sql/V1__shop.sql", SHOP),
        (
            "sql/V2__status.sql",
            "ALTER TABLE orders ADD COLUMN note text;\nCREATE INDEX orders_status_idx ON orders (status);\n",
        ),
        ("lockgate.toml", TIMEOUT),
    ]);
    let expected = map(&[
        ("sql/V2__status.sql", "ALTER TABLE orders ADD COLUMN note text;\n"),
        (
            "sql/V3__orders_status_idx.sql",
            "CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);\n",
        ),
    ]);
    assert_eq!(changed, expected);
}

#[test]
fn a_single_script_gets_another_beside_it() {
    let sql = "ALTER TABLE orders ADD COLUMN note text;\nCREATE INDEX orders_note_idx ON orders (note);\n";
    let folder = folder(&[("change.sql", sql), ("lockgate.toml", TIMEOUT)]);
    let run = run(
        folder.path(),
        &["lint", "--fix", "--unsafe-fixes", "change.sql", "--dialect", "postgres"],
    );
    let after = texts(folder.path());
    assert_eq!(after["change.sql"], "ALTER TABLE orders ADD COLUMN note text;\n", "{}", run.out);
    let made = "CREATE INDEX CONCURRENTLY orders_note_idx ON orders (note);\n";
    assert_eq!(after["change_orders_note_idx.sql"], made);
}

#[test]
fn constraints_are_validated_by_a_migration_of_their_own() {
    let (changed, run) = fixed(&[
        ("db/migrations/20250101_shop.sql", &dbmate_shop()),
        (
            "db/migrations/20260301_coupon.sql",
            "-- migrate:up\nALTER TABLE orders\n  ADD CONSTRAINT orders_coupon_fk FOREIGN KEY (coupon) REFERENCES coupons (code);\n\n-- migrate:down\nALTER TABLE orders DROP CONSTRAINT orders_coupon_fk;\n",
        ),
        ("lockgate.toml", TIMEOUT),
    ]);
    let expected = map(&[
        (
            "db/migrations/20260301_coupon.sql",
            "-- migrate:up\nALTER TABLE orders\n  ADD CONSTRAINT orders_coupon_fk FOREIGN KEY (coupon) REFERENCES coupons (code) NOT VALID;\n\n-- migrate:down\nALTER TABLE orders DROP CONSTRAINT orders_coupon_fk;\n",
        ),
        (
            "db/migrations/20260302_validate_orders_coupon_fk.sql",
            "-- migrate:up\nALTER TABLE orders VALIDATE CONSTRAINT orders_coupon_fk;\n\n-- migrate:down\n-- nothing to undo: the rows were only looked at\n",
        ),
    ]);
    assert_eq!(changed, expected);
    assert_eq!(run.code, 0, "what remains decides: {}", run.out);
}

#[test]
fn not_null_is_proved_by_a_migration_of_its_own() {
    let (changed, _) = fixed(&[
        ("m/0001_shop.up.sql", SHOP),
        ("m/0001_shop.down.sql", "DROP TABLE orders;\nDROP TABLE coupons;\n"),
        (
            "m/0002_status.up.sql",
            "ALTER TABLE orders ALTER COLUMN status SET NOT NULL, ADD COLUMN note text;\n",
        ),
        (
            "m/0002_status.down.sql",
            "ALTER TABLE orders DROP COLUMN note, ALTER COLUMN status DROP NOT NULL;\n",
        ),
        ("lockgate.toml", TIMEOUT),
    ]);
    let expected = map(&[
        (
            "m/0002_status.up.sql",
            "ALTER TABLE orders ADD CONSTRAINT orders_status_not_null CHECK (status IS NOT NULL) NOT VALID, ADD COLUMN note text;\n",
        ),
        (
            "m/0002_status.down.sql",
            "ALTER TABLE orders DROP COLUMN note, DROP CONSTRAINT orders_status_not_null;\n",
        ),
        (
            "m/0003_orders_status_not_null.up.sql",
            "ALTER TABLE orders VALIDATE CONSTRAINT orders_status_not_null;\nALTER TABLE orders ALTER COLUMN status SET NOT NULL;\nALTER TABLE orders DROP CONSTRAINT orders_status_not_null;\n",
        ),
        (
            "m/0003_orders_status_not_null.down.sql",
            "ALTER TABLE orders ALTER COLUMN status DROP NOT NULL;\nALTER TABLE orders ADD CONSTRAINT orders_status_not_null CHECK (status IS NOT NULL) NOT VALID;\n",
        ),
    ]);
    assert_eq!(changed, expected);
}

#[test]
fn safe_fixes_alone_are_applied_without_the_flag() {
    let up = "-- migrate:up\n-- lockgate: allow(drop-table) moved to the archive\nCREATE TABLE carts (id bigint PRIMARY KEY);\n\n-- migrate:down\nDROP TABLE carts;\n";
    let folder = folder(&[
        ("db/migrations/20250101_shop.sql", &dbmate_shop()),
        ("db/migrations/20260101_carts.sql", up),
        (
            "db/migrations/20260301_status.sql",
            "-- migrate:up\nCREATE INDEX orders_status_idx ON orders (status);\n-- migrate:down\n",
        ),
        ("lockgate.toml", TIMEOUT),
    ]);
    let before = texts(folder.path());
    let run = run(folder.path(), &["lint", "--fix"]);
    let after = texts(folder.path());
    let carts = "db/migrations/20260101_carts.sql";
    assert_eq!(
        after[carts],
        up.replace("-- lockgate: allow(drop-table) moved to the archive\n", "")
    );
    let status = "db/migrations/20260301_status.sql";
    assert_eq!(after[status], before[status]);
    assert_eq!(run.code, 1, "the index remains: {}", run.out);
    assert!(run.out.contains("fix   lockgate lint --fix --unsafe-fixes: build"), "{}", run.out);
}

#[test]
fn files_that_are_not_judged_are_not_edited() {
    let index =
        "-- migrate:up\nCREATE INDEX orders_status_idx ON orders (status);\n-- migrate:down\n";
    let folder = folder(&[
        ("db/migrations/20250101_shop.sql", &dbmate_shop()),
        ("db/migrations/20250201_status.sql", index),
        ("db/migrations/20260301_more.sql", &index.replace("status", "coupon")),
        ("lockgate.toml", TIMEOUT),
    ]);
    let named = "db/migrations/20260301_more.sql";
    run(folder.path(), &["lint", "--fix", "--unsafe-fixes", named]);
    let after = texts(folder.path());
    assert_eq!(after["db/migrations/20250201_status.sql"], index);
    assert!(after[named].contains("CONCURRENTLY"));
}

#[test]
fn line_ends_and_byte_order_marks_are_kept() {
    let folder = folder(&[
        ("m/0001_shop.up.sql", SHOP),
        (
            "m/0002_status.up.sql",
            "\u{feff}-- by status\r\nCREATE INDEX orders_status_idx ON orders (status);\r\nALTER TABLE orders ADD COLUMN note text;\r\n",
        ),
        ("lockgate.toml", TIMEOUT),
    ]);
    run(folder.path(), &["lint", "--fix", "--unsafe-fixes", "m"]);
    let after = texts(folder.path());
    let kept = "\u{feff}ALTER TABLE orders ADD COLUMN note text;\r\n";
    assert_eq!(after["m/0002_status.up.sql"], kept);
    let made =
        "-- by status\r\nCREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);\r\n";
    assert_eq!(after["m/0003_orders_status_idx.up.sql"], made);
}

#[test]
fn what_the_flags_need_is_said() {
    let folder = folder(&[("m/0001_shop.up.sql", SHOP)]);
    let alone = run(folder.path(), &["lint", "--unsafe-fixes"]);
    assert_eq!(alone.code, 2);
    assert!(alone.err.contains("add --diff to see them, or --fix to apply them"), "{}", alone.err);
    let stdin = run(folder.path(), &["lint", "--fix", "-"]);
    assert_eq!(stdin.code, 2);
    assert!(stdin.err.contains("standard input cannot be fixed"), "{}", stdin.err);
}

#[test]
fn json_tells_what_was_fixed() {
    let folder = folder(&[
        ("m/0001_shop.up.sql", SHOP),
        (
            "m/0002_status.up.sql",
            "CREATE INDEX orders_status_idx ON orders (status);\nALTER TABLE orders ADD COLUMN note text;\n",
        ),
        ("lockgate.toml", TIMEOUT),
    ]);
    let run = run(folder.path(), &["lint", "--fix", "--unsafe-fixes", "--format", "json", "m"]);
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        report["fixed"],
        serde_json::json!([{
            "rule": "non-concurrent-index",
            "message": "build the index while writers go on",
            "file": "m/0002_status.up.sql",
            "line": 1,
            "created": ["m/0003_orders_status_idx.up.sql"],
        }])
    );
}

#[cfg(unix)]
#[test]
fn links_and_permissions_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder(&[
        ("m/0001_shop.up.sql", SHOP),
        ("shared/status.sql", "CREATE INDEX orders_status_idx ON orders (status);\n"),
        ("lockgate.toml", TIMEOUT),
    ]);
    let real = folder.path().join("shared/status.sql");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("m/0002_status.up.sql");
    symlink("../shared/status.sql", &link).unwrap();
    run(folder.path(), &["lint", "--fix", "--unsafe-fixes", "m"]);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert!(std::fs::read_to_string(&real).unwrap().contains("CONCURRENTLY"));
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn ways_back_are_derived_from_ways_forward() {
    let (changed, _) = fixed(&[
        (
            "m/0001_shop.up.sql",
            "CREATE TABLE orders (id bigint PRIMARY KEY, status text DEFAULT 'new', total numeric(12,2) NOT NULL);\nCREATE INDEX orders_total_idx ON orders (total DESC) WHERE status <> 'new';\n",
        ),
        ("m/0001_shop.down.sql", "DROP TABLE orders;\n"),
        (
            "m/0002_later.up.sql",
            "CREATE TABLE carts (id bigint PRIMARY KEY);\nCREATE INDEX carts_id_idx ON carts (id);\nALTER TABLE orders ADD COLUMN note text;\nALTER TABLE orders ALTER COLUMN status SET DEFAULT 'open';\nALTER TABLE orders RENAME COLUMN status TO state;\nUPDATE orders SET note = '' WHERE id = 1;\nALTER TABLE orders DROP COLUMN total;\n",
        ),
        ("lockgate.toml", "fail-on = \"never\"\n[rules]\nmissing-lock-timeout = \"off\"\n"),
    ]);
    let down = "-- the values of orders.total are not restored; it was NOT NULL\n\
ALTER TABLE orders ADD COLUMN total numeric(12,2);\n\
CREATE INDEX orders_total_idx ON orders (total DESC) WHERE state <> 'new';\n\
-- the old values of orders are not restored\n\
ALTER TABLE orders RENAME COLUMN state TO status;\n\
ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'new';\n\
ALTER TABLE orders DROP COLUMN note;\n\
DROP TABLE carts;\n";
    assert_eq!(changed, map(&[("m/0002_later.down.sql", down)]));
}
