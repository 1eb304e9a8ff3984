//! What is wrong with a graph of revisions, seen from the files alone.

use crate::layout::project::Draft;
use crate::migration::python::Revision;
use crate::migration::{Remark, RemarkKind, ScriptSource};
use crate::source::{Place, Span};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// `alembic_version.version_num` is `VARCHAR(32)`.
const LONGEST_ID: usize = 32;

/// Remarks about the revisions, which are in the order of their graph.
pub(super) fn remarks(drafts: &[Draft]) -> Vec<Remark> {
    let nodes: Vec<Node<'_>> = drafts.iter().filter_map(Node::of).collect();
    let mut found: Vec<Remark> = nodes.iter().flat_map(unknown_parents).collect();
    found.extend(circles(&nodes));
    found.extend(heads(&nodes));
    found.extend(nodes.iter().filter_map(long_id));
    found
}

/// A revision in its file.
struct Node<'d> {
    draft: &'d Draft,
    revision: &'d Revision,
    script: &'d ScriptSource,
}

impl<'d> Node<'d> {
    fn of(draft: &'d Draft) -> Option<Self> {
        let script = draft.up.as_ref().or(draft.down.as_ref())?;
        Some(Self { draft, revision: draft.revision.as_ref()?, script })
    }

    fn id(&self) -> &'d str {
        &self.draft.id
    }

    fn parents(&self) -> impl Iterator<Item = &'d str> + use<'d> {
        self.revision.parents.iter().filter_map(|parent| parent.id.as_deref())
    }

    fn remark(&self, kind: RemarkKind, span: Span, said: Said) -> Remark {
        Remark {
            kind,
            place: Place { file: Arc::clone(&self.script.file), span },
            migration: Some(self.draft.id.clone()),
            message: said.message,
            label: said.label.to_owned(),
            help: said.help,
        }
    }
}

/// The words of a remark.
struct Said {
    message: String,
    label: &'static str,
    help: String,
}

fn unknown_parents<'n>(node: &'n Node<'_>) -> impl Iterator<Item = Remark> + 'n {
    let all = node.revision.parents.iter().chain(&node.revision.depends_on);
    all.filter(|reference| reference.id.is_none()).map(|reference| {
        let said = Said {
            message: format!(
                "`{}` follows `{}`, which no revision is: Alembic stops before it runs anything",
                node.id(),
                reference.written
            ),
            label: "no revision has this id",
            help: "correct the id, or bring the revision back".to_owned(),
        };
        node.remark(RemarkKind::BrokenGraph, reference.span, said)
    })
}

/// Each circle once, at the first of its revisions.
fn circles(nodes: &[Node<'_>]) -> Vec<Remark> {
    let by_id: HashMap<&str, &Node<'_>> = nodes.iter().map(|node| (node.id(), node)).collect();
    let mut seen: HashSet<&str> = HashSet::new();
    let mut found = Vec::new();
    for node in nodes {
        let mut trail: Vec<&str> = Vec::new();
        let mut at = Some(node.id());
        while let Some(id) = at {
            if let Some(start) = trail.iter().position(|known| *known == id) {
                let circle = trail.get(start..).unwrap_or_default();
                found.extend(circle_remark(&by_id, circle));
                break;
            }
            if seen.contains(id) {
                break;
            }
            trail.push(id);
            // Of a merge the parent that was not looked at yet is followed.
            let parents = by_id.get(id).map(|node| node.parents().collect::<Vec<_>>());
            let parents = parents.unwrap_or_default();
            let next = parents.iter().find(|parent| !seen.contains(*parent));
            at = next.copied();
        }
        seen.extend(trail);
    }
    found
}

fn circle_remark(by_id: &HashMap<&str, &Node<'_>>, circle: &[&str]) -> Option<Remark> {
    let first = circle.iter().min()?;
    let node = by_id.get(first)?;
    let at = node.revision.parents.first()?.span;
    let start = circle.iter().position(|id| id == first).unwrap_or(0);
    let turned = circle.iter().cycle().skip(start).take(circle.len()).chain([first]);
    let words: Vec<String> = turned.map(|id| format!("`{id}`")).collect();
    let said = Said {
        message: format!("revisions go in a circle: {}", words.join(" follows ")),
        label: "this closes the circle",
        help: "let one of them follow the revision that was the last before".to_owned(),
    };
    Some(node.remark(RemarkKind::BrokenGraph, at, said))
}

/// More than one head that no label tells apart.
fn heads(nodes: &[Node<'_>]) -> Vec<Remark> {
    let followed: HashSet<&str> = nodes.iter().flat_map(Node::parents).collect();
    let by_id: HashMap<&str, &Node<'_>> = nodes.iter().map(|node| (node.id(), node)).collect();
    // What follows a revision that is not there is told of there.
    let is_whole = |node: &&Node<'_>| {
        let mut all = ancestors(node, &by_id).into_iter().filter_map(|id| by_id.get(id));
        all.all(|node| node.revision.parents.iter().all(|parent| parent.id.is_some()))
    };
    let open = nodes.iter().filter(|node| !followed.contains(node.id()));
    let heads: Vec<&Node<'_>> = open.filter(is_whole).collect();
    if heads.len() < 2 {
        return Vec::new();
    }
    let own: Vec<BTreeSet<&str>> = heads.iter().map(|head| ancestors(head, &by_id)).collect();
    let is_labelled = |at: usize| {
        let mine = own.get(at).into_iter().flatten();
        let mut alone = mine.filter(|id| {
            own.iter().enumerate().all(|(other, theirs)| other == at || !theirs.contains(**id))
        });
        alone.any(|id| by_id.get(id).is_some_and(|node| !node.revision.labels.is_empty()))
    };
    let nameless: Vec<&Node<'_>> = heads
        .iter()
        .enumerate()
        .filter(|(at, _)| !is_labelled(*at))
        .map(|(_, head)| *head)
        .collect();
    let Some((first, others)) = nameless.split_first() else { return Vec::new() };
    let names: Vec<&str> = nameless.iter().map(|head| head.id()).collect();
    let others = others.iter().map(|head| {
        let said = Said {
            message: format!(
                "`{}` and `{}` are both heads: `alembic upgrade head` fails",
                first.id(),
                head.id()
            ),
            label: "nothing follows this revision, nor the other head",
            help: format!("alembic merge -m \"merge heads\" {}", names.join(" ")),
        };
        head.remark(RemarkKind::MultipleHeads, head.revision.id_span, said)
    });
    others.collect()
}

fn ancestors<'d>(head: &Node<'d>, by_id: &HashMap<&'d str, &Node<'d>>) -> BTreeSet<&'d str> {
    let mut found = BTreeSet::from([head.id()]);
    let mut open = vec![head.id()];
    while let Some(id) = open.pop() {
        let Some(node) = by_id.get(id) else { continue };
        open.extend(node.parents().filter(|parent| found.insert(parent)));
    }
    found
}

fn long_id(node: &Node<'_>) -> Option<Remark> {
    let length = node.id().chars().count();
    (length > LONGEST_ID).then(|| {
        let said = Said {
            message: format!(
                "the id `{}` has {length} characters; `alembic_version.version_num` takes {LONGEST_ID}",
                node.id()
            ),
            label: "the upgrade fails when it notes this id",
            help: "shorten the id, here and where later revisions name it".to_owned(),
        };
        node.remark(RemarkKind::LongRevisionId, node.revision.id_span, said)
    })
}
