//! Looks at one folder: which layout, whose SQL, or why it cannot be read.

use super::dialect::{self, DialectEvidence, Verdict};
use super::discover::{DiscoverOptions, Skipped};
use super::layout_trait::{Candidate, Layout};
use super::project::{Chosen, Found};
use super::walk::Folder;
use super::{CANDIDATES, readers};

/// What a folder turned out to be.
pub(super) enum Seen<'a> {
    /// Projects, not read yet: one for each dialect.
    Projects(Vec<Found<'a>>),
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
    let dialects = match judge(folder, layout, options) {
        Ok(dialects) => dialects,
        Err(skipped) => return Seen::Skipped(skipped),
    };
    let chosen = Chosen::of(layout, folder);
    let found = dialects.into_iter().map(|dialect| Found {
        folder,
        layout: chosen.clone(),
        evidence: evidence.clone(),
        listing: chosen.get().list(folder, dialect.dialect),
        dialect,
    });
    let found: Vec<Found> = found.collect();
    if options.layout.is_some() && found.iter().all(|found| found.listing.entries.is_empty()) {
        return Seen::Nothing;
    }
    Seen::Projects(found)
}

fn judge(
    folder: &Folder,
    layout: &dyn Layout,
    options: &DiscoverOptions,
) -> Result<Vec<DialectEvidence>, Skipped> {
    if options.dialect.is_none() {
        let dialects = layout.dialects(folder);
        if !dialects.is_empty() {
            return Ok(dialects);
        }
    }
    let own = options.dialect.is_none().then(|| layout.database(folder)).flatten();
    match own.unwrap_or_else(|| dialect::judge(folder, layout, options.dialect)) {
        Verdict::Ours(dialect) => Ok(vec![dialect]),
        Verdict::Foreign { title, evidence } => {
            Err(Skipped { path: folder.shown.clone(), what: title, evidence })
        }
    }
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
