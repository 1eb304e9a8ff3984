//! The test servers themselves: that they start, and that the catalogue snapshot sees every kind of object.

use std::collections::{BTreeMap, BTreeSet};

use postgres::{Client, NoTls};

use crate::support::catalog::{CatalogSnapshot, Column, Persistence, TableKind, catalog};
use crate::support::servers::{NEWEST, OLDEST, server};

/// A billing schema with at least one object of each kind.
const BILLING: &str = r#"
CREATE SCHEMA billing;
CREATE TYPE invoice_state AS ENUM ('draft', 'paid');
ALTER TYPE invoice_state ADD VALUE 'sent' BEFORE 'paid';
CREATE DOMAIN email AS varchar(254) NOT NULL DEFAULT 'nobody@example.com' CONSTRAINT email_has_at CHECK (VALUE LIKE '%@%');
CREATE TYPE money_amount AS (amount numeric(12, 2), currency char(3));
CREATE SEQUENCE invoice_number AS integer START 1000 INCREMENT 5 CYCLE;
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contact email,
    name text COLLATE "C" NOT NULL,
    name_length int GENERATED ALWAYS AS (length(name)) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT customers_name_key UNIQUE (name) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE billing."Invoices" (
    id serial PRIMARY KEY,
    customer_id bigint NOT NULL,
    state invoice_state DEFAULT 'draft',
    total numeric(12, 2) CHECK (total >= 0),
    obsolete text,
    CONSTRAINT one_at_a_time EXCLUDE USING btree (customer_id WITH =) WHERE (state = 'draft')
);
ALTER TABLE billing."Invoices" DROP COLUMN obsolete;
ALTER TABLE billing."Invoices" ADD CONSTRAINT to_customer FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE NOT VALID;
CREATE INDEX invoices_open ON billing."Invoices" USING btree (customer_id, lower(total::text)) INCLUDE (state) WHERE state <> 'paid';
CREATE TABLE events (id bigint, placed date NOT NULL, region text) PARTITION BY RANGE (placed);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX events_region ON ONLY events (region);
CREATE TABLE vip_customers (discount int DEFAULT 10) INHERITS (customers);
CREATE VIEW open_invoices AS SELECT i.id, c.name FROM billing."Invoices" i JOIN customers c ON c.id = i.customer_id;
CREATE MATERIALIZED VIEW billing.totals AS SELECT customer_id, sum(total) AS total FROM billing."Invoices" GROUP BY 1 WITH NO DATA;
CREATE UNIQUE INDEX totals_key ON billing.totals (customer_id);
CREATE FUNCTION billing.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION add_tax(net numeric, rate numeric DEFAULT 0.19) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS 'SELECT net * (1 + rate)';
CREATE PROCEDURE close_month(month date) LANGUAGE sql AS 'SELECT 1';
CREATE TRIGGER touch_customer BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION billing.touch();
CREATE TRIGGER touch_event AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION billing.touch();
ALTER TABLE customers DISABLE TRIGGER touch_customer;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON customers AS RESTRICTIVE FOR UPDATE TO postgres USING (id > 0) WITH CHECK (id < 100);
CREATE UNLOGGED TABLE import_lines (line text);
CREATE TEMPORARY TABLE scratch (id int);
"#;

#[test]
fn oldest_server_shows_every_kind_of_object() {
    every_kind_of_object(OLDEST);
}

#[test]
fn newest_server_shows_every_kind_of_object() {
    every_kind_of_object(NEWEST);
}

fn every_kind_of_object(major: u8) {
    let mut database = server(major).database("catalog");
    let empty = catalog(&mut database.client);
    assert_eq!(empty.schemas, BTreeSet::from(["public".to_owned()]));
    assert!(empty.tables.is_empty() && empty.functions.is_empty() && empty.extensions.is_empty());

    database.client.batch_execute(BILLING).unwrap();
    let snapshot = catalog(&mut database.client);
    check_tables(&snapshot);
    check_constraints(&snapshot);
    check_indexes(&snapshot);
    check_types_and_sequences(&snapshot);
    check_code(&snapshot);

    let text = serde_json::to_string_pretty(&snapshot).unwrap();
    assert_eq!(serde_json::from_str::<CatalogSnapshot>(&text).unwrap(), snapshot);
    assert_eq!(catalog(&mut database.connect()), snapshot, "another session reads the same");
}

fn names<V>(map: &BTreeMap<String, V>) -> Vec<&str> {
    map.keys().map(String::as_str).collect()
}

fn column<'a>(columns: &'a [Column], name: &str) -> &'a Column {
    columns.iter().find(|column| column.name == name).unwrap()
}

fn check_tables(snapshot: &CatalogSnapshot) {
    assert_eq!(snapshot.schemas, BTreeSet::from(["billing".to_owned(), "public".to_owned()]));
    assert_eq!(
        names(&snapshot.tables),
        ["billing.Invoices", "customers", "events", "events_2024", "import_lines", "vip_customers"]
    );

    let customers = &snapshot.tables["customers"];
    assert_eq!(
        (customers.kind, customers.persistence, customers.row_security),
        (TableKind::Plain, Persistence::Permanent, true)
    );
    let listed: Vec<&str> = customers.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(listed, ["id", "contact", "name", "name_length", "created_at"]);
    assert_eq!(column(&customers.columns, "id").identity.as_deref(), Some("always"));
    assert_eq!(column(&customers.columns, "contact").data_type, "email");
    assert_eq!(column(&customers.columns, "name").collation.as_deref(), Some("C"));
    assert_eq!(column(&customers.columns, "created_at").default.as_deref(), Some("now()"));
    let generated = column(&customers.columns, "name_length").generated.as_ref().unwrap();
    assert_eq!((generated.expression.as_str(), generated.stored), ("length(name)", true));

    let invoices = &snapshot.tables["billing.Invoices"].columns;
    assert_eq!(invoices.len(), 4, "a dropped column is gone");
    assert_eq!(
        column(invoices, "id").default.as_deref(),
        Some("nextval('billing.\"Invoices_id_seq\"'::regclass)")
    );
    assert_eq!(
        (column(invoices, "total").data_type.as_str(), column(invoices, "total").not_null),
        ("numeric(12,2)", false)
    );
    assert_eq!(column(invoices, "state").default.as_deref(), Some("'draft'::invoice_state"));

    let events = &snapshot.tables["events"];
    assert_eq!(
        (events.kind, events.partition_key.as_deref()),
        (TableKind::Partitioned, Some("RANGE (placed)"))
    );
    let partition = &snapshot.tables["events_2024"];
    assert_eq!(partition.inherits, ["events"]);
    assert_eq!(
        partition.partition_bound.as_deref(),
        Some("FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')")
    );
    assert_eq!(snapshot.tables["import_lines"].persistence, Persistence::Unlogged);
    assert_eq!(snapshot.tables["vip_customers"].inherits, ["customers"]);
}

fn check_constraints(snapshot: &CatalogSnapshot) {
    let invoices = &snapshot.tables["billing.Invoices"].constraints;
    assert_eq!(
        names(invoices),
        ["Invoices_pkey", "Invoices_total_check", "one_at_a_time", "to_customer"]
    );
    let foreign = &invoices["to_customer"];
    assert_eq!(
        (foreign.kind.as_str(), foreign.validated, foreign.references.as_deref()),
        ("foreign key", false, Some("customers"))
    );
    assert_eq!(
        (foreign.columns.as_slice(), foreign.referenced_columns.as_slice()),
        (&["customer_id".to_owned()][..], &["id".to_owned()][..])
    );
    assert_eq!(
        foreign.definition,
        "FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE NOT VALID"
    );
    assert_eq!(invoices["Invoices_total_check"].definition, "CHECK ((total >= (0)::numeric))");
    assert_eq!(invoices["one_at_a_time"].kind, "exclude");
    let unique = &snapshot.tables["customers"].constraints["customers_name_key"];
    assert!(unique.deferrable && unique.deferred && unique.validated && !unique.inherited);
}

fn check_indexes(snapshot: &CatalogSnapshot) {
    let open = &snapshot.indexes["billing.invoices_open"];
    assert_eq!(
        (open.table.as_str(), open.method.as_str(), open.valid, open.unique),
        ("billing.Invoices", "btree", true, false)
    );
    assert_eq!(open.columns, [Some("customer_id".to_owned()), None]);
    assert_eq!(open.included, ["state"]);
    assert_eq!(open.predicate.as_deref(), Some("(state <> 'paid'::invoice_state)"));
    assert!(open.definition.starts_with("CREATE INDEX invoices_open ON billing.\"Invoices\""));
    assert!(
        !snapshot.indexes["events_region"].valid,
        "ON ONLY leaves the index invalid until partitions are attached"
    );
    let key = &snapshot.indexes["customers_pkey"];
    assert_eq!(
        (key.primary, key.unique, key.constraint.as_deref()),
        (true, true, Some("customers_pkey"))
    );
    assert_eq!(snapshot.indexes["billing.totals_key"].table, "billing.totals");
}

fn check_types_and_sequences(snapshot: &CatalogSnapshot) {
    assert_eq!(snapshot.enums["invoice_state"], ["draft", "sent", "paid"]);
    let email = &snapshot.domains["email"];
    assert_eq!((email.base_type.as_str(), email.not_null), ("character varying(254)", true));
    assert_eq!(names(&email.checks), ["email_has_at"]);
    let amount: Vec<&str> = snapshot.composites["money_amount"]
        .iter()
        .map(|column| column.data_type.as_str())
        .collect();
    assert_eq!(amount, ["numeric(12,2)", "character(3)"]);
    assert_eq!(
        names(&snapshot.sequences),
        ["billing.Invoices_id_seq", "customers_id_seq", "invoice_number"]
    );
    let number = &snapshot.sequences["invoice_number"];
    assert_eq!(
        (number.data_type.as_str(), number.start, number.increment, number.cycle),
        ("integer", 1000, 5, true)
    );
    assert_eq!(number.owned_by, None);
    assert_eq!(
        snapshot.sequences["billing.Invoices_id_seq"].owned_by.as_deref(),
        Some("billing.Invoices.id")
    );
    assert_eq!(snapshot.sequences["customers_id_seq"].owned_by.as_deref(), Some("customers.id"));
}

fn check_code(snapshot: &CatalogSnapshot) {
    let view = &snapshot.views["open_invoices"];
    assert_eq!(
        view.depends_on,
        BTreeSet::from(["billing.Invoices".to_owned(), "customers".to_owned()])
    );
    assert_eq!(view.columns.len(), 2);
    let totals = &snapshot.materialized_views["billing.totals"];
    assert!(!totals.populated);
    assert_eq!(column(&totals.columns, "total").data_type, "numeric");

    assert_eq!(
        names(&snapshot.functions),
        ["add_tax(numeric, numeric)", "billing.touch()", "close_month(date)"]
    );
    let tax = &snapshot.functions["add_tax(numeric, numeric)"];
    assert_eq!(
        (tax.volatility.as_str(), tax.strict, tax.returns.as_deref()),
        ("immutable", true, Some("numeric"))
    );
    assert_eq!(snapshot.functions["close_month(date)"].kind, "procedure");

    assert_eq!(
        names(&snapshot.triggers),
        ["customers.touch_customer", "events.touch_event", "events_2024.touch_event"]
    );
    let touch = &snapshot.triggers["customers.touch_customer"];
    assert_eq!(
        (touch.function.as_str(), touch.enabled, touch.inherited),
        ("billing.touch", false, false)
    );
    assert!(snapshot.triggers["events_2024.touch_event"].inherited);
    let policy = &snapshot.policies["customers.own_rows"];
    assert_eq!(
        (policy.command.as_str(), policy.permissive, policy.roles.as_slice()),
        ("update", false, &["postgres".to_owned()][..])
    );
    assert_eq!(
        (policy.using.as_deref(), policy.check.as_deref()),
        (Some("(id > 0)"), Some("(id < 100)"))
    );
}

#[test]
fn a_database_is_gone_after_its_test() {
    let database = server(NEWEST).database("gone");
    let name = database.name.clone();
    let mut by_url = Client::connect(&database.url(), NoTls).unwrap();
    let connected: String =
        by_url.query_one("SELECT current_database()::text", &[]).unwrap().get(0);
    assert_eq!(connected, name);
    let mut other = server(NEWEST).database("watcher");
    let mut count = || -> i64 {
        other
            .client
            .query_one("SELECT count(*) FROM pg_database WHERE datname = $1", &[&name])
            .unwrap()
            .get(0)
    };
    assert_eq!(count(), 1);
    drop(database);
    assert_eq!(count(), 0);
}
