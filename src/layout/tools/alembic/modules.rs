//! Hands out the project's own Python modules to the evaluation.

use crate::frontend::alembic::Sources;
use crate::source::SourceFile;
use smol_str::SmolStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Larger modules are not read: nobody writes helpers of migrations there.
const LARGEST: u64 = 1024 * 1024;

/// Folders that the project's modules are imported from.
#[derive(Debug, Clone, Default)]
pub struct ProjectModules {
    /// Nearest first.
    roots: Vec<PathBuf>,
    /// What printed paths are relative to.
    base: PathBuf,
}

impl ProjectModules {
    /// The roots of an environment: what its settings say, its folder and those above it, up to
    /// the repository's.
    pub(super) fn new(folder: &Path, horizon: &Path, settings: &[PathBuf]) -> Self {
        let mut roots: Vec<PathBuf> = settings.to_vec();
        roots.push(folder.join("versions"));
        for base in folder.ancestors().take_while(|base| base.starts_with(horizon)) {
            roots.push(base.to_owned());
            roots.push(base.join("src"));
            roots.push(base.join("lib"));
        }
        roots.extend(package_root(folder));
        roots.retain(|root| root.is_dir());
        roots.dedup();
        Self { roots, base: horizon.to_owned() }
    }
}

/// The folder that the package is imported from in which a folder lies, however far up; a folder
/// of revisions need not be a package itself.
fn package_root(folder: &Path) -> Option<PathBuf> {
    let is_package = |folder: &&Path| folder.join("__init__.py").is_file();
    let inner = folder.ancestors().take(3).find(is_package)?;
    let top = inner.ancestors().take_while(is_package).last()?;
    top.parent().map(Path::to_owned)
}

impl Sources for ProjectModules {
    fn module(&self, dotted: &str) -> Option<Arc<SourceFile>> {
        let is_name =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !dotted.split('.').all(is_name) {
            return None;
        }
        let inside = dotted.replace('.', "/");
        let found = self.roots.iter().find_map(|root| {
            let file = root.join(format!("{inside}.py"));
            let package = root.join(&inside).join("__init__.py");
            [file, package].into_iter().find(|path| path.is_file())
        })?;
        if found.metadata().ok()?.len() > LARGEST {
            return None;
        }
        let shown = found.strip_prefix(&self.base).unwrap_or(&found);
        let shown = shown.to_string_lossy().replace('\\', "/");
        SourceFile::from_bytes(shown, std::fs::read(&found).ok()?).ok().map(Arc::new)
    }
}

/// A file's dotted name by its printed path.
pub(super) fn dotted(path: &str) -> SmolStr {
    let bare = path.strip_suffix(".py").unwrap_or(path);
    SmolStr::new(bare.trim_start_matches("../").replace('/', "."))
}
