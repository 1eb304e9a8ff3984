//! Releases as git has them: commits, trees and blobs, read from the object store by calling git.

use globset::{Glob, GlobMatcher};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a release could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// git itself is missing.
    #[error("git cannot be run: {reason}")]
    NoGit {
        /// What the system says.
        reason: String,
    },
    /// The folder belongs to no repository.
    #[error("{folder} is not in a git repository")]
    NoRepository {
        /// The folder.
        folder: String,
    },
    /// The repository does not have the revision.
    #[error("git does not know the revision {name}")]
    UnknownRef {
        /// As written.
        name: String,
        /// Whether the clone lacks most of the history.
        shallow: bool,
    },
    /// git failed for another reason.
    #[error("git {command} failed: {reason}")]
    Failed {
        /// The subcommand.
        command: &'static str,
        /// Its first line of complaint.
        reason: String,
    },
}

impl GitError {
    /// What to do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoGit { .. } => "install git, or leave the deployed releases out",
            Self::NoRepository { .. } => {
                "run lockgate in a clone of the application's repository, or name it in [deployed] also"
            }
            Self::UnknownRef { shallow: true, .. } => {
                "the clone is shallow; fetch it: git fetch --unshallow --tags (in GitHub Actions: actions/checkout with fetch-depth: 0)"
            }
            Self::UnknownRef { .. } => {
                "name a tag, branch or commit of this repository; tags are fetched by: git fetch --tags"
            }
            Self::Failed { .. } => "run the same git command by hand to see what it says",
        }
    }
}

/// A file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TreeFile {
    /// Path in the repository.
    pub path: String,
    /// The blob's id.
    pub blob: String,
}

/// What a commit holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TreeListing {
    /// Its files.
    pub files: Vec<TreeFile>,
    /// Paths of submodules, whose files are in other repositories.
    pub submodules: Vec<String>,
}

/// A glob over the names of tags.
#[derive(Debug, Clone)]
pub struct TagPattern(GlobMatcher);

impl TagPattern {
    /// Reads a glob such as `v*`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(glob: &str) -> Result<Self, String> {
        let glob = Glob::new(glob)
            .map_err(|error| format!("\"{glob}\" is no pattern: {}", error.kind()))?;
        Ok(Self(glob.compile_matcher()))
    }
}

/// A repository.
#[derive(Debug, Clone)]
pub struct Repository {
    root: PathBuf,
}

impl Repository {
    /// The repository that a folder is in.
    ///
    /// # Errors
    /// [`GitError::NoGit`], [`GitError::NoRepository`].
    pub fn around(folder: &Path) -> Result<Self, GitError> {
        let found = run(folder, "rev-parse", &["--show-toplevel"]);
        match found {
            Ok(out) => Ok(Self { root: PathBuf::from(text(&out)) }),
            Err(GitError::Failed { .. }) => {
                Err(GitError::NoRepository { folder: folder.display().to_string() })
            }
            Err(error) => Err(error),
        }
    }

    /// Its top folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The commit that a revision means.
    ///
    /// # Errors
    /// [`GitError::UnknownRef`].
    pub(super) fn commit(&self, name: &str) -> Result<String, GitError> {
        let unknown = || GitError::UnknownRef { name: name.to_owned(), shallow: self.is_shallow() };
        if name.starts_with('-') || name.is_empty() {
            return Err(unknown());
        }
        let wanted = format!("{name}^{{commit}}");
        match run(&self.root, "rev-parse", &["--verify", "--quiet", "--end-of-options", &wanted]) {
            Ok(out) => Ok(text(&out)),
            Err(GitError::Failed { .. }) => Err(unknown()),
            Err(error) => Err(error),
        }
    }

    fn is_shallow(&self) -> bool {
        run(&self.root, "rev-parse", &["--is-shallow-repository"])
            .is_ok_and(|out| text(&out) == "true")
    }

    /// The files of a commit.
    pub(super) fn files(&self, commit: &str) -> Result<TreeListing, GitError> {
        let out = run(&self.root, "ls-tree", &["-r", "-z", "--full-tree", commit])?;
        let mut listing = TreeListing::default();
        for entry in String::from_utf8_lossy(&out).split('\0') {
            let Some((head, path)) = entry.split_once('\t') else { continue };
            let mut head = head.split(' ');
            let (mode, blob) = (head.next().unwrap_or(""), head.nth(1).unwrap_or(""));
            match mode {
                "160000" => listing.submodules.push(path.to_owned()),
                "120000" => {}
                _ => listing.files.push(TreeFile { path: path.to_owned(), blob: blob.to_owned() }),
            }
        }
        Ok(listing)
    }

    /// Contents of blobs by their ids, all in one stream. Blobs that a partial clone lacks are left
    /// out.
    pub(super) fn blobs(&self, ids: &[String]) -> Result<HashMap<String, Vec<u8>>, GitError> {
        let failed = |error: std::io::Error| GitError::Failed {
            command: "cat-file",
            reason: error.to_string(),
        };
        let mut child = command(&self.root, "cat-file", &["--batch", "--buffer"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| GitError::NoGit { reason: error.to_string() })?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Ok(HashMap::new());
        };
        let asked = ids.join("\n") + "\n";
        // Written from another thread: git answers while it still reads.
        let writer = std::thread::spawn(move || stdin.write_all(asked.as_bytes()));
        let blobs = batch(BufReader::new(stdout), ids.len()).map_err(failed)?;
        let _ = writer.join();
        child.wait().map_err(failed)?;
        Ok(blobs)
    }

    /// Tags that match, oldest version first: by the numbers in their names, then by name.
    ///
    /// # Errors
    /// [`GitError::Failed`].
    pub fn tags(&self, pattern: &TagPattern) -> Result<Vec<String>, GitError> {
        let out = run(&self.root, "tag", &["--list"])?;
        let mut tags: Vec<String> = String::from_utf8_lossy(&out)
            .lines()
            .filter(|tag| pattern.0.is_match(tag))
            .map(str::to_owned)
            .collect();
        tags.sort_by_cached_key(|tag| (numbers(tag), tag.clone()));
        Ok(tags)
    }
}

/// Numbers in a tag's name, without leading zeros, for comparing: longer digit strings are larger.
/// A pre-release (`v1.2-rc1`) comes before its release.
fn numbers(tag: &str) -> Vec<(usize, String)> {
    let (release, pre) = match tag.find(['-', '+']) {
        Some(at) if at > 0 => tag.split_at(at),
        _ => (tag, ""),
    };
    let mut key: Vec<(usize, String)> = digits(release);
    key.push(if pre.is_empty() { (1, String::new()) } else { (0, String::new()) });
    key.extend(digits(pre));
    key
}

fn digits(text: &str) -> Vec<(usize, String)> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(|part| part.trim_start_matches('0'))
        .map(|part| (part.len() + 2, part.to_owned()))
        .collect()
}

fn batch(mut from: impl BufRead, count: usize) -> std::io::Result<HashMap<String, Vec<u8>>> {
    let mut blobs = HashMap::with_capacity(count);
    let mut header = String::new();
    loop {
        header.clear();
        if from.read_line(&mut header)? == 0 {
            return Ok(blobs);
        }
        let mut words = header.split_whitespace();
        let (Some(id), Some("blob"), Some(size)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let Ok(size) = size.parse::<usize>() else { continue };
        let mut content = vec![0; size];
        from.read_exact(&mut content)?;
        let mut newline = [0];
        from.read_exact(&mut newline)?;
        blobs.insert(id.to_owned(), content);
    }
}

fn command(folder: &Path, subcommand: &'static str, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).arg(subcommand).args(arguments);
    command
}

fn run(folder: &Path, subcommand: &'static str, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
    let output = command(folder, subcommand, arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| GitError::NoGit { reason: error.to_string() })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    let reason = reason.lines().next().unwrap_or("no reason given").to_owned();
    Err(GitError::Failed { command: subcommand, reason })
}

fn text(out: &[u8]) -> String {
    String::from_utf8_lossy(out).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        let mut tags = ["v1.10.0", "v1.9.2", "v2.0.0", "v2.0.0-rc1", "v1.9.10"];
        tags.sort_by_cached_key(|tag| numbers(tag));
        assert_eq!(tags, ["v1.9.2", "v1.9.10", "v1.10.0", "v2.0.0-rc1", "v2.0.0"]);
    }

    #[test]
    fn answers_of_a_batch_are_cut_by_their_sizes() {
        let answer = b"aa blob 3\na\nb\nbb missing\ncc blob 0\n\n";
        let blobs = batch(&answer[..], 3).expect("whole answers");
        assert_eq!(blobs.get("aa").map(Vec::as_slice), Some(&b"a\nb"[..]));
        assert_eq!(blobs.get("cc").map(Vec::as_slice), Some(&b""[..]));
        assert!(!blobs.contains_key("bb"));
    }
}
