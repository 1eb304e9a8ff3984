//! Writes changes: all files are looked at before the first is touched, and each is replaced as a
//! whole, so that nobody ever sees half of one.

use super::{Change, Changes};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Why changes were not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Somebody changed the file since it was read; nothing was written.
    #[error("{path} changed while lockgate was reading it; nothing was written")]
    Changed {
        /// The file as printed.
        path: String,
    },
    /// The file could not be read again or written.
    #[error("{path}: {error}")]
    Io {
        /// The file as printed.
        path: String,
        /// Why.
        error: io::Error,
    },
}

/// Writes all changes.
///
/// # Errors
/// [`WriteError::Changed`] before anything was written; [`WriteError::Io`] names the file at which
/// writing stopped.
pub fn write(changes: &Changes) -> Result<(), WriteError> {
    for (location, change) in changes.iter() {
        if !is_as_read(location, change)? {
            return Err(WriteError::Changed { path: change.path.clone() });
        }
    }
    for (location, change) in changes.iter() {
        let failed = |error| WriteError::Io { path: change.path.clone(), error };
        replace(location, change).map_err(failed)?;
    }
    Ok(())
}

fn is_as_read(location: &Path, change: &Change) -> Result<bool, WriteError> {
    match (std::fs::read(location), &change.before) {
        (Ok(bytes), Some(before)) => Ok(bytes == before.as_bytes()),
        (Ok(_), None) => Ok(false),
        (Err(error), None) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        (Err(error), _) => Err(WriteError::Io { path: change.path.clone(), error }),
    }
}

fn replace(location: &Path, change: &Change) -> io::Result<()> {
    // A link stays a link: what it leads to is replaced.
    let target = match change.before {
        Some(_) => std::fs::canonicalize(location)?,
        None => location.to_owned(),
    };
    let folder = target.parent().map_or_else(|| PathBuf::from("."), Path::to_owned);
    std::fs::create_dir_all(&folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".lockgate-");
    let permissions = std::fs::metadata(&target).map(|found| found.permissions());
    #[cfg(unix)]
    if permissions.is_err() {
        use std::os::unix::fs::PermissionsExt;
        // What an editor would give; the process's mask takes its part.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(&folder)?;
    file.write_all(change.after.as_bytes())?;
    file.as_file().sync_all()?;
    if let Ok(permissions) = permissions {
        std::fs::set_permissions(file.path(), permissions)?;
        file.persist(&target)?;
    } else {
        file.persist_noclobber(&target)?;
    }
    Ok(())
}
