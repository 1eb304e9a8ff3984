//! Puts revisions into the order of their graph: each behind all that it needs.

use crate::layout::project::Draft;
use crate::migration::python::Reference;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

/// Resolves what revisions name, and sorts them. Those in a circle come last, by their files.
pub(super) fn arrange(drafts: &mut Vec<Draft>) {
    let ids: BTreeSet<String> = drafts.iter().map(|draft| draft.id.clone()).collect();
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    for draft in drafts.iter() {
        for label in draft.revision.iter().flat_map(|revision| &revision.labels) {
            labels.insert(label.clone(), draft.id.clone());
        }
    }
    for draft in drafts.iter_mut() {
        let Some(revision) = &mut draft.revision else { continue };
        for reference in revision.parents.iter_mut().chain(&mut revision.depends_on) {
            reference.id = resolve(reference, &ids, &labels);
        }
        let parents = revision.parents.iter();
        draft.parents =
            parents.map(|one| one.id.clone().unwrap_or_else(|| one.written.clone())).collect();
    }
    sort(drafts);
}

/// The id that a reference stands for: itself, the only one that begins so, or a label's.
fn resolve(
    reference: &Reference,
    ids: &BTreeSet<String>,
    labels: &BTreeMap<String, String>,
) -> Option<String> {
    let written = reference.written.as_str();
    if ids.contains(written) {
        return Some(written.to_owned());
    }
    let bare = written.split('@').next().unwrap_or(written);
    if let Some(id) = labels.get(bare) {
        return Some(id.clone());
    }
    let mut beginning = ids.range(written.to_owned()..).take_while(|id| id.starts_with(written));
    match (beginning.next(), beginning.next()) {
        (Some(only), None) if !written.is_empty() => Some(only.clone()),
        _ => None,
    }
}

/// Ready revisions are taken in the order of their files, so that the order is the same on every
/// machine.
fn sort(drafts: &mut Vec<Draft>) {
    let place: HashMap<&str, usize> =
        drafts.iter().enumerate().rev().map(|(at, draft)| (draft.id.as_str(), at)).collect();
    let mut missing = vec![0_usize; drafts.len()];
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); drafts.len()];
    for (at, draft) in drafts.iter().enumerate() {
        let needs: BTreeSet<usize> = draft
            .revision
            .iter()
            .flat_map(|revision| revision.needs())
            .filter_map(|id| place.get(id).copied())
            .collect();
        for parent in needs {
            if let Some(list) = children.get_mut(parent) {
                list.push(at);
            }
            if let Some(count) = missing.get_mut(at) {
                *count += 1;
            }
        }
    }
    let ready = missing.iter().enumerate().filter(|(_, count)| **count == 0);
    let mut ready: BinaryHeap<Reverse<usize>> = ready.map(|(at, _)| Reverse(at)).collect();
    let mut rank = vec![usize::MAX; drafts.len()];
    let mut next = 0;
    while let Some(Reverse(at)) = ready.pop() {
        if let Some(rank) = rank.get_mut(at) {
            *rank = next;
        }
        next += 1;
        for &child in children.get(at).into_iter().flatten() {
            let Some(count) = missing.get_mut(child) else { continue };
            *count -= 1;
            if *count == 0 {
                ready.push(Reverse(child));
            }
        }
    }
    let mut ranked: Vec<(usize, Draft)> = rank.into_iter().zip(std::mem::take(drafts)).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    *drafts = ranked.into_iter().map(|(_, draft)| draft).collect();
}
