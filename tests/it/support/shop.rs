//! A shop on PostgreSQL, and what statements do in it.

use super::effects::{effects_on, statements};
use lockgate::effects::{Effects, LockMode, RefusalKind};
use lockgate::migration::{Dialect, Target};
use lockgate::schema::{ApplyContext, GuardStack, RelationName, Schema, Truth};

/// Tables of a shop.
pub const SHOP: &str = "
    CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL);
    CREATE TABLE orders (id bigint PRIMARY KEY, status text, total integer, buyer varchar(20),
        customer_id bigint REFERENCES customers);
    CREATE INDEX orders_status_idx ON orders (status);
    CREATE TABLE events (id bigint NOT NULL, day date, note text) PARTITION BY RANGE (id);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (1000);
    CREATE FOREIGN TABLE supplies (id bigint, price integer) SERVER warehouse;";

/// A statement of which nobody can tell what it made.
pub const CLOUD: &str = "DO $$ BEGIN EXECUTE current_setting('shop.setup'); END $$;";

/// Runs what a setting of the server decides on.
pub fn perhaps(sql: &str) -> String {
    format!("DO $$ BEGIN IF current_setting('shop.more') = 'on' THEN {sql}; END IF; END $$;")
}

/// The schema behind statements of which some may not have run.
pub fn after(mut schema: Schema, history: &str) -> Schema {
    let target = Target::postgres(16);
    let mut guards = GuardStack::default();
    for statement in statements(history, Dialect::Postgres) {
        let truth = guards.resolve(&schema, &statement, &target);
        if truth != Truth::False {
            let context = ApplyContext { migration: "1", target: &target };
            schema.apply_as(&statement, truth, &context);
        }
    }
    schema
}

/// The schema of the shop, and more of its history.
pub fn shop(more: &str) -> Schema {
    after(Schema::empty(), &format!("{SHOP}{more}"))
}

/// What a statement does on PostgreSQL 16.
pub fn on(schema: &Schema, sql: &str) -> Effects {
    effects_on(schema, sql, &Target::postgres(16))
}

/// What a statement does behind the shop and more of its history.
pub fn behind(more: &str, sql: &str) -> Effects {
    on(&shop(more), sql)
}

/// What a statement does in the shop.
pub fn in_shop(sql: &str) -> Effects {
    behind("", sql)
}

/// What a statement does on a database of which nothing is known.
pub fn on_unknown(sql: &str) -> Effects {
    on(&Schema::unknown(), sql)
}

/// The lock on a table.
pub fn lock_of(effects: &Effects, table: &str) -> Option<LockMode> {
    effects.lock_on(&RelationName::public(table)).map(|lock| lock.mode)
}

/// What kind of refusal the server gives.
pub fn refused(effects: &Effects) -> Option<RefusalKind> {
    effects.refused.as_ref().map(|refusal| refusal.kind)
}
