//! What the scripts of a folder begin with: what a layout or a dialect is told by, without reading
//! them all.

use super::walk::Folder;
use std::io::Read;

const HEAD_BYTES: u64 = 4096;
const HEAD_FILES: usize = 5;
/// How many files are looked into where a few tell nothing.
const MANY_FILES: usize = 60;

/// The beginning of a file.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// Path below the folder.
    pub name: String,
    /// At most four kilobytes; what is not UTF-8 is replaced.
    pub text: String,
}

impl Folder {
    /// The beginnings of up to five `.sql` files of the folder itself, spread over it.
    pub fn heads(&self) -> &[Head] {
        self.heads.get_or_init(|| {
            let names: Vec<String> = self.sql_files().map(str::to_owned).collect();
            spread(&names, HEAD_FILES).filter_map(|name| self.head(name)).collect()
        })
    }

    /// The same; where the folder has no scripts itself, of its sub-folders.
    pub fn nearest_heads(&self) -> Vec<Head> {
        if self.sql_files().next().is_some() {
            return self.heads().to_vec();
        }
        let with_scripts: Vec<&Self> =
            self.folders.iter().filter(|child| child.sql_files().next().is_some()).collect();
        let last = |child: &Self| {
            let name = format!("{}/{}", child.name(), child.sql_files().last()?);
            self.head(&name)
        };
        spread(&with_scripts, HEAD_FILES).filter_map(|child| last(child)).collect()
    }

    /// The beginnings of many scripts of the folder and its sub-folders.
    pub fn many_heads(&self) -> Vec<Head> {
        let mut names = Vec::new();
        self.scripts("", &mut names);
        spread(&names, MANY_FILES).filter_map(|name| self.head(name)).collect()
    }

    /// Paths of all scripts below the folder.
    fn scripts(&self, prefix: &str, names: &mut Vec<String>) {
        names.extend(self.sql_files().map(|name| format!("{prefix}{name}")));
        for child in &self.folders {
            child.scripts(&format!("{prefix}{}/", child.name()), names);
        }
    }

    /// The beginning of a file of the folder.
    pub fn peek(&self, name: &str) -> Option<String> {
        self.head(name).map(|head| head.text)
    }

    fn head(&self, name: &str) -> Option<Head> {
        let path = self.path.join(name);
        if let Some(text) = self.overlay.text(&path) {
            return Some(Head { name: name.to_owned(), text: text.to_owned() });
        }
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).ok()?;
        file.take(HEAD_BYTES).read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Some(Head { name: name.to_owned(), text })
    }
}

/// Some of them, the first and the last among them.
fn spread<T>(all: &[T], most: usize) -> impl Iterator<Item = &T> {
    let last = all.len().saturating_sub(1);
    let wanted = all.len().min(most);
    let at = move |index: usize| if wanted < 2 { 0 } else { index * last / (wanted - 1) };
    (0..wanted).filter_map(move |index| all.get(at(index)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_holds_first_and_last() {
        let names: Vec<String> = (0..1000).map(|at| at.to_string()).collect();
        let sample: Vec<&String> = spread(&names, 5).collect();
        assert_eq!(sample, ["0", "249", "499", "749", "999"]);
        assert_eq!(spread(&names[..1], 5).count(), 1);
        assert_eq!(spread::<String>(&[], 5).count(), 0);
    }
}
