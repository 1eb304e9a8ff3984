//! `statement-split-by-layout`: the tool cuts a statement in the middle of its body.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::{Dialect, Direction, Script, Step};
use crate::rule::{BOTH, Draft, FixKind, MigrationContext, Rule, RuleMeta, Sink};
use crate::source::{Place, Span};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "the tool cuts a statement in the middle of its body",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn migration(&self, context: &MigrationContext<'_>, sink: &mut Sink<'_>) {
        let Some(marks) = Marks::of(context.project.layout) else { return };
        for direction in [Direction::Up, Direction::Down] {
            let Some(script) = context.migration.script(direction) else { continue };
            for step in &script.steps {
                if let Some(draft) = judge(script, step, marks) {
                    sink.add(draft.about(direction));
                }
            }
        }
    }
}

/// The lines between which a tool does not cut.
#[derive(Debug, Clone, Copy)]
struct Marks {
    tool: &'static str,
    begin: &'static str,
    end: &'static str,
}

impl Marks {
    /// Those of the tools that cut behind each line that ends in a semicolon, whatever it stands in.
    fn of(layout: &str) -> Option<Self> {
        let (begin, end) = match layout {
            "goose" => ("-- +goose StatementBegin", "-- +goose StatementEnd"),
            "sql-migrate" => ("-- +migrate StatementBegin", "-- +migrate StatementEnd"),
            _ => return None,
        };
        let tool = if layout == "goose" { "goose" } else { "sql-migrate" };
        Some(Self { tool, begin, end })
    }

    /// Whether the text ends between such lines.
    fn are_open(self, text: &str) -> bool {
        let is = |line: &str, mark: &str| {
            line.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark))
        };
        let mut marks = text.lines().rev().filter_map(|line| {
            let opens = is(line, self.begin);
            (opens || is(line, self.end)).then_some(opens)
        });
        marks.next().unwrap_or(false)
    }
}

fn judge(script: &Script, step: &Step, marks: Marks) -> Option<Draft> {
    let file = &script.source.file;
    let text = file.slice(step.span);
    let (at, line) = cut_line(text)?;
    let before = file.text().get(..step.span.start)?;
    if marks.are_open(before) {
        return None;
    }
    let start = step.span.start + at;
    let place = Place { file: file.clone(), span: Span::new(start, start + line.len()) };
    let message = format!("the migration fails here: {} sends the statement up to this semicolon", marks.tool);
    let draft = Draft::at(place, Hazard::Fails, message)
        .label("each line that ends in a semicolon ends a statement, also within quotes and bodies")
        .help(format!("write `{}` in a line before the statement, and `{}` in a line behind it", marks.begin, marks.end));
    Some(match edits(script, step, marks) {
        Some(edits) => draft.fix(Applicability::Unsafe, "keep the statement together", edits),
        None => draft,
    })
}

/// The first line before the last that ends in a semicolon, without the space around it, and where
/// it begins. Lines that are comments are left out by the tools.
fn cut_line(text: &str) -> Option<(usize, &str)> {
    let mut at = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let start = at;
        at += line.len();
        (start, line)
    });
    let lines: Vec<(usize, &str)> = lines.collect();
    let (_, inner) = lines.split_last()?;
    let cut = inner.iter().find(|(_, line)| ends_statement(line))?;
    let (start, line) = *cut;
    let indent = line.len() - line.trim_start().len();
    Some((start + indent, line.trim()))
}

/// As the tools see it: the last word before a comment ends in a semicolon.
fn ends_statement(line: &str) -> bool {
    let words = line.split_whitespace().take_while(|word| !word.starts_with("--"));
    words.last().is_some_and(|word| word.ends_with(';'))
}

/// The two lines around the statement, where it begins a line and its semicolon ends one.
fn edits(script: &Script, step: &Step, marks: Marks) -> Option<Vec<Edit>> {
    let file = &script.source.file;
    let text = file.text();
    let head = text.get(..step.span.start)?;
    let line = step.span.start - head.rsplit('\n').next()?.len();
    let is_first = text.get(line..step.span.start)?.trim().is_empty();
    let rest = text.get(step.span.end..)?;
    let gap = rest.len() - rest.trim_start().len();
    let end = match rest.get(gap..)?.starts_with(';') {
        true => step.span.end + gap + 1,
        false => step.span.end,
    };
    let edit = |at: usize, text: String| Edit {
        place: Place { file: file.clone(), span: Span::new(at, at) },
        text,
    };
    is_first.then(|| {
        vec![edit(line, format!("{}\n", marks.begin)), edit(end, format!("\n{}", marks.end))]
    })
}
