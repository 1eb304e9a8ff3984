//! Statements that want for a unique key, or would reshape a view: refused by servers exactly where
//! the effects say so.

use crate::support::servers::{NEWEST, OLDEST, server};
use lockgate::effects;
use lockgate::frontend::sql;
use lockgate::migration::{Dialect, Direction, ScriptSource, Statement, Target, TransactionMode};
use lockgate::schema::{ApplyContext, Schema};
use lockgate::source::{MappedText, SourceFile, Span};
use std::sync::Arc;

const SHOP: &str = "
    CREATE TABLE products (id bigint PRIMARY KEY, sku text, maker text, gone boolean, weight int);
    CREATE UNIQUE INDEX products_sku_key ON products (sku) WHERE NOT gone;
    CREATE UNIQUE INDEX products_maker_key ON products (maker, weight) INCLUDE (sku);
    CREATE UNIQUE INDEX products_lower_key ON products (lower(maker));
    CREATE TABLE slots (id bigint PRIMARY KEY, position int UNIQUE DEFERRABLE);
    CREATE TABLE notes (body text);
    CREATE TABLE stock (sku text, maker text, weight int, slot int, product bigint);
    CREATE VIEW light AS SELECT id, sku, count(*) AS pieces FROM products GROUP BY id, sku;
    CREATE VIEW named AS SELECT 1 AS a, upper('x'), 2 AS b;";

/// Each is run on the shop as it stands above.
const STATEMENTS: &[&str] = &[
    "INSERT INTO products (id) VALUES (1) ON CONFLICT (id) DO NOTHING",
    "INSERT INTO products (id, sku) VALUES (1, 'a') ON CONFLICT (sku) DO NOTHING",
    "INSERT INTO products (id, sku) VALUES (1, 'a') ON CONFLICT (sku) WHERE NOT gone DO NOTHING",
    "INSERT INTO products (id) VALUES (1) ON CONFLICT (maker) DO NOTHING",
    "INSERT INTO products (id) VALUES (1) ON CONFLICT (weight, maker) DO NOTHING",
    "INSERT INTO products (id) VALUES (1) ON CONFLICT (weight, maker, maker) DO NOTHING",
    "INSERT INTO products (id) VALUES (1) ON CONFLICT (lower(maker)) DO NOTHING",
    "INSERT INTO products (id) VALUES (1) ON CONFLICT DO NOTHING",
    "INSERT INTO products (id) VALUES (1) ON CONFLICT ON CONSTRAINT products_pkey DO NOTHING",
    "INSERT INTO products (id) VALUES (1) ON CONFLICT ON CONSTRAINT products_maker_key DO NOTHING",
    "INSERT INTO slots (id, position) VALUES (1, 1) ON CONFLICT (position) DO NOTHING",
    "INSERT INTO notes (body) VALUES ('x') ON CONFLICT (body) DO UPDATE SET body = 'y'",
    "ALTER TABLE stock ADD FOREIGN KEY (product) REFERENCES products",
    "ALTER TABLE stock ADD FOREIGN KEY (sku) REFERENCES products (sku)",
    "ALTER TABLE stock ADD FOREIGN KEY (weight, maker) REFERENCES products (weight, maker)",
    "ALTER TABLE stock ADD FOREIGN KEY (maker) REFERENCES products (maker)",
    "ALTER TABLE stock ADD FOREIGN KEY (slot) REFERENCES slots (position)",
    "ALTER TABLE stock ADD FOREIGN KEY (sku) REFERENCES notes",
    "ALTER TABLE stock ADD UNIQUE (sku), ADD COLUMN like_it text REFERENCES stock (sku)",
    "ALTER TABLE stock ADD COLUMN like_it text REFERENCES stock (sku)",
    "CREATE TABLE tree (id int, up int REFERENCES tree (id))",
    "CREATE TABLE tree (id int UNIQUE, up int REFERENCES tree (id))",
    "CREATE TABLE tree (up int, id int PRIMARY KEY, FOREIGN KEY (up) REFERENCES tree)",
    "CREATE OR REPLACE VIEW light AS SELECT id, sku, 1::bigint AS pieces, maker FROM products",
    "CREATE OR REPLACE VIEW light AS SELECT id, sku FROM products",
    "CREATE OR REPLACE VIEW light AS SELECT sku, id, 1::bigint AS pieces FROM products",
    "CREATE OR REPLACE VIEW light (id, sku, pieces, more) AS SELECT id, sku, 1::bigint, 2 FROM products",
    "CREATE OR REPLACE VIEW named AS SELECT 1 AS a, upper('y'), 3 AS b, 4 AS c",
    "CREATE OR REPLACE VIEW named AS SELECT 1 AS a, 2 AS b, upper('y')",
];

fn statements(text: &str) -> Vec<Statement> {
    let file = Arc::new(SourceFile::new("shop.sql", text));
    let text = MappedText::verbatim(&file, Span::new(0, text.len()));
    let transaction = TransactionMode::PerScript;
    let source = ScriptSource { file, text, direction: Direction::Up, transaction };
    sql::parse(source, Dialect::Postgres).statements().cloned().collect()
}

fn refuses_alike(major: u8) {
    let target = Target::postgres(major.into());
    let mut schema = Schema::empty();
    for statement in statements(SHOP) {
        schema.apply(&statement, &ApplyContext { migration: "1", target: &target });
    }
    let mut wrong = Vec::new();
    let database = server(major).database("refusals");
    let mut client = database.connect();
    client.batch_execute(SHOP).unwrap();
    for sql in STATEMENTS {
        let parsed = statements(sql);
        let predicted = effects::of(&parsed[0], &schema, &target).refused;
        client.batch_execute("BEGIN").unwrap();
        let actual = client.batch_execute(sql).err().map(|error| error.to_string());
        client.batch_execute("ROLLBACK").unwrap();
        if predicted.is_some() != actual.is_some() {
            wrong.push(format!("{sql}: predicted {predicted:?}, the server says {actual:?}"));
        }
    }
    assert!(wrong.is_empty(), "on PostgreSQL {major}:\n{}", wrong.join("\n"));
}

#[test]
fn oldest_server_refuses_what_is_predicted() {
    refuses_alike(OLDEST);
}

#[test]
fn newest_server_refuses_what_is_predicted() {
    refuses_alike(NEWEST);
}
