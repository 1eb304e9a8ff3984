//! `mysql-if-exists-unsupported`: IF EXISTS where MySQL has none, though MariaDB does.

use crate::effects::RefusalKind;
use crate::finding::{Applicability, Category, Edit, Severity};
use crate::migration::Dialect;
use crate::rule::{BOTH, FixKind, Rule, RuleMeta, Sink, StatementContext};
use crate::source::{Place, Span};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "columns, indexes and constraints have no IF [NOT] EXISTS in MySQL",
    severity: Some(Severity::Error),
    category: Category::Correctness,
    dialects: &[Dialect::Mysql],
    directions: BOTH,
    fix: FixKind::Unsafe,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn statement(&self, context: &StatementContext<'_>, sink: &mut Sink<'_>) {
        if !context.says_if_exists_in_vain() {
            return;
        }
        let Some(refused) = context.refused(RefusalKind::Unsupported) else { return };
        let help = "leave IF EXISTS and IF NOT EXISTS out, and let the migration tool see to it that a migration runs once; MariaDB alone has them here";
        let Some(draft) = refused.draft(context, help) else { return };
        let edits = context.place(context.statement().span).map(|place| without_guards(&place));
        sink.add(match edits {
            Some(edits) if !edits.is_empty() => {
                draft.fix(Applicability::Unsafe, "leave the condition out", edits)
            }
            _ => draft,
        });
    }
}

/// Takes each IF EXISTS and IF NOT EXISTS out.
fn without_guards(place: &Place) -> Vec<Edit> {
    let text = place.text().to_ascii_lowercase();
    let is_whole = |at: usize| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        before.is_some_and(char::is_whitespace)
    };
    let starts = text.match_indices("if").map(|(at, _)| at).filter(|at| is_whole(*at));
    let spans = starts.filter_map(|at| Some(Span::new(at, at + guard_length(text.get(at..)?)?)));
    spans
        .map(|span| Edit {
            place: Place { file: place.file.clone(), span: span.shift(place.span.start) },
            text: String::new(),
        })
        .collect()
}

/// Length of the condition that a text begins with, and of the blanks behind it.
fn guard_length(text: &str) -> Option<usize> {
    let mut rest = text;
    for (word, is_optional) in [("if", false), ("not", true), ("exists", false)] {
        match rest.strip_prefix(word) {
            Some(tail) if !tail.starts_with(is_of_name) => rest = tail.trim_start(),
            _ if is_optional => {}
            _ => return None,
        }
    }
    Some(text.len() - rest.len())
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::guard_length;

    #[test]
    fn conditions_end_where_a_name_begins() {
        for (text, length) in [
            ("if exists note", Some("if exists ".len())),
            ("if not  exists note", Some("if not  exists ".len())),
            ("if exists`note`", Some("if exists".len())),
            ("if existsing", None),
            ("ifexists int", None),
            ("if_exists int", None),
            ("if note", None),
        ] {
            assert_eq!(guard_length(text), length, "{text}");
        }
    }
}
