//! Effects that the measured cases do not show: values that do not fit, what is not known, and what
//! MySQL's statements read, replace and commit.

use crate::support::effects::{effects_on, replayed};
use crate::support::mysql_prediction::target;
use lockgate::effects::{
    Effects, Loss, MetadataMode, Method, Rebuilt, RefusalKind, TableLock, TransactionBlock,
    WorkKind,
};
use lockgate::migration::{Ident, Target};
use lockgate::schema::{RelationName, Schema};

const SHOP: &str = "
    CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL);
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, status text);
    CREATE INDEX orders_status_idx ON orders (status);";

/// What a statement does behind the shop and more of its history.
fn behind(more: &str, sql: &str, major: u16) -> Effects {
    let target = Target::postgres(major);
    effects_on(&replayed(&format!("{SHOP}{more}"), &target), sql, &target)
}

fn narrows(from: &str, to: &str) -> bool {
    let table = format!("CREATE TABLE readings (id bigint PRIMARY KEY, value {from});");
    let change = format!("ALTER TABLE readings ALTER value TYPE {to} USING value::{to}");
    behind(&table, &change, 16).losses.iter().any(|loss| matches!(loss, Loss::Narrowed(..)))
}

#[test]
fn numbers_that_do_not_fit() {
    for (wide, narrow) in [
        ("bigint", "integer"),
        ("integer", "smallint"),
        ("numeric", "bigint"),
        ("double precision", "real"),
        ("numeric", "numeric(10,2)"),
        ("numeric(10,2)", "numeric(8,2)"),
        ("numeric(10,2)", "numeric(9,1)"),
        ("integer[]", "smallint[]"),
        ("bit(8)", "bit(4)"),
    ] {
        assert!(narrows(wide, narrow), "{wide} to {narrow}");
        assert!(!narrows(narrow, wide), "{narrow} to {wide}");
    }
    for (from, to) in [
        ("numeric(10,4)", "numeric(10,2)"),
        ("numeric(10,2)", "numeric(10,4)"),
        ("numeric", "real"),
        ("numeric", "double precision"),
        ("real", "integer"),
        ("double precision", "bigint"),
    ] {
        assert!(narrows(from, to), "{from} to {to}");
    }
    for (from, to) in
        [("integer", "numeric"), ("smallint", "real"), ("numeric(9,2)", "numeric(9,2)")]
    {
        assert!(!narrows(from, to), "{from} to {to}");
    }
}

#[test]
fn texts_times_and_addresses_that_do_not_fit() {
    for (wide, narrow) in [
        ("text", "varchar(20)"),
        ("varchar(20)", "varchar(10)"),
        ("char(10)", "varchar(5)"),
        ("timestamp", "date"),
        ("timestamptz", "date"),
        ("timestamp", "time"),
        ("timestamp", "timestamp(0)"),
        ("timestamp(6)", "timestamp(3)"),
        ("time(6)", "time(0)"),
        ("bit varying", "bit varying(8)"),
        ("inet", "cidr"),
    ] {
        assert!(narrows(wide, narrow), "{wide} to {narrow}");
        assert!(!narrows(narrow, wide), "{narrow} to {wide}");
    }
    for (from, to) in [("text[]", "text"), ("varchar(20)", "varchar(20)"), ("date", "time")] {
        assert!(!narrows(from, to), "{from} to {to}");
    }
}

#[test]
fn what_a_called_function_does_is_known_where_one_is_meant() {
    let one = "CREATE FUNCTION shown(text) RETURNS text LANGUAGE sql AS 'SELECT $1';";
    let two = "CREATE FUNCTION shown(text) RETURNS text LANGUAGE sql AS 'SELECT $1';\
               CREATE FUNCTION shown(integer) RETURNS text LANGUAGE sql AS 'SELECT $1::text';";
    for (more, value, known) in [
        ("", "lower(status)", true),
        ("", "current_user", true),
        ("", "shown(status)", false),
        (one, "shown(status)", true),
        (two, "shown(status)", false),
    ] {
        let sql = format!("UPDATE orders SET status = {value} WHERE id = 1");
        assert_eq!(behind(more, &sql, 16).known, known, "{value} behind {more}");
    }
}

#[test]
fn what_is_dropped_with_more_is_known_in_a_history_from_the_start() {
    let more = "CREATE TYPE mood AS ENUM ('new'); CREATE SCHEMA archive; CREATE EXTENSION hstore;";
    for sql in
        ["DROP TYPE mood", "DROP TYPE mood CASCADE", "DROP SCHEMA archive", "DROP EXTENSION hstore"]
    {
        assert!(behind(more, sql, 16).known, "{sql}");
    }
    for sql in ["DROP TYPE mood CASCADE", "DROP SCHEMA archive", "DROP EXTENSION hstore"] {
        assert!(!effects_on(&Schema::unknown(), sql, &Target::postgres(16)).known, "{sql}");
    }
}

#[test]
fn a_constraint_that_is_not_there_is_missed_where_all_is_known() {
    let sql = "ALTER TABLE orders DROP CONSTRAINT total_positive";
    assert!(behind("", sql, 16).refused.is_some());
    let if_exists = behind("", "ALTER TABLE orders DROP CONSTRAINT IF EXISTS total_positive", 16);
    assert!(if_exists.refused.is_none() && if_exists.known);
    let unknown = effects_on(&Schema::unknown(), sql, &Target::postgres(16));
    assert!(unknown.refused.is_none() && !unknown.known);
}

#[test]
fn partitioned_tables_are_clustered_from_15_on() {
    let more = "CREATE TABLE events (id bigint NOT NULL) PARTITION BY RANGE (id);
                CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);
                CREATE INDEX events_id_idx ON events (id);";
    let cluster = |major| behind(more, "CLUSTER events USING events_id_idx", major);
    assert!(cluster(14).refused.is_some());
    let newer = cluster(15);
    assert_eq!((newer.refused, newer.transaction_block), (None, TransactionBlock::Forbidden));
    assert_eq!(newer.rewritten.first(), Some(&RelationName::public("events_1")));
}

const MYSQL_SHOP: &str = "
    CREATE TABLE customers (id INT NOT NULL PRIMARY KEY, name VARCHAR(40));
    CREATE TABLE orders (id INT NOT NULL PRIMARY KEY, customer_id INT, note VARCHAR(40));";

fn in_mysql(sql: &str) -> Effects {
    let target = target("mysql-9.7.4");
    effects_on(&replayed(MYSQL_SHOP, &target), sql, &target)
}

#[test]
fn mysql_reads_and_replaces_each_table_once() {
    let orders = [RelationName::public("orders")];
    let force = in_mysql("ALTER TABLE orders FORCE");
    assert_eq!((&force.scanned[..], &force.rewritten[..]), (&orders[..], &orders[..]));
    let emptied = in_mysql("TRUNCATE TABLE orders");
    assert_eq!((&emptied.scanned[..], &emptied.rewritten[..]), (&[][..], &orders[..]));
    let built = in_mysql("ALTER TABLE orders ADD INDEX by_note (note)");
    assert_eq!((&built.scanned[..], &built.rewritten[..]), (&orders[..], &[][..]));
    let one = in_mysql("UPDATE orders SET note = 'x' WHERE id = 1");
    assert_eq!((one.scanned.len(), one.work.len()), (0, 1), "{one:?}");
    let all = in_mysql("UPDATE orders SET note = 'x'");
    assert_eq!(all.scanned, orders);
    let copied = in_mysql("CREATE TABLE backup AS SELECT id, note FROM orders");
    assert_eq!(copied.scanned, orders);
    assert_eq!(copied.metadata[0].mode, MetadataMode::SharedRead);
    let put = in_mysql("INSERT INTO orders (id) VALUES (1)");
    assert_eq!(
        (put.work[0].what, put.metadata[0].mode),
        (WorkKind::DataChange, MetadataMode::SharedWrite)
    );
    let gone = in_mysql("DELETE FROM orders");
    assert_eq!(gone.losses, [Loss::Rows(RelationName::public("orders"))]);
}

#[test]
fn mysql_commits_what_is_not_temporary() {
    let block = |sql| in_mysql(sql).transaction_block;
    for sql in [
        "CREATE TABLE carts (id INT)",
        "CREATE TABLE carts AS SELECT id FROM orders",
        "DROP TABLE orders",
        "DROP VIEW open_orders",
        "ALTER TABLE orders FORCE",
        "TRUNCATE TABLE orders",
        "GRANT SELECT ON shop.* TO reader",
    ] {
        assert_eq!(block(sql), TransactionBlock::Commits, "{sql}");
    }
    for sql in [
        "CREATE TEMPORARY TABLE carts (id INT)",
        "CREATE TEMPORARY TABLE carts AS SELECT id FROM orders",
        "INSERT INTO orders (id) VALUES (1)",
    ] {
        assert_eq!(block(sql), TransactionBlock::Allowed, "{sql}");
    }
    let target = target("mysql-9.7.4");
    let temporary = replayed("CREATE TEMPORARY TABLE carts (id INT);", &target);
    let dropped = effects_on(&temporary, "DROP TABLE carts", &target);
    assert_eq!(dropped.transaction_block, TransactionBlock::Allowed);
    let procedure = effects_on(&temporary, "DROP PROCEDURE carts", &target);
    assert_eq!(procedure.transaction_block, TransactionBlock::Commits, "it has the table's name");
}

#[test]
fn mysql_says_what_it_does_not_know() {
    for sql in ["GRANT SELECT ON shop.* TO reader", "SET NAMES utf8mb4", "ALTER TABLE orders FORCE"]
    {
        assert!(in_mysql(sql).known, "{sql}");
    }
    assert!(!in_mysql("EXECUTE change_it").known, "its text is not seen");
    let unknown = effects_on(&Schema::unknown(), "ALTER TABLE carts FORCE", &target("mysql-9.7.4"));
    assert!(!unknown.known && unknown.refused.is_none());
}

fn method(effects: &Effects) -> Method {
    effects.alteration().unwrap().method
}

#[test]
fn mysql_takes_a_table_that_is_not_known_for_one_of_innodb() {
    let on_unknown = |sql| effects_on(&Schema::unknown(), sql, &target("mysql-9.7.4"));
    let made_anew = on_unknown("ALTER TABLE carts ENGINE=InnoDB");
    assert_eq!(method(&made_anew), Method::InPlace(Rebuilt::Table));
    let without_key = on_unknown("ALTER TABLE carts DROP FOREIGN KEY carts_customer");
    assert_eq!(method(&without_key), Method::InPlace(Rebuilt::No));
}

/// A table of which some columns are known.
#[test]
fn mysql_takes_what_it_does_not_see_of_a_table_for_possible() {
    let target = target("mysql-9.7.4");
    let copied =
        "CREATE TABLE carts (id INT NOT NULL PRIMARY KEY) AS SELECT * FROM elsewhere.carts;";
    let schema = replayed(copied, &target);
    let on_copy = |sql| effects_on(&schema, sql, &target);
    let retyped = on_copy("ALTER TABLE carts MODIFY total BIGINT");
    assert_eq!((method(&retyped), retyped.known), (Method::Copy, false));
    let same = on_copy("ALTER TABLE carts MODIFY id INT NOT NULL COMMENT 'of the shop'");
    assert_eq!((method(&same), same.known), (Method::Instant, true));
    let without_key = on_copy("ALTER TABLE carts DROP FOREIGN KEY carts_customer");
    assert_eq!(method(&without_key), Method::InPlace(Rebuilt::No));
    assert_eq!(on_copy("ALTER TABLE carts ADD INDEX by_total (total)").refused, None);
}

#[test]
fn mysql_has_changes_in_which_no_algorithm_has_a_say() {
    let discarded = in_mysql("ALTER TABLE orders DISCARD TABLESPACE");
    let change = discarded.alteration().unwrap();
    let fixed = (Method::Fixed(Rebuilt::No), Some(TableLock::Exclusive));
    assert_eq!((change.method, change.lock), fixed);
    assert_eq!(discarded.metadata[0].mode, MetadataMode::Exclusive);
}

#[test]
fn mysql_copies_rows_to_encrypt_them() {
    let encrypted = in_mysql("ALTER TABLE orders ENCRYPTION='Y'");
    let change = encrypted.alteration().unwrap();
    assert_eq!(change.method, Method::Copy);
    let cause = change.cause.as_ref().map(ToString::to_string);
    assert_eq!(cause.as_deref(), Some("the encryption changes"));
}

#[test]
fn mysql_follows_a_table_into_another_database() {
    let sql = "ALTER TABLE orders RENAME TO archive.orders, ADD INDEX by_note (note)";
    assert_eq!(method(&in_mysql(sql)), Method::InPlace(Rebuilt::No));
}

#[test]
fn mysql_before_8_has_no_name_for_a_change_of_the_catalogue_alone() {
    let target = target("mysql-5.7.44");
    let old = replayed("CREATE TABLE notes (id INT NOT NULL PRIMARY KEY) ENGINE=MyISAM;", &target);
    let described = effects_on(&old, "ALTER TABLE notes COMMENT='old'", &target);
    assert_eq!(method(&described), Method::InPlace(Rebuilt::No));
}

/// What was run unseen may have made what a statement names, but it makes no server newer.
#[test]
fn mysql_refuses_behind_unseen_statements_what_it_never_takes() {
    let target = target("mysql-9.7.4");
    let unseen = format!("{MYSQL_SHOP} PREPARE change_it FROM @statement; EXECUTE change_it;");
    let schema = replayed(&unseen, &target);
    let refused = |sql| effects_on(&schema, sql, &target).refused.map(|refusal| refusal.kind);
    assert_eq!(refused("ALTER TABLE orders DROP COLUMN total"), None);
    assert_eq!(
        refused("ALTER TABLE orders ADD INDEX by_note (note), ALGORITHM=INSTANT"),
        Some(RefusalKind::Unsupported)
    );
}

#[test]
fn mysql_finds_the_table_of_a_trigger() {
    let target = target("mysql-9.7.4");
    let counted = format!(
        "{MYSQL_SHOP} CREATE TRIGGER counted BEFORE INSERT ON orders FOR EACH ROW SET NEW.note = 'x';"
    );
    let effects = |schema: &Schema, sql| effects_on(schema, sql, &target);
    let schema = replayed(&counted, &target);
    let dropped = effects(&schema, "DROP TRIGGER counted");
    assert_eq!(dropped.metadata[0].table, RelationName::public("orders"));
    assert_eq!(dropped.metadata[0].mode, MetadataMode::Exclusive);
    let missing = |effects: Effects| effects.refused.map(|refusal| refusal.kind);
    assert_eq!(missing(effects(&schema, "DROP TRIGGER summed")), Some(RefusalKind::Missing));
    assert_eq!(missing(effects(&schema, "DROP TRIGGER IF EXISTS summed")), None);
    assert_eq!(missing(effects(&Schema::unknown(), "DROP TRIGGER summed")), None);
    let elsewhere = effects(&schema, "DROP TRIGGER archive.counted");
    assert_eq!((elsewhere.metadata.len(), missing(elsewhere)), (0, None));
}

#[test]
fn mysql_tells_what_is_lost() {
    let orders = RelationName::public("orders");
    let narrowed = [Loss::Narrowed(orders.clone(), Ident::new("note"))];
    assert_eq!(in_mysql("ALTER TABLE orders CHANGE note remark VARCHAR(10)").losses, narrowed);
    assert_eq!(in_mysql("ALTER TABLE orders MODIFY note VARCHAR(10)").losses, narrowed);
    assert_eq!(in_mysql("ALTER TABLE orders CHANGE note remark VARCHAR(50)").losses, []);
    let column = Loss::Column(orders, Ident::new("note"));
    assert_eq!(in_mysql("ALTER TABLE orders DROP COLUMN note").losses, [column]);
    let carts = [Loss::Column(RelationName::public("carts"), Ident::new("note"))];
    let target = target("mariadb-10.11.19");
    let drop = |schema: &Schema, table: &str, column: &str| {
        let sql = format!("ALTER TABLE {table} DROP COLUMN IF EXISTS {column}");
        effects_on(schema, &sql, &target).losses
    };
    assert_eq!(drop(&replayed(MYSQL_SHOP, &target), "orders", "total"), []);
    assert_eq!(drop(&Schema::unknown(), "carts", "note"), carts);
    let copied = "CREATE TABLE carts AS SELECT * FROM elsewhere.carts;";
    assert_eq!(drop(&replayed(copied, &target), "carts", "note"), carts, "one of all columns");
}

#[test]
fn mysql_loses_rows_with_their_partition() {
    let target = target("mysql-9.7.4");
    let events = "CREATE TABLE events (id INT NOT NULL, day INT NOT NULL, PRIMARY KEY (id, day))
        PARTITION BY RANGE (day) (PARTITION old VALUES LESS THAN (10), PARTITION new VALUES LESS THAN (20));";
    let losses = |sql: &str| effects_on(&replayed(events, &target), sql, &target).losses;
    let rows = [Loss::Rows(RelationName::public("events"))];
    assert_eq!(losses("ALTER TABLE events DROP PARTITION old"), rows);
    assert_eq!(losses("ALTER TABLE events TRUNCATE PARTITION old"), rows);
    for change in [
        "ADD PARTITION (PARTITION next VALUES LESS THAN (30))",
        "REORGANIZE PARTITION new INTO (PARTITION new VALUES LESS THAN (30))",
        "REBUILD PARTITION new",
    ] {
        assert_eq!(losses(&format!("ALTER TABLE events {change}")), [], "{change}");
    }
}
