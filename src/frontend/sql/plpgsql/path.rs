//! Paths: the conditions around a statement, from the outermost inwards, each in the order in which
//! the block asks it. Replay relies on that order to ask once for all statements of a branch.

use super::Piece;
use crate::migration::{Guard, Ident};

/// The conditions of a guard.
pub fn parts(guard: &Guard) -> &[Guard] {
    match guard {
        Guard::Always => &[],
        Guard::All(parts) => parts,
        one => std::slice::from_ref(one),
    }
}

/// The guard of several conditions.
pub fn guard(parts: impl IntoIterator<Item = Guard>) -> Guard {
    parts.into_iter().fold(Guard::Always, Guard::and)
}

/// The guard of a path after the block was left on others: that it was not stands where those
/// paths part from this one.
pub fn with_exits(path: &[Guard], exits: &[Vec<Guard>]) -> Guard {
    let mut conditions: Vec<Vec<Guard>> = vec![Vec::new(); path.len() + 1];
    for exit in exits {
        let shared = path.iter().zip(exit).take_while(|(a, b)| a == b).count();
        // What follows an exit in its own branch: the branch's condition speaks against it.
        let at = if shared == exit.len() { shared.saturating_sub(1) } else { shared };
        let rest = exit.get(at..).unwrap_or(&[]);
        let rest = rest.iter().filter(|part| !matches!(part, Guard::Caught(_))).cloned();
        if let Some(slot) = conditions.get_mut(at) {
            slot.push(guard(rest).negate());
        }
    }
    let mut path = path.iter().cloned();
    guard(conditions.into_iter().flat_map(|exits| exits.into_iter().chain(path.next())))
}

/// The part that stands for "errors are caught" until it is known whether they are.
pub fn perhaps_caught() -> Guard {
    Guard::Caught(Vec::new())
}

/// Settles the innermost open [`perhaps_caught`] of each piece: what is caught, or nothing.
pub fn settle(pieces: &mut [Piece], exits: &mut [Vec<Guard>], caught: &[Ident]) {
    for piece in pieces {
        let mut path = parts(&piece.guard).to_vec();
        settle_one(&mut path, caught);
        piece.guard = guard(path);
    }
    exits.iter_mut().for_each(|exit| settle_one(exit, caught));
}

fn settle_one(path: &mut Vec<Guard>, caught: &[Ident]) {
    let Some(at) = path.iter().rposition(|part| *part == perhaps_caught()) else { return };
    let mut tail = path.split_off(at);
    if !caught.is_empty() {
        path.push(Guard::Caught(caught.to_vec()));
    }
    path.extend(tail.drain(1..));
}
