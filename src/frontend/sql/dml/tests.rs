//! Statements and their actions, table by table.

use super::lower;
use crate::migration::{
    ActionKind, Dialect, Ident, InsertSource, MergeChange, ObjectName, OnConflict, Persistence,
    Query, RowPredicate, SetOption, SettingScope, Update,
};

fn actions(sql: &str) -> Vec<ActionKind> {
    lower(sql, Dialect::Postgres).unwrap_or_else(|error| panic!("{sql}: {error:?}"))
}

fn one(sql: &str) -> ActionKind {
    let mut actions = actions(sql);
    assert_eq!(actions.len(), 1, "{sql}");
    actions.remove(0)
}

fn names(list: &[ObjectName]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn writes(query: &Query) -> String {
    names(&query.facts.as_ref().expect("facts").writes)
}

fn rows(rows: &RowPredicate) -> String {
    match rows {
        RowPredicate::All => "all".to_owned(),
        RowPredicate::Where(condition) => format!("where {}", condition.sql),
        RowPredicate::Slice(condition) => {
            let condition = condition.as_ref().map(|it| format!(" where {}", it.sql));
            format!("slice{}", condition.unwrap_or_default())
        }
        RowPredicate::CurrentOf => "current".to_owned(),
    }
}

fn merge_change(change: &MergeChange) -> String {
    match change {
        MergeChange::Insert => "insert".to_owned(),
        MergeChange::Update(columns) => {
            let columns: Vec<&str> = columns.iter().map(Ident::as_str).collect();
            format!("update {}", columns.join(","))
        }
        MergeChange::Delete => "delete".to_owned(),
    }
}

/// An action in one line: what, on which table, which rows, what else is read.
fn line(action: &ActionKind) -> String {
    let reads = |query: &Query| match &query.facts {
        Ok(facts) => format!("[{}]", names(&facts.reads)),
        Err(_) => "[?]".to_owned(),
    };
    match action {
        ActionKind::Insert(insert) => {
            let source = match insert.source {
                InsertSource::Values(rows) => format!("{rows} rows"),
                InsertSource::Query => "query".to_owned(),
                InsertSource::Defaults => "defaults".to_owned(),
            };
            let conflict = if insert.on_conflict == OnConflict::Fail { "" } else { " conflict" };
            let columns: Vec<_> = insert.columns.iter().map(|name| name.as_str()).collect();
            let columns = columns.join(",");
            format!(
                "insert {}({columns}) {source}{conflict} {}",
                insert.table,
                reads(&insert.query)
            )
        }
        ActionKind::Update(update) => {
            let Update { table, only, assignments, from, rows: which, query } = &**update;
            let set: Vec<_> = assignments
                .iter()
                .map(|(column, value)| format!("{column}={}", value.sql))
                .collect();
            let only = if *only { "only " } else { "" };
            let from = names(from);
            let set = set.join(" ");
            format!("update {only}{table} set {set} from({from}) {} {}", rows(which), reads(query))
        }
        ActionKind::Delete(delete) => {
            let only = if delete.only { "only " } else { "" };
            let using = names(&delete.using);
            let which = rows(&delete.rows);
            format!("delete {only}{} using({using}) {which} {}", delete.table, reads(&delete.query))
        }
        ActionKind::Merge(merge) => {
            let changes: Vec<String> = merge.changes.iter().map(merge_change).collect();
            format!("merge {} {changes:?} {}", merge.table, reads(&merge.query))
        }
        ActionKind::Select(query) => format!("select {}", reads(query)),
        ActionKind::CreateTableAs(table) => {
            format!("create {} {}", table.name, reads(&table.query))
        }
        ActionKind::Set(set) => format!("set {} {:?} {:?}", set.name, set.values, set.scope),
        other => format!("{other:?}"),
    }
}

fn check(table: &[(&str, &str)], dialect: Dialect) {
    for (sql, expected) in table {
        let actions = lower(sql, dialect).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let lines: Vec<_> = actions.iter().map(line).collect();
        assert_eq!(lines.join("; "), *expected, "{sql}");
    }
}

#[test]
fn a_table_made_without_columns_is_made() {
    let kinds = lower("SELECT INTO markers FROM orders", Dialect::Postgres).expect("a query");
    assert!(matches!(&kinds[..], [ActionKind::CreateTableAs(made)] if made.name.name == "markers"));
}

#[test]
fn a_query_with_an_unknown_part_stays_a_query() {
    let kinds = lower("SELECT xmlelement(name a, b) FROM t", Dialect::Postgres).expect("a query");
    let [ActionKind::Select(query)] = kinds.as_slice() else { panic!("no query: {kinds:?}") };
    assert!(query.facts.is_err());
    for refused in [
        "SELECT xmlelement(name a, b) INTO kept FROM t",
        "SELECT xmlelement(name a, b) DROP TABLE t",
        "SELECT xmlelement(name a, b FROM t",
    ] {
        assert!(lower(refused, Dialect::Postgres).is_err(), "{refused}");
    }
}

#[test]
fn inserts() {
    check(
        &[
            ("INSERT INTO orders VALUES (1, 'a'), (2, DEFAULT)", "insert orders() 2 rows []"),
            (
                "INSERT INTO shop.orders (id, \"Total\") VALUES (1, now());",
                "insert shop.orders(id,Total) 1 rows []",
            ),
            ("INSERT INTO orders DEFAULT VALUES", "insert orders() defaults []"),
            (
                "INSERT INTO orders AS o (id) SELECT id FROM carts",
                "insert orders(id) query [carts]",
            ),
            ("INSERT INTO orders (SELECT * FROM orders)", "insert orders() query [orders]"),
            ("INSERT INTO orders TABLE carts", "insert orders() query [carts]"),
            (
                "INSERT INTO orders (id) OVERRIDING SYSTEM VALUE VALUES (1) RETURNING id",
                "insert orders(id) 1 rows []",
            ),
            (
                "INSERT INTO orders (id) VALUES (1) ON CONFLICT DO NOTHING",
                "insert orders(id) 1 rows conflict []",
            ),
            (
                "INSERT INTO stock AS s (sku, n) VALUES ('a', (SELECT max(n) FROM x)) \
                 ON CONFLICT (sku) WHERE n > 0 DO UPDATE SET n = s.n + excluded.n \
                 WHERE s.n < (SELECT 1 FROM y) RETURNING *",
                "insert stock(sku,n) 1 rows conflict [x y]",
            ),
            (
                "WITH c AS (SELECT * FROM carts) INSERT INTO orders SELECT * FROM c JOIN d ON true",
                "insert orders() query [carts d]",
            ),
            ("INSERT INTO orders VALUES (1), (2) ORDER BY 1 LIMIT 1", "insert orders() query []"),
        ],
        Dialect::Postgres,
    );
}

#[test]
fn updates() {
    check(
        &[
            ("UPDATE orders SET paid = true", "update orders set paid=true from() all []"),
            (
                "UPDATE ONLY shop.orders * AS o SET total = o.total * 2, note = DEFAULT WHERE o.id > 5 RETURNING id",
                "update only shop.orders set total=o.total * 2 note=DEFAULT from() where o.id > 5 []",
            ),
            (
                "UPDATE orders o SET total = s.sum FROM sums s, (SELECT 1 FROM x) y WHERE s.id = o.id",
                "update orders set total=s.sum from(sums) where s.id = o.id [sums x]",
            ),
            (
                "UPDATE orders SET (a, b) = (1, 'x'), (c, d) = (SELECT e, f FROM t)",
                "update orders set a=1 b='x' c=(SELECT e, f FROM t) d=(SELECT e, f FROM t) from() all [t]",
            ),
            (
                "UPDATE orders SET n = r.limit, m = 2 FROM (SELECT id, 1 AS order FROM rates) r WHERE r.id = orders.returning",
                "update orders set n=r.limit m=2 from() where r.id = orders.returning [rates]",
            ),
            (
                "UPDATE orders SET paid = paid_at IS DISTINCT FROM NULL, n = extract(year FROM at) WHERE id = 1",
                "update orders set paid=paid_at IS DISTINCT FROM NULL n=extract(year FROM at) from() where id = 1 []",
            ),
            (
                "UPDATE orders SET a = 1 WHERE CURRENT OF c",
                "update orders set a=1 from() current []",
            ),
            (
                "UPDATE orders SET tags[1] = 'x', address.city = 'y'",
                "update orders set tags='x' address='y' from() all []",
            ),
            (
                "UPDATE orders SET total = (SELECT sum(x) FROM items WHERE items.order_id = orders.id)",
                "update orders set total=(SELECT sum(x) FROM items WHERE items.order_id = orders.id) from() all [items]",
            ),
        ],
        Dialect::Postgres,
    );
}

#[test]
fn deletes() {
    check(
        &[
            ("DELETE FROM carts", "delete carts using() all []"),
            (
                "DELETE FROM ONLY carts c WHERE c.id = 1",
                "delete only carts using() where c.id = 1 []",
            ),
            (
                "DELETE FROM carts USING users u JOIN x ON true WHERE u.id = carts.user_id",
                "delete carts using(users x) where u.id = carts.user_id [users x]",
            ),
            ("DELETE FROM carts WHERE CURRENT OF c", "delete carts using() current []"),
            ("DELETE FROM carts RETURNING id", "delete carts using() all []"),
        ],
        Dialect::Postgres,
    );
}

#[test]
fn merges() {
    check(
        &[
            (
                "MERGE INTO stock AS s USING (SELECT * FROM arrivals) a ON s.sku = a.sku \
             WHEN MATCHED AND CASE WHEN a.n > 0 THEN true ELSE false END THEN UPDATE SET n = s.n + a.n \
             WHEN NOT MATCHED BY SOURCE THEN DELETE \
             WHEN NOT MATCHED THEN INSERT (sku, n) VALUES (a.sku, (SELECT 1 FROM x))",
                r#"merge stock ["update n", "delete", "insert"] [arrivals x]"#,
            ),
            (
                "MERGE INTO ONLY stock USING arrivals a ON a.sku = stock.sku WHEN MATCHED THEN DO NOTHING",
                "merge stock [] [arrivals]",
            ),
        ],
        Dialect::Postgres,
    );
}

#[test]
fn queries() {
    check(
        &[
            ("SELECT * FROM orders", "select [orders]"),
            ("VALUES (1)", "select []"),
            ("SELECT;", "select []"),
            ("TABLE orders", "select [orders]"),
            ("(SELECT 1) UNION (SELECT 2 FROM a)", "select [a]"),
            ("SELECT id INTO shop.archive FROM orders", "create shop.archive [orders]"),
            (
                "SELECT pg_catalog.set_config('search_path', '', false);",
                "set search_path [\"\"] Session",
            ),
            ("SELECT set_config('lock_timeout', '2s', true)", "set lock_timeout [\"2s\"] Local"),
            ("SELECT set_config('lock_timeout', $1, true)", "select []"),
            (
                "SELECT set_config('search_path', 'a, \"B\"', true)",
                "set search_path [\"a\", \"B\"] Local",
            ),
        ],
        Dialect::Postgres,
    );
    let ActionKind::CreateTableAs(table) = one("SELECT 1 AS a INTO TEMP t") else { panic!() };
    assert_eq!(table.persistence, Persistence::Temporary);
    let ActionKind::CreateTableAs(table) = one("SELECT 1 AS a INTO UNLOGGED TABLE t") else {
        panic!()
    };
    assert_eq!(table.persistence, Persistence::Unlogged);
    let set = SetOption {
        name: "lock_timeout".to_owned(),
        values: vec!["5s".to_owned()],
        scope: SettingScope::Session,
    };
    assert_eq!(one("SELECT set_config('Lock_Timeout', '5s', false)"), ActionKind::Set(set));
}

#[test]
fn data_modifying_ctes_are_actions_of_their_own() {
    check(
        &[
            (
                "WITH moved AS (DELETE FROM carts RETURNING *), \
             kept AS (INSERT INTO archive SELECT * FROM moved RETURNING id) \
             SELECT * FROM kept",
                "delete carts using() all []; insert archive() query []; select []",
            ),
            (
                "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SEARCH DEPTH FIRST BY n SET o, \
             u AS MATERIALIZED (UPDATE a SET b = 1 FROM t WHERE t.n = a.id RETURNING 1) DELETE FROM c USING u",
                "update a set b=1 from() where t.n = a.id []; delete c using() all []",
            ),
        ],
        Dialect::Postgres,
    );
    let all =
        actions("WITH gone AS (DELETE FROM carts RETURNING id) UPDATE users SET n = 1 FROM gone");
    let Some(ActionKind::Update(update)) = all.last() else { panic!() };
    assert_eq!(writes(&update.query), "carts");
}

#[test]
fn sqlite() {
    check(
        &[
            (
                "INSERT OR REPLACE INTO Orders (ID) VALUES (1)",
                "insert orders(id) 1 rows conflict []",
            ),
            ("REPLACE INTO orders VALUES (1)", "insert orders() 1 rows conflict []"),
            (
                "UPDATE OR IGNORE orders SET a = 1 WHERE 1",
                "update orders set a=1 from() where 1 []",
            ),
            (
                "DELETE FROM orders WHERE id IN (SELECT id FROM x)",
                "delete orders using() where id IN (SELECT id FROM x) [x]",
            ),
            ("INSERT INTO new_t SELECT a, b FROM t", "insert new_t() query [t]"),
        ],
        Dialect::Sqlite,
    );
}

#[test]
fn a_refused_expression_costs_its_facts_alone() {
    let ActionKind::Delete(delete) = one("DELETE FROM carts WHERE a @@@ ? ~~> (b") else {
        panic!()
    };
    assert_eq!(delete.table, ObjectName::bare("carts"));
    assert!(matches!(&delete.rows, RowPredicate::Where(condition) if condition.facts.is_none()));
    assert!(delete.query.facts.is_err());
}

#[test]
fn errors_name_the_place() {
    for (sql, offset, message) in [
        ("INSERT orders VALUES (1)", 7, "expected INTO, found \"orders\""),
        ("INSERT INTO orders VALUES (1,,2)", 29, "expected a value"),
        ("UPDATE orders WHERE a = 1", 20, "expected SET"),
        ("UPDATE orders SET", 17, "expected an assignment after SET"),
        ("DELETE carts", 7, "expected FROM, found \"carts\""),
        ("DELETE FROM carts c d", 20, "unexpected \"d\""),
        ("SELECT * FROM", 13, ""),
        ("DELETE FROM carts WHERE", 23, "expected a condition after WHERE"),
        ("INSERT INTO a VALUES (1) b", 25, ""),
        ("INSERT INTO a VALUES (1) DROP TABLE b", 25, ""),
        ("INSERT INTO a SELECT 1 FROM b DROP TABLE c", 30, "expected ';'"),
        ("DELETE FROM a WHERE b = 1 ALTER TABLE c ADD d int", 26, "expected ';'"),
        ("UPDATE a SET b = 1 DELETE FROM c WHERE d = 1", 19, "expected ';'"),
        ("DELETE FROM a WHERE b = 1 UPDATE c SET d = 1", 26, "expected ';'"),
        ("UPDATE é SET", 13, "expected an assignment after SET"),
    ] {
        let error = lower(sql, Dialect::Postgres).expect_err(sql);
        assert_eq!(error.offset, offset, "{sql}: {error:?}");
        assert!(error.message.starts_with(message), "{sql}: {error:?}");
    }
}

#[test]
fn cut_and_mixed_statements_do_not_panic() {
    let statements = [
        "WITH a AS (DELETE FROM b USING c WHERE (d, e) = (1, 2) RETURNING *) SELECT * FROM a",
        "INSERT INTO t AS x (a, b) VALUES (1, 'é'), (2, $$y$$) ON CONFLICT (a) DO UPDATE SET b = excluded.b",
        "UPDATE ONLY t SET (a, b) = ROW (1, 2), c[1] = 3 FROM u JOIN v USING (w) AS z WHERE CURRENT OF k",
        "MERGE INTO t USING s ON a = b WHEN NOT MATCHED BY SOURCE AND c THEN UPDATE SET d = 1",
    ];
    for sql in statements {
        for (at, _) in sql.char_indices() {
            let (head, tail) = sql.split_at(at);
            for dialect in Dialect::ALL {
                let _ = lower(head, dialect);
                let _ = lower(tail, dialect);
                for other in ["(", ")", ",", "'", "SET", "WITH", ".", "ONLY", "VALUES", "AS", ";"] {
                    let _ = lower(&format!("{head} {other} {tail}"), dialect);
                }
            }
        }
    }
}

#[test]
fn large_inserts_are_counted() {
    let rows = vec!["(1, 'name', NULL, now())"; 20_000].join(",");
    let ActionKind::Insert(insert) = one(&format!("INSERT INTO t VALUES {rows}")) else { panic!() };
    assert_eq!(insert.source, InsertSource::Values(20_000));
}
