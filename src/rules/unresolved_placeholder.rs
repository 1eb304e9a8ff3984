//! `unresolved-placeholder`: a placeholder of a template goes to the server as it is.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Dialect, Direction, Migration, Script, Statement};
use crate::rule::{BOTH, Draft, FixKind, ProjectContext, Rule, RuleMeta, Sink, placeholder};
use crate::source::Span;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a placeholder of a template goes to the server as it is",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &Dialect::ALL,
    directions: BOTH,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

/// Tools that send a script as it is written. (The others replace placeholders, or may be told to.)
const VERBATIM: &[&str] = &["dbmate", "diesel", "drizzle", "prisma", "refinery", "sqlx", "supabase"];

impl Rule for Check {
    fn project(&self, context: &ProjectContext<'_>, sink: &mut Sink<'_>) {
        if !VERBATIM.contains(&context.layout) {
            return;
        }
        let mut with = context.migrations.iter().zip(context.judged).filter_map(|(migration, judged)| {
            Some((migration, *judged, found(migration)?))
        });
        // Who writes them in several migrations has something that fills them in.
        let (Some((migration, true, (script, statement, at, text))), None) = (with.next(), with.next()) else {
            return;
        };
        let start = statement.span.start + at;
        let place = script.place(Span::new(start, start + text.len()));
        let message = format!("the migration fails here: {} sends `{text}` to the server as it is", context.layout);
        let draft = Draft::at(place, Hazard::Fails, message)
            .label("the server reads no placeholders")
            .help("write what it stands for, or fill it in before the tool reads the file")
            .about(script.source.direction);
        sink.add_for(draft, Some(migration.id.clone()));
    }
}

/// A placeholder with the statement that holds it and its place in the statement.
type Found<'a> = (&'a Script, &'a Statement, usize, &'a str);

fn found(migration: &Migration) -> Option<Found<'_>> {
    let scripts = [Direction::Up, Direction::Down].into_iter();
    scripts.filter_map(|direction| migration.script(direction)).find_map(|script| {
        script.statements().find_map(|statement| {
            let (at, text) = placeholder(&statement.sql)?;
            Some((script, statement, at, text))
        })
    })
}
