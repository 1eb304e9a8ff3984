//! What status, history, reports and logs say as JSON is what their published schemas say.

use crate::support::command::{apply_to, folder, run, write};
use crate::support::servers::{NEWEST, server};
use serde_json::Value;
use std::path::Path;

fn schema(folder: &Path, arguments: &[&str]) -> jsonschema::Validator {
    let printed = run(folder, arguments);
    assert_eq!(printed.code, 0, "{}", printed.err);
    jsonschema::validator_for(&serde_json::from_str(&printed.out).unwrap()).unwrap()
}

fn assert_valid(validator: &jsonschema::Validator, text: &str) -> Value {
    let value: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect();
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    value
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The events of a log, all of which are valid.
fn events(folder: &Path, name: &str) -> Vec<Value> {
    let line = schema(folder, &["lint", "--print-schema=log"]);
    read(folder, name).lines().map(|text| assert_valid(&line, text)).collect()
}

fn names(events: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> =
        events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

const ORDERS: &str = "-- migrate:up
CREATE TABLE orders (id integer PRIMARY KEY, note text);
INSERT INTO orders (id, note) VALUES (1, 'first'), (2, 'second');

-- migrate:down
DROP TABLE orders;
";
const BATCHED: &str = "-- migrate:up transaction:false
-- lockgate: batch(orders, id, 1)
UPDATE orders SET note = note || '+';

-- migrate:down
SELECT 1;
";
const BROKEN: &str =
    "-- migrate:up\nINSERT INTO orders (id) VALUES (1);\n\n-- migrate:down\nSELECT 1;\n";

#[test]
fn machine_formats_keep_to_their_schemas() {
    let folder = folder(&[
        ("db/migrations/20260101_orders.sql", ORDERS),
        ("db/migrations/20260102_batched.sql", BATCHED),
        ("db/migrations/20260103_broken.sql", BROKEN),
        ("db/migrations/20260104_orders.sql", &ORDERS.replace("orders", "customers")),
    ]);
    let path = folder.path();
    let url = "sqlite:shop.db";
    let report = schema(path, &["lint", "--print-schema=report"]);
    let flags = ["--report", "report.json", "--log", "log.jsonl", "--backup", "always"];
    let failed = apply_to(path, url, &flags);
    assert_eq!(failed.code, 3, "{}\n{}", failed.out, failed.err);
    let told = assert_valid(&report, &read(path, "report.json"));
    assert_eq!(told["status"], "failed");
    let status: Vec<&str> = told["migrations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|migration| migration["status"].as_str().unwrap())
        .collect();
    assert_eq!(status, ["applied", "applied", "failed", "not_applied"]);
    assert_eq!(
        names(&events(path, "log.jsonl")),
        ["batch", "done", "failed", "migration", "statement"]
    );

    std::fs::remove_file(path.join("db/migrations/20260103_broken.sql")).unwrap();
    let drop = "-- migrate:up\n-- lockgate: allow(drop-table) moved\nDROP TABLE orders;\n\n-- migrate:down\nSELECT 1;\n";
    write(path, "db/migrations/20260105_drop.sql", drop);
    assert_eq!(apply_to(path, url, &flags).code, 0);
    let told = assert_valid(&report, &read(path, "report.json"));
    assert_eq!(told["migrations"][1]["backup"], "lockgate-backups/default/20260104");
    assert_eq!(told["migrations"][1]["allowed"][0]["reason"], "moved");
    write(
        path,
        "db/migrations/20260106_drop.sql",
        "-- migrate:up\nDROP TABLE customers;\n\n-- migrate:down\n",
    );
    assert_eq!(apply_to(path, url, &flags).code, 1);
    assert_eq!(assert_valid(&report, &read(path, "report.json"))["status"], "closed");

    listings_keep_to_their_schemas(path, url);
}

fn listings_keep_to_their_schemas(path: &Path, url: &str) {
    let status = schema(path, &["status", "--print-schema"]);
    std::fs::remove_file(path.join("db/migrations/20260101_orders.sql")).unwrap();
    let printed = run(path, &["status", "--format", "json", "--database-url", url]);
    let told = assert_valid(&status, &printed.out);
    assert_eq!(told["migrations"][3]["status"], "pending");
    assert!(told["problems"][0]["message"].as_str().unwrap().contains("20260101"));

    let history = schema(path, &["history", "--print-schema"]);
    let printed = run(path, &["history", "--format", "json", "--database-url", url]);
    let told = assert_valid(&history, &printed.out);
    let entries = told["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 5);
    assert_eq!(entries[2]["status"], "failed");
    assert_eq!(entries[4]["backup_reference"], "lockgate-backups/default/20260104");
    assert_eq!(entries[4]["findings_allowed"][0]["by"], "suppression");
}

#[test]
fn waiting_and_blockers_are_logged_by_the_schema_too() {
    let orders = ORDERS.replace("integer PRIMARY", "bigint PRIMARY");
    let folder = folder(&[("db/migrations/20260101_orders.sql", &orders)]);
    let path = folder.path();
    let database = server(NEWEST).database("logged");
    let url = database.url();
    assert_eq!(apply_to(path, &url, &[]).code, 0);
    let tier = "-- migrate:up\nALTER TABLE orders ADD COLUMN tier text;\n\n-- migrate:down\nALTER TABLE orders DROP COLUMN tier;\n";
    write(path, "db/migrations/20260102_tier.sql", tier);
    let mut holder = database.connect();
    holder.batch_execute("BEGIN; SELECT count(*) FROM orders").unwrap();
    let flags = ["--lock-timeout", "100ms", "--on-blocker", "cancel-idle", "--log", "log.jsonl"];
    let done = apply_to(path, &url, &flags);
    assert_eq!(done.code, 0, "{}", done.out);
    let events = events(path, "log.jsonl");
    assert!(names(&events).contains(&"ended"), "{events:?}");
    let ended = events.iter().find(|event| event["event"] == "ended").unwrap();
    assert_eq!(ended["blocker"]["application"], "lockgate tests");
}

#[test]
fn hooks_environment_and_history_can_stand_in_the_configuration() {
    let folder = folder(&[("db/migrations/20260101_orders.sql", ORDERS)]);
    let path = folder.path();
    let url = "sqlite:shop.db";
    let settings = "[apply]
history-name = \"shop\"
environment = \"production\"
before-apply = \"cat > before.json\"
after-apply = \"cat > after.json\"
on-failure = \"cat > failed.json\"
";
    write(path, "lockgate.toml", settings);
    let unconfirmed = apply_to(path, url, &[]);
    assert_eq!(unconfirmed.code, 2);
    assert!(unconfirmed.err.contains("--yes"), "{}", unconfirmed.err);
    let done = apply_to(path, url, &["--yes"]);
    assert_eq!(done.code, 0, "{}\n{}", done.out, done.err);
    let report = schema(path, &["lint", "--print-schema=report"]);
    assert_eq!(assert_valid(&report, &read(path, "before.json"))["status"], "planned");
    let after = assert_valid(&report, &read(path, "after.json"));
    assert_eq!((&after["status"], &after["project"]), (&"applied".into(), &"shop".into()));
    let history = run(path, &["history", "--format", "json", "--database-url", url]);
    assert!(history.out.contains("20260101"), "{}", history.out);
    // A flag goes before the file.
    let other = run(path, &["history", "--database-url", url, "--history-name", "billing"]);
    assert!(other.out.contains("nothing was applied here"), "{}", other.out);
    write(path, "db/migrations/20260102_broken.sql", BROKEN);
    let failed = apply_to(path, url, &["--environment", "staging"]);
    assert_eq!(failed.code, 3, "{}\n{}", failed.out, failed.err);
    assert_eq!(assert_valid(&report, &read(path, "failed.json"))["status"], "failed");
}
