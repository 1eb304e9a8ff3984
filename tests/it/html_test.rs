//! The HTML page: what it says, and that it needs nothing else.

use crate::support::command::{folder, root, run};
use serde_json::Value;
use std::path::Path;

pub fn page(folder: &Path, paths: &[&str]) -> String {
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("page.html");
    let output = format!("html={}", file.display());
    let mut arguments = vec!["lint", "--quiet", "--output", &output];
    arguments.extend(paths);
    assert!(run(folder, &arguments).code < 2);
    std::fs::read_to_string(file).unwrap()
}

pub fn demo() -> String {
    page(&root(), &["fixtures/demo"])
}

/// Changes of MySQL: one at once, one that lets others write, one that copies, a table held.
pub fn mysql() -> String {
    let files = folder(&[
        ("db/migrations/20250101000000_shop.sql", MYSQL_SHOP),
        ("db/migrations/20260101000000_totals.sql", MYSQL_TOTALS),
    ]);
    page(files.path(), &["--dialect", "mysql", "db/migrations/20260101000000_totals.sql"])
}

/// A transaction of SQLite that works on what is there.
pub fn sqlite() -> String {
    let files = folder(&[
        ("m/0001_notes.up.sql", "CREATE TABLE notes (id INTEGER PRIMARY KEY, folder TEXT);\n"),
        (
            "m/0002_folders.up.sql",
            "CREATE TABLE folders (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO folders (name) SELECT DISTINCT folder FROM notes;
CREATE INDEX notes_folder ON notes (folder);
",
        ),
    ]);
    page(files.path(), &["--dialect", "sqlite", "m"])
}

const MYSQL_SHOP: &str = "-- migrate:up
CREATE TABLE customers (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, tier VARCHAR(16)) ENGINE=InnoDB;
CREATE TABLE orders (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id BIGINT UNSIGNED NOT NULL, total DECIMAL(10,2) NOT NULL) ENGINE=InnoDB;
-- migrate:down
DROP TABLE orders;
DROP TABLE customers;
";

const MYSQL_TOTALS: &str = "-- migrate:up
ALTER TABLE customers ADD COLUMN note VARCHAR(200);
CREATE INDEX orders_total ON orders (total);
ALTER TABLE orders MODIFY total DECIMAL(12,4) NOT NULL;
LOCK TABLES customers READ;
UNLOCK TABLES;
-- migrate:down
";

#[test]
fn mysql_has_a_bar_for_what_waits_while_a_change_works_and_at_its_ends() {
    let page = mysql();
    for class in ["everyone", "ddl ends-everyone", "writers ends-everyone", "writers"] {
        assert_eq!(page.matches(&format!("<a class=\"bar {class}\"")).count(), 1, "{class}");
    }
    for spoken in [
        "customers: reads and writes wait (ALGORITHM=INSTANT, EXCLUSIVE metadata lock)",
        "orders: reads and writes wait for an instant at its start and its end, and go on meanwhile \
         (ALGORITHM=INPLACE, LOCK=NONE, EXCLUSIVE metadata lock)",
        "customers: inserts, updates, deletes wait; reads go on (SHARED_NO_WRITE metadata lock), \
         from statement 1 to UNLOCK TABLES",
    ] {
        assert!(page.contains(spoken), "{spoken}");
    }
}

#[test]
fn sqlite_has_one_lane_for_its_one_writer() {
    let page = sqlite();
    assert!(page.contains("<code>main</code> <span class=\"whole\">whole database</span>"));
    assert_eq!(page.matches("<a class=\"bar writers\"").count(), 1);
    assert!(page.contains("in 1 transaction"));
}

#[test]
fn every_finding_and_every_lane_is_on_the_page() {
    let page = demo();
    let report = run(&root(), &["lint", "fixtures/demo", "--format", "json"]);
    let report: Value = serde_json::from_str(&report.out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(page.matches("<article class=\"finding").count(), findings.len());
    let timelines = report["timeline"].as_array().unwrap();
    let lanes: Vec<&Value> =
        timelines.iter().flat_map(|one| one["lanes"].as_array().unwrap()).collect();
    // The page also has lanes for which schema changes alone wait.
    let quiet = page.matches("<a class=\"bar ddl\"").count();
    assert!(quiet > 0);
    assert_eq!(page.matches("<div class=\"relation\"").count(), lanes.len() + quiet);
    for lane in lanes {
        let relation = lane["relation"].as_str().unwrap();
        assert!(page.contains(&format!("<code>{relation}</code></div>")), "{relation}");
    }
    for finding in findings {
        let rule = finding["rule"].as_str().unwrap();
        assert!(page.contains(&format!("lockgate explain {rule}</code>")), "{rule}");
    }
}

#[test]
fn the_page_loads_nothing_and_runs_its_own_script_alone() {
    let page = demo();
    assert_eq!(page.matches("<script>").count(), 1);
    assert_eq!(page.matches("<script").count(), 1);
    assert!(
        page.contains(
            "content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"
        )
    );
    for forbidden in [" src=", "url(", "@import", "<link", "javascript:", "onclick"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    let links = page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    for link in links {
        let target = link.strip_prefix('#').unwrap_or_else(|| panic!("{link} leads elsewhere"));
        assert_eq!(page.matches(&format!("id=\"{target}\"")).count(), 1, "{link} leads nowhere");
    }
}

#[test]
fn names_and_sql_stay_text() {
    let hostile = "CREATE INDEX \"<img src=x>\" ON orders (status);\n\
        UPDATE \"a\"\"><script>alert(1)</script>\" SET x = '</code></pre><b>';\n";
    let files = folder(&[
        ("m/0001_shop.up.sql", "CREATE TABLE orders (id bigint PRIMARY KEY, status text);\n"),
        ("m/0002_x.up.sql", hostile),
    ]);
    let page = page(files.path(), &["m"]);
    assert_eq!(page.matches("<script").count(), 1, "the page's own");
    assert!(!page.contains("alert(1)</script") && !page.contains("<img") && !page.contains("<b>"));
    assert!(page.contains("&lt;img src=x&gt;"));
}

#[test]
fn a_clean_run_says_so() {
    let files = folder(&[
        ("m/0001_shop.sql", "CREATE TABLE orders (id bigint PRIMARY KEY);\n"),
        ("lockgate.toml", "[categories]\nreversibility = \"off\"\n"),
    ]);
    let page = page(files.path(), &["m"]);
    assert!(page.contains("<p class=\"good\">Nothing to report.</p>"));
}
