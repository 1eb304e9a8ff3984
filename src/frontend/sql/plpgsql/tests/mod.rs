//! Blocks and their pieces.

mod conditions;
mod execute;
mod robustness;

use super::{Piece, PieceKind, body};
use crate::migration::Guard;
use crate::source::Span;

/// The pieces of a block, one line each: kind, text, guard.
fn lines(text: &str) -> Vec<String> {
    let block = body(text, &[]);
    let line = |piece: &Piece| {
        let what = match &piece.kind {
            PieceKind::Sql(sql) => format!("sql {}", sql.text().trim()),
            PieceKind::ExecuteLiteral(sql) => format!("exec {}", sql.text()),
            PieceKind::Evaluate => format!("eval {}", part(text, piece.span)),
            PieceKind::Opaque { reason, .. } => format!("opaque {reason}"),
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

fn part(text: &str, span: Span) -> &str {
    text.get(span.start..span.end).expect("a span inside the text")
}

fn join(conditions: &[crate::migration::Ident]) -> String {
    conditions.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" ")
}

fn check(table: &[(&str, &[&str])]) {
    for (text, expected) in table {
        assert_eq!(lines(text), *expected, "{text}");
    }
}

const STATEMENTS: &[(&str, &[&str])] = &[
    ("BEGIN END", &[]),
    ("begin\n  update orders set a = 1;\n  null;\nend;", &["sql update orders set a = 1"]),
    (
        "#variable_conflict use_column\n<<outer>> BEGIN DELETE FROM a; END outer",
        &["sql DELETE FROM a"],
    ),
    (
        "DECLARE n int; m CONSTANT text NOT NULL := lower('A'); o o%ROWTYPE; p int DEFAULT 1; \
             a ALIAS FOR $1; c CURSOR (k int) FOR SELECT * FROM t WHERE id = k; BEGIN OPEN c(1); END",
        &["eval lower('A')", "sql SELECT * FROM t WHERE id = k"],
    ),
    (
        "BEGIN n := g(n) + 1; r.a[1] = f(2); PERFORM f(n); CALL p(1); SET LOCAL lock_timeout = '2s'; END",
        &[
            "eval g(n) + 1",
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
        "BEGIN n := max(a) FROM t; b := f(a) IS DISTINCT FROM b; RETURN extract(year FROM now()); END",
        &[
            "sql SELECT max(a) FROM t",
            "eval f(a) IS DISTINCT FROM b",
            "eval extract(year FROM now())",
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
        ],
    ),
    (
        "BEGIN -- end;\n /* ; /* */ */ DELETE FROM a WHERE b = $x$;$x$; END",
        &["sql DELETE FROM a WHERE b = $x$;$x$"],
    ),
];

#[test]
fn plain_statements() {
    check(STATEMENTS);
}

#[test]
fn branches_become_guards() {
    check(&[
        (
            "BEGIN IF f(n) > 1 THEN DELETE FROM a; ELSIF m THEN DELETE FROM b; ELSE DELETE FROM c; END IF; END",
            &[
                "eval f(n) > 1",
                "sql DELETE FROM a | f(n) > 1",
                "sql DELETE FROM b | not (f(n) > 1) and m",
                "sql DELETE FROM c | not (f(n) > 1) and not (m)",
            ],
        ),
        (
            "BEGIN CASE n WHEN 1, 2 THEN DELETE FROM a; ELSE DELETE FROM b; END CASE; \
             CASE WHEN n = 1 THEN NULL; END CASE; END",
            &["sql DELETE FROM a | n = 1, 2", "sql DELETE FROM b | not (n = 1, 2)"],
        ),
        (
            "BEGIN IF n = 1 THEN RETURN; END IF; DELETE FROM a; END",
            &["sql DELETE FROM a | not (n = 1)"],
        ),
        ("BEGIN IF true THEN DELETE FROM a; END IF; END", &["sql DELETE FROM a"]),
    ]);
}

#[test]
fn loops_run_any_number_of_times() {
    check(&[
        (
            "BEGIN FOR r IN SELECT id FROM t LOOP UPDATE u SET a = r.id; EXIT WHEN r.id > 5; END LOOP; END",
            &["sql SELECT id FROM t", "sql UPDATE u SET a = r.id | in a loop"],
        ),
        (
            "BEGIN FOR i IN REVERSE 10..f(1) BY 2 LOOP DELETE FROM a; END LOOP; END",
            &["eval f(1)", "sql DELETE FROM a | in a loop"],
        ),
        (
            "BEGIN WHILE n < 10 LOOP CONTINUE; COMMIT; END LOOP; LOOP ROLLBACK AND CHAIN; END LOOP x; END",
            &["commit | in a loop", "rollback | in a loop"],
        ),
        (
            "BEGIN FOREACH n SLICE 1 IN ARRAY f() LOOP NULL; END LOOP; FOR r IN c(1) LOOP NULL; END LOOP; \
             FOR r IN EXECUTE 'SELECT 1' USING n LOOP NULL; END LOOP; END",
            &["eval f()", "exec SELECT 1"],
        ),
    ]);
    assert!(body("BEGIN LOOP COMMIT; END LOOP; END", &[]).ends_transaction);
    assert!(!body("BEGIN PERFORM 1; END", &[]).ends_transaction);
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
fn conditions_stand_in_the_order_in_which_they_are_asked() {
    check(&[
        (
            "BEGIN IF a THEN RETURN; END IF; DELETE FROM t; IF b THEN DELETE FROM u; IF c THEN RETURN; END IF; \
             DELETE FROM v; END IF; DELETE FROM w; END",
            &[
                "sql DELETE FROM t | not (a)",
                "sql DELETE FROM u | not (a) and b",
                "sql DELETE FROM v | not (a) and b and not (c)",
                "sql DELETE FROM w | not (a) and not (b and c)",
            ],
        ),
        (
            "BEGIN IF a THEN DELETE FROM t; BEGIN DELETE FROM u; EXCEPTION WHEN others THEN RETURN; END; \
             DELETE FROM v; END IF; END",
            &[
                "sql DELETE FROM t | a",
                "sql DELETE FROM u | a and errors are caught",
                "sql DELETE FROM v | a and not (after an error)",
            ],
        ),
        (
            "BEGIN IF a THEN RETURN; DELETE FROM t; END IF; IF a THEN DELETE FROM u; END IF; RETURN; END",
            &["sql DELETE FROM t | not (a) and a", "sql DELETE FROM u | not (a) and a"],
        ),
        ("BEGIN RETURN; DELETE FROM t; END", &["sql DELETE FROM t | not (always)"]),
    ]);
}
