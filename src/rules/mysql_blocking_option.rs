//! `mysql-blocking-option`: a clause that makes others wait who need not.

use crate::effects::TableLock;
use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::{ActionKind, Algorithm, LockLevel, MysqlChange, TableChange};
use crate::rule::{BOTH, Draft, FixKind, MYSQL, Rule, RuleMeta, Sink, StatementContext};
use crate::source::{Place, Span};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "ALGORITHM= or LOCK= makes writers wait who need not",
    severity: Some(Severity::Warning),
    category: Category::Availability,
    dialects: MYSQL,
    directions: BOTH,
    fix: FixKind::Safe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        for alteration in context.blocking_alterations() {
            if !context.is_made_to_block(alteration) {
                continue;
            }
            let Some(place) = context.place(context.statement().span) else { continue };
            let table = &alteration.table;
            let who = match alteration.lock {
                Some(TableLock::Exclusive) => "reads and writes of",
                _ => "writes to",
            };
            let draft = Draft::at(place, Hazard::LongBlock, format!("{who} `{table}` wait because the statement asks for it"))
                .label(context.alteration_label(alteration))
                .why(format!("without {} the server would let others write; {}", clause(context), context.since(table)))
                .help("leave the clause out, or write what must hold, so that the server refuses to block: ALGORITHM=INPLACE, LOCK=NONE")
                .relation(table);
            let edits = without_clauses(context);
            sink.add(match edits.is_empty() {
                true => draft,
                false => draft.fix(Applicability::Safe, "leave the clause out", edits),
            });
        }
    }
}

/// The clauses that block, as they are written.
fn clause(context: &StatementContext<'_>) -> &'static str {
    let online = context.statement().online();
    match (online.algorithm, online.lock) {
        (Some(Algorithm::Copy), _) => "ALGORITHM=COPY",
        (_, Some(LockLevel::Shared)) => "LOCK=SHARED",
        _ => "LOCK=EXCLUSIVE",
    }
}

/// Takes the clauses out, with the comma before each.
fn without_clauses(context: &StatementContext<'_>) -> Vec<Edit> {
    let Some(script) = context.script() else { return Vec::new() };
    let clauses = context.actions().iter().filter(|action| match &action.kind {
        ActionKind::AlterTable { change, .. } => {
            matches!(change.as_ref(), TableChange::Mysql(MysqlChange::Online(_)))
        }
        _ => false,
    });
    let edits = clauses.map(|action| {
        let place = script.place(action.span);
        let head = place.file.text().get(..place.span.start)?.trim_end();
        let start = head.strip_suffix(',')?.trim_end().len();
        let span = Span::new(start, place.span.end);
        Some(Edit { place: Place { span, ..place }, text: String::new() })
    });
    edits.collect::<Option<Vec<Edit>>>().unwrap_or_default()
}
