//! Any text gives a script: no panic, true places, linear time.

use super::{script, script_of};
use crate::migration::{ActionKind, Dialect, InsertSource, Script};

const SAMPLES: [&str; 9] = [
    "CREATE TABLE a.b (id int DEFAULT 'x''y' CHECK (id > 0), \"ü\" text COLLATE \"C\") PARTITION BY RANGE (id);",
    "ALTER TABLE ONLY t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES b (c) ON DELETE SET NULL (a), ALTER x TYPE int USING x::int;",
    "DO $body$ DECLARE r record; BEGIN FOR r IN SELECT 1 LOOP EXECUTE 'DROP TABLE é'; END LOOP; EXCEPTION WHEN others THEN NULL; END $body$ LANGUAGE plpgsql;",
    "CREATE FUNCTION f(a int = 1) RETURNS int BEGIN ATOMIC SELECT CASE 1 WHEN 1 THEN 2 END; END; -- lockgate: allow(x) y",
    "COPY t (a) FROM stdin;\n1\n\\.\n\\if :x\nSELECT E'\\'', U&'\\00e4', $1, :'v', {{ w }}, ${z} \\gexec\n",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; INSERT INTO a VALUES (1), (x'00'); WITH a AS (DELETE FROM b RETURNING *) SELECT * FROM a;",
    "CREATE TABLE `ü` (a INT(11) UNSIGNED /*!80023 INVISIBLE */, KEY (a(3) DESC)) ENGINE=InnoDB COMMENT='it\\'s' /*!50100 PARTITION BY HASH (a) PARTITIONS 4 */; # x\n",
    "DELIMITER //\nCREATE PROCEDURE p(IN a INT) BEGIN DECLARE CONTINUE HANDLER FOR NOT FOUND SET @x = 1; IF a THEN UPDATE b SET c = 1; ELSE WHILE a DO SET a = 1; END WHILE; END IF; END//\nDELIMITER ;\n",
    "SET @s = IF((SELECT COUNT(*) FROM information_schema.columns) > 0, 'DROP TABLE é', CONCAT('a', @b)); PREPARE s FROM @s; EXECUTE s; UPDATE a x JOIN b SET x.c = \"1\", b.d = 2; ALTER TABLE a CHANGE b c INT FIRST, ADD (d INT, KEY (d)), DROP PARTITION p, q;",
];

fn check(script: &Script) {
    let text = script.source.file.text();
    for statement in script.statements() {
        assert!(text.get(statement.span.start..statement.span.end).is_some());
        for action in &statement.actions {
            assert!(text.get(action.span.start..action.span.end).is_some());
        }
    }
}

#[test]
fn truncated_texts() {
    for sample in SAMPLES {
        for end in (0..=sample.len()).filter(|&end| sample.is_char_boundary(end)) {
            for dialect in Dialect::ALL {
                check(&script_of(sample.get(..end).unwrap(), dialect));
            }
        }
    }
}

#[test]
fn texts_with_other_characters_put_in() {
    let mut random = 12345_u32;
    let noise = [
        "'",
        "$$",
        "(",
        ")",
        ";",
        "\\",
        "é",
        "/*",
        "\"",
        "[",
        ":",
        "{{",
        "CASE",
        ",",
        "\0",
        "`",
        "*/",
        "/*!",
        "#",
        "@",
        "END ",
        "DELIMITER x\n",
    ];
    for sample in SAMPLES {
        for _ in 0..300 {
            let mut text = sample.to_owned();
            for _ in 0..3 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (random >> 8) as usize % (text.len() + 1);
                let at = (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap();
                text.insert_str(at, noise[(random >> 3) as usize % noise.len()]);
            }
            for dialect in Dialect::ALL {
                check(&script_of(&text, dialect));
            }
        }
    }
}

#[test]
fn deep_nesting_is_no_danger() {
    let deep = 50_000;
    for (open, close) in
        [("(", ")"), ("[", "]"), ("CASE WHEN 1 THEN ", " END"), ("/*", "*/"), ("NOT ", "")]
    {
        let text = format!(
            "SELECT {}1{}; CREATE TABLE t (a int DEFAULT {}1{}); DROP TABLE x",
            open.repeat(deep),
            close.repeat(deep),
            open.repeat(deep),
            close.repeat(deep)
        );
        check(&script(&text));
    }
    check(&script(&format!("SELECT {}1", "1 + ".repeat(deep))));
    check(&script(&"EXPLAIN ".repeat(deep)));
    check(&script(&"CREATE SCHEMA a ".repeat(200)));
}

#[test]
fn rows_of_a_bulk_load_are_counted() {
    let rows: Vec<String> = (0..30_000).map(|id| format!("({id}, lower('x'))")).collect();
    let text =
        format!("INSERT INTO orders VALUES {} ON CONFLICT DO NOTHING; SELECT 1", rows.join(", "));
    let script = script(&text);
    let statements: Vec<_> = script.statements().collect();
    assert_eq!(statements.len(), 2);
    assert!(script.source.file.slice(statements[0].span).ends_with("DO NOTHING"));
    let ActionKind::Insert(insert) = &statements[0].actions[0].kind else { panic!() };
    assert_eq!(insert.source, InsertSource::Values(30_000));
    assert_eq!(insert.on_conflict, crate::migration::OnConflict::Skip);
}

#[test]
fn what_is_too_long_to_be_read_says_so() {
    let text = format!("DELETE FROM a WHERE id IN ({}0); SELECT 1", "1, ".repeat(200_000));
    let script = script(&text);
    let statements: Vec<_> = script.statements().collect();
    assert_eq!(statements.len(), 2);
    assert!(matches!(statements[0].actions[0].kind, ActionKind::Opaque { .. }));
    assert!(script.source.file.slice(statements[0].span).ends_with("0)"));
}
