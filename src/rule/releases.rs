//! What running releases of the application say about a change.

use super::{Draft, StatementContext};
use crate::deployed::{Break, BreakKind, Release, Site, Usage, breaks};
use crate::finding::Severity;
use crate::schema::RelationName;

/// Whether running releases use what a change takes away.
#[derive(Debug, Clone)]
pub enum Proof<'a> {
    /// No release was named.
    NotAsked,
    /// These use it, at these places.
    Used(Vec<(&'a Release, Vec<Site>)>),
    /// None is known to use it, but something in these may mean it.
    Possible(Vec<(&'a Release, Vec<Site>)>),
    /// None of them names it.
    Unused(Vec<&'a str>),
}

impl<'a> StatementContext<'a> {
    /// What the statement takes away from releases that know the schema before it.
    pub fn breaks(&self) -> Vec<Break> {
        breaks(self.transaction, self.entry)
    }

    /// What the running releases say of a change.
    pub fn proof(&self, broken: &Break) -> Proof<'a> {
        let Some(deployed) = self.project.deployed else { return Proof::NotAsked };
        let (mut used, mut possible) = (Vec::new(), Vec::new());
        for release in &deployed.releases {
            match release.needs(self.before(), broken) {
                Usage::Used(sites) => used.push((release, sites)),
                Usage::Possible(sites) => possible.push((release, sites)),
                Usage::Unused => {}
            }
        }
        match (used.is_empty(), possible.is_empty()) {
            (false, _) => Proof::Used(used),
            (true, false) => Proof::Possible(possible),
            (true, true) => {
                Proof::Unused(deployed.releases.iter().map(|one| one.name.as_str()).collect())
            }
        }
    }

    /// What the running releases say of losing or renaming a table or column; `kind` says what.
    pub fn proof_of(&self, table: &RelationName, kind: BreakKind) -> Proof<'a> {
        let span = self.statement().span;
        self.proof(&Break { kind, table: table.clone(), span })
    }
}

impl Draft {
    /// Adds what the running releases say: proven unused makes it a note with another headline, and
    /// what only may be a use is shown. `None` where a release is proven to use it: `column-still-in-code` says so.
    pub fn proven(self, proof: &Proof<'_>, unused: String) -> Option<Self> {
        match proof {
            Proof::NotAsked => Some(self.also_help(
                "lockgate lint --deployed RELEASE proves whether a running release still uses it",
            )),
            Proof::Used(_) => None,
            Proof::Possible(found) => {
                let names: Vec<&str> = found.iter().map(|(one, _)| one.name.as_str()).collect();
                let why = format!("{} may still use it; read the places shown", releases(&names));
                let places =
                    found.iter().flat_map(|(one, sites)| sites.iter().map(move |site| (one, site)));
                Some(places.fold(self.also_why(why), |draft, (one, site)| {
                    draft.related(Some(site.place.clone()), saying(one, site))
                }))
            }
            Proof::Unused(names) => {
                let why = format!("nothing in {} names it", releases(names));
                Some(self.headline(unused).severity(Severity::Note).also_why(why))
            }
        }
    }
}

/// What a release does at a place.
pub fn saying(release: &Release, site: &Site) -> String {
    format!("{} {} here", release.name, site.how.phrase())
}

/// `release v1`, `releases v1 and v2`, `releases v1, v2 and v3`.
pub fn releases(names: &[&str]) -> String {
    match names {
        [] => "no release".to_owned(),
        [one] => format!("release {one}"),
        [first @ .., last] => format!("releases {} and {last}", first.join(", ")),
    }
}
