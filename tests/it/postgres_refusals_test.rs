//! What PostgreSQL refuses, and what it does not: what is used, what is not there, and what may not
//! be there.

use crate::support::effects::{effects_on, replayed};
use crate::support::shop::{
    CLOUD, after, behind, in_shop, lock_of, on, on_unknown, perhaps, refused,
};
use lockgate::effects::{LockMode, Loss, RefusalKind};
use lockgate::migration::Target;
use lockgate::schema::{RelationName, Schema};

#[test]
fn what_may_not_be_there_forbids_nothing() {
    let user = perhaps("CREATE TABLE notes (customer_id bigint REFERENCES customers)");
    let key = "CREATE TABLE notes (customer_id bigint);".to_owned()
        + &perhaps("ALTER TABLE notes ADD FOREIGN KEY (customer_id) REFERENCES customers");
    let alone = "CREATE TABLE places (id bigint PRIMARY KEY);";
    let gone = "CREATE TABLE notes (place_id bigint REFERENCES places);".to_owned()
        + &perhaps("DROP TABLE notes");
    for (more, sql) in [
        (format!("{alone}{}", user.replace("customers", "places")), "DROP TABLE places"),
        (format!("{alone}{}", key.replace("customers", "places")), "DROP TABLE places"),
        (format!("{alone}{}", user.replace("customers", "places")), "TRUNCATE places"),
        (format!("{alone}{}", key.replace("customers", "places")), "TRUNCATE places"),
        (format!("{alone}{gone}"), "DROP TABLE places"),
        (format!("{alone}{gone}"), "TRUNCATE places"),
        (perhaps("CREATE VIEW seen AS SELECT id FROM events"), "DROP TABLE events"),
        (
            "CREATE TABLE kept (id bigint NOT NULL, PRIMARY KEY (id)) PARTITION BY RANGE (id);
             CREATE TABLE kept_1 PARTITION OF kept FOR VALUES FROM (0) TO (10);"
                .to_owned()
                + &perhaps("CREATE TABLE uses (kept_id bigint REFERENCES kept)"),
            "DROP TABLE kept_1",
        ),
        (
            "CREATE TYPE mood AS ENUM ('new');".to_owned()
                + &perhaps("CREATE TABLE moods (mood mood)"),
            "DROP TYPE mood",
        ),
        (
            alone.to_owned() + &perhaps("CREATE TABLE cities () INHERITS (places)"),
            "DROP TABLE places",
        ),
    ] {
        assert_eq!(refused(&behind(&more, sql)), None, "{sql} behind {more}");
    }
    let cloud = behind(CLOUD, "DROP TABLE IF EXISTS carts");
    assert_eq!(lock_of(&cloud, "carts"), Some(LockMode::AccessExclusive));
    assert_eq!(cloud.losses, [Loss::Table(RelationName::public("carts"))]);
}

#[test]
fn what_is_named_and_not_there_is_missed_where_all_is_known() {
    for (sql, kind) in [
        ("DROP TRIGGER stamp ON orders", Some(RefusalKind::Missing)),
        ("DROP TRIGGER IF EXISTS stamp ON carts", None),
        ("DROP POLICY own ON orders", Some(RefusalKind::Missing)),
        ("ALTER TABLE orders VALIDATE CONSTRAINT positive", Some(RefusalKind::Missing)),
        ("ALTER TABLE orders DROP CONSTRAINT positive", Some(RefusalKind::Missing)),
    ] {
        assert_eq!(refused(&in_shop(sql)), kind, "{sql}");
    }
    let reason = |sql| in_shop(sql).refused.unwrap().reason;
    assert!(reason("DROP POLICY own ON orders").contains("policy"));
    assert!(reason("DROP RULE own ON orders").contains("rule"));
    let partly = after(Schema::unknown(), "CREATE TABLE orders (id bigint, status text);");
    let renamed = on(&partly, "ALTER TABLE orders RENAME CONSTRAINT positive TO is_positive");
    assert_eq!(refused(&renamed), None);
    for change in ["VALIDATE CONSTRAINT positive", "DROP CONSTRAINT positive"] {
        let effects = on(&partly, &format!("ALTER TABLE orders {change}"));
        assert_eq!((refused(&effects), effects.known), (None, false), "{change}");
    }
    let trigger = on(&partly, "DROP TRIGGER stamp ON orders");
    assert_eq!(
        (refused(&trigger), lock_of(&trigger, "orders")),
        (None, Some(LockMode::AccessExclusive))
    );
    for sql in ["DROP TRIGGER stamp ON orders", "DROP TRIGGER IF EXISTS stamp ON orders"] {
        let effects = on_unknown(sql);
        assert_eq!(lock_of(&effects, "orders"), Some(LockMode::AccessExclusive), "{sql}");
        assert!(!effects.known, "{sql}");
    }
}

#[test]
fn what_is_used_stays_unless_its_users_go_too() {
    let views =
        "CREATE VIEW seen AS SELECT id FROM orders; CREATE VIEW again AS SELECT id FROM seen;";
    let parents = "CREATE TABLE places (id bigint); CREATE TABLE cities () INHERITS (places);";
    let mood = "CREATE TYPE mood AS ENUM ('new');";
    let worn = "CREATE TYPE mood AS ENUM ('new'); CREATE TABLE moods (mood mood);";
    for (more, sql, kind) in [
        ("", "DROP TABLE customers", Some(RefusalKind::InUse)),
        ("", "DROP TABLE customers, orders", None),
        (views, "DROP VIEW IF EXISTS seen", Some(RefusalKind::InUse)),
        (views, "DROP VIEW seen, again", None),
        (parents, "DROP TABLE places", Some(RefusalKind::InUse)),
        (parents, "DROP TABLE places, cities", None),
        (mood, "DROP TYPE mood", None),
        (worn, "DROP TYPE mood", Some(RefusalKind::InUse)),
        ("", "DROP TYPE nothing", None),
    ] {
        assert_eq!(refused(&behind(more, sql)), kind, "{sql} behind {more}");
    }
    let pair =
        behind("CREATE INDEX i ON orders (total);", "DROP INDEX CONCURRENTLY i, orders_status_idx");
    assert_eq!(refused(&pair), Some(RefusalKind::Unsupported));
    assert_eq!(refused(&in_shop("DROP INDEX CONCURRENTLY orders_status_idx")), None);
    for sql in ["DROP TYPE mood", "DROP FUNCTION shown(text)"] {
        assert!(on_unknown(sql).known, "{sql}: without CASCADE nothing else goes");
    }
    // What an index is good for is not known where its table is not.
    let index = "CREATE TABLE orders (customer_id bigint REFERENCES customers (id));
                 CREATE INDEX customers_id_idx ON customers (id);";
    let dropped = on(&after(Schema::unknown(), index), "DROP INDEX customers_id_idx");
    assert_eq!(refused(&dropped), None);
}

/// The order is that of `AT_PASS_…`; which error PostgreSQL 12, 16 and 18 gave was looked at.
#[test]
fn the_server_refuses_what_it_runs_first() {
    let view = "CREATE VIEW buyers AS SELECT buyer FROM orders;
        CREATE TABLE codes (id bigint GENERATED ALWAYS AS IDENTITY,
            n bigint GENERATED ALWAYS AS IDENTITY);
        CREATE TABLE kept (id bigint NOT NULL, PRIMARY KEY (id)) PARTITION BY RANGE (id);";
    for (sql, word) in [
        ("ALTER TABLE orders ADD COLUMN status text, DROP COLUMN note", "note"),
        ("ALTER TABLE orders ADD COLUMN status text, ALTER buyer TYPE text", "buyers"),
        ("ALTER TABLE orders ALTER buyer TYPE text, DROP COLUMN note", "note"),
        ("ALTER TABLE orders ADD COLUMN status text, ALTER id DROP NOT NULL", "primary key"),
        ("ALTER TABLE orders VALIDATE CONSTRAINT nothing, ALTER buyer TYPE text", "buyers"),
        ("ALTER TABLE orders VALIDATE CONSTRAINT nothing, ADD COLUMN status text", "status"),
        ("ALTER TABLE orders VALIDATE CONSTRAINT nothing, ADD PRIMARY KEY (status)", "primary key"),
        (
            "ALTER TABLE orders ADD COLUMN status text, ALTER total ADD GENERATED ALWAYS AS IDENTITY",
            "status",
        ),
        (
            "ALTER TABLE kept ADD FOREIGN KEY (id) REFERENCES orders NOT VALID, ADD PRIMARY KEY (id)",
            "primary key",
        ),
        ("ALTER TABLE codes ALTER id DROP NOT NULL", "identity"),
        ("ALTER TABLE codes ALTER n DROP IDENTITY, ALTER id DROP NOT NULL", "identity"),
    ] {
        let reason = behind(view, sql).refused.unwrap().reason;
        assert!(reason.contains(word), "{sql}: {reason}");
    }
    for sql in [
        "ALTER TABLE orders DROP CONSTRAINT orders_pkey, ALTER id DROP NOT NULL",
        "ALTER TABLE orders ALTER status DROP NOT NULL",
        "ALTER TABLE codes ALTER id DROP IDENTITY, ALTER id DROP NOT NULL",
    ] {
        assert_eq!(behind(view, sql).refused, None, "{sql}");
    }
}

#[test]
fn an_earlier_key_is_not_judged_again() {
    let bad =
        "ALTER TABLE orders ADD CONSTRAINT bad FOREIGN KEY (buyer) REFERENCES customers (email);";
    assert_eq!(refused(&in_shop(bad)), Some(RefusalKind::NoKey));
    assert_eq!(refused(&behind(bad, "ALTER TABLE orders ADD COLUMN note text")), None);
}

#[test]
fn a_replaced_view_keeps_its_names() {
    // Up to 13 the server names the second column otherwise than from 14 on.
    let view = "CREATE VIEW sums AS SELECT id, extract(year FROM now()) FROM orders;";
    for (columns, kind) in [
        ("id AS order_id, total", Some(RefusalKind::Reshaped)),
        ("id", Some(RefusalKind::Reshaped)),
        ("id, extract(year FROM now()) AS date_part", None),
    ] {
        let sql = format!("CREATE OR REPLACE VIEW sums AS SELECT {columns} FROM orders");
        assert_eq!(refused(&behind(view, &sql)), kind, "{sql}");
    }
    // Made once more without OR REPLACE, it is no replacement.
    let again = behind(view, "CREATE VIEW sums AS SELECT id AS order_id, total FROM orders");
    assert_ne!(refused(&again), Some(RefusalKind::Reshaped));
}

#[test]
fn a_materialized_view_is_refreshed_concurrently_by_a_whole_unique_index() {
    let view = "CREATE MATERIALIZED VIEW sums AS SELECT id, total FROM orders;";
    for (index, kind) in [
        ("CREATE UNIQUE INDEX i ON sums (id);", None),
        ("CREATE INDEX i ON sums (id);", Some(RefusalKind::Unfit)),
        ("CREATE UNIQUE INDEX i ON sums (id) WHERE total > 5;", Some(RefusalKind::Unfit)),
        ("CREATE UNIQUE INDEX i ON sums ((id + 1));", Some(RefusalKind::Unfit)),
    ] {
        let effects =
            behind(&format!("{view}{index}"), "REFRESH MATERIALIZED VIEW CONCURRENTLY sums");
        assert_eq!(refused(&effects), kind, "{index}");
    }
}

/// Beside a default partition none is detached concurrently; one that is being detached is let go.
#[test]
fn a_default_partition_forbids_concurrent_detachment() {
    let more = "CREATE TABLE events_rest PARTITION OF events DEFAULT;";
    let detach = |how: &str| {
        refused(&behind(more, &format!("ALTER TABLE events DETACH PARTITION events_1 {how}")))
    };
    assert_eq!(detach("CONCURRENTLY"), Some(RefusalKind::Unsupported));
    assert_eq!((detach(""), detach("FINALIZE")), (None, None));
}

#[test]
fn a_domain_in_arrays_is_checked_for_values_to_come_alone() {
    let mail = "CREATE DOMAIN mail AS text;";
    let table = "CREATE TABLE lists (id bigint PRIMARY KEY, members mail[])";
    let sql = "ALTER DOMAIN mail SET NOT NULL";
    let sure = behind(&format!("{mail}{table};"), sql);
    assert_eq!((refused(&sure), sure.known), (Some(RefusalKind::Unfit), true));
    let doubtful = behind(&format!("{mail}{}", perhaps(table)), sql);
    assert_eq!((refused(&doubtful), doubtful.known), (None, false));
}

/// What a table was made like may have more columns than are known.
#[test]
fn a_partition_of_which_not_all_columns_are_known_may_fit() {
    let attach = |history: &str| {
        let parent = "CREATE TABLE visits (id bigint NOT NULL, seen date) PARTITION BY RANGE (id);";
        let schema = after(Schema::unknown(), &format!("{parent}{history}"));
        let sql = "ALTER TABLE visits ATTACH PARTITION visits_1 FOR VALUES FROM (0) TO (10)";
        refused(&on(&schema, sql))
    };
    assert_eq!(attach("CREATE TABLE visits_1 (LIKE archive);"), None);
    assert_eq!(attach("CREATE TABLE visits_1 (id bigint NOT NULL);"), Some(RefusalKind::Unfit));
}

/// `json` has no order of its own; an operator class that is named may give it one.
#[test]
fn an_index_lacks_an_operator_class_where_its_column_is_known_and_none_is_named() {
    let note = "ALTER TABLE orders ADD COLUMN sent json;";
    let index = |history: &str, key: &str| {
        refused(&behind(history, &format!("CREATE INDEX ON orders ({key})")))
    };
    assert_eq!(index(note, "sent"), Some(RefusalKind::Unsupported));
    assert_eq!(index(note, "sent shop_json_ops"), None);
    assert_eq!(index("ALTER TABLE orders ADD COLUMN sent json[];", "sent"), None);
    assert_eq!(index("ALTER TABLE orders ADD COLUMN sent shop.json;", "sent"), None);
    assert_eq!(index(&perhaps("ALTER TABLE orders ADD COLUMN sent json"), "sent"), None);
}

/// The server calls a cast of nothing by its type, the replay does not.
#[test]
fn a_column_of_a_view_that_has_no_known_name_may_be_the_new_one() {
    let replaced = |old: &str| {
        let view = format!("CREATE VIEW seen AS SELECT {old} FROM orders;");
        refused(&behind(&view, "CREATE OR REPLACE VIEW seen AS SELECT status AS text FROM orders"))
    };
    assert_eq!(replaced("NULL::text"), None);
    assert_eq!(replaced("buyer"), Some(RefusalKind::Reshaped));
}

#[test]
fn a_constraint_of_another_kind_is_not_deferred() {
    let target = Target::postgres(18);
    let places = "CREATE TABLE places (id bigint, CONSTRAINT given NOT NULL id NO INHERIT);";
    let sql = "ALTER TABLE places ALTER CONSTRAINT given DEFERRABLE";
    let effects = effects_on(&replayed(places, &target), sql, &target);
    assert_eq!(refused(&effects), Some(RefusalKind::Unfit));
}
