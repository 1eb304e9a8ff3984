//! The replay of MySQL and MariaDB without a server: what a definition leaves out is gone, names
//! are made up as the server makes them, indexes come and go with foreign keys.

use lockgate::frontend::sql;
use lockgate::migration::{
    Dialect, Direction, Ident, ScriptSource, ServerVersion, Target, TransactionMode,
};
use lockgate::schema::{ApplyContext, Column, Index, RelationName, Schema, Table};
use lockgate::source::{MappedText, SourceFile, Span};
use std::sync::Arc;

fn replay_for(target: Target, text: &str) -> Schema {
    let file = Arc::new(SourceFile::new("history.sql", text));
    let whole = Span::new(0, file.text().len());
    let source = ScriptSource {
        text: MappedText::verbatim(&file, whole),
        file,
        direction: Direction::Up,
        transaction: TransactionMode::Autocommit,
    };
    let script = sql::parse(source, target.dialect);
    let mut schema = Schema::empty();
    let context = ApplyContext { migration: "1", target: &target };
    for statement in script.statements() {
        for action in &statement.actions {
            assert!(action.kind.is_understood(), "{:?}", action.kind);
        }
        schema.apply(statement, &context);
    }
    schema
}

fn replay(text: &str) -> Schema {
    replay_for(Target::assumed(Dialect::Mariadb), text)
}

fn table<'a>(schema: &'a Schema, name: &str) -> &'a Table {
    schema.table(&RelationName::public(name)).known().expect("the table is there")
}

fn column<'a>(schema: &'a Schema, table_name: &str, name: &str) -> &'a Column {
    table(schema, table_name).column(&Ident::caseless(name)).expect("the column is there")
}

fn indexes(schema: &Schema, table: &str) -> Vec<String> {
    let table = RelationName::public(table);
    let found = schema.indexes_of(&table);
    found.map(|(relation, _)| relation.name.within(&table).to_owned()).collect()
}

fn index<'a>(schema: &'a Schema, table: &str, name: &str) -> &'a Index {
    let full = RelationName::of_index(&RelationName::public(table), &Ident::caseless(name));
    schema.index(&full).known().expect("the index is there")
}

fn columns(table: &Table) -> Vec<&str> {
    table.columns.iter().map(|column| column.name.as_str()).collect()
}

const SHOP: &str = "
CREATE TABLE customers (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  email VARCHAR(190) NOT NULL,
  nickName VARCHAR(40) DEFAULT 'guest' COMMENT 'shown to others',
  PRIMARY KEY (id),
  UNIQUE KEY (email)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;
CREATE TABLE orders (
  id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  customer_id INT UNSIGNED NOT NULL,
  note TEXT,
  total DECIMAL(10, 2) NOT NULL DEFAULT 0,
  CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
) DEFAULT CHARSET=utf8;";

#[test]
fn a_definition_is_read_in_full() {
    let schema = replay(SHOP);
    let id = column(&schema, "customers", "ID");
    assert_eq!(id.data_type.as_ref().map(ToString::to_string).as_deref(), Some("int unsigned"));
    assert!(id.not_null && id.attributes().auto_increment);
    let name = column(&schema, "customers", "nickname");
    assert_eq!(name.name.as_str(), "nickName");
    assert_eq!(name.attributes().character_set.as_ref().map(Ident::as_str), Some("latin1"));
    assert_eq!(name.attributes().comment.as_deref(), Some("shown to others"));
    assert!(column(&schema, "orders", "id").not_null, "a key is not null");
    assert_eq!(table(&schema, "orders").storage().character_set, Some(Ident::new("utf8mb3")));
}

#[test]
fn keys_and_indexes_are_named_as_the_server_names_them() {
    let schema = replay(&format!(
        "{SHOP}
         ALTER TABLE customers ADD UNIQUE (email, id), ADD FOREIGN KEY (id) REFERENCES orders (id),
           ADD FOREIGN KEY (id) REFERENCES orders (id), ADD CHECK (id > 0);"
    ));
    assert_eq!(indexes(&schema, "customers"), ["email", "email_2", "PRIMARY"]);
    let names: Vec<&str> =
        table(&schema, "customers").constraints.iter().map(|own| own.name.as_str()).collect();
    assert_eq!(
        names,
        ["PRIMARY", "email", "email_2", "customers_ibfk_1", "customers_ibfk_2", "CONSTRAINT_1"]
    );
}

#[test]
fn a_foreign_key_brings_an_index_until_another_serves_it() {
    let schema = replay(SHOP);
    assert_eq!(indexes(&schema, "orders"), ["orders_customer", "PRIMARY"]);
    assert!(index(&schema, "orders", "orders_customer").implied);
    let schema = replay(&format!("{SHOP} CREATE INDEX own ON orders (customer_id, total);"));
    assert_eq!(indexes(&schema, "orders"), ["own", "PRIMARY"]);
}

#[test]
fn modify_drops_what_it_does_not_repeat_and_keeps_keys() {
    let schema = replay(&format!(
        "{SHOP}
         ALTER TABLE customers MODIFY nickName VARCHAR(80) FIRST, MODIFY id BIGINT,
           CHANGE COLUMN email mail VARCHAR(255);"
    ));
    assert_eq!(columns(table(&schema, "customers")), ["nickName", "id", "mail"]);
    let name = column(&schema, "customers", "nickname");
    assert!(name.default.is_none() && name.attributes().comment.is_none());
    let id = column(&schema, "customers", "id");
    assert!(id.not_null && !id.attributes().auto_increment);
    assert!(!column(&schema, "customers", "mail").not_null);
    assert_eq!(index(&schema, "customers", "email").columns[0].column, Some(Ident::new("mail")));
}

#[test]
fn dropping_a_column_shrinks_its_indexes() {
    let schema = replay(&format!(
        "{SHOP} CREATE INDEX by_note ON orders (note(20)); CREATE INDEX two ON orders (total, note(10));
         ALTER TABLE orders DROP COLUMN note;"
    ));
    assert_eq!(indexes(&schema, "orders"), ["orders_customer", "PRIMARY", "two"]);
    assert_eq!(index(&schema, "orders", "two").columns.len(), 1);
}

#[test]
fn tables_change_places_with_their_indexes() {
    let schema = replay(
        "CREATE TABLE orders (id INT PRIMARY KEY, a INT, KEY (a));
         CREATE TABLE orders_new (id INT PRIMARY KEY, b INT, KEY (b), FOREIGN KEY (b) REFERENCES orders_new (id));
         RENAME TABLE orders TO orders_old, orders_new TO orders;",
    );
    assert_eq!(
        indexes(&schema, "orders"),
        ["PRIMARY", "b"].map(str::to_owned).into_iter().rev().collect::<Vec<_>>()
    );
    assert_eq!(indexes(&schema, "orders_old"), ["a", "PRIMARY"]);
    let names: Vec<&str> =
        table(&schema, "orders").constraints.iter().map(|own| own.name.as_str()).collect();
    assert_eq!(names, ["PRIMARY", "orders_ibfk_1"]);
}

#[test]
fn a_conversion_reaches_every_text_column_and_widens_it() {
    let schema = replay(
        "CREATE TABLE notes (id INT, body TEXT, tag VARCHAR(20) CHARACTER SET ascii) CHARSET latin1;
         ALTER TABLE notes CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;",
    );
    let body = column(&schema, "notes", "body");
    assert_eq!(body.data_type.as_ref().map(ToString::to_string).as_deref(), Some("mediumtext"));
    let tag = column(&schema, "notes", "tag");
    assert_eq!(tag.attributes().collation, Some(Ident::new("utf8mb4_bin")));
}

#[test]
fn old_servers_give_timestamps_a_default() {
    let history = "CREATE TABLE log (a TIMESTAMP, b TIMESTAMP, c TIMESTAMP NULL);";
    let old = Target {
        version: ServerVersion { major: 10, minor: 6 },
        ..Target::assumed(Dialect::Mariadb)
    };
    let schema = replay_for(old, history);
    let default = |name: &str| {
        let column = column(&schema, "log", name);
        (column.not_null, column.default.as_ref().map(|expr| expr.sql.to_string()))
    };
    assert_eq!(default("a"), (true, Some("CURRENT_TIMESTAMP".to_owned())));
    assert_eq!(default("b"), (true, Some("'0000-00-00 00:00:00'".to_owned())));
    assert_eq!(default("c"), (false, None));
    let schema = replay(history);
    assert!(!column(&schema, "log", "a").not_null);
}

#[test]
fn the_first_use_names_the_database_that_the_connection_has() {
    let schema = replay(
        "USE shop; CREATE TABLE orders (id INT); ALTER TABLE shop.orders ADD total INT;
         USE audit; CREATE TABLE trail (id INT); USE shop; ALTER TABLE orders ADD note TEXT;",
    );
    assert_eq!(columns(table(&schema, "orders")), ["id", "total", "note"]);
    let trail = RelationName::new(Ident::new("audit"), Ident::new("trail"));
    assert!(schema.table(&trail).known().is_some());
}
