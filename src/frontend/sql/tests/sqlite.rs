//! SQLite's basics.

use super::{script_of, slices};
use crate::migration::{ActionKind, ColumnConstraint, Dialect};

fn kinds(text: &str) -> Vec<ActionKind> {
    let script = script_of(text, Dialect::Sqlite);
    let actions = script.statements().flat_map(|statement| statement.actions.clone());
    actions.map(|action| action.kind).collect()
}

#[test]
fn tables_may_have_columns_without_type() {
    let kinds = kinds(
        "CREATE TABLE IF NOT EXISTS [Orders] (
           id INTEGER PRIMARY KEY AUTOINCREMENT,
           note,
           total UNSIGNED BIG INT NOT NULL ON CONFLICT IGNORE DEFAULT 0,
           `state` VARCHAR(20) COLLATE NOCASE CHECK (state <> ''),
           doubled AS (total * 2) STORED,
           UNIQUE (note) ON CONFLICT REPLACE
         ) WITHOUT ROWID, STRICT",
    );
    let ActionKind::CreateTable(table) = &kinds[0] else { panic!("{kinds:?}") };
    assert_eq!(table.name.name, "orders");
    assert_eq!(table.columns.len(), 5);
    assert!(matches!(
        table.columns[0].constraints[0],
        ColumnConstraint::PrimaryKey { autoincrement: true, .. }
    ));
    assert_eq!(table.columns[1].data_type, None);
    assert_eq!(table.constraints.len(), 1);
    assert_eq!(table.options.as_deref(), Some("WITHOUT ROWID, STRICT"));
}

#[test]
fn a_trigger_holds_its_statements() {
    let text = "CREATE TRIGGER audit AFTER UPDATE OF total ON orders WHEN new.total > 0 BEGIN
          UPDATE log SET n = CASE WHEN n > 1 THEN 2 ELSE 3 END;
          DELETE FROM queue;
        END;
        DROP TABLE queue;";
    let script = script_of(text, Dialect::Sqlite);
    assert_eq!(slices(&script).len(), 2);
    let kinds = kinds(text);
    let ActionKind::CreateTrigger(trigger) = &kinds[0] else { panic!("{kinds:?}") };
    assert_eq!(trigger.statements.len(), 2);
    assert_eq!(script.source.file.slice(trigger.statements[1].span), "DELETE FROM queue");
    assert!(matches!(kinds[1], ActionKind::Drop(_)));
}

#[test]
fn everything_else_is_understood() {
    let text = "PRAGMA foreign_keys = OFF;
        PRAGMA table_info(orders);
        ALTER TABLE orders RENAME TO old_orders;
        ALTER TABLE orders RENAME COLUMN a TO b;
        ALTER TABLE orders ADD COLUMN c TEXT DEFAULT (datetime('now'));
        ALTER TABLE orders DROP COLUMN c;
        CREATE UNIQUE INDEX IF NOT EXISTS main.i ON orders (lower(note), total DESC) WHERE total > 0;
        INSERT OR REPLACE INTO orders (id) VALUES (1);
        CREATE VIEW v AS SELECT id FROM orders;
        CREATE VIRTUAL TABLE search USING fts5(note);
        VACUUM;
        ATTACH DATABASE 'a.db' AS a;
        REINDEX orders;
        BEGIN IMMEDIATE;
        COMMIT;";
    for kind in kinds(text) {
        assert!(kind.is_understood(), "{kind:?}");
    }
}

#[test]
fn postgres_does_not_know_what_sqlite_alone_knows() {
    for text in [
        "PRAGMA foreign_keys = OFF",
        "REPLACE INTO orders VALUES (1)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        "CREATE TABLE t (id INTEGER NOT NULL ON CONFLICT IGNORE)",
    ] {
        assert!(kinds(text).iter().all(ActionKind::is_understood), "{text}");
        let script = super::script(text);
        let statement = script.statements().next().unwrap();
        assert!(!statement.actions[0].kind.is_understood(), "{text}");
    }
}
