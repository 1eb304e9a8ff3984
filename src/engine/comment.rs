//! Comments that speak to lockgate, bound to what they reach.

use super::directive::{self, Allow, Malformed, Reach};
use super::suppress::active;
use super::{Day, Project};
use crate::finding::{Applicability, Edit, Finding, Hazard};
use crate::migration::{Direction, Directive, Migration, Script};
use crate::rule::{Anchor, Draft};
use crate::rules;
use crate::source::{Place, SourceFile, Span};
use crate::suggest::nearest;
use std::collections::HashSet;
use std::sync::Arc;

/// A comment for lockgate in a judged migration.
pub(super) struct Comment {
    file: Arc<SourceFile>,
    span: Span,
    at_head: bool,
    allow: Result<Allow, Malformed>,
    /// The statement that it binds to.
    statement: Option<Span>,
    migration: String,
    direction: Direction,
    /// For each rule that it names whether it took out a finding.
    used: Vec<bool>,
}

/// The comments of all judged migrations, each once.
pub(super) fn collect(project: &Project) -> Vec<Comment> {
    let mut found = Collected::default();
    let judged = project.migrations.iter().zip(&project.judged).filter(|(_, judged)| **judged);
    for (migration, _) in judged {
        let scripts = || [&migration.up, &migration.down].into_iter().flatten();
        for script in scripts() {
            let start = script.source.text.to_source(Span::default()).start;
            for directive in directive::at_head(&script.source.file, start) {
                found.push(migration, script, &directive);
            }
            for directive in &script.directives {
                found.push(migration, script, directive);
            }
        }
    }
    found.comments
}

#[derive(Default)]
struct Collected {
    comments: Vec<Comment>,
    /// File and offset of each.
    seen: HashSet<(String, usize)>,
}

impl Collected {
    /// Adds a comment; the first script that sees one has it.
    fn push(&mut self, migration: &Migration, script: &Script, directive: &Directive) {
        let file = &script.source.file;
        let is_batch = directive.text.trim_start().starts_with("batch");
        if is_batch || !self.seen.insert((file.path().to_owned(), directive.span.start)) {
            return;
        }
        let allow = directive::parse(&directive.text);
        let used = vec![false; allow.as_ref().map_or(0, |allow| allow.rules.len())];
        self.comments.push(Comment {
            file: Arc::clone(file),
            span: directive.span,
            at_head: directive.at_head,
            allow,
            statement: reached(script, directive),
            migration: migration.id.clone(),
            direction: script.source.direction,
            used,
        });
    }
}

/// What a comment binds to: a statement, or the whole block above which it stands.
fn reached(script: &Script, directive: &Directive) -> Option<Span> {
    let at = directive.statement?;
    let mut first = 0;
    for step in &script.steps {
        let inside = at - first;
        if let Some(statement) = step.statements.get(inside) {
            let is_above = directive.span.end <= step.span.start;
            return Some(if is_above { step.span } else { statement.span });
        }
        first += step.statements.len();
    }
    None
}

impl Comment {
    /// The file that it stands in.
    pub fn path(&self) -> &str {
        self.file.path()
    }

    /// The reason for which it allows the finding, which stands in its file; takes note of it.
    pub fn takes(&mut self, finding: &Finding, today: Day) -> Option<String> {
        let Ok(allow) = &self.allow else { return None };
        if allow.until.is_some_and(|last| today > last) || !self.reaches(allow, finding) {
            return None;
        }
        let mut hit = false;
        for (rule, used) in allow.rules.iter().zip(&mut self.used) {
            if rule == finding.rule {
                *used = true;
                hit = true;
            }
        }
        hit.then(|| allow.reason.clone())
    }

    fn reaches(&self, allow: &Allow, finding: &Finding) -> bool {
        match allow.reach {
            Reach::File => self.at_head,
            Reach::Statement => self.statement.is_some_and(|statement| {
                let span = finding.place.span;
                statement.start <= span.start && span.end <= statement.end
            }),
        }
    }

    /// Adds what is wrong with the comment.
    pub fn complain(&self, project: &Project, findings: &mut Vec<Finding>) {
        let allow = match &self.allow {
            Ok(allow) => allow,
            Err(malformed) => return self.without_reason(project, malformed, findings),
        };
        for id in allow.rules.iter().filter(|id| rules::find(id).is_none()) {
            self.unknown(project, id, findings);
        }
        let unused: Vec<&str> = allow
            .rules
            .iter()
            .zip(&self.used)
            .filter(|(id, used)| !**used && active(project, id).is_some())
            .map(|(id, _)| id.as_str())
            .collect();
        if !unused.is_empty() {
            let known = allow.rules.iter().filter(|id| rules::find(id).is_some()).count();
            let whole = unused.len() == allow.rules.len() && known == allow.rules.len();
            self.unused(project, allow, &unused, whole, findings);
        }
    }

    fn add(&self, project: &Project, id: &str, draft: Draft, findings: &mut Vec<Finding>) {
        let Some(rule) = active(project, id) else { return };
        let anchor = Anchor {
            project: &project.summary.path,
            dialect: project.target.dialect,
            migration: Some(&self.migration),
            direction: Some(self.direction),
            statement: None,
        };
        findings.push(rule.at(anchor).finding(draft));
    }

    /// The list of rules without some of them.
    fn without(&self, allow: &Allow, unused: &[&str]) -> Option<Edit> {
        let comment = self.file.slice(self.span);
        let start = comment.find('(')? + 1;
        let end = start + comment.get(start..)?.find(')')?;
        let kept = allow.rules.iter().map(String::as_str).filter(|id| !unused.contains(id));
        let kept: Vec<&str> = kept.collect();
        let span = Span::new(start, end).shift(self.span.start);
        let place = Place { file: Arc::clone(&self.file), span };
        (!kept.is_empty()).then(|| Edit { place, text: kept.join(", ") })
    }

    fn place(&self) -> Place {
        Place { file: Arc::clone(&self.file), span: self.span }
    }

    fn without_reason(&self, project: &Project, why: &Malformed, findings: &mut Vec<Finding>) {
        let message = "a comment for lockgate suppresses nothing";
        let draft = Draft::at(self.place(), Hazard::Other, message).label(why.to_string()).help(
            format!("{} lockgate: allow(rule-id) why this is safe here", self.file.comment_mark()),
        );
        self.add(project, "suppression-without-reason", draft, findings);
    }

    fn unknown(&self, project: &Project, id: &str, findings: &mut Vec<Finding>) {
        let comment = self.file.slice(self.span);
        let start = self.span.start + comment.find(id).unwrap_or(0);
        let span = Span::new(start, start + id.len());
        let place = Place { file: Arc::clone(&self.file), span };
        let message = format!("unknown rule `{id}`: the comment suppresses nothing for it");
        let mut draft =
            Draft::at(place.clone(), Hazard::Other, message).label("no rule has this id");
        match nearest(id, rules::ALL.iter().map(|rule| rule.id)) {
            Some(near) => {
                let edits = vec![Edit { place, text: near.to_owned() }];
                draft = draft.help(format!("did you mean {near}?")).fix(
                    Applicability::Unsafe,
                    format!("write {near}"),
                    edits,
                );
            }
            None => draft = draft.help("lockgate rules lists every id"),
        }
        self.add(project, "unknown-rule", draft, findings);
    }

    fn unused(
        &self,
        project: &Project,
        allow: &Allow,
        unused: &[&str],
        whole: bool,
        findings: &mut Vec<Finding>,
    ) {
        let names = unused.join(", ");
        let (message, label) = match (allow.until, allow.reach) {
            (Some(last), _) if project.today > last => (
                format!("the suppression of {names} ended on {last}"),
                "its findings are reported again".to_owned(),
            ),
            (_, Reach::File) if !self.at_head => (
                format!("allow-file({names}) suppresses nothing here"),
                "it counts at the head of a file, before any statement".to_owned(),
            ),
            (_, Reach::Statement) if self.statement.is_none() => (
                format!("the suppression of {names} belongs to no statement"),
                "no statement follows".to_owned(),
            ),
            _ => (
                format!("the suppression of {names} suppresses nothing"),
                "no such finding here".to_owned(),
            ),
        };
        let mut draft = Draft::at(self.place(), Hazard::Other, message).label(label);
        if whole {
            let edits = vec![Edit { place: removal(&self.file, self.span), text: String::new() }];
            draft = draft.help("delete the comment").fix(
                Applicability::Safe,
                "delete the comment",
                edits,
            );
        } else {
            let help = format!("take {names} out of the list");
            draft = match self.without(allow, unused) {
                Some(edit) => draft.fix(Applicability::Safe, help.clone(), vec![edit]),
                None => draft,
            };
            draft = draft.help(help);
        }
        self.add(project, "unused-suppression", draft, findings);
    }
}

/// The comment, with its line where nothing else stands on it.
fn removal(file: &Arc<SourceFile>, span: Span) -> Place {
    let text = file.text();
    let before = text.get(..span.start).unwrap_or("");
    let after = text.get(span.end..).unwrap_or("");
    let line_start = before.rfind('\n').map_or(file.content_start(), |at| at + 1);
    let rest = after.find('\n').map_or(after.len(), |at| at + 1);
    let is_blank = |text: Option<&str>| text.is_some_and(|text| text.trim().is_empty());
    let alone = is_blank(before.get(line_start..)) && is_blank(after.get(..rest));
    let span = match alone {
        true => Span::new(line_start, span.end + rest),
        false => Span::new(before.trim_end_matches([' ', '\t']).len(), span.end),
    };
    Place { file: Arc::clone(file), span }
}
