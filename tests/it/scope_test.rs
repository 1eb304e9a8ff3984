//! What is judged: what a branch adds, seen through a real git; what a baseline knows.

use crate::support::command::{Run, folder, lockgate, run, run_with};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

const ACCOUNTS: &str = "CREATE TABLE accounts (id bigint PRIMARY KEY, email text);\n";
const INVOICES: &str = "CREATE TABLE invoices (id bigint PRIMARY KEY, total numeric);\n";
const INDEX: &str = "CREATE INDEX accounts_email_idx ON accounts (email);\n";
/// Findings of this category would be everywhere and tell nothing here.
const QUIET: &str = "[rules]\nmissing-lock-timeout = \"off\"\nmissing-down = \"off\"\n";

fn git(folder: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
        .args(["-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {words}");
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A repository with two migrations on `main`, and a branch `tiers` checked out.
fn repository() -> tempfile::TempDir {
    let folder = folder(&[
        ("db/1_accounts.up.sql", ACCOUNTS),
        ("db/3_invoices.up.sql", INVOICES),
        ("lockgate.toml", QUIET),
    ]);
    let path = folder.path();
    git(path, &["init", "-q", "-b", "main"]);
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "-m", "shop"]);
    git(path, &["checkout", "-q", "-b", "tiers"]);
    folder
}

/// Runs with git at hand and no configuration of the machine.
fn lint(folder: &Path, arguments: &[&str]) -> Run {
    let path = std::env::var("PATH").unwrap();
    let variables = [
        ("PATH", path.as_str()),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ];
    let arguments: Vec<&str> = std::iter::once("lint").chain(arguments.iter().copied()).collect();
    run_with(folder, &variables, &arguments)
}

fn report(folder: &Path, arguments: &[&str]) -> Value {
    let arguments: Vec<&str> =
        arguments.iter().copied().chain(["--format", "json", "--since", "main"]).collect();
    let run = lint(folder, &arguments);
    serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err))
}

/// Findings as `rule file`.
fn found(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    findings.map(|one| format!("{} {}", text(one, "rule"), text(one, "file"))).collect()
}

#[test]
fn only_what_the_branch_adds_is_judged_committed_staged_or_untracked() {
    let folder = repository();
    let path = folder.path();
    write(path, "db/4_email.up.sql", INDEX);
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "-m", "email"]);
    write(path, "db/5_total.up.sql", "CREATE INDEX total_idx ON invoices (total);\n");
    git(path, &["add", "-A"]);
    write(path, "db/6_both.up.sql", "CREATE INDEX both_idx ON invoices (id, total);\n");
    let report = report(path, &[]);
    let expected = [
        "non-concurrent-index db/4_email.up.sql",
        "non-concurrent-index db/5_total.up.sql",
        "non-concurrent-index db/6_both.up.sql",
    ];
    assert_eq!(found(&report), expected);
    assert_eq!(report["summary"]["judged"], 3);
    assert_eq!(report["summary"]["migrations"], 5);
}

#[test]
fn a_branch_that_adds_no_migration_is_clean() {
    let folder = repository();
    write(folder.path(), "README.md", "# shop\n");
    let run = lint(folder.path(), &["--since", "main"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("0 migrations"), "{}", run.out);
}

#[test]
fn what_main_got_meanwhile_is_not_the_branch_s() {
    let folder = repository();
    let path = folder.path();
    write(path, "db/4_tier.up.sql", "ALTER TABLE accounts ADD COLUMN tier text;\n");
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "-m", "tier"]);
    git(path, &["checkout", "-q", "main"]);
    write(path, "db/4_email.up.sql", INDEX);
    write(path, "db/7_total.up.sql", "CREATE INDEX total_idx ON invoices (total);\n");
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "-m", "indexes"]);
    git(path, &["checkout", "-q", "tiers"]);
    let report = report(path, &[]);
    let expected = [
        "brief-lock db/4_tier.up.sql",
        "heads-after-merge db/4_tier.up.sql",
        "out-of-order-version db/4_tier.up.sql",
    ];
    assert_eq!(found(&report), expected);
    let message = report["findings"][2]["message"].as_str().unwrap();
    assert_eq!(message, "4 is never run where 7 has run");
}

#[test]
fn edited_renumbered_and_deleted_migrations_are_told() {
    let folder = repository();
    let path = folder.path();
    write(path, "db/1_accounts.up.sql", &ACCOUNTS.replace("email text", "email text NOT NULL"));
    git(path, &["mv", "db/3_invoices.up.sql", "db/4_invoices.up.sql"]);
    let first = report(path, &[]);
    let expected =
        ["edited-after-applied db/1_accounts.up.sql", "edited-after-applied db/4_invoices.up.sql"];
    assert_eq!(found(&first), expected);
    assert_eq!(
        first["findings"][1]["message"],
        "databases that ran this as 3 run it again as 4: the file is on main under the old version"
    );
    git(path, &["rm", "-q", "-f", "db/4_invoices.up.sql"]);
    git(path, &["checkout", "-q", "HEAD", "--", "db/1_accounts.up.sql"]);
    let second = report(path, &[]);
    assert_eq!(found(&second), ["edited-after-applied db/3_invoices.up.sql"]);
}

#[test]
fn an_edit_answers_for_what_it_adds() {
    let folder = repository();
    let path = folder.path();
    let index = "CREATE INDEX accounts_email ON accounts (email);\n";
    write(path, "db/3_invoices.up.sql", index);
    git(path, &["add", "."]);
    git(path, &["commit", "-q", "-m", "Index accounts"]);
    git(path, &["branch", "-f", "main"]);
    let other = "CREATE INDEX accounts_id ON accounts (id, email);\n";
    write(path, "db/3_invoices.up.sql", &format!("{other}{index}"));
    let edited = report(path, &[]);
    let at = |finding: &Value| format!("{} {}", finding["rule"], finding["start"]["line"]);
    let told: Vec<String> = edited["findings"].as_array().unwrap().iter().map(at).collect();
    assert_eq!(told, ["\"edited-after-applied\" 1", "\"non-concurrent-index\" 1"]);
    assert_eq!(edited["summary"]["unchanged"], 1);
    // Without a revision to compare with, all is told.
    let all = run(path, &["lint", "--format", "json", "db"]);
    let all: Value = serde_json::from_str(&all.out).unwrap();
    assert_eq!(all["summary"].get("unchanged"), None);
    let indexes = all["findings"].as_array().unwrap().iter();
    assert_eq!(indexes.filter(|one| one["rule"] == "non-concurrent-index").count(), 2);
}

#[test]
fn comments_and_moved_folders_change_nothing() {
    let folder = repository();
    let path = folder.path();
    write(path, "db/1_accounts.up.sql", &format!("-- Who may log in.\n{ACCOUNTS}"));
    assert_eq!(found(&report(path, &[])), [""; 0]);
    git(path, &["checkout", "-q", "--", "db"]);
    git(path, &["mv", "db", "migrations"]);
    let moved = report(path, &[]);
    assert_eq!(found(&moved), [""; 0]);
    assert_eq!(moved["summary"]["judged"], 0);
}

#[test]
fn a_table_of_the_same_branch_is_new() {
    let folder = repository();
    let path = folder.path();
    write(path, "db/4_coupons.up.sql", "CREATE TABLE coupons (id bigint PRIMARY KEY, code text);");
    write(path, "db/5_code.up.sql", "CREATE INDEX code_idx ON coupons (code);\n");
    assert_eq!(found(&report(path, &[])), [""; 0]);
    let whole = run(path, &["lint", "--format", "json"]);
    assert!(whole.out.contains("non-concurrent-index"), "each migration alone without --since");
}

#[test]
fn paths_narrow_what_the_branch_adds() {
    let folder = repository();
    let path = folder.path();
    write(path, "db/4_email.up.sql", INDEX);
    write(path, "db/5_total.up.sql", "CREATE INDEX total_idx ON invoices (total);\n");
    let file = report(path, &["db/5_total.up.sql"]);
    assert_eq!(found(&file), ["non-concurrent-index db/5_total.up.sql"]);
    let merged = report(path, &["db/1_accounts.up.sql"]);
    assert_eq!(merged["summary"]["judged"], 0);
    let below = lint(&path.join("db"), &["--since", "main", "--format", "github"]);
    assert!(below.out.contains("file=db/4_email.up.sql"), "{}", below.out);
}

#[test]
fn what_git_cannot_tell_is_explained() {
    let folder = repository();
    let path = folder.path();
    let unknown = lint(path, &["--since", "release"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("--since: git knows no revision \"release\" here"));
    let option = lint(path, &["--since=--output=x"]);
    assert!(option.err.contains("git knows no revision \"--output=x\" here"), "{}", option.err);

    let plain = crate::support::command::folder(&[("db/1_accounts.up.sql", ACCOUNTS)]);
    let outside = lint(plain.path(), &["--since", "main"]);
    assert_eq!(outside.code, 2);
    assert!(outside.err.contains("is in no git repository"), "{}", outside.err);
    assert!(outside.err.contains("leave --since out"), "{}", outside.err);

    let mut command = lockgate(path);
    command.env("PATH", "/nonexistent").args(["lint", "--since", "main"]);
    let without = command.output().unwrap();
    let words = String::from_utf8_lossy(&without.stderr).into_owned();
    assert!(words.contains("git is not installed"), "{words}");
}

#[test]
fn a_shallow_clone_is_told_to_fetch_more() {
    let origin = repository();
    write(origin.path(), "db/4_email.up.sql", INDEX);
    git(origin.path(), &["add", "-A"]);
    git(origin.path(), &["commit", "-q", "-m", "email"]);
    let place = tempfile::tempdir().unwrap();
    let url = format!("file://{}", origin.path().display());
    git(place.path(), &["clone", "-q", "--depth=1", "--branch=tiers", &url, "clone"]);
    let clone = place.path().join("clone");
    let unfetched = lint(&clone, &["--since", "origin/main"]);
    assert!(unfetched.err.contains("this clone is shallow; fetch the revision"));
    git(&clone, &["fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main"]);
    let run = lint(&clone, &["--since", "main"]);
    assert!(run.err.contains("did you mean origin/main?"), "{}", run.err);
    let run = lint(&clone, &["--since", "origin/main"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("have no commit in common here"), "{}", run.err);
    assert!(run.err.contains("git fetch --unshallow"), "{}", run.err);
    git(&clone, &["fetch", "-q", "--unshallow"]);
    let run = lint(&clone, &["--since", "origin/main"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
}

fn baseline(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("lockgate-baseline.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn whole(folder: &Path) -> (i32, Value) {
    let run = run(folder, &["lint", "--format", "json"]);
    (run.code, serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err)))
}

#[test]
fn a_baseline_hides_what_was_there_and_nothing_else() {
    let folder = repository();
    let path = folder.path();
    write(path, "db/4_email.up.sql", INDEX);
    assert_eq!(whole(path).0, 1);
    let written = run(path, &["lint", "--write-baseline"]);
    assert_eq!(written.code, 0, "{}", written.err);
    assert_eq!(written.out, "lockgate-baseline.json: 1 finding known from now on\n");
    assert_eq!(baseline(path)["findings"][0]["rule"], "non-concurrent-index");
    let (code, report) = whole(path);
    assert_eq!((code, found(&report)), (0, vec![]));
    assert_eq!(report["summary"]["baselined"], 1);
    write(path, "db/5_total.up.sql", "CREATE INDEX total_idx ON invoices (total);\n");
    let (code, report) = whole(path);
    let expected = vec!["non-concurrent-index db/5_total.up.sql".to_owned()];
    assert_eq!((code, found(&report)), (1, expected));
}

#[test]
fn what_is_gone_from_the_code_is_told_and_what_was_not_looked_at_is_kept() {
    let folder = repository();
    let path = folder.path();
    write(path, "db/4_email.up.sql", INDEX);
    write(path, "db/5_total.up.sql", "CREATE INDEX total_idx ON invoices (total);\n");
    run(path, &["lint", "--write-baseline"]);
    write(path, "db/4_email.up.sql", &INDEX.replace("INDEX", "INDEX CONCURRENTLY"));
    let one = run(path, &["lint", "db/5_total.up.sql", "--format", "json"]);
    assert!(!one.out.contains("stale-baseline"), "4 was not looked at");
    let (code, report) = whole(path);
    assert_eq!((code, found(&report)), (0, vec!["stale-baseline lockgate-baseline.json".into()]));
    run(path, &["lint", "db/4_email.up.sql", "--write-baseline"]);
    let kept: Vec<Value> = baseline(path)["findings"].as_array().unwrap().clone();
    assert_eq!(kept.len(), 1, "the finding of 5 is kept: {kept:?}");
    assert_eq!(whole(path).1["findings"], serde_json::json!([]));
}

#[test]
fn a_baseline_that_is_none_is_an_error_with_its_line() {
    let folder = repository();
    let path = folder.path();
    write(path, "lockgate-baseline.json", "{\n  \"version\": 1,\n  \"findings\": [{}]\n}\n");
    let bad = run(path, &["lint"]);
    assert_eq!(bad.code, 2);
    assert!(bad.err.contains("lockgate-baseline.json:3: missing field"), "{}", bad.err);
    write(path, "lockgate-baseline.json", "{\"version\": 9, \"findings\": []}");
    let newer = run(path, &["lint"]);
    assert!(newer.err.contains("version 9 of the format is not known"), "{}", newer.err);
    let missing = run(path, &["lint", "--baseline", "known.json"]);
    assert!(missing.err.contains("known.json: no such file or directory"), "{}", missing.err);
}

/// A branch of a Drizzle project with three migrations, the first on `main`.
fn drizzle(second: &str, third: &str) -> tempfile::TempDir {
    let entry =
        |number: usize| format!("{{\"tag\": \"000{number}_step\", \"when\": {}}}", number + 1);
    let journal = |count: usize| {
        let entries: Vec<String> = (0..count).map(entry).collect();
        format!("{{\"dialect\": \"postgresql\", \"entries\": [{}]}}", entries.join(", "))
    };
    let folder = folder(&[
        ("drizzle/meta/_journal.json", &journal(1)),
        ("drizzle/0000_step.sql", &format!("{ACCOUNTS}{INVOICES}")),
        ("lockgate.toml", QUIET),
    ]);
    let path = folder.path();
    git(path, &["init", "-q", "-b", "main"]);
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "-m", "shop"]);
    write(path, "drizzle/meta/_journal.json", &journal(3));
    write(path, "drizzle/0001_step.sql", second);
    write(path, "drizzle/0002_step.sql", third);
    folder
}

#[test]
fn a_run_in_one_transaction_holds_the_locks_of_earlier_migrations() {
    let folder = drizzle(
        "ALTER TABLE accounts ADD COLUMN tier text;\n",
        "UPDATE invoices SET total = 0 WHERE total IS NULL;\n",
    );
    let report = report(folder.path(), &[]);
    let held = found(&report);
    let expected = "work-under-exclusive-lock drizzle/0002_step.sql".to_owned();
    assert!(held.contains(&expected), "{held:?}");
    assert_in_their_migrations(&report);
    let whole = run(folder.path(), &["lint", "--format", "json"]);
    assert!(!whole.out.contains("work-under-exclusive-lock"), "each alone without --since");
}

#[test]
fn what_is_said_of_a_shared_transaction_is_said_once_and_in_its_migration() {
    let folder = drizzle(
        "ALTER TABLE accounts ADD CONSTRAINT email_given CHECK (email IS NOT NULL) NOT VALID;\n",
        "ALTER TABLE accounts VALIDATE CONSTRAINT email_given;\n",
    );
    let report = report(folder.path(), &[]);
    let validated: Vec<String> = found(&report)
        .into_iter()
        .filter(|finding| finding.starts_with("validate-in-same-transaction"))
        .collect();
    assert_eq!(validated, ["validate-in-same-transaction drizzle/0002_step.sql"]);
    assert_in_their_migrations(&report);
}

/// Each finding stands in a file of the migration that it names.
fn assert_in_their_migrations(report: &Value) {
    for finding in report["findings"].as_array().unwrap() {
        let file = finding["file"].as_str().unwrap();
        if let Some(id) = finding["migration"].as_str() {
            assert!(file.contains(id), "{finding}");
        }
    }
}

/// A clone that was made without large files lacks what has nothing to do with migrations.
#[test]
fn files_that_a_clone_lacks_are_not_asked_for() {
    let folder = repository();
    let path = folder.path();
    for (name, text) in [("logo.svg", "<svg>1</svg>\n"), ("photo.svg", "<svg>2</svg>\n")] {
        write(path, name, &text.repeat(40));
    }
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "-m", "pictures"]);
    git(path, &["branch", "-f", "main"]);
    std::fs::remove_file(path.join("logo.svg")).unwrap();
    write(path, "banner.svg", &"<svg>3</svg>\n".repeat(40));
    write(path, "db/4_email.up.sql", INDEX);
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "-m", "index"]);
    let blob =
        Command::new("git").arg("-C").arg(path).args(["rev-parse", "main:logo.svg"]).output();
    let blob = String::from_utf8(blob.unwrap().stdout).unwrap();
    let (folder_name, name) = blob.trim().split_at(2);
    std::fs::remove_file(path.join(".git/objects").join(folder_name).join(name)).unwrap();
    assert_eq!(found(&report(path, &[])), ["non-concurrent-index db/4_email.up.sql"]);
}

/// That nobody writes ways back is no news to who adds a migration.
#[test]
fn habits_of_the_whole_history_are_not_told_of_each_change() {
    let folder = repository();
    let path = folder.path();
    write(path, "lockgate.toml", "");
    for number in 4..8 {
        let table = format!("CREATE TABLE notes_{number} (id bigint PRIMARY KEY);\n");
        write(path, &format!("db/{number}_notes.up.sql"), &table);
    }
    git(path, &["add", "-A"]);
    git(path, &["commit", "-q", "-m", "notes"]);
    git(path, &["branch", "-f", "main"]);
    write(path, "db/8_notes.up.sql", "CREATE TABLE notes_8 (id bigint PRIMARY KEY);\n");
    assert_eq!(found(&report(path, &[])), [] as [&str; 0]);
    let (_, whole) = whole(path);
    assert!(found(&whole).contains(&"missing-down db/8_notes.up.sql".to_owned()));
}
