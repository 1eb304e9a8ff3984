//! Validation of SARIF logs against the schema of OASIS.

use jsonschema::Validator;
use serde_json::Value;

/// Everything about `log` that the schema refuses; empty for a valid SARIF 2.1.0 log.
pub fn violations(log: &Value) -> Vec<String> {
    let mut found: Vec<String> = validator()
        .iter_errors(log)
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect();
    regions_without_start(log, "", &mut found);
    found
}

fn validator() -> Validator {
    let mut schema: Value =
        serde_json::from_str(include_str!("../data/sarif-schema-2.1.0.json")).unwrap();
    // its own address: nothing is to be looked up by it
    schema.as_object_mut().unwrap().remove("$id");
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// The approved errata ask for a start; the schema at hand does not (see `data/README.md`).
fn regions_without_start(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                regions_without_start(item, &format!("{path}/{index}"), found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let path = format!("{path}/{name}");
                let is_region =
                    matches!(name.as_str(), "region" | "contextRegion" | "deletedRegion");
                let starts = ["startLine", "charOffset", "byteOffset"];
                if is_region && !starts.iter().any(|start| member.get(start).is_some()) {
                    found.push(format!("{path}: a region without a start"));
                }
                regions_without_start(member, &path, found);
            }
        }
        _ => {}
    }
}
