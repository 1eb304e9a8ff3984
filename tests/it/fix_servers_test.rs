//! What `lint --fix` makes of constraints runs on real servers, and leads to the same schema.

use crate::fix_stages_test::fixed_pair;
use crate::support::command::folder;
use crate::support::replay::{Course, migrations, run};
use crate::support::servers::{NEWEST, OLDEST, server};
use lockgate::schema::{RelationName, diff};

const SHOP: &str = "CREATE TABLE tiers (code text PRIMARY KEY);\n\
CREATE TABLE orders (id bigint, number text NOT NULL, total numeric);\n";

/// Runs the history as it was written and as it is fixed.
fn leads_to_the_same(major: u8, up: &str, down: &str) {
    let (changed, _) = fixed_pair(up, down);
    assert!(changed.len() > 1, "{up} is fixed: {changed:?}");
    let url = server(major).url();
    let course = Course { url: &url, before: "", given: "", downs: true, each: true };
    let written = [("0001_shop.up.sql", SHOP), ("0002_change.up.sql", up)];
    let written = run(&migrations(folder(&written).path()), &course);
    let mut files = vec![("0001_shop.up.sql", SHOP), ("0002_change.up.sql", up)];
    files.push(("0002_change.down.sql", down));
    for (path, text) in &changed {
        let name = path.strip_prefix("m/").expect("a migration");
        files.retain(|(other, _)| *other != name);
        files.push((name, text));
    }
    let fixed = run(&migrations(folder(&files).path()), &course);
    let wrong = |outcomes: &[crate::support::replay::Outcome]| {
        let lines = outcomes
            .iter()
            .map(|one| format!("{}: {:?} {:?}", one.title, one.refused, one.differences));
        lines.collect::<Vec<_>>()
    };
    assert_eq!(wrong(&written.outcomes), [""; 0]);
    assert_eq!(wrong(&fixed.outcomes), [""; 0], "{changed:#?}");
    let differences: Vec<String> =
        diff(&written.schema, &fixed.schema).into_iter().map(|one| one.text).collect();
    assert_eq!(differences, [""; 0], "{changed:#?}");
    assert!(fixed.schema.table(&RelationName::public("orders")).known().is_some());
}

fn all(major: u8) {
    let unique = "ADD CONSTRAINT orders_number_key UNIQUE (number, total) DEFERRABLE";
    leads_to_the_same(
        major,
        &format!("ALTER TABLE orders {unique};\n"),
        "ALTER TABLE orders DROP CONSTRAINT orders_number_key;\n",
    );
    leads_to_the_same(
        major,
        &format!("ALTER TABLE orders ADD COLUMN note text, {unique};\n"),
        "ALTER TABLE orders DROP CONSTRAINT orders_number_key, DROP COLUMN note;\n",
    );
    leads_to_the_same(
        major,
        "ALTER TABLE orders ADD PRIMARY KEY (id, total);\n",
        "ALTER TABLE orders DROP CONSTRAINT orders_pkey, ALTER COLUMN id DROP NOT NULL, ALTER COLUMN total DROP NOT NULL;\n",
    );
    leads_to_the_same(
        major,
        "ALTER TABLE orders ADD COLUMN code text CONSTRAINT code_is_short CHECK (length(code) < 9) UNIQUE;\n",
        "ALTER TABLE orders DROP COLUMN code;\n",
    );
    leads_to_the_same(
        major,
        "ALTER TABLE orders ADD COLUMN tier text DEFAULT 'basic' REFERENCES tiers (code) ON UPDATE CASCADE;\n",
        "ALTER TABLE orders DROP COLUMN tier;\n",
    );
}

#[test]
fn fixed_histories_lead_to_the_same_schema_on_the_oldest_server() {
    all(OLDEST);
}

#[test]
fn fixed_histories_lead_to_the_same_schema_on_the_newest_server() {
    all(NEWEST);
}
