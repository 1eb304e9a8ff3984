//! The formats of reports: against their schemas, and against the files that they speak of.

use crate::support::command::{folder, root, run, run_on, run_with, write};
use crate::support::sarif::violations;
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Everything that a published schema refuses.
fn refused(schema: &str, document: &Value) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("schemas").join(schema)).unwrap();
    let validator = jsonschema::validator_for(&json(&text)).unwrap();
    validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect()
}

fn lint(format: &str) -> String {
    run(
        &root(),
        &[
            "lint",
            "fixtures/report",
            "fixtures/demo",
            "--format",
            format,
            "--config",
            "fixtures/report/lockgate.toml",
        ],
    )
    .out
}

#[test]
fn text_reads_well() {
    let run = run(&root().join("fixtures/report"), &["lint", "-v"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.out);
}

#[test]
fn notes_that_repeat_stand_under_one_headline_and_are_counted_beyond_some() {
    let tables = ["carts", "orders", "items", "prices", "stocks", "returns"];
    let alters =
        tables.map(|table| format!("ALTER TABLE {table} ADD COLUMN note text;\n")).concat();
    let print = |more: &[&str]| run_on(&root(), &alters, &[&["lint", "-"], more].concat()).out;
    let text = print(&[]);
    let head = "note[brief-lock]: 5 times in -\n   2:1  reads and writes of `orders` wait for an instant\n";
    assert!(text.contains(head), "{text}");
    assert!(text.contains("   and 1 more, which -v lists\n"), "{text}");
    assert!(!text.contains("`returns` wait for an instant"), "{text}");
    assert!(print(&["-v"]).contains("   6:1  reads and writes of `returns` wait for an instant"));
    // Machines get each of them.
    let findings = json(&print(&["--format", "json"]))["findings"].clone();
    let briefs = findings.as_array().unwrap().iter().filter(|one| one["rule"] == "brief-lock");
    assert_eq!(briefs.count(), tables.len());
}

#[test]
fn no_report_tells_a_secret() {
    let key = format!("-----BEGIN {} KEY-----\nMIIEk3yl1ne\nAAAAk3yl1ne\n-----END", "RSA PRIVATE");
    let script = format!(
        "ALTER TABLE keys ADD COLUMN pem text;\nINSERT INTO keys SELECT 1, '{key}' FROM keys;\nALTER ROLE shop PASSWORD 'k3yl1ne';\n"
    );
    for format in ["text", "json", "sarif", "github", "gitlab", "junit", "markdown", "html"] {
        let run = run_on(&root(), &script, &["lint", "-", "-v", "--format", format]);
        assert!(run.out.contains("password-in-migration"), "{format}: {}", run.out);
        assert!(!run.out.contains("k3yl1ne"), "{format}: {}", run.out);
    }
    for format in ["text", "json"] {
        let run = run_on(&root(), &script, &["effects", "-", "--format", format]);
        assert!(!run.out.contains("k3yl1ne"), "{format}: {}", run.out);
    }
}

#[test]
fn json_fits_its_schema() {
    let report = json(&lint("json"));
    assert_eq!(refused("lint-1.json", &report), Vec::<String>::new());
    assert!(report["findings"].as_array().unwrap().len() >= 4);
    let demo = run(&root(), &["lint", "fixtures/demo", "--format", "json"]);
    assert_eq!(refused("lint-1.json", &json(&demo.out)), Vec::<String>::new());
}

/// Calls `check` with every place of the report.
fn places(value: &Value, check: &mut impl FnMut(&Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| places(item, check)),
        Value::Object(members) => {
            if members.contains_key("start") && members.contains_key("end") {
                check(value);
            }
            members.values().for_each(|member| places(member, check));
        }
        _ => {}
    }
}

#[test]
fn places_are_one_based_and_their_three_forms_agree() {
    let mut seen = 0;
    places(&json(&lint("json")), &mut |place| {
        let text = std::fs::read_to_string(root().join(place["file"].as_str().unwrap())).unwrap();
        for end in ["start", "end"] {
            let number = |member: &str| place[end][member].as_u64().unwrap() as usize;
            let before = &text[..number("offset")];
            assert_eq!(number("line"), before.matches('\n').count() + 1);
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            assert_eq!(number("column"), before[line_start..].chars().count() + 1);
        }
        assert!(place["start"]["offset"].as_u64() <= place["end"]["offset"].as_u64());
        seen += 1;
    });
    assert!(seen >= 5);
}

#[test]
fn the_slice_at_a_span_is_what_the_finding_speaks_of() {
    let report = json(&lint("json"));
    let findings = report["findings"].as_array().unwrap();
    let slice = |rule: &str| {
        let finding = findings
            .iter()
            .filter(|finding| finding["file"].as_str().unwrap().starts_with("fixtures/report/"))
            .find(|finding| finding["rule"] == rule)
            .unwrap();
        let text = std::fs::read_to_string(root().join(finding["file"].as_str().unwrap())).unwrap();
        let offset = |end: &str| finding[end]["offset"].as_u64().unwrap() as usize;
        text[offset("start")..offset("end")].to_owned()
    };
    assert_eq!(slice("update-without-where"), "UPDATE orders\nSET status = 'open'");
    assert_eq!(slice("drop-table"), "DROP TABLE old_orders");
    assert_eq!(slice("unknown-rule"), "drop-tabel");
    assert_eq!(slice("suppression-without-reason"), "-- lockgate: allow(drop-table)");
}

#[test]
fn fingerprints_survive_line_shifts() {
    let bad = "-- migrate:up\nDELETE FROM carts;\nDELETE  FROM carts;\n-- migrate:down\n";
    let folder = folder(&[("db/migrations/20260101_carts.sql", bad)]);
    let prints = || {
        let report = json(&run(folder.path(), &["lint", "--format", "json"]).out);
        let findings = report["findings"].as_array().unwrap().clone();
        let prints = findings.iter().map(|finding| finding["fingerprint"].as_str().unwrap());
        let mut prints: Vec<String> = prints.map(str::to_owned).collect();
        // Findings about the whole file stand at its first statement, which is another now.
        prints.sort();
        prints
    };
    let before = prints();
    let shifted = bad.replace("-- migrate:up\n", "-- migrate:up\n\n-- a note\nSELECT 1;\n");
    write(folder.path(), "db/migrations/20260101_carts.sql", &shifted);
    assert_eq!(before, prints());
    assert!(before.len() >= 2);
    let mut different = before.clone();
    different.dedup();
    assert_eq!(different, before, "equal statements are told apart");
}

#[test]
fn sarif_is_valid_and_complete() {
    let log = json(&lint("sarif"));
    assert_eq!(violations(&log), Vec::<String>::new());
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        let page = root().join("rules").join(format!("{}.md", rule["id"].as_str().unwrap()));
        let page = std::fs::read_to_string(page).unwrap();
        assert_eq!(rule["help"]["markdown"].as_str().unwrap(), page);
        assert!(!rule["fullDescription"]["text"].as_str().unwrap().is_empty());
    }
    let listed = json(&crate::support::command::run(&root(), &["rules", "--format", "json"]).out);
    assert_eq!(rules.len(), listed["rules"].as_array().unwrap().len());
    for result in run["results"].as_array().unwrap() {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let location = &result["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uriBaseId"], "%SRCROOT%");
        assert!(location["region"]["startLine"].as_u64().unwrap() >= 1);
        assert_eq!(result["partialFingerprints"]["lockgate/v1"].as_str().unwrap().len(), 64);
    }
}

#[test]
fn sarif_tells_what_could_not_be_read() {
    let run = run(&root(), &["lint", "nowhere", "--format", "sarif"]);
    let log = json(&run.out);
    assert_eq!(violations(&log), Vec::<String>::new());
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let told = invocation["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(told.contains("nowhere"), "{told}");
}

#[test]
fn sarif_carries_fixes_and_encoded_paths() {
    let text = "-- migrate:up\n-- lockgate: allow(drop-table) gone\nSELECT 1;\n-- migrate:down\n";
    let folder = folder(&[("db/my migrations/20260101_cä#rts.sql", text)]);
    let log = json(&run(folder.path(), &["lint", "--format", "sarif"]).out);
    assert_eq!(violations(&log), Vec::<String>::new());
    let results = log["runs"][0]["results"].as_array().unwrap();
    let unused = results.iter().find(|one| one["ruleId"] == "unused-suppression").unwrap();
    let change = &unused["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "db/my%20migrations/20260101_c%C3%A4%23rts.sql");
    let region = &change["replacements"][0]["deletedRegion"];
    assert_eq!((region["startLine"].as_u64(), region["endLine"].as_u64()), (Some(2), Some(3)));
}

/// Thirteen findings of one level in a file whose name has all that must be escaped.
fn many() -> tempfile::TempDir {
    let deletes: String = (1..=13).map(|n| format!("DELETE FROM \"c|{n}\";\n")).collect();
    let text = format!("-- migrate:up\n{deletes}-- migrate:down\n");
    folder(&[
        ("db/migrations/20260101_a,b%.sql", &text),
        ("lockgate.toml", "[categories]\nreversibility = \"off\"\navailability = \"off\"\n"),
    ])
}

#[test]
fn github_shows_ten_of_a_level_and_the_step_summary_has_the_rest() {
    let folder = many();
    let summary = folder.path().join("summary.md");
    std::fs::write(&summary, "before\n").unwrap();
    let variables = [("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())];
    let run = run_with(folder.path(), &variables, &["lint", "--format", "github"]);
    assert_eq!(run.code, 1);
    let commands: Vec<&str> = run.out.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(commands.len(), 10, "{}", run.out);
    assert!(
        commands[0].starts_with(
            "::error file=db/migrations/20260101_a%2Cb%25.sql,line=2,endLine=2,col=1,endColumn="
        ),
        "{}",
        commands[0]
    );
    assert!(commands[0].contains("title=lockgate%3A delete-without-where::"), "{}", commands[0]);
    assert_eq!(run.out.lines().count(), 13, "the rest is in the log as plain lines");
    let written = std::fs::read_to_string(&summary).unwrap();
    assert!(written.starts_with("before\n### lockgate: 3 more findings\n"), "{written}");
    let rows = written.lines().filter(|line| line.starts_with("| error |"));
    assert_eq!(rows.clone().count(), 3);
    assert!(rows.clone().all(|row| row.replace("\\|", "").matches('|').count() == 5), "{written}");
}

#[test]
fn github_without_a_step_summary_says_all_the_same() {
    let run = run(many().path(), &["lint", "--format", "github"]);
    assert_eq!(run.out.lines().count(), 13);
}

#[test]
fn effects_fit_their_schema() {
    let run = run(&root(), &["effects", "fixtures/demo", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let document = json(&run.out);
    assert_eq!(refused("effects-1.json", &document), Vec::<String>::new());
    let statements = document["statements"].as_array().unwrap();
    let index = statements
        .iter()
        .find(|one| one["sql"].as_str().unwrap().starts_with("CREATE INDEX orders_status_idx"))
        .unwrap();
    assert_eq!(index["actions"][0], "create_index");
    assert_eq!(index["migration"], "20260301120000");
    let lock = index["locks"].as_array().unwrap().iter().find(|lock| lock["relation"] == "orders");
    assert_eq!(lock.unwrap()["mode"], "Share");
}

#[test]
fn effects_of_a_script_run_on_the_history_that_is_named() {
    let folder = folder(&[
        ("schema.sql", "CREATE TABLE orders (id bigint PRIMARY KEY, status text);"),
        (
            "change.sql",
            "ALTER TABLE orders ADD COLUMN note text;\nCREATE INDEX CONCURRENTLY i ON orders (status);",
        ),
    ]);
    let effects = |arguments: &[&str]| {
        let all =
            [&["effects", "change.sql", "--history", "schema.sql", "--format", "json"], arguments]
                .concat();
        let run = run(folder.path(), &all);
        assert_eq!(run.code, 0, "{}", run.err);
        json(&run.out)["statements"].clone()
    };
    let alone = effects(&[]);
    assert_eq!(alone.as_array().unwrap().len(), 2, "the history is not shown");
    assert_eq!(alone[0]["migration"], Value::Null);
    assert_eq!(alone[0]["locks"][0]["relation"], "orders");
    assert_eq!(alone[0]["locks"][0]["mode"], "AccessExclusive");
    assert_eq!(alone[1]["transaction_block"], "forbidden");
    assert_eq!(alone[1]["refused"], Value::Null);
    assert_ne!(effects(&["--transaction", "file"])[1]["refused"], Value::Null);
    assert_ne!(effects(&["--one-string"])[1]["refused"], Value::Null);
    assert_eq!(effects(&["--transaction", "none"])[1]["refused"], Value::Null);
}

#[test]
fn effects_of_standard_input_for_people() {
    let run = run_on(&root(), "ALTER TABLE orders ADD COLUMN note text;", &["effects", "-"]);
    assert_eq!(run.code, 0);
    assert!(run.out.contains("ACCESS EXCLUSIVE on orders: reads and writes wait"), "{}", run.out);
}

#[test]
fn operations_fit_their_schema() {
    for path in ["fixtures/demo", "fixtures/report", "fixtures/layouts/dbmate"] {
        let run = run(&root(), &["operations", path, "--format", "json"]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(refused("operations-1.json", &json(&run.out)), Vec::<String>::new());
    }
}

/// The operations of a script, without where they stand.
fn operations(sql: &str) -> Vec<Value> {
    let run =
        run_on(&root(), sql, &["operations", "-", "--dialect", "postgres", "--format", "json"]);
    let document = json(&run.out);
    assert_eq!(refused("operations-1.json", &document), Vec::<String>::new(), "{sql}");
    let mut found = document["migrations"][0]["operations"].as_array().unwrap().clone();
    for operation in &mut found {
        for member in ["statement", "line", "offset", "guard"] {
            operation.as_object_mut().unwrap().remove(member).unwrap();
        }
    }
    found
}

#[test]
fn operations_name_what_they_change() {
    let found = operations(
        "ALTER TABLE billing.accounts ADD COLUMN tier VARCHAR(16) NOT NULL DEFAULT 'basic'",
    );
    assert_eq!(found[0]["kind"], "add_column");
    assert_eq!(found[0]["table"], "billing.accounts");
    assert_eq!(found[0]["columns"], serde_json::json!(["tier"]));
    assert_eq!(
        found[0]["column"],
        serde_json::json!({"name": "tier", "type": "VARCHAR(16)", "nullable": false, "server_default": "'basic'"})
    );
    let found = operations("CREATE TABLE c (a_id int REFERENCES a REFERENCES b (id))");
    let references = |holder: &Value| holder["references"]["table"].as_str().map(str::to_owned);
    assert_eq!(references(&found[0]["column_defs"][0]).as_deref(), Some("a"));
    assert_eq!(references(&found[0]["constraints"][0]).as_deref(), Some("b"));

    let found = operations("DROP TABLE a, b CASCADE");
    let tables: Vec<&Value> = found.iter().map(|one| &one["table"]).collect();
    assert_eq!(tables, ["a", "b"]);
    assert_eq!(found[0]["cascade"], true);
    let found = operations("CREATE UNIQUE INDEX CONCURRENTLY u ON t (a, lower(b)) WHERE c IS NULL");
    assert_eq!(found[0]["columns"], serde_json::json!(["a", "lower(b)"]));
    assert_eq!(found[0]["where"], "c IS NULL");
    assert_eq!((&found[0]["unique"], &found[0]["concurrently"]), (&true.into(), &true.into()));
    let found =
        operations("ALTER TABLE t ALTER COLUMN a DROP DEFAULT, ALTER COLUMN b SET NOT NULL");
    assert_eq!(found[0]["server_default"], Value::Null);
    assert!(found[0].as_object().unwrap().contains_key("server_default"));
    assert_eq!(found[1]["nullable"], false);
    let found = operations("UPDATE t SET a = 1 WHERE b; DELETE FROM t");
    assert_eq!((&found[0]["where"], &found[1]["where"]), (&true.into(), &false.into()));
}

#[test]
fn operations_as_sql_are_what_the_server_receives() {
    let run = run_on(
        &root(),
        "SELECT 1;\n-- note\nDO $$ BEGIN PERFORM 1; END $$;",
        &["operations", "-", "--format", "sql"],
    );
    assert!(run.out.ends_with("SELECT 1;\nDO $$ BEGIN PERFORM 1; END $$;\n\n"), "{}", run.out);
}

#[test]
fn a_note_is_explained_once_and_then_takes_one_line() {
    let up = |sql: &str| format!("-- migrate:up\n{sql}\n-- migrate:down\n");
    let folder = folder(&[
        ("db/migrations/20260101_shop.sql", &up("CREATE TABLE carts (id bigint PRIMARY KEY);")),
        ("db/migrations/20260102_note.sql", &up("ALTER TABLE carts ADD COLUMN note text;")),
        ("db/migrations/20260103_hint.sql", &up("ALTER TABLE carts ADD COLUMN hint text;")),
    ]);
    let text = run(folder.path(), &["lint"]).out;
    let told: Vec<&str> = text.split("note[brief-lock]: ").skip(1).collect();
    assert_eq!(told.len(), 2, "{text}");
    assert!(told[0].contains("ACCESS EXCLUSIVE on carts: reads and writes wait"), "{text}");
    let second: Vec<&str> = told[1].lines().take(3).collect();
    let expected = [
        "reads and writes of `carts` wait for an instant",
        "   db/migrations/20260103_hint.sql:2:1",
        "",
    ];
    assert_eq!(second, expected);
}
