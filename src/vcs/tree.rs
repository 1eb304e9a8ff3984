//! What a revision holds: its files, their contents out of the object store, and the tags.

use super::{Repository, VcsError, fields, git, succeeded};
use globset::{Glob, GlobMatcher};
use std::collections::HashMap;
use std::io::BufRead;

/// A file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFile {
    /// Path in the repository.
    pub path: String,
    /// The blob's id.
    pub blob: String,
}

/// What a commit holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TreeListing {
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

impl Repository {
    /// The files of a commit.
    ///
    /// # Errors
    /// [`VcsError::Failed`].
    pub fn files(&self, commit: &str) -> Result<TreeListing, VcsError> {
        let arguments = ["ls-tree", "-r", "-z", "--full-tree", commit];
        let output = succeeded("ls-tree", git(self.root(), &arguments)?)?;
        let mut listing = TreeListing::default();
        for entry in fields(&output.stdout) {
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
    ///
    /// # Errors
    /// [`VcsError::Failed`].
    pub fn blobs(&self, ids: &[String]) -> Result<HashMap<String, Vec<u8>>, VcsError> {
        let answer = self.batch((ids.join("\n") + "\n").into_bytes())?;
        by_id(&answer[..], ids.len()).map_err(|error| VcsError::Failed {
            command: "cat-file".to_owned(),
            words: error.to_string(),
        })
    }

    /// Tags that match, oldest version first: by the numbers in their names, then by name.
    ///
    /// # Errors
    /// [`VcsError::Failed`].
    pub fn tags(&self, pattern: &TagPattern) -> Result<Vec<String>, VcsError> {
        let output = succeeded("tag", git(self.root(), &["tag", "--list"])?)?;
        let mut tags: Vec<String> = String::from_utf8_lossy(&output.stdout)
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

/// Reads `<id> blob <size>\n<bytes>\n` or `<id> missing\n` for each id.
fn by_id(mut from: impl BufRead, count: usize) -> std::io::Result<HashMap<String, Vec<u8>>> {
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
        let blobs = by_id(&answer[..], 3).expect("whole answers");
        assert_eq!(blobs.get("aa").map(Vec::as_slice), Some(&b"a\nb"[..]));
        assert_eq!(blobs.get("cc").map(Vec::as_slice), Some(&b""[..]));
        assert!(!blobs.contains_key("bb"));
    }
}
