//! The fold over a project's history, with the rules run on what is judged.

use super::{ActiveRule, Batch, Project, helpers, noise, suppress};
use crate::deployed::Deployed;
use crate::finding::{Finding, Fingerprints, NotUnderstood, ProjectTimeline, Summary, normalised};
use crate::migration::{Direction, Migration, Script, Step};
use crate::rule::{
    Anchor, Habits, MigrationContext, ProjectContext, Sink, SpokenOf, StatementContext,
};
use crate::schema::Schema;
use crate::timeline::{Carried, FoldOptions, Transaction, fold, fold_in_run, timeline};
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

/// Judges one project.
pub fn judge(project: &Project) -> Judged {
    let by_id = project.migrations.iter().enumerate();
    let by_id = by_id.map(|(at, migration)| (migration.id.as_str(), at)).collect();
    let spoken_of = SpokenOf::of(&project.migrations);
    let context = context(project, &by_id, &spoken_of);
    let mut run = Run {
        project,
        context,
        batch_start: None,
        carried: None,
        findings: Vec::new(),
        timelines: Vec::new(),
    };
    let mut judged = Judged::default();
    judged.summary.migrations = project.migrations.len();
    let mut schema = project.start.clone();
    for (migration, &is_judged) in project.migrations.iter().zip(&project.judged) {
        if !is_judged {
            run.end_run(&mut schema);
        }
        schema = run.migration(migration, is_judged, &schema);
        if is_judged {
            count(migration, &mut judged);
        }
    }
    run.end_run(&mut schema);
    run.project();
    run.finish(&mut judged);
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

struct Run<'p> {
    project: &'p Project,
    context: ProjectContext<'p>,
    /// When the batch began that the migrations before belong to.
    batch_start: Option<u64>,
    /// The transaction that the batch's migrations before left open.
    carried: Option<Carried<'p>>,
    findings: Vec<Finding>,
    timelines: Vec<ProjectTimeline>,
}

impl<'p> Run<'p> {
    /// Folds one migration; gives the schema after its up.
    fn migration(&mut self, migration: &'p Migration, judged: bool, before: &Schema) -> Schema {
        let options = FoldOptions { target: &self.project.target, batch_start: None };
        if !judged {
            self.batch_start = None;
            return fold(migration, Direction::Up, before.clone(), options).schema;
        }
        if self.project.batch == Batch::Judged {
            self.batch_start = self.batch_start.or(Some(before.clock()));
        }
        let batch = FoldOptions { batch_start: self.batch_start, ..options };
        let mut up = match self.project.batch {
            Batch::Judged => fold_in_run(migration, before.clone(), batch, self.carried.take()),
            Batch::Each => fold(migration, Direction::Up, before.clone(), batch),
        };
        self.carried = up.open.take();
        let down = fold(migration, Direction::Down, up.schema.clone(), options);
        for (direction, transactions) in
            [(Direction::Up, &up.transactions), (Direction::Down, &down.transactions)]
        {
            for transaction in transactions {
                self.transaction(direction, transaction);
            }
        }
        let returned = migration.down.as_ref().map(|_| &down.schema);
        let project = self.context;
        let context = MigrationContext {
            project: &project,
            migration,
            before,
            after: &up.schema,
            returned,
            up: &up.transactions,
            down: &down.transactions,
        };
        for rule in &self.project.rules {
            let anchor = Anchor { migration: Some(&migration.id), ..self.anchor() };
            rule.rule.migration(&context, &mut self.sink_at(rule, anchor));
        }
        up.schema
    }

    /// Ends what the migrations of a run left open.
    fn end_run(&mut self, schema: &mut Schema) {
        if let Some(transaction) = self.carried.take().and_then(|carried| carried.end(schema)) {
            self.transaction(Direction::Up, &transaction);
        }
    }

    fn transaction(&mut self, direction: Direction, transaction: &Transaction<'_>) {
        let context = self.context;
        let anchor = Anchor { direction: Some(direction), ..self.anchor() };
        for (position, entry) in transaction.entries.iter().enumerate() {
            let statement = StatementContext { project: &context, transaction, position, entry };
            let migration = Some(entry.migration.id.as_str());
            let anchor = Anchor { migration, statement: Some(entry.index), ..anchor };
            for rule in self.rules(direction) {
                rule.rule.statement(&statement, &mut self.sink_at(rule, anchor));
            }
        }
        self.timelines.extend(timeline(transaction).map(|timeline| ProjectTimeline {
            project: context.path.to_owned(),
            dialect: context.target.dialect,
            timeline,
        }));
        let Some(entry) = transaction.entries.last() else { return };
        let position = transaction.entries.len() - 1;
        let anchor = Anchor { migration: Some(&entry.migration.id), ..anchor };
        let last = StatementContext { project: &context, transaction, position, entry };
        for rule in self.rules(direction) {
            rule.rule.transaction(&last, &mut self.sink_at(rule, anchor));
        }
    }

    fn project(&mut self) {
        let context = self.context;
        for rule in &self.project.rules {
            rule.rule.project(&context, &mut self.sink_at(rule, self.anchor()));
        }
    }

    fn rules(&self, direction: Direction) -> impl Iterator<Item = &'p ActiveRule> + use<'p> {
        self.project.rules.iter().filter(move |rule| rule.meta.directions.contains(&direction))
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

    fn sink_at<'s>(&'s mut self, rule: &'p ActiveRule, anchor: Anchor<'s>) -> Sink<'s> {
        Sink::new(rule.id, rule.meta, rule.severity, anchor, &mut self.findings)
    }

    fn finish(self, judged: &mut Judged) {
        let project = self.project;
        let mut findings = self.findings;
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
        judged.timelines = self.timelines;
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
