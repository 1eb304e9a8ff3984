//! `mysql-algorithm-not-asserted`: a change that does not say how it has to be carried out.

use crate::effects::{Alteration, Method, TableLock};
use crate::finding::{Applicability, Category, Edit, Hazard};
use crate::migration::{ActionKind, Origin};
use crate::rule::{BOTH, Draft, FixKind, MYSQL, Rule, RuleMeta, Sink, StatementContext};
use crate::source::{Place, Span};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "a change does not say how it has to be carried out, so that nothing fails when it blocks",
    severity: None,
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
        let online = context.statement().online();
        let says = online.algorithm.is_some() || online.lock.is_some() || online.online;
        let is_alter = |kind: &ActionKind| matches!(kind, ActionKind::AlterTable { .. });
        let alters = context.actions().iter().all(|action| is_alter(&action.kind));
        let [alteration] = context.effects().alterations.as_slice() else { return };
        if says || !alters || context.effects().refused.is_some() || context.is_short(&alteration.table) {
            return;
        }
        let (Some(clause), Some(place)) = (clause(alteration), context.place(context.statement().span)) else { return };
        let table = &alteration.table;
        let draft = Draft::at(place.clone(), Hazard::Other, format!("nothing stops this from blocking `{table}` where another server carries it out otherwise"))
            .label("no ALGORITHM= and no LOCK=")
            .help(format!("say what must hold, so that the server refuses to do it otherwise: {clause}"))
            .relation(table);
        sink.add(match context.statement().origin == Origin::TopLevel && place.file.path().ends_with(".sql") {
            true => {
                let end = place.span.end;
                let edit = Edit { place: Place { span: Span::new(end, end), ..place }, text: format!(", {clause}") };
                draft.fix(Applicability::Safe, "say what must hold", vec![edit])
            }
            false => draft,
        });
    }
}

/// What the server accepts of a change that lets others write; others have rules of their own.
fn clause(alteration: &Alteration) -> Option<&'static str> {
    if alteration.lock != Some(TableLock::None) {
        return None;
    }
    match alteration.method {
        Method::Instant => Some("ALGORITHM=INSTANT"),
        Method::NoCopy => Some("ALGORITHM=NOCOPY, LOCK=NONE"),
        Method::InPlace(_) => Some("ALGORITHM=INPLACE, LOCK=NONE"),
        Method::Copy | Method::Fixed(_) => None,
    }
}
