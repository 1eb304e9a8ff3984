//! Statements of a script, their places, and what stands between them.

use super::{action, script, slices};
use crate::migration::{ActionKind, Guard, Origin};

#[test]
fn statements_end_at_their_semicolons() {
    let text = "-- head\n/* a /* nested */ ; */ SELECT ';' AS \";\" ;\n\n;;
        SELECT $$ ; $$, E'\\';', U&'\\0041;', $a$ $$;$$ $a$;
        CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END;
        CREATE RULE r AS ON INSERT TO t DO (UPDATE a SET b = 1; DELETE FROM c);
        SELECT 2 -- no semicolon";
    let script = script(text);
    let slices = slices(&script);
    assert_eq!(slices.len(), 5, "{slices:?}");
    assert_eq!(slices[0], "SELECT ';' AS \";\"");
    assert_eq!(slices[4], "SELECT 2");
    assert!(slices[2].ends_with("END; END"));
}

#[test]
fn nothing_but_comments_is_no_step() {
    for text in ["", " \n", "-- only\n/* comments */", "\u{feff}", ";"] {
        assert!(script(text).steps.is_empty(), "{text:?}");
    }
}

#[test]
fn one_failure_costs_one_statement() {
    let script = script("SELECT 1; CREATE TABLE t (a int; DROP TABLE b; GIBBERISH 5; SELECT 2;");
    let understood: Vec<bool> = script
        .statements()
        .map(|statement| statement.actions.iter().all(|action| action.kind.is_understood()))
        .collect();
    assert_eq!(understood, [true, false, true, false, true]);
}

#[test]
fn copy_data_is_no_sql() {
    let text = "COPY orders (id, note) FROM stdin WITH (FORMAT csv);\n1,'\n2,;\n\\.\nSELECT 1;";
    let script = script(text);
    assert_eq!(slices(&script).len(), 2);
    let statement = script.statements().next().unwrap();
    let ActionKind::Copy(copy) = &statement.actions[0].kind else { panic!() };
    assert_eq!((copy.inline_rows, copy.from, copy.columns.len()), (Some(2), true, 2));
    let rows = copy.inline_span.unwrap();
    assert_eq!(text.get(rows.start..rows.end), Some("1,'\n2,;\n"));
}

#[test]
fn copy_data_may_be_empty_or_end_lines_as_windows_does() {
    for (text, expected) in [
        ("COPY orders FROM stdin;\n\\.\n", (Some(0), "")),
        ("COPY orders FROM stdin;\r\n1\r\n\\.\r\nSELECT 1;", (Some(1), "1\r\n")),
    ] {
        let script = script(text);
        let statement = script.statements().next().unwrap();
        let ActionKind::Copy(copy) = &statement.actions[0].kind else { panic!() };
        let rows = copy.inline_span.unwrap();
        assert_eq!((copy.inline_rows, text.get(rows.start..rows.end).unwrap()), expected);
    }
}

#[test]
fn psql_commands() {
    let text = "\\timing on\n\\connect shop\nSELECT 1 \\gexec\n\\i other.sql\n\\copy t from 'f.csv'\n\\if :x\nDROP TABLE a;\n\\else\nDROP TABLE b;\n\\endif\nSELECT 2;";
    let script = script(text);
    let statements: Vec<_> = script.statements().collect();
    let kind = |at: usize| &statements[at].actions[0].kind;
    assert_eq!(*kind(0), ActionKind::Session { command: "\\timing".into() });
    assert!(matches!(kind(2), ActionKind::Select(_)));
    assert!(matches!(kind(3), ActionKind::Opaque { .. }));
    assert!(matches!(kind(4), ActionKind::Opaque { .. }));
    assert!(matches!(kind(5), ActionKind::Copy(_)));
    assert_eq!(statements[7].guard, Guard::Unknown("\\if :x".into()));
    assert!(matches!(statements[9].guard, Guard::Not(_)));
    assert_eq!(statements[11].guard, Guard::Always);
}

#[test]
fn placeholders_keep_places_true() {
    let cases = [
        ("CREATE TABLE ${schema}.orders (id int)", "__schema_"),
        ("CREATE TABLE {{ schema }}.orders (id int)", "___schema___"),
        ("CREATE TABLE \"{{ .X \"N\" }}\".orders (id int)", "____x__n____"),
        ("CREATE TABLE :schema.orders (id int)", "_schema"),
        ("CREATE TABLE :\"schema\".orders (id int)", "_schema"),
    ];
    for (text, schema) in cases {
        let script = script(text);
        let statement = script.statements().next().unwrap();
        assert_eq!(&*statement.sql, text);
        let ActionKind::CreateTable(table) = &statement.actions[0].kind else { panic!("{text}") };
        assert_eq!(table.name.schema.as_ref().unwrap(), schema, "{text}");
        assert_eq!(script.source.file.slice(table.columns[0].span), "id int", "{text}");
    }
    let ActionKind::CreateIndex(index) =
        action("CREATE INDEX ${t}_idx ON t (a) WHERE b = :'x' AND c::int = ANY (d[1:2])")
    else {
        panic!()
    };
    let predicate = index.predicate.unwrap();
    assert_eq!(&*predicate.sql, "b = :'x' AND c::int = ANY (d[1:2])");
    assert!(predicate.facts.is_some());
    assert!(matches!(action(":statement"), ActionKind::Opaque { .. }));
}

#[test]
fn directives_bind_to_statements() {
    let text = "-- lockgate: allow-file(a) why\n\nSELECT 1; -- lockgate: allow(b) trailing
        /* lockgate: allow(c) next */
        SELECT 2;
        ALTER TABLE t
          ADD a int, -- lockgate: allow(d) inside
          ADD b int;
        DO $$ BEGIN
          -- lockgate: allow(e) body
          DROP TABLE u;
        END $$;
        -- lockgate: allow(f) nothing follows";
    let script = script(text);
    let bound: Vec<_> =
        script.directives.iter().map(|d| (d.text.as_str(), d.statement, d.at_head)).collect();
    assert_eq!(
        bound,
        [
            ("allow-file(a) why", Some(0), true),
            ("allow(b) trailing", Some(0), false),
            ("allow(c) next", Some(1), false),
            ("allow(d) inside", Some(2), false),
            ("allow(e) body", Some(3), false),
            ("allow(f) nothing follows", None, false),
        ]
    );
}

#[test]
fn blocks_give_their_statements() {
    let text = "DO 'BEGIN
            IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = ''mood'') THEN
              CREATE TYPE mood AS ENUM (''ok'', ''sad'');
            END IF;
            EXECUTE ''DROP TABLE orders'';
        END';";
    let script = script(text);
    assert_eq!(script.steps.len(), 1);
    let found: Vec<_> = script
        .statements()
        .filter(|s| !matches!(s.actions[0].kind, ActionKind::Evaluate(_)))
        .collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|statement| statement.origin == Origin::Block));
    assert_eq!(
        script.source.file.slice(found[0].span),
        "CREATE TYPE mood AS ENUM (''ok'', ''sad'')"
    );
    assert_ne!(found[0].guard, Guard::Always);
    let ActionKind::CreateEnum(mood) = &found[0].actions[0].kind else { panic!() };
    assert_eq!(mood.values, ["ok", "sad"]);
    assert!(matches!(found[1].actions[0].kind, ActionKind::Drop(_)));
}

#[test]
fn elements_of_a_schema_are_statements_of_its_step() {
    let script =
        script("CREATE SCHEMA shop CREATE TABLE a (b int) CREATE VIEW v AS SELECT b FROM a;");
    assert_eq!(script.steps.len(), 1);
    assert_eq!(
        slices(&script),
        ["CREATE SCHEMA shop", "CREATE TABLE a (b int)", "CREATE VIEW v AS SELECT b FROM a"]
    );
}

#[test]
fn template_tags_make_statements_conditional() {
    let text = "{{ if .Audit }}\nDROP TABLE a;\n{{- else }}\nDROP TABLE b;\n{{ end }}\n{{ template \"more\" }}\nDROP TABLE c;\n{{ x }} TABLE d;";
    let script = script(text);
    let guards: Vec<String> = script.statements().map(|s| s.guard.to_string()).collect();
    assert_eq!(guards, ["{{ if .Audit }}", "not ({{ if .Audit }})", "always", "always", "always"]);
    let understood: Vec<bool> =
        script.statements().map(|s| s.actions[0].kind.is_understood()).collect();
    assert_eq!(understood, [true, true, false, true, false]);
}

#[test]
fn what_is_never_closed_is_named_with_its_place() {
    for (text, what) in
        [("SELECT 'a", "string"), ("SELECT \"a", "quoted name"), ("DO $x$ a", "dollar quote")]
    {
        let ActionKind::Unparsed { reason, at } = action(text) else { panic!("{text}") };
        assert_eq!(reason, format!("this {what} is never closed"));
        assert_eq!(at.start, text.find(['\'', '"', '$']).unwrap());
    }
}

#[test]
fn places_lead_back_through_a_commented_out_section() {
    let lines = [
        "DO $$ BEGIN",
        "  IF true THEN",
        "    ALTER TABLE orders",
        "      DROP COLUMN note,",
        "      ADD note varchar;",
        "  END IF;",
        "END $$;",
        "DROP TABLE customers;",
    ];
    let text: String = lines.iter().map(|line| format!("-- {line}\n")).collect();
    let file = std::sync::Arc::new(crate::source::SourceFile::new("1.sql", &text));
    let mut mapped = crate::source::MappedText::default();
    let mut at = 0;
    for line in lines {
        let span = crate::source::Span::new(at + 3, at + 4 + line.len());
        mapped.push(file.slice(span), span);
        at = span.end;
    }
    let source = crate::migration::ScriptSource {
        file: std::sync::Arc::clone(&file),
        text: mapped,
        direction: crate::migration::Direction::Down,
        transaction: crate::migration::TransactionMode::PerScript,
    };
    let script = crate::frontend::sql::parse(source, crate::migration::Dialect::Postgres);
    let alter = script
        .statements()
        .find(|statement| matches!(statement.actions[0].kind, ActionKind::AlterTable { .. }))
        .unwrap();
    let places: Vec<&str> = alter.actions.iter().map(|action| file.slice(action.span)).collect();
    assert_eq!(places, ["DROP COLUMN note", "ADD note varchar"]);
    assert_eq!(file.slice(script.steps[1].span), "DROP TABLE customers");
}

#[test]
fn a_stray_backslash_is_not_lost() {
    let script = script("SELECT 1 \\ 2;");
    assert!(script.statements().any(|s| !s.actions[0].kind.is_understood()));
}

#[test]
fn placeholders_in_bodies_stand_for_names() {
    let script = script("DO $$ BEGIN DELETE FROM ${schema}.orders WHERE id = {{ id }}; END $$;");
    let statement = script.statements().next().unwrap();
    let ActionKind::Delete(delete) = &statement.actions[0].kind else { panic!("{statement:?}") };
    assert_eq!(delete.table, super::name("__schema_.orders"));
    let written = script.source.file.slice(statement.span);
    assert_eq!(written, "DELETE FROM ${schema}.orders WHERE id = {{ id }}");
}
