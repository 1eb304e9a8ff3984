//! The walk over queries: common table expressions, set operations, select lists, row locks.

use super::collect::{Collector, CteName, Source};
use super::walk_from::renamed;
use super::{column_names, literal, names};
use crate::migration::{Dialect, Ident, ObjectName, OutputColumn};
use sqlparser::ast::{
    self, Distinct, Expr, GroupByExpr, GroupByWithModifier, LimitClause, NamedWindowExpr,
    OrderByKind, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
};

type Output = Option<Vec<OutputColumn>>;

impl Collector {
    /// Gathers what a query names; gives its columns.
    pub fn query(&mut self, query: &ast::Query) -> Output {
        self.depth += 1;
        let (ctes, scopes) = (self.ctes.len(), self.scopes.len());
        if let Some(with) = &query.with {
            self.with(with);
        }
        let output = self.body(&query.body);
        self.tail(query, output.as_deref());
        self.scopes.truncate(scopes);
        self.ctes.truncate(ctes);
        self.depth -= 1;
        output
    }

    fn with(&mut self, with: &ast::With) {
        let first = self.ctes.len();
        if with.recursive {
            // In WITH RECURSIVE every name is in scope in every part.
            for cte in &with.cte_tables {
                let name = names::ident(&cte.alias.name, self.dialect);
                self.ctes.push(CteName { name, output: None });
            }
        }
        for (at, cte) in with.cte_tables.iter().enumerate() {
            let output = self.query(&cte.query);
            let output = renamed(output, &self.alias_columns(Some(&cte.alias)));
            let name = names::ident(&cte.alias.name, self.dialect);
            match self.ctes.get_mut(first + at) {
                Some(known) if with.recursive => known.output = output,
                _ => self.ctes.push(CteName { name, output }),
            }
        }
    }

    /// Gathers what the body names; leaves the scope of a plain `SELECT` open for `ORDER BY`.
    fn body(&mut self, body: &SetExpr) -> Output {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { .. } => self.set_operation(body),
            SetExpr::Values(values) => {
                self.scopes.push(Vec::new());
                self.exprs(values.rows.iter().flat_map(|row| row.content.iter()));
                let width = values.rows.first().map_or(0, |row| row.content.len());
                Some((1..=width).map(|at| named(format!("column{at}"))).collect())
            }
            SetExpr::Table(table) => {
                let name = self.table_command(table);
                self.scopes.push(Vec::new());
                self.table(name, None);
                self.star()
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => self.data_change(statement),
        }
    }

    fn set_operation(&mut self, body: &SetExpr) -> Output {
        // Chains of set operations grow to the left and may be long: no recursion along them.
        let mut rights = Vec::new();
        let mut leftmost = body;
        while let SetExpr::SetOperation { left, right, .. } = leftmost {
            rights.push(&**right);
            leftmost = left;
        }
        let output = self.branch(leftmost);
        while let Some(right) = rights.pop() {
            self.branch(right);
        }
        self.scopes.push(Vec::new());
        output.map(|columns| columns.into_iter().map(without_source).collect())
    }

    fn branch(&mut self, body: &SetExpr) -> Output {
        let scopes = self.scopes.len();
        let output = self.body(body);
        self.scopes.truncate(scopes);
        output
    }

    fn table_command(&self, table: &ast::Table) -> ObjectName {
        let fold = |name: &String| names::fold(name, false, self.dialect);
        ObjectName {
            schema: table.schema_name.as_ref().map(fold),
            name: table.table_name.as_ref().map_or_else(|| Ident::new(""), fold),
        }
    }

    fn select(&mut self, select: &ast::Select) -> Output {
        self.scopes.push(Vec::new());
        select.from.iter().for_each(|item| self.source_item(item));
        let output = self.select_list(&select.projection);
        if let Some(Distinct::On(keys)) = &select.distinct {
            self.exprs(keys);
        }
        self.exprs(&select.prewhere);
        self.exprs(&select.selection);
        self.group_by(&select.group_by, output.as_deref());
        self.exprs(&select.having);
        for window in &select.named_window {
            if let NamedWindowExpr::WindowSpec(spec) = &window.1 {
                self.window(spec);
            }
        }
        self.exprs(&select.qualify);
        output
    }

    fn group_by(&mut self, group: &GroupByExpr, output: Option<&[OutputColumn]>) {
        let (exprs, modifiers) = match group {
            GroupByExpr::All(modifiers) => (&[][..], modifiers),
            GroupByExpr::Expressions(exprs, modifiers) => (exprs.as_slice(), modifiers),
        };
        exprs.iter().for_each(|key| self.key(key, output));
        for modifier in modifiers {
            if let GroupByWithModifier::GroupingSets(expr) = modifier {
                self.expr(expr);
            }
        }
    }

    /// A key of `ORDER BY` or `GROUP BY`: the bare name of a result column is no column of a
    /// relation by itself.
    fn key(&mut self, key: &Expr, output: Option<&[OutputColumn]>) {
        if let Expr::Identifier(name) = key {
            let name = names::ident(name, self.dialect);
            let is_result = |column: &OutputColumn| matches!(column, OutputColumn::Named { name: given, .. } if *given == name);
            if output.is_some_and(|output| output.iter().any(is_result)) {
                return;
            }
        }
        self.expr(key);
    }

    fn tail(&mut self, query: &ast::Query, output: Option<&[OutputColumn]>) {
        if let Some(ast::OrderBy { kind: OrderByKind::Expressions(keys), .. }) = &query.order_by {
            keys.iter().for_each(|key| self.key(&key.expr, output));
        }
        match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit, offset, limit_by }) => {
                self.exprs(limit);
                self.exprs(offset.as_ref().map(|offset| &offset.value));
                self.exprs(limit_by);
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => self.exprs([offset, limit]),
            None => {}
        }
        self.exprs(query.fetch.as_ref().and_then(|fetch| fetch.quantity.as_ref()));
        query.locks.iter().for_each(|lock| self.row_lock(lock));
    }

    fn row_lock(&mut self, lock: &ast::LockClause) {
        let locked: Vec<ObjectName> = match &lock.of {
            Some(of) => {
                let of = names::object_name(of, self.dialect);
                let source = self.source(of.schema.as_ref(), &of.name);
                source.map_or_else(Vec::new, |source| source.locked.clone())
            }
            None => {
                let scope = self.scopes.last().map_or(&[][..], Vec::as_slice);
                scope.iter().flat_map(|source| source.locked.iter().cloned()).collect()
            }
        };
        locked.into_iter().for_each(|relation| self.locks(relation));
    }

    /// Gathers what a select list or `RETURNING` names; gives its columns.
    pub fn select_list(&mut self, items: &[SelectItem]) -> Output {
        let mut output = Some(Vec::new());
        for item in items {
            let columns = self.select_item(item);
            match (&mut output, columns) {
                (Some(output), Some(columns)) => output.extend(columns),
                _ => output = None,
            }
        }
        output
    }

    fn select_item(&mut self, item: &SelectItem) -> Output {
        match item {
            SelectItem::UnnamedExpr(expr) => {
                self.expr(expr);
                if is_all_fields(expr) {
                    return None;
                }
                Some(vec![self.output_column(expr, None)])
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                self.expr(expr);
                let alias = names::ident(alias, self.dialect);
                Some(vec![self.output_column(expr, Some(alias))])
            }
            SelectItem::ExprWithAliases { expr, .. } => {
                self.expr(expr);
                None
            }
            SelectItem::Wildcard(_) => self.star(),
            SelectItem::QualifiedWildcard(kind, _) => match kind {
                SelectItemQualifiedWildcardKind::ObjectName(name) => {
                    let name = names::object_name(name, self.dialect);
                    self.source(name.schema.as_ref(), &name.name).and_then(star_of)
                }
                SelectItemQualifiedWildcardKind::Expr(expr) => {
                    self.expr(expr);
                    None
                }
            },
        }
    }

    /// `*`: of a single table that table's, one entry over several plain ones, which may merge
    /// columns; subqueries and CTEs are spelled out where known.
    fn star(&self) -> Output {
        let scope = self.scopes.last().map_or(&[][..], Vec::as_slice);
        if let [source] = scope {
            return star_of(source);
        }
        if scope.iter().all(|source| source.relation.is_some()) {
            return Some(vec![OutputColumn::Star(None)]);
        }
        let columns: Option<Vec<_>> = scope.iter().map(star_of).collect();
        Some(columns?.into_iter().flatten().collect())
    }

    fn output_column(&self, expr: &Expr, alias: Option<Ident>) -> OutputColumn {
        let source = match literal::bare(expr) {
            Expr::Identifier(name) if literal::niladic(name).is_none() => {
                self.origin(std::slice::from_ref(name))
            }
            Expr::CompoundIdentifier(parts) => self.origin(parts),
            _ => None,
        };
        match alias.or_else(|| self.own_name(expr)) {
            Some(name) => OutputColumn::Named { name, source },
            None => OutputColumn::Unnamed,
        }
    }

    /// The name that the server gives a column without alias.
    fn own_name(&self, expr: &Expr) -> Option<Ident> {
        if self.dialect == Dialect::Postgres {
            return column_names::of(expr, self.dialect);
        }
        match literal::uncast(expr) {
            Expr::Identifier(name) => Some(names::ident(name, self.dialect)),
            Expr::CompoundIdentifier(parts) => {
                parts.last().map(|name| names::ident(name, self.dialect))
            }
            Expr::Function(function) => Some(names::object_name(&function.name, self.dialect).name),
            Expr::Case { else_result, .. } => {
                let name = else_result.as_deref().and_then(|result| self.own_name(result));
                Some(name.unwrap_or_else(|| Ident::new("case")))
            }
            Expr::Exists { negated: false, .. } => Some(Ident::new("exists")),
            Expr::Array(_) => Some(Ident::new("array")),
            _ => None,
        }
    }
}

/// `(composite).*`.
fn is_all_fields(expr: &Expr) -> bool {
    let Expr::CompoundFieldAccess { access_chain, .. } = expr else { return false };
    matches!(access_chain.last(), Some(ast::AccessExpr::Dot(Expr::Identifier(name))) if name.value == "*")
}

fn star_of(source: &Source) -> Output {
    match &source.relation {
        Some(relation) => Some(vec![OutputColumn::Star(Some(relation.clone()))]),
        None => source.output.clone(),
    }
}

fn named(name: String) -> OutputColumn {
    OutputColumn::Named { name: Ident::new(name), source: None }
}

fn without_source(column: OutputColumn) -> OutputColumn {
    match column {
        OutputColumn::Named { name, .. } => OutputColumn::Named { name, source: None },
        other => other,
    }
}
