//! Methods of expressions: `.is_(None)`, `.in_([…])`, `.like("…")`.

use super::{Expressions, Level, Written, quote, statement, textual};
use crate::frontend::alembic::render::flavor::Flavor;
use crate::migration::python::{Call, Callee, Kind, Value};

impl Expressions {
    /// A method of an expression.
    pub(super) fn method(self, base: &Value, method: &str, call: &Call) -> Written {
        let unknown = || Written::atom(quote::placeholder("expression"));
        let Some(first) = call.args.first() else {
            return self.bare_method(base, method, call);
        };
        match method {
            "is_" => self.joined(base, "IS", first, Level::Compare),
            "isnot" | "is_not" => self.joined(base, "IS NOT", first, Level::Compare),
            "in_" => self.membership(base, first, false),
            "notin_" | "not_in" => self.membership(base, first, true),
            "like" => self.joined(base, "LIKE", first, Level::Compare),
            "notlike" | "not_like" => self.joined(base, "NOT LIKE", first, Level::Compare),
            "ilike" => self.ilike(base, first, ""),
            "notilike" | "not_ilike" => self.ilike(base, first, "NOT "),
            "between" => self.between(base, &call.args),
            "startswith" => self.affixed(base, first, "", " || '%'"),
            "endswith" => self.affixed(base, first, "'%' || ", ""),
            "contains" => self.affixed(base, first, "'%' || ", " || '%'"),
            "label" => self.write(base),
            "cast" => self.cast(Some(base), Some(first)),
            "concat" => self.joined(base, "||", first, Level::Concat),
            "collate" => self.collated(Some(base), Some(first)),
            "bindparams" | "columns" | "with_variant" => self.write(base),
            "where" | "filter" | "select_from" | "order_by" | "limit" | "group_by" | "join" => {
                unknown()
            }
            _ => unknown(),
        }
    }

    fn bare_method(self, base: &Value, method: &str, call: &Call) -> Written {
        match method {
            "desc" => self.ordered(base, "DESC"),
            "asc" => self.ordered(base, "ASC"),
            "nullsfirst" | "nulls_first" => self.ordered(base, "NULLS FIRST"),
            "nullslast" | "nulls_last" => self.ordered(base, "NULLS LAST"),
            "scalar_subquery" | "as_scalar" | "subquery" => match statement(base, self.flavor) {
                Ok(query) => Written::atom(format!("({query})")),
                Err(_) => Written::atom(quote::placeholder("query")),
            },
            "bindparams" => {
                Written::atom(textual::bound(base, &call.kwargs, self).unwrap_or_default())
            }
            "next_value" => self.next_value(base),
            "self_group" => Written::atom(format!("({})", self.sql(base))),
            _ => Written::atom(quote::placeholder("expression")),
        }
    }

    /// `sa.Sequence("numbers").next_value()`.
    fn next_value(self, sequence: &Value) -> Written {
        let name = sequence.as_call().and_then(|call| call.args.first()).and_then(quote::optional);
        Written::atom(match name {
            Some(name) => format!("nextval('{}')", quote::quoted(&name, self.flavor)),
            None => quote::placeholder("next value"),
        })
    }

    /// A method call turned around, where it has a form of its own.
    pub(super) fn negated_method(self, value: &Value) -> Option<Written> {
        let call = value.as_call()?;
        let Callee::Method(base, method) = &call.callee else {
            return None;
        };
        let first = call.args.first()?;
        Some(match method.as_str() {
            "is_" => self.joined(base, "IS NOT", first, Level::Compare),
            "isnot" | "is_not" => self.joined(base, "IS", first, Level::Compare),
            "in_" => self.membership(base, first, true),
            "notin_" | "not_in" => self.membership(base, first, false),
            "like" => self.joined(base, "NOT LIKE", first, Level::Compare),
            "ilike" => self.ilike(base, first, "NOT "),
            _ => return None,
        })
    }

    pub(super) fn ordered(self, value: &Value, word: &str) -> Written {
        Written { sql: format!("{} {word}", self.sql(value)), level: Level::Atom }
    }

    fn membership(self, base: &Value, list: &Value, negated: bool) -> Written {
        let left = self.write(base).beside(Level::Compare);
        let inside = match list.elements() {
            Some([]) => "SELECT 1 WHERE 1!=1".to_owned(),
            Some(all) => all.iter().map(|one| self.sql(one)).collect::<Vec<_>>().join(", "),
            None => match statement(list, self.flavor) {
                Ok(query) => query,
                Err(_) => quote::placeholder("values"),
            },
        };
        if negated {
            return Written::atom(format!("({left} NOT IN ({inside}))"));
        }
        Written { sql: format!("{left} IN ({inside})"), level: Level::Compare }
    }

    fn ilike(self, base: &Value, pattern: &Value, negation: &str) -> Written {
        if self.flavor == Flavor::Postgres {
            return self.joined(base, &format!("{negation}ILIKE"), pattern, Level::Compare);
        }
        let (left, right) = (self.sql(base), self.sql(pattern));
        Written {
            sql: format!("lower({left}) {negation}LIKE lower({right})"),
            level: Level::Compare,
        }
    }

    fn between(self, base: &Value, bounds: &[Value]) -> Written {
        let [low, high] = bounds else {
            return Written::atom(quote::placeholder("between"));
        };
        let sql = format!("{} BETWEEN {} AND {}", self.sql(base), self.sql(low), self.sql(high));
        Written { sql, level: Level::Compare }
    }

    fn affixed(self, base: &Value, text: &Value, before: &str, after: &str) -> Written {
        let (left, right) = (self.sql(base), self.sql(text));
        let pattern = if self.flavor.is_mysql() {
            let before = if before.is_empty() { "" } else { "'%', " };
            let after = if after.is_empty() { "" } else { ", '%'" };
            match (before, after) {
                ("'%', ", ", '%'") => format!("concat(concat('%', {right}), '%')"),
                _ => format!("concat({before}{right}{after})"),
            }
        } else {
            format!("{before}{right}{after}")
        };
        let sql = if self.flavor.is_mysql() {
            format!("{left} LIKE {pattern}")
        } else {
            format!("({left} LIKE {pattern})")
        };
        Written { sql, level: if self.flavor.is_mysql() { Level::Compare } else { Level::Atom } }
    }

    /// `CASE`: pairs of condition and result, in a list or as arguments.
    pub(super) fn case(self, call: &Call) -> Written {
        let mut pairs: Vec<&Value> = Vec::new();
        for argument in &call.args {
            match &argument.kind {
                Kind::List(all) => pairs.extend(all.iter()),
                _ => pairs.push(argument),
            }
        }
        let mut sql = "CASE".to_owned();
        for pair in pairs {
            let Some([condition, result]) = pair.elements() else {
                return Written::atom(quote::placeholder("case"));
            };
            let condition = self.write(condition).grouped_condition();
            sql.push_str(&format!(" WHEN {condition} THEN {}", self.sql(result)));
        }
        if let Some(otherwise) = call.keyword("else_") {
            sql.push_str(&format!(" ELSE {}", self.sql(otherwise)));
        }
        Written::atom(sql + " END")
    }
}

impl Written {
    fn grouped_condition(self) -> String {
        if self.level == Level::Atom { self.sql } else { format!("({})", self.sql) }
    }
}
