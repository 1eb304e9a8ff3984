//! What the rules about SQLite say, against SQLite itself: their pages' examples are run, and what is
//! announced comes to pass.

use crate::support::page::Page;
use lockgate::rules::ALL;
use rusqlite::Connection;

/// Runs an example on a new database; gives the first error.
fn outcome(files: &[String]) -> (Connection, Result<(), String>) {
    let connection = Connection::open_in_memory().expect("a database in memory");
    // As SQLite itself begins; the build in use here begins otherwise.
    connection.execute_batch("PRAGMA foreign_keys = OFF").expect("a pragma");
    let ran = files.iter().try_for_each(|text| connection.execute_batch(text));
    (connection, ran.map_err(|error| error.to_string()))
}

/// Texts of the SQL examples of a page's section, each with its files.
fn examples(rule: &str, section: &str) -> Vec<Vec<String>> {
    let page = ALL.iter().find(|one| one.id == rule).expect("a rule").page;
    let blocks = Page::read(page).blocks.into_iter().filter(|block| block.section == section);
    let sql = blocks.filter(|block| block.setting("layout") != Some("alembic"));
    sql.map(|block| match block.files() {
        Some(files) => files.into_iter().map(|file| file.text).collect(),
        None => vec![block.text],
    })
    .collect()
}

/// With rows in `orders` behind the first file, of which one has no status.
fn with_rows(mut files: Vec<String>) -> Vec<String> {
    files.insert(1, "INSERT INTO orders (id, status) VALUES (1, 'open'), (2, NULL);".to_owned());
    files
}

fn one<T: rusqlite::types::FromSql>(connection: &Connection, query: &str) -> T {
    connection.query_row(query, [], |row| row.get(0)).expect(query)
}

#[test]
fn a_rename_fails_while_a_view_names_what_is_gone() {
    for files in examples("sqlite-rebuild-with-view", "Bad") {
        let error = outcome(&files).1.expect_err("it is refused");
        assert!(error.contains("no such table: main.orders"), "{error}");
    }
    for files in examples("sqlite-rebuild-with-view", "Good") {
        assert_eq!(outcome(&files).1, Ok(()), "{files:?}");
    }
}

#[test]
fn references_follow_a_table_that_is_renamed() {
    let write = "INSERT INTO orders (id, customer_id) VALUES (1, NULL)";
    for files in examples("sqlite-rebuild-order", "Bad") {
        let (connection, ran) = outcome(&files);
        assert_eq!(ran, Ok(()));
        let sql: String = one(&connection, "SELECT sql FROM sqlite_master WHERE name = 'orders'");
        assert!(sql.contains("customers_old"), "{sql}");
    }
    for files in examples("sqlite-rebuild-order", "Good") {
        let (connection, ran) = outcome(&files);
        assert_eq!(ran, Ok(()));
        let stale: i64 =
            one(&connection, "SELECT count(*) FROM sqlite_master WHERE sql LIKE '%customers_old%'");
        assert_eq!(stale, 0, "{files:?}");
        if files.concat().contains("CREATE TABLE orders") {
            connection.execute_batch(write).expect("a write");
        }
    }
}

#[test]
fn a_copy_matches_columns_by_position() {
    let rows = "INSERT INTO customers (id, email) VALUES (1, 'a@example.org');".to_owned();
    for mut files in examples("sqlite-copy-mismatch", "Bad") {
        files.insert(1, rows.clone());
        let (connection, ran) = outcome(&files);
        match ran {
            Err(error) => {
                let counts = ["has 3 columns but 2 values", "has 2 columns but 3 values"];
                assert!(counts.iter().any(|count| error.contains(count)), "{error}");
            }
            Ok(()) => {
                let name: String = one(&connection, "SELECT name FROM customers");
                assert_eq!(name, "a@example.org");
            }
        }
    }
}

#[test]
fn a_copy_of_nulls_fails() {
    for files in examples("sqlite-copy-not-null", "Bad") {
        let error = outcome(&with_rows(files)).1.expect_err("it is refused");
        assert!(error.contains("NOT NULL constraint failed"), "{error}");
    }
    for files in examples("sqlite-copy-not-null", "Good") {
        let is_filled = !files[0].contains("status TEXT NOT NULL");
        let files = if is_filled { with_rows(files) } else { files };
        assert_eq!(outcome(&files).1, Ok(()), "{files:?}");
    }
}

#[test]
fn only_integer_primary_key_numbers_rows() {
    for files in examples("sqlite-rowid-alias-lost", "Bad") {
        let (connection, ran) = outcome(&files);
        assert_eq!(ran, Ok(()));
        connection.execute_batch("INSERT INTO orders (status) VALUES ('open')").expect("a row");
        let id: Option<i64> = one(&connection, "SELECT id FROM orders");
        assert_eq!(id, None, "{files:?}");
    }
    for files in examples("sqlite-rowid-alias-lost", "Good") {
        let (connection, ran) = outcome(&files);
        assert_eq!(ran, Ok(()));
        let insert = "INSERT INTO orders (status) VALUES ('open')";
        if connection.execute_batch(insert).is_ok()
            && files.concat().contains("INTEGER PRIMARY KEY")
        {
            assert_eq!(one::<i64>(&connection, "SELECT id FROM orders"), 1);
        }
    }
}

#[test]
fn a_name_that_is_not_there_is_a_text() {
    for files in examples("sqlite-double-quoted-string", "Bad") {
        assert_eq!(outcome(&files).1, Ok(()), "{files:?}");
    }
    let (connection, _) = outcome(&[
        "CREATE TABLE orders (status TEXT); INSERT INTO orders VALUES ('open');".to_owned(),
    ]);
    let found = "SELECT count(*) FROM orders WHERE status = \"open\"";
    assert_eq!(one::<i64>(&connection, found), 1);
    connection.execute_batch("ALTER TABLE orders ADD COLUMN open TEXT").expect("a column");
    assert_eq!(one::<i64>(&connection, found), 0);
}

#[test]
fn foreign_keys_stay_off_until_they_are_switched_on() {
    for mut files in examples("sqlite-foreign-keys-left-off", "Bad") {
        files.insert(0, "PRAGMA foreign_keys = ON;".to_owned());
        let (connection, ran) = outcome(&files);
        assert_eq!(ran, Ok(()));
        let on: i64 = one(&connection, "SELECT foreign_keys FROM pragma_foreign_keys");
        let broken: i64 = one(&connection, "SELECT count(*) FROM pragma_foreign_key_check");
        assert!(on == 0 || broken > 0, "{files:?}");
    }
}
