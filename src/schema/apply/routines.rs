//! Functions and procedures: made, dropped, and called for the statements that they run.

use super::{Applier, MOST_CALLS};
use crate::migration::{CreateFunction, FunctionCall, ObjectName, SqlType};
use crate::schema::expr::parse_name;
use crate::schema::links::Object;
use crate::schema::{GuardStack, RelationBody, RelationName, Routine, Table, Truth};
use std::sync::Arc;

impl Applier<'_> {
    pub(super) fn create_function(&mut self, def: &CreateFunction) {
        let name = RelationName::of_qualified(&def.name)
            .unwrap_or_else(|| self.schema.creation_name(&def.name.name));
        let routine = Routine {
            name: name.clone(),
            procedure: def.procedure,
            arguments: def.arguments.iter().map(|argument| self.bound_type(argument)).collect(),
            returns: def.returns.clone(),
            result_type: def.returns.as_deref().and_then(|returns| self.result_type(returns)),
            language: def.language.clone(),
            volatility: def.volatility,
            strict: def.strict,
            security_definer: def.security_definer,
            settings: def.settings.clone(),
            body: def.body.clone(),
            certain: self.certain,
        };
        self.schema.edit_routines(&name, |routines| {
            let same = |known: &Arc<Routine>| same_arguments(&known.arguments, &routine.arguments);
            match routines.iter_mut().find(|known| same(known)) {
                Some(known) => *known = Arc::new(routine),
                None => routines.push(Arc::new(routine)),
            }
        });
    }

    /// The type or table of the history that a function returns.
    fn result_type(&self, returns: &str) -> Option<RelationName> {
        let words = returns.trim();
        let bare = match words.get(..6) {
            Some(head) if head.eq_ignore_ascii_case("setof ") => words.get(6..)?.trim(),
            _ => words,
        };
        let name = bare.trim_end_matches("[]");
        if name.contains(['(', ' ']) {
            return None;
        }
        self.schema.type_name(&parse_name(name))
    }

    pub(super) fn drop_routine(
        &mut self,
        name: &ObjectName,
        arguments: Option<&str>,
        cascade: bool,
    ) {
        let Some(name) = self.schema.routine_name(name) else { return };
        let certain = self.certain;
        self.schema.edit_routines(&name, |routines| {
            let wanted = arguments.map(argument_types);
            let goes = |routine: &Routine| {
                wanted.as_ref().is_none_or(|wanted| fits(&routine.arguments, wanted))
            };
            if !certain {
                let doubted = routines.iter_mut().filter(|routine| goes(routine));
                return doubted.for_each(|routine| Arc::make_mut(routine).certain = false);
            }
            // One function alone is the one that is meant, however its arguments were written.
            if routines.len() == 1 {
                routines.clear();
            } else {
                routines.retain(|routine| !goes(routine));
            }
        });
        let gone = !self.schema.routines.contains_key(&name);
        if cascade && gone {
            self.drop_routine_users(&name);
        }
    }

    fn drop_routine_users(&mut self, name: &RelationName) {
        for user in self.schema.relation_users(&Object::Routine(name.clone())) {
            match self.schema.relations.get(&user).map(|relation| &relation.body) {
                Some(RelationBody::Table(_)) => {
                    self.schema.edit_table(&user, |table| forget_routine(table, name));
                }
                Some(_) => self.drop_relation(&user, true),
                None => {}
            }
        }
    }

    /// Runs the body of a function of the history for what it does to the schema.
    pub(super) fn call(&mut self, call: &FunctionCall) {
        let Some(name) = self.schema.routine_name(&call.name) else { return };
        // What a recursive call does, its caller does already.
        if self.calling.contains(&name) {
            return;
        }
        if self.calls >= MOST_CALLS {
            self.schema.cloud();
            return;
        }
        let known = self.schema.routines.get(&name);
        let fitting: Vec<Arc<Routine>> = known
            .into_iter()
            .flatten()
            .filter(|routine| routine.arguments.len() >= call.arguments.len())
            .cloned()
            .collect();
        let [routine] = fitting.as_slice() else { return };
        let body = call.body.as_deref().unwrap_or(&routine.body);
        if body.opaque {
            self.schema.cloud();
        }
        let certain = self.certain;
        let mut guards = GuardStack::default();
        self.calls += 1;
        self.calling.push(name);
        for statement in &body.statements {
            let runs = guards.resolve(self.schema, statement, self.context.target);
            if runs == Truth::False {
                continue;
            }
            self.certain = certain && routine.certain && runs == Truth::True;
            self.statement(statement);
        }
        self.calling.pop();
        self.certain = certain;
    }
}

fn forget_routine(table: &mut Table, name: &RelationName) {
    let full = name.to_object_name();
    let calls =
        |expr: &crate::migration::Expr| expr.functions().iter().any(|call| call.name == full);
    table.triggers.retain(|trigger| trigger.function.as_ref() != Some(&full));
    table.policies.retain(|policy| !policy.functions.contains(name));
    table.columns.retain(|column| {
        !column.generated.as_ref().is_some_and(|generated| calls(&generated.expr))
    });
    for column in &mut table.columns {
        if column.default.as_ref().is_some_and(calls) {
            column.default = None;
        }
    }
    table.constraints.retain(|constraint| match &constraint.body {
        crate::schema::ConstraintBody::Check { expr, .. } => !calls(expr),
        _ => true,
    });
}

fn same_arguments(one: &[SqlType], other: &[SqlType]) -> bool {
    let same =
        |(a, b): (&SqlType, &SqlType)| a.name == b.name && (a.dimensions > 0) == (b.dimensions > 0);
    one.len() == other.len() && one.iter().zip(other).all(same)
}

/// The argument types of a `DROP FUNCTION`, in lower case, as written.
fn argument_types(written: &str) -> Vec<String> {
    let mut types = vec![String::new()];
    let mut depth = 0usize;
    for c in written.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                types.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = types.last_mut() {
            last.extend(c.to_lowercase());
        }
    }
    types.retain(|written| !written.trim().is_empty());
    types.iter().map(|written| written.trim().to_owned()).collect()
}

/// Whether a function has these argument types. A written argument may carry mode and name, so its
/// last words decide.
fn fits(arguments: &[SqlType], wanted: &[String]) -> bool {
    arguments.len() == wanted.len()
        && arguments.iter().zip(wanted).all(|(argument, wanted)| {
            let spellings = [
                argument.to_string(),
                argument.written.to_lowercase(),
                argument.name.name.as_str().to_owned(),
            ];
            spellings
                .iter()
                .any(|spelling| wanted == spelling || wanted.ends_with(&format!(" {spelling}")))
                || aliases(argument)
                    .iter()
                    .any(|alias| wanted == alias || wanted.ends_with(&format!(" {alias}")))
        })
}

/// Other spellings of built-in types.
fn aliases(argument: &SqlType) -> &'static [&'static str] {
    match argument.name.name.as_str() {
        "integer" => &["int", "int4"],
        "bigint" => &["int8"],
        "smallint" => &["int2"],
        "boolean" => &["bool"],
        "character varying" => &["varchar"],
        "character" => &["char", "bpchar"],
        "double precision" => &["float8", "float"],
        "real" => &["float4"],
        "numeric" => &["decimal"],
        "timestamp with time zone" => &["timestamptz"],
        "timestamp without time zone" => &["timestamp"],
        "time without time zone" => &["time"],
        "time with time zone" => &["timetz"],
        _ => &[],
    }
}
