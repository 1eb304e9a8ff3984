//! The SARIF validation that the report tests lean on: it accepts what is right and refuses what is not.

use serde_json::{Value, json};

use crate::support::sarif::violations;

fn log(region: &Value) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "lockgate", "rules": [{"id": "drop-table"}]}},
            "results": [{
                "ruleId": "drop-table",
                "level": "error",
                "message": {"text": "drops the table"},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": "db/2.sql"}, "region": region}}]
            }]
        }]
    })
}

#[test]
fn a_valid_log_is_accepted() {
    assert_eq!(violations(&log(&json!({"startLine": 1}))), Vec::<String>::new());
}

#[test]
fn wrong_logs_are_refused() {
    assert_eq!(violations(&log(&json!({"startLine": 0}))).len(), 1, "lines count from 1");
    assert_eq!(violations(&log(&json!({"endLine": 1}))).len(), 1, "a region has a start");
    assert_eq!(violations(&log(&json!({"startLine": 1, "column": 2}))).len(), 1, "unknown member");
    let mut wrong_level = log(&json!({"startLine": 1}));
    wrong_level["runs"][0]["results"][0]["level"] = json!("warn");
    assert_eq!(violations(&wrong_level).len(), 1);
    assert!(!violations(&json!({"version": "2.1.0"})).is_empty(), "runs are required");
}
