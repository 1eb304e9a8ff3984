//! Reports: pure functions from what was found to text in one format, written to any writer.
//!
//! `terminal`, `html` and `markdown` are for people; `json`, `sarif`, `github`, `gitlab` and `junit` are for
//! programs; `effects`, `operations` and `compat` print what the commands of those names show.
//! Nothing here reads files, the environment or a clock.

pub mod compat;
pub mod effects;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod operations;
pub mod sarif;
pub mod terminal;
pub mod verify;

/// The published JSON schemas.
pub mod schemas {
    /// Of `lint --format json`.
    pub const LINT: &str = include_str!("../../schemas/lint-1.json");
    /// Of `compat --format json`.
    pub const COMPAT: &str = include_str!("../../schemas/compat-1.json");
    /// Of `effects --format json`.
    pub const EFFECTS: &str = include_str!("../../schemas/effects-1.json");
    /// Of `operations --format json`.
    pub const OPERATIONS: &str = include_str!("../../schemas/operations-1.json");
    /// Of `status --format json`.
    pub const STATUS: &str = include_str!("../../schemas/status-1.json");
    /// Of `history --format json`.
    pub const HISTORY: &str = include_str!("../../schemas/history-1.json");
    /// Of the report of a run: `--report`, and what hooks read.
    pub const RUN: &str = include_str!("../../schemas/run-1.json");
    /// Of a line of the log of a run: `--log`.
    pub const LOG: &str = include_str!("../../schemas/log-1.json");
    /// Of `verify --format json`.
    pub const VERIFY: &str = include_str!("../../schemas/verify-1.json");
}

/// Writes a value as indented JSON with a line end.
fn write_json(out: &mut dyn std::io::Write, value: &impl serde::Serialize) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}
