//! Facts of expressions and queries, table by table.

use super::{expr, query, single_expression};
use crate::migration::{Dialect, Expr, ExprShape, FunctionCall, ObjectName, Predicate, Query};

fn pg(sql: &str) -> Expr {
    let expr = expr(sql, Dialect::Postgres);
    assert!(expr.facts.is_some(), "refused: {sql}");
    expr
}

fn select(sql: &str) -> Query {
    let query = query(sql, Dialect::Postgres);
    assert!(query.facts.is_ok(), "refused: {sql}");
    query
}

fn qualified(name: &ObjectName) -> String {
    match &name.schema {
        Some(schema) => format!("{schema}.{}", name.name),
        None => name.name.to_string(),
    }
}

fn names(list: &[ObjectName]) -> String {
    list.iter().map(qualified).collect::<Vec<_>>().join(" ")
}

fn calls(list: &[FunctionCall]) -> String {
    let argument = |argument: &Option<String>| argument.clone().unwrap_or_else(|| "?".to_owned());
    let call = |call: &FunctionCall| {
        let arguments: Vec<_> = call.arguments.iter().map(argument).collect();
        format!("{}({})", qualified(&call.name), arguments.join(","))
    };
    list.iter().map(call).collect::<Vec<_>>().join(" ")
}

#[test]
fn functions_are_named_as_the_server_names_them() {
    for (sql, expected) in [
        ("nextval('orders_id_seq'::regclass)", "nextval(orders_id_seq)"),
        ("pg_catalog.now()", "now()"),
        ("CURRENT_TIMESTAMP", "current_timestamp()"),
        ("LOCALTIME", "localtime()"),
        ("current_user", "current_user()"),
        ("CURRENT_DATE + interval '1 day'", "current_date()"),
        ("audit.stamp(-1, NULL, lower('A'))", "audit.stamp(-1,?,?) lower(A)"),
        ("coalesce(gen_random_uuid(), NULL)", "gen_random_uuid()"),
        ("now() AT TIME ZONE 'utc'", "timezone(utc,?) now()"),
        ("extract(year FROM paid_at)", "extract(year,?)"),
        ("trim(both ' ' from name)", "btrim(?, )"),
        ("trim(LEADING FROM name)", "ltrim(?, )"),
        ("\"Stamp\"()", "Stamp()"),
        ("total > (SELECT max(total) FROM orders)", "max(?)"),
        ("collation for (name)", "pg_collation_for(?)"),
        ("jsonb_build_array(VARIADIC parts)", "jsonb_build_array(?)"),
    ] {
        assert_eq!(calls(pg(sql).functions()), expected, "{sql}");
    }
}

#[test]
fn shapes_look_through_parentheses_and_casts() {
    let literal = |text: &str| ExprShape::Literal(text.to_owned());
    for (sql, expected) in [
        ("NULL", ExprShape::Null),
        ("(NULL::integer)", ExprShape::Null),
        ("'open'::text", literal("open")),
        ("(('it''s'))", literal("it's")),
        ("E'a\\nb'", literal("a\nb")),
        ("-1", literal("-1")),
        ("(-1.5)::numeric", literal("-1.5")),
        ("TRUE", literal("true")),
        ("date '2024-01-01'", literal("2024-01-01")),
        ("inet '::1'", literal("::1")),
        ("interval '1 day'", literal("1 day")),
        ("total", ExprShape::Column("total".into())),
        ("(orders.\"Total\")", ExprShape::Column("Total".into())),
        ("total + 1", ExprShape::Other),
        ("ARRAY[1]", ExprShape::Other),
    ] {
        assert_eq!(*pg(sql).shape(), expected, "{sql}");
    }
    let ExprShape::ColumnCast(column, to) = pg("(total)::numeric(10, 2)").shape().clone() else {
        panic!("no cast of a column");
    };
    assert_eq!((column.as_str(), to.to_string().as_str()), ("total", "numeric(10,2)"));
    assert!(matches!(pg("now()").shape(), ExprShape::Call(call) if call.name.name == "now"));
    assert!(matches!(pg("CURRENT_DATE").shape(), ExprShape::Call(_)));
}

#[test]
fn strings_on_several_lines_are_one() {
    assert_eq!(pg("'a'\n  'b' -- and\n 'c'").shape(), &ExprShape::Literal("abc".to_owned()));
    let call = pg("f('a'\n'b', 'c')");
    assert_eq!(call.functions()[0].arguments.len(), 2);
    assert_eq!(expr("'a' 'b'", Dialect::Postgres).facts, None);
}

#[test]
fn names_with_code_points_are_read() {
    let columns = |sql: &str| pg(sql).columns().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(columns(r#"U&"d\0061ta" > 1"#), ["data"]);
    assert_eq!(columns(r#"u&"d!0061ta" UESCAPE '!' > 1"#), ["data"]);
    assert_eq!(columns("u & mask"), ["u", "mask"]);
}

fn parts(sql: &str) -> String {
    words(pg(sql).conjuncts())
}

fn words(parts: &[Predicate]) -> String {
    let part = |predicate: &Predicate| match predicate {
        Predicate::IsNotNull(column) => format!("{column} not null"),
        Predicate::IsNull(column) => format!("{column} null"),
        Predicate::Compare { column, operator, literal } => {
            format!("{column} {operator} {literal}")
        }
        Predicate::AnyOf { column, literals } => format!("{column} in {}", literals.join("|")),
        Predicate::AnyPart(alternatives) => {
            let words: Vec<String> = alternatives.iter().map(|parts| words(parts)).collect();
            format!("({})", words.join(" or "))
        }
        Predicate::True => "true".to_owned(),
        Predicate::Other => "other".to_owned(),
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

#[test]
fn conjunctions_are_taken_apart() {
    for (sql, expected) in [
        ("email IS NOT NULL", "email not null"),
        ("NOT (email IS NULL)", "email not null"),
        ("NOT (email IS NULL OR phone IS NULL)", "email not null, phone not null"),
        ("email IS DISTINCT FROM NULL", "email not null"),
        ("email IS NULL", "email null"),
        ("(a IS NOT NULL) AND (b IS NOT NULL AND c > 0)", "a not null, b not null, c > 0"),
        ("a IS NOT NULL OR b IS NOT NULL", "(a not null or b not null)"),
        ("NOT (total >= 1 AND total < 5)", "(total < 1 or total >= 5)"),
        ("a > 1 OR (b > 2 AND c > 3) OR NOT d > 4", "(a > 1 or b > 2, c > 3 or d <= 4)"),
        ("5 < total", "total > 5"),
        ("10 >= orders.total", "total <= 10"),
        ("NOT total < 5", "total >= 5"),
        ("status != 'open'", "status <> open"),
        ("status IN ('open', 'paid')", "status in open|paid"),
        ("status = ANY (ARRAY['open', 'paid'])", "status in open|paid"),
        ("status = ANY ('{open,paid}'::text[])", "status in open|paid"),
        (
            "((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
            "status in a|b",
        ),
        ("status NOT IN ('open')", "other"),
        ("total BETWEEN 1 AND 5", "total >= 1, total <= 5"),
        ("total NOT BETWEEN 1 AND 5", "(total < 1 or total > 5)"),
        ("NOT (total NOT BETWEEN 1 AND 5)", "total >= 1, total <= 5"),
        ("total::text > '5'", "other"),
        ("paid IS TRUE", "paid = true"),
        ("total BETWEEN SYMMETRIC 5 AND 1", "other, other"),
        ("body IS DOCUMENT", "other"),
        ("total*-1 < 5", "other"),
        ("total=-1", "total = -1"),
        ("total>=-1", "total >= -1"),
        ("total>-1 AND 5<>-total AND total<-2", "total > -1, other, total < -2"),
        ("total<>+1", "total <> 1"),
        ("total > other_total", "other"),
        ("lower(status) = 'open'", "other"),
    ] {
        assert_eq!(parts(sql), expected, "{sql}");
    }
}

#[test]
fn conditions_that_always_hold_are_true() {
    for sql in ["true", "1 = 1", "'a' = 'a'", "NOT false", "(TRUE)", "id = 5 OR 1 = 1"] {
        assert_eq!(parts(sql), "true", "{sql}");
    }
    for sql in ["false", "1 = 2", "'1' = 1", "id = id", "1 <> 1"] {
        assert_eq!(parts(sql), "other", "{sql}");
    }
    assert_eq!(expr("1", Dialect::Sqlite).conjuncts(), [Predicate::True]);
    assert_eq!(expr("0", Dialect::Sqlite).conjuncts(), [Predicate::Other]);
}

#[test]
fn columns_casts_and_subqueries_are_kept_apart() {
    let expr = pg("a + b::bigint > (SELECT c FROM t WHERE t.d = a)");
    let columns: Vec<_> = expr.columns().iter().map(|column| column.as_str()).collect();
    assert_eq!(columns, ["a", "b"]);
    let facts = expr.facts.expect("facts");
    assert_eq!(facts.casts[0].name.name, "bigint");
    assert_eq!(names(&facts.queries.reads), "t");
    assert!(facts.queries.columns.contains(&(Some(ObjectName::bare("t")), "d".into())));
    assert!(facts.queries.columns.contains(&(None, "a".into())));
}

#[test]
fn reads_leave_out_names_of_ctes_in_their_scope() {
    for (sql, expected) in [
        ("SELECT 1", ""),
        ("SELECT * FROM shop.orders o JOIN items i ON i.order_id = o.id", "shop.orders items"),
        ("SELECT * FROM a, LATERAL (SELECT * FROM b WHERE b.id = a.id) x", "a b"),
        ("SELECT (SELECT count(*) FROM b) FROM a WHERE id IN (SELECT id FROM c)", "a b c"),
        ("SELECT * FROM a UNION ALL SELECT * FROM b EXCEPT SELECT * FROM a", "a b"),
        ("SELECT * FROM generate_series(1, 3) g, unnest(ARRAY[1]) u", ""),
        ("WITH a AS (SELECT * FROM b) SELECT * FROM a", "b"),
        ("WITH a AS (SELECT * FROM a) SELECT * FROM a", "a"),
        ("WITH RECURSIVE a AS (SELECT 1 UNION SELECT * FROM a) SELECT * FROM a", ""),
        ("WITH a AS (SELECT 1) SELECT * FROM public.a", "public.a"),
        ("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) x, a", "a"),
        ("SELECT * FROM ONLY orders", "orders"),
        ("SELECT * FROM a JOIN ONLY (b) ON true", "a b"),
        ("SELECT * FROM orders * WHERE id = 2 * 3", "orders"),
        ("TABLE orders", "orders"),
        ("SELECT a <+> b, c === d, -1 <>-2 FROM t", "t"),
        (
            "SELECT sum(a) OVER (RANGE BETWEEN '1 day'::interval PRECEDING AND CURRENT ROW) FROM t",
            "t",
        ),
        ("SELECT 1 FROM t WHERE EXISTS (SELECT) AND at AT LOCAL > x", "t"),
        ("(TABLE \"Orders\")", "Orders"),
        ("SELECT * FROM a JOIN b USING (id) AS m WHERE m.id = 1", "a b"),
        ("VALUES ((SELECT 1 FROM a))", "a"),
        ("SELECT sum(x) OVER (ORDER BY y ROWS 1 PRECEDING EXCLUDE TIES) FROM a", "a"),
        ("SELECT x::text COLLATE \"C\" FROM a ORDER BY x::text COLLATE \"C\"", "a"),
        ("SELECT * FROM json_to_recordset('[]') AS (a int, b text)", ""),
        ("SELECT a NOTNULL FROM t WHERE b ISNULL", "t"),
        ("SELECT * FROM t WHERE path @> ANY (SELECT p FROM u)", "t u"),
        ("SELECT * FROM t WHERE name LIKE ANY (ARRAY['a']) AND n <> ALL (SELECT m FROM u)", "t u"),
    ] {
        assert_eq!(names(select(sql).reads()), expected, "{sql}");
    }
}

#[test]
fn result_columns_know_their_origin() {
    for (sql, expected) in [
        ("SELECT id, o.total AS sum FROM orders o", "id<orders.id sum<orders.total"),
        ("SELECT id FROM a, b", "id"),
        ("SELECT a.id FROM a, b", "id<a.id"),
        ("SELECT count(*), total + 1, 'x' FROM orders", "count - -"),
        ("SELECT * FROM orders", "orders.*"),
        ("SELECT o.*, i.sku FROM orders o JOIN items i ON true", "orders.* sku<items.sku"),
        ("SELECT * FROM (SELECT id, 1 AS one FROM orders) s", "id<orders.id one"),
        ("WITH s AS (SELECT id AS k FROM orders) SELECT s.k FROM s", "k<orders.id"),
        ("WITH s (k) AS (SELECT id FROM orders) SELECT * FROM s", "k<orders.id"),
        ("SELECT id FROM orders UNION SELECT id FROM items", "id"),
        ("SELECT (f(x)).* FROM t", "unknown"),
        ("SELECT total::numeric FROM orders", "total"),
        ("VALUES (1, 2)", "column1 column2"),
    ] {
        assert_eq!(output(&select(sql)), expected, "{sql}");
    }
}

fn output(query: &Query) -> String {
    use crate::migration::OutputColumn;
    let entry = |column: &OutputColumn| match column {
        OutputColumn::Named { name, source: Some((table, column)) } => {
            format!("{name}<{}.{column}", qualified(table))
        }
        OutputColumn::Named { name, source: None } => name.to_string(),
        OutputColumn::Star(Some(table)) => format!("{}.*", qualified(table)),
        OutputColumn::Star(None) => "*".to_owned(),
        OutputColumn::Unnamed => "-".to_owned(),
    };
    let output = query.facts.as_ref().ok().and_then(|facts| facts.output.clone());
    output.map_or("unknown".to_owned(), |columns| {
        columns.iter().map(entry).collect::<Vec<_>>().join(" ")
    })
}

#[test]
fn row_locks_name_relations() {
    for (sql, expected) in [
        ("SELECT * FROM orders FOR UPDATE", "orders"),
        ("SELECT * FROM orders o, items i FOR NO KEY UPDATE OF o", "orders"),
        ("SELECT * FROM a, b, c FOR SHARE OF a, c SKIP LOCKED", "a c"),
        ("SELECT * FROM a FOR KEY SHARE NOWAIT", "a"),
        ("SELECT * FROM a", ""),
    ] {
        let facts = select(sql).facts.expect("facts");
        let locked: Vec<_> = facts.row_locks.iter().map(|lock| lock.relation.clone()).collect();
        assert_eq!(names(&locked), expected, "{sql}");
    }
}

#[test]
fn data_modifying_ctes_write() {
    let query = select(
        "WITH gone AS (DELETE FROM carts c USING users u WHERE u.id = c.user_id RETURNING c.id) \
         SELECT id FROM gone",
    );
    let facts = query.facts.clone().expect("facts");
    assert_eq!(names(&facts.writes), "carts");
    assert_eq!(names(&facts.reads), "users");
    assert_eq!(output(&query), "id<carts.id");
}

#[test]
fn columns_are_named_with_their_relation_where_it_is_clear() {
    let facts = select("SELECT o.id, total FROM orders o WHERE paid ORDER BY total").facts;
    let orders = || Some(ObjectName::bare("orders"));
    let expected = [(orders(), "id".into()), (orders(), "total".into()), (orders(), "paid".into())];
    assert_eq!(facts.expect("facts").columns, expected);
}

#[test]
fn subscripts_and_fields_hide_no_column() {
    let text = "SELECT o.tags[1], (o.address).city, o.parts[o.first:last], (f(x)).y FROM orders o";
    let columns = select(text).facts.expect("facts").columns.clone();
    let columns: Vec<_> = columns.iter().map(|(_, column)| column.as_str()).collect();
    assert_eq!(columns, ["tags", "address", "parts", "first", "last", "x"]);
}

#[test]
fn a_function_body_of_one_expression_is_told() {
    for (sql, expected) in [
        ("SELECT lower($1)", Some("lower($1)")),
        (" return a + b; ", Some("a + b")),
        ("SELECT 1 FROM t", None),
        ("SELECT a, b", None),
        ("UPDATE t SET a = 1", None),
    ] {
        let expr = single_expression(sql, Dialect::Postgres);
        assert_eq!(expr.as_ref().map(|expr| &*expr.sql), expected, "{sql}");
    }
}

#[test]
fn refused_text_has_no_facts() {
    for sql in ["", "(", "a b c", "'open", "$$x", "1 +", "\u{0}", "a.", "((((((((("] {
        assert_eq!(expr(sql, Dialect::Postgres).facts, None, "{sql}");
        assert!(query(sql, Dialect::Postgres).facts.is_err(), "{sql}");
    }
}

#[test]
fn depth_and_length_cost_neither_the_stack_nor_much_time() {
    let start = std::time::Instant::now();
    for (open, close) in
        [("(", ")"), ("NOT ", ""), ("f(", ")"), ("- ", ""), ("CASE ", ""), ("[", "")]
    {
        let deep = format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
        assert_eq!(expr(&deep, Dialect::Postgres).facts, None);
        let _ = query(&format!("SELECT * FROM {deep}"), Dialect::Postgres);
        let some = format!("{}1{}", open.repeat(40), close.repeat(40));
        let _ = expr(&some, Dialect::Postgres);
        let _ = query(&format!("SELECT * FROM {some}"), Dialect::Postgres);
    }
    let chain = vec!["a = 1"; 300].join(" OR ");
    assert!(expr(&chain, Dialect::Postgres).facts.is_some());
    let chain = vec!["a = 1"; 50_000].join(" OR ");
    assert_eq!(expr(&chain, Dialect::Postgres).facts, None);
    let union = vec!["SELECT 1"; 50_000].join(" UNION ALL ");
    assert!(query(&union, Dialect::Postgres).facts.is_err());
    let list = format!("a IN ({})", vec!["1"; 50_000].join(","));
    assert!(expr(&list, Dialect::Postgres).facts.is_some());
    assert!(start.elapsed().as_secs() < 60);
}

#[test]
fn a_bare_column_is_true_or_false_on_postgres_and_a_number_elsewhere() {
    assert_eq!(parts("paid AND NOT lost"), "paid = true, lost = false");
    let mysql = expr("paid AND total = 1", Dialect::Mysql);
    assert!(matches!(mysql.conjuncts(), [Predicate::Other, Predicate::Compare { .. }]));
}
