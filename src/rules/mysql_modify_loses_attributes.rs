//! `mysql-modify-loses-attributes`: `MODIFY` and `CHANGE` state a column anew, and what they leave
//! out is gone.

use crate::finding::{Applicability, Category, Edit, Hazard, Severity};
use crate::migration::{Action, ColumnConstraint, ColumnDef, Ident};
use crate::rule::{
    BOTH, Draft, FixKind, MYSQL, Rule, RuleMeta, Sink, StatementContext, refuses_null, restated,
};
use crate::schema::{Column, RelationName};

/// What the rule says of itself.
pub(super) const META: RuleMeta = RuleMeta {
    summary: "MODIFY or CHANGE leaves out an attribute that the column has, and so takes it away",
    severity: Some(Severity::Error),
    category: Category::Correctness,
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
        for action in context.actions() {
            let Some((table, change)) = context.change_of(action) else { continue };
            let Some((name, column)) = restated(change) else { continue };
            let known = context.known_column(&table, name);
            let Some(known) = known.filter(|_| !context.is_new(&table)) else { continue };
            // A column of this batch is being worked out; nobody relies on it.
            if context.is_new_column(known) {
                continue;
            }
            let mut lost = lost(known, column);
            if known.not_null && writes_null_unasked(context) {
                let again = Some("NOT NULL".to_owned());
                lost.insert(0, Lost { what: "NOT NULL", again });
            }
            if !lost.is_empty() {
                report(context, action, &table, (name, column), &lost, sink);
            }
        }
    }
}

/// Whether a framework writes NULL, because nobody has told it what the column is.
fn writes_null_unasked(context: &StatementContext<'_>) -> bool {
    let told = ["nullable", "existing_nullable"];
    let directive = context.directive().filter(|one| one.is("alter_column"));
    directive.is_some_and(|one| told.iter().all(|name| one.call.keyword(name).is_none()))
}

/// An attribute that goes.
struct Lost {
    /// What it is called.
    what: &'static str,
    /// What states it again behind the definition; `None` where it has to stand within.
    again: Option<String>,
}

/// What the column has and the definition leaves out.
fn lost(known: &Column, column: &ColumnDef) -> Vec<Lost> {
    let says = |test: fn(&ColumnConstraint) -> bool| column.constraints.iter().any(test);
    let is_generated = says(|it| matches!(it, ColumnConstraint::Generated { .. }));
    let mut lost = Vec::new();
    let mut lose = |what, again: Option<String>| lost.push(Lost { what, again });
    let attributes = known.attributes();
    let states_null = column.constraints.iter().any(|it| match it {
        ColumnConstraint::Null => true,
        ColumnConstraint::Default(expr) => expr.is_null(),
        _ => false,
    });
    if let (Some(generated), false) = (&known.generated, is_generated) {
        let kept = if generated.stored { "STORED" } else { "VIRTUAL" };
        let again = format!("GENERATED ALWAYS AS ({}) {kept}", generated.expr.sql);
        lose("GENERATED", Some(again));
    }
    if known.not_null && !refuses_null(column) && !states_null && !is_generated {
        lose("NOT NULL", Some("NOT NULL".to_owned()));
    }
    let default = known.default.as_ref().filter(|default| !default.is_null());
    if let Some(default) = default
        && !is_generated
        && !says(|it| matches!(it, ColumnConstraint::Default(_) | ColumnConstraint::AutoIncrement))
    {
        lose("DEFAULT", Some(format!("DEFAULT {}", default.sql)));
    }
    if attributes.auto_increment && !says(|it| matches!(it, ColumnConstraint::AutoIncrement)) {
        lose("AUTO_INCREMENT", Some("AUTO_INCREMENT".to_owned()));
    }
    if let Some(expr) = &attributes.on_update
        && !says(|it| matches!(it, ColumnConstraint::OnUpdate(_)))
    {
        lose("ON UPDATE", Some(format!("ON UPDATE {}", expr.sql)));
    }
    if attributes.invisible && !says(|it| matches!(it, ColumnConstraint::Visible(_))) {
        lose("INVISIBLE", Some("INVISIBLE".to_owned()));
    }
    if let Some(comment) = attributes.comment.as_ref().filter(|comment| !comment.is_empty())
        && !says(|it| matches!(it, ColumnConstraint::Comment(_)))
    {
        lose("COMMENT", Some(format!("COMMENT '{}'", comment.replace('\'', "''"))));
    }
    if loses_sign(known, column) {
        lose("UNSIGNED", None);
    }
    lost
}

/// The same type, but for its sign.
fn loses_sign(known: &Column, column: &ColumnDef) -> bool {
    let (Some(old), Some(new)) = (&known.data_type, &column.data_type) else { return false };
    old.is_unsigned() && !new.is_unsigned() && old.base_name() == new.base_name()
}

fn report(
    context: &StatementContext<'_>,
    action: &Action,
    table: &RelationName,
    (name, column): (&Ident, &ColumnDef),
    lost: &[Lost],
    sink: &mut Sink<'_>,
) {
    let Some(place) = context.place(action.span) else { return };
    let names = listed(lost);
    let message = format!("`{table}.{name}` loses {names}");
    let again: Vec<&str> = lost.iter().filter_map(|one| one.again.as_deref()).collect();
    let again = again.join(" ");
    let draft = Draft::at(place, Hazard::Other, message)
        .label("MODIFY and CHANGE state the whole column: what they leave out is taken away")
        .why(effect(lost))
        .help(format!(
            "repeat what {name} has, or say NULL or DEFAULT NULL where that is meant; to change one thing alone, write ALTER COLUMN … SET DEFAULT or RENAME COLUMN"
        ))
        .relation(table);
    sink.add(match edit(context, column, lost, &again) {
        Some(edit) => draft.fix(Applicability::Safe, format!("state {names} again"), vec![edit]),
        None => draft,
    });
}

fn edit(
    context: &StatementContext<'_>,
    column: &ColumnDef,
    lost: &[Lost],
    again: &str,
) -> Option<Edit> {
    // A definition of another language has no text to append to, but arguments.
    if let Some(directive) = context.directive() {
        let known = ["NOT NULL", "DEFAULT", "AUTO_INCREMENT", "COMMENT"];
        let can_say = lost.iter().all(|one| known.contains(&one.what));
        return can_say.then(|| context.existing_arguments(&directive)).flatten();
    }
    if lost.iter().any(|one| one.again.is_none()) {
        return None;
    }
    let place = context.place(column.span)?;
    let end = place.span.end;
    let span = crate::source::Span::new(end, end);
    let text = format!(" {again}");
    Some(Edit { place: crate::source::Place { file: place.file, span }, text })
}

fn listed(lost: &[Lost]) -> String {
    let names: Vec<&str> = lost.iter().map(|one| one.what).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// What follows for those who write the table.
fn effect(lost: &[Lost]) -> &'static str {
    let has = |what: &str| lost.iter().any(|one| one.what == what);
    if has("AUTO_INCREMENT") {
        "the next INSERT that leaves the column out fails"
    } else if has("DEFAULT") && !has("NOT NULL") {
        "an INSERT of a running release that leaves the column out fails, or stores another value"
    } else if has("NOT NULL") {
        "rows without a value come in from here on"
    } else if has("ON UPDATE") {
        "the column stays as it is when its row changes"
    } else if has("UNSIGNED") {
        "values in the upper half of the old range make the change fail, or are cut where sql_mode is not strict"
    } else if has("GENERATED") {
        "the column is a plain one from here on: nothing computes it any more"
    } else {
        "it goes without a warning"
    }
}
