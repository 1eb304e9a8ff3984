//! Scripts of MySQL and MariaDB: where statements end, what comments run, what is prepared.

use crate::frontend::sql::parse;
use crate::migration::{
    ActionKind, Algorithm, Dialect, Direction, Form, Guard, LockLevel, MysqlChange, OnConflict,
    Script, ScriptSource, ServerVersion, Statement, TableChange, Target, TransactionMode,
};
use crate::source::{MappedText, SourceFile, Span};
use std::sync::Arc;

fn script(text: &str, target: impl Into<Target>) -> Script {
    let file = Arc::new(SourceFile::new("1.sql", text));
    let whole = Span::new(0, file.text().len());
    let text = MappedText::verbatim(&file, whole);
    let (direction, transaction) = (Direction::Up, TransactionMode::Autocommit);
    parse(ScriptSource { file, text, direction, transaction }, target)
}

fn statements(text: &str) -> Vec<Statement> {
    script(text, Dialect::Mysql).statements().cloned().collect()
}

fn texts(text: &str) -> Vec<String> {
    let statements = statements(text);
    for statement in &statements {
        for action in &statement.actions {
            assert!(action.kind.is_understood(), "{:?}", action.kind);
        }
    }
    statements.iter().map(|statement| statement.sql.to_string()).collect()
}

#[test]
fn delimiters_and_bodies_end_statements() {
    let program = "CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW BEGIN \
        IF NEW.a THEN SET NEW.b = CASE WHEN 1 THEN 2 END; END IF; END";
    let bare = format!("{program};SELECT 1;");
    assert_eq!(texts(&bare), [program, "SELECT 1"]);
    let delimited = format!("DELIMITER $$\n{program}$$\nSELECT 1; $$\nDELIMITER ;\nSELECT 2;");
    assert_eq!(texts(&delimited), [program, "SELECT 1", "SELECT 2"]);
    let several = format!("DELIMITER $$\nDROP TRIGGER IF EXISTS t;\n{program}$$\nDELIMITER ;\n");
    assert_eq!(texts(&several), ["DROP TRIGGER IF EXISTS t", program]);
    let below = format!("DELIMITER\n\n$$\n{program}$$\nDELIMITER ;\nSELECT 2;");
    assert_eq!(texts(&below), [program, "SELECT 2"]);
    let plain = "CREATE TRIGGER t AFTER DELETE ON orders FOR EACH ROW SET @n = @n + 1; SELECT 1;";
    assert_eq!(texts(plain).len(), 2);
    let looped = "CREATE PROCEDURE p() BEGIN a: LOOP LEAVE a; END LOOP a; \
        WHILE x DO SET x = REPEAT('a', 2); END WHILE; IF IF(1, 2, 3) THEN SELECT 1; END IF; END;";
    assert_eq!(texts(&format!("{looped} SELECT 1;")).len(), 2);
}

#[test]
fn quotes_and_comments_hide_semicolons() {
    let text = "INSERT INTO t VALUES ('it\\'s; x', \"a;b\", 'c''d;'); # not; here\n\
        -- nor; here\nSELECT 5--1; /* nor; here */ SELECT `a;b` FROM t;";
    assert_eq!(texts(text).len(), 3);
}

#[test]
fn comments_that_the_server_runs_are_read() {
    let found =
        statements("/*!40101 SET NAMES utf8 */; CREATE TABLE t (a INT /*!80023 INVISIBLE */);");
    assert!(matches!(&found[0].actions[0].kind, ActionKind::Set(option) if option.name == "names"));
    assert_eq!(&*found[0].sql, "/*!40101 SET NAMES utf8 */");
    let ActionKind::CreateTable(table) = &found[1].actions[0].kind else { panic!() };
    assert_eq!(table.columns[0].constraints.len(), 1);
    let count = |dialect| script("/*M! SELECT 1 */; SELECT 2;", dialect).steps.len();
    assert_eq!((count(Dialect::Mysql), count(Dialect::Mariadb)), (1, 2));
    let script = script("CREATE TABLE t (a INT /*!80023 INVISIBLE */)", Dialect::Mariadb);
    let ActionKind::CreateTable(table) = &script.steps[0].statements[0].actions[0].kind else {
        panic!()
    };
    assert!(table.columns[0].constraints.is_empty(), "MariaDB leaves it alone");
}

#[test]
fn how_a_change_runs_belongs_to_its_statement() {
    let found = statements(
        "ALTER TABLE orders ADD note TEXT AFTER total, ALGORITHM=INPLACE, LOCK=NONE;
         CREATE INDEX i ON orders (a) ALGORITHM=COPY; DROP INDEX i ON orders LOCK=SHARED;",
    );
    let online: Vec<_> = found.iter().map(|one| one.online()).collect();
    assert_eq!(online[0].algorithm, Some(Algorithm::InPlace));
    assert_eq!(online[0].lock, Some(LockLevel::None));
    assert_eq!(online[1].algorithm, Some(Algorithm::Copy));
    assert_eq!(online[2].lock, Some(LockLevel::Shared));
}

#[test]
fn a_prepared_statement_stands_for_its_text() {
    let found = statements(
        "SET @there = (SELECT COUNT(*) FROM information_schema.columns WHERE 1 = 0);
         SET @sql = IF((SELECT COUNT(*) FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = DATABASE()
            AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'Note') = 0,
            'ALTER TABLE orders ADD note TEXT', 'SELECT 1');
         PREPARE change_it FROM @sql; EXECUTE change_it; DEALLOCATE PREPARE change_it;",
    );
    let executed: Vec<&Statement> =
        found.iter().filter(|one| one.sql.starts_with("EXECUTE")).collect();
    let [only] = executed.as_slice() else { panic!("{executed:?}") };
    assert!(matches!(&only.actions[0].kind, ActionKind::AlterTable { change, .. }
        if matches!(change.as_ref(), TableChange::AddColumn { .. })));
    assert_eq!(only.guard.to_string(), "not (column orders.Note exists)");
    let asked = statements(
        "set @exist := (select count(*) from information_schema.statistics where table_name = 'orders'
            and index_name = 'by_total' and table_schema = database());
         set @sqlstmt := if(@exist > 0, 'ALTER TABLE orders DROP INDEX by_total', 'SELECT 1');
         PREPARE stmt FROM @sqlstmt; EXECUTE stmt;",
    );
    let dropped = asked.iter().find(|one| one.sql.starts_with("EXECUTE")).expect("it is there");
    assert_eq!(dropped.guard.to_string(), "index orders.by_total exists");
    let named = statements(
        "SET @dbname = DATABASE(); SET @tablename = 'orders'; SET @columnname = 'note';
         SET @sqlstmt = (SELECT IF(
           (SELECT COUNT(*) FROM INFORMATION_SCHEMA.COLUMNS
             WHERE (table_name = @tablename) AND (table_schema = @dbname) AND (column_name = @columnname)) > 0,
           'SELECT 1', CONCAT('ALTER TABLE ', @tablename, ' ADD ', @columnname, ' TEXT')));
         PREPARE stmt FROM @sqlstmt; EXECUTE stmt;",
    );
    let added = named.iter().find(|one| one.sql.starts_with("EXECUTE")).expect("it is there");
    assert_eq!(added.guard.to_string(), "not (column orders.note exists)");
    let unknown = statements("PREPARE s FROM @from_elsewhere; EXECUTE s;");
    assert!(matches!(unknown[1].actions[0].kind, ActionKind::Opaque { .. }));
    let joined = statements(
        "SET @t = 'orders'; SET @sql = CONCAT('DROP TABLE ', @t); PREPARE s FROM @sql; EXECUTE s;",
    );
    assert!(
        matches!(&joined[3].actions[0].kind, ActionKind::Drop(drop) if drop.names[0].name == "orders")
    );
}

#[test]
fn several_tables_are_changed_by_one_statement() {
    let found = statements(
        "UPDATE orders o JOIN customers c ON c.id = o.customer_id SET o.total = 0, c.spent = 0 WHERE o.id = 1;
         DELETE o, c FROM orders AS o JOIN customers c ON c.id = o.customer_id;
         INSERT IGNORE INTO orders SET total = 1 ON DUPLICATE KEY UPDATE total = 2;",
    );
    let written = |at: usize| -> Vec<String> {
        let kinds = found[at].actions.iter().filter_map(|one| one.kind.written_relation());
        kinds.map(ToString::to_string).collect()
    };
    assert_eq!(written(0), ["orders", "customers"]);
    assert_eq!(written(1), ["orders", "customers"]);
    assert!(
        matches!(&found[2].actions[0].kind, ActionKind::Insert(insert) if insert.on_conflict != OnConflict::Fail)
    );
}

#[test]
fn a_failure_costs_its_statement_alone() {
    let found = statements("ALTER TABLE t ADD COLUMN; ALTER TABLE t DROP PRIMARY KEY;");
    assert!(matches!(found[0].actions[0].kind, ActionKind::Unparsed { .. }));
    assert!(matches!(&found[1].actions[0].kind, ActionKind::AlterTable { change, .. }
        if **change == TableChange::Mysql(MysqlChange::DropPrimaryKey)));
    assert_eq!(found[1].guard, Guard::Always);
}

fn on(dialect: Dialect, major: u16, minor: u16) -> Target {
    Target { version: ServerVersion { major, minor }, ..Target::assumed(dialect) }
}

#[test]
fn comments_run_on_the_servers_that_they_name() {
    let runs = |comment: &str, target: Target| {
        let text = format!("CREATE TABLE orders (id INT, note TEXT {comment});");
        let script = script(&text, target);
        let ActionKind::CreateTable(table) = &script.steps[0].statements[0].actions[0].kind else {
            panic!("{text}")
        };
        !table.columns[1].constraints.is_empty()
    };
    let (mysql, mariadb) = (Dialect::Mysql, Dialect::Mariadb);
    for (comment, target, expected) in [
        ("/*!80023 INVISIBLE */", on(mysql, 8, 0), true),
        ("/*!80023 INVISIBLE */", on(mysql, 5, 7), false),
        ("/*!90100 INVISIBLE */", on(mysql, 8, 4), false),
        ("/*!90100 INVISIBLE */", on(mysql, 9, 7), true),
        ("/*!80023 INVISIBLE */", on(mariadb, 11, 8), false),
        ("/*!50100 NOT NULL */", on(mariadb, 10, 11), true),
        ("/*!100301 INVISIBLE */", on(mariadb, 10, 11), true),
        ("/*!100301 INVISIBLE */", on(mysql, 9, 7), false),
        ("/*M!100301 INVISIBLE */", on(mariadb, 10, 11), true),
        ("/*M!110400 INVISIBLE */", on(mariadb, 10, 11), false),
        ("/*M!110400 INVISIBLE */", on(mariadb, 11, 8), true),
        ("/*M!100301 INVISIBLE */", on(mysql, 8, 0), false),
        ("/*! NOT NULL */", on(mysql, 5, 7), true),
        ("/*!99999 INVISIBLE /* with a comment */ */", on(mysql, 9, 7), false),
    ] {
        assert_eq!(runs(comment, target), expected, "{comment} on {target:?}");
    }
    let rows = "INSERT INTO orders (id) VALUES (1) /*!99999 , (2), (3) */;";
    let script = script(rows, on(mysql, 8, 0));
    let ActionKind::Insert(insert) = &script.steps[0].statements[0].actions[0].kind else {
        panic!()
    };
    assert_eq!(insert.source, crate::migration::InsertSource::Values(1));
}

#[test]
fn settings_of_one_statement_are_taken_back() {
    let script = script(
        "SET STATEMENT foreign_key_checks = 0, lock_wait_timeout = 2 FOR ALTER TABLE orders DROP COLUMN note;",
        Dialect::Mariadb,
    );
    let statements = &script.steps[0].statements;
    let set = |at: usize| -> Vec<(&str, usize)> {
        let actions = statements[at].actions.iter();
        let options = actions.map(|action| match &action.kind {
            ActionKind::Set(option) => (option.name.as_str(), option.values.len()),
            other => panic!("{other:?}"),
        });
        options.collect()
    };
    assert_eq!(set(0), [("foreign_key_checks", 1), ("lock_wait_timeout", 1)]);
    assert!(matches!(&statements[1].actions[0].kind, ActionKind::AlterTable { .. }));
    assert_eq!(set(2), [("foreign_key_checks", 0), ("lock_wait_timeout", 0)]);
    assert_eq!(statements[0].forms.iter().next(), Some(Form::SetStatement));
}

#[test]
fn blocks_outside_of_programs_are_read() {
    let script = script(
        "DELIMITER //
         BEGIN NOT ATOMIC
           IF NOT EXISTS (SELECT 1 FROM information_schema.columns
               WHERE table_schema = DATABASE() AND table_name = 'orders' AND column_name = 'note') THEN
             ALTER TABLE orders ADD COLUMN note TEXT;
           END IF;
         END//
         IF 1 THEN DROP TABLE carts; END IF//",
        Dialect::Mariadb,
    );
    let all: Vec<&Statement> = script.statements().collect();
    let kinds: Vec<_> =
        all.iter().filter(|one| !matches!(one.actions[0].kind, ActionKind::Evaluate(_))).collect();
    assert!(matches!(&kinds[0].actions[0].kind, ActionKind::AlterTable { .. }), "{kinds:?}");
    assert_eq!(kinds[0].guard.to_string(), "not (column orders.note exists)");
    assert!(matches!(&kinds[1].actions[0].kind, ActionKind::Drop(_)));
    let words: Vec<&str> = script.steps.iter().filter_map(|step| step.sql.as_deref()).collect();
    assert!(words[0].starts_with("BEGIN NOT ATOMIC") && words[0].ends_with("END"), "{words:?}");
}

#[test]
fn a_table_may_be_defined_and_filled_in_one() {
    let found = statements(
        "CREATE TABLE recent (id INT PRIMARY KEY, KEY (total)) ENGINE=InnoDB SELECT total FROM orders;",
    );
    let ActionKind::CreateTable(table) = &found[0].actions[0].kind else { panic!("{found:?}") };
    let query = table.mysql.as_ref().and_then(|own| own.query.as_ref()).expect("a query");
    assert_eq!(query.reads()[0].name, "orders");
}

#[test]
fn several_statements_may_stand_before_another_delimiter() {
    let found = texts(
        "DELIMITER //
        DROP TRIGGER IF EXISTS paid;
        CREATE TRIGGER paid AFTER INSERT ON payments FOR EACH ROW
        BEGIN
          UPDATE orders SET status = 'paid' WHERE id = NEW.order_id;
        END;
        //
        UPDATE orders SET total = 0; DELETE FROM payments; //
        DELIMITER ;
        SELECT 1;",
    );
    let heads: Vec<&str> = found.iter().map(|sql| sql.split(' ').next().unwrap()).collect();
    assert_eq!(heads, ["DROP", "CREATE", "UPDATE", "DELETE", "SELECT"]);
}

#[test]
fn drizzles_line_between_statements_is_none() {
    let found = texts(
        "CREATE TABLE orders (id int);--> statement-breakpoint\nALTER TABLE orders ADD total int;\n--> statement-breakpoint\nSELECT 1 - -2;",
    );
    assert_eq!(found.len(), 3, "{found:?}");
}
