//! Whose SQL a folder holds: what settings, addresses, services, drivers and scripts say, and which
//! of them is believed.

use crate::support::command::folder;
use lockgate::layout::{DiscoverOptions, Discovery, Variables, discover};
use std::path::Path;

fn found(root: &Path, variables: &[(&str, &str)]) -> Discovery {
    let read = |name: &str| {
        let set = variables.iter().find(|(known, _)| *known == name);
        set.map(|(_, value)| (*value).to_owned())
    };
    let options = DiscoverOptions {
        working_directory: root.to_owned(),
        variables: Variables::read(read),
        ..Default::default()
    };
    discover(&[], &options)
}

/// What the evidence for each project is.
fn said_with(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Vec<String> {
    let folder = folder(files);
    let found = found(folder.path(), variables);
    assert!(found.errors.is_empty(), "{:?}", found.errors);
    let skipped = found.skipped.iter().map(ToString::to_string);
    found.projects.iter().map(|one| one.dialect.to_string()).chain(skipped).collect()
}

fn said(files: &[(&str, &str)]) -> String {
    said_with(files, &[]).join("; ")
}

/// Scripts in which no database shows itself.
const PLAIN: &str = "CREATE TABLE orders (id INTEGER PRIMARY KEY, note VARCHAR(80));\n";
const GOOSE: (&str, &str) = (
    "db/migrations/00001_orders.sql",
    "-- +goose Up\nCREATE TABLE orders (id INTEGER PRIMARY KEY);\n-- +goose Down\nDROP TABLE orders;\n",
);
const DBMATE: (&str, &str) = (
    "db/migrations/1_orders.sql",
    "-- migrate:up\nCREATE TABLE orders (id INTEGER PRIMARY KEY);\n-- migrate:down\nDROP TABLE orders;\n",
);

#[test]
fn the_variable_of_goose_in_the_run_before_that_in_a_file() {
    let file = (".env", "GOOSE_DRIVER=mysql\nGOOSE_DBSTRING=shop:secret@tcp(db)/shop\n");
    assert_eq!(said(&[GOOSE, file]), "MySQL: .env says mysql");
    let set = said_with(&[GOOSE, file], &[("GOOSE_DRIVER", "sqlite3")]);
    assert_eq!(set, ["SQLite: GOOSE_DRIVER says sqlite3"]);
    let pgx = said_with(&[GOOSE], &[("GOOSE_DRIVER", "pgx")]);
    assert_eq!(pgx, ["PostgreSQL: GOOSE_DRIVER says pgx"]);
    let string = said_with(&[GOOSE], &[("GOOSE_DBSTRING", "host=db dbname=shop")]);
    assert_eq!(string, ["PostgreSQL: GOOSE_DBSTRING says dbname="]);
    let foreign = said_with(&[GOOSE], &[("GOOSE_DRIVER", "clickhouse")]);
    assert_eq!(
        foreign,
        ["db/migrations: ClickHouse is not supported yet (GOOSE_DRIVER says clickhouse)"]
    );
}

#[test]
fn a_path_that_names_a_database_says_more_than_a_variable() {
    let mysql = ("db/db_mysql/migrations/1_orders.sql", GOOSE.1);
    let lite = ("db/db_sqlite3/migrations/1_orders.sql", GOOSE.1);
    assert_eq!(
        said_with(&[mysql, lite], &[("GOOSE_DRIVER", "postgres")]),
        ["MySQL: the path has db_mysql", "SQLite: the path has db_sqlite3"]
    );
}

#[test]
fn an_address_says_no_more_than_its_scheme() {
    let file = (".env.example", "export DATABASE_URL=\"mysql://shop:s3cret@db:3306/shop\"\n");
    assert_eq!(said(&[DBMATE, file]), "MySQL: .env.example says mysql");
    let commented = (".env.example", "# DATABASE_URL=mysql://db/shop\n");
    assert_eq!(said(&[DBMATE, commented]), "PostgreSQL, since nothing tells");
    let own = (".env", "DATABASE_URL=sqlite:db/shop.sqlite3\n");
    assert_eq!(said(&[DBMATE, file, own]), "SQLite: .env says sqlite");
    let set = said_with(&[DBMATE, own], &[("DATABASE_URL", "postgres://db/shop")]);
    assert_eq!(set, ["PostgreSQL: DATABASE_URL says postgres"]);
}

#[test]
fn diesel_by_its_settings_its_features_and_its_address() {
    let up = ("migrations/2024-03-01-093000_orders/up.sql", PLAIN);
    let toml = ("diesel.toml", "[print_schema]\nsqlite_integer_primary_key_is_bigint = true\n");
    assert_eq!(said(&[up, toml]), "SQLite: diesel.toml says sqlite");
    let cargo = (
        "Cargo.toml",
        "[dependencies]\ndiesel = { version = \"2\", features = [\"mysql\", \"chrono\"] }\n",
    );
    assert_eq!(said(&[up, cargo]), "MySQL: Cargo.toml says mysql");
    let several = (
        "Cargo.toml",
        "[dependencies]\ndiesel = { version = \"2\", features = [\"mysql\", \"sqlite\"] }\n",
    );
    let file = (".env", "DATABASE_URL=shop.db\n");
    assert_eq!(said(&[up, several, file]), "SQLite: .env says .db");
}

#[test]
fn flyway_by_its_address_in_every_language() {
    let script = ("sql/V1__orders.sql", PLAIN);
    let conf = ("flyway.conf", "flyway.url=jdbc:mariadb://db/shop\nflyway.user=shop\n");
    assert_eq!(said(&[script, conf]), "MariaDB: flyway.conf says mariadb");
    let toml = (
        "flyway.toml",
        "[flyway]\nenvironment = \"shop\"\n[environments.shop]\nurl = \"jdbc:mysql://db/shop\"\n[environments.test]\nurl = \"jdbc:h2:mem:shop\"\n",
    );
    assert_eq!(said(&[script, toml]), "MySQL: flyway.toml says mysql");
    let spring = (
        "src/main/resources/application.yml",
        "spring:\n  datasource:\n    url: ${SHOP_DB:jdbc:postgresql://db/shop}\n",
    );
    let inside = ("src/main/resources/db/migration/V1__orders.sql", PLAIN);
    assert_eq!(said(&[inside, spring]), "PostgreSQL: application.yml says postgresql");
    let vendor = ("src/main/resources/db/migration/mysql/V1__orders.sql", PLAIN);
    assert_eq!(said(&[vendor, spring]), "MySQL: the path has mysql");
    // The database of the tests tells nothing of the scripts.
    let h2 = ("src/main/resources/application.properties", "spring.datasource.url=jdbc:h2:mem:a\n");
    assert_eq!(said(&[inside, h2]), "PostgreSQL, since nothing tells");
    let set = said_with(&[script], &[("FLYWAY_URL", "jdbc:mysql://db/shop")]);
    assert_eq!(set, ["MySQL: FLYWAY_URL says mysql"]);
}

#[test]
fn atlas_by_the_environment_whose_migrations_lie_in_the_folder() {
    let files = |hcl: &'static str| {
        said(&[
            ("atlas.hcl", hcl),
            ("orders/migrations/1_orders.sql", PLAIN),
            ("orders/migrations/atlas.sum", "h1:x=\n"),
        ])
    };
    let own = r#"
        variable "url" { type = string }
        env "billing" {
          dev = "docker://postgres/16/dev"
          migration { dir = "file://billing/migrations" }
        }
        env "orders" {
          url = var.url
          dev = "docker://mariadb/11/dev"
          migration { dir = "file://orders/migrations?format=atlas" }
        }"#;
    assert_eq!(files(own), "MariaDB: atlas.hcl says mariadb");
    let all = r#"env "local" { dev = "sqlite://dev?mode=memory" }"#;
    assert_eq!(files(all), "SQLite: atlas.hcl says sqlite");
    let template = r#"env { url = "mysql://${var.user}@db/shop" }"#;
    assert_eq!(files(template), "MySQL: atlas.hcl says mysql");
    let several = r#"
        env "a" { dev = "docker://postgres/16/dev" }
        env "b" { dev = "docker://mysql/8/dev" }"#;
    assert_eq!(files(several), "PostgreSQL, since nothing tells");
    assert_eq!(files("env \"a\" {"), "PostgreSQL, since nothing tells");
}

#[test]
fn settings_that_name_a_dialect() {
    let sql_migrate =
        ("migrations/1_orders.sql", "-- +migrate Up\nCREATE TABLE orders (id INT);\n");
    let dbconfig = (
        "dbconfig.yml",
        "development:\n  dialect: mysql\n  datasource: shop\nproduction:\n  dialect: mysql\n",
    );
    assert_eq!(said(&[sql_migrate, dbconfig]), "MySQL: dbconfig.yml says mysql");
    let differs =
        ("dbconfig.yml", "development:\n  dialect: sqlite3\nproduction:\n  dialect: mysql\n");
    assert_eq!(said(&[sql_migrate, differs]), "PostgreSQL, since nothing tells");
    let postgrator = ("migrations/001.do.orders.sql", PLAIN);
    let rc = (".postgratorrc.json", "{\n  \"driver\": \"sqlite3\"\n}\n");
    assert_eq!(said(&[postgrator, rc]), "SQLite: .postgratorrc.json says sqlite3");
    let refinery = ("migrations/V1__orders.sql", PLAIN);
    let cargo = (
        "Cargo.toml",
        "[dependencies]\nrefinery = { version = \"0.9\", features = [\"rusqlite\"] }\n",
    );
    assert_eq!(said(&[refinery, cargo]), "SQLite: Cargo.toml says sqlite");
}

#[test]
fn services_and_drivers_where_a_tool_says_nothing() {
    let script = ("migrations/001_orders.sql", PLAIN);
    let second = ("migrations/002_notes.sql", "ALTER TABLE orders ADD COLUMN paid INTEGER;\n");
    let compose = (
        "docker-compose.yml",
        "services:\n  db:\n    image: mariadb:11.4\n  web:\n    image: nginx\n",
    );
    assert_eq!(said(&[script, second, compose]), "MariaDB: docker-compose.yml says mariadb");
    let two = (
        "docker-compose.yml",
        "services:\n  a:\n    image: postgres:16\n  b:\n    image: mysql:8\n",
    );
    assert_eq!(said(&[script, second, two]), "PostgreSQL, since nothing tells");
    let knex = ("knexfile.js", "module.exports = {\n  client: 'mysql2',\n};\n");
    assert_eq!(said(&[script, second, knex]), "MySQL: knexfile.js says mysql2");
    let module = ("go.mod", "module shop\nrequire modernc.org/sqlite v1.29.0\n");
    assert_eq!(said(&[script, second, module]), "SQLite: go.mod says modernc.org/sqlite");
}

#[test]
fn scripts_that_show_another_database_say_more_than_a_general_address() {
    let script = (
        "migrations/001_orders.sql",
        "CREATE TABLE orders (id BIGSERIAL PRIMARY KEY, tags JSONB);\n",
    );
    let second = ("migrations/002_notes.sql", "SELECT '{}'::jsonb;\n");
    let file = (".env", "DATABASE_URL=mysql://db/shop\n");
    assert_eq!(said(&[script, second, file]), "PostgreSQL: `::` in 002_notes.sql");
    // MariaDB reads what is written for MySQL.
    let my = (
        "migrations/001_orders.sql",
        "CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;\n",
    );
    let maria = (".env", "DATABASE_URL=mariadb://db/shop\n");
    let plain = ("migrations/002_notes.sql", "SELECT 1;\n");
    assert_eq!(said(&[my, plain, maria]), "MariaDB: .env says mariadb");
}

#[test]
fn backticks_alone_are_weaker_than_anything_else() {
    let first = (
        "migrations/001_orders.sql",
        "CREATE TABLE `orders` (`id` integer PRIMARY KEY, `note` text);\n",
    );
    let second = ("migrations/002_paid.sql", "ALTER TABLE `orders` ADD COLUMN `paid` integer;\n");
    assert_eq!(said(&[first, second]), "SQLite: `INTEGER PRIMARY KEY` in 001_orders.sql");
    let third = ("migrations/003_note.sql", "ALTER TABLE `orders` MODIFY `note` VARCHAR(80);\n");
    assert_eq!(said(&[first, second, third]), "MySQL: names in backticks in 001_orders.sql");
    let module = ("package.json", "{\"dependencies\": {\"better-sqlite3\": \"^11\"}}\n");
    assert_eq!(
        said(&[second, ("migrations/003_x.sql", second.1), module]),
        "SQLite: package.json says better-sqlite3"
    );
}
