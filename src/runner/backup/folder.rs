//! The folder of one backup: made aside, and given its name when all is in it.

use crate::database::{DatabaseError, ErrorKind};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A folder that has not got its name yet; taken away where it never gets it.
pub(super) struct Folder {
    aside: PathBuf,
    wanted: PathBuf,
}

impl Folder {
    /// A folder for a backup before `migration`.
    pub fn begin(base: &Path, history: &str, migration: &str) -> Result<Self, DatabaseError> {
        let home = base.join(plain(history));
        make(&home).map_err(|error| fail(&home, &error))?;
        keep_out_of_git(base).map_err(|error| fail(base, &error))?;
        let name = plain(migration);
        clear(&home, &format!(".{name}."));
        let aside = home.join(format!(".{name}.{}", std::process::id()));
        make(&aside).map_err(|error| fail(&aside, &error))?;
        Ok(Self { aside, wanted: home.join(name) })
    }

    /// The path of a file in it, for those who write it themselves: it is there, empty, for nobody
    /// else to read.
    pub fn reserve(&self, name: &str) -> Result<PathBuf, DatabaseError> {
        let path = self.aside.join(name);
        create(&path).map_err(|error| fail(&path, &error))?;
        Ok(path)
    }

    /// A file of rows in it.
    pub fn rows(&self, name: &str) -> Result<Rows, DatabaseError> {
        let path = self.aside.join(name);
        let file = create(&path).map_err(|error| fail(&path, &error))?;
        let file = BufWriter::with_capacity(1 << 18, file);
        Ok(Rows { path, file, hash: Sha256::new(), bytes: 0, lines: 0 })
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) -> Result<(), DatabaseError> {
        let path = self.aside.join(name);
        let written = create(&path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(|error| fail(&path, &error))
    }

    /// Bytes and checksum of a file in it.
    pub fn measure(&self, name: &str) -> Result<(u64, String), DatabaseError> {
        let path = self.aside.join(name);
        let mut hash = Sha256::new();
        let read = File::open(&path).and_then(|mut file| {
            file.sync_all()?;
            io::copy(&mut file, &mut hash)
        });
        let bytes = read.map_err(|error| fail(&path, &error))?;
        Ok((bytes, crate::runner::text::hexadecimal(&hash.finalize())))
    }

    /// Where it will be: the first name that is free, since an older backup may be the only copy
    /// of what is gone.
    pub fn place(&self) -> PathBuf {
        let numbered = (2..).map(|number| {
            let mut name = self.wanted.as_os_str().to_owned();
            name.push(format!("-{number}"));
            PathBuf::from(name)
        });
        let mut names = std::iter::once(self.wanted.clone()).chain(numbered);
        names.find(|path| !path.exists()).unwrap_or_else(|| self.wanted.clone())
    }

    /// Gives it its name, and the name back.
    pub fn finish(self, place: &Path) -> Result<String, DatabaseError> {
        fs::rename(&self.aside, place).map_err(|error| fail(place, &error))?;
        Ok(place.display().to_string())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // It has its name by now, or is of no use.
        let _ = fs::remove_dir_all(&self.aside);
    }
}

/// A file of rows, counted and summed up as it is written.
pub(super) struct Rows {
    path: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
    lines: u64,
}

/// What a file of rows holds.
pub(super) struct Written {
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
}

impl Rows {
    /// Makes sure that it is on the disk.
    pub fn finish(mut self) -> Result<Written, DatabaseError> {
        let synced = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        synced.map_err(|error| fail(&self.path, &error))?;
        let sha256 = crate::runner::text::hexadecimal(&self.hash.finalize());
        Ok(Written { rows: self.lines, bytes: self.bytes, sha256 })
    }
}

impl Write for Rows {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        let bytes = bytes.get(..written).unwrap_or_default();
        self.hash.update(bytes);
        self.bytes += u64::try_from(written).unwrap_or(u64::MAX);
        // A line end in a value is escaped.
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
        self.lines += u64::try_from(lines).unwrap_or(u64::MAX);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A name as that of a file.
pub(super) fn plain(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' })
        .collect();
    // Neither hidden nor upward.
    plain.trim_start_matches('.').to_owned()
}

/// Takes away what a killed run left: it had its turn, and ours has come after it.
fn clear(home: &Path, prefix: &str) {
    let entries = fs::read_dir(home).into_iter().flatten().flatten();
    for entry in entries.filter(|it| it.file_name().to_string_lossy().starts_with(prefix)) {
        // What cannot be taken away does no harm.
        let _ = fs::remove_dir_all(entry.path());
    }
}

fn keep_out_of_git(base: &Path) -> io::Result<()> {
    let path = base.join(".gitignore");
    if path.exists() { Ok(()) } else { fs::write(path, "*\n") }
}

fn fail(path: &Path, error: &io::Error) -> DatabaseError {
    let message = format!("{}: {error}", path.display());
    DatabaseError::new(ErrorKind::Statement, message)
        .help("name a folder that can be written: --backup-folder")
}

#[cfg(unix)]
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_backup_stays_and_an_unfinished_one_goes() {
        let base = tempfile::tempdir().unwrap();
        for expected in ["20260103", "20260103-2", "20260103-3"] {
            let folder = Folder::begin(base.path(), "default", "20260103").unwrap();
            folder.write("manifest.json", "{}").unwrap();
            let place = folder.place();
            folder.finish(&place).unwrap();
            assert!(place.ends_with(format!("default/{expected}")), "{place:?}");
        }
        drop(Folder::begin(base.path(), "default", "20260104").unwrap());
        fs::create_dir(base.path().join("default/.20260105.4711")).unwrap();
        drop(Folder::begin(base.path(), "default", "20260105").unwrap());
        assert_eq!(fs::read_dir(base.path().join("default")).unwrap().count(), 3);
        assert_eq!(fs::read_to_string(base.path().join(".gitignore")).unwrap(), "*\n");
    }

    #[test]
    fn names_stay_in_the_folder() {
        assert_eq!(plain("../../etc"), "_.._etc");
        assert_eq!(plain("20260301120000_orders"), "20260301120000_orders");
    }

    #[test]
    fn rows_are_counted_as_they_are_written() {
        let base = tempfile::tempdir().unwrap();
        let folder = Folder::begin(base.path(), "default", "1").unwrap();
        let mut rows = folder.rows("orders.copy").unwrap();
        rows.write_all(b"1\tfirst\n2\tsecond\n").unwrap();
        let written = rows.finish().unwrap();
        assert_eq!((written.rows, written.bytes), (2, 17));
        assert_eq!(folder.measure("orders.copy").unwrap(), (17, written.sha256));
    }
}
