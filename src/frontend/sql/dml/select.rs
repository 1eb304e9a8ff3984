//! Queries as statements, `SELECT … INTO`, and `set_config`.

use super::{Done, Lowered, Lowering, Refusal, facts};
use crate::migration::{
    ActionKind, CreateTableAs, ObjectName, Persistence, Query, SetOption, SettingScope,
};
use sqlparser::ast::{self, Expr, SelectItem, SetExpr};
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use std::ops::Range;

impl Lowering<'_, '_> {
    pub(super) fn select(mut self, range: Range<usize>, head: usize) -> Lowered<Done> {
        let body = head..range.end;
        if body.len() == 1 && self.tokens.is(head, Keyword::SELECT) {
            // PostgreSQL gives one row without columns.
            let facts = self.query(range, Some(Vec::new()));
            let kinds = vec![ActionKind::Select(facts.clone())];
            return Ok(Done { kinds, target: None, facts, output: Some(Vec::new()) });
        }
        let tree = match self.tokens.parse(body, Parser::parse_query) {
            Ok(tree) => tree,
            Err(refusal) => return self.refused_query(range, head, refusal),
        };
        let output = self.collector.query(&tree);
        let facts = self.query(range, output.clone());
        let kinds = match (first_select(&tree.body), settings(&tree)) {
            (_, Some(settings)) => settings.into_iter().map(ActionKind::Set).collect(),
            (Some(ast::Select { into: Some(into), .. }), _) => {
                vec![self.select_into(into, facts.clone(), head)?]
            }
            _ => vec![ActionKind::Select(facts.clone())],
        };
        Ok(Done { kinds, target: None, facts, output })
    }

    /// A query with a part that the parser does not know is a query all the same, of unknown facts.
    /// A table that it makes and another statement behind it are not left to chance.
    fn refused_query(
        mut self,
        range: Range<usize>,
        head: usize,
        refusal: Refusal,
    ) -> Lowered<Done> {
        let body = head..range.end;
        let makes_table = self.tokens.find(body.clone(), |at| self.tokens.is(at, Keyword::INTO));
        let ends_early = refusal.offset >= self.tokens.span(range.end).start;
        let is_whole = !ends_early && self.tokens.is_balanced(body) && self.looks_like_query(head);
        if makes_table.is_some() || !is_whole {
            return Err(refusal);
        }
        self.refuse(refusal);
        self.refuse_hidden(head..range.end)?;
        let facts = self.query(range, None);
        let kinds = vec![ActionKind::Select(facts.clone())];
        Ok(Done { kinds, target: None, facts, output: None })
    }

    fn select_into(
        &self,
        into: &ast::SelectInto,
        query: Query,
        head: usize,
    ) -> Lowered<ActionKind> {
        let name = match into.targets.as_slice() {
            [Expr::Identifier(name)] => Some(vec![name.clone()]),
            [Expr::CompoundIdentifier(parts)] => Some(parts.clone()),
            _ => None,
        };
        let Some(name) = name else {
            return Err(self.tokens.refuse(head, "expected one table after INTO"));
        };
        let persistence = match (into.temporary, into.unlogged) {
            (true, _) => Persistence::Temporary,
            (false, true) => Persistence::Unlogged,
            (false, false) => Persistence::Permanent,
        };
        Ok(ActionKind::CreateTableAs(Box::new(CreateTableAs {
            name: facts::object_name(&ast::ObjectName::from(name), self.tokens.dialect),
            if_not_exists: false,
            persistence,
            columns: Vec::new(),
            query,
            with_data: true,
        })))
    }
}

/// The first `SELECT` of set operations.
fn first_select(mut body: &SetExpr) -> Option<&ast::Select> {
    loop {
        body = match body {
            SetExpr::Select(select) => return Some(select),
            SetExpr::SetOperation { left, .. } => left,
            _ => return None,
        };
    }
}

/// The settings of a query that calls `set_config` with literals and does nothing else.
fn settings(query: &ast::Query) -> Option<Vec<SetOption>> {
    let SetExpr::Select(select) = &*query.body else { return None };
    if query.with.is_some() || !select.from.is_empty() || select.selection.is_some() {
        return None;
    }
    if select.projection.is_empty() {
        return None;
    }
    select.projection.iter().map(setting).collect()
}

fn setting(item: &SelectItem) -> Option<SetOption> {
    let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else {
        return None;
    };
    let Expr::Function(function) = expr else { return None };
    let call = facts::call(function, crate::migration::Dialect::Postgres)?;
    if call.name != ObjectName::bare("set_config") {
        return None;
    }
    let [Some(name), Some(value), Some(local)] = call.arguments.as_slice() else { return None };
    let name = name.to_lowercase();
    let values = match name.as_str() {
        "search_path" => value.split(',').map(path_entry).collect(),
        _ => vec![value.clone()],
    };
    let scope = match local.to_lowercase().as_str() {
        "true" | "t" | "on" | "1" | "yes" => SettingScope::Local,
        _ => SettingScope::Session,
    };
    Some(SetOption { name, values, scope })
}

fn path_entry(entry: &str) -> String {
    let entry = entry.trim();
    match entry.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => entry.to_lowercase(),
    }
}
