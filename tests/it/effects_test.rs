//! Effects where little is known, and what the measured cases do not show: transaction blocks,
//! losses, work, SQLite.

use crate::support::effects::{effects_on, replayed, statements};
use lockgate::effects::{self, Effects, LockMode, Loss, RefusalKind, TransactionBlock, WorkKind};
use lockgate::migration::{Dialect, Ident, ObjectKind, ServerVersion, Target};
use lockgate::schema::{RelationName, Schema};

const SHOP: &str = "
    CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL);
    CREATE TABLE orders (
        id bigserial PRIMARY KEY,
        customer_id bigint REFERENCES customers,
        status text,
        total numeric(10,2) CHECK (total > 0)
    );
    CREATE INDEX orders_status_idx ON orders (status);";

fn in_shop(sql: &str) -> Effects {
    let target = Target::postgres(16);
    effects_on(&replayed(SHOP, &target), sql, &target)
}

fn on_unknown(sql: &str) -> Effects {
    effects_on(&Schema::unknown(), sql, &Target::postgres(16))
}

fn lock_of(effects: &Effects, table: &str) -> Option<LockMode> {
    effects.lock_on(&RelationName::public(table)).map(|lock| lock.mode)
}

#[test]
fn the_named_table_is_locked_also_where_nothing_is_known_of_it() {
    for (sql, mode) in [
        ("ALTER TABLE orders ADD COLUMN note text", LockMode::AccessExclusive),
        ("ALTER TABLE orders VALIDATE CONSTRAINT total_positive", LockMode::ShareUpdateExclusive),
        ("CREATE INDEX orders_note_idx ON orders (note)", LockMode::Share),
        ("CREATE INDEX CONCURRENTLY i ON orders (note)", LockMode::ShareUpdateExclusive),
        ("DROP TABLE IF EXISTS orders", LockMode::AccessExclusive),
        ("TRUNCATE orders", LockMode::AccessExclusive),
        ("UPDATE orders SET status = 'x'", LockMode::RowExclusive),
        ("REINDEX TABLE orders", LockMode::Share),
    ] {
        let effects = on_unknown(sql);
        assert_eq!(lock_of(&effects, "orders"), Some(mode), "{sql}");
        assert!(!effects.known, "{sql}: its partitions, keys and indexes may matter");
        assert_eq!(effects.refused, None, "{sql}");
    }
}

#[test]
fn unknown_tables_are_scanned_and_rewritten_as_plain_ones() {
    let work =
        |sql: &str| on_unknown(sql).work.into_iter().map(|work| work.what).collect::<Vec<_>>();
    assert_eq!(work("ALTER TABLE orders ALTER id TYPE bigint"), [WorkKind::Rewrite]);
    assert_eq!(work("ALTER TABLE orders ALTER note TYPE text"), []);
    assert_eq!(work("ALTER TABLE orders ALTER note SET NOT NULL"), [WorkKind::Scan]);
    assert_eq!(work("ALTER TABLE orders ADD CHECK (id > 0)"), [WorkKind::Scan]);
    assert_eq!(work("ALTER TABLE orders ADD UNIQUE (id)"), [WorkKind::IndexBuild]);
    assert_eq!(
        work("ALTER TABLE orders ADD z uuid DEFAULT gen_random_uuid()"),
        [WorkKind::Rewrite]
    );
    assert_eq!(work("ALTER TABLE orders ADD z int DEFAULT 1"), []);
}

#[test]
fn missing_relations_of_a_complete_history_are_not_locked_by_if_exists() {
    for sql in ["DROP TABLE IF EXISTS carts", "ALTER TABLE IF EXISTS carts ADD z int"] {
        let effects = in_shop(sql);
        assert!(effects.locks.is_empty() && effects.known, "{sql}: {effects:?}");
    }
}

#[test]
fn some_statements_refuse_a_transaction_block() {
    for sql in [
        "CREATE INDEX CONCURRENTLY i ON orders (total)",
        "DROP INDEX CONCURRENTLY orders_status_idx",
        "REINDEX TABLE CONCURRENTLY orders",
        "REINDEX SCHEMA public",
        "VACUUM orders",
        "CLUSTER",
        "ALTER SYSTEM SET work_mem = '5MB'",
        "CREATE DATABASE shop",
        "DROP DATABASE shop",
        "CREATE TABLESPACE fast LOCATION '/fast'",
    ] {
        assert_eq!(in_shop(sql).transaction_block, TransactionBlock::Forbidden, "{sql}");
    }
    for sql in ["CREATE INDEX i ON orders (total)", "REINDEX TABLE orders", "ANALYZE orders"] {
        assert_eq!(in_shop(sql).transaction_block, TransactionBlock::Allowed, "{sql}");
    }
}

#[test]
fn losses_are_told() {
    let orders = RelationName::public("orders");
    let column = |name: &str| (orders.clone(), Ident::new(name));
    let (status, total) = (column("status"), column("total"));
    for (sql, loss) in [
        ("DROP TABLE orders", Loss::Table(orders.clone())),
        ("TRUNCATE orders", Loss::Rows(orders.clone())),
        ("ALTER TABLE orders DROP COLUMN status", Loss::Column(status.0.clone(), status.1.clone())),
        ("ALTER TABLE orders ALTER status TYPE varchar(10)", Loss::Narrowed(status.0, status.1)),
        ("ALTER TABLE orders ALTER total TYPE numeric(8,2)", Loss::Narrowed(total.0, total.1)),
    ] {
        assert_eq!(in_shop(sql).losses, [loss], "{sql}");
    }
    for sql in ["ALTER TABLE orders ALTER status TYPE varchar", "DROP INDEX orders_status_idx"] {
        assert_eq!(in_shop(sql).losses, [], "{sql}");
    }
}

#[test]
fn truncate_replaces_storage_without_work() {
    let effects = in_shop("TRUNCATE orders");
    assert!(effects.rewritten.contains(&RelationName::public("orders")));
    assert!(effects.work.is_empty());
}

#[test]
fn tables_of_the_same_transaction_are_empty() {
    let target = Target::postgres(16);
    let schema = replayed(SHOP, &target);
    let sql = "ALTER TABLE orders ADD CHECK (id > 0)";
    let statement = &statements(sql, Dialect::Postgres)[0];
    assert_eq!(effects::of_within(statement, &schema, &target, Some(0)).work, []);
    let later = effects::of_within(statement, &schema, &target, Some(schema.clock()));
    assert_eq!(later.work.len(), 1);
}

#[test]
fn timestamps_are_rewritten_unless_the_zone_is_utc() {
    let target = Target { utc: false, ..Target::postgres(16) };
    let schema = replayed("CREATE TABLE visits (seen timestamp)", &target);
    let sql = "ALTER TABLE visits ALTER seen TYPE timestamptz";
    assert_eq!(effects_on(&schema, sql, &target).rewritten, [RelationName::public("visits")]);
    assert_eq!(effects_on(&schema, sql, &Target::postgres(16)).rewritten, []);
}

#[test]
fn each_of_many_tables_is_seen_to_go() {
    let target = Target::postgres(16);
    let table = |at: usize| format!("CREATE TABLE t{at:03} (id bigint PRIMARY KEY);");
    let schema = replayed(&(0..200).map(table).collect::<String>(), &target);
    for at in 0..200 {
        let name = format!("t{at:03}");
        let dropped = effects_on(&schema, &format!("DROP TABLE {name} CASCADE"), &target).dropped;
        let dropped: Vec<String> = dropped.iter().map(|object| object.name.to_string()).collect();
        assert!(dropped.contains(&name), "{name}: {dropped:?}");
    }
}

#[test]
fn rows_are_changed_in_number_unless_a_unique_key_finds_them() {
    let target = Target::postgres(16);
    let history = "CREATE TABLE orders (id bigint PRIMARY KEY, status text);
        CREATE INDEX orders_status ON orders (status);";
    let schema = replayed(history, &target);
    let work = |sql: &str| {
        let effects = effects_on(&schema, sql, &target);
        effects.work.iter().map(|work| work.what).collect::<Vec<_>>()
    };
    let by_index = work("UPDATE orders SET status = 'paid' WHERE status = 'sent'");
    assert_eq!(by_index, [WorkKind::DataChange]);
    assert_eq!(work("UPDATE orders SET status = 'paid' WHERE id = 7 AND status = 'sent'"), []);
    assert_eq!(work("DELETE FROM orders WHERE id IN (1, 2)"), []);
    let all = work("DELETE FROM orders WHERE status <> 'sent'");
    assert_eq!(all, [WorkKind::Scan, WorkKind::DataChange]);
}

fn sqlite_of(major: u16, minor: u16) -> Target {
    Target { dialect: Dialect::Sqlite, version: ServerVersion { major, minor }, utc: true }
}

fn sqlite(sql: &str) -> Effects {
    let target = sqlite_of(3, 40);
    let history = "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT);
        CREATE INDEX items_name ON items (name);";
    effects_on(&replayed(history, &target), sql, &target)
}

#[test]
fn sqlite_has_work_and_losses_but_no_table_locks() {
    let dropped = sqlite("DROP TABLE items");
    assert_eq!(dropped.losses, [Loss::Table(RelationName::public("items"))]);
    assert!(dropped.dropped.iter().any(|object| object.name == RelationName::public("items_name")));
    assert!(dropped.locks.is_empty());
    assert_eq!(sqlite("CREATE INDEX i ON items (id)").work[0].what, WorkKind::IndexBuild);
    assert_eq!(sqlite("VACUUM").transaction_block, TransactionBlock::Forbidden);
    assert_eq!(sqlite("DELETE FROM items").work[0].what, WorkKind::DataChange);
    for sql in [
        "ALTER TABLE items ADD COLUMN size INTEGER NOT NULL",
        "ALTER TABLE items ADD COLUMN size INTEGER UNIQUE",
        "ALTER TABLE items DROP COLUMN name",
    ] {
        assert!(sqlite(sql).refused.is_some(), "{sql}");
    }
    assert_eq!(
        sqlite("ALTER TABLE items ADD COLUMN size INTEGER NOT NULL DEFAULT 0").refused,
        None
    );
}

#[test]
fn sqlite_refuses_what_its_library_refuses() {
    const HISTORY: &str =
        "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, code TEXT CHECK (code <> ''),
            low INTEGER, high INTEGER, seen TEXT, note TEXT, CHECK (low <= high));
        CREATE INDEX items_name ON items (name);
        CREATE VIEW seen_items AS SELECT id, seen FROM items;
        INSERT INTO items (id) VALUES (1);";
    let target = sqlite_of(3, 40);
    let schema = replayed(HISTORY, &target);
    for change in [
        "ADD COLUMN size INTEGER",
        "ADD COLUMN size INTEGER NOT NULL",
        "ADD COLUMN size INTEGER NOT NULL DEFAULT 0",
        "ADD COLUMN size INTEGER NOT NULL DEFAULT NULL",
        "ADD COLUMN size INTEGER DEFAULT TRUE",
        "ADD COLUMN size TEXT DEFAULT large",
        "ADD COLUMN size INTEGER DEFAULT (1 + id)",
        "ADD COLUMN size INTEGER DEFAULT CURRENT_TIMESTAMP",
        "ADD COLUMN size INTEGER UNIQUE",
        "ADD COLUMN size INTEGER PRIMARY KEY",
        "ADD COLUMN size INTEGER CHECK (size > 0)",
        "ADD COLUMN size INTEGER GENERATED ALWAYS AS (id * 2) VIRTUAL",
        "ADD COLUMN size INTEGER GENERATED ALWAYS AS (id * 2) STORED",
        "ADD COLUMN size INTEGER NOT NULL GENERATED ALWAYS AS (id * 2) VIRTUAL",
        "DROP COLUMN id",
        "DROP COLUMN name",
        "DROP COLUMN code",
        "DROP COLUMN low",
        "DROP COLUMN seen",
        "DROP COLUMN note",
        "RENAME COLUMN note TO remark",
        "RENAME TO things",
        "ALTER COLUMN note TYPE TEXT",
    ] {
        let sql = format!("ALTER TABLE items {change}");
        let library = rusqlite::Connection::open_in_memory().unwrap();
        library.execute_batch(HISTORY).unwrap();
        let refused = effects_on(&schema, &sql, &target).refused;
        let answer = library.execute_batch(&sql);
        assert_eq!(refused.is_some(), answer.is_err(), "{sql}: {refused:?}, {answer:?}");
    }
}

#[test]
fn sqlite_says_what_it_does_not_know() {
    for sql in ["CREATE VIEW v AS SELECT id FROM items", "VACUUM", "SELECT 1"] {
        assert!(sqlite(sql).known, "{sql}");
    }
    assert!(!sqlite("ATTACK DATABASE 'other.db' AS other").known);
    let target = sqlite_of(3, 40);
    assert!(!effects_on(&Schema::unknown(), "VACUUM", &target).known, "there may be more tables");
}

#[test]
fn sqlite_reads_what_it_copies_and_not_what_it_changes() {
    let items = [RelationName::public("items")];
    let copied = sqlite("CREATE TABLE backup AS SELECT id FROM items");
    assert_eq!((copied.work[0].what, &copied.scanned[..]), (WorkKind::Scan, &items[..]));
    assert_eq!(sqlite("DELETE FROM items WHERE id = 1").scanned, []);
    assert_eq!(sqlite("DELETE FROM items").scanned, items);
}

#[test]
fn what_a_statement_names_was_there_before() {
    let mysql = Target { dialect: Dialect::Mysql, ..sqlite_of(9, 7) };
    for target in [Target::postgres(16), sqlite_of(3, 40), mysql] {
        let effects = |sql| effects_on(&Schema::unknown(), sql, &target);
        assert_eq!(effects("INSERT INTO orders (id) VALUES (1)").created, []);
        assert_eq!(effects("ALTER TABLE orders ADD COLUMN note varchar(10)").created, []);
        assert_eq!(effects("CREATE TABLE carts (note varchar(10))").created.len(), 1);
    }
}

#[test]
fn sqlite_renames_without_a_loss() {
    let renamed = sqlite("ALTER TABLE items RENAME TO things");
    assert_eq!((renamed.created, renamed.dropped, renamed.losses), (vec![], vec![], vec![]));
}

#[test]
fn sqlite_drops_columns_from_its_version_on() {
    let drop = |target: Target| {
        let schema = replayed("CREATE TABLE items (id INTEGER PRIMARY KEY, note TEXT);", &target);
        effects_on(&schema, "ALTER TABLE items DROP COLUMN note", &target).refused.is_some()
    };
    let refused = [34, 35, 36].map(|minor| drop(sqlite_of(3, minor)));
    assert_eq!(refused, [true, false, false]);
}

#[test]
fn sqlite_works_through_tables() {
    let work = |sql: &str| sqlite(sql).work.into_iter().map(|work| work.what).collect::<Vec<_>>();
    assert_eq!(work("REINDEX"), [WorkKind::IndexBuild]);
    assert_eq!(work("VACUUM"), [WorkKind::Rewrite]);
    assert_eq!(sqlite("VACUUM").rewritten, [RelationName::public("items")]);
    let built = sqlite("CREATE INDEX items_id ON items (id)");
    assert_eq!((built.rewritten, built.scanned), (vec![], vec![RelationName::public("items")]));
    assert_eq!(work("ALTER TABLE items ADD COLUMN size INTEGER"), []);
    assert_eq!(
        work("ALTER TABLE items ADD COLUMN size INTEGER CHECK (size > 0)"),
        [WorkKind::Scan]
    );
    let generated =
        "ALTER TABLE items ADD COLUMN size INTEGER GENERATED ALWAYS AS (id * 2) VIRTUAL";
    assert_eq!(work(generated), []);
    assert_eq!(work(&format!("{generated} NOT NULL")), [WorkKind::Scan]);
    let block = |sql: &str| sqlite(sql).transaction_block;
    assert_eq!(block("PRAGMA journal_mode = WAL"), TransactionBlock::Forbidden);
    assert_eq!(block("PRAGMA cache_size = 100"), TransactionBlock::Allowed);
}

#[test]
fn created_objects_are_called_by_their_kind() {
    let kind = |sql: &str| in_shop(sql).created.into_iter().map(|made| made.kind).next();
    assert_eq!(kind("CREATE FOREIGN TABLE f (id int) SERVER s"), Some(ObjectKind::ForeignTable));
    assert_eq!(kind("CREATE TABLE t (id int)"), Some(ObjectKind::Table));
    let materialized = "CREATE MATERIALIZED VIEW m AS SELECT id FROM orders";
    assert_eq!(kind(materialized), Some(ObjectKind::MaterializedView));
    assert_eq!(kind("CREATE VIEW v AS SELECT id FROM orders"), Some(ObjectKind::View));
}

#[test]
fn what_is_read_while_something_is_made_is_locked() {
    let owned = in_shop("CREATE SEQUENCE numbers OWNED BY orders.id");
    assert_eq!(lock_of(&owned, "orders"), Some(LockMode::AccessShare));
    let missing = in_shop("ALTER INDEX IF EXISTS nothing SET (fillfactor = 50)");
    assert_eq!((missing.locks.len(), missing.known), (0, true));
    let view = "CREATE OR REPLACE VIEW open_orders AS SELECT id FROM orders";
    // A view that may be there is replaced, one that is not is made.
    assert_eq!(lock_of(&on_unknown(view), "open_orders"), Some(LockMode::AccessExclusive));
    assert_eq!(lock_of(&in_shop(view), "open_orders"), None);
}

#[test]
fn a_primary_key_gives_way_to_another_with_its_column() {
    let swap = "ALTER TABLE customers DROP COLUMN id, ADD PRIMARY KEY (email)";
    assert_eq!(in_shop(swap).refused, None);
    let second = in_shop("ALTER TABLE customers ADD PRIMARY KEY (email)").refused.unwrap();
    assert_eq!(second.kind, RefusalKind::Exists);
}

#[test]
fn a_star_does_not_mean_what_subqueries_read() {
    let target = Target::postgres(16);
    let view = "CREATE VIEW order_emails AS
        SELECT o.*, (SELECT email FROM customers c WHERE c.id = o.customer_id),
            (SELECT name FROM customers c WHERE c.id = o.customer_id) FROM orders o, countries;";
    let more = "ALTER TABLE customers ADD fax text, ADD name text;
        CREATE TABLE countries (code text, name text);";
    let schema = replayed(&format!("{SHOP} {more} {view}"), &target);
    // Which table `name` is of, the subquery decides.
    let on_view = |sql: &str| effects_on(&schema, sql, &target).refused.map(|refusal| refusal.kind);
    assert_eq!(on_view("ALTER TABLE countries DROP COLUMN name"), None);
    assert_eq!(on_view("ALTER TABLE customers DROP COLUMN fax"), None);
    assert_eq!(on_view("ALTER TABLE customers DROP COLUMN email"), Some(RefusalKind::InUse));
    assert_eq!(on_view("ALTER TABLE orders DROP COLUMN status"), Some(RefusalKind::InUse));
}
