//! Flags about backups, and what is told of those that were made.

use super::super::failure::Failure;
use super::super::output::print;
use crate::config;
use crate::pipeline::Request;
use crate::runner::{Backup, Backups, When};
use clap::ValueEnum;
use std::path::{Path, PathBuf};

/// Where copies are put when nobody says where.
const FOLDER: &str = "lockgate-backups";

/// What is copied before anything is applied.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct BackupFlags {
    /// When data is copied before anything runs: the tables that lose some on PostgreSQL, the file
    /// on SQLite [default: never]
    #[arg(long, value_enum, value_name = "WHEN", help_heading = "Applying")]
    backup: Option<BackupWhen>,
    /// Where copies are put [default: lockgate-backups]
    #[arg(long, value_name = "FOLDER", help_heading = "Applying")]
    backup_folder: Option<PathBuf>,
    /// A backup of your own, such as the id of a snapshot: it is recorded, and none is made
    #[arg(long, value_name = "TEXT", conflicts_with = "backup", help_heading = "Applying")]
    backup_reference: Option<String>,
}

/// When data is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BackupWhen {
    /// Not at all
    Never,
    /// Where a migration drops or deletes something, or may do more than is known
    BeforeDataLoss,
    /// Before every run, all tables that it touches
    Always,
}

impl BackupFlags {
    /// What is asked; the configuration holds where a flag is not given.
    pub fn backups(&self, request: &Request) -> Backups {
        if let Some(reference) = &self.backup_reference {
            return Backups::Own(reference.clone());
        }
        let configured = &request.settings.apply;
        let when = match (self.backup, configured.backup) {
            (Some(BackupWhen::BeforeDataLoss), _)
            | (None, Some(config::Backup::BeforeDataLoss)) => When::DataLoss,
            (Some(BackupWhen::Always), _) | (None, Some(config::Backup::Always)) => When::Always,
            (Some(BackupWhen::Never), _) | (None, Some(config::Backup::Never) | None) => {
                return Backups::None;
            }
        };
        let folder = match (&self.backup_folder, &configured.backup_folder) {
            (Some(folder), _) => folder.clone(),
            (None, folder) => {
                let folder = folder.as_deref().unwrap_or(FOLDER);
                near(&request.working_directory, &request.settings_folder.join(folder))
            }
        };
        Backups::Make { when, folder }
    }
}

/// Relative to the working directory where it is below it: the history remembers the path.
fn near(working: &Path, folder: &Path) -> PathBuf {
    folder.strip_prefix(working).map_or_else(|_| folder.to_owned(), Path::to_owned)
}

/// Tells of backups that were made.
pub(in crate::cli) fn tell_backups(made: &[Backup]) -> Result<(), Failure> {
    for backup in made {
        print(&format!("backup     {}: {}\n", backup.reference, backup.holds))?;
    }
    Ok(())
}
