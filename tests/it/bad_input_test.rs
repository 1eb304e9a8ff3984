//! Bad input: one bad thing costs that thing, and the message says where and what to do.

use crate::support::command::{folder, root, run};

const UP: &str = "-- migrate:up\nCREATE TABLE carts (id bigint PRIMARY KEY);\n-- migrate:down\nDROP TABLE carts;\n";

#[test]
fn no_migrations_found() {
    let folder = folder(&[("src/main.py", "print()")]);
    for arguments in [&["lint"][..], &["lint", "src"], &["effects"], &["operations", "src"]] {
        let run = run(folder.path(), arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.err.contains("no migrations found in"), "{}", run.err);
        assert!(run.err.contains("name the folder that holds your migrations"), "{}", run.err);
    }
}

#[test]
fn a_misspelt_path() {
    let folder = folder(&[("db/migrations/20260101_carts.sql", UP)]);
    let run = run(folder.path(), &["lint", "db/migratoins"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("db/migratoins: no such file or directory"), "{}", run.err);
    assert!(run.err.contains("did you mean db/migrations?"), "{}", run.err);
    let run = self::run(folder.path(), &["lint", "db/migrations/20260101_carts.sqll"]);
    assert!(run.err.contains("did you mean db/migrations/20260101_carts.sql?"), "{}", run.err);
}

#[test]
fn a_misspelt_path_among_good_ones_costs_itself() {
    let folder = folder(&[
        ("db/migrations/20260101_carts.sql", UP),
        ("db/migrations/20260102_x.sql", "-- migrate:up\nDELETE FROM carts;\n-- migrate:down\n"),
    ]);
    let run = run(folder.path(), &["lint", "nowhere", "db/migrations"]);
    assert_eq!(run.code, 2);
    assert!(run.out.contains("error[delete-without-where]"), "{}", run.out);
}

#[test]
fn an_unknown_rule_in_the_configuration() {
    let folder = folder(&[
        ("db/migrations/20260101_carts.sql", UP),
        ("lockgate.toml", "\n[rules]\nnon-concurent-index = \"off\"\n"),
    ]);
    let run = run(folder.path(), &["lint"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    insta::assert_snapshot!(run.err, @r#"
    error: lockgate.toml:3: unknown rule "non-concurent-index"
       ╭─[lockgate.toml:3:1]
     3 │ non-concurent-index = "off"
       · ─────────┬─────────
       ·          ╰── did you mean non-concurrent-index?
       ╰────
    "#);
}

#[test]
fn every_mistake_of_a_configuration_is_told_at_once() {
    let run =
        run(&root(), &["lint", "fixtures/report", "--config", "fixtures/config/mistakes.toml"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    insta::assert_snapshot!(run.err);
}

#[test]
fn an_unknown_rule_in_a_comment() {
    let text = UP.replace("CREATE", "-- lockgate: allow(drop-tabel) why not\nCREATE");
    let folder = folder(&[("db/migrations/20260101_carts.sql", &text)]);
    let run = run(folder.path(), &["lint"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("error[unknown-rule]: unknown rule `drop-tabel`"), "{}", run.out);
}

#[test]
fn clashing_versions() {
    let folder = folder(&[
        ("db/migrations/20260101_carts.sql", UP),
        ("db/migrations/20260101_orders.sql", &UP.replace("carts", "orders")),
    ]);
    let run = run(folder.path(), &["lint"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("error[duplicate-version]"), "{}", run.out);
    assert!(run.out.contains("20260101_orders.sql"), "{}", run.out);
}

#[test]
fn one_version_in_the_folders_of_two_dialects() {
    let folder = folder(&[
        ("db/postgres/migrations/20260101_carts.sql", UP),
        ("db/sqlite/migrations/20260101_carts.sql", &UP.replace("bigint", "INTEGER")),
    ]);
    let run = run(folder.path(), &["lint"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert!(!run.out.contains("duplicate-version"), "{}", run.out);
    assert!(run.out.contains("2 migrations"), "{}", run.out);
}

#[test]
fn a_cycle() {
    let script = |name: &str, needs: &str| {
        format!(
            "-- Migration: {name}\n-- Dependencies: {needs}\n-- UP\nCREATE TABLE {name} (id bigint);\n-- DOWN\n-- DROP TABLE {name};\n"
        )
    };
    let folder = folder(&[
        ("db/20260101_080000_carts.sql", &script("carts", "20260102_080000_orders")),
        ("db/20260102_080000_orders.sql", &script("orders", "20260101_080000_carts")),
    ]);
    let run = run(folder.path(), &["lint", "db"]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.err.contains("dependencies form a circle"), "{}", run.err);
}

#[test]
fn a_directory_where_a_file_is_expected() {
    let folder = folder(&[
        ("db/migrations/20260101_carts.sql", UP),
        ("db/migrations/20260102_orders.sql/notes.txt", "x"),
    ]);
    let found = run(folder.path(), &["lint"]);
    assert_eq!(found.code, 2, "{}{}", found.out, found.err);
    assert!(found.err.contains("a directory where a file is expected"), "{}", found.err);
    assert!(found.out.contains("1 migration"), "{}", found.out);
    let config = run(folder.path(), &["lint", "--config", "db"]);
    assert_eq!(config.code, 2);
    assert!(config.err.contains("cannot read db: it is a directory"), "{}", config.err);
}

#[test]
fn unreadable_files_among_good_ones() {
    let bad = "-- migrate:up\nDELETE FROM carts;\n-- migrate:down\n";
    let folder = folder(&[
        ("db/migrations/20260101_carts.sql", UP),
        ("db/migrations/20260105_empty.sql", bad),
    ]);
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join("db/migrations").join(name), bytes).unwrap();
    };
    write("20260102_latin.sql", b"-- migrate:up\n-- caf\xe9\n");
    write("20260103_utf16.sql", b"\xff\xfe-\0-\0");
    write("20260104_binary.sql", b"-- migrate:up\n\0");
    let run = run(folder.path(), &["lint"]);
    assert_eq!(run.code, 2);
    assert!(run.out.contains("error[delete-without-where]"), "{}", run.out);
    for told in [
        "20260102_latin.sql: not UTF-8 at byte 20",
        "20260103_utf16.sql: the file is UTF-16",
        "20260104_binary.sql: binary file: NUL byte at byte 14",
    ] {
        assert!(run.err.contains(told), "{told} is not in:\n{}", run.err);
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_nowhere_among_good_ones() {
    let folder = folder(&[("db/migrations/20260101_carts.sql", UP)]);
    let link = folder.path().join("db/migrations/20260102_gone.sql");
    std::os::unix::fs::symlink("/nowhere/gone.sql", link).unwrap();
    let run = run(folder.path(), &["lint"]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.err.contains("20260102_gone.sql"), "{}", run.err);
    assert!(run.out.contains("1 migration"), "{}", run.out);
}

#[test]
fn one_bad_statement_costs_itself() {
    let text = "-- migrate:up\nCRAETE TABLE x (id bigint);\nDELETE FROM carts;\n-- migrate:down\n";
    let folder = folder(&[("db/migrations/20260101_carts.sql", text)]);
    let run = run(folder.path(), &["lint", "-v"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("error[delete-without-where]"), "{}", run.out);
    assert!(run.out.contains("not understood db/migrations/20260101_carts.sql:2:1"), "{}", run.out);
    assert!(run.out.contains("1 of 2 statements understood"), "{}", run.out);
}

#[test]
fn two_configurations_of_one_folder() {
    let folder = folder(&[
        ("db/migrations/20260101_carts.sql", UP),
        ("lockgate.toml", ""),
        ("pyproject.toml", "[tool.lockgate]\nfail-on = \"never\"\n"),
    ]);
    let run = run(folder.path(), &["lint"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("both lockgate.toml and [tool.lockgate] in pyproject.toml"),
        "{}",
        run.err
    );
}

#[test]
fn control_characters_in_a_file_do_not_reach_the_terminal() {
    let text = "-- migrate:up\nDELETE FROM \"a\u{1b}[2Jb\";\n-- migrate:down\n";
    let folder = folder(&[("db/migrations/20260101_carts.sql", text)]);
    let run = run(folder.path(), &["lint"]);
    assert!(run.out.contains("delete-without-where"), "{}", run.out);
    assert!(!run.out.contains('\u{1b}'), "{}", run.out);
}
