//! Operators: how tightly they bind, and how they are written.

use super::{Expressions, Written};
use crate::frontend::alembic::render::flavor::Flavor;
use crate::migration::python::{Kind, Value};

/// The outermost operator of an expression, from the loosest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `OR`.
    Or,
    /// `AND`, `NOT`.
    And,
    /// Comparisons.
    Compare,
    /// `||`.
    Concat,
    /// `+`, `-`.
    Sum,
    /// `*`, `/`, `%`.
    Product,
    /// Names, literals, calls.
    Atom,
}

impl Level {
    /// Whether an expression of this level needs parentheses as an operand of `outer`.
    pub fn needs_parentheses(self, outer: Self) -> bool {
        let natural =
            matches!(self, Self::And | Self::Or | Self::Concat | Self::Sum | Self::Product);
        if self == Self::Atom || (natural && self == outer) {
            return false;
        }
        self <= outer
    }
}

impl Expressions {
    /// `a == b`, `a & b`, `~a`.
    pub(super) fn operation(self, operator: &str, operands: &[Value]) -> Written {
        match (operator, operands) {
            ("&" | "and", all) => self.conjunction(all, Level::And),
            ("|" | "or", all) => self.conjunction(all, Level::Or),
            ("~" | "not", [value]) => self.negation(value),
            ("unary -" | "-", [value]) => {
                Written::atom(format!("-{}", self.write(value).beside(Level::Product)))
            }
            (_, [left, right]) => self.binary(operator, left, right),
            _ => Written::atom(super::quote::placeholder("expression")),
        }
    }

    fn binary(self, operator: &str, left: &Value, right: &Value) -> Written {
        let null = right.is_none() || is_null(right);
        let (written, level) = match operator {
            "==" | "is" if null => ("IS", Level::Compare),
            "!=" | "is not" if null => ("IS NOT", Level::Compare),
            "==" => ("=", Level::Compare),
            "!=" | "<" | ">" | "<=" | ">=" => (operator, Level::Compare),
            "+" if is_string(left) || is_string(right) => ("||", Level::Concat),
            "+" | "-" => (operator, Level::Sum),
            "*" | "/" | "%" => (operator, Level::Product),
            _ => (operator, Level::Compare),
        };
        if written == "||" && self.flavor.is_mysql() {
            return Written::atom(format!("concat({}, {})", self.sql(left), self.sql(right)));
        }
        self.joined(left, written, right, level)
    }

    /// Two operands with an operator between them.
    pub(super) fn joined(
        self,
        left: &Value,
        operator: &str,
        right: &Value,
        level: Level,
    ) -> Written {
        let (left, right) = (self.write(left).beside(level), self.write(right).beside(level));
        Written { sql: format!("{left} {operator} {right}"), level }
    }

    /// `AND` or `OR` over operands.
    pub(super) fn conjunction(self, operands: &[Value], level: Level) -> Written {
        let word = if level == Level::And { " AND " } else { " OR " };
        match operands {
            [] => Written::atom(""),
            [one] => self.write(one),
            all => {
                let parts: Vec<String> =
                    all.iter().map(|one| self.write(one).beside(level)).collect();
                Written { sql: parts.join(word), level }
            }
        }
    }

    /// `NOT x`, as SQLAlchemy turns comparisons around.
    pub(super) fn negation(self, value: &Value) -> Written {
        if let Kind::Operation(operator, operands) = &value.kind
            && let [left, right] = operands.as_ref()
        {
            let turned = match *operator {
                "==" => Some("!="),
                "!=" => Some("=="),
                "<" => Some(">="),
                ">" => Some("<="),
                "<=" => Some(">"),
                ">=" => Some("<"),
                _ => None,
            };
            if let Some(turned) = turned {
                return self.binary(turned, left, right);
            }
        }
        if let Some(turned) = self.negated_method(value) {
            return turned;
        }
        let inner = self.write(value);
        match (inner.level, self.flavor) {
            (Level::Atom, Flavor::Sqlite) if is_column(value) => {
                Written { sql: format!("{} = 0", inner.sql), level: Level::Compare }
            }
            (Level::Atom, _) => Written { sql: format!("NOT {}", inner.sql), level: Level::And },
            _ => Written { sql: format!("NOT ({})", inner.sql), level: Level::And },
        }
    }
}

/// Whether it is SQLAlchemy's `null()`.
fn is_null(value: &Value) -> bool {
    super::called(value).is_some_and(|(name, _)| name == "null")
}

fn is_column(value: &Value) -> bool {
    super::tables::column_of(value).is_some()
        || super::called(value).is_some_and(|(name, _)| name == "column")
}

/// Whether it is a string, or a column that says that it holds one.
fn is_string(value: &Value) -> bool {
    match &value.kind {
        Kind::Str(_) => true,
        Kind::Operation("+", operands) => operands.iter().any(is_string),
        _ => super::tables::column_type(value)
            .and_then(Value::path)
            .is_some_and(|path| path.ends_with("String") || path.ends_with("Text")),
    }
}
