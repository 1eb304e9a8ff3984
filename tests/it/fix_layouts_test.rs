//! `lint --fix` in the layouts that other tests do not speak of: which ones get a migration of
//! their own for an index, named and marked as their tool wants it, and which ones say why not.

use crate::support::command::{folder, run};
use crate::support::fixing::{fixed, map, texts};

const SHOP: &str = "CREATE TABLE orders (id bigint PRIMARY KEY, status text);\n";
const UNSHOP: &str = "DROP TABLE orders;\n";
const NOTE: &str = "ALTER TABLE orders ADD COLUMN note text;\n";
const UNNOTE: &str = "ALTER TABLE orders DROP COLUMN note;\n";
const INDEX: &str = "CREATE INDEX orders_status_idx ON orders (status);\n";
const UNINDEX: &str = "DROP INDEX orders_status_idx;\n";
const BUILD: &str = "CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);\n";
const UNBUILD: &str = "DROP INDEX CONCURRENTLY orders_status_idx;\n";
const SETTINGS: (&str, &str) = ("lockgate.toml", "[rules]\nmissing-lock-timeout = \"off\"\n");

/// Fixes a history and compares the files that change.
fn check(files: &[(&str, &str)], expected: &[(&str, &str)]) {
    let (changed, run) = fixed(&[files, &[SETTINGS]].concat());
    assert_eq!(changed, map(expected), "{}", run.out);
}

/// Nothing changes, and the help says what to do instead.
fn stays(files: &[(&str, &str)], help: &str) {
    let folder = folder(&[files, &[SETTINGS]].concat());
    let before = texts(folder.path());
    let run = run(folder.path(), &["lint", "--fix", "--unsafe-fixes"]);
    assert_eq!(texts(folder.path()), before, "{}", run.out);
    assert!(run.out.contains("error[non-concurrent-index]"), "{}", run.out);
    assert!(run.out.contains(help), "{help}\n{}", run.out);
}

/// One file with both ways below these lines.
fn sections(up: &str, forward: &[&str], down: &str, back: &[&str]) -> String {
    format!("{up}\n{}\n{down}\n{}", forward.concat(), back.concat())
}

#[test]
fn goose_and_sql_migrate_get_a_file_with_both_sections() {
    let (up, down) = ("-- +goose Up", "-- +goose Down");
    check(
        &[
            ("m/00001_shop.sql", &sections(up, &[SHOP], down, &[UNSHOP])),
            ("m/00002_note.sql", &sections(up, &[NOTE, INDEX], down, &[UNINDEX, UNNOTE])),
        ],
        &[
            ("m/00002_note.sql", &sections(up, &[NOTE], down, &[UNNOTE])),
            (
                "m/00003_orders_status_idx.sql",
                &sections("-- +goose NO TRANSACTION\n-- +goose Up", &[BUILD], down, &[UNBUILD]),
            ),
        ],
    );
    let (up, down) = ("-- +migrate Up", "-- +migrate Down");
    check(
        &[
            ("m/1_shop.sql", &sections(up, &[SHOP], down, &[UNSHOP])),
            ("m/2_note.sql", &sections(up, &[NOTE, INDEX], down, &[UNINDEX, UNNOTE])),
        ],
        &[
            ("m/2_note.sql", &sections(up, &[NOTE], down, &[UNNOTE])),
            (
                "m/3_orders_status_idx.sql",
                &sections(
                    "-- +migrate Up notransaction",
                    &[BUILD],
                    "-- +migrate Down notransaction",
                    &[UNBUILD],
                ),
            ),
        ],
    );
}

#[test]
fn prisma_and_supabase_get_a_script_that_stands_alone() {
    check(
        &[
            ("prisma/migrations/migration_lock.toml", "provider = \"postgresql\"\n"),
            ("prisma/migrations/20250101000000_shop/migration.sql", SHOP),
            ("prisma/migrations/20260301000000_note/migration.sql", &[NOTE, INDEX].concat()),
        ],
        &[
            ("prisma/migrations/20260301000000_note/migration.sql", NOTE),
            ("prisma/migrations/20260301000001_orders_status_idx/migration.sql", BUILD),
        ],
    );
    check(
        &[
            ("supabase/config.toml", "project_id = \"shop\"\n"),
            ("supabase/migrations/20250101000000_shop.sql", SHOP),
            ("supabase/migrations/20260301000000_note.sql", &[NOTE, INDEX].concat()),
        ],
        &[
            ("supabase/migrations/20260301000000_note.sql", NOTE),
            ("supabase/migrations/20260301000001_orders_status_idx.sql", BUILD),
        ],
    );
}

#[test]
fn pop_and_postgrator_get_a_pair_of_files() {
    check(
        &[
            ("m/20250101000000000000_shop.up.sql", SHOP),
            ("m/20250101000000000000_shop.down.sql", UNSHOP),
            ("m/20260301000000000000_note.postgres.up.sql", &[NOTE, INDEX].concat()),
            ("m/20260301000000000000_note.postgres.down.sql", &[UNINDEX, UNNOTE].concat()),
        ],
        &[
            ("m/20260301000000000000_note.postgres.up.sql", NOTE),
            ("m/20260301000000000000_note.postgres.down.sql", UNNOTE),
            ("m/20260301000000000001_orders_status_idx.postgres.autocommit.up.sql", BUILD),
            ("m/20260301000000000001_orders_status_idx.postgres.autocommit.down.sql", UNBUILD),
        ],
    );
    check(
        &[
            ("m/001.do.shop.sql", SHOP),
            ("m/001.undo.shop.sql", UNSHOP),
            ("m/002.do.note.sql", &[NOTE, INDEX].concat()),
            ("m/002.undo.note.sql", &[UNINDEX, UNNOTE].concat()),
        ],
        &[
            ("m/002.do.note.sql", NOTE),
            ("m/002.undo.note.sql", UNNOTE),
            ("m/003.do.orders_status_idx.sql", BUILD),
            ("m/003.undo.orders_status_idx.sql", UNBUILD),
        ],
    );
}

/// The scripts of each database are read by it alone.
#[test]
fn each_dialect_of_pop_is_fixed_for_itself() {
    check(
        &[
            ("m/20250101000000000000_shop.up.sql", SHOP),
            ("m/20250101000000000000_shop.down.sql", UNSHOP),
            ("m/20260301000000000000_index.postgres.up.sql", &[NOTE, INDEX].concat()),
            ("m/20260301000000000000_index.postgres.down.sql", UNINDEX),
            ("m/20260301000000000000_index.sqlite3.up.sql", INDEX),
            ("m/20260301000000000000_index.sqlite3.down.sql", UNINDEX),
            // What both read stays as it is: SQLite builds no index concurrently.
            (
                "m/20260302000000000000_rank.up.sql",
                "ALTER TABLE orders ADD COLUMN rank bigint;\n\
                 CREATE INDEX orders_rank_idx ON orders (rank);\n",
            ),
            (
                "m/20260302000000000000_rank.down.sql",
                "DROP INDEX orders_rank_idx;\nALTER TABLE orders DROP COLUMN rank;\n",
            ),
        ],
        &[
            ("m/20260301000000000000_index.postgres.up.sql", NOTE),
            (
                "m/20260301000000000000_index.postgres.down.sql",
                "ALTER TABLE orders DROP COLUMN note;\n\
                 -- orders_status_idx goes with the way back of the next migration\n",
            ),
            ("m/20260301000000000001_orders_status_idx.postgres.autocommit.up.sql", BUILD),
            ("m/20260301000000000001_orders_status_idx.postgres.autocommit.down.sql", UNBUILD),
        ],
    );
}

/// What `atlas migrate hash` writes: the sums are computed apart from this program.
const SUM: &str = "h1:eHTQyETjchrLzmVu2rdsqs7Qzwpi4/b7FiLDN08q11c=\n\
20250101000000_shop.sql h1:GzzzLknIDzdCsOZ9//AUImK3BZ50gwEV8J6b/ACr2fQ=\n\
20260301000000_note.sql h1:q1Voibg9/38XNgcmzHi4H7L0fezSDHrjy38ZfaHaZ+E=\n\
";
const FIXED_SUM: &str = "h1:ePXI2iAd9aP5hlbRth4HyCOqg3DrZ5gvOk7fuZlFms8=\n\
20250101000000_shop.sql h1:GzzzLknIDzdCsOZ9//AUImK3BZ50gwEV8J6b/ACr2fQ=\n\
20260301000000_note.sql h1:B2quiCXrFDjEZgYoww/DBd2D40/tPdwLwMZb4nlGj2g=\n\
20260301000001_orders_status_idx.sql h1:9IkT7h6xV/yZZWz2A7qAUyB2gfaWmAROfQXQE/nzZAY=\n\
";

#[test]
fn atlas_gets_its_sums() {
    let both = [NOTE, INDEX].concat();
    check(
        &[
            ("migrations/20250101000000_shop.sql", SHOP),
            ("migrations/20260301000000_note.sql", &both),
            ("migrations/atlas.sum", SUM),
        ],
        &[
            ("migrations/20260301000000_note.sql", NOTE),
            (
                "migrations/20260301000001_orders_status_idx.sql",
                &["-- atlas:txmode none\n\n", BUILD].concat(),
            ),
            ("migrations/atlas.sum", FIXED_SUM),
        ],
    );
    // Sums that did not fit before are left to whoever finds out why, and the script with them.
    let stale = SUM.replace("note.sql h1:", "note.sql h1:A");
    stays(
        &[
            ("migrations/20250101000000_shop.sql", SHOP),
            ("migrations/20260301000000_note.sql", &both),
            ("migrations/atlas.sum", &stale),
        ],
        "new files are registered: `atlas migrate hash` enters it in atlas.sum",
    );
}

/// Sqitch's plan of the shop, with more lines.
fn plan(more: &str) -> String {
    format!(
        "%syntax-version=1.0.0\n%project=shop\n\nshop 2025-01-10T08:30:00Z Ada Lovelace <ada@example.com> # shop\nnote [shop] 2026-03-01T08:30:00Z Ada Lovelace <ada@example.com> # note\n{more}"
    )
}

#[test]
fn sqitch_gets_a_change_in_its_plan() {
    let own = |body: &str| format!("BEGIN;\n\n{body}\nCOMMIT;\n");
    let planned = "orders_status_idx [note] 2026-03-01T08:30:00Z Ada Lovelace <ada@example.com> # orders status idx\n";
    check(
        &[
            ("sqitch.conf", "[core]\n\tengine = pg\n"),
            ("sqitch.plan", &plan("")),
            ("deploy/shop.sql", &own(SHOP)),
            ("revert/shop.sql", &own(UNSHOP)),
            ("deploy/note.sql", &own(&[NOTE, INDEX].concat())),
            ("revert/note.sql", &own(&[UNINDEX, UNNOTE].concat())),
        ],
        &[
            ("sqitch.plan", &plan(planned)),
            ("deploy/note.sql", &own(NOTE)),
            ("revert/note.sql", &own(UNNOTE)),
            ("deploy/orders_status_idx.sql", BUILD),
            ("revert/orders_status_idx.sql", UNBUILD),
        ],
    );
    // Changes may lie in folders, and are called by their paths.
    let nested = |more: &str| plan(more).replace("note [shop]", "tables/note [shop]");
    let planned = "tables/orders_status_idx [tables/note] 2026-03-01T08:30:00Z Ada Lovelace <ada@example.com> # orders status idx\n";
    check(
        &[
            ("sqitch.conf", "[core]\n\tengine = pg\n"),
            ("sqitch.plan", &nested("")),
            ("deploy/shop.sql", &own(SHOP)),
            ("revert/shop.sql", &own(UNSHOP)),
            ("deploy/tables/note.sql", &own(&[NOTE, INDEX].concat())),
            ("revert/tables/note.sql", &own(&[UNINDEX, UNNOTE].concat())),
        ],
        &[
            ("sqitch.plan", &nested(planned)),
            ("deploy/tables/note.sql", &own(NOTE)),
            ("revert/tables/note.sql", &own(UNNOTE)),
            ("deploy/tables/orders_status_idx.sql", BUILD),
            ("revert/tables/orders_status_idx.sql", UNBUILD),
        ],
    );
    // The only statement leaves its own transaction.
    check(
        &[
            ("sqitch.conf", "[core]\n\tengine = pg\n"),
            ("sqitch.plan", &plan("")),
            ("deploy/shop.sql", &own(SHOP)),
            ("revert/shop.sql", &own(UNSHOP)),
            ("deploy/note.sql", &own(INDEX)),
            ("revert/note.sql", &own(UNINDEX)),
        ],
        &[("deploy/note.sql", &format!("{BUILD}\n")), ("revert/note.sql", &format!("{UNBUILD}\n"))],
    );
}

/// The journal of Drizzle Kit.
fn journal(tags: &[&str]) -> String {
    let entry = |(idx, tag): (usize, &&str)| {
        format!(
            "{{\"idx\":{idx},\"version\":\"7\",\"when\":{},\"tag\":\"{tag}\",\"breakpoints\":true}}",
            1_736_497_800_000 + idx
        )
    };
    let entries: Vec<String> = tags.iter().enumerate().map(entry).collect();
    format!(
        "{{\"version\":\"7\",\"dialect\":\"postgresql\",\"entries\":[{}]}}\n",
        entries.join(",")
    )
}

#[test]
fn layouts_that_register_their_files_say_how() {
    let both = [NOTE, INDEX].concat();
    stays(
        &[
            ("drizzle/meta/_journal.json", &journal(&["0000_shop", "0001_note"])),
            ("drizzle/0000_shop.sql", SHOP),
            (
                "drizzle/0001_note.sql",
                &[NOTE.trim_end(), "--> statement-breakpoint\n", INDEX].concat(),
            ),
        ],
        "new files are registered: `drizzle-kit generate --custom` makes its file and enters it in the journal",
    );
    stays(
        &[(
            "db/changelog.sql",
            &format!(
                "--liquibase formatted sql\n\n--changeset ada:1\n{SHOP}\n--changeset ada:2\n{both}"
            ),
        )],
        "new files are registered: as a changeset with an id of its own",
    );
    stays(
        &[
            (".gmrc", "{}\n"),
            (
                "migrations/committed/000001.sql",
                &format!("--! Previous: -\n--! Hash: sha1:aa\n\n{SHOP}"),
            ),
            ("migrations/current.sql", &both),
        ],
        "new files are registered: write it into current.sql, and let `graphile-migrate commit` number it",
    );
}

#[test]
fn tools_that_never_leave_their_transaction_get_no_file() {
    let both = [NOTE, INDEX].concat();
    let by_hand = "that is run by hand: the tool never leaves its transaction";
    stays(
        &[
            ("Cargo.toml", "[dependencies]\nrefinery = \"0.8\"\n"),
            ("migrations/V1__shop.sql", SHOP),
            ("migrations/V2__note.sql", &both),
        ],
        by_hand,
    );
    let (up, down) = ("-- Up Migration", "-- Down Migration");
    stays(
        &[
            ("package.json", "{\"dependencies\":{\"node-pg-migrate\":\"7\"}}\n"),
            ("migrations/1736497800000_shop.sql", &sections(up, &[SHOP], down, &[UNSHOP])),
            (
                "migrations/1740830400000_note.sql",
                &sections(up, &[&both], down, &[UNINDEX, UNNOTE]),
            ),
        ],
        by_hand,
    );
}
