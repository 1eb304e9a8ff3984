//! Bad, deep and long blocks.

use super::super::{PieceKind, body};
use crate::source::Span;

#[test]
fn unreadable_blocks_are_one_opaque_piece() {
    for text in [
        "",
        "SELECT 1",
        "BEGIN",
        "BEGIN IF a THEN; END",
        "BEGIN DELETE FROM a END",
        "BEGIN 'x",
        "BEGIN /* END",
        "BEGIN $a$ END",
        "BEGIN END; SELECT 1",
        "BEGIN EXCEPTION END",
        "BEGIN FOR x LOOP END LOOP; END",
    ] {
        let block = body(text, &[]);
        assert_eq!(block.pieces.len(), 1, "{text}");
        assert!(matches!(block.pieces[0].kind, PieceKind::Opaque { .. }), "{text}");
        assert_eq!(block.pieces[0].span, Span::new(0, text.len()));
    }
}

#[test]
fn cut_and_mixed_blocks_do_not_panic() {
    let text = "#o x\n<<l>> DECLARE a int := 1; c CURSOR FOR SELECT 1; BEGIN IF a = 'é' THEN RETURN; ELSIF b THEN \
                EXECUTE format('%I %s', 'x', E'\\n') || $q$y$q$ USING 1; END IF; FOR r IN 1..2 LOOP EXIT l; \
                END LOOP; SELECT 1 INTO STRICT a, b; EXCEPTION WHEN SQLSTATE '1' OR x THEN CASE a WHEN 1 THEN NULL; \
                END CASE; END";
    for (at, _) in text.char_indices() {
        let (head, tail) = text.split_at(at);
        let _ = body(head, &[]);
        let _ = body(tail, &[]);
        for other in
            ["(", ")", ";", "'", "BEGIN", "END", "$", ":=", "INTO", "LOOP", "THEN", "é", "||"]
        {
            let _ = body(&format!("{head}{other}{tail}"), &[]);
            let _ = body(&format!("{head} {other} {tail}"), &[]);
        }
    }
}

#[test]
fn deep_and_long_blocks_are_read_in_line() {
    for (open, close) in [("BEGIN ", " END;"), ("IF a THEN ", " END IF;"), ("LOOP ", " END LOOP;")]
    {
        let deep = format!("BEGIN {} NULL; {} END", open.repeat(5_000), close.repeat(5_000));
        assert_eq!(body(&deep, &[]).pieces.len(), 1);
    }
    let long = format!("BEGIN {} END", "UPDATE t SET a = 1; ".repeat(20_000));
    assert_eq!(body(&long, &[]).pieces.len(), 20_000);
    let branches =
        format!("BEGIN IF f(a) THEN NULL; {} END IF; END", "ELSIF f(b) THEN NULL; ".repeat(5_000));
    assert_eq!(body(&branches, &[]).pieces.len(), 5_001);
    let returns =
        format!("BEGIN {} DELETE FROM t; END", "IF f(a) THEN RETURN; END IF; ".repeat(2_000));
    assert_eq!(body(&returns, &[]).pieces.len(), 2_001);
    let joined = format!("BEGIN EXECUTE {} ''; END", "'a' || ".repeat(20_000));
    assert_eq!(body(&joined, &[]).pieces.len(), 1);
}
