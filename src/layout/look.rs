//! Looks at one folder: which layout, whose SQL, or why it cannot be read.

use super::dialect::{self, Verdict};
use super::discover::{DiscoverOptions, Skipped};
use super::layout_trait::{Candidate, Layout};
use super::project::Found;
use super::walk::Folder;
use super::{CANDIDATES, readers};

/// What a folder turned out to be.
pub(super) enum Seen<'a> {
    /// A project, not read yet.
    Project(Box<Found<'a>>),
    /// Migrations that cannot be read.
    Skipped(Skipped),
    /// Nothing that is known.
    Nothing,
}

/// Asks the layouts in their order, unless the caller named one, then whose SQL it is.
pub(super) fn look<'f>(folder: &'f Folder, options: &DiscoverOptions) -> Seen<'f> {
    let found = match options.layout {
        Some(wanted) => readers()
            .find(|layout| layout.meta() == wanted)
            .map(|layout| (layout, "as asked for".to_owned())),
        None => match detect(folder) {
            Ok(found) => found,
            Err(skipped) => return Seen::Skipped(skipped),
        },
    };
    let Some((layout, evidence)) = found else { return Seen::Nothing };
    let dialect = match dialect::judge(folder, options.dialect) {
        Verdict::Ours(dialect) => dialect,
        Verdict::Foreign { title, evidence } => {
            let path = folder.shown.clone();
            return Seen::Skipped(Skipped { path, what: title, evidence });
        }
    };
    let listing = layout.list(folder, dialect.dialect);
    if options.layout.is_some() && listing.entries.is_empty() {
        return Seen::Nothing;
    }
    Seen::Project(Box::new(Found { folder, layout, evidence, dialect, listing }))
}

fn detect(folder: &Folder) -> Result<Option<(&'static dyn Layout, String)>, Skipped> {
    for candidate in CANDIDATES {
        match candidate {
            Candidate::Read(layout) => {
                if let Some(evidence) = layout.detect(folder) {
                    return Ok(Some((*layout, evidence)));
                }
            }
            Candidate::NotYet(layouts) => {
                if let Some((what, evidence)) = layouts.detect(folder) {
                    return Err(Skipped { path: folder.shown.clone(), what, evidence });
                }
            }
        }
    }
    Ok(None)
}
