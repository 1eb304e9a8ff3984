//! Edited migrations: a change answers for what it adds, not for what the file was told of before.

use super::{Request, Silent, deployed, load::load_with};
use crate::engine::judge_all;
use crate::finding::{Finding, LintReport};
use crate::layout::{FileChange, Overlay};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

/// Takes out, and counts, what was found in edited files as they were before the change.
pub(super) fn leave_out_known(request: &Request, report: &mut LintReport) {
    let texts = texts_before(request, &report.findings);
    if texts.is_empty() {
        return;
    }
    let earlier = as_new(request);
    let mut loaded = load_with(&earlier, &Overlay::new(texts), &Silent);
    deployed::add(&earlier, &mut loaded);
    let mut known: HashMap<String, usize> = HashMap::new();
    for finding in judge_all(&loaded.projects, None).findings {
        *known.entry(finding.fingerprint).or_default() += 1;
    }
    report.findings.retain(|finding| {
        let left = known.get_mut(&finding.fingerprint).filter(|left| **left > 0);
        let is_known = was_edited(request, finding) && left.is_some();
        left.into_iter().for_each(|left| *left -= usize::from(is_known));
        report.summary.unchanged += usize::from(is_known);
        !is_known
    });
}

/// Edited files are judged in full, as new ones are.
fn as_new(request: &Request) -> Request {
    let mut request = request.clone();
    let Some(versioned) = &mut request.scope.versioned else { return request };
    for change in Arc::make_mut(versioned).changes.values_mut() {
        if matches!(change, FileChange::Modified { .. }) {
            *change = FileChange::Added;
        }
    }
    request
}

/// The files that findings stand in and that were edited, by their location.
fn texts_before(request: &Request, findings: &[Finding]) -> BTreeMap<PathBuf, String> {
    let edited = findings.iter().filter_map(|finding| {
        let file = &finding.place.file;
        let before = before(request, finding)?;
        Some((file.location()?.to_owned(), String::from_utf8_lossy(before).into_owned()))
    });
    edited.collect()
}

fn was_edited(request: &Request, finding: &Finding) -> bool {
    before(request, finding).is_some()
}

fn before<'r>(request: &'r Request, finding: &Finding) -> Option<&'r [u8]> {
    match request.scope.versioned.as_ref()?.changes.get(finding.place.file.path())? {
        FileChange::Modified { before } => Some(before),
        _ => None,
    }
}
