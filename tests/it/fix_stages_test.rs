//! `lint --fix` on constraints: each becomes several migrations, none of which makes anyone wait
//! for long.

use crate::support::command::Run;
use crate::support::fixing::{fixed, map};
use std::collections::BTreeMap;

const SHOP: &str = "CREATE TABLE tiers (code text PRIMARY KEY);\n\
CREATE TABLE orders (id bigint, number text NOT NULL, total numeric);\n";
const UNSHOP: &str = "DROP TABLE orders;\nDROP TABLE tiers;\n";
const SETTINGS: &str = "fail-on = \"never\"\n[rules]\nmissing-lock-timeout = \"off\"\nmany-exclusive-locks = \"off\"\nunique-may-fail-on-duplicates = \"off\"\nbrief-lock = \"off\"\n";

/// What changes in a history of the shop and one more migration, in golang-migrate's files.
pub(super) fn fixed_pair(up: &str, down: &str) -> (BTreeMap<String, String>, Run) {
    fixed(&[
        ("m/0001_shop.up.sql", SHOP),
        ("m/0001_shop.down.sql", UNSHOP),
        ("m/0002_change.up.sql", up),
        ("m/0002_change.down.sql", down),
        ("lockgate.toml", SETTINGS),
    ])
}

const ADD: &str = "ALTER TABLE orders ADD CONSTRAINT orders_number_key UNIQUE (number);\n";
const DROP: &str = "ALTER TABLE orders DROP CONSTRAINT orders_number_key;\n";
const BUILD: &str = "CREATE UNIQUE INDEX CONCURRENTLY orders_number_key ON orders (number);\n";
const UNBUILD: &str = "DROP INDEX CONCURRENTLY IF EXISTS orders_number_key;\n";
const ATTACH: &str =
    "ALTER TABLE orders ADD CONSTRAINT orders_number_key UNIQUE USING INDEX orders_number_key;\n";

#[test]
fn a_unique_key_that_is_alone_becomes_its_index() {
    let (changed, run) = fixed_pair(ADD, DROP);
    let expected = map(&[
        ("m/0002_change.up.sql", BUILD),
        ("m/0002_change.down.sql", UNBUILD),
        ("m/0003_orders_number_key_unique.up.sql", ATTACH),
        ("m/0003_orders_number_key_unique.down.sql", DROP),
    ]);
    assert_eq!(changed, expected);
    assert!(run.out.contains("fixed[blocking-unique]: m/0002_change.up.sql:1: build the index while everyone goes on, and make it the key's in a migration of its own\n"), "{}", run.out);
    assert!(run.out.contains("nothing to report"), "nothing is left: {}", run.out);
}

#[test]
fn a_unique_key_among_others_gets_two_migrations() {
    let expected = map(&[
        ("m/0002_change.up.sql", "ALTER TABLE orders ADD COLUMN note text;\n"),
        ("m/0002_change.down.sql", "ALTER TABLE orders DROP COLUMN note;\n"),
        ("m/0003_orders_number_key_index.up.sql", BUILD),
        ("m/0003_orders_number_key_index.down.sql", UNBUILD),
        ("m/0004_orders_number_key_unique.up.sql", ATTACH),
        ("m/0004_orders_number_key_unique.down.sql", DROP),
    ]);
    let note = "ALTER TABLE orders ADD COLUMN note text";
    let (joined, _) = fixed_pair(
        &format!("{note},\n  ADD CONSTRAINT orders_number_key UNIQUE (number);\n"),
        "ALTER TABLE orders DROP CONSTRAINT orders_number_key, DROP COLUMN note;\n",
    );
    assert_eq!(joined, expected);
    let (apart, _) = fixed_pair(
        &format!("{note};\n{ADD}"),
        &format!("{DROP}ALTER TABLE orders DROP COLUMN note;\n"),
    );
    assert_eq!(apart, expected);
}

#[test]
fn a_key_that_a_later_statement_needs_stays() {
    let upsert =
        "INSERT INTO orders (id, number) VALUES (1, 'A') ON CONFLICT (number) DO NOTHING;\n";
    let (changed, _) = fixed_pair(&format!("{ADD}{upsert}"), DROP);
    assert_eq!(changed, BTreeMap::new());
}

#[test]
fn a_primary_key_is_proved_and_built_before_it_is_added() {
    let (changed, run) = fixed_pair(
        "ALTER TABLE orders ADD PRIMARY KEY (id);\n",
        "ALTER TABLE orders DROP CONSTRAINT orders_pkey;\n",
    );
    let proof = "ADD CONSTRAINT orders_id_not_null CHECK (id IS NOT NULL) NOT VALID;\n";
    let alter = |change: &str| format!("ALTER TABLE orders {change}");
    let prove = [
        alter("VALIDATE CONSTRAINT orders_id_not_null;\n"),
        alter("ALTER COLUMN id SET NOT NULL;\n"),
        alter("DROP CONSTRAINT orders_id_not_null;\n"),
    ];
    let back = [alter("ALTER COLUMN id DROP NOT NULL;\n"), alter(proof)];
    let expected = map(&[
        ("m/0002_change.up.sql", &alter(proof)),
        ("m/0002_change.down.sql", &alter("DROP CONSTRAINT orders_id_not_null;\n")),
        ("m/0003_orders_id_not_null.up.sql", &prove.concat()),
        ("m/0003_orders_id_not_null.down.sql", &back.concat()),
        (
            "m/0004_orders_pkey_index.up.sql",
            "CREATE UNIQUE INDEX CONCURRENTLY orders_pkey ON orders (id);\n",
        ),
        ("m/0004_orders_pkey_index.down.sql", "DROP INDEX CONCURRENTLY IF EXISTS orders_pkey;\n"),
        (
            "m/0005_orders_pkey_primary_key.up.sql",
            &alter("ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_pkey;\n"),
        ),
        ("m/0005_orders_pkey_primary_key.down.sql", &alter("DROP CONSTRAINT orders_pkey;\n")),
    ]);
    assert_eq!(changed, expected);
    assert!(run.out.contains("nothing to report"), "nothing is left: {}", run.out);
}

#[test]
fn constraints_that_come_with_a_column_follow_it() {
    let (changed, _) = fixed_pair(
        "ALTER TABLE orders\n  ADD COLUMN code text CONSTRAINT code_is_short CHECK (length(code) < 9) UNIQUE,\n  ADD COLUMN tier text DEFAULT 'basic' REFERENCES tiers (code) ON DELETE SET NULL;\n",
        "ALTER TABLE orders DROP COLUMN tier, DROP COLUMN code;\n",
    );
    let up = "ALTER TABLE orders\n  ADD COLUMN code text, ADD CONSTRAINT code_is_short CHECK (length(code) < 9) NOT VALID,\n  ADD COLUMN tier text DEFAULT 'basic', ADD CONSTRAINT orders_tier_fkey FOREIGN KEY (tier) REFERENCES tiers (code) ON DELETE SET NULL NOT VALID;\n";
    assert_eq!(changed["m/0002_change.up.sql"], up);
    assert!(!changed.contains_key("m/0002_change.down.sql"));
    let all: String = changed.values().map(String::as_str).collect();
    for later in [
        "ALTER TABLE orders VALIDATE CONSTRAINT code_is_short;\n",
        "ALTER TABLE orders VALIDATE CONSTRAINT orders_tier_fkey;\n",
        "CREATE UNIQUE INDEX CONCURRENTLY orders_code_key ON orders (code);\n",
        "ALTER TABLE orders ADD CONSTRAINT orders_code_key UNIQUE USING INDEX orders_code_key;\n",
        "CREATE INDEX CONCURRENTLY orders_tier_idx ON orders (tier);\n",
    ] {
        assert!(all.contains(later), "{later}{all}");
    }
}

#[test]
fn layouts_mark_the_migration_that_builds_the_index() {
    let dbmate = |up: &str, down: &str, marker: &str| {
        format!("-- migrate:up{marker}\n{up}\n-- migrate:down{marker}\n{down}")
    };
    let (changed, _) = fixed(&[
        ("db/migrations/20250101_shop.sql", &dbmate(SHOP, UNSHOP, "")),
        ("db/migrations/20260301_number.sql", &dbmate(ADD, DROP, "")),
        ("lockgate.toml", SETTINGS),
    ]);
    let build = dbmate(BUILD, UNBUILD, " transaction:false");
    let attach = dbmate(ATTACH, DROP, "");
    let expected = map(&[
        ("db/migrations/20260301_number.sql", build.as_str()),
        ("db/migrations/20260302_orders_number_key_unique.sql", &attach),
    ]);
    assert_eq!(changed, expected);

    let (changed, _) = fixed(&[
        ("sql/V1__shop.sql", SHOP),
        ("sql/V2__number.sql", ADD),
        ("lockgate.toml", SETTINGS),
    ]);
    let expected =
        map(&[("sql/V2__number.sql", BUILD), ("sql/V3__orders_number_key_unique.sql", ATTACH)]);
    assert_eq!(changed, expected);

    let (changed, _) = fixed(&[
        ("Cargo.toml", "[package]\nname = \"shop\"\n[dependencies]\nsqlx = \"0.8\"\n"),
        ("migrations/1_shop.sql", SHOP),
        ("migrations/2_number.sql", ADD),
        ("lockgate.toml", SETTINGS),
    ]);
    let build = format!("-- no-transaction\n{BUILD}");
    let expected = map(&[
        ("migrations/2_number.sql", build.as_str()),
        ("migrations/3_orders_number_key_unique.sql", ATTACH),
    ]);
    assert_eq!(changed, expected);
}

#[test]
fn what_stands_beside_the_key_keeps_its_migration() {
    let goose = |up: &str, down: &str| format!("-- +goose Up\n{up}\n-- +goose Down\n{down}");
    let note = "ALTER TABLE orders ADD COLUMN note text;\n";
    let unnote = "ALTER TABLE orders DROP COLUMN note;\n";
    let both = goose(&[note, ADD].concat(), &[DROP, unnote].concat());
    let (changed, _) = fixed(&[
        ("m/00001_shop.sql", &goose(SHOP, UNSHOP)),
        ("m/00002_number.sql", &both),
        ("lockgate.toml", SETTINGS),
    ]);
    let build = format!("-- +goose NO TRANSACTION\n{}", goose(BUILD, UNBUILD));
    let (note, attach) = (goose(note, unnote), goose(ATTACH, DROP));
    let expected = map(&[
        ("m/00002_number.sql", note.as_str()),
        ("m/00003_orders_number_key_index.sql", &build),
        ("m/00004_orders_number_key_unique.sql", &attach),
    ]);
    assert_eq!(changed, expected);
}

#[test]
fn a_migration_in_a_directory_is_followed_by_another() {
    let (changed, _) = fixed(&[
        ("prisma/migrations/migration_lock.toml", "provider = \"postgresql\"\n"),
        ("prisma/migrations/20250101000000_shop/migration.sql", SHOP),
        ("prisma/migrations/20260301000000_number/migration.sql", ADD),
        ("lockgate.toml", SETTINGS),
    ]);
    let expected = map(&[
        ("prisma/migrations/20260301000000_number/migration.sql", BUILD),
        ("prisma/migrations/20260301000001_orders_number_key_unique/migration.sql", ATTACH),
    ]);
    assert_eq!(changed, expected);
}

#[test]
fn stages_are_planned_one_after_the_other() {
    let plan = |more: &str| {
        format!(
            "%syntax-version=1.0.0\n%project=shop\n\nshop 2025-01-10T08:30:00Z Ada <ada@example.com> # shop\nnumber [shop] 2026-03-01T08:30:00Z Ada <ada@example.com> # number\n{more}"
        )
    };
    let own = |body: &str| format!("BEGIN;\n\n{body}\nCOMMIT;\n");
    let note = "ALTER TABLE orders ADD COLUMN note text;\n";
    let unnote = "ALTER TABLE orders DROP COLUMN note;\n";
    let (changed, _) = fixed(&[
        ("sqitch.conf", "[core]\n\tengine = pg\n"),
        ("sqitch.plan", &plan("")),
        ("deploy/shop.sql", &own(SHOP)),
        ("revert/shop.sql", &own(UNSHOP)),
        ("deploy/number.sql", &own(&[note, ADD].concat())),
        ("revert/number.sql", &own(&[DROP, unnote].concat())),
        ("lockgate.toml", SETTINGS),
    ]);
    let more = "orders_number_key_index [number] 2026-03-01T08:30:00Z Ada <ada@example.com> # orders number key index\norders_number_key_unique [orders_number_key_index] 2026-03-01T08:30:00Z Ada <ada@example.com> # orders number key unique\n";
    let (note, unnote, attach, drop) = (own(note), own(unnote), own(ATTACH), own(DROP));
    let expected = map(&[
        ("sqitch.plan", plan(more).as_str()),
        ("deploy/number.sql", &note),
        ("revert/number.sql", &unnote),
        ("deploy/orders_number_key_index.sql", BUILD),
        ("revert/orders_number_key_index.sql", UNBUILD),
        ("deploy/orders_number_key_unique.sql", &attach),
        ("revert/orders_number_key_unique.sql", &drop),
    ]);
    assert_eq!(changed, expected);
}

#[test]
fn words_are_put_in_and_taken_out() {
    let shop = "CREATE MATERIALIZED VIEW turnover AS SELECT number, sum(total) AS total FROM orders GROUP BY number;\nCREATE UNIQUE INDEX turnover_number_idx ON turnover (number);\n";
    let (changed, _) = fixed(&[
        ("m/0001_shop.up.sql", &[SHOP, shop].concat()),
        ("m/0002_refresh.up.sql", "REFRESH MATERIALIZED VIEW turnover;\n"),
        ("m/0003_rows.up.sql", "INSERT INTO orders VALUES (1, 'A'), (2, 'B');\n"),
        ("m/0004_local.up.sql", "SET LOCAL lock_timeout = '2s';\n"),
        ("m/0005_index.up.sql", "CREATE INDEX CONCURRENTLY ON orders (total);\n"),
        ("lockgate.toml", SETTINGS),
    ]);
    let expected = map(&[
        ("m/0002_refresh.up.sql", "REFRESH MATERIALIZED VIEW CONCURRENTLY turnover;\n"),
        ("m/0003_rows.up.sql", "INSERT INTO orders (id, number) VALUES (1, 'A'), (2, 'B');\n"),
        ("m/0004_local.up.sql", "SET lock_timeout = '2s';\n"),
        ("m/0005_index.up.sql", "CREATE INDEX CONCURRENTLY orders_total_idx ON orders (total);\n"),
    ]);
    assert_eq!(changed, expected);
}

#[test]
fn a_validation_moves_into_a_migration_of_its_own() {
    let check = "ADD CONSTRAINT total_is_positive CHECK (total > 0) NOT VALID";
    let down = "ALTER TABLE orders DROP CONSTRAINT total_is_positive;\n";
    let validate = "ALTER TABLE orders VALIDATE CONSTRAINT total_is_positive;\n";
    let (changed, _) = fixed_pair(&format!("ALTER TABLE orders {check};\n{validate}"), down);
    let expected = map(&[
        ("m/0002_change.up.sql", format!("ALTER TABLE orders {check};\n").as_str()),
        ("m/0003_validate_total_is_positive.up.sql", validate),
        (
            "m/0003_validate_total_is_positive.down.sql",
            "-- nothing to undo: the rows were only looked at\n",
        ),
    ]);
    assert_eq!(changed, expected);
    let (changed, _) = fixed_pair(&format!("ALTER TABLE orders {check};\n"), down);
    assert_eq!(changed["m/0003_validate_total_is_positive.up.sql"], validate);
}

#[test]
fn the_tools_transaction_is_the_only_one() {
    let goose = |up: &str| format!("-- +goose Up\n{up}\n-- +goose Down\n{UNSHOP}");
    let (changed, _) = fixed(&[
        ("m/00001_shop.sql", &goose(&format!("BEGIN;\n{SHOP}COMMIT;\n"))),
        ("lockgate.toml", SETTINGS),
    ]);
    assert_eq!(changed, map(&[("m/00001_shop.sql", &goose(SHOP))]));
}
