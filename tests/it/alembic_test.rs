//! Alembic projects through the whole pipeline: found, ordered, evaluated, judged.

use lockgate::config::Settings;
use lockgate::engine::Day;
use lockgate::finding::LintReport;
use lockgate::migration::python::CommitMode;
use lockgate::migration::{Dialect, Guard, Migration, Script, TransactionMode};
use lockgate::pipeline::{Loaded, Overrides, Request, Silent, lint, load};
use lockgate::scope::Scope;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/alembic").join(name)
}

fn request(folder: &Path, paths: &[&str], dialect: Option<Dialect>) -> Request {
    Request {
        paths: paths.iter().map(PathBuf::from).collect(),
        working_directory: folder.to_owned(),
        stdin: None,
        settings: Settings::default(),
        settings_folder: folder.to_owned(),
        overrides: Overrides { dialect, ..Overrides::default() },
        scope: Scope::default(),
        deployed: Vec::new(),
        today: Day::of(std::time::SystemTime::now()),
    }
}

fn loaded(name: &str, dialect: Option<Dialect>) -> Loaded {
    load(&request(&fixture(name), &["."], dialect), &Silent)
}

fn linted(name: &str) -> LintReport {
    lint(&request(&fixture(name), &["."], None), &Silent)
}

/// Each directive of a script: line, name, guard, and whether it leaves the transaction.
fn directives(script: &Script, out: &mut String) {
    for step in &script.steps {
        let Some(call) = &step.directive else { continue };
        let line = script.source.file.position(call.name_span.start).line;
        let guard = match &call.guard {
            Guard::Always => String::new(),
            guard => format!("  if {guard}"),
        };
        let commit = match call.commit {
            CommitMode::Transaction => "",
            CommitMode::Autocommit => "  autocommit",
        };
        let batch = if call.batch.is_some() { "batch." } else { "" };
        let via = call
            .via
            .as_ref()
            .map(|place| format!("  via {}:{}", place.file.path(), place.start().line));
        let via = via.unwrap_or_default();
        writeln!(out, "  {line:>3} {batch}{}{guard}{commit}{via}", call.name).unwrap();
    }
}

fn summary(migrations: &[Migration]) -> String {
    let mut out = String::new();
    for migration in migrations {
        writeln!(out, "{} {:?}: {}", migration.id, migration.parents, migration.description)
            .unwrap();
        if let Some(up) = &migration.up {
            directives(up, &mut out);
        }
        match &migration.down {
            Some(down) => {
                writeln!(out, "  down").unwrap();
                directives(down, &mut out);
            }
            None => writeln!(out, "  no down").unwrap(),
        }
    }
    out
}

#[test]
fn the_shop_s_revisions_are_read_in_the_order_of_their_graph() {
    let loaded = loaded("shop", None);
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let [project] = &loaded.projects[..] else { panic!("not one project") };
    assert_eq!(project.summary.layout, "alembic");
    assert_eq!(project.summary.dialect, Dialect::Postgres);
    assert_eq!(project.migrations.len(), 30);
    let place = |id: &str| project.migrations.iter().position(|one| one.id == id).unwrap();
    for migration in &project.migrations {
        for parent in &migration.parents {
            assert!(place(parent) < place(&migration.id), "{parent} after {}", migration.id);
        }
    }
    // The billing branch depends on the merge, although no revision of it follows one of those.
    assert!(place("3344556677aa") < place("e0f1a2b3c4d5"));
    // A shortened id is the whole one.
    assert_eq!(project.migrations[place("d2e3f4a5b6c7")].parents, ["c1d2e3f4a5b6"]);
    insta::assert_snapshot!("shop_directives", summary(&project.migrations));
}

#[test]
fn a_run_is_one_transaction_unless_the_environment_says_otherwise() {
    let mode = |name, dialect| {
        let loaded = loaded(name, dialect);
        let up = loaded.projects[0].migrations[0].up.as_ref().unwrap();
        up.source.transaction
    };
    assert_eq!(mode("shop", None), TransactionMode::WholeRun);
    assert_eq!(mode("broken", None), TransactionMode::PerScript);
    assert_eq!(mode("shop", Some(Dialect::Sqlite)), TransactionMode::Autocommit);
}

#[test]
fn sqlite_goes_its_own_branches() {
    let loaded = loaded("shop", Some(Dialect::Sqlite));
    let project = &loaded.projects[0];
    let migration = project.migrations.iter().find(|one| one.id == "b6c7d8e9f0a1").unwrap();
    let mut out = String::new();
    directives(migration.up.as_ref().unwrap(), &mut out);
    assert_eq!(out, "   20 execute\n");
    let mut down = String::new();
    directives(migration.down.as_ref().unwrap(), &mut down);
    assert_eq!(down, "");
}

#[test]
fn findings_point_into_the_python() {
    let report = linted("shop");
    let at = |rule: &str, file: &str| {
        report
            .findings
            .iter()
            .any(|finding| finding.rule == rule && finding.place.file.path().ends_with(file))
    };
    let places: Vec<String> = report
        .findings
        .iter()
        .map(|finding| {
            let file = finding.place.file.path().rsplit('/').next().unwrap();
            format!(
                "{file}:{} {} `{}`",
                finding.place.start().line,
                finding.rule,
                first_line(finding.place.text())
            )
        })
        .collect();
    assert!(at("update-without-where", "6b7c8d9e0f1a_tenants.py"), "{places:#?}");
    assert!(!at("drop-column", "d8e9f0a1b2c3_drop_old_columns.py"), "suppressed: {places:#?}");
    for finding in &report.findings {
        let text = finding.place.file.text();
        let span = finding.place.span;
        assert!(span.end <= text.len() && text.is_char_boundary(span.start));
    }
}

#[test]
fn a_finding_in_a_helper_stands_where_it_is_called_and_leads_to_the_helper() {
    let report = linted("shop");
    let found = report.findings.iter().find(|finding| {
        finding.rule == "update-without-where"
            && finding.place.file.path().ends_with("6b7c8d9e0f1a_tenants.py")
    });
    assert!(found.is_some());
    let in_helper = report
        .findings
        .iter()
        .flat_map(|finding| &finding.related)
        .find(|related| related.place.file.path().ends_with("shop/migrations/helpers.py"));
    assert!(in_helper.is_some_and(|related| related.place.text().starts_with("op.")));
}

/// A repository with an environment in `db/`.
struct Deploy(tempfile::TempDir);

impl Deploy {
    fn git(&self, arguments: &[&str]) {
        let run = std::process::Command::new("git")
            .args(["-c", "user.name=shop", "-c", "user.email=shop@example.com"])
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn revision(&self, id: &str, parent: &str, sql: &str) {
        let head = format!("from alembic import op\nrevision = '{id}'\ndown_revision = {parent}\n");
        let body = format!("\n\ndef upgrade():\n    op.execute('{sql}')\n");
        self.write(&format!("db/versions/{id}.py"), &format!("{head}{body}"));
    }

    fn environment(&self, flag: &str) {
        let call = format!("context.configure({flag})\ncontext.run_migrations()\n");
        self.write("db/env.py", &format!("from alembic import context\n{call}"));
    }

    /// Rules that find something in what the branch adds.
    fn rules(&self) -> Vec<String> {
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_lockgate"))
            .args(["lint", "--since", "main", "--format", "json"])
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let report: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn revisions_of_one_deploy_share_a_transaction() {
    let shop = Deploy(tempfile::tempdir().unwrap());
    shop.environment("");
    let tables = "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, a int)";
    shop.revision("r1", "None", tables);
    shop.git(&["init", "-q", "-b", "main"]);
    shop.git(&["add", "."]);
    shop.git(&["commit", "-q", "-m", "shop"]);
    shop.git(&["checkout", "-q", "-b", "keys"]);
    let key = "ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a) REFERENCES a NOT VALID";
    shop.revision("r2", "\"r1\"", key);
    shop.revision("r3", "\"r2\"", "ALTER TABLE b VALIDATE CONSTRAINT b_a");
    let held = ["validate-in-same-transaction", "work-under-exclusive-lock"];
    let is_held = |found: &[String]| found.iter().any(|rule| held.contains(&rule.as_str()));
    let together = shop.rules();
    assert!(is_held(&together), "{together:?}");
    shop.environment("transaction_per_migration=True");
    let apart = shop.rules();
    assert!(!is_held(&apart), "{apart:?}");
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

#[test]
fn a_broken_graph_costs_findings_and_nothing_else() {
    let report = linted("broken");
    let mut found: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| {
            matches!(
                finding.rule,
                "multiple-heads"
                    | "broken-revision-graph"
                    | "alembic-revision-id-too-long"
                    | "ignored-file"
                    | "unparsed-statement"
            )
        })
        .map(|finding| {
            let file = finding.place.file.path().rsplit('/').next().unwrap();
            format!("{file}:{} {}: {}", finding.place.start().line, finding.rule, finding.message)
        })
        .collect();
    found.sort();
    insta::assert_snapshot!("broken_findings", found.join("\n"));
    // The revision behind the syntax error is read all the same.
    let loaded = loaded("broken", None);
    let python2 =
        loaded.projects[0].migrations.iter().find(|one| one.id == "eeee00000001").unwrap();
    let statements: Vec<String> =
        python2.up.as_ref().unwrap().statements().map(|one| one.sql.to_string()).collect();
    assert!(statements.iter().any(|sql| sql.starts_with("ALTER TABLE carts")), "{statements:?}");
}

#[test]
fn a_revision_without_an_environment_is_read_on_a_database_of_which_nothing_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let text = "from alembic import op\nrevision = 'a'\ndown_revision = None\n\n\ndef upgrade():\n    op.execute('DELETE FROM orders')\n";
    std::fs::write(folder.path().join("orders.py"), text).unwrap();
    std::fs::write(folder.path().join("notes.py"), "x = 1\n").unwrap();
    let report = lint(&request(folder.path(), &["orders.py", "notes.py"], None), &Silent);
    let rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule).collect();
    assert!(rules.contains(&"delete-without-where"), "{rules:?}");
    assert!(!rules.contains(&"missing-object"), "{rules:?}");
    let [problem] = &report.problems[..] else { panic!("{:?}", report.problems) };
    assert_eq!(problem.message, "no migrations found in notes.py");
}

#[test]
fn a_revision_named_alone_has_its_history() {
    let file = "shop/migrations/versions/d8e9f0a1b2c3_drop_old_columns.py";
    let loaded = load(&request(&fixture("shop"), &[file], None), &Silent);
    let [project] = &loaded.projects[..] else { panic!("not one project") };
    assert_eq!(project.migrations.len(), 30);
    assert_eq!(project.judged.iter().filter(|judged| **judged).count(), 1);
}

#[test]
fn filters_of_the_orm_are_conditions() {
    let body = r#"from sqlalchemy.orm import Session, declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = sa.Column(sa.Integer, primary_key=True)


def upgrade():
    session = Session(bind=op.get_bind())
    session.query(Order).filter_by(status="new").update({"status": "open"})
"#;
    assert_eq!(sent_by_last(&[body]), ["UPDATE orders SET status='open' WHERE status = 'new'"]);
}

/// The statements of the last revision's way forward, each on one line.
fn sent_by_last(revisions: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("db/versions")).unwrap();
    std::fs::write(folder.path().join("db/env.py"), "from alembic import context\n").unwrap();
    for (at, body) in revisions.iter().enumerate() {
        let parent = if at == 0 { "None".to_owned() } else { format!("\"r{}\"", at - 1) };
        let text = format!(
            "from alembic import op\nimport sqlalchemy as sa\n\nrevision = \"r{at}\"\ndown_revision = {parent}\n\n\n{body}"
        );
        std::fs::write(folder.path().join(format!("db/versions/r{at}.py")), text).unwrap();
    }
    let loaded = load(&request(folder.path(), &["db"], Some(Dialect::Sqlite)), &Silent);
    let up = loaded.projects[0].migrations.last().unwrap().up.as_ref().unwrap().clone();
    let words = |sql: &str| sql.split_whitespace().collect::<Vec<_>>().join(" ");
    up.statements().map(|statement| words(&statement.sql)).collect()
}

const SQLITE_SHOP: &str = r#"def upgrade():
    op.execute("CREATE TABLE coupons (code TEXT PRIMARY KEY)")
    op.execute("""CREATE TABLE orders (id INTEGER NOT NULL, status VARCHAR(20) DEFAULT 'new', total INTEGER,
        at DATETIME DEFAULT CURRENT_TIMESTAMP, coupon TEXT, flag BOOLEAN, PRIMARY KEY (id),
        CONSTRAINT fkc FOREIGN KEY(coupon) REFERENCES coupons (code) ON DELETE CASCADE,
        CONSTRAINT uq_t UNIQUE (total), UNIQUE (status), CONSTRAINT ck CHECK (total > 0), CHECK (total < 10))""")
    op.execute("CREATE UNIQUE INDEX ix_p ON orders (total) WHERE total > 5")
    op.execute("CREATE INDEX ix_l ON orders (lower(status))")
"#;

/// As Alembic 1.20.1 sends it on a database that looks so; it keeps constraints in a set.
#[test]
fn a_batch_on_sqlite_copies_the_table_as_the_history_made_it() {
    let change = "def upgrade():\n    with op.batch_alter_table(\"orders\") as batch_op:\n        batch_op.alter_column(\"total\", nullable=False)\n";
    let expected = [
        "CREATE TABLE _alembic_tmp_orders ( id INTEGER NOT NULL, status VARCHAR(20) DEFAULT 'new', total INTEGER NOT NULL, at DATETIME DEFAULT (CURRENT_TIMESTAMP), coupon TEXT, flag BOOLEAN, PRIMARY KEY (id), CONSTRAINT ck CHECK (total > 0), CONSTRAINT uq_t UNIQUE (total), CONSTRAINT fkc FOREIGN KEY(coupon) REFERENCES coupons (code) ON DELETE CASCADE, UNIQUE (status) )",
        "INSERT INTO _alembic_tmp_orders (id, status, total, at, coupon, flag) SELECT orders.id, orders.status, orders.total, orders.at, orders.coupon, orders.flag FROM orders",
        "DROP TABLE orders",
        "ALTER TABLE _alembic_tmp_orders RENAME TO orders",
        "CREATE UNIQUE INDEX ix_p ON orders (total) WHERE total > 5",
    ];
    assert_eq!(sent_by_last(&[SQLITE_SHOP, change]), expected);
}

/// As Alembic 1.20.1 sends it.
#[test]
fn a_batch_on_sqlite_puts_columns_into_the_order_that_it_demands() {
    let table = "def upgrade():\n    op.execute(\"CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, a TEXT, b TEXT, c TEXT)\")\n";
    let change = r#"def upgrade():
    with op.batch_alter_table("orders", recreate="always", partial_reordering=[("c", "id", "a"), ("b", "extra")]) as batch_op:
        batch_op.add_column(sa.Column("extra", sa.Integer()))
        batch_op.add_column(sa.Column("late", sa.Integer()), insert_before="c")
"#;
    let expected = [
        "CREATE TABLE _alembic_tmp_orders ( b TEXT, late INTEGER, c TEXT, extra INTEGER, id INTEGER NOT NULL, a TEXT, PRIMARY KEY (id) )",
        "INSERT INTO _alembic_tmp_orders (b, c, id, a) SELECT orders.b, orders.c, orders.id, orders.a FROM orders",
        "DROP TABLE orders",
        "ALTER TABLE _alembic_tmp_orders RENAME TO orders",
    ];
    assert_eq!(sent_by_last(&[table, change]), expected);
}

#[test]
fn all_directives_of_a_batch_are_applied_to_the_copy() {
    let table = r#"sa.Table("orders", sa.MetaData(), sa.Column("id", sa.Integer(), primary_key=True), sa.Column("status", sa.String(20), server_default="new"), sa.Column("total", sa.Integer()), sa.Column("note", sa.Text()), sa.Column("coupon", sa.Text(), sa.ForeignKey("coupons.code", name="fkc")), sa.UniqueConstraint("note", name="uq_note"), sa.CheckConstraint("total > 0", name="ck"), sa.Index("ix_orders_total", "total"))"#;
    let change = format!(
        r#"def upgrade():
    with op.batch_alter_table("orders", copy_from={table}, table_args=(sa.CheckConstraint("id > 0", name="ck2"),)) as b:
        b.alter_column("status", new_column_name="state", nullable=False)
        b.alter_column("total", type_=sa.String(30))
        b.drop_column("note")
        b.drop_constraint("fkc", type_="foreignkey")
        b.create_unique_constraint("uq_state", ["status"])
        b.create_foreign_key("fk2", "coupons", ["coupon"], ["code"], ondelete="CASCADE")
        b.add_column(sa.Column("extra", sa.Integer(), server_default="1", nullable=False))
        b.create_index("ix_extra", ["extra"])
"#
    );
    let expected = [
        "CREATE TABLE _alembic_tmp_orders ( id INTEGER NOT NULL, state VARCHAR(20) DEFAULT 'new' NOT NULL, total VARCHAR(30), coupon TEXT, extra INTEGER DEFAULT '1' NOT NULL, PRIMARY KEY (id), CONSTRAINT ck2 CHECK (id > 0), CONSTRAINT ck CHECK (total > 0), CONSTRAINT uq_state UNIQUE (state), CONSTRAINT fk2 FOREIGN KEY(coupon) REFERENCES coupons (code) ON DELETE CASCADE )",
        "INSERT INTO _alembic_tmp_orders (id, state, total, coupon) SELECT orders.id, orders.status, CAST(orders.total AS VARCHAR(30)) AS total, orders.coupon FROM orders",
        "DROP TABLE orders",
        "ALTER TABLE _alembic_tmp_orders RENAME TO orders",
        "CREATE INDEX ix_orders_total ON orders (total)",
        "CREATE INDEX ix_extra ON orders (extra)",
    ];
    assert_eq!(sent_by_last(&[&change]), expected);
}

#[test]
fn batches_copy_only_where_they_have_to_or_are_told_to() {
    let batch = |arguments: &str, call: &str| {
        format!(
            "def upgrade():\n    with op.batch_alter_table(\"orders\"{arguments}) as b:\n        b.{call}\n"
        )
    };
    let sent = |arguments: &str, call: &str| sent_by_last(&[SQLITE_SHOP, &batch(arguments, call)]);
    let add = "add_column(sa.Column(\"note\", sa.Text()))";
    assert_eq!(sent("", add), ["ALTER TABLE orders ADD COLUMN note TEXT"]);
    assert_eq!(sent(", recreate=\"always\"", add).len(), 5);
    let drop = "drop_column(\"flag\")";
    assert_eq!(sent(", recreate=\"never\"", drop), ["ALTER TABLE orders DROP COLUMN flag"]);
    assert_eq!(sent("", drop).len(), 5);
    let names = ", naming_convention={\"uq\": \"uq_%(table_name)s_%(column_0_name)s\"}";
    let unique = sent(names, "drop_constraint(\"uq_orders_status\", type_=\"unique\")");
    assert!(
        !unique[0].contains("UNIQUE (status)") && unique[0].contains("uq_t UNIQUE"),
        "{unique:?}"
    );
    // What Alembic raises an error for is no statement.
    let refused = sent("", "drop_constraint(\"uq_gone\", type_=\"unique\")");
    assert_eq!(refused, ["op.batch_alter_table(\"orders\")"]);
}

#[test]
fn a_folder_of_revisions_without_an_environment_is_a_history() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = folder.path().join("plugins/loyalty/migrations");
    std::fs::create_dir_all(&plugin).unwrap();
    for (id, parent, sql) in [
        ("p1", "None", "CREATE TABLE points (id int PRIMARY KEY)"),
        ("p2", "\"p1\"", "DELETE FROM points"),
    ] {
        let text = format!(
            "from alembic import op\n\nrevision = \"{id}\"\ndown_revision = {parent}\n\n\ndef upgrade(op=None):\n    op.execute(\"{sql}\")\n"
        );
        std::fs::write(plugin.join(format!("{id}_points.py")), text).unwrap();
    }
    let loaded = load(&request(folder.path(), &["plugins/loyalty/migrations"], None), &Silent);
    let [project] = &loaded.projects[..] else { panic!("{:?}", loaded.problems) };
    assert_eq!(project.summary.evidence, "revisions without an env.py");
    let ids: Vec<&str> = project.migrations.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["p1", "p2"]);
}

#[test]
fn the_models_convention_names_constraints_and_indexes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("db/versions")).unwrap();
    std::fs::create_dir_all(folder.path().join("shop")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("db/alembic.ini", "[alembic]\nscript_location = %(here)s\nprepend_sys_path = ..\n");
    write(
        "db/env.py",
        "from alembic import context\nfrom shop.models import Base\n\ntarget_metadata = Base.metadata\n",
    );
    write(
        "shop/models.py",
        "from sqlalchemy import MetaData\nfrom sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    metadata = MetaData(naming_convention={\"uq\": \"uq_%(table_name)s_%(column_0_name)s\", \"ix\": \"%(column_0_label)s_idx\", \"ck\": \"ck_%(table_name)s_%(constraint_name)s\"})\n",
    );
    write(
        "db/versions/a1.py",
        "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = \"a1\"\ndown_revision = None\n\n\ndef upgrade():\n    op.create_unique_constraint(None, \"orders\", [\"number\"])\n    op.create_check_constraint(\"positive\", \"orders\", \"total > 0\")\n    op.drop_constraint(op.f(\"positive_total\"), \"orders\", type_=\"check\")\n    op.add_column(\"orders\", sa.Column(\"slug\", sa.Text(), unique=True))\n    op.add_column(\"orders\", sa.Column(\"shop\", sa.Text(), index=True))\n",
    );
    let loaded = load(&request(folder.path(), &["db"], Some(Dialect::Postgres)), &Silent);
    let up = loaded.projects[0].migrations[0].up.as_ref().unwrap();
    let sent: Vec<&str> = up.statements().map(|statement| &*statement.sql).collect();
    assert_eq!(
        sent,
        [
            "ALTER TABLE orders ADD CONSTRAINT uq_orders_number UNIQUE (number)",
            "ALTER TABLE orders ADD CONSTRAINT ck_orders_positive CHECK (total > 0)",
            "ALTER TABLE orders DROP CONSTRAINT positive_total",
            "ALTER TABLE orders ADD COLUMN slug TEXT",
            "ALTER TABLE orders ADD CONSTRAINT uq_orders_slug UNIQUE (slug)",
            "ALTER TABLE orders ADD COLUMN shop TEXT",
            "CREATE INDEX orders_shop_idx ON orders (shop)",
        ]
    );
    let report = lint(&request(folder.path(), &["db"], Some(Dialect::Postgres)), &Silent);
    let unnamed = report.findings.iter().find(|one| one.rule == "alembic-unnamed-constraint");
    assert_eq!(unnamed, None);
}
