//! Expressions in the schema: bound to the objects that they name when they enter it, and changed
//! when those are renamed.

use super::{RelationName, Schema};
use crate::migration::{
    Expr, ExprFacts, ExprShape, FunctionCall, Ident, ObjectName, Predicate, SqlType,
};
use std::sync::Arc;

/// The sequence that a call of `nextval` and its siblings names.
pub(super) fn sequence_of(call: &FunctionCall) -> Option<ObjectName> {
    let known = matches!(call.name.name.as_str(), "nextval" | "currval" | "setval");
    if !known || call.name.schema.is_some() {
        return None;
    }
    call.arguments.first()?.as_deref().map(parse_name)
}

/// A name as it stands in text that is cast to `regclass`: folded unless quoted.
pub(super) fn parse_name(text: &str) -> ObjectName {
    let mut parts: Vec<String> = vec![String::new()];
    let mut quoted = false;
    for c in text.trim().chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            _ => {
                let Some(part) = parts.last_mut() else { continue };
                if quoted { part.push(c) } else { part.extend(c.to_lowercase()) }
            }
        }
    }
    let name = Ident::new(parts.pop().unwrap_or_default());
    match parts.pop().filter(|schema| schema != "pg_catalog") {
        Some(schema) => ObjectName { schema: Some(Ident::new(schema)), name },
        None => ObjectName { schema: None, name },
    }
}

/// The default of a serial column.
pub(super) fn nextval(sequence: &RelationName) -> Expr {
    let text = qualified_text(sequence);
    let sql = format!("nextval('{}'::regclass)", display_text(sequence).replace('\'', "''"));
    let call = FunctionCall::new(ObjectName::bare("nextval"), vec![Some(text)]);
    let facts = ExprFacts {
        functions: vec![call.clone()],
        casts: vec![SqlType::simple("regclass")],
        shape: ExprShape::Call(call),
        ..ExprFacts::default()
    };
    Expr { sql: Arc::from(sql), facts: Some(Arc::new(facts)) }
}

/// A string literal.
pub(super) fn literal(text: &str) -> Expr {
    let facts = ExprFacts { shape: ExprShape::Literal(text.to_owned()), ..ExprFacts::default() };
    let sql = format!("'{}'", text.replace('\'', "''"));
    Expr { sql: Arc::from(sql), facts: Some(Arc::new(facts)) }
}

/// Follows the rename of a sequence in a default.
pub(super) fn renamed_sequence(expr: &mut Expr, old: &RelationName, new: &RelationName) {
    let names_old = |call: &FunctionCall| {
        sequence_of(call).and_then(|name| RelationName::of_qualified(&name)).as_ref() == Some(old)
    };
    if let ExprShape::Call(call) = expr.shape()
        && names_old(call)
        && call.name.name == "nextval"
    {
        *expr = nextval(new);
        return;
    }
    let Some(facts) = expr.facts.as_mut() else { return };
    if !facts.functions.iter().any(names_old) {
        return;
    }
    for call in Arc::make_mut(facts).functions.iter_mut().filter(|call| names_old(call)) {
        if let Some(argument) = call.arguments.first_mut() {
            *argument = Some(qualified_text(new));
        }
    }
}

fn qualified_text(name: &RelationName) -> String {
    format!("{}.{}", quoted(&name.schema), quoted(&name.name))
}

fn display_text(name: &RelationName) -> String {
    if name.schema == "public" { quoted(&name.name) } else { qualified_text(name) }
}

/// The identifier as it must be written.
pub(super) fn quoted(name: &Ident) -> String {
    let plain = name.as_str().starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.as_str().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain {
        name.as_str().to_owned()
    } else {
        format!("\"{}\"", name.as_str().replace('"', "\"\""))
    }
}

impl Schema {
    /// The expression with functions and sequences of the history named in full, so that its links
    /// stay the same whatever the search path becomes.
    pub(super) fn bind(&self, expr: &Expr) -> Expr {
        let Some(facts) = &expr.facts else { return expr.clone() };
        if facts.functions.is_empty() {
            return expr.clone();
        }
        let mut bound = facts.as_ref().clone();
        bound.functions.iter_mut().for_each(|call| self.bind_call(call));
        if let ExprShape::Call(call) = &mut bound.shape {
            self.bind_call(call);
        }
        Expr { sql: Arc::clone(&expr.sql), facts: Some(Arc::new(bound)) }
    }

    fn bind_call(&self, call: &mut FunctionCall) {
        if let Some(name) = self.routine_name(&call.name) {
            call.name = name.to_object_name();
        }
        let Some(sequence) = sequence_of(call).map(|name| self.resolve(&name)) else { return };
        if let Some(argument) = call.arguments.first_mut() {
            *argument = Some(qualified_text(&sequence));
        }
    }

    /// The full name under which the history made functions of that name.
    pub fn routine_name(&self, name: &ObjectName) -> Option<RelationName> {
        match RelationName::of_qualified(name) {
            Some(full) => self.routines.contains_key(&full).then_some(full),
            None => self.candidates(&name.name).find(|full| self.routines.contains_key(full)),
        }
    }
}

/// Follows the rename of a column, in the text and in the facts.
pub(super) fn rename_column(expr: &mut Expr, old: &Ident, new: &Ident) {
    let Some(facts) = expr.facts.as_mut() else {
        expr.sql = Arc::from(rename_word(&expr.sql, old, new));
        return;
    };
    if !facts.columns.contains(old) {
        return;
    }
    expr.sql = Arc::from(rename_word(&expr.sql, old, new));
    let facts = Arc::make_mut(facts);
    let follow = |name: &mut Ident| {
        if name == old {
            *name = new.clone();
        }
    };
    facts.columns.iter_mut().for_each(follow);
    match &mut facts.shape {
        ExprShape::Column(name) | ExprShape::ColumnCast(name, _) => follow(name),
        _ => {}
    }
    rename_in_parts(&mut facts.conjuncts, old, new);
}

fn rename_in_parts(parts: &mut [Predicate], old: &Ident, new: &Ident) {
    for part in parts {
        let name = match part {
            Predicate::IsNotNull(name) | Predicate::IsNull(name) => name,
            Predicate::Compare { column, .. } | Predicate::AnyOf { column, .. } => column,
            Predicate::AnyPart(alternatives) => {
                for parts in alternatives {
                    rename_in_parts(parts, old, new);
                }
                continue;
            }
            Predicate::True | Predicate::Other => continue,
        };
        if name == old {
            *name = new.clone();
        }
    }
}

/// Replaces an identifier wherever it stands as a word of its own, outside literals and not as a
/// function's name.
fn rename_word(sql: &str, old: &Ident, new: &Ident) -> String {
    let mut result = String::with_capacity(sql.len() + 8);
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let end = token_end(rest, first);
        let (token, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if is_name(token, old) && !after.trim_start().starts_with('(') {
            result.push_str(&quoted(new));
        } else {
            result.push_str(token);
        }
        rest = after;
    }
    result
}

fn is_name(token: &str, name: &Ident) -> bool {
    match token.strip_prefix('"').and_then(|token| token.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\"") == name.as_str(),
        None => token.to_lowercase() == name.as_str(),
    }
}

fn token_end(text: &str, first: char) -> usize {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    match first {
        '\'' | '"' => {
            let closing = text.char_indices().skip(1).find(|(_, c)| *c == first);
            closing.map_or(text.len(), |(at, _)| at + 1)
        }
        c if word(c) => text.find(|c| !word(c)).unwrap_or(text.len()),
        c => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_renamed_outside_literals_and_calls() {
        let (old, new) = (Ident::new("status"), Ident::new("State"));
        let sql = "status = 'status' AND status(\"status\") > 0 AND my_status IS NULL";
        assert_eq!(
            rename_word(sql, &old, &new),
            "\"State\" = 'status' AND status(\"State\") > 0 AND my_status IS NULL"
        );
    }

    #[test]
    fn names_in_text_fold_unless_quoted() {
        assert_eq!(parse_name("Shop.\"Order Seq\""), ObjectName::qualified("shop", "Order Seq"));
        assert_eq!(parse_name("Orders_id_seq"), ObjectName::bare("orders_id_seq"));
    }
}
