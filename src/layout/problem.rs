//! What is wrong with files of a project that was found. The rest of the project is read all the
//! same; a later room makes findings or errors of these.

use crate::source::SourceError;

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Another encoding, or binary.
    #[error(transparent)]
    Content(#[from] SourceError),
    /// The operating system refused; its words.
    #[error("{0}")]
    Io(String),
    /// A directory bears the name of a script.
    #[error("a directory where a file is expected")]
    Directory,
}

/// Something wrong with one or several files of a project.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A file could not be read.
    #[error("cannot read {path}: {error}")]
    Unreadable {
        /// The file as printed.
        path: String,
        /// Why.
        error: ReadError,
    },
    /// Several migrations bear one version.
    #[error("version {version} is used by {}", files.join(" and "))]
    DuplicateVersion {
        /// The version as first written.
        version: String,
        /// The files, in their order.
        files: Vec<String>,
    },
    /// Migrations need each other.
    #[error("dependencies form a circle: {}", ids.join(" → "))]
    Cycle {
        /// The ids around the circle; the last is the first again.
        ids: Vec<String>,
        /// The file of the first one.
        path: String,
        /// Line of its dependencies, 1-based.
        line: usize,
    },
    /// A dependency that no migration has.
    #[error("{path}:{line}: depends on {parent}, which is not among the migrations")]
    UnknownParent {
        /// The file.
        path: String,
        /// 1-based line.
        line: usize,
        /// The name written there.
        parent: String,
    },
    /// The tool stops at a file of this name.
    #[error("{path}: {reason}")]
    BadName {
        /// The file.
        path: String,
        /// What the tool says, in our words.
        reason: String,
    },
    /// A marker that the tool demands is not there.
    #[error("{path}: no line `{marker}`: {tool} refuses the file")]
    MissingMarker {
        /// The file.
        path: String,
        /// The marker.
        marker: &'static str,
        /// The tool.
        tool: &'static str,
    },
    /// A marker or a statement stands where the tool does not allow it.
    #[error("{path}:{line}: {reason}")]
    Misplaced {
        /// The file.
        path: String,
        /// 1-based line.
        line: usize,
        /// What and where.
        reason: String,
    },
    /// A settings file that the tool cannot read.
    #[error("{path}: {reason}")]
    BadSettings {
        /// The settings file.
        path: String,
        /// 1-based line, where known.
        line: Option<usize>,
        /// What is wrong.
        reason: String,
    },
    /// A zero-byte script where the tool refuses one.
    #[error("{path} is empty: {tool} fails on it")]
    EmptyScript {
        /// The file.
        path: String,
        /// The tool.
        tool: &'static str,
    },
}

impl Problem {
    /// The file to point at, as printed.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Unreadable { path, .. }
            | Self::Cycle { path, .. }
            | Self::UnknownParent { path, .. }
            | Self::BadName { path, .. }
            | Self::MissingMarker { path, .. }
            | Self::Misplaced { path, .. }
            | Self::BadSettings { path, .. }
            | Self::EmptyScript { path, .. } => Some(path),
            Self::DuplicateVersion { files, .. } => files.last().map(String::as_str),
        }
    }

    /// The 1-based line to point at, where there is one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Cycle { line, .. }
            | Self::UnknownParent { line, .. }
            | Self::Misplaced { line, .. } => Some(*line),
            Self::BadSettings { line, .. } => *line,
            _ => None,
        }
    }

    /// What to do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unreadable { error: ReadError::Io(_), .. } => "check that it may be read",
            Self::Unreadable { error: ReadError::Directory, .. } => {
                "rename the directory, or name the file inside it"
            }
            Self::Unreadable { error: ReadError::Content(SourceError::Binary { .. }), .. } => {
                "move the file out of the migrations, or write it anew as text"
            }
            Self::Unreadable { .. } => "save it as UTF-8: iconv -t UTF-8, or your editor",
            Self::DuplicateVersion { .. } => {
                "give the newer one the next free version, before anyone applies it"
            }
            Self::Cycle { .. } => "take one of the dependencies out",
            Self::UnknownParent { .. } => "correct the name, or add the migration",
            Self::BadName { .. } => "rename the file, or move it elsewhere",
            Self::MissingMarker { .. } => "add the line, even with nothing below it",
            Self::Misplaced { .. } => "move it where the tool reads it",
            Self::BadSettings { .. } => "correct the settings",
            Self::EmptyScript { .. } => "write a statement such as `SELECT 1;` into it",
        }
    }
}
