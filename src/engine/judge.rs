//! Runs the rules on what was replayed, and gathers what they found.

use super::replay::{Forward, Replay, Replayed};
use super::{ActiveRule, Project, helpers, noise, once, suppress};
use crate::deployed::Deployed;
use crate::finding::{Finding, Fingerprints, NotUnderstood, ProjectTimeline, Summary, normalised};
use crate::migration::{Dialect, Direction, Migration, Script, Step};
use crate::rule::{
    Anchor, Habits, MigrationContext, ProjectContext, Said, Sink, SpokenOf, StatementContext,
};
use crate::schema::Schema;
use crate::timeline::{Transaction, fold, timeline};
use rayon::prelude::*;
use std::collections::HashMap;

/// A judged project.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// What was found, sorted and numbered.
    pub findings: Vec<Finding>,
    /// What was counted on the way; files are counted by who read them.
    pub summary: Summary,
    /// For each allowance of the configuration whether it suppressed a finding.
    pub used: Vec<bool>,
    /// Findings that a comment or the configuration allows, each with the reason given.
    pub allowed: Vec<AllowedFinding>,
    /// Statements that were not understood.
    pub opaque: Vec<NotUnderstood>,
    /// Transactions that make others wait, in the order in which they run.
    pub timelines: Vec<ProjectTimeline>,
}

/// A finding that was taken out.
#[derive(Debug, Clone)]
pub struct AllowedFinding {
    /// The finding.
    pub finding: Finding,
    /// Why it is allowed, as written.
    pub reason: String,
}

/// Judges one project: while one core replays what comes next, the others run the rules on what was
/// replayed.
pub fn judge(project: &Project) -> Judged {
    judge_beside(project, &[])
}

/// The same for a project of a folder that has others: `ends` are the schemas with which the
/// histories of all its dialects end.
pub(super) fn judge_beside(project: &Project, ends: &[(Dialect, Schema)]) -> Judged {
    let (by_id, spoken_of) = rayon::join(|| by_id(project), || SpokenOf::of(&project.migrations));
    let judge = Judge {
        project,
        context: ProjectContext { ends, ..context(project, &by_id, &spoken_of) },
        up: rules(project, Direction::Up),
        down: rules(project, Direction::Down),
    };
    let batches = batches(project).enumerate().par_bridge();
    let mut parts: Vec<(usize, Part)> =
        batches.map(|(at, batch)| (at, judge.batch(batch))).collect();
    parts.sort_unstable_by_key(|(at, _)| *at);
    let findings = parts.iter().map(|(_, part)| part.said.len()).sum();
    let mut whole = Part { said: Vec::with_capacity(findings), timelines: Vec::new() };
    for (_, part) in parts {
        whole.said.extend(part.said);
        whole.timelines.extend(part.timelines);
    }
    judge.project(&mut whole);
    let mut judged = counted(project);
    judge.finish(whole, &mut judged);
    judged
}

/// What is replayed at a time, before others may go on: handing over costs as much as replaying a
/// few small migrations.
const BATCH: usize = 16;

fn batches(project: &Project) -> impl Iterator<Item = Vec<Replayed<'_>>> {
    let mut replay = Replay::of(project);
    std::iter::from_fn(move || {
        let batch: Vec<_> = replay.by_ref().take(BATCH).collect();
        (!batch.is_empty()).then_some(batch)
    })
}

fn by_id(project: &Project) -> HashMap<&str, usize> {
    let migrations = project.migrations.iter().enumerate();
    migrations.map(|(at, migration)| (migration.id.as_str(), at)).collect()
}

/// The rules that look at scripts of a direction.
fn rules(project: &Project, direction: Direction) -> Vec<&ActiveRule> {
    project.rules.iter().filter(|rule| rule.meta.directions.contains(&direction)).collect()
}

/// What was read, and of it what was understood.
fn counted(project: &Project) -> Judged {
    let mut judged = Judged::default();
    judged.summary.migrations = project.migrations.len();
    for (migration, is_judged) in project.migrations.iter().zip(&project.judged) {
        if *is_judged {
            count(migration, &mut judged);
        }
    }
    judged
}

fn context<'p>(
    project: &'p Project,
    by_id: &'p HashMap<&'p str, usize>,
    spoken_of: &'p SpokenOf,
) -> ProjectContext<'p> {
    ProjectContext {
        path: &project.summary.path,
        layout: &project.summary.layout,
        conventions: &project.conventions,
        target: &project.target,
        version_assumed: project.summary.version_assumed,
        tables: &project.tables,
        deployed: asked(project),
        habits: Habits::of(&project.migrations),
        migrations: &project.migrations,
        judged: &project.judged,
        observed: &project.observed,
        ends: &[],
        timelines: &[],
        spoken_of,
        by_id,
    }
}

/// Releases are asked where the rule that names them is on; the others then leave to it what it
/// proves.
fn asked(project: &Project) -> Option<&Deployed> {
    let is_on = project.rules.iter().any(|rule| rule.id == "column-still-in-code");
    project.deployed.as_deref().filter(|_| is_on)
}

fn count(migration: &Migration, judged: &mut Judged) {
    let summary = &mut judged.summary;
    summary.judged += 1;
    for script in [&migration.up, &migration.down].into_iter().flatten() {
        for statement in script.statements() {
            summary.statements += 1;
            let Some(reason) =
                statement.actions.iter().find_map(|action| action.kind.not_understood())
            else {
                summary.analysed += 1;
                continue;
            };
            summary.opaque += 1;
            let place = script.place(statement.span);
            judged.opaque.push(NotUnderstood { place, reason: reason.to_owned() });
        }
    }
}

/// Runs the rules.
struct Judge<'p> {
    project: &'p Project,
    context: ProjectContext<'p>,
    /// Rules for ways forward.
    up: Vec<&'p ActiveRule>,
    /// Rules for ways back.
    down: Vec<&'p ActiveRule>,
}

/// What was found in a part of the history.
#[derive(Default)]
struct Part {
    said: Vec<Said>,
    timelines: Vec<ProjectTimeline>,
}

impl<'p> Judge<'p> {
    fn batch(&self, batch: Vec<Replayed<'p>>) -> Part {
        let mut part = Part::default();
        for replayed in batch {
            match replayed {
                Replayed::Migration(forward) => self.migration(&forward, &mut part),
                Replayed::Run(transaction) => {
                    self.transaction(Direction::Up, &transaction, &mut part);
                }
            }
        }
        part
    }

    fn migration(&self, forward: &Forward<'p>, part: &mut Part) {
        let Forward { migration, before, up } = forward;
        let options = self.project.fold_options();
        let down = fold(migration, Direction::Down, up.schema.clone(), options);
        for (direction, transactions) in
            [(Direction::Up, &up.transactions), (Direction::Down, &down.transactions)]
        {
            for transaction in transactions {
                self.transaction(direction, transaction, part);
            }
        }
        let context = MigrationContext {
            project: &self.context,
            migration,
            before,
            after: &up.schema,
            returned: migration.down.as_ref().map(|_| &down.schema),
            up: &up.transactions,
            down: &down.transactions,
        };
        for rule in &self.project.rules {
            let anchor = Anchor { migration: Some(&migration.id), ..self.anchor() };
            rule.rule.migration(&context, &mut part.sink_at(rule, anchor));
        }
    }

    fn transaction(&self, direction: Direction, transaction: &Transaction<'_>, part: &mut Part) {
        let context = &self.context;
        let anchor = Anchor { direction: Some(direction), ..self.anchor() };
        for (position, entry) in transaction.entries.iter().enumerate() {
            let statement = StatementContext { project: context, transaction, position, entry };
            let migration = Some(entry.migration.id.as_str());
            let anchor = Anchor { migration, statement: Some(entry.index), ..anchor };
            for rule in self.rules(direction) {
                rule.rule.statement(&statement, &mut part.sink_at(rule, anchor));
            }
        }
        part.timelines.extend(timeline(transaction, context.target).map(|timeline| {
            ProjectTimeline {
                project: context.path.to_owned(),
                dialect: context.target.dialect,
                timeline,
            }
        }));
        let Some(entry) = transaction.entries.last() else { return };
        let position = transaction.entries.len() - 1;
        let anchor = Anchor { migration: Some(&entry.migration.id), ..anchor };
        let last = StatementContext { project: context, transaction, position, entry };
        for rule in self.rules(direction) {
            rule.rule.transaction(&last, &mut part.sink_at(rule, anchor));
        }
    }

    fn project(&self, part: &mut Part) {
        let Part { said, timelines } = part;
        let context = ProjectContext { timelines, ..self.context };
        for rule in &self.project.rules {
            rule.rule.project(&context, &mut Sink::new(rule.at(self.anchor()), said));
        }
    }

    fn rules(&self, direction: Direction) -> &[&'p ActiveRule] {
        match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        }
    }

    fn anchor(&self) -> Anchor<'p> {
        Anchor {
            project: &self.project.summary.path,
            dialect: self.project.target.dialect,
            migration: None,
            direction: None,
            statement: None,
        }
    }

    fn finish(&self, whole: Part, judged: &mut Judged) {
        let project = self.project;
        let mut findings = once::heard(whole.said);
        findings.retain(|finding| !is_ignored(project, finding));
        let suppressed = suppress::suppress(project, &mut findings);
        judged.summary.suppressed = suppressed.findings.len();
        judged.allowed = suppressed.findings;
        judged.used = suppressed.used;
        let findings = noise::thin_out(findings);
        let scripts = scripts(project);
        let blocks = blocks(&scripts);
        let mut findings = noise::say_once(findings, |finding| {
            let path = finding.place.file.path();
            blocks.get(&(path, finding.direction?, finding.statement?)).copied()
        });
        helpers::relate(project, &mut findings);
        sort(&mut findings);
        number(&scripts, &mut findings);
        judged.findings = findings;
        judged.timelines = whole.timelines;
    }
}

impl Part {
    fn sink_at<'s>(&'s mut self, rule: &ActiveRule, anchor: Anchor<'s>) -> Sink<'s> {
        Sink::new(rule.at(anchor), &mut self.said)
    }
}

/// Whether every relation of the finding is one that its rule is silent about.
fn is_ignored(project: &Project, finding: &Finding) -> bool {
    let Some(rule) = project.rules.iter().find(|rule| rule.id == finding.rule) else {
        return false;
    };
    !finding.relations.is_empty()
        && finding.relations.iter().all(|relation| rule.ignore_tables.is_match(relation))
}

/// By file, place, rule: the order in which people read.
pub(super) fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| (finding.place.span.start, finding.place.span.end);
        a.place
            .file
            .path()
            .cmp(b.place.file.path())
            .then_with(|| key(a).cmp(&key(b)))
            .then_with(|| a.rule.cmp(b.rule).then_with(|| a.message.cmp(&b.message)))
    });
}

/// The scripts by file and direction: two migrations may have one version, but not one file.
type Scripts<'p> = HashMap<(&'p str, Direction), &'p Script>;

fn scripts(project: &Project) -> Scripts<'_> {
    let mut scripts = HashMap::new();
    for migration in &project.migrations {
        for way in [Direction::Up, Direction::Down] {
            if let Some(script) = migration.script(way) {
                scripts.insert((script.source.file.path(), way), script);
            }
        }
    }
    scripts
}

fn script_of<'p>(scripts: &Scripts<'p>, finding: &Finding) -> Option<&'p Script> {
    scripts.get(&(finding.place.file.path(), finding.direction?)).copied()
}

/// The blocks that are sent as one text, by the statements that they hold.
fn blocks<'p>(scripts: &Scripts<'p>) -> HashMap<(&'p str, Direction, usize), &'p Step> {
    let mut blocks = HashMap::new();
    for ((path, way), script) in scripts {
        let mut first = 0;
        for step in &script.steps {
            let after = first + step.statements.len();
            if step.sql.is_some() {
                blocks.extend((first..after).map(|at| ((*path, *way, at), step)));
            }
            first = after;
        }
    }
    blocks
}

fn number(scripts: &Scripts<'_>, findings: &mut [Finding]) {
    let mut prints = Fingerprints::default();
    for finding in findings {
        let migration = finding.migration.clone().unwrap_or_default();
        let about = about(script_of(scripts, finding), finding);
        finding.fingerprint = prints.next(finding.rule, &migration, finding.direction, &about);
    }
}

fn about(script: Option<&Script>, finding: &Finding) -> String {
    let statement = finding.statement.and_then(|at| script?.statements().nth(at));
    match statement {
        Some(statement) => normalised(&statement.sql),
        None => finding.place.file.path().to_owned(),
    }
}
