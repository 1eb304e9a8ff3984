//! Effects on PostgreSQL that the measured cases do not compare: what is known and what is not,
//! work and losses, weak locks, and what hangs on relations that may not be there.

use crate::support::effects::{effects_on, replayed, statements};
use crate::support::shop::{CLOUD, after, behind, in_shop, lock_of, on, on_unknown, perhaps, shop};
use lockgate::effects::{self, Effects, LockMode, Loss, ObjectRef, WorkKind};
use lockgate::migration::{Dialect, Ident, ObjectKind, Target};
use lockgate::schema::{RelationName, Schema};

/// Work as `table: what`.
fn work(effects: &Effects) -> Vec<(String, WorkKind)> {
    effects.work.iter().map(|work| (work.relation.to_string(), work.what)).collect()
}

#[test]
fn what_cannot_be_read_is_not_known() {
    for sql in [
        CLOUD,
        "DO LANGUAGE plperl $$ 1 $$",
        "DROP TRIGGER stamp ON carts",
        "DROP OWNED BY clerk",
        "REASSIGN OWNED BY clerk TO boss",
        "ALTER TABLE ALL IN TABLESPACE slow SET TABLESPACE fast",
        "SELECT nextval(email) FROM customers",
        "UPDATE events SET id = id + 1 WHERE note = 'x'",
    ] {
        assert!(!in_shop(sql).known, "{sql}");
    }
    for sql in [
        "UPDATE events SET note = 'x' WHERE id = 1",
        "INSERT INTO events VALUES (1, '2026-01-01', 'x')",
        "ALTER TABLE orders ALTER status TYPE varchar(50)",
        "DROP TRIGGER IF EXISTS stamp ON orders",
        "DROP TRIGGER IF EXISTS stamp ON carts",
        "REINDEX SCHEMA public",
        "VACUUM",
        "ANALYZE",
        "SELECT nextval('orders_id_seq')",
    ] {
        assert!(in_shop(sql).known, "{sql}");
    }
    for sql in ["REINDEX SCHEMA public", "VACUUM", "ANALYZE"] {
        assert!(!on_unknown(sql).known, "{sql}");
    }
}

/// What PostgreSQL 12 to 18 locked.
#[test]
fn a_called_function_locks_what_it_drops() {
    let more = "CREATE TABLE runs (id integer); CREATE INDEX events_day_idx ON events (day);
        ALTER TABLE events ADD CONSTRAINT events_pkey PRIMARY KEY (id);
        CREATE FUNCTION drop_index() RETURNS integer LANGUAGE plpgsql AS
            'BEGIN DROP INDEX events_day_idx; RETURN 1; END';
        CREATE FUNCTION drop_key() RETURNS integer LANGUAGE plpgsql AS
            'BEGIN ALTER TABLE events DROP CONSTRAINT events_pkey; RETURN 1; END';";
    for (function, indexes) in [
        ("drop_index", ["events_day_idx", "events_1_day_idx"]),
        ("drop_key", ["events_pkey", "events_1_pkey"]),
    ] {
        for sql in [
            format!("INSERT INTO runs SELECT {function}()"),
            format!("SELECT {function}()"),
            format!("DO $$ DECLARE n integer; BEGIN n := {function}(); END $$"),
        ] {
            let effects = behind(more, &sql);
            for name in ["events", "events_1", indexes[0], indexes[1]] {
                assert_eq!(
                    lock_of(&effects, name),
                    Some(LockMode::AccessExclusive),
                    "{sql}: {name}"
                );
            }
            assert!(effects.dropped.len() >= 2, "{sql}: {:?}", effects.dropped);
        }
    }
}

/// What a trigger's function does is not replayed, but it locks all the same.
#[test]
fn a_fired_function_locks_what_it_drops() {
    for (drop, indexes) in [
        ("DROP INDEX events_day_idx", ["events_day_idx", "events_1_day_idx"]),
        ("ALTER TABLE events DROP CONSTRAINT events_pkey", ["events_pkey", "events_1_pkey"]),
    ] {
        let more = format!(
            "CREATE TABLE runs (id integer); CREATE INDEX events_day_idx ON events (day);
            ALTER TABLE events ADD CONSTRAINT events_pkey PRIMARY KEY (id);
            CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN {drop}; RETURN NEW; END';
            CREATE TRIGGER tidy BEFORE INSERT ON runs FOR EACH ROW EXECUTE FUNCTION tidy();"
        );
        let effects = behind(&more, "INSERT INTO runs VALUES (1)");
        for name in ["events", "events_1", indexes[0], indexes[1]] {
            let lock = lock_of(&effects, name);
            assert_eq!(lock, Some(LockMode::AccessExclusive), "{drop}: {name}");
        }
    }
}

#[test]
fn rows_beyond_those_that_are_read_may_go_anywhere() {
    let insert = |count: usize| {
        let rows: Vec<String> = (0..count).map(|at| format!("({at})")).collect();
        in_shop(&format!("INSERT INTO events (id) VALUES {}", rows.join(", "))).known
    };
    assert!(insert(64));
    assert!(!insert(65));
}

#[test]
fn what_is_doubtful_is_not_taken_for_sure() {
    let made = perhaps("CREATE VIEW open_orders AS SELECT id FROM orders");
    let column = perhaps("ALTER TABLE orders ADD COLUMN note varchar(20)");
    let check = perhaps("ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0) NOT VALID");
    let sure = "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0) NOT VALID;";
    let replace = "CREATE OR REPLACE VIEW open_orders AS SELECT id FROM orders";
    let view = "CREATE VIEW open_orders AS SELECT id FROM orders;";
    let domain = "CREATE DOMAIN mail AS text; ALTER TABLE orders ADD COLUMN address mail;";
    let cart = perhaps("CREATE TABLE carts (id bigint)");
    let like = "CREATE TABLE IF NOT EXISTS carts (id bigint)";
    for (more, sql, known) in [
        (made.as_str(), replace, false),
        (view, replace, true),
        (&column, "ALTER TABLE orders ALTER note TYPE text", false),
        (&check, "ALTER TABLE orders VALIDATE CONSTRAINT positive", false),
        (sure, "ALTER TABLE orders VALIDATE CONSTRAINT positive", true),
        (domain, "ALTER DOMAIN mail SET NOT NULL", true),
        (&cart, like, false),
        (like, like, true),
        (CLOUD, "DROP TRIGGER IF EXISTS stamp ON orders", false),
    ] {
        assert_eq!(behind(more, sql).known, known, "{sql} behind {more}");
    }
    let unknown = after(Schema::unknown(), "CREATE DOMAIN mail AS text;");
    assert!(!on(&unknown, "ALTER DOMAIN mail SET NOT NULL").known);
}

#[test]
fn each_of_what_goes_is_told_and_nothing_else() {
    let more = "CREATE TYPE mood AS ENUM ('new');
        CREATE FUNCTION shown() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER first BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION shown();
        CREATE TRIGGER other BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION shown();
        CREATE POLICY own ON orders USING (true);
        CREATE POLICY shared ON orders USING (true);";
    let object = |kind, name: &str, member: Option<&str>| ObjectRef {
        kind,
        name: RelationName::public(name),
        member: member.map(Ident::new),
        on: None,
    };
    for (sql, gone) in [
        ("DROP TYPE mood", object(ObjectKind::Type, "mood", None)),
        ("DROP TRIGGER first ON orders", object(ObjectKind::Trigger, "orders", Some("first"))),
        ("DROP POLICY own ON orders", object(ObjectKind::Policy, "orders", Some("own"))),
    ] {
        assert_eq!(behind(more, sql).dropped, [gone], "{sql}");
    }
    assert_eq!(behind(more, "CREATE TABLE carts (id bigint)").dropped, []);
}

#[test]
fn partitioned_and_foreign_tables_have_no_work_of_their_own() {
    let partition = |kind| vec![("events_1".to_owned(), kind)];
    let change = |sql| work(&in_shop(sql));
    assert_eq!(change("ALTER TABLE events ADD CHECK (id > 0)"), partition(WorkKind::Scan));
    assert_eq!(
        change("ALTER TABLE events ALTER note TYPE date USING note::date"),
        partition(WorkKind::Rewrite)
    );
    assert_eq!(change("ALTER FOREIGN TABLE supplies ADD CHECK (price > 0)"), []);
    assert_eq!(change("ALTER FOREIGN TABLE supplies ALTER price TYPE bigint"), []);
    assert_eq!(change("INSERT INTO orders (id) VALUES (1)"), []);
    let copied = in_shop("INSERT INTO orders (id) SELECT id FROM customers");
    assert_eq!(work(&copied)[0], ("orders".to_owned(), WorkKind::DataChange));
    assert_eq!(copied.scanned, [RelationName::public("customers")]);
}

#[test]
fn a_partitioned_table_made_just_now_has_no_rows_to_write_anew() {
    let target = Target::postgres(16);
    let schema = replayed("CREATE TABLE visits (id integer) PARTITION BY RANGE (id);", &target);
    let statement = &statements("ALTER TABLE visits ALTER id TYPE bigint", Dialect::Postgres)[0];
    let rewritten = [("visits".to_owned(), WorkKind::Rewrite)];
    assert_eq!(work(&effects::of_within(statement, &schema, &target, Some(0))), []);
    assert_eq!(work(&effects::of_within(statement, &schema, &target, None)), rewritten);
}

#[test]
fn a_remark_locks_a_table_and_no_composite_type() {
    let more = "CREATE TYPE place AS (street text, town text);";
    let remark = |sql| {
        let effects = behind(more, sql);
        (effects.known, effects.locks.len())
    };
    assert_eq!(remark("COMMENT ON COLUMN orders.status IS 'open or paid'"), (true, 1));
    assert_eq!(remark("COMMENT ON COLUMN place.town IS 'as on the stamp'"), (true, 0));
    let unknown = on_unknown("COMMENT ON COLUMN visits.at IS 'in UTC'");
    assert_eq!((unknown.known, unknown.locks.len()), (false, 1));
}

#[test]
fn an_index_moves_to_another_tablespace_alone() {
    let more = "CREATE INDEX events_day_idx ON events (day);";
    let moved = |sql| {
        let effects = behind(more, sql);
        (effects.rewritten.len(), effects.work.len())
    };
    assert_eq!(moved("ALTER INDEX orders_status_idx SET TABLESPACE fast"), (1, 1));
    assert_eq!(moved("ALTER INDEX orders_status_idx SET TABLESPACE pg_default"), (0, 0));
    assert_eq!(moved("ALTER INDEX events_day_idx SET TABLESPACE fast"), (0, 0));
    let there = format!("{more} ALTER INDEX orders_status_idx SET TABLESPACE fast;");
    for (tablespace, files) in [("fast", 0), ("pg_default", 1)] {
        let sql = format!("ALTER INDEX orders_status_idx SET TABLESPACE {tablespace}");
        assert_eq!(behind(&there, &sql).rewritten.len(), files, "{tablespace}");
    }
    let target = Target::postgres(16);
    let sql = "ALTER INDEX orders_status_idx SET TABLESPACE fast";
    let statement = &statements(sql, Dialect::Postgres)[0];
    let fresh = effects::of_within(statement, &shop(""), &target, Some(0));
    assert_eq!((fresh.rewritten.len(), fresh.work.len()), (1, 0));
}

/// `REINDEX TABLE CONCURRENTLY` warns of an exclusion constraint's index, and leaves it as it is.
#[test]
fn a_concurrent_rebuild_leaves_exclusion_constraints_out() {
    let more = "CREATE TABLE rooms (id bigint PRIMARY KEY, at tsrange,
        CONSTRAINT apart EXCLUDE USING gist (at WITH &&));";
    let names = |sql| {
        let rewritten = behind(more, sql).rewritten;
        rewritten.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(names("REINDEX TABLE CONCURRENTLY rooms"), ["rooms_pkey"]);
    assert_eq!(names("REINDEX TABLE rooms").len(), 2);
}

#[test]
fn the_catalogues_and_what_a_function_makes_for_itself_are_no_ones_business() {
    let more = "CREATE FUNCTION counted() RETURNS integer LANGUAGE plpgsql AS '
        BEGIN
            CREATE TEMPORARY TABLE found (id bigint);
            INSERT INTO found SELECT id FROM orders;
            UPDATE found SET id = id + 1;
            DROP TABLE found;
            RETURN 1;
        END';";
    for sql in [
        "UPDATE pg_attribute SET atttypmod = 104 WHERE attname = 'buyer'",
        "UPDATE pg_catalog.pg_attribute SET atttypmod = 104 WHERE attname = 'buyer'",
        "SELECT counted()",
    ] {
        let effects = behind(more, sql);
        let strong = effects.locks.iter().filter(|lock| lock.mode > LockMode::AccessShare);
        assert_eq!(strong.count(), 0, "{sql}: {:?}", effects.locks);
        assert!(effects.known && effects.losses.is_empty(), "{sql}");
    }
    let own = "CREATE SCHEMA audit; CREATE TABLE audit.pg_changes (id bigint);";
    assert_eq!(behind(own, "UPDATE audit.pg_changes SET id = 1").locks.len(), 1);
}

#[test]
fn what_is_read_or_parted_from_is_locked_for_reading() {
    let more = "CREATE TABLE cities (id bigint) INHERITS (customers);";
    let share = Some(LockMode::AccessShare);
    assert_eq!(lock_of(&in_shop("CREATE VIEW seen AS SELECT id FROM orders"), "orders"), share);
    assert_eq!(
        lock_of(&in_shop("CREATE TABLE copied AS SELECT id FROM orders WITH NO DATA"), "orders"),
        share
    );
    assert_eq!(
        lock_of(&behind(more, "ALTER TABLE cities NO INHERIT customers"), "customers"),
        share
    );
    assert_eq!(in_shop("COMMENT ON COLUMN status IS 'x'").locks, []);
}

#[test]
fn views_that_read_each_other_are_followed_once() {
    let more =
        "CREATE VIEW seen AS SELECT id FROM orders; CREATE VIEW again AS SELECT id FROM seen;
        CREATE OR REPLACE VIEW seen AS SELECT id FROM again;";
    let locked = behind(more, "LOCK TABLE seen IN SHARE MODE");
    assert_eq!(lock_of(&locked, "again"), Some(LockMode::Share));
    assert_eq!(behind(more, "CREATE TABLE copied AS SELECT id FROM seen").scanned, []);
}

#[test]
fn an_index_answers_what_it_holds() {
    let scans = |more: &str, condition: &str| {
        let effects = behind(more, &format!("DELETE FROM orders WHERE {condition}"));
        effects.scanned.contains(&RelationName::public("orders"))
    };
    assert!(!scans("", "status = 'sent'"));
    assert!(!scans("", "status > 'a' AND status < 'c'"));
    assert!(scans("", "status > 'a'"));
    assert!(scans("", "status < 'c'"));
    assert!(!scans("CREATE INDEX i ON orders (buyer);", "buyer = 'Ann'"));
    assert!(scans("CREATE INDEX i ON orders (buyer) WHERE total > 5;", "buyer = 'Ann'"));
}

#[test]
fn a_whole_number_may_not_fit_into_a_numeric() {
    let narrows = |from: &str, to: &str| {
        let more = format!("CREATE TABLE readings (id bigint PRIMARY KEY, value {from});");
        let sql = format!("ALTER TABLE readings ALTER value TYPE {to} USING value::{to}");
        behind(&more, &sql).losses.iter().any(|loss| matches!(loss, Loss::Narrowed(..)))
    };
    for (from, to) in [
        ("integer", "numeric(10,2)"),
        ("bigint", "numeric(18)"),
        ("smallint", "numeric(4)"),
        ("numeric(10,2)", "numeric(10,3)"),
    ] {
        assert!(narrows(from, to), "{from} to {to}");
    }
    for (from, to) in [
        ("integer", "numeric(12,2)"),
        ("bigint", "numeric(19)"),
        ("smallint", "numeric(5)"),
        ("integer", "numeric"),
        ("integer", "integer"),
        ("real", "real"),
        ("integer", "varchar(20)"),
        ("uuid", "varchar(36)"),
        ("text", "numeric(10,2)"),
        ("inet", "text"),
        ("text", "cidr"),
        ("timestamp(3)", "timestamp(3)"),
        ("bit(8)", "bit(8)"),
    ] {
        assert!(!narrows(from, to), "{from} to {to}");
    }
}

#[test]
fn vacuum_without_a_table_goes_through_all() {
    for table in ["customers", "orders", "events_1"] {
        for sql in ["VACUUM", "ANALYZE"] {
            let mode = Some(LockMode::ShareUpdateExclusive);
            assert_eq!(lock_of(&in_shop(sql), table), mode, "{sql}: {table}");
        }
    }
}

#[test]
fn truncating_a_partition_opened_its_parent_up_to_13() {
    let opened = |major| {
        let effects = effects_on(&shop(""), "TRUNCATE events_1", &Target::postgres(major));
        lock_of(&effects, "events")
    };
    assert_eq!((opened(13), opened(14)), (Some(LockMode::AccessShare), None));
}
