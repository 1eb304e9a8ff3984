//! The one integration-test binary: a module per subject.
//!
//! Tests that need a PostgreSQL server get it from `support::servers`, which starts it; none is
//! skipped for want of one. Their modules have `servers` in their name, so that systems without
//! servers can leave them out by name. Those with `browser` in their name need Chromium.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

// The template of a rule is compiled in this crate, and names these rooms as every rule does.
use lockgate::{finding, migration, rule};

mod action_test;
mod alembic_test;
mod apply_alembic_servers_test;
mod apply_alembic_test;
mod apply_copy_servers_test;
mod apply_formats_test;
mod apply_rights_servers_test;
#[cfg(unix)]
mod apply_servers_test;
mod apply_test;
mod backup_servers_test;
mod backup_test;
mod bad_input_test;
mod cli_test;
mod config_test;
mod database_servers_test;
mod deployed_test;
mod dialect_evidence_test;
mod effects_more_test;
mod effects_test;
mod fix_alembic_test;
mod fix_layouts_test;
mod fix_servers_test;
mod fix_stages_test;
mod fix_test;
mod formats_test;
mod house_test;
mod html_browser_test;
mod html_test;
#[cfg(unix)]
mod kill_servers_test;
mod layout_test;
mod layouts_test;
mod mysql_cases_test;
mod mysql_effects_test;
mod mysql_oracle_test;
mod mysql_replay_test;
mod mysql_servers_test;
mod oracle_refusals_test;
mod oracle_test;
mod pages_test;
mod peers_test;
mod postgres_effects_test;
mod postgres_refusals_test;
mod readme_test;
mod refusals_servers_test;
mod replay_servers_test;
mod replay_test;
#[cfg(unix)]
mod replica_servers_test;
mod report_test;
mod rules_at_large_test;
mod rules_test;
mod sarif_schema_test;
mod scope_test;
mod servers_test;
mod sqlite_facts_test;
mod sqlite_replay_test;
mod support;
mod suppress_test;
mod timeline_test;
mod verify_servers_test;
