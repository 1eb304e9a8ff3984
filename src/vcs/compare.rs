//! What a branch adds to a revision, and how files stood where they parted.

use super::{Repository, VcsError, fields, git, line, succeeded};
use std::collections::BTreeMap;

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

impl Repository {
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

    fn merge_base(&self, revision: &str, tip: &str) -> Result<String, VcsError> {
        let output = git(&self.root, &["merge-base", "HEAD", tip])?;
        if output.status.success() {
            return Ok(line(&output.stdout));
        }
        let shallow = self.is_shallow()?;
        Err(VcsError::NoMergeBase { name: revision.to_owned(), shallow })
    }

    fn diff(&self, commits: &[&str]) -> Result<BTreeMap<String, Fate>, VcsError> {
        let run = |renames: &str| {
            let mut arguments = vec!["diff", "--name-status", "-z", renames, "--no-ext-diff"];
            arguments.extend(["--no-relative", "--ignore-submodules=all"]);
            arguments.extend(commits);
            arguments.push("--");
            git(&self.root, &arguments)
        };
        // To find renames git reads files of all kinds; a clone may lack some that matter to nobody.
        let found = run("-M")?;
        let output = if found.status.success() { found } else { run("--no-renames")? };
        let output = succeeded("diff", output)?;
        Ok(read_statuses(&output.stdout))
    }

    fn untracked(&self) -> Result<Vec<String>, VcsError> {
        let arguments = ["ls-files", "--others", "--exclude-standard", "-z"];
        let output = succeeded("ls-files", git(&self.root, &arguments)?)?;
        Ok(fields(&output.stdout))
    }
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
