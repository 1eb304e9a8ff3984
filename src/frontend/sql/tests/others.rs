//! Everything that is neither `CREATE` nor `ALTER`.

use super::{action, actions, name};
use crate::migration::{ActionKind, Ident, ObjectKind, ReindexTarget, SettingScope};

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
    assert!(matches!(kinds[1].kind, ActionKind::Delete(_)));
}
