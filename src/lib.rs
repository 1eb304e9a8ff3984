//! lockgate reads database migrations before they run and says what each statement does to a live
//! database: which locks it takes and who waits for them, what it rewrites, what it destroys.
//!
//! # The pipeline on one screen
//!
//! ```text
//! config::load(lockgate.toml)                    validated settings; mistakes point into the file
//!   pipeline::choices(paths, settings)           which folders, in which layout and dialect
//!     layout::discover(paths)                    projects: scripts in the order of their tool
//!       frontend::sql::parse(script)             steps of statements, with spans and guards (parallel)
//!         timeline::fold(migration, schema)      transactions; for each statement
//!           effects::of(statement, schema)         locks, work, losses
//!           Schema::apply(statement)               the schema after it
//!         rule.statement(…) … rule.project(…)    findings
//!       engine::judge_all(projects)              suppressed, thinned out, numbered, sorted
//! report::{terminal, json, sarif, github}        pure functions of finding::LintReport
//! cli                                            prints, and decides the exit code
//! ```
//!
//! [`pipeline::lint`] runs all of it:
//!
//! ```
//! use lockgate::pipeline::{Overrides, Request, Silent, lint};
//! use lockgate::{config::Settings, engine::Day, scope::Scope};
//!
//! let report = lint(
//!     &Request {
//!         paths: vec!["-".into()],
//!         stdin: Some(b"DELETE FROM orders;".to_vec()),
//!         working_directory: std::env::current_dir()?,
//!         settings: Settings::default(),
//!         settings_folder: std::env::current_dir()?,
//!         overrides: Overrides::default(),
//!         deployed: Vec::new(),
//!         scope: Scope::default(),
//!         today: Day::of(std::time::SystemTime::now()),
//!     },
//!     &Silent,
//! );
//! assert_eq!(report.findings[0].rule, "delete-without-where");
//! # Ok::<(), std::io::Error>(())
//! ```

pub mod cli;
pub mod config;
pub mod database;
pub mod deployed;
pub mod effects;
pub mod engine;
pub mod finding;
pub mod fix;
pub mod frontend;
pub mod layout;
pub mod migration;
pub mod pipeline;
pub mod report;
pub mod rule;
pub mod rules;
pub mod runner;
pub mod schema;
pub mod scope;
pub mod secret;
pub mod source;
mod suggest;
pub mod timeline;
pub mod vcs;
