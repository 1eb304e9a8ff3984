//! git, by calling git: what a change adds to a revision, and how files stood there.
//!
//! Nothing here is written to a repository. Paths are relative to the repository's root, with `/`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A git repository with a work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    root: PathBuf,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is new; untracked files are too.
    Added,
    /// Its bytes changed.
    Modified,
    /// It had another name.
    Renamed {
        /// The old name.
        from: String,
        /// Whether its bytes stayed.
        identical: bool,
    },
    /// It is gone.
    Deleted,
}

/// The files of the work tree that differ from where a revision and `HEAD` parted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The commit at which they parted.
    pub base: String,
    /// What became of each file since, by its name now; deleted ones by their old name.
    pub fates: BTreeMap<String, Fate>,
    /// Files that the revision has got since.
    pub arrivals: Vec<String>,
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
            Self::NoGit => "install git, or name the files instead of using --since".to_owned(),
            Self::NoRepository { .. } => "leave --since out, or name the files".to_owned(),
            Self::ForeignOwner { folder } => {
                format!("git config --global --add safe.directory {folder}")
            }
            Self::UnknownRevision { suggestion: Some(name), .. } => format!("did you mean {name}?"),
            Self::UnknownRevision { shallow: true, name, .. } => format!(
                "this clone is shallow; fetch the revision: git fetch origin {name} \
                 (in GitHub Actions: actions/checkout with fetch-depth: 0)"
            ),
            Self::UnknownRevision { .. } => "git branch --all lists the branches".to_owned(),
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

    /// Compares the work tree with where `revision` and `HEAD` parted.
    ///
    /// # Errors
    /// Where the revision is unknown, or nothing is in common.
    pub fn compare(&self, revision: &str) -> Result<Comparison, VcsError> {
        let tip = self.commit(revision)?;
        let base = self.merge_base(revision, &tip)?;
        let mut fates = self.diff(&[&base])?;
        for path in self.untracked()? {
            fates.entry(path).or_insert(Fate::Added);
        }
        let theirs = self.diff(&[&base, &tip])?;
        let arrivals = theirs
            .into_iter()
            .filter(|(_, fate)| matches!(fate, Fate::Added | Fate::Renamed { .. }))
            .map(|(path, _)| path)
            .collect();
        Ok(Comparison { base, fates, arrivals })
    }

    /// The bytes of files at a commit; those that are not there are left out.
    ///
    /// # Errors
    /// Where git fails as a whole.
    pub fn files_at(
        &self,
        commit: &str,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Vec<u8>>, VcsError> {
        // A line end in a name would be taken for the end of the request.
        let paths: Vec<&str> = paths.iter().copied().filter(|path| !path.contains('\n')).collect();
        if paths.is_empty() {
            return Ok(BTreeMap::new());
        }
        let request: String = paths.iter().map(|path| format!("{commit}:{path}\n")).collect();
        let answer = self.batch(request.into_bytes())?;
        Ok(read_batch(&answer, &paths))
    }

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

    fn commit(&self, revision: &str) -> Result<String, VcsError> {
        if let Some(commit) = self.resolve(revision)? {
            return Ok(commit);
        }
        let remote = format!("origin/{revision}");
        let suggestion = self.resolve(&remote)?.map(|_| remote);
        let shallow = self.is_shallow()?;
        Err(VcsError::UnknownRevision { name: revision.to_owned(), suggestion, shallow })
    }

    fn resolve(&self, revision: &str) -> Result<Option<String>, VcsError> {
        let name = format!("{revision}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", &name];
        let output = git(&self.root, &arguments)?;
        Ok(output.status.success().then(|| line(&output.stdout)))
    }

    fn merge_base(&self, revision: &str, tip: &str) -> Result<String, VcsError> {
        let output = git(&self.root, &["merge-base", "HEAD", tip])?;
        if output.status.success() {
            return Ok(line(&output.stdout));
        }
        let shallow = self.is_shallow()?;
        Err(VcsError::NoMergeBase { name: revision.to_owned(), shallow })
    }

    fn is_shallow(&self) -> Result<bool, VcsError> {
        let output = git(&self.root, &["rev-parse", "--is-shallow-repository"])?;
        Ok(line(&output.stdout) == "true")
    }

    fn diff(&self, commits: &[&str]) -> Result<BTreeMap<String, Fate>, VcsError> {
        let mut arguments = vec!["diff", "--name-status", "-z", "-M", "--no-ext-diff"];
        arguments.extend(["--no-relative", "--ignore-submodules=all"]);
        arguments.extend(commits);
        arguments.push("--");
        let output = succeeded("diff", git(&self.root, &arguments)?)?;
        Ok(read_statuses(&output.stdout))
    }

    fn untracked(&self) -> Result<Vec<String>, VcsError> {
        let arguments = ["ls-files", "--others", "--exclude-standard", "-z"];
        let output = succeeded("ls-files", git(&self.root, &arguments)?)?;
        Ok(fields(&output.stdout))
    }
}

/// The repository's root as it is reached from the folder: git resolves links, paths that are
/// printed do not.
fn as_reached(folder: &Path, root: &Path) -> PathBuf {
    let is_root = |above: &&Path| above.canonicalize().is_ok_and(|real| real == root);
    folder.ancestors().find(is_root).unwrap_or(root).to_owned()
}

/// Reads `STATUS NUL path NUL …`; a rename has two paths.
fn read_statuses(bytes: &[u8]) -> BTreeMap<String, Fate> {
    let mut fates = BTreeMap::new();
    let mut words = fields(bytes).into_iter();
    while let (Some(status), Some(path)) = (words.next(), words.next()) {
        match status.chars().next() {
            Some('A') => fates.insert(path, Fate::Added),
            Some('D') => fates.insert(path, Fate::Deleted),
            Some('R' | 'C') => {
                let Some(new) = words.next() else { break };
                let identical = status.get(1..) == Some("100");
                fates.insert(new, Fate::Renamed { from: path, identical })
            }
            _ => fates.insert(path, Fate::Modified),
        };
    }
    fates
}

/// Reads `<id> blob <size>\n<bytes>\n` or `<name> missing\n` for each path.
fn read_batch(answer: &[u8], paths: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut rest = answer;
    for path in paths {
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { break };
        let (head, tail) = rest.split_at(end);
        let head = String::from_utf8_lossy(head);
        rest = tail.get(1..).unwrap_or(&[]);
        let Some(size) = head.split(" blob ").nth(1).and_then(|size| size.parse::<usize>().ok())
        else {
            continue;
        };
        let Some((content, tail)) = rest.split_at_checked(size) else { break };
        files.insert((*path).to_owned(), content.to_owned());
        rest = tail.get(1..).unwrap_or(&[]);
    }
    files
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_with_their_one_or_two_paths() {
        let fates = read_statuses(b"M\0a.sql\0R087\0b.sql\0c.sql\0R100\0d\0e\0D\0f\0A\0g h\0");
        let renamed = |from: &str, identical| Fate::Renamed { from: from.to_owned(), identical };
        let expected = [
            ("a.sql", Fate::Modified),
            ("c.sql", renamed("b.sql", false)),
            ("e", renamed("d", true)),
            ("f", Fate::Deleted),
            ("g h", Fate::Added),
        ];
        assert_eq!(fates, expected.map(|(path, fate)| (path.to_owned(), fate)).into());
    }

    #[test]
    fn an_answer_may_lack_files_and_hold_line_ends() {
        let answer = b"aa blob 4\na\nb\n\nbase:x missing\nbb blob 0\n\n";
        let files = read_batch(answer, &["a", "x", "b"]);
        assert_eq!(files.get("a").map(Vec::as_slice), Some(&b"a\nb\n"[..]));
        assert_eq!(files.get("x"), None);
        assert_eq!(files.get("b").map(Vec::as_slice), Some(&b""[..]));
    }
}
