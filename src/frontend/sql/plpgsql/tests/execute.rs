//! The text of dynamic statements, and the way back to the block.

use super::super::{PieceKind, body};
use super::{check, lines, part};
use crate::migration::Makes;
use crate::source::Span;

#[test]
fn execute_of_literals_is_told() {
    for (argument, expected) in [
        ("'DROP TABLE a'", "exec DROP TABLE a"),
        ("('DROP ' || ('TABLE ' || 'a'))", "exec DROP TABLE a"),
        ("$q$DROP TABLE a$q$ USING 1", "exec DROP TABLE a"),
        ("'COMMENT ON TABLE a IS ''it''''s'''", "exec COMMENT ON TABLE a IS 'it''s'"),
        ("E'DROP\\nTABLE \\'a\\''", "exec DROP\nTABLE 'a'"),
        (
            "format('ALTER TABLE %I ADD %s int DEFAULT %L', 'Orders', 'n', '5')",
            "exec ALTER TABLE \"Orders\" ADD n int DEFAULT '5'",
        ),
        ("format('%2$I.%1$I %% %1$s', 'a', 'b')", "exec b.a % a"),
        (
            "'DROP TABLE ' || quote_ident('Orders') || concat(' ', 'CASCADE')",
            "exec DROP TABLE \"Orders\" CASCADE",
        ),
        (
            "'CREATE INDEX ON a (' || array_to_string(string_to_array('b,c', ','), ', ') || ')'",
            "exec CREATE INDEX ON a (b, c)",
        ),
        ("replace('DROP TABLE :t', ':t', 'a')", "exec DROP TABLE a"),
        (
            "format('ALTER TABLE a ALTER b SET DEFAULT %L', (SELECT min(id) FROM c))",
            "exec ALTER TABLE a ALTER b SET DEFAULT ''",
        ),
        ("format('UPDATE a SET b = %L', b)", "exec UPDATE a SET b = ''"),
        (
            "format('ALTER TABLE a ATTACH PARTITION b FOR VALUES IN (%L)', c)",
            "opaque the statement text is computed at run time",
        ),
        (
            "format('CREATE ROLE a PASSWORD %L', b)",
            "opaque the statement text is computed at run time",
        ),
        ("format('ALTER TABLE %I DROP b', a)", "opaque the statement text is computed at run time"),
        ("replace('DROP TABLE :t', ':t', t)", "opaque the statement text is computed at run time"),
        ("array_to_string(names, ',')", "opaque the statement text is computed at run time"),
        ("format('DROP TABLE %I', name)", "opaque the statement text is computed at run time"),
        ("'DROP TABLE ' || name", "opaque the statement text is computed at run time"),
        ("format('%-10s', 'a')", "opaque the statement text is computed at run time"),
        ("format('%s %s', 'a')", "opaque the statement text is computed at run time"),
        ("(SELECT 'DROP TABLE a')", "opaque the statement text is computed at run time"),
    ] {
        assert_eq!(lines(&format!("BEGIN EXECUTE {argument}; END")), [expected], "{argument}");
    }
}

#[test]
fn the_first_words_of_a_computed_text_say_whether_it_makes_anything() {
    for (argument, expected) in [
        ("'DROP VIEW ' || name", Makes::Nothing),
        ("('drop view ' || name || ' CASCADE')", Makes::Nothing),
        ("format($q$GRANT SELECT ON %I TO reader$q$, name)", Makes::Nothing),
        ("'ALTER TABLE ' || name || ' OWNER TO app'", Makes::Nothing),
        ("'ALTER TABLE ' || name || ' DROP COLUMN paid'", Makes::Nothing),
        ("'ALTER TABLE ' || name || ' ADD paid bigserial'", Makes::Anything),
        ("'ALTER TABLE ' || name || ' DROP COLUMN a, ADD UNIQUE (b)'", Makes::Anything),
        ("'ALTER TABLE orders ' || clause", Makes::Anything),
        ("'ALTER TABLE ' || name || ' RENAME TO old_' || name", Makes::Anything),
        ("'ALTER TABLE ' || name || ' SET SCHEMA archive'", Makes::Anything),
        ("'CREATE TABLE ' || name || ' ()'", Makes::Anything),
        ("'DROP TABLE ' || name || '; CREATE TABLE orders ()'", Makes::Anything),
        ("name || ' DROP VIEW'", Makes::Anything),
        ("replace('DROP VIEW :v', ':v', name)", Makes::Anything),
        ("E'\\tDROP VIEW ' || name", Makes::Anything),
    ] {
        let read = body(&format!("BEGIN EXECUTE {argument}; END"), &[]);
        let [PieceKind::Opaque { makes, .. }] =
            read.pieces.iter().map(|piece| piece.kind.clone()).collect::<Vec<_>>()[..]
        else {
            panic!("{argument}: {:?}", read.pieces);
        };
        assert_eq!(makes, expected, "{argument}");
    }
}

#[test]
fn a_member_with_a_computed_name_is_dropped_from_a_table_that_is_told() {
    let doubt = "opaque the name of what it drops is computed at run time";
    for (argument, expected) in [
        (
            "format('ALTER TABLE shop.Orders DROP CONSTRAINT %I', found)",
            "exec ALTER TABLE shop.Orders DROP CONSTRAINT \"(computed)\"",
        ),
        (
            "'alter table orders drop constraint if exists ' || quote_ident(found) || ' cascade;'",
            "exec alter table orders drop constraint \"(computed)\" cascade ; ",
        ),
        (
            "('DROP TRIGGER ' || found || ' ON orders')",
            "exec DROP TRIGGER \"(computed)\" ON orders",
        ),
        (
            "format('DROP POLICY IF EXISTS %s ON %I', old.policyname, 'Orders')",
            "exec DROP POLICY \"(computed)\" ON \"Orders\"",
        ),
    ] {
        assert_eq!(
            lines(&format!("BEGIN EXECUTE {argument}; END")),
            [doubt, expected],
            "{argument}"
        );
    }
    for argument in [
        "format('DROP POLICY %I ON %I', policy, tab)",
        "format('DROP VIEW %I', found)",
        "format('ALTER TABLE %I DROP CONSTRAINT pk', found)",
        "format('ALTER TABLE DROP CONSTRAINT %I', found)",
        "format('ALTER TABLE orders DROP COLUMN %I', found)",
        "format('DROP TRIGGER %L ON orders', found)",
        "'ALTER TABLE orders DROP CONSTRAINT a_' || found",
        "'DROP TRIGGER ' || found || ' ON orders; DROP TRIGGER ' || other || ' ON orders'",
        "found || ' ON orders'",
        "format('DROP TRIGGER %I ON orders', found) || other",
        "concat('DROP TRIGGER %I ON orders', found)",
    ] {
        let all = lines(&format!("BEGIN EXECUTE {argument}; END"));
        assert_eq!(all, ["opaque the statement text is computed at run time"], "{argument}");
    }
}

#[test]
fn variables_written_once_from_literals_are_known() {
    check(&[
        (
            "DECLARE t text := 'Orders'; q text; BEGIN q := format('DROP TABLE %I', t); EXECUTE q; END",
            &["eval format('DROP TABLE %I', t)", "exec DROP TABLE \"Orders\""],
        ),
        (
            "DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['a', 'b'] LOOP EXECUTE 'DROP TABLE ' || t; END LOOP; END",
            &["exec DROP TABLE a", "exec DROP TABLE b"],
        ),
    ]);
    let opaque = "opaque the statement text is computed at run time";
    for text in [
        "DECLARE q text := 'a'; BEGIN q := 'b'; EXECUTE q; END",
        "DECLARE q text; BEGIN q := 'a'; q := 'b'; EXECUTE q; END",
        "DECLARE q text := 'a'; BEGIN SELECT x, y INTO p, q FROM t; EXECUTE q; END",
        "DECLARE q text := 'a'; BEGIN FOR q IN SELECT 1 LOOP EXECUTE q; END LOOP; END",
        "DECLARE q text := 'a'; BEGIN DECLARE q text := 'b'; BEGIN NULL; END; EXECUTE q; END",
        "DECLARE q text := 'a'; BEGIN CALL p(q); EXECUTE q; END",
        "DECLARE q text := 'a'; BEGIN GET DIAGNOSTICS q = PG_CONTEXT; EXECUTE q; END",
        "BEGIN FOREACH t IN ARRAY ARRAY['a', x] LOOP EXECUTE t; END LOOP; END",
        "BEGIN FOREACH t IN ARRAY ARRAY['a', 'b'] LOOP NULL; END LOOP; EXECUTE t; END",
        "BEGIN FOR i IN 1..n LOOP EXECUTE 'DROP TABLE t' || i; END LOOP; END",
        "BEGIN FOR i IN 1..900 LOOP EXECUTE 'DROP TABLE t' || i; END LOOP; END",
        "BEGIN FOR i IN REVERSE 3..1 LOOP EXECUTE 'DROP TABLE t' || i; END LOOP; END",
        "BEGIN FOR t IN SELECT unnest(ARRAY['a', 'b']) LIMIT 1 LOOP EXECUTE t; END LOOP; END",
        "BEGIN FOR t IN SELECT relname FROM pg_class LOOP EXECUTE t; END LOOP; END",
        "DECLARE i int := 0; BEGIN WHILE i < 3 LOOP i := i + f(); EXECUTE 'DROP TABLE t' || i; END LOOP; END",
    ] {
        assert!(lines(text).iter().any(|line| line.starts_with(opaque)), "{text}");
    }
}

#[test]
fn loops_with_known_turns_are_spelled_out() {
    let both: &[&str] = &["exec DROP TABLE a", "exec DROP TABLE b"];
    for (declared, head) in [
        ("names text[] := ARRAY['a', 'b']; t text", "FOREACH t IN ARRAY names"),
        ("t text", "FOREACH t IN ARRAY '{a,b}'::text[]"),
        ("t text", "FOREACH t IN ARRAY ARRAY['a', 'b']::pg_catalog.text[]"),
    ] {
        let text = format!(
            "DECLARE {declared}; BEGIN {head} LOOP EXECUTE 'DROP TABLE ' || t; END LOOP; END"
        );
        assert_eq!(lines(&text), both, "{text}");
    }
    for source in [
        "VALUES ('a'), ('b')",
        "SELECT unnest(ARRAY['a', 'b'])",
        "SELECT * FROM unnest(ARRAY['a', 'b']) AS names (name)",
        "SELECT name FROM (VALUES ('a'), ('b')) AS names (name)",
    ] {
        let text =
            format!("BEGIN FOR t IN {source} LOOP EXECUTE 'DROP TABLE ' || t; END LOOP; END");
        assert!(lines(&text).iter().skip(1).eq(both), "{text}");
        let text =
            format!("BEGIN FOR r IN {source} LOOP EXECUTE 'DROP TABLE ' || r.name; END LOOP; END");
        assert!(lines(&text).iter().skip(1).eq(both), "{text}");
    }
}

#[test]
fn loops_over_numbers_and_within_loops_are_spelled_out() {
    let both: &[&str] = &["exec DROP TABLE a", "exec DROP TABLE b"];
    check(&[
        (
            "BEGIN FOR i IN 2..1 + 2 LOOP EXECUTE format('DROP TABLE t%s', i); END LOOP; END",
            &["exec DROP TABLE t2", "exec DROP TABLE t3"],
        ),
        (
            "DECLARE i int; BEGIN i := 0; WHILE i < 2 LOOP EXECUTE 'DROP TABLE t' || i; i := i + 1; END LOOP; END",
            &["exec DROP TABLE t0", "exec DROP TABLE t1"],
        ),
        (
            "BEGIN FOREACH t IN ARRAY ARRAY['a', 'b'] LOOP FOR i IN 1..2 LOOP EXECUTE 'DROP TABLE ' || t || i; END LOOP; END LOOP; END",
            &[
                "exec DROP TABLE a1",
                "exec DROP TABLE b1",
                "exec DROP TABLE a2",
                "exec DROP TABLE b2",
            ],
        ),
        (
            "BEGIN FOREACH t IN ARRAY ARRAY['a', 'b'] LOOP q := 'DROP TABLE ' || t; EXECUTE q; END LOOP; END",
            both,
        ),
        (
            "BEGIN FOREACH t IN ARRAY ARRAY['a', 'b'] LOOP EXIT WHEN found; EXECUTE 'DROP TABLE ' || t; END LOOP; END",
            &["exec DROP TABLE a | in a loop", "exec DROP TABLE b | in a loop"],
        ),
    ]);
}

#[test]
fn texts_lead_back_to_the_block() {
    let text = "BEGIN EXECUTE 'COMMENT ON TABLE a IS ''x''; DROP TABLE ' || format('%I', 'b'); PERFORM g(1); END";
    let block = body(text, &[]);
    let Some(PieceKind::ExecuteLiteral(sql)) = block.pieces.first().map(|piece| &piece.kind) else {
        panic!("no literal");
    };
    let at = sql.text().find("DROP").expect("DROP");
    let source = sql.to_source(Span::new(at, at + 10));
    assert_eq!(part(text, source), "DROP TABLE");
    let Some(PieceKind::Sql(sql)) = block.pieces.get(1).map(|piece| &piece.kind) else {
        panic!("no statement");
    };
    let source = sql.to_source(Span::new(7, 11));
    assert_eq!(part(text, source), "g(1)");
    let source = sql.to_source(Span::new(0, 6));
    assert_eq!(part(text, source), "PERFORM");
}
