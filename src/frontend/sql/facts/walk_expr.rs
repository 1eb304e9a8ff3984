//! The walk over expressions.

use super::collect::Collector;
use super::{literal, names};
use crate::frontend::sql::types;
use crate::migration::FunctionCall;
use sqlparser::ast::{
    self, AccessExpr, Expr, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, Subscript, WindowFrameBound, WindowType,
};

impl Collector {
    /// Gathers what an expression names.
    pub fn expr(&mut self, expr: &Expr) {
        // Chains of operators grow to the left and may be long: no recursion along them.
        let mut pending = Vec::new();
        let mut leftmost = expr;
        while let Expr::BinaryOp { left, right, .. } = leftmost {
            pending.push(&**right);
            leftmost = left;
        }
        self.leaf(leftmost);
        while let Some(right) = pending.pop() {
            self.expr(right);
        }
    }

    /// Gathers what several expressions name.
    pub fn exprs<'a>(&mut self, exprs: impl IntoIterator<Item = &'a Expr>) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn leaf(&mut self, expr: &Expr) {
        match expr {
            Expr::Identifier(name) => self.identifier(name),
            Expr::CompoundIdentifier(parts) => self.compound(parts),
            Expr::Function(function) => self.function(function),
            Expr::Cast { expr, data_type, .. } => {
                self.casts(types::from_ast(data_type, self.dialect));
                self.expr(expr);
            }
            Expr::TypedString(typed) => {
                self.casts(types::from_ast(&typed.data_type, self.dialect));
            }
            Expr::Convert { expr, styles, .. } => {
                self.expr(expr);
                self.exprs(styles);
            }
            Expr::Subquery(query) | Expr::Exists { subquery: query, .. } => {
                self.condition(query);
            }
            Expr::InSubquery { expr, subquery, .. } => {
                self.expr(expr);
                self.condition(subquery);
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                self.exprs(operand.as_deref());
                for when in conditions {
                    self.expr(&when.condition);
                    self.expr(&when.result);
                }
                self.exprs(else_result.as_deref());
            }
            other => self.operator(other),
        }
    }

    fn operator(&mut self, expr: &Expr) {
        match expr {
            Expr::Nested(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::OuterJoin(inner)
            | Expr::Prior(inner)
            | Expr::UnaryOp { expr: inner, .. }
            | Expr::Collate { expr: inner, .. }
            | Expr::IsJson { expr: inner, .. }
            | Expr::IsNormalized { expr: inner, .. }
            | Expr::Named { expr: inner, .. }
            | Expr::Prefixed { value: inner, .. } => self.expr(inner),
            Expr::IsDistinctFrom(left, right)
            | Expr::IsNotDistinctFrom(left, right)
            | Expr::AnyOp { left, right, .. }
            | Expr::AllOp { left, right, .. } => self.exprs([&**left, &**right]),
            Expr::InList { expr, list, .. } => {
                self.expr(expr);
                self.exprs(list);
            }
            Expr::InUnnest { expr, array_expr, .. } => self.exprs([&**expr, &**array_expr]),
            Expr::Between { expr, low, high, .. } => self.exprs([&**expr, &**low, &**high]),
            Expr::Like { expr, pattern, escape_char, .. }
            | Expr::ILike { expr, pattern, escape_char, .. }
            | Expr::SimilarTo { expr, pattern, escape_char, .. } => {
                self.exprs([&**expr, &**pattern]);
                self.exprs(escape_char.as_deref());
            }
            Expr::RLike { expr, pattern, .. } => self.exprs([&**expr, &**pattern]),
            other => self.special_function(other),
        }
    }

    /// Functions with a grammar of their own; the name is that of the function behind it.
    fn special_function(&mut self, expr: &Expr) {
        match expr {
            Expr::AtTimeZone { timestamp, time_zone } => {
                let arguments = vec![literal::literal(time_zone), literal::literal(timestamp)];
                self.calls(literal::named("timezone", arguments));
                self.exprs([&**timestamp, &**time_zone]);
            }
            Expr::Extract { field, expr, .. } => {
                let field = Some(field.to_string().to_lowercase());
                self.calls(literal::named("extract", vec![field, literal::literal(expr)]));
                self.expr(expr);
            }
            Expr::Ceil { expr, .. } => self.special("ceil", [Some(expr)]),
            Expr::Floor { expr, .. } => self.special("floor", [Some(expr)]),
            Expr::Position { expr, r#in } => self.special("position", [Some(expr), Some(r#in)]),
            Expr::Substring { expr, substring_from, substring_for, shorthand, .. } => self.special(
                if *shorthand { "substr" } else { "substring" },
                [Some(expr), substring_from.as_ref(), substring_for.as_ref()],
            ),
            Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => self.special(
                "overlay",
                [Some(expr), Some(overlay_what), Some(overlay_from), overlay_for.as_ref()],
            ),
            Expr::Trim { trim_where, trim_what, expr, trim_characters } => {
                let name = match trim_where {
                    Some(ast::TrimWhereField::Leading) => "ltrim",
                    Some(ast::TrimWhereField::Trailing) => "rtrim",
                    Some(ast::TrimWhereField::Both) | None => "btrim",
                };
                self.special(name, [Some(expr), trim_what.as_ref()]);
                self.exprs(trim_characters.iter().flatten());
            }
            other => self.collection(other),
        }
    }

    fn special<'a>(
        &mut self,
        name: &str,
        arguments: impl IntoIterator<Item = Option<&'a Box<Expr>>>,
    ) {
        let arguments: Vec<&Expr> =
            arguments.into_iter().flatten().map(|argument| &**argument).collect();
        let literals = arguments.iter().map(|argument| literal::literal(argument)).collect();
        self.calls(literal::named(name, literals));
        self.exprs(arguments);
    }

    fn collection(&mut self, expr: &Expr) {
        match expr {
            Expr::Tuple(items) | Expr::Struct { values: items, .. } => self.exprs(items),
            Expr::Array(array) => self.exprs(&array.elem),
            Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
                self.exprs(sets.iter().flatten());
            }
            Expr::Interval(interval) => self.expr(&interval.value),
            Expr::CompoundFieldAccess { root, access_chain } => {
                self.field_access(root, access_chain);
            }
            Expr::JsonAccess { value, path } => {
                self.expr(value);
                for element in &path.path {
                    if let ast::JsonPathElem::Bracket { key }
                    | ast::JsonPathElem::ColonBracket { key } = element
                    {
                        self.expr(key);
                    }
                }
            }
            Expr::Dictionary(fields) => {
                self.exprs(fields.iter().map(|field| &*field.value));
            }
            Expr::Map(map) => {
                for entry in &map.entries {
                    self.exprs([&*entry.key, &*entry.value]);
                }
            }
            Expr::Lambda(lambda) => self.expr(&lambda.body),
            Expr::MemberOf(member) => self.exprs([&*member.value, &*member.array]),
            // Values, wildcards, and forms of other languages without expressions inside.
            _ => {}
        }
    }

    /// `t.tags[1]` is a column with its table, `(t.address).city` a field of a column.
    fn field_access(&mut self, root: &Expr, chain: &[AccessExpr]) {
        let mut names = match root {
            Expr::Identifier(name) => vec![name.clone()],
            Expr::CompoundIdentifier(parts) => parts.clone(),
            _ => Vec::new(),
        };
        let mut rest = chain.iter();
        if names.is_empty() {
            self.expr(root);
        } else {
            while let Some(AccessExpr::Dot(Expr::Identifier(name))) = rest.as_slice().first() {
                names.push(name.clone());
                rest.next();
            }
            self.compound(&names);
        }
        rest.for_each(|access| self.access(access));
    }

    fn access(&mut self, access: &AccessExpr) {
        match access {
            // The field of a composite value is no column.
            AccessExpr::Dot(Expr::Identifier(_)) => {}
            AccessExpr::Dot(expr) | AccessExpr::Subscript(Subscript::Index { index: expr }) => {
                self.expr(expr);
            }
            AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, stride }) => {
                self.exprs(lower_bound);
                self.exprs(upper_bound);
                self.exprs(stride);
            }
        }
    }

    fn identifier(&mut self, name: &ast::Ident) {
        match literal::niladic(name) {
            Some(call) => self.calls(call),
            None => self.column(names::ident(name, self.dialect)),
        }
    }

    fn compound(&mut self, parts: &[ast::Ident]) {
        let mut parts: Vec<_> = parts.iter().map(|part| names::ident(part, self.dialect)).collect();
        let Some(name) = parts.pop() else { return };
        match parts.pop() {
            Some(table) => self.qualified_column(parts.last(), &table, name),
            None => self.column(name),
        }
    }

    fn function(&mut self, function: &ast::Function) {
        if let Some(call) = literal::call(function, self.dialect) {
            self.calls(call);
        }
        self.arguments(&function.parameters);
        self.arguments(&function.args);
        self.exprs(function.within_group.iter().map(|key| &key.expr));
        self.exprs(function.filter.as_deref());
        if let Some(WindowType::WindowSpec(spec)) = &function.over {
            self.window(spec);
        }
    }

    /// Gathers what a window names.
    pub fn window(&mut self, spec: &ast::WindowSpec) {
        self.exprs(&spec.partition_by);
        self.exprs(spec.order_by.iter().map(|key| &key.expr));
        let Some(frame) = &spec.window_frame else { return };
        for bound in std::iter::once(&frame.start_bound).chain(&frame.end_bound) {
            if let WindowFrameBound::Preceding(expr) | WindowFrameBound::Following(expr) = bound {
                self.exprs(expr.as_deref());
            }
        }
    }

    /// A query inside an expression: its rows are no rows of the result.
    fn condition(&mut self, query: &ast::Query) {
        self.conditions += 1;
        self.query(query);
        self.conditions -= 1;
    }

    fn arguments(&mut self, arguments: &FunctionArguments) {
        match arguments {
            FunctionArguments::None => {}
            FunctionArguments::Subquery(query) => {
                self.condition(query);
            }
            FunctionArguments::List(list) => {
                list.args.iter().for_each(|argument| self.function_argument(argument));
                list.clauses.iter().for_each(|clause| self.argument_clause(clause));
            }
        }
    }

    /// Gathers what one argument names.
    pub fn function_argument(&mut self, argument: &FunctionArg) {
        let (FunctionArg::Named { arg, .. }
        | FunctionArg::ExprNamed { arg, .. }
        | FunctionArg::Unnamed(arg)) = argument;
        if let FunctionArgExpr::Expr(expr) = arg {
            self.expr(expr);
        }
    }

    fn argument_clause(&mut self, clause: &FunctionArgumentClause) {
        match clause {
            FunctionArgumentClause::Where(expr) | FunctionArgumentClause::Limit(expr) => {
                self.expr(expr);
            }
            FunctionArgumentClause::OrderBy(keys) => {
                self.exprs(keys.iter().map(|key| &key.expr));
            }
            FunctionArgumentClause::Having(bound) => self.expr(&bound.1),
            FunctionArgumentClause::IgnoreOrRespectNulls(_)
            | FunctionArgumentClause::OnOverflow(_)
            | FunctionArgumentClause::Separator(_)
            | FunctionArgumentClause::JsonNullClause(_)
            | FunctionArgumentClause::JsonReturningClause(_) => {}
        }
    }

    /// A call of a function in `FROM`.
    pub fn table_function(&mut self, name: &ast::ObjectName, arguments: &[FunctionArg]) {
        let literals = arguments.iter().map(literal::argument).collect();
        let name = names::function_name(name, self.dialect);
        self.calls(FunctionCall::new(name, literals));
        arguments.iter().for_each(|argument| self.function_argument(argument));
    }
}
