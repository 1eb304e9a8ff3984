//! git, by calling git: what a change adds to a revision, how files stood there (`compare`), and
//! what a revision holds (`tree`).
//!
//! Nothing here is written to a repository. Paths are relative to the repository's root, with `/`.

mod compare;
mod tree;

pub use compare::{Comparison, Fate};
pub use tree::{TagPattern, TreeFile, TreeListing};

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A git repository with a work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    root: PathBuf,
}

/// Why git could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VcsError {
    /// There is no program `git`.
    #[error("git is not installed, or not in PATH")]
    NoGit,
    /// The folder belongs to no repository.
    #[error("{folder} is in no git repository")]
    NoRepository {
        /// The folder.
        folder: String,
    },
    /// git does not trust the folder's owner.
    #[error("git refuses to read {folder}: it belongs to another user")]
    ForeignOwner {
        /// The folder.
        folder: String,
    },
    /// The revision does not exist here.
    #[error("git knows no revision \"{name}\" here")]
    UnknownRevision {
        /// As given.
        name: String,
        /// A name that does exist and probably is meant.
        suggestion: Option<String>,
        /// Whether the clone is shallow.
        shallow: bool,
    },
    /// The revision and `HEAD` have no common commit here.
    #[error("HEAD and \"{name}\" have no commit in common here")]
    NoMergeBase {
        /// As given.
        name: String,
        /// Whether the clone is shallow.
        shallow: bool,
    },
    /// Anything else that git said.
    #[error("git {command}: {words}")]
    Failed {
        /// The subcommand.
        command: String,
        /// The first line that git printed.
        words: String,
    },
}

impl VcsError {
    /// What to do.
    pub fn help(&self) -> String {
        const DEEPEN: &str = "this clone is shallow; fetch its history: git fetch --unshallow \
            (in GitHub Actions: actions/checkout with fetch-depth: 0)";
        match self {
            Self::NoGit => {
                "install git, or leave out what asks it (--since, --deployed)".to_owned()
            }
            Self::NoRepository { .. } => {
                "run it in a clone of the repository; without one, leave --since out, or name the files".to_owned()
            }
            Self::ForeignOwner { folder } => {
                format!("git config --global --add safe.directory {folder}")
            }
            // The remote's branch of that name is here; another name is not what was meant where
            // the clone lacks most of them.
            Self::UnknownRevision { suggestion: Some(near), name, shallow }
                if !shallow || near.ends_with(&format!("/{name}")) =>
            {
                format!("did you mean {near}? git fetch --tags brings tags that are not here yet")
            }
            // `HEAD~2` is counted from here: no server knows it.
            Self::UnknownRevision { shallow: true, name, .. } if name.contains(['~', '^', '@']) => {
                DEEPEN.to_owned()
            }
            Self::UnknownRevision { shallow: true, name, .. } => format!(
                "this clone is shallow; fetch the revision: git fetch origin {name}, or git fetch --unshallow --tags \
                 (in GitHub Actions: actions/checkout with fetch-depth: 0)"
            ),
            Self::UnknownRevision { .. } => {
                "git branch --all and git tag list what there is; git fetch --tags brings more tags"
                    .to_owned()
            }
            Self::NoMergeBase { shallow: true, .. } => DEEPEN.to_owned(),
            Self::NoMergeBase { .. } => {
                "name the revision from which this branch was made".to_owned()
            }
            Self::Failed { .. } => "run the same command by hand to see more".to_owned(),
        }
    }
}

impl Repository {
    /// The repository that a folder lies in.
    ///
    /// # Errors
    /// Where there is no git, or no repository.
    pub fn of(folder: &Path) -> Result<Self, VcsError> {
        let shown = folder.display().to_string();
        let output = git(folder, &["rev-parse", "--show-toplevel"])?;
        if output.status.success() {
            let root = String::from_utf8_lossy(&output.stdout);
            let root = PathBuf::from(root.trim_end_matches(['\n', '\r']));
            return Ok(Self { root: as_reached(folder, &root) });
        }
        let words = String::from_utf8_lossy(&output.stderr);
        if words.contains("dubious ownership") {
            return Err(VcsError::ForeignOwner { folder: shown });
        }
        Err(VcsError::NoRepository { folder: shown })
    }

    /// The folder at its top.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Answers of `cat-file --batch` to lines of names.
    fn batch(&self, request: Vec<u8>) -> Result<Vec<u8>, VcsError> {
        let mut child = command(&self.root, &["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| cannot_start(&error))?;
        let input = child.stdin.take();
        // Written from a thread of its own: git answers before it has read everything.
        let writer = std::thread::spawn(move || {
            input.map(|mut input| input.write_all(&request));
        });
        let output = child.wait_with_output().map_err(|error| cannot_start(&error))?;
        // A request that could not be written is missing from the answer.
        let _ = writer.join();
        succeeded("cat-file", output).map(|output| output.stdout)
    }

    /// The commit that a revision means.
    ///
    /// # Errors
    /// [`VcsError::UnknownRevision`].
    pub fn commit(&self, revision: &str) -> Result<String, VcsError> {
        if let Some(commit) = self.resolve(revision)? {
            return Ok(commit);
        }
        let remote = format!("origin/{revision}");
        let suggestion = match self.resolve(&remote)? {
            Some(_) => Some(remote),
            None => self.nearest(revision)?,
        };
        let shallow = self.is_shallow()?;
        Err(VcsError::UnknownRevision { name: revision.to_owned(), suggestion, shallow })
    }

    /// The branch or tag whose name is most like `wanted`.
    fn nearest(&self, wanted: &str) -> Result<Option<String>, VcsError> {
        let arguments = ["for-each-ref", "--format=%(refname:short)"];
        let output = git(&self.root, &arguments)?;
        let names = String::from_utf8_lossy(&output.stdout);
        Ok(crate::suggest::nearest(wanted, names.lines()).map(str::to_owned))
    }

    fn resolve(&self, revision: &str) -> Result<Option<String>, VcsError> {
        let name = format!("{revision}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", &name];
        let output = git(&self.root, &arguments)?;
        Ok(output.status.success().then(|| line(&output.stdout)))
    }

    fn is_shallow(&self) -> Result<bool, VcsError> {
        let output = git(&self.root, &["rev-parse", "--is-shallow-repository"])?;
        Ok(line(&output.stdout) == "true")
    }
}

/// The repository's root as it is reached from the folder: git resolves links, paths that are
/// printed do not.
fn as_reached(folder: &Path, root: &Path) -> PathBuf {
    let is_root = |above: &&Path| above.canonicalize().is_ok_and(|real| real == root);
    folder.ancestors().find(is_root).unwrap_or(root).to_owned()
}

fn fields(bytes: &[u8]) -> Vec<String> {
    let words = bytes.split(|byte| *byte == 0).filter(|word| !word.is_empty());
    words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

fn line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

fn succeeded(command: &str, output: Output) -> Result<Output, VcsError> {
    if output.status.success() {
        return Ok(output);
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let words = words.lines().next().unwrap_or("failed").to_owned();
    Err(VcsError::Failed { command: command.to_owned(), words })
}

fn git(folder: &Path, arguments: &[&str]) -> Result<Output, VcsError> {
    command(folder, arguments).stdin(Stdio::null()).output().map_err(|error| cannot_start(&error))
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    // Its words are read, and reading a repository must not write to it.
    command.arg("-C").arg(folder).args(arguments).env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
    command
}

fn cannot_start(error: &std::io::Error) -> VcsError {
    match error.kind() {
        std::io::ErrorKind::NotFound => VcsError::NoGit,
        _ => VcsError::Failed { command: "cannot be started".to_owned(), words: error.to_string() },
    }
}
