//! The layouts of further tools: detection, order, directions, transactions, and the traps in
//! which one tool is taken for another.
#![allow(clippy::expect_used, reason = "a test that cannot be set up must fail")]

use crate::support::command::{folder, root, run};
use lockgate::layout::{DiscoverOptions, Draft, Project, discover};
use lockgate::migration::TransactionMode::{self, Autocommit, OneString, PerScript, WholeRun};
use lockgate::migration::{Dialect, Direction, ScriptSource};
use std::path::{Path, PathBuf};

fn found(working_directory: &Path, path: &str) -> Vec<Project> {
    let options =
        DiscoverOptions { working_directory: working_directory.to_owned(), ..Default::default() };
    let found = discover(&[PathBuf::from(path)], &options);
    assert_eq!(found.errors, [], "errors");
    assert_eq!(found.skipped, [], "skipped");
    found.projects
}

fn fixture(name: &str) -> Project {
    let mut projects = found(&root(), &format!("fixtures/layouts/{name}"));
    assert_eq!(projects.len(), 1);
    projects.remove(0)
}

fn ids(project: &Project) -> Vec<&str> {
    project.drafts.iter().map(|draft| draft.id.as_str()).collect()
}

fn draft<'a>(project: &'a Project, id: &str) -> &'a Draft {
    project.drafts.iter().find(|draft| draft.id == id).expect("a draft of that id")
}

fn mode(script: Option<&ScriptSource>) -> Option<TransactionMode> {
    script.map(|script| script.transaction)
}

fn ups(project: &Project) -> Vec<Option<TransactionMode>> {
    project.drafts.iter().map(|draft| mode(draft.up.as_ref())).collect()
}

fn text(script: Option<&ScriptSource>) -> String {
    let words = script.map_or("(none)", |script| script.text.text()).split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}

fn short(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn remarks(project: &Project) -> Vec<String> {
    let line = |place: &lockgate::source::Place| {
        format!("{}:{}", short(place.file.path()), place.start().line)
    };
    let remarks = project.observed.remarks.iter();
    remarks.map(|remark| format!("{}: {}", line(&remark.place), remark.message)).collect()
}

fn ignored(project: &Project) -> Vec<(&str, &str)> {
    project.ignored.iter().map(|file| (short(&file.path), file.why)).collect()
}

fn problems(project: &Project) -> Vec<String> {
    project.problems.iter().map(ToString::to_string).collect()
}

/// The project as discovered in a folder with the given files.
fn only_in(files: &[(&str, &str)]) -> (tempfile::TempDir, Project) {
    let folder = folder(files);
    let mut projects = found(folder.path(), ".");
    assert_eq!(projects.len(), 1, "{projects:?}");
    (folder, projects.remove(0))
}

/// Rules of the findings of `lint` in a folder with the given files.
fn judged(files: &[(&str, &str)], only: &[&str]) -> Vec<String> {
    let folder = folder(files);
    let run = run(folder.path(), &["lint", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.out).expect("a report");
    let findings = report["findings"].as_array().expect("findings").iter();
    let rules = findings.map(|finding| finding["rule"].as_str().unwrap_or("").to_owned());
    rules.filter(|rule| only.contains(&rule.as_str())).collect()
}

const TRANSACTIONS: &[&str] = &["cannot-run-in-transaction", "implicit-transaction-batch"];

#[test]
fn goose_sections_and_their_transactions() {
    let project = fixture("goose");
    assert_eq!(project.evidence, "marker `-- +goose` in 4 of 5 files");
    assert_eq!(ids(&project), ["1", "2", "10", "11"]);
    assert_eq!(problems(&project), [""; 0]);
    let loans = draft(&project, "2");
    assert!(text(loans.up.as_ref()).contains("CREATE FUNCTION overdue"));
    assert_eq!(text(loans.down.as_ref()), "DROP FUNCTION overdue(loans); DROP TABLE loans;");
    assert_eq!(mode(loans.up.as_ref()), Some(PerScript));
    let index = draft(&project, "10");
    assert_eq!(mode(index.up.as_ref()), Some(Autocommit));
    assert_eq!(mode(index.down.as_ref()), Some(Autocommit));
    let passed = [
        ("00012_backfill.go", "written in Go: not read"),
        ("seed.sql", "not named <version>_<name>.sql with a version from 1 on"),
    ];
    assert_eq!(ignored(&project), passed);
}

#[test]
fn what_programs_among_the_scripts_make_is_not_missing() {
    let program = ("m/00002_loans.go", "package m\n");
    let early = ("m/00001_loans.sql", "-- +goose Up\nALTER TABLE loans ADD COLUMN late bool;\n");
    let late = ("m/00003_loans.sql", "-- +goose Up\nALTER TABLE loans ADD COLUMN due date;\n");
    let renamed = (
        "m/00004_loans.sql",
        "-- +goose Up\nCREATE TABLE loans_new (id bigint PRIMARY KEY);\nALTER TABLE loans_new RENAME TO loans;\n",
    );
    let missing = |files: &[(&str, &str)]| judged(files, &["missing-object", "already-exists"]);
    assert_eq!(missing(&[late, renamed]), ["missing-object"]);
    // What stands before the program is known in full.
    assert_eq!(missing(&[early, program, renamed]), ["missing-object"]);
    assert_eq!(missing(&[program, late, renamed]), [""; 0]);
    // Of what a program does not name, it makes nothing.
    let index = "CREATE INDEX shelves_hall ON shelves (hall);";
    let shelves = format!(
        "-- +goose Up\nCREATE TABLE IF NOT EXISTS shelves (id bigint PRIMARY KEY, hall text);\n{index}\n"
    );
    let shelves = ("m/00005_shelves.sql", shelves.as_str());
    let naming = ("m/00002_loans.go", "package m\nconst table = \"Shelves\"\n");
    let blocking = |files: &[(&str, &str)]| judged(files, &["non-concurrent-index"]);
    assert_eq!(blocking(&[program, shelves]), [""; 0]);
    assert_eq!(blocking(&[naming, shelves]), ["non-concurrent-index"]);
    let books =
        ("m/00001_books.sql", "-- +goose Up\nCREATE TABLE books (id bigint PRIMARY KEY);\n");
    let trigger = ("m/00006_touch.sql", "-- +goose Up\nDROP TRIGGER IF EXISTS touch ON books;\n");
    let naming = ("m/00002_loans.go", "package m\nconst trigger = \"touch\"\n");
    let waiting = |files: &[(&str, &str)]| judged(files, &["brief-lock"]);
    assert_eq!(waiting(&[books, program, trigger]), [""; 0]);
    assert_eq!(waiting(&[books, naming, trigger]), ["brief-lock"]);
}

#[test]
fn an_indented_marker_of_goose_runs_the_way_back_after_the_way_forward() {
    let project = fixture("goose");
    let fines = draft(&project, "11");
    assert!(fines.down.is_none());
    assert!(text(fines.up.as_ref()).ends_with("ALTER TABLE loans DROP COLUMN fine;"));
    assert_eq!(
        remarks(&project),
        [
            "00011_fines.sql:3: `-- +goose Down` has no effect here: goose reads it at the beginning \
          of a line alone"
        ]
    );
}

#[test]
fn what_goose_refuses_is_a_problem_with_its_place() {
    let (_folder, project) = only_in(&[
        ("m/1_a.sql", "-- +goose Up\nSELECT 1;\n"),
        ("m/2_b.sql", "SELECT 0;\n-- +goose Up\nSELECT 1;\n"),
        ("m/3_c.sql", "-- +goose Down\nSELECT 1;\n"),
        ("m/4_d.sql", "SELECT 1;\n"),
    ]);
    assert_eq!(
        problems(&project),
        [
            "m/2_b.sql:1: a statement before `-- +goose Up`: goose stops at it",
            "m/3_c.sql:1: `-- +goose Down` before `Up`: goose stops at it",
            "m/4_d.sql: no line `-- +goose Up`: goose refuses the file",
        ]
    );
}

#[test]
fn sql_migrate_orders_by_number_and_marks_each_direction() {
    let project = fixture("sql_migrate");
    assert_eq!(ids(&project), ["9_payments.sql", "10_payments_reference.sql", "11_payer.sql"]);
    assert_eq!(ups(&project), [Some(PerScript), Some(Autocommit), Some(PerScript)]);
    let reference = draft(&project, "10_payments_reference.sql");
    assert_eq!(mode(reference.down.as_ref()), Some(Autocommit));
    let (_folder, mixed) = only_in(&[(
        "m/1_a.sql",
        "-- +migrate Up\nSELECT 1;\n-- +migrate Up notransaction\nSELECT 2;\n-- +migrate Down\nSELECT 3;\n",
    )]);
    assert_eq!(ups(&mixed), [Some(Autocommit)], "one marker speaks for all of its direction");
    assert_eq!(mode(draft(&mixed, "1_a.sql").down.as_ref()), Some(PerScript));
    let (_folder, named) = only_in(&[
        ("m/orders.sql", "-- +migrate Up\nSELECT 1;\n"),
        ("m/2_b.sql", "-- +migrate Up\nSELECT 1;\n  -- +migrate Down\nSELECT 2;\n"),
        ("m/10_c.sql", "SELECT 1;\n"),
    ]);
    assert_eq!(ids(&named), ["2_b.sql", "10_c.sql", "orders.sql"]);
    assert_eq!(
        problems(&named),
        ["m/10_c.sql: no line `-- +migrate Up`: sql-migrate refuses the file"]
    );
    assert_eq!(remarks(&named).len(), 1, "{:?}", remarks(&named));
}

#[test]
fn refinery_u_is_unordered_and_flyway_u_is_undo() {
    let project = fixture("refinery");
    assert_eq!(ids(&project), ["1", "U2", "3"]);
    assert!(project.drafts.iter().all(|draft| draft.down.is_none()));
    assert_eq!(
        remarks(&project),
        ["v4__lower.sql:1: v4__lower.sql is never run: not named V<version>__<name>.sql"]
    );
    let scripts = [
        ("m/V1__a.sql", "CREATE TABLE a (id int);"),
        ("m/V2__b.sql", "CREATE TABLE b (id int);"),
        ("m/U2__b.sql", "DROP TABLE b;"),
    ];
    let (_folder, flyway) = only_in(&scripts);
    assert_eq!(flyway.layout.name, "flyway");
    assert_eq!(ids(&flyway), ["1", "2"]);
    assert_eq!(text(draft(&flyway, "2").down.as_ref()), "DROP TABLE b;");
    let manifest = ("Cargo.toml", "[dependencies]\nrefinery = \"0.8\"\n");
    let (_folder, refinery) = only_in(&[&scripts[..], &[manifest]].concat());
    assert_eq!(refinery.layout.name, "refinery");
    assert_eq!(ids(&refinery), ["1", "U2", "2"]);
}

#[test]
fn prisma_directories_by_name_in_the_dialect_of_the_lock_file() {
    let project = fixture("prisma");
    assert_eq!(project.evidence, "migration_lock.toml");
    assert_eq!(project.dialect.to_string(), "PostgreSQL: migration_lock.toml says postgresql");
    let expected =
        ["20250110083000_init", "20250301120000_user_email_index", "20250317090000_posts"];
    assert_eq!(ids(&project), expected);
    assert_eq!(ups(&project), [Some(OneString); 3]);
    let name = project.conventions.names.file("20260301", "Order status", Direction::Up);
    assert_eq!(name.as_deref(), Some("20260301_order_status/migration.sql"));
    let sqlite = [
        ("prisma/migrations/migration_lock.toml", "provider = \"sqlite\"\n"),
        ("prisma/migrations/1_a/migration.sql", "CREATE TABLE a (id SERIAL);"),
    ];
    assert_eq!(only_in(&sqlite).1.dialect.dialect, Dialect::Sqlite);
}

#[test]
fn drizzle_runs_what_its_journal_says_in_one_transaction() {
    let project = fixture("drizzle");
    assert_eq!(project.evidence, "meta/_journal.json");
    assert_eq!(ids(&project), ["0000_calm_harbor", "0001_brave_lemon", "0002_quiet_owl"]);
    assert_eq!(ups(&project), [Some(WholeRun); 3]);
    assert_eq!(
        remarks(&project),
        [
            "_journal.json:7: 0002_quiet_owl is never run where 0001_brave_lemon has run: its time \
             in the journal is not later",
            "_journal.json:8: 0003_lost_ferry.sql is in the journal but not in the folder: drizzle \
             stops at it",
            "0004_by_hand.sql:1: 0004_by_hand.sql is not in the journal: drizzle never runs it",
        ]
    );
    let harbor = draft(&project, "0000_calm_harbor").up.as_ref().expect("an up");
    let script = lockgate::frontend::sql::parse(harbor.clone(), Dialect::Postgres);
    assert_eq!(script.statements().count(), 3, "a breakpoint ends a statement");
    let broken =
        [("drizzle/meta/_journal.json", "{\n<<<<<<< HEAD\n"), ("drizzle/0000_a.sql", "SELECT 1;")];
    let (_folder, project) = only_in(&broken);
    assert!(remarks(&project)[0].starts_with("_journal.json:2: the journal cannot be read"));
}

#[test]
fn drizzle_without_a_journal_has_directories() {
    let (_folder, project) = only_in(&[
        ("drizzle/20250110083000_a/migration.sql", "CREATE TABLE a (id int);"),
        ("drizzle/20250110083000_a/snapshot.json", "{}"),
        ("drizzle/20250204101500_b/migration.sql", "CREATE TABLE b (id int);"),
        ("drizzle/20250204101500_b/snapshot.json", "{}"),
    ]);
    assert_eq!(project.layout.name, "drizzle");
    assert_eq!(ids(&project), ["20250110083000_a", "20250204101500_b"]);
}

#[test]
fn drizzle_cannot_build_an_index_concurrently_and_prisma_can_alone() {
    let index = "CREATE INDEX CONCURRENTLY a_id ON a (id);";
    let journal =
        "{\"entries\": [{\"tag\": \"0000_a\", \"when\": 1}, {\"tag\": \"0001_b\", \"when\": 2}]}";
    let drizzle = [
        ("drizzle/meta/_journal.json", journal),
        ("drizzle/0000_a.sql", "CREATE TABLE a (id int);"),
        ("drizzle/0001_b.sql", index),
    ];
    assert_eq!(judged(&drizzle, TRANSACTIONS), ["cannot-run-in-transaction"]);
    let prisma = |second: &str| {
        let files = [
            ("prisma/migrations/migration_lock.toml", "provider = \"postgresql\"\n"),
            ("prisma/migrations/1_a/migration.sql", "CREATE TABLE a (id int);"),
            ("prisma/migrations/2_b/migration.sql", second),
        ];
        judged(&files, TRANSACTIONS)
    };
    assert_eq!(prisma(index), [""; 0]);
    assert_eq!(prisma(&format!("{index}\nSELECT 1;")), ["implicit-transaction-batch"]);
}

#[test]
fn the_same_pair_is_one_string_in_golang_migrate_and_a_transaction_in_sqlx() {
    let index = "CREATE INDEX CONCURRENTLY a_id ON a (id);";
    let pair = [("m/1_a.up.sql", "CREATE TABLE a (id int);"), ("m/2_b.up.sql", index)];
    assert_eq!(judged(&pair, TRANSACTIONS), [""; 0]);
    let manifest = ("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n");
    let with_crate = [&pair[..], &[manifest]].concat();
    assert_eq!(judged(&with_crate, TRANSACTIONS), ["cannot-run-in-transaction"]);
}

#[test]
fn several_statements_without_a_transaction_share_one_unless_they_are_sent_alone() {
    let two =
        "CREATE INDEX CONCURRENTLY a_id ON a (id);\nCREATE INDEX CONCURRENTLY a_n ON a (n);\n";
    let table = "CREATE TABLE a (id int, n int);";
    let postgrator = [("m/1.do.a.sql", table), ("m/2.do.b.sql", two)];
    let implicit = ["implicit-transaction-batch", "implicit-transaction-batch"];
    assert_eq!(judged(&postgrator, TRANSACTIONS), implicit);
    let first = format!("-- +goose Up\n{table}");
    let second = format!("-- +goose NO TRANSACTION\n-- +goose Up\n{two}");
    let goose = [("m/1_a.sql", first.as_str()), ("m/2_b.sql", second.as_str())];
    assert_eq!(judged(&goose, TRANSACTIONS), [""; 0]);
}

#[test]
fn supabase_beside_its_configuration() {
    let project = fixture("supabase");
    assert_eq!(project.evidence, "supabase/config.toml");
    assert_eq!(project.dialect.to_string(), "PostgreSQL: Supabase knows no other");
    // As the names stand in the folder, not as numbers.
    assert_eq!(ids(&project), ["20250110083000", "20250301120000", "20250302080000", "202503"]);
    assert_eq!(ups(&project), [Some(OneString); 4]);
}

#[test]
fn postgrator_do_and_undo() {
    let project = fixture("postgrator");
    assert_eq!(ids(&project), ["1", "2", "10"]);
    assert_eq!(text(draft(&project, "1").down.as_ref()), "DROP TABLE rooms;");
    assert_eq!(draft(&project, "2").description, "");
    assert_eq!(ups(&project), [Some(OneString); 3]);
}

#[test]
fn pop_has_a_project_for_each_database_that_names_tell_of() {
    let projects = found(&root(), "fixtures/layouts/pop");
    let dialects: Vec<Dialect> = projects.iter().map(|one| one.dialect.dialect).collect();
    assert_eq!(dialects, [Dialect::Postgres, Dialect::Sqlite, Dialect::Mysql]);
    let postgres = &projects[0];
    let expected = ["20250110083000000000", "20250204101500000000", "20250301120000000000"];
    assert_eq!(ids(postgres), expected);
    assert_eq!(ups(postgres), [Some(PerScript), Some(PerScript), Some(OneString)]);
    let common = ignored(postgres);
    assert!(common.contains(&(
        "20250301120000000000_identities_email.autocommit.up.sql",
        "replaced by the file for this database"
    )));
    assert_eq!(text(draft(&projects[1], "20250301120000000000").up.as_ref()), "");
}

#[test]
fn sqitch_runs_its_plan_as_the_client_does() {
    let project = fixture("sqitch");
    assert_eq!(project.dialect.to_string(), "PostgreSQL: sqitch.conf says pg");
    assert_eq!(ids(&project), ["airports", "flights", "delays@v1.0.0", "delays"]);
    assert_eq!(ups(&project), [Some(Autocommit); 4]);
    assert!(text(draft(&project, "flights").down.as_ref()).contains("DROP TABLE flights"));
    assert_eq!(
        remarks(&project),
        [
            "sqitch.plan:10: deploy/gates.sql is planned but is not there: sqitch stops at it",
            "crews.sql:1: crews.sql is not in sqitch.plan: it is never deployed",
        ]
    );
}

#[test]
fn liquibase_changesets_in_the_order_of_the_master() {
    let project = fixture("liquibase");
    assert_eq!(ids(&project), ["ada:1", "ada:2", "Grace Hopper:3", "ada:4"]);
    assert_eq!(
        ups(&project),
        [Some(PerScript), Some(Autocommit), Some(PerScript), Some(PerScript)]
    );
    let index = draft(&project, "ada:2");
    assert_eq!(
        text(index.down.as_ref()),
        "DROP INDEX CONCURRENTLY products_id_title_idx; DROP INDEX CONCURRENTLY products_title_idx;"
    );
    assert_eq!(
        text(draft(&project, "Grace Hopper:3").down.as_ref()),
        "DROP FUNCTION title_of(bigint);"
    );
    assert!(draft(&project, "Grace Hopper:3").reruns);
    let baskets = draft(&project, "ada:4");
    assert_eq!(text(baskets.down.as_ref()), "");
    let script =
        lockgate::frontend::sql::parse(baskets.up.clone().expect("an up"), Dialect::Postgres);
    assert_eq!(script.statements().count(), 2, "the changeset's own delimiter");
    let why = "its first line is not `--liquibase formatted sql`";
    assert_eq!(ignored(&project), [("helpers.sql", why)]);
}

#[test]
fn graphile_migrate_committed_current_and_a_broken_chain() {
    let project = fixture("graphile_migrate");
    assert_eq!(ids(&project), ["000001", "000002", "000003", "current"]);
    assert_eq!(ups(&project), [Some(PerScript), Some(OneString), Some(PerScript), Some(PerScript)]);
    assert_eq!(remarks(&project).len(), 1);
    assert!(remarks(&project)[0].starts_with("000003.sql:1: the file before this one is not"));
}

#[test]
fn node_pg_migrate_markers_in_any_case() {
    let project = fixture("node_pg_migrate");
    let expected =
        ["1736497800000_tickets", "1738664100000_tickets-state", "1740830400000_tickets-note"];
    assert_eq!(ids(&project), expected);
    let state = draft(&project, "1738664100000_tickets-state");
    assert_eq!(text(state.up.as_ref()), "ALTER TABLE tickets ADD COLUMN state text;");
    assert_eq!(text(state.down.as_ref()), "ALTER TABLE tickets DROP COLUMN state;");
    assert!(draft(&project, "1740830400000_tickets-note").down.is_none());
    assert_eq!(ups(&project), [Some(WholeRun); 3]);
    assert_eq!(ignored(&project), [("1740830500000_backfill.js", "a program: not read")]);
}

#[test]
fn atlas_headers_and_its_sum() {
    let project = fixture("atlas");
    let expected = ["20250110083000", "20250301120000", "20250317090000", "20250401080000"];
    assert_eq!(ids(&project), expected);
    assert_eq!(
        ups(&project),
        [Some(PerScript), Some(Autocommit), Some(PerScript), Some(PerScript)]
    );
    assert_eq!(
        remarks(&project),
        [
            "20250317090000_tenants_note.sql:2: `-- atlas:txmode none` has no effect here: Atlas \
             runs the file in a transaction",
            "20250401080000_tenants_plan.sql:1: 20250401080000_tenants_plan.sql is not in \
             atlas.sum: Atlas stops before it runs anything",
        ]
    );
}

#[test]
fn a_sum_of_atlas_is_compared_beside_files_of_another_tool() {
    let wrong = "h1:x\n1_a.up.sql h1:AAAA\n2_b.up.sql h1:BBBB\n";
    let (_folder, project) = only_in(&[
        ("m/1_a.up.sql", "SELECT 1;"),
        ("m/1_a.down.sql", "SELECT 1;"),
        ("m/atlas.sum", wrong),
    ]);
    assert_eq!(project.layout.name, "golang-migrate");
    assert_eq!(remarks(&project), ["atlas.sum:2: 1_a.up.sql is not what atlas.sum was made of"]);
}

#[test]
fn flyway_is_read_as_it_is_configured() {
    let conf = "flyway.sqlMigrationPrefix=M\nflyway.sqlMigrationSeparator=--\nflyway.group=true\n\
                flyway.outOfOrder=true\nflyway.placeholders.owner=shop\n";
    let (_folder, project) = only_in(&[
        ("flyway.conf", conf),
        ("sql/migrations/M1--orders.sql", "CREATE TABLE ${owner}.orders (id int, ${other} int);"),
        ("sql/migrations/M2--note.sql", "ALTER TABLE ${owner}.orders ADD COLUMN note text;"),
        ("sql/migrations/beforeMigrate.sql", "SET lock_timeout = '2s';"),
        ("sql/migrations/afterMigrate--grants.sql", "SELECT 1;"),
        ("sql/migrations/afterEachMigrate.sql", "SELECT 1;"),
        ("sql/migrations/m3--typo.sql", "SELECT 1;"),
    ]);
    assert_eq!(project.evidence, "names match M<version>--<description>.sql");
    assert_eq!(ids(&project), ["beforeMigrate", "1", "2", "afterMigrate--grants"]);
    assert_eq!(ups(&project), [Some(WholeRun); 4]);
    let first = draft(&project, "1").up.as_ref().expect("an up");
    assert_eq!(first.text.text(), "CREATE TABLE shop.orders (id int, ${other} int);");
    let at = first.text.text().find("shop").expect("the value");
    let source = first.text.to_source(lockgate::source::Span::new(at, at + 4));
    assert_eq!(first.file.slice(source), "${owner}");
    assert_eq!(
        remarks(&project),
        ["m3--typo.sql:1: m3--typo.sql is never run: not named as Flyway reads it"]
    );
    let around = ("afterEachMigrate.sql", "a callback that runs around other scripts");
    assert!(ignored(&project).contains(&around));
}

#[test]
fn layouts_side_by_side_and_several_dialects_of_one() {
    let folder = folder(&[
        ("api/db/migrations/1_a.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\n"),
        ("jobs/migrations/1_a.sql", "-- +goose Up\nSELECT 1;\n"),
        ("auth/migrations/1_a.postgres.up.sql", "SELECT 1;"),
        ("auth/migrations/1_a.sqlite3.up.sql", "SELECT 1;"),
    ]);
    let projects = found(folder.path(), ".");
    let shown: Vec<String> = projects
        .iter()
        .map(|one| format!("{} {} {}", one.root, one.layout.name, one.dialect.dialect.as_str()))
        .collect();
    let expected = [
        "api/db/migrations dbmate postgres",
        "auth/migrations pop postgres",
        "auth/migrations pop sqlite",
        "jobs/migrations goose postgres",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn files_of_two_tools_in_one_folder_are_told() {
    let folder = folder(&[
        ("m/1_a.sql", "-- +goose Up\nCREATE TABLE a (id int);\n"),
        ("m/2_b.sql", "-- migrate:up\nCREATE TABLE b (id int);\n-- migrate:down\n"),
    ]);
    let run = run(folder.path(), &["lint"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("m/2_b.sql: no line `-- +goose Up`"), "{}", run.err);
}

#[test]
fn an_unknown_layout_is_an_error_that_suggests() {
    let folder = folder(&[("m/1_a.sql", "SELECT 1;")]);
    let run = run(folder.path(), &["lint", "--layout", "gose"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("goose"), "{}", run.err);
}

#[test]
fn the_feature_of_a_crate_and_many_scripts_tell_the_dialect() {
    let manifest =
        "[dependencies]\nsqlx = { version = \"0.8\", features = [\"sqlite\", \"macros\"] }\n";
    let (_folder, sqlx) = only_in(&[
        ("Cargo.toml", manifest),
        ("migrations/1_a.sql", "CREATE TABLE a (data JSONB);"),
    ]);
    assert_eq!(sqlx.dialect.to_string(), "SQLite: Cargo.toml says sqlite");
    let mut files: Vec<(String, &str)> =
        (1..30).map(|at| (format!("m/{at}_a.sql"), "-- +goose Up\nSELECT 1;\n")).collect();
    files[0].1 = "-- +goose Up\nCREATE TABLE a (data JSONB);\n";
    files[1].1 = "-- +goose Up\nPRAGMA foreign_keys = off;\nCREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT);\n";
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let (_folder, goose) = only_in(&files);
    assert_eq!(goose.dialect.dialect, Dialect::Sqlite);
}

#[test]
fn databases_that_are_not_read_are_called_by_their_names() {
    let folder = folder(&[
        ("a/migrations/1_a.sql", "CREATE TABLE a (id Int64) ENGINE = MergeTree ORDER BY id;"),
        ("clickhouse/migrations/1_a.sql", "SELECT 1;"),
        ("schema/crdb/1_a.sql", "SELECT 1;"),
        ("schema/crdb/2_b.sql", "SELECT 1;"),
    ]);
    let options =
        DiscoverOptions { working_directory: folder.path().to_owned(), ..Default::default() };
    let found = discover(&[], &options);
    let skipped: Vec<&str> = found.skipped.iter().map(|skipped| skipped.what).collect();
    assert_eq!(skipped, ["ClickHouse", "ClickHouse", "CockroachDB"]);
}

#[test]
fn odd_names_are_read_or_left_alone() {
    let (_folder, prisma) = only_in(&[
        ("prisma/migrations/migration_lock.toml", "provider = \"postgresql\"\n"),
        ("prisma/migrations/1_presets.sql/migration.sql", "CREATE TABLE a (id int);"),
    ]);
    assert_eq!(problems(&prisma), [""; 0]);
    assert_eq!(ids(&prisma), ["1_presets.sql"]);
    let folder = folder(&[
        ("src/writer/syn2mas_tables.sql", "SELECT 1;"),
        ("src/writer/syn2mas_revert.sql", "SELECT 1;"),
    ]);
    let options =
        DiscoverOptions { working_directory: folder.path().to_owned(), ..Default::default() };
    assert_eq!(discover(&[], &options).projects.len(), 0, "a digit in a word is no version");
}

#[test]
fn directories_of_versions_are_one_history() {
    let (_folder, project) = only_in(&[
        ("store/migration/sqlite/0.9/00__memo.sql", "CREATE TABLE memo (id INTEGER PRIMARY KEY);"),
        ("store/migration/sqlite/0.10/00__note.sql", "ALTER TABLE memo ADD COLUMN note TEXT;"),
        ("store/migration/sqlite/0.10/01__pin.sql", "ALTER TABLE memo ADD COLUMN pin INTEGER;"),
        ("store/migration/sqlite/LATEST.sql", "CREATE TABLE memo (id INTEGER PRIMARY KEY);"),
    ]);
    assert_eq!(project.root, "store/migration/sqlite");
    assert_eq!(ids(&project), ["0.9/00__memo.sql", "0.10/00__note.sql", "0.10/01__pin.sql"]);
}

#[test]
fn what_looks_numbered_and_is_no_migration() {
    let extension = "CREATE TABLE parts (id bigint PRIMARY KEY);";
    let files = folder(&[
        ("ext/parts.control", "default_version = '1.1'\n"),
        ("ext/parts--1.0.sql", extension),
        ("ext/parts--1.0--1.1.sql", "ALTER TABLE parts ADD name text;"),
        ("bench/queries/1.sql", "SELECT count(*) FROM orders;"),
        ("bench/queries/2.sql", "SELECT sum(total) FROM orders;"),
        ("ulid/sql/00_make.sql", "CREATE TABLE t (a int); SELECT 1;"),
        ("ulid/sql/01_read.sql", "SELECT 2;"),
        ("ulid/expected/00_make.out", "1\n"),
        ("app/src/test/resources/V1__a.sql", extension),
        ("app/migrations/tests/0001-orders.sql", "SELECT 1; UPDATE t SET a = 1;"),
        ("h2/db/data-h2.sql", "INSERT INTO parts VALUES (1);"),
        ("h2/db/schema-h2.sql", extension),
        ("db/migrations/0001_parts.sql", extension),
    ]);
    let found = found(files.path(), ".");
    let roots: Vec<&str> = found.iter().map(|project| project.root.as_str()).collect();
    assert_eq!(roots, ["db/migrations"]);
}

#[test]
fn of_two_ways_between_the_same_versions_one_is_the_history() {
    let (_keep, project) = only_in(&[
        ("upgrade/full-3.x_to_3.4.pgsql.sql", "ALTER TABLE records ADD disabled boolean;"),
        ("upgrade/lite-3.x_to_3.4.pgsql.sql", "ALTER TABLE records ADD disabled boolean;"),
        ("upgrade/3.4_to_4.0.pgsql.sql", "ALTER TABLE records ADD ordername text;"),
    ]);
    assert_eq!(project.drafts.len(), 2);
    assert_eq!(
        ignored(&project),
        [("lite-3.x_to_3.4.pgsql.sql", "another way between the same versions")]
    );
}

#[test]
fn a_profile_that_names_a_folder_names_its_database() {
    let profile = |url: &str, folder: &str| {
        format!(
            "spring:\n  datasource:\n    url: jdbc:{url}\n  flyway:\n    locations: classpath:db/{folder}\n"
        )
    };
    let (desktop, server) =
        (profile("h2:/opt/shop;MODE=MySQL", "desktop"), profile("mysql://db/shop", "server"));
    let table = "CREATE TABLE `orders` (`id` bigint NOT NULL);";
    let files = folder(&[
        ("app/src/main/resources/application-desktop.yml", desktop.as_str()),
        ("app/src/main/resources/application-server.yml", server.as_str()),
        ("app/src/main/resources/db/desktop/V1__orders.sql", table),
        ("app/src/main/resources/db/server/V1__orders.sql", table),
    ]);
    let run = run(files.path(), &["lint", "-v"]);
    assert!(run.out.contains("dialect  MySQL: application-server.yml says mysql"), "{}", run.out);
    assert!(
        run.out.contains("skipped app/src/main/resources/db/desktop: H2 is not supported"),
        "{}",
        run.out
    );
}
