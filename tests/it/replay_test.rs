//! The replay without a server: what is sure, what is not, and what must not be touched.

use lockgate::frontend::sql;
use lockgate::migration::{
    ColumnTrait, Dialect, Direction, Guard, Ident, ObjectKind, ObjectName, ScriptSource, Target,
    TransactionMode,
};
use lockgate::schema::{
    ApplyContext, ConstraintBody, Fact, GuardStack, RelationName, Schema, Table, Truth,
};
use lockgate::source::{MappedText, SourceFile, Span};
use std::sync::Arc;

fn replay_on(mut schema: Schema, dialect: Dialect, text: &str) -> Schema {
    let file = Arc::new(SourceFile::new("history.sql", text));
    let whole = Span::new(0, file.text().len());
    let source = ScriptSource {
        text: MappedText::verbatim(&file, whole),
        file,
        direction: Direction::Up,
        transaction: TransactionMode::Autocommit,
    };
    let script = sql::parse(source, dialect);
    let target = Target::assumed(dialect);
    let context = ApplyContext { migration: "1", target: &target };
    for step in &script.steps {
        let mut guards = GuardStack::default();
        for statement in &step.statements {
            let runs = guards.resolve(&schema, statement, &target);
            schema.apply_as(statement, runs, &context);
        }
    }
    schema
}

fn replay(text: &str) -> Schema {
    replay_on(Schema::empty(), Dialect::Postgres, text)
}

fn table<'a>(schema: &'a Schema, name: &str) -> &'a Table {
    schema.table(&RelationName::public(name)).any().expect("the table is there")
}

fn columns(table: &Table) -> Vec<&str> {
    table.columns.iter().map(|column| column.name.as_str()).collect()
}

fn column_is_certain(schema: &Schema, name: &str, column: &str) -> bool {
    table(schema, name).column(&Ident::new(column)).expect("the column is there").certain
}

const SHOP: &str = "CREATE TABLE orders (id serial PRIMARY KEY, note text);";

#[test]
fn an_unknown_condition_makes_what_it_touches_uncertain_and_nothing_else() {
    let schema = replay(&format!(
        "{SHOP} CREATE TABLE customers (id int);
         DO $$ BEGIN IF current_setting('app.mode') = 'x' THEN
            ALTER TABLE orders ADD COLUMN total numeric;
            CREATE TABLE coupons (code text);
            DROP TABLE customers;
         END IF; END $$;"
    ));
    assert!(matches!(schema.relation(&RelationName::public("orders")), Fact::Known(_)));
    assert!(column_is_certain(&schema, "orders", "note"));
    assert!(!column_is_certain(&schema, "orders", "total"));
    assert!(matches!(schema.relation(&RelationName::public("coupons")), Fact::Uncertain(_)));
    assert!(matches!(schema.relation(&RelationName::public("customers")), Fact::Uncertain(_)));
}

#[test]
fn a_condition_on_the_schema_is_resolved_once_for_its_block() {
    let guarded = "DO $$ BEGIN
        IF NOT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = 'orders') THEN
            CREATE TABLE orders (id int);
            CREATE INDEX orders_id ON orders (id);
        ELSE
            ALTER TABLE orders ADD COLUMN second text;
        END IF; END $$;";
    let fresh = replay(guarded);
    assert!(matches!(fresh.index(&RelationName::public("orders_id")), Fact::Known(_)));
    assert_eq!(columns(table(&fresh, "orders")), ["id"]);
    let there = replay(&format!("{SHOP}{guarded}"));
    assert!(matches!(there.index(&RelationName::public("orders_id")), Fact::Absent));
    assert_eq!(columns(table(&there, "orders")), ["id", "note", "second"]);
    assert!(column_is_certain(&there, "orders", "second"));
}

#[test]
fn a_caught_duplicate_is_a_no_op_and_a_first_one_is_sure() {
    let block = "DO $$ BEGIN CREATE TYPE state AS ENUM ('a', 'b');
        EXCEPTION WHEN duplicate_object THEN NULL; END $$;";
    let schema = replay(&format!("{block} CREATE TYPE other AS ENUM ('x'); {block}"));
    let def = schema.type_def(&ObjectName::bare("state")).expect("the type is there");
    assert!(def.certain);
    assert_eq!(schema.types().count(), 2);
}

#[test]
fn what_would_be_refused_did_not_run() {
    let schema = replay(&format!(
        "{SHOP} DO $$ BEGIN IF current_setting('app.mode') = 'x' THEN
            ALTER TABLE orders ADD PRIMARY KEY (note);
            ALTER TABLE orders ADD COLUMN note int;
         END IF; END $$;"
    ));
    let orders = table(&schema, "orders");
    assert_eq!(orders.constraints.len(), 1);
    assert!(column_is_certain(&schema, "orders", "note"));
}

#[test]
fn a_history_without_its_beginning_learns_from_what_is_altered() {
    let schema = replay_on(
        Schema::unknown(),
        Dialect::Postgres,
        "ALTER TABLE invoices ADD COLUMN due date;
         ALTER TABLE invoices RENAME TO bills;
         CREATE TABLE IF NOT EXISTS notes (id int);
         CREATE TABLE drafts (id int);",
    );
    assert!(matches!(schema.table(&RelationName::public("bills")), Fact::Uncertain(_)));
    let bills = table(&schema, "bills");
    assert!(!bills.columns_known);
    assert!(bills.column(&Ident::new("due")).is_some_and(|column| column.certain));
    assert!(matches!(schema.table(&RelationName::public("notes")), Fact::Uncertain(_)));
    assert!(matches!(schema.table(&RelationName::public("drafts")), Fact::Known(_)));
    assert!(!schema.is_complete());
}

#[test]
fn an_opaque_statement_ends_the_certainty_that_nothing_else_exists() {
    let before = replay(SHOP);
    let exists = |schema: &Schema, name: &str| {
        schema.exists(ObjectKind::Table, &ObjectName::bare(name), None)
    };
    assert_eq!(exists(&before, "coupons"), Truth::False);
    let after = replay(&format!(
        "{SHOP} DO $$ DECLARE t text := current_user; BEGIN EXECUTE 'CREATE TABLE ' || t || '()'; END $$;"
    ));
    assert!(!after.is_complete());
    assert_eq!(exists(&after, "coupons"), Truth::Unknown);
    assert_eq!(exists(&after, "orders"), Truth::True);
}

#[test]
fn a_table_that_one_branch_publishes_is_known_all_the_same() {
    let published = |sql: &str| {
        let schema = replay(&format!(
            "{SHOP} DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'stream')
             THEN {sql}; END IF; END $$;"
        ));
        assert!(matches!(schema.table(&RelationName::public("orders")), Fact::Known(_)), "{sql}");
        schema.published(&Ident::new("changes")).map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(published("ALTER PUBLICATION changes ADD TABLE orders"), ["orders"]);
    assert_eq!(published("GRANT SELECT ON orders TO stream"), [""; 0]);
    let twice = "ALTER PUBLICATION changes ADD TABLE orders";
    let both = replay(&format!(
        "{SHOP} {twice}; DO $$ BEGIN IF random() < 0.5 THEN {twice}; ALTER TABLE orders ADD note text;
         ELSE ALTER PUBLICATION changes DROP TABLE orders; END IF; END $$;"
    ));
    assert_eq!(both.published(&Ident::new("changes")).count(), 1);
}

#[test]
fn what_drops_by_a_computed_name_makes_nothing() {
    let run = "DO $$ DECLARE v record; BEGIN FOR v IN SELECT viewname FROM pg_views LOOP
         EXECUTE 'DROP VIEW IF EXISTS ' || v.viewname || ' CASCADE'; END LOOP; END $$;";
    let after =
        replay(&format!("{SHOP} {run} ALTER TABLE IF EXISTS coupons ADD COLUMN spent int;"));
    assert!(!after.is_complete());
    let coupons = RelationName::public("coupons");
    assert!(matches!(after.relation(&coupons), Fact::Absent));
    assert_eq!(after.exists(ObjectKind::Table, &ObjectName::bare("coupons"), None), Truth::False);
    let other = replay_on(
        after.clone(),
        Dialect::Postgres,
        "DO $$ DECLARE t text := current_user; BEGIN EXECUTE 'CREATE TABLE ' || t || '()'; END $$;",
    );
    for joined in [after.clone().join(&other), other.join(&after)] {
        let exists = joined.exists(ObjectKind::Table, &ObjectName::bare("coupons"), None);
        assert_eq!(exists, Truth::Unknown);
    }
}

#[test]
fn a_change_that_may_not_run_makes_no_table_old() {
    let surely_made = |text: &str| {
        let schema = replay(&format!("{SHOP} CREATE TABLE coupons (code text); {text}"));
        schema.relation(&RelationName::public("coupons")).any().expect("the table").surely_made
    };
    let maybe = |text: &str| format!("DO $$ BEGIN IF f() THEN {text} END IF; END $$;");
    let publish = maybe("ALTER PUBLICATION changes ADD TABLE coupons;");
    assert!(surely_made(&publish));
    assert!(surely_made(&maybe("ALTER TABLE coupons ADD COLUMN rate numeric;")));
    let made = maybe("CREATE TABLE coupons (rate numeric);");
    assert!(!surely_made(&format!("DROP TABLE coupons; {made}")));
    assert!(!surely_made(&format!("DROP TABLE coupons; {made} {publish}")));
}

#[test]
fn a_table_that_one_of_two_branches_makes_is_not_surely_made() {
    let start = replay(SHOP);
    let run = |text: &str| replay_on(start.clone(), Dialect::Postgres, text);
    let surely_made = |one: Schema, other: &Schema| {
        let joined = one.join(other);
        joined.relation(&RelationName::public("orders")).any().expect("the table").surely_made
    };
    let again = "DROP TABLE orders; CREATE TABLE orders (id int);";
    let changed = "ALTER TABLE orders ADD COLUMN total int;";
    assert!(surely_made(run(changed), &run("ALTER TABLE orders ADD COLUMN tax int;")));
    assert!(!surely_made(run(again), &run(changed)));
    assert!(!surely_made(run(changed), &run(again)));
    assert!(!surely_made(run(changed), &run("DROP TABLE orders;")));
    let maybe = "DO $$ BEGIN IF f() THEN CREATE TABLE orders (id int); END IF; END $$;";
    let run = |text: &str| replay(&format!("{maybe} {text}"));
    assert!(!surely_made(run(changed), &run("ALTER TABLE orders ADD COLUMN tax int;")));
}

#[test]
fn what_is_asked_of_a_column_is_known() {
    let asks = |condition: &str| {
        let schema = replay(&format!(
            "CREATE TYPE mood AS ENUM ('glad'); CREATE DOMAIN code AS text;
             CREATE TABLE bills (id bigint PRIMARY KEY, at timestamp, tags text[], mood mood, code code, note text);
             DO $$ BEGIN IF f() THEN ALTER TABLE bills ALTER note TYPE varchar; END IF; END $$;
             DO $$ BEGIN IF EXISTS (SELECT FROM information_schema.columns
                 WHERE table_name = 'bills' AND {condition}) THEN CREATE TABLE asked (); END IF; END $$;"
        ));
        match schema.relation(&RelationName::public("asked")) {
            Fact::Known(_) => "yes",
            Fact::Uncertain(_) => "perhaps",
            Fact::Absent => "no",
        }
    };
    for (condition, answer) in [
        ("column_name = 'at' AND data_type = 'timestamp without time zone'", "yes"),
        ("column_name = 'at' AND data_type = 'text'", "no"),
        ("column_name = 'at' AND data_type <> 'text'", "yes"),
        ("column_name = 'id' AND data_type <> 'bigint'", "no"),
        ("column_name = 'id' AND data_type IN ('integer', 'bigint')", "yes"),
        ("column_name = 'id' AND is_nullable = 'NO'", "yes"),
        ("column_name = 'id' AND is_nullable = 'YES'", "no"),
        ("column_name = 'at' AND is_nullable = 'YES'", "yes"),
        ("column_name = 'at' AND is_nullable = 'NO'", "no"),
        ("column_name = 'tags' AND data_type = 'ARRAY'", "yes"),
        ("column_name = 'mood' AND data_type = 'text'", "perhaps"),
        ("column_name = 'code' AND data_type <> 'text'", "perhaps"),
        ("column_name = 'note' AND data_type = 'text'", "perhaps"),
        ("column_name = 'gone' AND data_type = 'text'", "no"),
    ] {
        assert_eq!(asks(condition), answer, "{condition}");
    }
}

#[test]
fn other_dialects_call_types_otherwise() {
    let guard = Guard::ColumnIs {
        table: ObjectName::bare("orders"),
        column: Ident::new("note"),
        asked: ColumnTrait::Type(vec!["text".to_owned()]),
    };
    let asked_of = |dialect| {
        let schema =
            replay_on(Schema::empty(), dialect, "CREATE TABLE orders (id int, note text);");
        schema.resolve_guard(&guard, &Target::assumed(dialect))
    };
    assert_eq!(asked_of(Dialect::Postgres), Truth::True);
    assert_eq!(asked_of(Dialect::Sqlite), Truth::Unknown);
}

#[test]
fn exclusive_branches_agree_on_what_both_did() {
    let start = replay(SHOP);
    let run = |text: &str| replay_on(start.clone(), Dialect::Postgres, text);
    let one = run("CREATE TABLE coupons (code text); ALTER TABLE orders ADD COLUMN total int;");
    let other = run(
        "CREATE TABLE vouchers (code text); ALTER TABLE orders ADD COLUMN total int, ADD COLUMN tax int;",
    );
    let joined = one.join(&other);
    assert!(matches!(joined.table(&RelationName::public("coupons")), Fact::Uncertain(_)));
    assert!(matches!(joined.table(&RelationName::public("vouchers")), Fact::Uncertain(_)));
    assert!(matches!(joined.table(&RelationName::public("orders")), Fact::Known(_)));
    assert!(column_is_certain(&joined, "orders", "id"));
    assert!(!column_is_certain(&joined, "orders", "tax"));
}

#[test]
fn local_settings_end_with_the_transaction() {
    let schema = replay(
        "CREATE SCHEMA billing; BEGIN; SET LOCAL search_path TO billing; CREATE TABLE a (id int);
         COMMIT; CREATE TABLE b (id int);
         SELECT set_config('search_path', 'billing, public', false); CREATE TABLE c (id int);",
    );
    let names: Vec<String> = schema.relations().map(|relation| relation.name.to_string()).collect();
    assert_eq!(names, ["billing.a", "billing.c", "b"]);
}

#[test]
fn a_handle_keeps_what_stood_before() {
    let before = replay(
        "CREATE TABLE orders (id serial PRIMARY KEY, customer int);
        CREATE TABLE lines (order_id int REFERENCES orders);
        CREATE VIEW overview AS SELECT customer FROM orders;",
    );
    let kept = before.clone();
    let after = replay_on(before, Dialect::Postgres, "DROP TABLE orders CASCADE;");
    assert_eq!(after.relations().count(), 1);
    assert!(table(&after, "lines").constraints.is_empty());
    let orders = RelationName::public("orders");
    assert_eq!(kept.referencing(&orders).count(), 1);
    assert_eq!(kept.views_on(&orders).count(), 1);
    assert_eq!(kept.indexes_of(&orders).count(), 1);
    assert_eq!(after.dependents(&orders).count(), 0);
}

#[test]
fn dependents_follow_renames_exactly() {
    let schema = replay(
        "CREATE TABLE orders (id serial PRIMARY KEY, parent int REFERENCES orders);
         CREATE TABLE lines (order_id int REFERENCES orders);
         CREATE VIEW overview AS SELECT id FROM orders;
         ALTER TABLE orders RENAME TO purchases;
         ALTER TABLE purchases RENAME COLUMN id TO number;",
    );
    let purchases = RelationName::public("purchases");
    assert_eq!(schema.dependents(&RelationName::public("orders")).count(), 0);
    let dependents: Vec<String> =
        schema.dependents(&purchases).map(|relation| relation.name.to_string()).collect();
    assert_eq!(dependents, ["lines", "orders_id_seq", "orders_pkey", "overview"]);
    assert_eq!(schema.referencing(&purchases).count(), 2);
    for (_, constraint) in schema.referencing(&purchases) {
        let ConstraintBody::ForeignKey { referenced, .. } = &constraint.body else { panic!() };
        assert_eq!(referenced, &[Ident::new("number")]);
    }
    let view = schema.view(&RelationName::public("overview")).any().expect("the view");
    assert_eq!(view.columns_used, [(purchases, Ident::new("number"))]);
}

#[test]
fn bulk_writes_fill_a_table_and_its_partitions() {
    let schema = replay(
        "CREATE TABLE readings (at date) PARTITION BY RANGE (at);
         CREATE TABLE readings_a PARTITION OF readings DEFAULT;
         CREATE TABLE settings (k text, v text);
         CREATE TABLE copied AS SELECT 1 AS one;
         CREATE TABLE empty AS SELECT 1 AS one WITH NO DATA;
         INSERT INTO settings VALUES ('a', 'b');
         INSERT INTO readings SELECT now();",
    );
    let filled = |name: &str| {
        schema.relation(&RelationName::public(name)).any().expect("the relation").filled
    };
    assert!(filled("readings") && filled("readings_a") && filled("copied"));
    assert!(!filled("settings") && !filled("empty"));
}

#[test]
fn versions_before_18_keep_no_not_null_constraints() {
    let schema = replay("CREATE TABLE t (id int NOT NULL);");
    assert!(table(&schema, "t").constraints.is_empty());
    assert!(table(&schema, "t").columns[0].not_null);
}

#[test]
fn sqlite_histories_replay_in_their_basics() {
    let schema = replay_on(
        Schema::empty(),
        Dialect::Sqlite,
        "CREATE TABLE accounts (id INTEGER PRIMARY KEY AUTOINCREMENT, mail TEXT UNIQUE);
         CREATE INDEX accounts_mail ON accounts (mail);
         ALTER TABLE accounts ADD COLUMN name TEXT DEFAULT 'x';
         ALTER TABLE accounts RENAME COLUMN mail TO email;
         ALTER TABLE accounts RENAME TO users;
         CREATE VIEW names AS SELECT name FROM users;
         CREATE TRIGGER touch AFTER INSERT ON users BEGIN UPDATE users SET name = 'y'; END;
         DROP INDEX accounts_mail;",
    );
    let users = table(&schema, "users");
    assert_eq!(columns(users), ["id", "email", "name"]);
    assert_eq!(users.triggers.len(), 1);
    assert!(schema.view(&RelationName::public("names")).known().is_some());
    assert!(schema.index(&RelationName::public("accounts_mail")).any().is_none());
    let keys: Vec<_> = users.constraints.iter().map(|key| key.columns().to_vec()).collect();
    assert_eq!(keys, [vec![Ident::new("id")], vec![Ident::new("email")]]);
}
