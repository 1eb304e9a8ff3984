//! What branches ask for.

use super::super::body;
use crate::migration::Guard;

const QUESTIONS: &[(&str, &str)] = &[
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
    ("EXISTS (SELECT count(*) FROM pg_tables WHERE tablename = 't')", ""),
    (
        "EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 't' AND column_name = 'c' \
             AND data_type IN ('text', 'json'))",
        "column t.c is text or json",
    ),
    (
        "NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = 'shop' AND \
             table_name = 't' AND column_name = 'c' AND data_type <> 'uuid')",
        "not (column shop.t.c is not uuid)",
    ),
    (
        "EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 't' AND column_name = 'c' \
             AND is_nullable = 'YES')",
        "column t.c may be NULL",
    ),
    (
        "EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 't' AND column_name = 'c' \
             AND is_nullable = 'NO')",
        "column t.c is NOT NULL",
    ),
    // Questions that ask for more stay unknown.
    ("EXISTS (SELECT 1 FROM pg_tables WHERE tablename = v)", ""),
    ("EXISTS (SELECT 1 FROM pg_tables WHERE tablename LIKE 'a%')", ""),
    ("EXISTS (SELECT 1 FROM orders WHERE id = 1)", ""),
    ("EXISTS (SELECT 1 FROM audit.pg_tables WHERE tablename = 't')", ""),
    (
        "EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 't' AND column_name = 'c' \
             AND udt_name = 'text')",
        "",
    ),
    (
        "EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 't' AND column_name = 'c' \
             AND data_type = 'text' AND is_nullable = 'NO')",
        "",
    ),
    (
        "EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 't' AND column_name = 'c' \
             AND is_nullable = 'MAYBE')",
        "",
    ),
    ("EXISTS (SELECT 1 FROM information_schema.columns WHERE data_type = 'text')", ""),
    ("EXISTS (SELECT 1 FROM pg_tables WHERE tablename = 't' AND tablename <> 'u')", ""),
    (
        "EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 't' AND column_name = 'c' \
             AND column_name <> 'd')",
        "",
    ),
    ("EXISTS (SELECT 1 FROM pg_tables WHERE tablename = 'a' OR tablename = 'b')", ""),
];

#[test]
fn questions_to_the_catalogue_become_existence() {
    for &(condition, expected) in QUESTIONS {
        let text = format!("BEGIN IF {condition} THEN DELETE FROM a; END IF; END");
        let guard = body(&text, &[]).pieces.pop().expect("a piece").guard;
        let expected = if expected.is_empty() { condition } else { expected };
        assert_eq!(guard.to_string(), expected, "{condition}");
        let unknown = matches!(guard, Guard::Unknown(_)) || condition.contains("n > 1");
        assert_eq!(body(&text, &[]).pieces.len(), if unknown { 2 } else { 1 }, "{condition}");
    }
}

#[test]
fn answers_are_known_through_variables_and_found() {
    let known = "table t exists";
    for (text, expected) in [
        (
            "DECLARE b boolean := EXISTS (SELECT 1 FROM pg_tables WHERE tablename = 't'); BEGIN IF b THEN @",
            known,
        ),
        (
            "BEGIN b := EXISTS (SELECT 1 FROM pg_tables WHERE tablename = 't'); IF b IS TRUE THEN @",
            known,
        ),
        (
            "BEGIN SELECT EXISTS (SELECT 1 FROM pg_tables WHERE tablename = 't') INTO b; IF b THEN @",
            known,
        ),
        ("BEGIN PERFORM 1 FROM pg_tables WHERE tablename = 't'; IF FOUND THEN @", known),
        (
            "BEGIN SELECT tablename INTO v FROM pg_tables WHERE tablename = 't'; IF FOUND THEN @",
            known,
        ),
        // Written twice, counted, or overtaken by another statement: not known.
        (
            "BEGIN b := EXISTS (SELECT 1 FROM pg_tables WHERE tablename = 't'); b := false; IF b THEN @",
            "b",
        ),
        (
            "BEGIN SELECT count(*) INTO n FROM pg_tables WHERE tablename = 't'; IF FOUND THEN @",
            "FOUND",
        ),
        (
            "BEGIN PERFORM 1 FROM pg_tables WHERE tablename = 't'; UPDATE u SET a = 1; IF FOUND THEN @",
            "FOUND",
        ),
        (
            "BEGIN IF a THEN PERFORM 1 FROM pg_tables WHERE tablename = 't'; END IF; IF FOUND THEN @",
            "FOUND",
        ),
    ] {
        let text = text.replace("@", "DELETE FROM a; END IF; END");
        let guard = body(&text, &[]).pieces.pop().expect("a piece").guard;
        assert_eq!(guard.to_string(), expected, "{text}");
    }
}

#[test]
fn to_regclass_asks_for_any_relation() {
    let text = "BEGIN IF to_regclass('shop.orders') IS NULL THEN DELETE FROM a; END IF; END";
    let guard = body(text, &[]).pieces.pop().expect("a piece").guard.to_string();
    assert!(
        guard.starts_with("not (table shop.orders exists or index shop.orders exists"),
        "{guard}"
    );
}
