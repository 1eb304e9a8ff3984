//! What deployed releases still use, over a repository with six of them that the test builds.

use crate::support::command::{Run, folder, root, run};
use lockgate::deployed::{Break, BreakKind, Release, Usage};
use lockgate::schema::{RelationName, Schema};
use lockgate::source::Span;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const RELEASES: [&str; 6] = ["v1.0", "v1.1", "v1.2", "v1.3", "v1.4", "v1.5"];

fn git(folder: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=Shop", "-c", "user.email=shop@example.com"])
        .args(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// The shop's repository with a tag for each release.
fn shop() -> TempDir {
    let shop = tempfile::tempdir().unwrap();
    git(shop.path(), &["init", "--quiet"]);
    for release in RELEASES {
        copy(&root().join("fixtures/deployed").join(release), shop.path());
        git(shop.path(), &["add", "--all"]);
        git(shop.path(), &["commit", "--quiet", "--allow-empty", "-m", release]);
        git(shop.path(), &["tag", release]);
    }
    shop
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// `migration kind relation use` for each conflict of a release, proven or not.
fn conflicts(report: &Value, release: &str, verdict: &str) -> Vec<String> {
    let releases = report["projects"][0]["releases"].as_array().unwrap();
    let row = releases.iter().find(|row| row["release"] == release).unwrap();
    let migrations = row["migrations"].as_array().unwrap().iter();
    migrations
        .filter(|migration| migration["verdict"] == verdict)
        .flat_map(|migration| migration["conflicts"].as_array().cloned().unwrap_or_default())
        .map(|one| {
            let uses = one["sites"][0]["use"].as_str().unwrap().to_owned();
            format!("{} ({uses})", one["message"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn each_release_breaks_where_it_uses_what_is_gone() {
    let shop = shop();
    let run = run(shop.path(), &["compat", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let report = json(&run);
    let gone = "customers.tax_number is dropped (declared)";
    let cleaned =
        ["coupons is dropped (queried)", "customers.nickname is renamed to handle (declared)"];
    let strict = ["'sent' of order_state is renamed (declared)"];
    let oldest = conflicts(&report, "v1.0", "breaks");
    for conflict in [gone, "orders.currency demands a value (declared)"] {
        assert!(oldest.iter().any(|one| one == conflict), "{conflict} in {oldest:?}");
    }
    let first = conflicts(&report, "v1.1", "breaks");
    assert!(first.iter().any(|one| one == gone), "{first:?}");
    let second = conflicts(&report, "v1.2", "breaks");
    assert!(!second.iter().any(|one| one.contains("tax_number")), "{second:?}");
    for conflict in cleaned.iter().chain(&strict) {
        assert!(second.iter().any(|one| one == conflict), "{conflict} in {second:?}");
    }
    assert_eq!(conflicts(&report, "v1.5", "breaks"), [""; 0]);
}

#[test]
fn what_may_be_a_use_is_not_proven() {
    let shop = shop();
    let folder = shop.path().join("db/migrations");
    let down = "\n-- migrate:down\nSELECT 1;\n";
    for (file, change) in [
        ("20260101_note.sql", "ALTER TABLE orders DROP COLUMN note;"),
        ("20260102_total.sql", "ALTER TABLE orders ADD CHECK (total < 100000) NOT VALID;"),
        ("20260103_code.sql", "DO $$ BEGIN EXECUTE current_setting('shop.change'); END $$;"),
    ] {
        fs::write(folder.join(file), format!("-- migrate:up\n{change}\n{down}")).unwrap();
    }
    let report = json(&run(shop.path(), &["compat", "--release", "v1.5", "--format", "json"]));
    let row = &report["projects"][0]["releases"][0];
    assert_eq!(row["verdict"], "not_proven");
    assert_eq!(
        conflicts(&report, "v1.5", "not_proven"),
        ["orders.note is dropped (deferred)", "orders checks total (declared)"]
    );
    let last = row["migrations"].as_array().unwrap().last().unwrap();
    assert_eq!((last["verdict"].as_str(), last["opaque"].as_u64()), (Some("not_proven"), Some(1)));
    let text = run(shop.path(), &["compat", "--release", "v1.5"]).out;
    assert!(text.contains("v1.5 (not proven)"), "{text}");
}

#[test]
fn the_floor_is_the_oldest_release_that_still_runs() {
    let shop = shop();
    let before =
        run(shop.path(), &["compat", "db/migrations", "--release", "v1.4", "--release", "v1.5"]);
    assert!(
        before.out.ends_with("oldest release that can run after these migrations: v1.5\n"),
        "{}",
        before.out
    );
    let below = run(shop.path(), &["compat", "--min-rollback", "v1.2"]);
    assert_eq!(below.code, 1, "{}", below.out);
    assert!(below.err.contains("v1.2, v1.3, v1.4"), "{}", below.err);
    git(shop.path(), &["checkout", "--quiet", "v1.3"]);
    let at = run(shop.path(), &["compat", "--tags", "v1.[0-3]", "--min-rollback", "v1.2"]);
    assert_eq!(at.code, 0, "{}{}", at.out, at.err);
    assert!(at.out.contains("migrations: v1.2\n"), "{}", at.out);
}

#[test]
fn lint_names_the_release_and_the_place() {
    let shop = shop();
    let drop = "db/migrations/20250601120000_drop_tax_number.sql";
    let used = run(shop.path(), &["lint", drop, "--deployed", "v1.1", "--deployed", "v1.2"]);
    assert_eq!(used.code, 1);
    let headline = "release v1.1 still uses `customers.tax_number`: queries that name it fail";
    assert!(used.out.contains(headline), "{}", used.out);
    assert!(used.out.contains("v1.1:shop/models.py:16"), "{}", used.out);
    assert!(!used.out.contains("[drop-column]"), "{}", used.out);
    let unused = run(shop.path(), &["lint", drop, "--deployed", "v1.2"]);
    assert_eq!(unused.code, 0, "{}", unused.out);
    assert!(
        unused.out.contains("note[drop-column]: the values of `customers.tax_number` are gone"),
        "{}",
        unused.out
    );
    let unknown = run(shop.path(), &["lint", drop]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.out.contains("lockgate lint --deployed RELEASE"), "{}", unknown.out);
}

#[test]
fn the_configuration_names_releases_and_files() {
    let shop = shop();
    let config = "[deployed]\nrefs = [\"v1.1\"]\napp = [\"report/**\"]\n";
    fs::write(shop.path().join("lockgate.toml"), config).unwrap();
    let drop = "db/migrations/20250601120000_drop_tax_number.sql";
    let run = run(shop.path(), &["lint", drop]);
    assert_eq!(run.code, 0, "the models are not among the files: {}", run.out);
    assert!(run.out.contains("note[drop-column]"), "{}", run.out);
}

#[test]
fn another_repository_may_use_the_database_too() {
    let shop = shop();
    let billing = tempfile::tempdir().unwrap();
    git(billing.path(), &["init", "--quiet"]);
    fs::write(
        billing.path().join("export.rb"),
        "rows = db.query('SELECT tax_number FROM customers')\n",
    )
    .unwrap();
    git(billing.path(), &["add", "--all"]);
    git(billing.path(), &["commit", "--quiet", "-m", "export"]);
    let config = format!("[deployed]\nrefs = [\"v1.2\"]\nalso = [{:?}]\n", billing.path());
    fs::write(shop.path().join("lockgate.toml"), config).unwrap();
    let run = run(shop.path(), &["lint", "db/migrations/20250601120000_drop_tax_number.sql"]);
    assert_eq!(run.code, 1, "{}", run.out);
    assert!(run.out.contains("/export.rb:1"), "{}", run.out);
}

#[test]
fn a_release_that_cannot_be_read_says_what_to_fetch() {
    let shop = shop();
    let unknown = run(shop.path(), &["lint", "--deployed", "v9"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("git knows no revision \"v9\" here"), "{}", unknown.err);
    assert!(unknown.err.contains("git fetch --tags"), "{}", unknown.err);

    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", shop.path().display());
    git(clone.path(), &["clone", "--quiet", "--depth", "1", &url, "shop"]);
    let shallow = run(&clone.path().join("shop"), &["lint", "--deployed", "v1.1"]);
    assert_eq!(shallow.code, 2);
    assert!(shallow.err.contains("git fetch --unshallow --tags"), "{}", shallow.err);

    fs::write(shop.path().join("lockgate.toml"), "[deployed]\napp = [\"nowhere/**\"]\n").unwrap();
    let empty = run(shop.path(), &["lint", "--deployed", "v1.1"]);
    assert_eq!(empty.code, 2);
    assert!(empty.err.contains("release v1.1 has no file of the application"), "{}", empty.err);

    let plain =
        folder(&[("db/migrations/20260101_a.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\n")]);
    let no_git = run(plain.path(), &["compat"]);
    assert_eq!(no_git.code, 2);
    assert!(no_git.err.contains("is in no git repository"), "{}", no_git.err);
}

#[test]
fn the_comparison_fits_its_schema() {
    let shop = shop();
    let schema: Value =
        serde_json::from_str(&run(shop.path(), &["compat", "--print-schema"]).out).unwrap();
    let report = json(&run(shop.path(), &["compat", "--format", "json"]));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
}

#[test]
fn models_are_linked_through_their_bases() {
    let models = [
        (
            "app/db.py",
            "class Custom:\n    @declared_attr\n    def __tablename__(cls):\n        return resolve(cls.__name__)\n\nBase = declarative_base(cls=Custom)\n",
        ),
        (
            "app/mixins.py",
            "class Priced:\n    price = Column(Numeric)\n\nclass Stamped(Base):\n    __abstract__ = True\n    stamped_at = Column(DateTime)\n",
        ),
        (
            "app/order_item.py",
            "class OrderItem(Priced, Stamped):\n    id = Column(Integer)\n\nclass GiftItem(OrderItem):\n    wrapping = Column(String)\n",
        ),
        (
            "shop/models.py",
            "class Named(models.Model):\n    name = models.CharField()\n    class Meta:\n        abstract = True\n\nclass Brand(Named):\n    owner = models.ForeignKey('auth.User')\n",
        ),
        (
            "app/aspect.py",
            "class Aspect(db.Model, Serializer):\n    __tablename__ = 'aspects'\n    zoom = db.Column(db.Integer)\n\nclass AspectForm(ModelForm):\n    shade = forms.CharField()\n",
        ),
        (
            "app/hero.py",
            "class HeroBase(SQLModel):\n    alias: str\n\nclass Hero(HeroBase, table=True):\n    id: int = Field(primary_key=True)\n    team: Team = Relationship()\n",
        ),
    ];
    let release = Release::of_texts("v1", &models);
    for (table, column, used) in [
        ("order_item", "price", true),
        ("order_item", "stamped_at", true),
        ("gift_item", "wrapping", true),
        ("shop_brand", "name", true),
        ("shop_brand", "owner_id", true),
        ("hero", "alias", true),
        ("hero", "team", false),
        ("aspects", "zoom", true),
        ("app_aspectform", "shade", false),
    ] {
        let broken = Break {
            kind: BreakKind::ColumnDropped(column.into()),
            table: RelationName::public(table),
            span: Span::default(),
        };
        let usage = release.needs(&Schema::empty(), &broken);
        assert_eq!(matches!(usage, Usage::Used(_)), used, "{table}.{column}: {usage:?}");
    }
}

#[test]
fn reflected_tables_may_be_any() {
    let automap = "from sqlalchemy.ext.automap import automap_base\nBase = automap_base()\nBase.prepare(autoload_with=engine)\n";
    let metadata = "metadata = sa.MetaData()\nmetadata.reflect(bind=engine, only=names)\n";
    let other = "view = inspect(camera).reflect(light)\n";
    let named = |text| {
        let release = Release::of_texts("v1", &[("app/tables.py", text)]);
        let broken = Break {
            kind: BreakKind::ColumnDropped("zoom".into()),
            table: RelationName::public("aspects"),
            span: Span::default(),
        };
        release.needs(&Schema::empty(), &broken)
    };
    for (text, line) in [(automap, 2), (metadata, 2)] {
        let Usage::Possible(sites) = named(text) else { panic!("{:?}", named(text)) };
        assert_eq!(sites[0].place.start().line, line, "{text}");
        assert_eq!(sites[0].how.phrase(), "takes whatever tables the database has");
    }
    assert_eq!(named(other), Usage::Unused);
}

#[test]
fn a_deferred_column_is_used_where_a_query_asks_for_it() {
    let model = "class Customer(Base):\n    __tablename__ = \"customers\"\n    notes = deferred(Column(\"internal_notes\", Text))\n";
    let query = "from shop.models import Customer\nselect(Customer).options(load_only(Customer.id, Customer.notes))\n";
    let needs = |files: &[(&str, &str)]| {
        let broken = Break {
            kind: BreakKind::ColumnDropped("internal_notes".into()),
            table: RelationName::public("customers"),
            span: Span::default(),
        };
        Release::of_texts("v1", files).needs(&Schema::empty(), &broken)
    };
    assert!(matches!(needs(&[("shop/models.py", model)]), Usage::Possible(_)));
    let found = needs(&[("shop/models.py", model), ("shop/views.py", query)]);
    let Usage::Used(sites) = found else { panic!("{found:?}") };
    assert_eq!(sites[0].place.file.path(), "v1:shop/views.py");
}

#[test]
fn places_are_told_in_the_order_of_the_columns() {
    let model = "class Seat(Base):\n    __tablename__ = \"seats\"\n    hall = Column(Text)\n    number = Column(Text)\n    side = Column(Text)\n";
    let broken = Break {
        kind: BreakKind::Unique(vec!["side".into(), "hall".into(), "number".into()]),
        table: RelationName::public("seats"),
        span: Span::default(),
    };
    for _ in 0..20 {
        let release = Release::of_texts("v1", &[("shop/models.py", model)]);
        let Usage::Used(sites) = release.needs(&Schema::empty(), &broken) else { panic!("unused") };
        let lines: Vec<usize> = sites.iter().map(|site| site.place.start().line).collect();
        assert_eq!(lines, [5, 3, 4]);
    }
}
