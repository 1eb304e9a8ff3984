//! How rules make findings: a [`Draft`] says what the rule knows, the [`Sink`] adds the rest.

use super::{Remedy, RuleMeta, StatementContext};
use crate::finding::{Applicability, Finding, Fix, Hazard, Related, Severity};
use crate::migration::{Dialect, Direction};
use crate::schema::RelationName;
use crate::source::Place;

/// A finding as a rule states it. The place, the hazard and the headline are demanded by the
/// constructor.
#[derive(Debug, Clone)]
pub struct Draft {
    place: Place,
    hazard: Hazard,
    message: String,
    label: String,
    why: Option<String>,
    help: Option<String>,
    severity: Option<Severity>,
    relations: Vec<String>,
    related: Vec<Related>,
    fix: Option<Fix>,
    once: Once,
    direction: Option<Direction>,
}

/// How often a rule says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Once {
    /// Wherever it is so.
    #[default]
    Everywhere,
    /// Once for each direction of a migration.
    PerScript,
    /// Once for the project, whatever the headline says of the place.
    PerProject,
}

impl Draft {
    /// A finding at a place: the headline says what happens to whom.
    pub fn at(place: Place, hazard: Hazard, message: impl Into<String>) -> Self {
        Self {
            place,
            hazard,
            message: message.into(),
            label: String::new(),
            why: None,
            help: None,
            severity: None,
            relations: Vec::new(),
            related: Vec::new(),
            fix: None,
            once: Once::Everywhere,
            direction: None,
        }
    }

    /// Another headline.
    pub fn headline(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// What stands under the place.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Why here.
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// What to do, ready to paste.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// A further reason, after those that are there.
    pub fn also_why(mut self, why: impl AsRef<str>) -> Self {
        self.why = Some(joined(self.why.take(), why.as_ref()));
        self
    }

    /// A further thing to do, after those that are there.
    pub fn also_help(mut self, help: impl AsRef<str>) -> Self {
        self.help = Some(joined(self.help.take(), help.as_ref()));
        self
    }

    /// Another severity than the rule's default; configuration overrides both.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// A relation that it is about.
    pub fn relation(mut self, name: &RelationName) -> Self {
        let printed = name.to_string();
        if !self.relations.contains(&printed) {
            self.relations.push(printed);
        }
        self
    }

    /// Another place that belongs to it.
    pub fn related(mut self, place: Option<Place>, message: impl Into<String>) -> Self {
        if let Some(place) = place {
            self.related.push(Related { place, message: message.into() });
        }
        self
    }

    /// The direction that it is about, where that is not the one of its place.
    pub fn about(mut self, direction: Direction) -> Self {
        self.direction = Some(direction);
        self
    }

    /// Where the rule has said so already, this finding is dropped.
    pub fn once(mut self, once: Once) -> Self {
        self.once = once;
        self
    }

    /// A fix.
    pub fn fix(
        mut self,
        applicability: Applicability,
        message: impl Into<String>,
        remedy: impl Into<Remedy>,
    ) -> Self {
        let Remedy { edits, creates } = remedy.into();
        self.fix = Some(Fix { applicability, message: message.into(), edits, creates });
        self
    }
}

fn joined(text: Option<String>, more: &str) -> String {
    match text {
        Some(text) => format!("{text}\n{more}"),
        None => more.to_owned(),
    }
}

/// Where findings about one script or project belong.
#[derive(Debug, Clone, Copy)]
pub struct Anchor<'a> {
    /// Root of the project.
    pub project: &'a str,
    /// Dialect judged for.
    pub dialect: Dialect,
    /// Id of the migration.
    pub migration: Option<&'a str>,
    /// Direction of the script.
    pub direction: Option<Direction>,
    /// Index of the statement in its script.
    pub statement: Option<usize>,
}

/// One rule at one anchor: makes findings of drafts.
#[derive(Debug, Clone, Copy)]
pub struct Speaker<'a> {
    /// The rule's id.
    pub rule: &'static str,
    /// What the rule says of itself.
    pub meta: &'static RuleMeta,
    /// The severity that the configuration demands.
    pub configured: Option<Severity>,
    /// Where the findings belong.
    pub anchor: Anchor<'a>,
}

impl Speaker<'_> {
    /// The finding that a draft becomes, not numbered yet.
    pub fn finding(&self, draft: Draft) -> Finding {
        let severity =
            self.configured.or(draft.severity).or(self.meta.severity).unwrap_or(Severity::Warning);
        Finding {
            rule: self.rule,
            severity,
            category: self.meta.category,
            hazard: draft.hazard,
            message: draft.message,
            label: draft.label,
            why: draft.why,
            help: draft.help.map(|help| self.in_dialect(help)),
            place: draft.place,
            related: draft.related,
            relations: draft.relations,
            project: self.anchor.project.to_owned(),
            dialects: vec![self.anchor.dialect],
            migration: self.anchor.migration.map(str::to_owned),
            direction: draft.direction.or(self.anchor.direction),
            statement: self.anchor.statement,
            fix: draft.fix,
            fingerprint: String::new(),
        }
    }

    /// SQL of the help as the dialect quotes names: rules write double quotes, which are strings
    /// in MySQL.
    fn in_dialect(&self, help: String) -> String {
        if !self.anchor.dialect.is_mysql() {
            return help;
        }
        let line = |line: &str| match line.starts_with("  ") {
            true => line.replace('"', "`"),
            false => line.to_owned(),
        };
        help.lines().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// A finding, and how often its rule wants to say such a thing.
#[derive(Debug, Clone)]
pub struct Said {
    /// The finding.
    pub finding: Finding,
    /// How often.
    pub once: Once,
}

/// Takes the findings of one rule at one anchor.
#[derive(Debug)]
pub struct Sink<'a> {
    speaker: Speaker<'a>,
    said: &'a mut Vec<Said>,
}

impl<'a> Sink<'a> {
    /// A sink that adds to what was said.
    pub fn new(speaker: Speaker<'a>, said: &'a mut Vec<Said>) -> Self {
        Self { speaker, said }
    }

    /// Adds a finding about the anchor.
    pub fn add(&mut self, draft: Draft) {
        let once = draft.once;
        self.said.push(Said { finding: self.speaker.finding(draft), once });
    }

    /// Adds a finding about one statement, from a rule that judges a whole transaction or
    /// migration.
    pub fn add_at(&mut self, context: &StatementContext<'_>, draft: Draft) {
        let anchor = self.speaker.anchor;
        self.speaker.anchor.statement = Some(context.entry.index);
        self.speaker.anchor.direction = Some(context.entry.direction);
        self.add(draft);
        self.speaker.anchor = anchor;
    }

    /// Adds a finding about a migration other than the anchor's.
    pub fn add_for(&mut self, draft: Draft, migration: Option<String>) {
        let once = draft.once;
        let finding = Finding { migration, ..self.speaker.finding(draft) };
        self.said.push(Said { finding, once });
    }
}
