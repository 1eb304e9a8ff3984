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

/// A project with one revision that may be read.
fn revision_beside(name: &str, bytes: &[u8]) -> crate::support::command::Run {
    let good = "from alembic import op\n\nrevision = \"a1\"\ndown_revision = None\n\n\ndef upgrade():\n    op.execute(\"DELETE FROM orders\")\n";
    let folder =
        folder(&[("db/env.py", "from alembic import context\n"), ("db/versions/a1_good.py", good)]);
    std::fs::write(folder.path().join("db/versions").join(name), bytes).unwrap();
    let run = run(folder.path(), &["lint", "db", "--dialect", "postgres"]);
    assert!(
        run.out.contains("delete-without-where"),
        "the good one is read: {}{}",
        run.out,
        run.err
    );
    assert!(!run.err.contains("panicked"), "{}", run.err);
    run
}

const HEAD: &str = "from alembic import op\n\nrevision = \"b2\"\ndown_revision = \"a1\"\n\n\n";

#[test]
fn a_revision_in_python_2_costs_the_lines_that_are_none() {
    let text = format!(
        "{HEAD}def upgrade():\n    print \"orders\"\n    op.execute(\"DELETE FROM carts\")\n"
    );
    let run = revision_beside("b2_old.py", text.as_bytes());
    assert!(run.out.contains("not Python"), "{}", run.out);
    assert!(run.out.contains("`carts`"), "what stands behind it is read: {}", run.out);
}

#[test]
fn tabs_and_other_encodings_of_a_revision_are_told_or_read() {
    let text = format!(
        "{HEAD}def upgrade():\n\tif True:\n\t\top.execute(\"DELETE FROM carts\")\n        op.execute(\"x\")\n"
    );
    let run = revision_beside("b2_tabs.py", text.as_bytes());
    assert!(run.out.contains("not Python"), "{}", run.out);
    let mut latin = format!("# -*- coding: latin-1 -*-\n{HEAD}# ").into_bytes();
    latin.extend([0xe9, b'\n']);
    let run = revision_beside("b2_latin.py", &latin);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(run.err.contains("b2_latin.py"), "{}", run.err);
}

#[test]
fn revisions_that_never_end_are_opaque_in_time() {
    let bodies = [
        "def helper(n):\n    op.execute(f\"SELECT {n}\")\n    helper(n + 1)\n\n\ndef upgrade():\n    helper(0)\n",
        "def upgrade():\n    for n in range(10 ** 12):\n        op.execute(f\"SELECT {n}\")\n",
        "def upgrade():\n    while True:\n        op.execute(\"SELECT 1\")\n",
        "def upgrade():\n    text = \"x\"\n    for n in range(64):\n        text = text + text\n    op.execute(text)\n",
        "upgrade = lambda: upgrade()\n",
    ];
    for body in bodies {
        let run = revision_beside("b2_endless.py", format!("{HEAD}{body}").as_bytes());
        assert!(run.code < 2, "{body}: {}{}", run.out, run.err);
    }
}

#[test]
fn a_literal_of_ten_megabytes_is_read_or_told() {
    let rows = "INSERT INTO logs VALUES (1, 'a row that is as long as rows are');\n";
    let sql = rows.repeat(10 * 1024 * 1024 / rows.len());
    let text = format!("{HEAD}def upgrade():\n    op.execute(\"\"\"{sql}\"\"\")\n");
    let run = revision_beside("b2_big.py", text.as_bytes());
    assert!(run.code < 2, "{}", run.err);
}
