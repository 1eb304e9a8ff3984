//! `COPY` in migrations that are applied: rows in the script are sent, what only psql knows is not.

use crate::support::command::{Run, apply_to, assert_code, folder, write};
use crate::support::servers::{Database, NEWEST, OLDEST, server};
use std::path::Path;

const COUNTRIES: &str = "CREATE TABLE countries (code text PRIMARY KEY, name text, note text);
COPY countries (code, name, note) FROM stdin;
DE\tGermany\t\\N
AT\tAustria\tsays 'Servus'; and \\\\. too
\\.
COPY countries FROM stdin WITH (FORMAT csv);
FR,\"France, Republic\",
\\.
";

fn apply(folder: &Path, database: &Database, more: &[&str]) -> Run {
    apply_to(folder, &database.url(), &[&["--fail-on", "never"], more].concat())
}

#[test]
fn rows_behind_copy_are_part_of_the_migration() {
    for major in [OLDEST, NEWEST] {
        let folder = folder(&[("db/migrations/0001_countries.up.sql", COUNTRIES)]);
        let mut database = server(major).database("copy");
        let tried = apply(folder.path(), &database, &["--dry-run=execute"]);
        assert_code(&tried, 0);
        let done = apply(folder.path(), &database, &[]);
        assert_code(&done, 0);
        assert_eq!(
            database.one("SELECT string_agg(concat_ws('|', code, name, note), ' / ' ORDER BY code) FROM countries"
            ),
            "AT|Austria|says 'Servus'; and \\. too / DE|Germany / FR|France, Republic"
        );
        assert_eq!(database.one("SELECT rows_affected::text FROM lockgate_history"), "3");
        let edited = COUNTRIES.replace("Austria", "Österreich");
        write(folder.path(), "db/migrations/0001_countries.up.sql", &edited);
        let refused = apply(folder.path(), &database, &[]);
        assert_code(&refused, 1);
        assert!(refused.out.contains("was edited after it was applied"), "{}", refused.out);
    }
}

#[test]
fn a_row_that_the_server_refuses_leaves_nothing_behind() {
    let bad = COUNTRIES.replace("DE\tGermany", "AT\tGermany");
    let folder = folder(&[("db/migrations/0001_countries.up.sql", &bad)]);
    let mut database = server(NEWEST).database("copy");
    let failed = apply(folder.path(), &database, &[]);
    assert_code(&failed, 3);
    let told = "0001_countries.up.sql:2: duplicate key value violates unique constraint";
    assert!(failed.out.contains(told), "{}", failed.out);
    assert!(failed.out.contains("nothing of it is applied"), "{}", failed.out);
    assert_eq!(database.one("SELECT coalesce(to_regclass('countries')::text, 'none')"), "none");
    write(folder.path(), "db/migrations/0001_countries.up.sql", COUNTRIES);
    assert_code(&apply(folder.path(), &database, &[]), 0);
}

#[test]
fn what_only_psql_can_do_is_refused_with_a_name() {
    let database = server(NEWEST).database("copy");
    for (sql, reason) in [
        (
            "COPY countries FROM stdin;\n",
            "COPY … FROM stdin needs its rows behind it, up to a line with \\. alone",
        ),
        ("COPY countries TO stdout;\n", "nobody reads here what COPY … TO stdout gives"),
        ("\\copy countries FROM 'countries.csv'\n", "this is a command of psql"),
        ("\\set ON_ERROR_STOP on\nSELECT 1;\n", "this is a command of psql"),
        (
            "INSERT INTO countries VALUES ('${code}');\n",
            "its placeholder is filled in by another tool",
        ),
    ] {
        let table = "CREATE TABLE countries (code text);\n";
        let folder = folder(&[
            ("db/migrations/0001_countries.up.sql", table),
            ("db/migrations/0002_rows.up.sql", sql),
        ]);
        let refused = apply(folder.path(), &database, &[]);
        assert_code(&refused, 1);
        assert!(refused.out.contains(&format!("0002_rows.up.sql:1: {reason}")), "{}", refused.out);
        assert!(refused.out.contains("nothing was applied"), "{}", refused.out);
    }
}
