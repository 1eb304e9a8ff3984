//! `broad-grant`: rights are given to everyone, or with the right to hand them on.

use crate::finding::{Category, Hazard, Severity};
use crate::migration::{Action, ActionKind, Dialect, ObjectKind, Script, Statement};
use crate::rule::{Draft, FixKind, Rule, RuleMeta, StatementContext, UP};
use std::cell::LazyCell;

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "rights are given to everyone, or with the right to hand them on",
    severity: Some(Severity::Warning),
    category: Category::Correctness,
    dialects: &[Dialect::Postgres],
    directions: UP,
    fix: FixKind::None,
    since: "0.1.0",
};

/// Options of the rule: none.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {}

impl Rule for Check {
    fn action(&self, context: &StatementContext<'_>, action: &Action) -> Option<Draft> {
        let words = LazyCell::new(|| words(&context.statement().sql));
        let has = |phrase: &[&str]| words.windows(phrase.len()).any(|part| part == phrase);
        let (message, help) = match &action.kind {
            ActionKind::Grant(grant) if grant.option.starts_with("grant") => {
                // Everyone may run functions and use types anyway, unless it is revoked.
                let is_usual = has(&["EXECUTE"]) || has(&["USAGE"]);
                if has(&["TO", "PUBLIC"]) && !is_usual {
                    ("every role of the server gets these rights, those of the future too", "name the roles that need them")
                } else if has(&["WITH", "GRANT", "OPTION"]) {
                    ("who gets these rights can hand them on to anyone", "leave WITH GRANT OPTION out")
                } else if has(&["WITH", "ADMIN", "OPTION"]) || has(&["WITH", "ADMIN", "TRUE"]) {
                    ("who joins this role can let anyone else join it", "leave the ADMIN option out")
                } else {
                    return None;
                }
            }
            ActionKind::CreateObject(role) | ActionKind::AlterObject(role)
                if role.kind == ObjectKind::Role && has(&["SUPERUSER"]) =>
            {
                ("this role may do anything on the server, past every check", "give it the rights that it needs")
            }
            _ => return None,
        };
        if was_given_before(context) {
            return None;
        }
        let place = context.place(action.span)?;
        Some(Draft::at(place, Hazard::Other, message).label("more than one application needs").help(help))
    }
}

/// Whether an earlier migration gives the same rights in the same words: it was told then. What was
/// revoked or dropped since may be meant to be closed.
fn was_given_before(context: &StatementContext<'_>) -> bool {
    let at = context.project.position(&context.migration().id).unwrap_or(0);
    let earlier = context.project.migrations.iter().take(at).filter_map(|one| one.up.as_ref());
    let mut statements: Vec<&Statement> = earlier.flat_map(Script::statements).collect();
    while let Some(statement) = statements.pop() {
        if statement.sql == context.statement().sql {
            return true;
        }
        if closes(statement, &context.statement().sql) {
            return false;
        }
    }
    false
}

/// Whether a statement takes rights on the same away, or drops something that the grant names.
fn closes(statement: &Statement, grant: &str) -> bool {
    statement.actions.iter().any(|action| match &action.kind {
        ActionKind::Grant(change) if !change.option.starts_with("grant") => {
            subject(&statement.sql) == subject(grant)
        }
        ActionKind::Drop(drop) => drop.names.iter().any(|name| grant.contains(name.name.as_str())),
        _ => false,
    })
}

/// What rights are given or taken on, in capitals; nothing for the membership of a role.
fn subject(sql: &str) -> Vec<String> {
    let behind = words(sql).into_iter().skip_while(|word| word != "ON");
    behind.take_while(|word| word != "TO" && word != "FROM").collect()
}

/// The words of a statement in capitals; what is quoted is no keyword, nor is a word of it.
fn words(sql: &str) -> Vec<String> {
    let mut open = None;
    let bare = sql.chars().map(|letter| match open {
        Some(quote) => {
            open = (letter != quote).then_some(quote);
            '"'
        }
        None if matches!(letter, '"' | '\'') => {
            open = Some(letter);
            '"'
        }
        None => letter,
    });
    let bare: String = bare.collect();
    let parts = bare.split(|letter: char| letter.is_whitespace() || ",;()".contains(letter));
    parts.filter(|part| !part.is_empty()).map(str::to_ascii_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn what_is_quoted_is_no_keyword() {
        assert_eq!(words("GRANT a,b TO Public;"), ["GRANT", "A", "B", "TO", "PUBLIC"]);
        let sql = "ALTER ROLE \"to public\" PASSWORD 'a \"superuser\"' NOLOGIN";
        let quoted = words(sql).into_iter().filter(|word| !word.starts_with('"'));
        assert_eq!(quoted.collect::<Vec<_>>(), ["ALTER", "ROLE", "PASSWORD", "NOLOGIN"]);
    }
}
