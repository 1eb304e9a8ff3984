//! `CREATE` statements.

use super::{action, name};
use crate::migration::{
    ActionKind, ColumnConstraint, ConstraintKind, CreateTable, Deferral, Identity, PartitionBound,
    Persistence, ReferentialAction, Validity, Volatility,
};

fn table(text: &str) -> CreateTable {
    match action(text) {
        ActionKind::CreateTable(table) => *table,
        other => panic!("{text}: {other:?}"),
    }
}

fn orders() -> CreateTable {
    table(
        "CREATE TABLE IF NOT EXISTS Shop.\"Orders\" (
           id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
           customer_id int NOT NULL CONSTRAINT orders_customer REFERENCES customers (id)
             ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
           state varchar(20) DEFAULT 'new'::varchar NOT NULL CHECK (state <> ''),
           total numeric(10, 2) DEFAULT (0 + 1),
           placed timestamp(3) with time zone NOT NULL DEFAULT now(),
           tags text[] COLLATE \"C\",
           doubled numeric GENERATED ALWAYS AS (total * 2) STORED,
           UNIQUE NULLS NOT DISTINCT (customer_id, placed) INCLUDE (total),
           CONSTRAINT positive CHECK (total >= 0) NO INHERIT NOT VALID
         ) PARTITION BY RANGE (placed)",
    )
}

#[test]
fn columns_carry_types() {
    let table = orders();
    assert_eq!(table.name, name("shop.Orders"));
    assert!(table.if_not_exists);
    let types: Vec<String> =
        table.columns.iter().map(|c| c.data_type.as_ref().unwrap().to_string()).collect();
    assert_eq!(
        types,
        [
            "bigint",
            "integer",
            "character varying(20)",
            "numeric(10,2)",
            "timestamp(3) with time zone",
            "text[]",
            "numeric",
        ]
    );
    let collation = table.columns[5].data_type.as_ref().unwrap().collation.clone();
    assert_eq!(collation, Some(name("C")));
}

#[test]
fn columns_carry_constraints() {
    let table = orders();
    assert_eq!(table.columns[0].constraints.len(), 2);
    assert_eq!(table.columns[0].constraints[0], ColumnConstraint::Identity(Identity::Always));
    let ColumnConstraint::References { name: fk, target, deferral, .. } =
        &table.columns[1].constraints[1]
    else {
        panic!("{:?}", table.columns[1])
    };
    assert_eq!(fk.as_ref().unwrap(), "orders_customer");
    assert_eq!(target.on_delete, ReferentialAction::Cascade);
    assert_eq!(*deferral, Deferral::InitiallyDeferred);
    let ColumnConstraint::Default(default) = &table.columns[2].constraints[0] else { panic!() };
    assert_eq!(&*default.sql, "'new'::varchar");
    assert_eq!(table.columns[2].constraints[1], ColumnConstraint::NotNull { name: None });
    assert_eq!(table.columns[2].constraints.len(), 3);
    assert!(matches!(
        table.columns[6].constraints[0],
        ColumnConstraint::Generated { stored: true, .. }
    ));
    let ConstraintKind::Unique { columns, include, nulls_not_distinct, .. } =
        &table.constraints[0].kind
    else {
        panic!()
    };
    assert_eq!((columns.len(), include.len(), *nulls_not_distinct), (2, 1, true));
    assert_eq!(table.constraints[1].validity, Validity::NotValid);
    assert!(matches!(table.constraints[1].kind, ConstraintKind::Check { no_inherit: true, .. }));
    assert_eq!(table.partition_by.unwrap().0, "range");
}

#[test]
fn a_default_ends_where_the_next_constraint_begins() {
    let cases = [
        ("a int DEFAULT -1 NULL", "-1"),
        ("a int DEFAULT NULL NULL", "NULL"),
        ("a text DEFAULT ('x' || 'y') CHECK (a <> '')", "('x' || 'y')"),
        ("a int DEFAULT nextval('s'::regclass) PRIMARY KEY", "nextval('s'::regclass)"),
        ("a bool DEFAULT 1 IS DISTINCT FROM 2 UNIQUE", "1 IS DISTINCT FROM 2"),
        (
            "a int DEFAULT CASE WHEN true THEN NULL ELSE 1 END NOT NULL",
            "CASE WHEN true THEN NULL ELSE 1 END",
        ),
        ("a timestamptz DEFAULT now() - interval '1 day' NOT NULL", "now() - interval '1 day'"),
        ("a text DEFAULT 'x' COLLATE \"C\"", "'x'"),
        ("a uuid DEFAULT shop.new_id() REFERENCES b", "shop.new_id()"),
    ];
    for (column, expected) in cases {
        let table = table(&format!("CREATE TABLE t ({column})"));
        let default = table.columns[0].constraints.iter().find_map(|c| match c {
            ColumnConstraint::Default(expr) => Some(expr.sql.to_string()),
            _ => None,
        });
        assert_eq!(default.as_deref(), Some(expected), "{column}");
    }
}

#[test]
fn tables_have_other_forms() {
    assert_eq!(table("CREATE UNLOGGED TABLE t (a int)").persistence, Persistence::Unlogged);
    assert_eq!(table("CREATE TEMP TABLE t (a int)").persistence, Persistence::Temporary);
    assert_eq!(table("CREATE TABLE t () INHERITS (a, b.c)").inherits, [name("a"), name("b.c")]);
    let like = &table("CREATE TABLE t (LIKE s.orders INCLUDING ALL EXCLUDING INDEXES)").like[0];
    assert_eq!(
        (like.including.join(","), like.excluding.join(",")),
        ("ALL".into(), "INDEXES".into())
    );
    assert_eq!(table("CREATE TABLE t OF shape (PRIMARY KEY (id))").of_type, Some(name("shape")));
    let options = table("CREATE TABLE t (a int) WITH (fillfactor = 70) TABLESPACE fast").options;
    assert_eq!(options.as_deref(), Some("WITH (fillfactor = 70) TABLESPACE fast"));
    let foreign = table("CREATE FOREIGN TABLE t (a int OPTIONS (x 'y')) SERVER s OPTIONS (b 'c')");
    assert!(foreign.foreign);
}

#[test]
fn partitions_have_bounds() {
    let cases = [
        ("DEFAULT", PartitionBound::Default),
        (
            "FOR VALUES FROM ('2024-01-01', minvalue) TO ('2024-02-01', 10)",
            PartitionBound::Range {
                from: vec!["2024-01-01".into(), "MINVALUE".into()],
                to: vec!["2024-02-01".into(), "10".into()],
            },
        ),
        (
            "FOR VALUES FROM (DATE '2024-01-01', -5) TO ('2024-02-01'::date, MAXVALUE)",
            PartitionBound::Range {
                from: vec!["2024-01-01".into(), "-5".into()],
                to: vec!["2024-02-01".into(), "MAXVALUE".into()],
            },
        ),
        ("FOR VALUES IN ('a', NULL)", PartitionBound::List(vec!["a".into(), "NULL".into()])),
        (
            "FOR VALUES WITH (MODULUS 4, REMAINDER 1)",
            PartitionBound::Hash { modulus: 4, remainder: 1 },
        ),
    ];
    for (bound, expected) in cases {
        let partition = table(&format!("CREATE TABLE p PARTITION OF shop.orders {bound}"));
        let of = partition.partition_of.unwrap();
        assert_eq!((of.parent, of.bound), (name("shop.orders"), expected), "{bound}");
    }
}

#[test]
fn tables_from_queries() {
    let cases = [
        ("CREATE TABLE t AS SELECT * FROM orders", true, 0),
        ("CREATE TABLE t (a, b) AS SELECT 1, 2 WITH NO DATA", false, 2),
        ("CREATE TEMP TABLE t ON COMMIT DROP AS (SELECT id FROM orders)", true, 0),
        ("CREATE TABLE t WITH (fillfactor=10) AS TABLE orders", true, 0),
    ];
    for (text, with_data, columns) in cases {
        let ActionKind::CreateTableAs(table) = action(text) else { panic!("{text}") };
        assert_eq!((table.name, table.with_data), (name("t"), with_data), "{text}");
        assert_eq!(table.columns.len(), columns);
    }
}

#[test]
fn indexes() {
    let text = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS orders_idx ON ONLY shop.orders
        USING gin (lower(email) text_ops DESC NULLS LAST, total, (a + b), tags gin_ops (x = 1))
        INCLUDE (id) NULLS NOT DISTINCT WITH (fillfactor = 50) TABLESPACE fast
        WHERE deleted_at IS NULL";
    let ActionKind::CreateIndex(index) = action(text) else { panic!() };
    assert_eq!(index.name.unwrap(), "orders_idx");
    assert_eq!(index.table, name("shop.orders"));
    assert!(index.unique && index.concurrently && index.if_not_exists && index.only);
    assert!(index.nulls_not_distinct);
    assert_eq!(index.method, "gin");
    assert_eq!(index.columns.len(), 4);
    assert_eq!(&*index.columns[0].expr.as_ref().unwrap().sql, "lower(email)");
    assert_eq!(index.columns[0].opclass, Some(name("text_ops")));
    assert_eq!(index.columns[0].nulls_first, Some(false));
    assert!(index.columns[0].descending);
    assert_eq!(index.columns[1].column.as_ref().unwrap(), "total");
    assert_eq!(&*index.columns[2].expr.as_ref().unwrap().sql, "a + b");
    assert_eq!(index.columns[3].column.as_ref().unwrap(), "tags");
    assert_eq!(&*index.predicate.unwrap().sql, "deleted_at IS NULL");
    let ActionKind::CreateIndex(index) = action("create index on orders (id)") else { panic!() };
    assert_eq!((index.name, index.method.as_str()), (None, "btree"));
}

#[test]
fn types_and_sequences() {
    let ActionKind::CreateEnum(mood) = action("CREATE TYPE mood AS ENUM ('ok', 'it''s bad')")
    else {
        panic!()
    };
    assert_eq!(mood.values, ["ok", "it's bad"]);
    let ActionKind::CreateComposite { attributes, .. } =
        action("CREATE TYPE money_amount AS (amount numeric(10,2), currency char(3))")
    else {
        panic!()
    };
    assert_eq!(attributes.len(), 2);
    let ActionKind::CreateDomain(domain) =
        action("CREATE DOMAIN email AS text DEFAULT '' NOT NULL CONSTRAINT at CHECK (VALUE ~ '@')")
    else {
        panic!()
    };
    assert!(domain.not_null && domain.default.is_some());
    assert_eq!(domain.checks[0].0.as_ref().unwrap(), "at");
    let ActionKind::CreateSequence(sequence) = action(
        "CREATE SEQUENCE s AS bigint START WITH -1 NO CYCLE CACHE 10 OWNED BY shop.orders.id",
    ) else {
        panic!()
    };
    assert!(sequence.data_type.unwrap().is("bigint"));
    assert!(sequence.owned_by.is_some());
}

#[test]
fn functions_keep_what_they_run() {
    let text = "CREATE OR REPLACE FUNCTION shop.close(order_id bigint, INOUT note text DEFAULT 'x',
            OUT done bool)
        RETURNS SETOF record LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
        SET search_path = shop, pg_temp AS $$
        BEGIN
          UPDATE orders SET state = 'closed' WHERE id = order_id;
        END $$";
    let ActionKind::CreateFunction(function) = action(text) else { panic!() };
    assert_eq!(function.name, name("shop.close"));
    assert_eq!(function.arguments.len(), 2);
    assert_eq!(function.returns.as_deref(), Some("setof record"));
    assert_eq!(function.language, "plpgsql");
    assert_eq!(function.volatility, Volatility::Stable);
    assert!(function.strict && function.security_definer);
    assert_eq!(function.settings, ["search_path"]);
    let ActionKind::CreateFunction(function) = action(
        "CREATE FUNCTION two() RETURNS int BEGIN ATOMIC
           UPDATE t SET a = CASE WHEN b THEN 1 END; SELECT 2; END",
    ) else {
        panic!()
    };
    assert_eq!(function.body.statements.len(), 2);
    assert!(function.body.bound);
    let ActionKind::CreateFunction(function) =
        action("CREATE FUNCTION one() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'")
    else {
        panic!()
    };
    assert_eq!(&*function.body.expression.unwrap().sql, "1");
    assert!(!function.body.bound);
}

#[test]
fn triggers_and_policies() {
    let ActionKind::CreateTrigger(trigger) = action(
        "CREATE CONSTRAINT TRIGGER audit AFTER INSERT OR UPDATE OF total, state ON shop.orders
         FROM customers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.total > 0)
         EXECUTE PROCEDURE shop.audit('a')",
    ) else {
        panic!()
    };
    assert_eq!(trigger.events, ["insert", "update"]);
    assert_eq!(trigger.columns.len(), 2);
    assert!(trigger.constraint && trigger.for_each_row && trigger.when.is_some());
    assert_eq!(trigger.function, Some(name("shop.audit")));
    assert_eq!(trigger.from, Some(name("customers")));
    let ActionKind::CreatePolicy(policy) = action(
        "CREATE POLICY own ON orders AS RESTRICTIVE FOR ALL TO public, app
         USING (owner = current_user) WITH CHECK (true)",
    ) else {
        panic!()
    };
    assert!(!policy.permissive && policy.using.is_some() && policy.with_check.is_some());
}
