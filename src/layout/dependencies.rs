//! Orders drafts that name what they depend on: by version, but never before a dependency.

use super::name::without_sql;
use super::problem::Problem;
use super::project::Draft;
use super::tools::sections::Header;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// Resolves the parents that drafts name to ids and puts the drafts, sorted by version, into an
/// order that respects them. Those on a circle keep their versions' order at the end.
pub(super) fn arrange(drafts: &mut Vec<Draft>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let parents = resolve(drafts, &mut problems);
    let order = topological(&parents);
    problems.extend(cycle(drafts, &parents, &order));
    for (draft, parents) in ids(drafts, &parents) {
        if let Some(draft) = drafts.get_mut(draft) {
            draft.parents = parents;
        }
    }
    let mut place = vec![usize::MAX; drafts.len()];
    for (at, &draft) in order.iter().enumerate() {
        if let Some(place) = place.get_mut(draft) {
            *place = at;
        }
    }
    let mut placed: Vec<(usize, Draft)> = place.into_iter().zip(drafts.drain(..)).collect();
    placed.sort_by_key(|(place, _)| *place);
    drafts.extend(placed.into_iter().map(|(_, draft)| draft));
    problems
}

/// For each draft the places of its parents.
fn resolve(drafts: &[Draft], problems: &mut Vec<Problem>) -> Vec<Vec<usize>> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        known.entry(&draft.id).or_insert(at);
        for file in &draft.files {
            let name = file.rsplit('/').next().unwrap_or(file);
            known.entry(without_sql(name)).or_insert(at);
        }
    }
    drafts
        .iter()
        .map(|draft| {
            let mut found = Vec::new();
            for parent in &draft.parents {
                match known.get(parent.as_str()) {
                    Some(&at) => found.push(at),
                    None => problems.push(unknown(draft, parent)),
                }
            }
            found
        })
        .collect()
}

fn unknown(draft: &Draft, parent: &str) -> Problem {
    let (path, line) = place(draft, Some(parent));
    Problem::UnknownParent { path, line, parent: parent.to_owned() }
}

/// File and line of a draft's dependencies.
fn place(draft: &Draft, parent: Option<&str>) -> (String, usize) {
    let Some(up) = &draft.up else { return (draft.files.join(", "), 1) };
    let header = Header::of(&up.file);
    let mut lines = header.dependencies.iter();
    let line = lines.find(|(name, _)| parent.is_none_or(|parent| parent == name));
    (up.file.path().to_owned(), line.map_or(1, |(_, line)| *line))
}

/// Kahn's algorithm; of those that may run, the lowest version runs first.
fn topological(parents: &[Vec<usize>]) -> Vec<usize> {
    let mut waiting: Vec<usize> = parents.iter().map(Vec::len).collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); parents.len()];
    for (child, parents) in parents.iter().enumerate() {
        for &parent in parents {
            if let Some(children) = children.get_mut(parent) {
                children.push(child);
            }
        }
    }
    let free = waiting.iter().enumerate().filter(|(_, count)| **count == 0);
    let mut ready: BinaryHeap<Reverse<usize>> = free.map(|(at, _)| Reverse(at)).collect();
    let mut order = Vec::with_capacity(parents.len());
    while let Some(Reverse(next)) = ready.pop() {
        order.push(next);
        for &child in children.get(next).into_iter().flatten() {
            let Some(count) = waiting.get_mut(child) else { continue };
            *count -= 1;
            if *count == 0 {
                ready.push(Reverse(child));
            }
        }
    }
    order
}

/// One circle among the drafts that no order has a place for.
fn cycle(drafts: &[Draft], parents: &[Vec<usize>], order: &[usize]) -> Option<Problem> {
    let mut placed = vec![false; drafts.len()];
    for &at in order {
        *placed.get_mut(at)? = true;
    }
    let start = placed.iter().position(|placed| !placed)?;
    let mut step = vec![None; drafts.len()];
    let mut path = Vec::new();
    let mut at = start;
    while step.get(at)?.is_none() {
        *step.get_mut(at)? = Some(path.len());
        path.push(at);
        at = *parents.get(at)?.iter().find(|parent| placed.get(**parent) == Some(&false))?;
    }
    let from = (*step.get(at)?)?;
    let mut around: Vec<usize> = path.get(from..)?.to_vec();
    let lowest = around.iter().enumerate().min_by_key(|(_, at)| **at).map(|(index, _)| index)?;
    around.rotate_left(lowest);
    around.push(*around.first()?);
    let ids = around.iter().filter_map(|at| drafts.get(*at)).map(|draft| draft.id.clone());
    let (path, line) = place(drafts.get(*around.first()?)?, None);
    Some(Problem::Cycle { ids: ids.collect(), path, line })
}

fn ids(drafts: &[Draft], parents: &[Vec<usize>]) -> Vec<(usize, Vec<String>)> {
    let id = |at: &usize| drafts.get(*at).map(|draft| draft.id.clone());
    parents.iter().enumerate().map(|(at, of)| (at, of.iter().filter_map(id).collect())).collect()
}
