//! Blocks and their pieces.

use super::{PieceKind, body};
use crate::migration::Guard;
use crate::source::Span;

/// The pieces of a block, one line each: kind, text, guard.
fn lines(text: &str) -> Vec<String> {
    let block = body(text);
    let line = |piece: &super::Piece| {
        let what = match &piece.kind {
            PieceKind::Sql(sql) => format!("sql {}", sql.text().trim()),
            PieceKind::ExecuteLiteral(sql) => format!("exec {}", sql.text()),
            PieceKind::Evaluate => format!("eval {}", &text[piece.span.start..piece.span.end]),
            PieceKind::Opaque { reason } => format!("opaque {reason}"),
            PieceKind::Commit => "commit".to_owned(),
            PieceKind::Rollback => "rollback".to_owned(),
        };
        match &piece.guard {
            Guard::Always => what,
            Guard::Caught(conditions) => format!("{what} | caught {}", join(conditions)),
            guard => format!("{what} | {guard}"),
        }
    };
    block.pieces.iter().map(line).collect()
}

fn join(conditions: &[crate::migration::Ident]) -> String {
    conditions.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" ")
}

fn check(table: &[(&str, &[&str])]) {
    for (text, expected) in table {
        assert_eq!(lines(text), *expected, "{text}");
    }
}

#[test]
fn plain_statements() {
    check(&[
        ("BEGIN END", &[]),
        ("begin\n  update orders set a = 1;\n  null;\nend;", &["sql update orders set a = 1"]),
        (
            "#variable_conflict use_column\n<<outer>> BEGIN DELETE FROM a; END outer",
            &["sql DELETE FROM a"],
        ),
        (
            "DECLARE n int; m CONSTANT text NOT NULL := lower('A'); o o%ROWTYPE; p int DEFAULT 1; \
             a ALIAS FOR $1; c CURSOR (k int) FOR SELECT * FROM t WHERE id = k; BEGIN OPEN c(1); END",
            &["eval lower('A')", "eval 1", "sql SELECT * FROM t WHERE id = k"],
        ),
        (
            "BEGIN n := n + 1; r.a[1] = f(2); PERFORM f(n); CALL p(1); SET LOCAL lock_timeout = '2s'; END",
            &[
                "eval n + 1",
                "eval f(2)",
                "sql SELECT f(n)",
                "sql CALL p(1)",
                "sql SET LOCAL lock_timeout = '2s'",
            ],
        ),
        (
            "BEGIN SELECT a, b INTO STRICT x, y.z[1] FROM t; SELECT INTO n count(*) FROM u; \
             INSERT INTO t (a) VALUES (1) RETURNING id INTO n; \
             WITH k AS (INSERT INTO l VALUES (1) RETURNING 1) SELECT * INTO n FROM k; END",
            &[
                "sql SELECT a, b  FROM t",
                "sql SELECT  count(*) FROM u",
                "sql INSERT INTO t (a) VALUES (1) RETURNING id",
                "sql WITH k AS (INSERT INTO l VALUES (1) RETURNING 1) SELECT *  FROM k",
            ],
        ),
        (
            "BEGIN RAISE NOTICE 'a; b %', 1; GET DIAGNOSTICS n = ROW_COUNT; ASSERT n > 0; \
             FETCH c INTO n; MOVE c; CLOSE c; \
             RAISE EXCEPTION 'left %', (SELECT count(*) FROM orders); END",
            &["eval (SELECT count(*) FROM orders)"],
        ),
        (
            "BEGIN OPEN c FOR SELECT 1 FROM t; OPEN c NO SCROLL FOR EXECUTE 'SELECT 2'; \
             RETURN QUERY SELECT 3; RETURN QUERY EXECUTE q; RETURN NEXT n; RETURN; END",
            &[
                "sql SELECT 1 FROM t",
                "exec SELECT 2",
                "sql SELECT 3",
                "opaque the statement text is computed at run time",
                "eval n",
            ],
        ),
        (
            "BEGIN -- end;\n /* ; /* */ */ DELETE FROM a WHERE b = $x$;$x$; END",
            &["sql DELETE FROM a WHERE b = $x$;$x$"],
        ),
    ]);
}

#[test]
fn branches_become_guards() {
    check(&[
        (
            "BEGIN IF n > 1 THEN DELETE FROM a; ELSIF m THEN DELETE FROM b; ELSE DELETE FROM c; END IF; END",
            &[
                "eval n > 1",
                "sql DELETE FROM a | n > 1",
                "eval m | not (n > 1)",
                "sql DELETE FROM b | not (n > 1) and m",
                "sql DELETE FROM c | not (n > 1) and not (m)",
            ],
        ),
        (
            "BEGIN CASE n WHEN 1, 2 THEN DELETE FROM a; ELSE DELETE FROM b; END CASE; \
             CASE WHEN n = 1 THEN NULL; END CASE; END",
            &[
                "eval n",
                "eval 1, 2",
                "sql DELETE FROM a | n = 1, 2",
                "sql DELETE FROM b | not (n = 1, 2)",
                "eval n = 1",
            ],
        ),
        (
            "BEGIN IF n = 1 THEN RETURN; END IF; DELETE FROM a; END",
            &["eval n = 1", "sql DELETE FROM a | not (n = 1)"],
        ),
        ("BEGIN IF true THEN DELETE FROM a; END IF; END", &["sql DELETE FROM a"]),
    ]);
}

#[test]
fn loops_run_any_number_of_times() {
    check(&[
        (
            "BEGIN FOR r IN SELECT id FROM t LOOP UPDATE u SET a = r.id; EXIT WHEN r.id > 5; END LOOP; END",
            &[
                "sql SELECT id FROM t",
                "sql UPDATE u SET a = r.id | in a loop",
                "eval r.id > 5 | in a loop",
            ],
        ),
        (
            "BEGIN FOR i IN REVERSE 10..f(1) BY 2 LOOP DELETE FROM a; END LOOP; END",
            &["eval 10", "eval f(1)", "eval 2", "sql DELETE FROM a | in a loop"],
        ),
        (
            "BEGIN WHILE n < 10 LOOP CONTINUE; COMMIT; END LOOP; LOOP ROLLBACK AND CHAIN; END LOOP x; END",
            &["eval n < 10", "commit | in a loop", "rollback | in a loop"],
        ),
        (
            "BEGIN FOREACH n SLICE 1 IN ARRAY f() LOOP NULL; END LOOP; FOR r IN c(1) LOOP NULL; END LOOP; \
             FOR r IN EXECUTE 'SELECT 1' USING n LOOP NULL; END LOOP; END",
            &["eval f()", "exec SELECT 1"],
        ),
    ]);
    assert!(body("BEGIN LOOP COMMIT; END LOOP; END").ends_transaction);
    assert!(!body("BEGIN PERFORM 1; END").ends_transaction);
}

#[test]
fn handlers_catch() {
    check(&[(
        "BEGIN DELETE FROM a; BEGIN ALTER TABLE b ADD c int; EXCEPTION \
         WHEN duplicate_column OR SQLSTATE '42P07' THEN NULL; WHEN OTHERS THEN DELETE FROM c; END; END",
        &[
            "sql DELETE FROM a",
            "sql ALTER TABLE b ADD c int | caught duplicate_column duplicate_table others",
            "sql DELETE FROM c | after an error",
        ],
    )]);
}

#[test]
fn questions_to_the_catalogue_become_existence() {
    for (condition, expected) in [
        ("EXISTS (SELECT 1 FROM pg_tables WHERE tablename = 'orders')", "table orders exists"),
        ("NOT EXISTS (SELECT FROM pg_type WHERE typname = 'mood')", "not (type mood exists)"),
        (
            "EXISTS (SELECT * FROM information_schema.columns WHERE table_schema = 'shop' AND \
             table_name = 'orders' AND column_name = 'total')",
            "column shop.orders.total exists",
        ),
        (
            "NOT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() \
             AND table_name = 'orders' AND table_type = 'BASE TABLE')",
            "not (table orders exists)",
        ),
        (
            "EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = 'orders')",
            "table orders exists or view orders exists",
        ),
        (
            "NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'fk' AND conrelid = 'shop.orders'::regclass)",
            "not (constraint shop.orders.fk exists)",
        ),
        ("EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'fk')", "constraint fk exists"),
        (
            "EXISTS (SELECT 1 FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid \
             JOIN pg_namespace n ON n.oid = t.relnamespace WHERE c.conname = 'fk' AND t.relname = 'orders' \
             AND n.nspname = 'shop' AND c.contype = 'f')",
            "constraint shop.orders.fk exists",
        ),
        (
            "EXISTS (SELECT 1 FROM information_schema.table_constraints WHERE constraint_name = 'pk' \
             AND table_name = 'orders' AND constraint_type = 'PRIMARY KEY')",
            "constraint orders.pk exists",
        ),
        (
            "EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relname = 'orders_idx' AND c.relkind = 'i' AND n.nspname = 'shop')",
            "index shop.orders_idx exists",
        ),
        (
            "EXISTS (SELECT 1 FROM pg_indexes WHERE indexname = 'i' AND tablename = 't')",
            "index i exists",
        ),
        (
            "EXISTS (SELECT 1 FROM pg_enum WHERE enumlabel = 'sad' AND enumtypid = 'mood'::regtype)",
            "enum_label mood.sad exists",
        ),
        (
            "EXISTS (SELECT 1 FROM pg_enum WHERE enumlabel = 'sad' AND enumtypid = \
             (SELECT oid FROM pg_type WHERE typname = 'mood'))",
            "enum_label mood.sad exists",
        ),
        (
            "EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'total' \
             AND NOT attisdropped AND attnum > 0)",
            "column orders.total exists",
        ),
        (
            "EXISTS (SELECT 1 FROM pg_trigger WHERE tgname = 'audit' AND tgrelid = 'orders'::regclass)",
            "trigger orders.audit exists",
        ),
        (
            "NOT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citext')",
            "not (extension citext exists)",
        ),
        ("(SELECT count(*) FROM pg_tables WHERE tablename = 't') = 0", "not (table t exists)"),
        (
            "EXISTS (SELECT 1 FROM pg_tables WHERE tablename = 't') AND n > 1",
            "table t exists and n > 1",
        ),
        // Questions that ask for more than existence stay unknown.
        ("EXISTS (SELECT 1 FROM pg_tables WHERE tablename = v)", ""),
        ("EXISTS (SELECT 1 FROM pg_tables WHERE tablename LIKE 'a%')", ""),
        ("EXISTS (SELECT 1 FROM orders WHERE id = 1)", ""),
        ("EXISTS (SELECT 1 FROM audit.pg_tables WHERE tablename = 't')", ""),
        (
            "EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 't' AND column_name = 'c' \
             AND data_type = 'text')",
            "",
        ),
        ("EXISTS (SELECT 1 FROM pg_tables WHERE tablename = 'a' OR tablename = 'b')", ""),
    ] {
        let text = format!("BEGIN IF {condition} THEN DELETE FROM a; END IF; END");
        let guard = body(&text).pieces.pop().expect("a piece").guard;
        let expected = if expected.is_empty() { condition } else { expected };
        assert_eq!(guard.to_string(), expected, "{condition}");
        let unknown = matches!(guard, Guard::Unknown(_)) || condition.contains("n > 1");
        assert_eq!(body(&text).pieces.len(), if unknown { 2 } else { 1 }, "{condition}");
    }
}

#[test]
fn to_regclass_asks_for_any_relation() {
    let text = "BEGIN IF to_regclass('shop.orders') IS NULL THEN DELETE FROM a; END IF; END";
    let guard = body(text).pieces.pop().expect("a piece").guard.to_string();
    assert!(
        guard.starts_with("not (table shop.orders exists or index shop.orders exists"),
        "{guard}"
    );
}

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
            &["eval 'Orders'", "eval format('DROP TABLE %I', t)", "exec DROP TABLE \"Orders\""],
        ),
        (
            "DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['a', 'b'] LOOP EXECUTE 'DROP TABLE ' || t; END LOOP; END",
            &[
                "eval ARRAY['a', 'b']",
                "exec DROP TABLE a | in a loop",
                "exec DROP TABLE b | in a loop",
            ],
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
    assert_eq!(&text[source.start..source.end], "DROP TABLE");
    let Some(PieceKind::Sql(sql)) = block.pieces.get(1).map(|piece| &piece.kind) else {
        panic!("no statement");
    };
    let source = sql.to_source(Span::new(7, 11));
    assert_eq!(&text[source.start..source.end], "g(1)");
    let source = sql.to_source(Span::new(0, 6));
    assert_eq!(&text[source.start..source.end], "PERFORM");
}

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
        let block = body(text);
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
        let _ = body(head);
        let _ = body(tail);
        for other in
            ["(", ")", ";", "'", "BEGIN", "END", "$", ":=", "INTO", "LOOP", "THEN", "é", "||"]
        {
            let _ = body(&format!("{head}{other}{tail}"));
            let _ = body(&format!("{head} {other} {tail}"));
        }
    }
}

#[test]
fn deep_and_long_blocks_are_read_in_line() {
    for (open, close) in [("BEGIN ", " END;"), ("IF a THEN ", " END IF;"), ("LOOP ", " END LOOP;")]
    {
        let deep = format!("BEGIN {} NULL; {} END", open.repeat(5_000), close.repeat(5_000));
        assert_eq!(body(&deep).pieces.len(), 1);
    }
    let long = format!("BEGIN {} END", "UPDATE t SET a = 1; ".repeat(20_000));
    assert_eq!(body(&long).pieces.len(), 20_000);
    let branches =
        format!("BEGIN IF a THEN NULL; {} END IF; END", "ELSIF b THEN NULL; ".repeat(5_000));
    assert_eq!(body(&branches).pieces.len(), 5_001);
    let returns =
        format!("BEGIN {} DELETE FROM t; END", "IF a THEN RETURN; END IF; ".repeat(2_000));
    assert_eq!(body(&returns).pieces.len(), 2_001);
    let joined = format!("BEGIN EXECUTE {} ''; END", "'a' || ".repeat(20_000));
    assert_eq!(body(&joined).pieces.len(), 1);
}
