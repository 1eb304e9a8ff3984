//! Everything that is neither `CREATE` nor `ALTER`.

use super::{action, actions, name};
use crate::migration::{
    ActionKind, ConflictTarget, Ident, ObjectKind, ReindexTarget, SettingScope,
};

#[test]
fn drops() {
    let cases = [
        ("DROP TABLE IF EXISTS a, s.b CASCADE", ObjectKind::Table, 2),
        ("DROP INDEX CONCURRENTLY IF EXISTS i", ObjectKind::Index, 1),
        ("DROP MATERIALIZED VIEW v RESTRICT", ObjectKind::MaterializedView, 1),
        ("DROP FUNCTION f(int, text), g", ObjectKind::Function, 2),
        ("DROP OPERATOR + (int, int)", ObjectKind::Operator, 1),
        ("DROP CAST (a AS b)", ObjectKind::Cast, 1),
        ("DROP OWNED BY app", ObjectKind::Owned, 1),
        ("DROP TYPE mood", ObjectKind::Type, 1),
    ];
    for (text, kind, count) in cases {
        let ActionKind::Drop(dropped) = action(text) else { panic!("{text}") };
        assert_eq!((dropped.kind, dropped.names.len()), (kind, count), "{text}");
        assert_eq!(dropped.cascade, text.contains("CASCADE"), "{text}");
        assert_eq!(dropped.if_exists, text.contains("IF EXISTS"), "{text}");
        assert_eq!(dropped.concurrently, text.contains("CONCURRENTLY"), "{text}");
    }
    let ActionKind::Drop(dropped) = action("DROP TRIGGER audit ON shop.orders") else { panic!() };
    assert_eq!(dropped.table, Some(name("shop.orders")));
}

#[test]
fn settings() {
    let cases = [
        ("SET lock_timeout = '2s'", "lock_timeout", "2s", SettingScope::Session),
        ("SET LOCAL lock_timeout TO 2000", "lock_timeout", "2000", SettingScope::Local),
        ("SET search_path TO Shop, \"$user\"", "search_path", "shop,$user", SettingScope::Session),
        ("SET TIME ZONE 'UTC'", "timezone", "UTC", SettingScope::Session),
        ("SET SESSION statement_timeout = DEFAULT", "statement_timeout", "", SettingScope::Session),
        ("RESET ALL", "all", "", SettingScope::Session),
        ("RESET lock_timeout", "lock_timeout", "", SettingScope::Session),
        ("SET ROLE app", "role", "app", SettingScope::Session),
    ];
    for (text, setting, value, scope) in cases {
        let ActionKind::Set(set) = action(text) else { panic!("{text}") };
        assert_eq!((set.name.as_str(), set.values.join(",").as_str()), (setting, value), "{text}");
        assert_eq!(set.scope, scope, "{text}");
    }
}

#[test]
fn transactions() {
    let cases = [
        ("BEGIN", vec![ActionKind::Begin]),
        ("START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", vec![ActionKind::Begin]),
        ("END", vec![ActionKind::Commit]),
        ("COMMIT AND CHAIN", vec![ActionKind::Commit, ActionKind::Begin]),
        ("ROLLBACK WORK", vec![ActionKind::Rollback]),
        ("ROLLBACK TO a", vec![ActionKind::RollbackTo(Ident::new("a"))]),
        ("SAVEPOINT a", vec![ActionKind::Savepoint(Ident::new("a"))]),
        ("RELEASE SAVEPOINT a", vec![ActionKind::Release(Ident::new("a"))]),
    ];
    for (text, expected) in cases {
        let kinds: Vec<ActionKind> = actions(text).into_iter().map(|action| action.kind).collect();
        assert_eq!(kinds, expected, "{text}");
    }
}

#[test]
fn maintenance() {
    let ActionKind::Vacuum(vacuum) = action("VACUUM (FULL, ANALYZE off) orders (id), s.b") else {
        panic!()
    };
    assert!(vacuum.full && !vacuum.analyze);
    assert_eq!(vacuum.tables, [(name("orders"), false), (name("s.b"), false)]);
    let ActionKind::Reindex(reindex) = action("REINDEX (VERBOSE) TABLE CONCURRENTLY orders") else {
        panic!()
    };
    assert!(reindex.concurrently);
    assert_eq!(reindex.target, ReindexTarget::Table(name("orders")));
    assert_eq!(
        action("CLUSTER orders USING orders_idx"),
        ActionKind::Cluster { table: Some(name("orders")), index: Some(Ident::new("orders_idx")) }
    );
    let ActionKind::LockTable(lock) = action("LOCK TABLE ONLY a, b IN SHARE ROW EXCLUSIVE MODE")
    else {
        panic!()
    };
    assert_eq!(lock.mode, "SHARE ROW EXCLUSIVE");
    assert_eq!(lock.tables, [(name("a"), true), (name("b"), false)]);
    let ActionKind::Truncate(truncate) = action("TRUNCATE a, ONLY b RESTART IDENTITY CASCADE")
    else {
        panic!()
    };
    assert!(truncate.cascade && truncate.restart_identity);
    let ActionKind::Refresh(refresh) =
        action("REFRESH MATERIALIZED VIEW CONCURRENTLY s.v WITH NO DATA")
    else {
        panic!()
    };
    assert!(refresh.concurrently && !refresh.with_data);
}

#[test]
fn privileges_and_comments() {
    let ActionKind::Grant(grant) =
        action("GRANT SELECT, UPDATE (total) ON TABLE orders, s.b TO app WITH GRANT OPTION")
    else {
        panic!()
    };
    assert_eq!(grant.tables, [name("orders"), name("s.b")]);
    let ActionKind::Comment(comment) = action("COMMENT ON COLUMN s.orders.total IS 'with tax'")
    else {
        panic!()
    };
    assert_eq!(comment.kind, ObjectKind::Column);
    assert_eq!(comment.tables, [name("s.orders")]);
    assert_eq!(comment.name, Some(name("total")));
}

#[test]
fn explain_runs_its_statement_only_with_analyze() {
    assert_eq!(actions("EXPLAIN DELETE FROM orders").len(), 1);
    let kinds = actions("EXPLAIN (ANALYZE, VERBOSE) DELETE FROM orders");
    assert!(matches!(kinds[0].kind, ActionKind::Delete(_)));
}

#[test]
fn objects_that_are_modelled_by_their_kind_say_what_changes() {
    let cases = [
        ("ALTER TYPE address ADD ATTRIBUTE zip text CASCADE", ObjectKind::Type, "add attribute"),
        ("ALTER ROLE app SET search_path = shop", ObjectKind::Role, "set"),
        ("ALTER EXTENSION postgis UPDATE TO '3.4'", ObjectKind::Extension, "update"),
        ("ALTER FUNCTION f(int) SECURITY DEFINER", ObjectKind::Function, "security definer"),
        ("ALTER PUBLICATION p ADD TABLE orders", ObjectKind::Publication, "add table"),
        ("ALTER SCHEMA shop OWNER TO app", ObjectKind::Schema, "owner"),
        ("ALTER POLICY own ON orders USING (true)", ObjectKind::Policy, "using"),
        ("ALTER SYSTEM SET work_mem = '1GB'", ObjectKind::System, "set"),
        (
            "ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO app",
            ObjectKind::DefaultPrivileges,
            "grant",
        ),
    ];
    for (text, kind, option) in cases {
        let ActionKind::AlterObject(change) = action(text) else { panic!("{text}") };
        assert_eq!((change.kind, change.option.as_str()), (kind, option), "{text}");
    }
    let ActionKind::CreateObject(rule) =
        action("CREATE RULE r AS ON INSERT TO shop.orders DO ALSO (SELECT 1; SELECT 2)")
    else {
        panic!()
    };
    assert_eq!(rule.tables, [name("shop.orders")]);
    let ActionKind::Grant(grant) = action("GRANT SET ON PARAMETER work_mem TO app") else {
        panic!()
    };
    assert_eq!(grant.kind, ObjectKind::System);
}

#[test]
fn statements_without_effect_on_relations() {
    for text in [
        "NOTIFY jobs, 'x'",
        "LISTEN jobs",
        "PREPARE p (int) AS SELECT $1",
        "DEALLOCATE ALL",
        "CHECKPOINT",
        "LOAD 'x'",
        "DISCARD PLANS",
        "SHOW search_path",
        "SET TRANSACTION READ ONLY",
    ] {
        assert!(matches!(action(text), ActionKind::Session { .. }), "{text}");
    }
    assert!(matches!(action("EXECUTE p (1)"), ActionKind::Opaque { .. }));
    assert!(matches!(
        action("SET CONSTRAINTS ALL DEFERRED"),
        ActionKind::SetConstraints { immediate: false }
    ));
}

#[test]
fn upserts_name_their_key() {
    let target = |text: &str| {
        let insert = action(&format!("INSERT INTO a (b) VALUES (1) {text} RETURNING b"));
        let ActionKind::Insert(insert) = insert else { panic!("{text}") };
        insert.conflict_targets
    };
    let columns =
        |filtered| ConflictTarget::Columns { columns: vec!["b".into(), "C".into()], filtered };
    assert_eq!(target("ON CONFLICT (b, \"C\") DO NOTHING"), [columns(false)]);
    assert_eq!(target("ON CONFLICT (b, \"C\") WHERE b > 1 DO UPDATE SET b = 2"), [columns(true)]);
    assert_eq!(target("ON CONFLICT (b, lower(c)) DO NOTHING"), [ConflictTarget::Expressions]);
    assert_eq!(target("ON CONFLICT (b COLLATE \"C\") DO NOTHING"), [ConflictTarget::Expressions]);
    let constraint = ConflictTarget::Constraint("a_key".into());
    assert_eq!(target("ON CONFLICT ON CONSTRAINT a_key DO NOTHING"), [constraint]);
    assert_eq!(target("ON CONFLICT DO NOTHING"), []);
}
