//! Layouts: what is found in a tree of files, in which order, and how it is sent.
#![allow(clippy::expect_used, reason = "a test that cannot be set up must fail")]

use lockgate::layout::{DiscoverOptions, Discovery, Draft, Problem, Project, discover};
use lockgate::migration::TransactionMode::{self, Autocommit, OneString, PerScript, UnlessRefused};
use lockgate::migration::{Direction, ScriptSource};
use lockgate::source::Place;
use std::path::{Path, PathBuf};

fn options(working_directory: &Path) -> DiscoverOptions {
    DiscoverOptions { working_directory: working_directory.to_owned(), ..Default::default() }
}

/// Discovers in a fixture, named as a user would: `fixtures/layouts/<name>`.
fn fixtures(names: &[&str]) -> Discovery {
    let paths: Vec<PathBuf> =
        names.iter().map(|name| Path::new("fixtures/layouts").join(name)).collect();
    discover(&paths, &options(Path::new(env!("CARGO_MANIFEST_DIR"))))
}

fn only(mut found: Discovery) -> Project {
    assert_eq!(found.errors, [], "errors");
    assert_eq!(found.skipped, [], "skipped");
    assert_eq!(found.projects.len(), 1, "projects: {:?}", roots(&found));
    found.projects.remove(0)
}

fn roots(found: &Discovery) -> Vec<&str> {
    found.projects.iter().map(|project| project.root.as_str()).collect()
}

fn ids(project: &Project) -> Vec<&str> {
    project.drafts.iter().map(|draft| draft.id.as_str()).collect()
}

/// A folder with the given files, kept until dropped.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

fn discover_in(folder: &tempfile::TempDir, paths: &[&str]) -> Discovery {
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    discover(&paths, &options(folder.path()))
}

fn mode(script: Option<&ScriptSource>) -> Option<TransactionMode> {
    script.map(|script| script.transaction)
}

fn text(script: Option<&ScriptSource>) -> &str {
    script.map_or("(none)", |script| script.text.text().trim())
}

fn draft<'a>(project: &'a Project, id: &str) -> &'a Draft {
    project.drafts.iter().find(|draft| draft.id == id).expect("a draft of that id")
}

#[test]
fn numbered_files_in_numeric_order_with_their_downs() {
    let project = only(fixtures(&["numbered"]));
    assert_eq!(project.root, "fixtures/layouts/numbered/migrations");
    assert_eq!(project.layout.name, "numbered");
    assert_eq!(project.evidence, "7 of 7 names are numbered");
    assert_eq!(ids(&project), ["0001", "0009", "0010", "00011", "0012"]);
    assert_eq!(project.problems, []);
    let shop = draft(&project, "0001");
    assert_eq!(shop.description, "shop");
    assert_eq!(text(shop.down.as_ref()), "DROP TABLE orders;\nDROP TABLE customers;");
    assert_eq!(shop.down.as_ref().map(|down| down.direction), Some(Direction::Down));
    assert_eq!(mode(shop.up.as_ref()), Some(OneString));
    assert!(draft(&project, "0010").down.is_none());
    assert_eq!(text(draft(&project, "0012").up.as_ref()), "");
    let dumps: Vec<&str> = project.ignored.iter().map(|file| file.why).collect();
    assert_eq!(dumps, ["a dump of the schema"]);
}

#[test]
fn a_byte_order_mark_is_no_text_and_crlf_is_kept() {
    let project = only(fixtures(&["numbered"]));
    let locale = draft(&project, "00011").up.as_ref().expect("an up");
    assert!(locale.text.text().starts_with("ALTER TABLE customers"));
    let comment = locale.text.text().find("COMMENT").expect("the second statement");
    let source = locale.text.to_source(lockgate::source::Span::new(comment, comment + 7));
    assert_eq!(locale.file.slice(source), "COMMENT");
    let position = locale.file.position(source.start);
    assert_eq!((position.line, position.column), (2, 1));
}

#[test]
fn dbmate_sections_and_their_transactions() {
    let project = only(fixtures(&["dbmate"]));
    assert_eq!(project.root, "fixtures/layouts/dbmate/db/migrations");
    assert_eq!(project.layout.name, "dbmate");
    assert_eq!(project.evidence, "marker `-- migrate:up` in 4 of 4 files");
    let expected = ["20250110083000", "20250204101500", "20250301120000", "20250317090000"];
    assert_eq!(ids(&project), expected);
    assert_eq!(project.problems, []);
    let index = draft(&project, "20250301120000");
    assert_eq!(mode(index.up.as_ref()), Some(OneString));
    assert_eq!(mode(index.down.as_ref()), Some(OneString));
    assert_eq!(text(index.down.as_ref()), "DROP INDEX CONCURRENTLY invoices_account_id_idx;");
    let invoices = draft(&project, "20250204101500");
    assert_eq!(invoices.description, "invoices");
    assert_eq!(mode(invoices.up.as_ref()), Some(PerScript));
    let up = invoices.up.as_ref().expect("an up");
    let first = up.file.position(up.text.to_source(lockgate::source::Span::new(0, 1)).start);
    assert_eq!(first.line, 4);
    assert!(draft(&project, "20250317090000").down.is_some(), "an empty down is a down");
    let marker = project.conventions.no_transaction.script_line(Direction::Up);
    assert_eq!(marker, Some("-- migrate:up transaction:false"));
}

#[test]
fn dbmate_refusals_are_problems_with_places() {
    let folder = tree(&[
        ("1_a.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\n"),
        ("2_b.sql", "-- migrate:up\nSELECT 1;\n"),
        ("3_c.sql", "-- why\nSELECT 0;\n-- migrate:up\nSELECT 1;\n-- migrate:down\n"),
        ("4_d.sql", "SELECT 1;\n"),
    ]);
    let project = only(discover_in(&folder, &["."]));
    let problems: Vec<String> = project.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "2_b.sql: no line `-- migrate:down`: dbmate refuses the file",
            "3_c.sql:2: a statement before `-- migrate:up`: dbmate stops at it",
            "4_d.sql: no line `-- migrate:up`: dbmate refuses the file",
            "4_d.sql: no line `-- migrate:down`: dbmate refuses the file",
        ]
    );
    assert!(draft(&project, "4").up.is_none());
}

#[test]
fn dbmate_runs_files_by_name_and_compares_versions_as_text() {
    let file = "-- migrate:up\nSELECT 1;\n-- migrate:down\n";
    let names = ["9_x.sql", "10_x.sql", "010_x.sql", "10_y.sql"];
    let folder = tree(&names.map(|name| (name, file)));
    let project = only(discover_in(&folder, &["."]));
    assert_eq!(ids(&project), ["010", "10", "10", "9"]);
    assert_eq!(problems(&project), ["version 10 is used by 10_x.sql and 10_y.sql"]);
}

#[test]
fn dbmate_wants_a_down_for_every_up() {
    let folder = tree(&[
        ("1_a.sql", "-- migrate:up\nSELECT 1;\n-- migrate:up\nSELECT 1;\n-- migrate:down\n"),
        ("2_b.sql", "-- migrate:up\n-- migrate:down\nSELECT 1;\n-- migrate:down\n"),
        ("3_c.sql", "-- migrate:down\n-- migrate:up\n"),
    ]);
    let project = only(discover_in(&folder, &["."]));
    assert_eq!(
        problems(&project),
        [
            "1_a.sql:1: no `-- migrate:down` follows",
            "2_b.sql:4: no `-- migrate:up` of its own before it",
            "3_c.sql:1: no `-- migrate:up` of its own before it",
            "3_c.sql:2: no `-- migrate:down` follows",
        ]
    );
}

#[test]
fn several_pairs_in_one_dbmate_file_run_one_after_the_other() {
    let folder = tree(&[(
        "7_tier.sql",
        "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n\
         -- migrate:up transaction:false\nSELECT 3;\n-- migrate:down\nSELECT 4;\n",
    )]);
    let project = only(discover_in(&folder, &["."]));
    assert_eq!(ids(&project), ["7", "7#2"]);
    assert_eq!(mode(draft(&project, "7").up.as_ref()), Some(PerScript));
    assert_eq!(mode(draft(&project, "7#2").up.as_ref()), Some(OneString));
    assert_eq!(text(draft(&project, "7#2").down.as_ref()), "SELECT 4;");
}

#[test]
fn versions_are_numbers_of_any_length() {
    let folder = tree(&[
        ("migrations/20191100000008000010_b.sql", "SELECT 1;"),
        ("migrations/20191100000008000009_a.sql", "SELECT 1;"),
        ("migrations/9_x.sql", "SELECT 1;"),
        ("migrations/10_x.sql", "SELECT 1;"),
    ]);
    let project = only(discover_in(&folder, &[]));
    assert_eq!(ids(&project), ["9", "10", "20191100000008000009", "20191100000008000010"]);
}

#[test]
fn a_named_file_is_selected_and_the_rest_is_history() {
    let found = fixtures(&["numbered/migrations/0009_order_status.sql"]);
    let project = only(found);
    assert_eq!(project.layout.name, "numbered");
    let selected: Vec<&str> = project
        .drafts
        .iter()
        .filter(|draft| draft.selected)
        .map(|draft| draft.id.as_str())
        .collect();
    assert_eq!(selected, ["0009"]);
    assert_eq!(project.drafts.len(), 5);
}

#[test]
fn a_dump_named_alone_is_a_script_of_its_own() {
    let project = only(fixtures(&["dbmate/db/schema.sql"]));
    assert_eq!(project.layout.name, "plain");
    assert_eq!(project.root, "fixtures/layouts/dbmate/db/schema.sql");
}

#[test]
fn standard_input_is_one_script() {
    let mut options = options(Path::new("/"));
    options.stdin = Some(b"SELECT 1;".to_vec());
    let project = only(discover(&[PathBuf::from("-")], &options));
    assert_eq!(project.root, "-");
    assert_eq!(text(project.drafts.first().and_then(|draft| draft.up.as_ref())), "SELECT 1;");
}

#[test]
fn a_misspelt_path_names_the_nearest_and_the_others_are_read() {
    let found = fixtures(&["numberd/migrations", "dbmate"]);
    assert_eq!(found.projects.len(), 1);
    let errors: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        ["fixtures/layouts/numberd/migrations: no such file or directory, \
          did you mean fixtures/layouts/numbered?"]
    );
}

#[test]
fn nothing_found_says_where_and_what_to_do() {
    let folder = tree(&[("src/main.rs", "fn main() {}")]);
    let found = discover_in(&folder, &[]);
    let error = found.errors.first().expect("an error");
    assert_eq!(error.to_string(), "no migrations found in the current directory");
    assert!(error.help().contains("lockgate lint db/migrations"));
}

#[test]
fn clashing_versions_name_both_files() {
    let folder = tree(&[
        ("migrations/001_a.sql", "SELECT 1;"),
        ("migrations/002_b.sql", "SELECT 1;"),
        ("migrations/2_c.sql", "SELECT 1;"),
    ]);
    let project = only(discover_in(&folder, &["migrations"]));
    let files = vec!["migrations/002_b.sql".to_owned(), "migrations/2_c.sql".to_owned()];
    assert_eq!(project.problems, [Problem::DuplicateVersion { version: "002".to_owned(), files }]);
    assert_eq!(project.drafts.len(), 3);
}

#[test]
fn an_unreadable_file_costs_only_itself() {
    let folder = tree(&[("1_a.sql", "SELECT 1;"), ("2_b.sql", "SELECT 2;")]);
    std::fs::write(folder.path().join("3_c.sql"), b"-- caf\xe9").expect("a file");
    std::fs::write(folder.path().join("4_d.sql"), b"\xff\xfeS\0").expect("a file");
    std::fs::write(folder.path().join("5_e.sql"), b"SELECT\0").expect("a file");
    std::fs::create_dir(folder.path().join("6_f.sql")).expect("a folder");
    let project = only(discover_in(&folder, &["."]));
    assert_eq!(ids(&project), ["1", "2"]);
    let problems: Vec<String> = project.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "cannot read 6_f.sql: a directory where a file is expected",
            "cannot read 3_c.sql: not UTF-8 at byte 6; convert the file to UTF-8",
            "cannot read 4_d.sql: the file is UTF-16 (little endian), found at byte 0; convert it to UTF-8",
            "cannot read 5_e.sql: binary file: NUL byte at byte 6",
        ]
    );
}

#[test]
fn a_folder_of_a_database_that_is_not_read_is_skipped_and_said_so() {
    let folder = tree(&[
        ("db/oracle/1_a.sql", "SELECT 1;"),
        ("db/oracle/2_b.sql", "SELECT 1;"),
        ("db/postgres/1_a.sql", "SELECT 1;"),
        ("db/postgres/2_b.sql", "SELECT 1;"),
    ]);
    let found = discover_in(&folder, &[]);
    assert_eq!(roots(&found), ["db/postgres"]);
    let skipped: Vec<String> = found.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(skipped, ["db/oracle: Oracle is not supported yet (the path has oracle)"]);
    assert_eq!(found.projects[0].dialect.to_string(), "PostgreSQL: the path has postgres");
}

#[test]
fn mysql_and_mariadb_are_told_by_path_by_tool_and_by_sign() {
    let folder = tree(&[
        ("a/mysql/1_a.sql", "SELECT 1;"),
        ("a/mysql/2_b.sql", "SELECT 1;"),
        ("b/mariadb/1_a.sql", "SELECT 1;"),
        ("b/mariadb/2_b.sql", "SELECT 1;"),
        ("c/1_a.sql", "CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;"),
        ("c/2_b.sql", "ALTER TABLE orders ADD note TEXT;"),
        ("d/prisma/migrations/migration_lock.toml", "provider = \"mysql\"\n"),
        ("d/prisma/migrations/20240101000000_a/migration.sql", "CREATE TABLE `a` (`id` INT);"),
        ("e/1_a.sql", "CREATE TABLE `a` (id INTEGER PRIMARY KEY AUTOINCREMENT);"),
        ("e/2_b.sql", "ALTER TABLE `a` ADD COLUMN `b` TEXT;"),
    ]);
    let found = discover_in(&folder, &[]);
    let told: Vec<String> =
        found.projects.iter().map(|project| project.dialect.to_string()).collect();
    assert_eq!(
        told,
        [
            "MySQL: the path has mysql",
            "MariaDB: the path has mariadb",
            "MySQL: `ENGINE=` in 1_a.sql",
            "MySQL: migration_lock.toml says mysql",
            "SQLite: `AUTOINCREMENT` in 1_a.sql",
        ]
    );
}

#[test]
fn a_walk_passes_over_dependencies_and_test_data_unless_named() {
    let folder = tree(&[
        ("node_modules/lib/migrations/1_a.sql", "SELECT 1;"),
        ("api/testdata/migrations/1_a.sql", "SELECT 1;"),
        ("api/migrations/1_a.sql", "SELECT 1;"),
    ]);
    assert_eq!(roots(&discover_in(&folder, &[])), ["api/migrations"]);
    let named = discover_in(&folder, &["api/testdata"]);
    assert_eq!(roots(&named), ["api/testdata/migrations"]);
}

#[test]
fn files_of_tools_that_are_not_read_are_not_taken_for_plain_sql() {
    let folder = tree(&[("migrations/1_a.sql", "-- //@UNDO\nSELECT 1;\n")]);
    let found = discover_in(&folder, &[]);
    assert_eq!(found.projects.len(), 0);
    assert_eq!(found.errors, []);
    assert_eq!(
        found.skipped[0].to_string(),
        "migrations: MyBatis Migrations is not supported yet (marker `-- //@UNDO` in 1_a.sql)"
    );
}

fn problems(project: &Project) -> Vec<String> {
    project.problems.iter().map(ToString::to_string).collect()
}

/// What the rules about the history are told, with its place.
fn remarks(project: &Project) -> Vec<String> {
    let remarks = project.observed.remarks.iter();
    let place = |place: &Place| format!("{}:{}", place.file.path(), place.start().line);
    remarks.map(|remark| format!("{}: {}", place(&remark.place), remark.message)).collect()
}

fn ignored(project: &Project) -> Vec<(&str, &str)> {
    project
        .ignored
        .iter()
        .map(|file| (file.path.rsplit('/').next().unwrap_or(""), file.why))
        .collect()
}

/// The source text that a piece of a script stands for.
fn source_of<'a>(script: &'a ScriptSource, piece: &str) -> (&'a str, usize) {
    let at = script.text.text().find(piece).expect("the piece");
    let span = script.text.to_source(lockgate::source::Span::new(at, at + piece.len()));
    (script.file.slice(span), script.file.position(span.start).line)
}

#[test]
fn sections_in_one_file_with_downs_commented_out() {
    let project = only(fixtures(&["sections"]));
    assert_eq!(project.layout.name, "sections");
    assert_eq!(project.evidence, "sections `-- UP`, `-- DOWN` in 4 of 4 files");
    assert_eq!(problems(&project), [""; 0]);
    let expected = ["20250106_090000", "20250113_140500", "20250120_101500", "20250203_080000"];
    assert_eq!(ids(&project), expected);

    let tenants = draft(&project, "20250106_090000");
    assert_eq!(tenants.description, "Tenants and their members");
    assert_eq!(mode(tenants.up.as_ref()), Some(Autocommit));
    let up = text(tenants.up.as_ref());
    assert!(up.contains("INSERT INTO schema_migrations") && !up.contains("DROP TABLE"));
    let down = tenants.down.as_ref().expect("a down");
    let words: Vec<&str> = down.text.text().split_whitespace().collect();
    assert_eq!(
        words.join(" "),
        "BEGIN; DROP TABLE members; DROP TABLE tenants; DELETE FROM schema_migrations \
         WHERE version = '20250106_090000'; COMMIT;"
    );
    assert_eq!(source_of(down, "DROP TABLE tenants"), ("DROP TABLE tenants", 36));

    let roles = draft(&project, "20250113_140500");
    assert_eq!(roles.parents, ["20250106_090000"]);
    let down = roles.down.as_ref().expect("a down in a block comment");
    assert_eq!(source_of(down, "DROP TYPE member_role"), ("DROP TYPE member_role", 23));
    assert!(!down.text.text().contains("*/"));

    let live = text(draft(&project, "20250120_101500").down.as_ref());
    assert!(live.starts_with("DROP INDEX CONCURRENTLY members_email_idx;"));
    let invitations = draft(&project, "20250203_080000");
    assert_eq!(invitations.parents, ["20250106_090000", "20250113_140500"]);
    assert!(invitations.down.is_none());
}

#[test]
fn a_down_marker_inside_the_block_comment_ends_the_up() {
    let folder = tree(&[(
        "1_tier.sql",
        "-- UP\nALTER TABLE accounts ADD tier text;\n/*\n-- DOWN\nALTER TABLE accounts DROP tier;\n*/\n",
    )]);
    let project = only(discover_in(&folder, &["."]));
    let tier = draft(&project, "1");
    assert_eq!(text(tier.up.as_ref()), "ALTER TABLE accounts ADD tier text;");
    assert_eq!(text(tier.down.as_ref()), "ALTER TABLE accounts DROP tier;");

    let folder = tree(&[(
        "1_tier.sql",
        "-- UP\r\nALTER TABLE accounts ADD tier text;\r\n/* DOWN\r\nALTER TABLE accounts DROP tier; */\r\n",
    )]);
    let project = only(discover_in(&folder, &["."]));
    let tier = draft(&project, "1");
    assert_eq!(text(tier.up.as_ref()), "ALTER TABLE accounts ADD tier text;");
    assert_eq!(text(tier.down.as_ref()), "ALTER TABLE accounts DROP tier;");
}

#[test]
fn dependencies_order_and_circles_are_named() {
    let file =
        |after: &str| format!("-- Migration: x\n-- Dependencies: {after}\n-- UP\nSELECT 1;\n");
    let folder = tree(&[
        ("20250101_000000_a.sql", &file("20250103_000000_c")),
        ("20250102_000000_b.sql", &file("none")),
        ("20250103_000000_c.sql", &file("20250102_000000_b")),
    ]);
    let project = only(discover_in(&folder, &["."]));
    assert_eq!(ids(&project), ["20250102_000000", "20250103_000000", "20250101_000000"]);

    let folder = tree(&[
        ("20250101_000000_a.sql", &file("20250103_000000_c")),
        ("20250102_000000_b.sql", &file("20241231_000000_gone")),
        ("20250103_000000_c.sql", &file("20250101_000000_a.sql")),
    ]);
    let project = only(discover_in(&folder, &["."]));
    assert_eq!(
        problems(&project),
        [
            "20250102_000000_b.sql:2: depends on 20241231_000000_gone, which is not among the migrations",
            "dependencies form a circle: 20250101_000000 → 20250103_000000 → 20250101_000000",
        ]
    );
    assert_eq!(ids(&project), ["20250102_000000", "20250101_000000", "20250103_000000"]);
}

#[test]
fn golang_migrate_pairs_sent_as_one_string() {
    let project = only(fixtures(&["golang_migrate"]));
    assert_eq!(project.layout.name, "golang-migrate");
    assert_eq!(project.evidence, "names match <version>_<title>.up.sql");
    assert_eq!(ids(&project), ["9", "10", "11", "12", "13"]);
    assert_eq!(problems(&project), [""; 0]);
    for migration in &project.drafts {
        assert_eq!(mode(migration.up.as_ref()), Some(OneString));
    }
    assert_eq!(text(draft(&project, "9").down.as_ref()), "DROP TABLE products;");
    assert_eq!(text(draft(&project, "12").up.as_ref()), "");
    assert!(draft(&project, "13").down.is_none());
    let why = "not named <version>_<title>.up.sql or .down.sql";
    assert_eq!(ignored(&project), [("notes.sql", why)]);
}

#[test]
fn sqlx_pairs_and_single_files_and_its_first_bytes() {
    let project = only(fixtures(&["sqlx"]));
    assert_eq!(project.layout.name, "sqlx");
    assert_eq!(
        project.evidence,
        "names match <version>_<description>.sql, and Cargo.toml depends on sqlx"
    );
    let expected = ["20250210090000", "20250211100000", "20250301000000", "20250305000000"];
    assert_eq!(ids(&project), expected);
    assert!(draft(&project, "20250210090000").down.is_none());
    assert_eq!(mode(draft(&project, "20250211100000").down.as_ref()), Some(PerScript));
    assert_eq!(mode(draft(&project, "20250301000000").up.as_ref()), Some(OneString));
    assert_eq!(mode(draft(&project, "20250301000000").down.as_ref()), Some(OneString));
    assert_eq!(mode(draft(&project, "20250305000000").up.as_ref()), Some(PerScript));
    assert_eq!(problems(&project), [""; 0]);
    assert_eq!(
        remarks(&project),
        ["fixtures/layouts/sqlx/migrations/20250305000000_plan_archived.up.sql:2: \
          `-- no-transaction` has no effect here: sqlx runs the file in a transaction"]
    );
}

#[test]
fn the_same_pairs_are_golang_migrate_without_a_crate_that_says_otherwise() {
    let pairs = [("m/1_a.up.sql", "SELECT 1;"), ("m/1_a.down.sql", "SELECT 1;")];
    let manifest = ("Cargo.toml", "[workspace]\nmembers = []\n");
    let lock = ("Cargo.lock", "[[package]]\nname = \"sqlx\"\nversion = \"0.8.0\"\n");
    let layout = |files: &[(&str, &str)]| {
        let project = only(discover_in(&tree(files), &["m"]));
        (project.layout.name, mode(project.drafts.first().and_then(|first| first.up.as_ref())))
    };
    assert_eq!(layout(&pairs), ("golang-migrate", Some(OneString)));
    let with_lock = [pairs[0], pairs[1], manifest, lock];
    assert_eq!(layout(&with_lock), ("sqlx", Some(PerScript)));
    let in_a_go_module = [pairs[0], pairs[1], manifest, lock, ("m/go.mod", "module shop\n")];
    assert_eq!(layout(&in_a_go_module), ("golang-migrate", Some(OneString)));
}

#[test]
fn sqlx_stops_at_versions_that_are_no_64_bit_number() {
    let folder = tree(&[
        (".sqlx/query-1.json", "{}"),
        ("migrations/1_a.sql", "SELECT 1;"),
        ("migrations/2_b.sql", "SELECT 1;"),
        ("migrations/3_c.sql", "SELECT 1;"),
        ("migrations/20191100000008000004_d.sql", "SELECT 1;"),
    ]);
    let project = only(discover_in(&folder, &["migrations"]));
    assert_eq!(ids(&project), ["1", "2", "3"]);
    assert_eq!(
        problems(&project),
        ["migrations/20191100000008000004_d.sql: sqlx stops at \"20191100000008000004\": \
          no 64-bit number"]
    );
}

#[test]
fn twenty_digits_are_too_many_for_golang_migrate() {
    let folder = tree(&[
        ("migrations/20191100000008000004_a.up.sql", "SELECT 1;"),
        ("migrations/20191100000008000004_a.down.sql", "SELECT 2;"),
    ]);
    let project = only(discover_in(&folder, &[]));
    assert_eq!(project.layout.name, "numbered");
    assert_eq!(text(project.drafts[0].down.as_ref()), "SELECT 2;");
}

#[test]
fn diesel_directories_ordered_as_text() {
    let project = only(fixtures(&["diesel"]));
    assert_eq!(project.layout.name, "diesel");
    assert_eq!(project.evidence, "5 directories with up.sql, and diesel.toml");
    let expected = [
        "00000000000000",
        "202311020900000000",
        "20231222040137",
        "20240115120000",
        "20240201080000",
    ];
    assert_eq!(ids(&project), expected);
    assert_eq!(problems(&project), [""; 0]);
    assert_eq!(draft(&project, "20231222040137").description, "create_carts");
    assert_eq!(mode(draft(&project, "20231222040137").up.as_ref()), Some(PerScript));
    assert_eq!(mode(draft(&project, "20240115120000").up.as_ref()), Some(OneString));
    assert_eq!(mode(draft(&project, "20240115120000").down.as_ref()), Some(OneString));
    assert!(draft(&project, "20240201080000").down.is_none());
    let settings = project.conventions.no_transaction.settings_file("up.sql");
    assert_eq!(settings, Some(("metadata.toml".to_owned(), "run_in_transaction = false")));
}

#[test]
fn diesel_refuses_empty_scripts_and_broken_settings() {
    let folder = tree(&[
        ("diesel.toml", ""),
        ("migrations/1_a/up.sql", ""),
        ("migrations/2_b/up.sql", "SELECT 1;"),
        ("migrations/2_b/metadata.toml", "\nrun_in_transaction = \"no\"\n"),
        ("migrations/3_c/down.sql", "SELECT 1;"),
        ("migrations/4_d/up.sql", "SELECT 1;"),
        ("migrations/4_d/metadata.toml", "run_in_transaction = \n"),
    ]);
    let project = only(discover_in(&folder, &[]));
    let found = problems(&project);
    assert_eq!(found[0], "migrations/3_c/down.sql: Diesel refuses a directory without up.sql");
    assert_eq!(found[1], "migrations/1_a/up.sql is empty: Diesel fails on it");
    assert_eq!(
        found[2],
        "migrations/2_b/metadata.toml: run_in_transaction must be true or false; \
         Diesel passes over the file"
    );
    assert_eq!(project.problems[2].line(), Some(2));
    assert_eq!(project.problems[3].line(), Some(1));
    assert_eq!(found.len(), 4);
}

#[test]
fn diesel_takes_any_directory_with_a_script() {
    let folder = tree(&[
        ("diesel.toml", ""),
        ("migrations/2024-01-01-000000_a/up.sql", "SELECT 1;"),
        ("migrations/initial/up.sql", "SELECT 1;"),
    ]);
    assert_eq!(ids(&only(discover_in(&folder, &[]))), ["20240101000000", "initial"]);
}

#[test]
fn numbers_are_written_down_without_leading_zeros() {
    let folder = tree(&[("m/0007_a.up.sql", "SELECT 1;"), ("m/00_b.up.sql", "SELECT 1;")]);
    assert_eq!(ids(&only(discover_in(&folder, &["m"]))), ["0", "7"]);
}

#[test]
fn a_file_of_a_diesel_directory_finds_its_project_upward() {
    let project =
        only(fixtures(&["diesel/migrations/2024-01-15-120000_carts_visitor_index/up.sql"]));
    assert_eq!(project.root, "fixtures/layouts/diesel/migrations");
    let selected = project.drafts.iter().filter(|draft| draft.selected).count();
    assert_eq!((selected, project.drafts.len()), (1, 5));
}

#[test]
fn flyway_versions_undo_repeatables_baselines_and_settings() {
    let project = only(fixtures(&["flyway"]));
    assert_eq!(project.layout.name, "flyway");
    assert_eq!(project.evidence, "names match V<version>__<description>.sql");
    let expected = ["1", "2", "4.99", "4.101", "5", "R__account_balances", "afterMigrate"];
    assert_eq!(ids(&project), expected);
    assert_eq!(problems(&project), [""; 0]);
    let note = draft(&project, "4.101");
    assert_eq!(note.description, "ledger note");
    assert_eq!(text(note.down.as_ref()), "ALTER TABLE ledger_entries DROP COLUMN note;");
    assert_eq!(mode(draft(&project, "4.99").up.as_ref()), Some(UnlessRefused));
    assert_eq!(mode(draft(&project, "5").up.as_ref()), Some(Autocommit));
    assert_eq!(
        ignored(&project),
        [("B3__ledger.sql", "a baseline; the versions before it are replayed")]
    );
}

#[test]
fn flyway_starts_from_a_baseline_when_nothing_older_is_left() {
    let folder = tree(&[
        ("migration/B2__a.sql", "SELECT 1;"),
        ("migration/B7__a.sql", "SELECT 1;"),
        ("migration/V8__b.sql", "SELECT 1;"),
    ]);
    let project = only(discover_in(&folder, &[]));
    assert_eq!(ids(&project), ["7", "8"]);
}

#[test]
fn flyway_versions_without_description_and_with_zeros() {
    let folder = tree(&[
        ("m/V1__a.sql", "SELECT 1;"),
        ("m/V2.SQL", "SELECT 1;"),
        ("m/V2.0__b.sql", "SELECT 1;"),
        ("m/V3x__c.sql", "SELECT 1;"),
    ]);
    let project = only(discover_in(&folder, &["m"]));
    assert_eq!(ids(&project), ["1", "2", "2.0"]);
    assert_eq!(problems(&project), ["version 2 is used by m/V2.SQL and m/V2.0__b.sql"]);
    assert_eq!(ignored(&project), [("V3x__c.sql", "not named as Flyway reads it")]);
}

#[test]
fn flyway_vendor_folders_are_projects_of_their_own() {
    let folder = tree(&[
        ("db/migration/postgresql/V1__a.sql", "SELECT 1;"),
        ("db/migration/mysql/V1__a.sql", "SELECT 1;"),
        ("db/migration/sqlite/V1__a.sql", "SELECT 1;"),
    ]);
    let found = discover_in(&folder, &[]);
    let folders = ["db/migration/mysql", "db/migration/postgresql", "db/migration/sqlite"];
    assert_eq!(roots(&found), folders);
    assert_eq!(found.projects[0].dialect.dialect, lockgate::migration::Dialect::Mysql);
    assert_eq!(found.projects[2].dialect.dialect, lockgate::migration::Dialect::Sqlite);
}

#[test]
fn several_projects_in_one_folder_are_found_by_path() {
    let found = fixtures(&[""]);
    let layouts: Vec<&str> = found.projects.iter().map(|project| project.layout.name).collect();
    assert_eq!(
        layouts,
        [
            "atlas",
            "dbmate",
            "diesel",
            "drizzle",
            "flyway",
            "golang-migrate",
            "goose",
            "graphile-migrate",
            "liquibase",
            "node-pg-migrate",
            "numbered",
            "pop",
            "pop",
            "pop",
            "postgrator",
            "prisma",
            "refinery",
            "sections",
            "sqitch",
            "sql-migrate",
            "sqlx",
            "supabase",
        ]
    );
}

#[test]
fn delta_directories_by_number_then_by_name() {
    let folder = tree(&[
        ("schema/delta/9/01rooms.sql", "SELECT 1;"),
        ("schema/delta/10/02_b.sql", "SELECT 1;"),
        ("schema/delta/10/02_a.sql.postgres", "SELECT 1;"),
        ("schema/delta/10/02_a.sql.sqlite", "PRAGMA user_version;"),
        ("schema/delta/10/03_code.py", "pass"),
        ("schema/full_schemas/10/full.sql", "SELECT 1;"),
    ]);
    let found = discover_in(&folder, &[]);
    assert_eq!(roots(&found), ["schema/delta", "schema/delta"]);
    let project = &found.projects[0];
    assert_eq!((project.root.as_str(), project.layout.name), ("schema/delta", "delta"));
    assert_eq!(project.dialect.to_string(), "PostgreSQL: the name 02_a.sql.postgres");
    assert_eq!(ids(project), ["9/01rooms.sql", "10/02_a.sql.postgres", "10/02_b.sql"]);
    assert_eq!(problems(project), [""; 0]);
    assert_eq!(ignored(project), [("02_a.sql.sqlite", "for another database")]);
    let sqlite = &found.projects[1];
    assert_eq!(ids(sqlite), ["9/01rooms.sql", "10/02_a.sql.sqlite", "10/02_b.sql"]);
}

#[test]
fn numbered_scripts_of_another_database_are_no_clash() {
    let folder = tree(&[
        ("migrations/1_a.sql", "CREATE TABLE a (id bigserial);"),
        ("migrations/2_b.postgres.sql", "SELECT 1;"),
        ("migrations/2_b.sqlite.sql", "SELECT 1;"),
    ]);
    let mut found = discover_in(&folder, &[]);
    let sqlite = found.projects.pop().expect("a project for SQLite");
    let project = only(found);
    assert_eq!(ids(&project), ["1", "2"]);
    assert_eq!(problems(&project), [""; 0]);
    assert_eq!(ignored(&project), [("2_b.sqlite.sql", "for another database")]);
    assert_eq!(ignored(&sqlite), [("2_b.postgres.sql", "for another database")]);
    let named = only(discover_in(&folder, &["migrations/2_b.sqlite.sql"]));
    assert_eq!(named.dialect.to_string(), "SQLite: the name 2_b.sqlite.sql");
}

#[test]
fn numbered_directories_hold_a_script_each() {
    let folder = tree(&[
        ("migrations/10_stock/up.sql", "SELECT 1;"),
        ("migrations/10_stock/down.sql", "SELECT 2;"),
        ("migrations/9_orders/migration.sql", "SELECT 1;"),
    ]);
    let project = only(discover_in(&folder, &[]));
    assert_eq!(project.layout.name, "numbered");
    assert_eq!(ids(&project), ["9", "10"]);
    assert_eq!(text(draft(&project, "10").down.as_ref()), "SELECT 2;");
}

#[test]
fn words_at_the_end_of_a_name_are_directions_only_with_a_partner() {
    let folder = tree(&[
        ("migrations/4_tier.sql", "SELECT 1;"),
        ("migrations/4_tier_rollback.sql", "SELECT 2;"),
        ("migrations/5_scale_up.sql", "SELECT 1;"),
        ("migrations/6_stock_up.sql", "SELECT 1;"),
        ("migrations/6_stock_down.sql", "SELECT 2;"),
        ("migrations/7_mark_down.sql", "SELECT 1;"),
    ]);
    let project = only(discover_in(&folder, &[]));
    assert_eq!(problems(&project), [""; 0]);
    assert_eq!(ids(&project), ["4", "5", "6", "7"]);
    let downs: Vec<&str> =
        project.drafts.iter().filter(|d| d.down.is_some()).map(|d| d.id.as_str()).collect();
    assert_eq!(downs, ["4", "6"]);
    assert!(draft(&project, "7").up.is_some());
}

#[test]
fn paths_are_relative_to_the_repository() {
    let folder = tree(&[(".git/HEAD", ""), ("api/db/migrations/1_a.sql", "SELECT 1;")]);
    let inside = options(&folder.path().join("api"));
    let project = only(discover(&[PathBuf::from("db")], &inside));
    assert_eq!(project.root, "api/db/migrations");
    assert_eq!(project.drafts[0].files, ["api/db/migrations/1_a.sql"]);
    let outside = options(Path::new("/"));
    let project = only(discover(&[folder.path().join("api/db")], &outside));
    assert!(project.root.ends_with("api/db/migrations"));
}

#[test]
fn files_and_their_folder_named_together_are_read_once() {
    let folder = tree(&[("m/1_a.sql", "SELECT 1;"), ("m/2_b.sql", "SELECT 1;")]);
    for paths in [&["m/1_a.sql", "m"][..], &["m", "m/2_b.sql", "./m/"][..]] {
        let project = only(discover_in(&folder, paths));
        assert!(project.drafts.iter().all(|draft| draft.selected), "{paths:?}");
    }
    let project = only(discover_in(&folder, &["m/2_b.sql", "m/1_a.sql"]));
    assert_eq!(project.drafts.iter().filter(|draft| draft.selected).count(), 2);
}

#[test]
fn a_named_file_of_a_layout_that_is_not_read_is_skipped_not_run_as_a_whole() {
    let folder = tree(&[("m/1_a.sql", "SELECT 1;\n-- //@UNDO\nSELECT 2;\n")]);
    let found = discover_in(&folder, &["m/1_a.sql"]);
    assert_eq!(roots(&found), [""; 0]);
    assert_eq!(found.skipped[0].path, "m/1_a.sql");
    let mut plain = options(folder.path());
    plain.layout = Some(lockgate::layout::layout_named("plain").expect("a layout"));
    assert_eq!(only(discover(&[PathBuf::from("m/1_a.sql")], &plain)).layout.name, "plain");
}

#[test]
fn a_layout_asked_for_wins_over_detection() {
    let folder = tree(&[("m/1_a.sql", "-- +goose Up\nSELECT 1;\n")]);
    let mut asked = options(folder.path());
    asked.layout = Some(lockgate::layout::layout_named("numbered").expect("a layout"));
    let project = only(discover(&[PathBuf::from("m")], &asked));
    assert_eq!((project.layout.name, project.evidence.as_str()), ("numbered", "as asked for"));
    asked.layout = Some(lockgate::layout::layout_named("flyway").expect("a layout"));
    let found = discover(&[PathBuf::from("m")], &asked);
    assert_eq!(found.errors[0].to_string(), "m: no file follows the layout flyway");
    let unknown = lockgate::layout::layout_named("dbmat").expect_err("no layout");
    assert!(unknown.to_string().starts_with("unknown layout \"dbmat\", did you mean dbmate?"));
}

#[test]
fn sql_in_no_layout_asks_for_one() {
    let folder = tree(&[("queries/orders.sql", "SELECT 1;"), ("queries/stock.sql", "SELECT 1;")]);
    let found = discover_in(&folder, &["."]);
    assert_eq!(
        found.errors[0].to_string(),
        "no layout of migrations recognised in the current directory, which holds 2 SQL files (queries)"
    );
    assert!(found.errors[0].help().contains("--layout numbered"));
}
