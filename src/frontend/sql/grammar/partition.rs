//! Partition keys and bounds.

use super::super::cursor::{Cursor, Parsed};
use super::super::facts;
use super::super::names;
use super::super::scanner::TokenKind;
use super::{index, options};
use crate::migration::{ExprShape, IndexedColumn, ObjectName, PartitionBound, PartitionOf};

/// Takes the bound behind `PARTITION OF parent`.
pub(in super::super) fn of(cursor: &mut Cursor<'_>, parent: ObjectName) -> Parsed<PartitionOf> {
    Ok(PartitionOf { parent, bound: bound(cursor)? })
}

/// Takes `DEFAULT` or `FOR VALUES …`.
pub(in super::super) fn bound(cursor: &mut Cursor<'_>) -> Parsed<PartitionBound> {
    if cursor.eat("default") {
        return Ok(PartitionBound::Default);
    }
    cursor.expect("for values")?;
    if cursor.eat("in") {
        return Ok(PartitionBound::List(literals(cursor)?));
    }
    if cursor.eat("from") {
        let from = literals(cursor)?;
        cursor.expect("to")?;
        return Ok(PartitionBound::Range { from, to: literals(cursor)? });
    }
    cursor.expect("with")?;
    let start = cursor.offset();
    let parameters = names_and_numbers(cursor)?;
    let number = |wanted: &str| {
        parameters.iter().find(|(name, _)| name == wanted).and_then(|(_, number)| *number)
    };
    Ok(match (number("modulus"), number("remainder")) {
        (Some(modulus), Some(remainder)) => PartitionBound::Hash { modulus, remainder },
        _ => PartitionBound::Unknown(cursor.written(cursor.since(start)).to_owned()),
    })
}

fn names_and_numbers(cursor: &mut Cursor<'_>) -> Parsed<Vec<(String, Option<u64>)>> {
    let parameters = options::parameters(cursor)?;
    Ok(parameters
        .into_iter()
        .map(|(name, value)| (name, value.and_then(|value| value.parse().ok())))
        .collect())
}

fn literals(cursor: &mut Cursor<'_>) -> Parsed<Vec<String>> {
    let mut inner = cursor.parens("'(' before the bound")?;
    let mut literals = Vec::new();
    while !inner.is_done() {
        let part = inner.until_comma();
        literals.push(literal(&part));
        inner.comma()?;
    }
    Ok(literals)
}

/// The literal's text, also where it is signed or cast; anything else as written.
fn literal(part: &Cursor<'_>) -> String {
    let written = part.written(part.rest());
    match part.peek() {
        Some(token) if token.kind == TokenKind::String && part.remaining() == 1 => {
            names::string_value(written)
        }
        Some(token) if token.kind == TokenKind::Word && part.remaining() == 1 => {
            written.to_ascii_uppercase()
        }
        _ => match facts::expr(part.text(part.rest()), part.dialect()).shape() {
            ExprShape::Literal(text) => text.clone(),
            _ => written.to_owned(),
        },
    }
}

/// Takes `strategy (columns)` behind `PARTITION BY`.
pub(in super::super) fn by(cursor: &mut Cursor<'_>) -> Parsed<(String, Vec<IndexedColumn>)> {
    let strategy = cursor.label("a partitioning strategy")?.to_string();
    let mut inner = cursor.parens("'(' before the partition key")?;
    let mut columns = Vec::new();
    while !inner.is_done() {
        columns.push(index::element(inner.until_comma())?);
        inner.comma()?;
    }
    Ok((strategy, columns))
}
