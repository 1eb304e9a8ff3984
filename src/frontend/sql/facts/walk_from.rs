//! The walk over `FROM`: what a query's sources are.

use super::collect::{Collector, Source};
use super::{literal, names};
use crate::migration::{Ident, ObjectName, OutputColumn};
use sqlparser::ast::{
    self, JoinConstraint, JoinOperator, TableAlias, TableFactor, TableWithJoins,
    XmlTableColumnOption,
};

impl Collector {
    /// Adds the sources of a `FROM` item and of its joins to the innermost scope.
    pub fn source_item(&mut self, item: &TableWithJoins) {
        self.table_factor(&item.relation);
        for join in &item.joins {
            self.table_factor(&join.relation);
            self.join_condition(&join.join_operator);
        }
    }

    fn join_condition(&mut self, join: &JoinOperator) {
        let constraint = match join {
            JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::Left(constraint)
            | JoinOperator::LeftOuter(constraint)
            | JoinOperator::Right(constraint)
            | JoinOperator::RightOuter(constraint)
            | JoinOperator::FullOuter(constraint)
            | JoinOperator::CrossJoin(constraint)
            | JoinOperator::Semi(constraint)
            | JoinOperator::LeftSemi(constraint)
            | JoinOperator::RightSemi(constraint)
            | JoinOperator::Anti(constraint)
            | JoinOperator::LeftAnti(constraint)
            | JoinOperator::RightAnti(constraint)
            | JoinOperator::StraightJoin(constraint) => constraint,
            JoinOperator::AsOf { match_condition, constraint } => {
                self.expr(match_condition);
                constraint
            }
            _ => return,
        };
        match constraint {
            JoinConstraint::On(condition) => self.expr(condition),
            JoinConstraint::Using(columns) => {
                for column in columns {
                    let name = names::object_name(column, self.dialect).name;
                    self.column(name);
                }
            }
            JoinConstraint::Natural | JoinConstraint::None => {}
        }
    }

    /// Adds the source of one `FROM` entry to the innermost scope.
    pub fn table_factor(&mut self, factor: &TableFactor) {
        let dialect = self.dialect;
        match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                self.table(names::object_name(name, dialect), alias.as_ref());
            }
            TableFactor::Table { name, alias, args: Some(args), .. } => {
                self.table_function(name, &args.args);
                self.function_source(name, alias.as_ref());
            }
            TableFactor::Function { name, args, alias, .. } => {
                self.table_function(name, args);
                self.function_source(name, alias.as_ref());
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let mut source = self.subquery(subquery);
                source.alias = self.alias_name(alias.as_ref());
                source.output = renamed(source.output, &self.alias_columns(alias.as_ref()));
                self.add_source(source);
            }
            TableFactor::UNNEST { array_exprs, alias, .. } => {
                let literals = array_exprs.iter().map(literal::literal).collect();
                self.calls(literal::named("unnest", literals));
                self.exprs(array_exprs);
                self.unknown_source(alias.as_ref());
            }
            TableFactor::TableFunction { expr, alias } => {
                self.expr(expr);
                self.unknown_source(alias.as_ref());
            }
            TableFactor::NestedJoin { table_with_joins, alias } => {
                self.source_item(table_with_joins);
                if alias.is_some() {
                    self.unknown_source(alias.as_ref());
                }
            }
            other => self.rare_factor(other),
        }
    }

    fn rare_factor(&mut self, factor: &TableFactor) {
        match factor {
            TableFactor::JsonTable { json_expr, alias, .. }
            | TableFactor::OpenJsonTable { json_expr, alias, .. } => {
                self.expr(json_expr);
                self.unknown_source(alias.as_ref());
            }
            TableFactor::XmlTable { row_expression, passing, columns, alias, namespaces } => {
                self.exprs(namespaces.iter().map(|namespace| &namespace.uri));
                self.expr(row_expression);
                self.exprs(passing.arguments.iter().map(|argument| &argument.expr));
                for column in columns {
                    if let XmlTableColumnOption::NamedInfo { path, default, .. } = &column.option {
                        self.exprs(path);
                        self.exprs(default);
                    }
                }
                self.unknown_source(alias.as_ref());
            }
            TableFactor::Pivot { table, alias, .. } | TableFactor::Unpivot { table, alias, .. } => {
                self.table_factor(table);
                self.unknown_source(alias.as_ref());
            }
            // Forms of other languages, which our dialects do not parse.
            _ => {}
        }
    }

    /// A table or common table expression as a source.
    pub fn table(&mut self, name: ObjectName, alias: Option<&TableAlias>) {
        let alias_name = self.alias_name(alias);
        let columns = self.alias_columns(alias);
        if let Some(cte) = self.cte(&name) {
            let output = renamed(cte.output.clone(), &columns);
            let alias = alias_name.or(Some(name.name));
            return self.add_source(Source::derived(alias, output));
        }
        self.reads(name.clone());
        let mut source = Source::table(name, alias_name);
        if !columns.is_empty() {
            // Renamed columns can no longer be told from the table's own.
            source.relation = None;
        }
        self.add_source(source);
    }

    /// A subquery as a source without name.
    fn subquery(&mut self, query: &ast::Query) -> Source {
        let output = self.query(query);
        Source::derived(None, output)
    }

    fn function_source(&mut self, name: &ast::ObjectName, alias: Option<&TableAlias>) {
        let alias = self.alias_name(alias);
        let name = names::object_name(name, self.dialect).name;
        self.add_source(Source::derived(alias.or(Some(name)), None));
    }

    fn unknown_source(&mut self, alias: Option<&TableAlias>) {
        let alias = self.alias_name(alias);
        self.add_source(Source::derived(alias, None));
    }

    /// Adds a source to the innermost scope.
    pub fn add_source(&mut self, source: Source) {
        match self.scopes.last_mut() {
            Some(scope) => scope.push(source),
            None => self.scopes.push(vec![source]),
        }
    }

    fn alias_name(&self, alias: Option<&TableAlias>) -> Option<Ident> {
        alias.map(|alias| names::ident(&alias.name, self.dialect))
    }

    /// The column names of an alias.
    pub fn alias_columns(&self, alias: Option<&TableAlias>) -> Vec<Ident> {
        let columns = alias.map_or(&[][..], |alias| &alias.columns);
        columns.iter().map(|column| names::ident(&column.name, self.dialect)).collect()
    }
}

/// Columns under the names that an alias gives them, from the first on.
pub fn renamed(output: Option<Vec<OutputColumn>>, names: &[Ident]) -> Option<Vec<OutputColumn>> {
    if names.is_empty() {
        return output;
    }
    let Some(output) = output.filter(|output| all_single(output)) else {
        // How many columns there are is unknown, so names stand for the first ones at least.
        return None;
    };
    let mut names = names.iter();
    let rename = |column| match (column, names.next()) {
        (OutputColumn::Named { source, .. }, Some(name)) => {
            OutputColumn::Named { name: name.clone(), source }
        }
        (OutputColumn::Unnamed, Some(name)) => {
            OutputColumn::Named { name: name.clone(), source: None }
        }
        (column, _) => column,
    };
    Some(output.into_iter().map(rename).collect())
}

fn all_single(output: &[OutputColumn]) -> bool {
    !output.iter().any(|column| matches!(column, OutputColumn::Star(_)))
}
