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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Applicability, Edit, Fix, NewFile};
    use crate::source::{Place, SourceFile, Span};
    use std::sync::Arc;

    /// A folder with two files, and changes to both and to a new one.
    fn changes() -> (tempfile::TempDir, Changes) {
        let folder = tempfile::tempdir().unwrap();
        let edit = |name: &str| {
            let location = folder.path().join(name);
            std::fs::write(&location, "SELECT 1;\n").unwrap();
            let file = Arc::new(SourceFile::new(name, "SELECT 1;\n").located(&location));
            Edit { place: Place { file, span: Span::new(7, 8) }, text: "2".to_owned() }
        };
        let edits = vec![edit("1.sql"), edit("2.sql")];
        let location = folder.path().join("3.sql");
        let new = NewFile {
            path: "3.sql".to_owned(),
            location,
            text: "SELECT 3;\n".to_owned(),
            follows: None,
        };
        let (message, creates) = (String::new(), vec![new]);
        let fix = Fix { applicability: Applicability::Safe, message, edits, creates };
        let changes = Changes::default().with([&fix]).unwrap();
        (folder, changes)
    }

    fn text(folder: &tempfile::TempDir, name: &str) -> Option<String> {
        std::fs::read_to_string(folder.path().join(name)).ok()
    }

    #[test]
    fn files_that_are_as_they_were_read_are_written() {
        let (folder, changes) = changes();
        write(&changes).unwrap();
        let texts = ["1.sql", "2.sql", "3.sql"].map(|name| text(&folder, name).unwrap());
        assert_eq!(texts, ["SELECT 2;\n", "SELECT 2;\n", "SELECT 3;\n"]);
    }

    #[test]
    fn nothing_is_written_where_somebody_changed_one_file() {
        let (folder, changes) = changes();
        std::fs::write(folder.path().join("2.sql"), "SELECT 9;\n").unwrap();
        let error = write(&changes).unwrap_err();
        assert_eq!(
            error.to_string(),
            "2.sql changed while lockgate was reading it; nothing was written"
        );
        assert_eq!(text(&folder, "1.sql").unwrap(), "SELECT 1;\n");
        assert_eq!(text(&folder, "2.sql").unwrap(), "SELECT 9;\n");
        assert_eq!(text(&folder, "3.sql"), None);
    }

    #[test]
    fn nothing_is_written_where_a_new_file_is_there_meanwhile_or_an_old_one_gone() {
        let (folder, changed) = changes();
        std::fs::write(folder.path().join("3.sql"), "mine").unwrap();
        assert!(matches!(write(&changed), Err(WriteError::Changed { path }) if path == "3.sql"));
        assert_eq!(text(&folder, "3.sql").unwrap(), "mine");
        let (folder, changed) = changes();
        std::fs::remove_file(folder.path().join("2.sql")).unwrap();
        assert!(matches!(write(&changed), Err(WriteError::Io { path, .. }) if path == "2.sql"));
        assert_eq!(text(&folder, "1.sql").unwrap(), "SELECT 1;\n");
    }
}
