//! The text of dynamic statements, and the way back to the block.

use super::super::{PieceKind, body};
use super::{check, lines, part};
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
fn variables_written_once_from_literals_are_known() {
    check(&[
        (
            "DECLARE t text := 'Orders'; q text; BEGIN q := format('DROP TABLE %I', t); EXECUTE q; END",
            &["eval format('DROP TABLE %I', t)", "exec DROP TABLE \"Orders\""],
        ),
        (
            "DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['a', 'b'] LOOP EXECUTE 'DROP TABLE ' || t; END LOOP; END",
            &["exec DROP TABLE a | in a loop", "exec DROP TABLE b | in a loop"],
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
    ] {
        assert!(lines(text).iter().any(|line| line.starts_with(opaque)), "{text}");
    }
}

#[test]
fn texts_lead_back_to_the_block() {
    let text = "BEGIN EXECUTE 'COMMENT ON TABLE a IS ''x''; DROP TABLE ' || format('%I', 'b'); PERFORM g(1); END";
    let block = body(text);
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
