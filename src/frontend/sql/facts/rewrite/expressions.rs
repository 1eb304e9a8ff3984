//! Spellings inside expressions.

use super::{Change, before, is_word, word};
use crate::frontend::sql::facts::tokens::Tokens;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

/// The rules for words, `*`, `.` and `,`.
pub const WORDS: [fn(&Tokens<'_>, usize) -> Change; 14] = [
    variadic,
    fields_of_composite,
    collate_behind_cast,
    typed_string,
    window_exclusion,
    null_test,
    collation_for,
    any_of_operator,
    is_document,
    between_symmetric,
    at_local,
    empty_select,
    national,
    trim_spaces,
];

/// The rules for operators.
pub const OPERATORS: [fn(&Tokens<'_>, usize) -> Change; 3] =
    [frame_bound_cast, glued_sign, long_operator];

/// `f(VARIADIC array)`.
fn variadic(tokens: &Tokens<'_>, at: usize) -> Change {
    let argument = at > 0 && matches!(tokens.get(at - 1), Token::LParen | Token::Comma);
    (argument && tokens.is(at, Keyword::VARIADIC) && !ends_item(tokens, at + 1))
        .then(|| (1, Vec::new()))
}

fn ends_item(tokens: &Tokens<'_>, at: usize) -> bool {
    matches!(tokens.get(at), Token::Comma | Token::RParen | Token::Period | Token::EOF)
}

/// `(composite).*`: kept as a field with the name `*`, so that the walk sees that the number of
/// columns is unknown.
fn fields_of_composite(tokens: &Tokens<'_>, at: usize) -> Change {
    let composite = at > 0 && matches!(tokens.get(at - 1), Token::RParen | Token::RBracket);
    (composite && *tokens.get(at) == Token::Period && *tokens.get(at + 1) == Token::Mul)
        .then(|| (2, vec![Token::Period, Token::make_word("*", Some('"'))]))
}

/// `value::type COLLATE name`: known only behind a value without cast. What a collation is applied
/// to stays the same value for these facts.
fn collate_behind_cast(tokens: &Tokens<'_>, at: usize) -> Change {
    if !tokens.is(at, Keyword::COLLATE) || !is_word(tokens, at + 1) {
        return None;
    }
    // Types are short; anything longer is none.
    let type_start = (at.saturating_sub(10)..at).rev().find(|&back| {
        !matches!(
            tokens.get(back),
            Token::Word(_)
                | Token::Number(..)
                | Token::LParen
                | Token::RParen
                | Token::LBracket
                | Token::RBracket
                | Token::Period
                | Token::Comma
        )
    })?;
    if *tokens.get(type_start) != Token::DoubleColon {
        return None;
    }
    let qualified = *tokens.get(at + 2) == Token::Period;
    Some((if qualified { 4 } else { 2 }, Vec::new()))
}

/// Names of types that stand before a string literal and are known to the parser only as columns.
const STRING_TYPES: [&str; 34] = [
    "bit",
    "bool",
    "boolean",
    "box",
    "bytea",
    "cidr",
    "circle",
    "daterange",
    "float8",
    "inet",
    "int4",
    "int4range",
    "int8",
    "int8range",
    "json",
    "jsonb",
    "line",
    "lseg",
    "macaddr",
    "money",
    "name",
    "numeric",
    "numrange",
    "oid",
    "path",
    "pg_lsn",
    "point",
    "polygon",
    "regclass",
    "text",
    "timestamptz",
    "tsquery",
    "tsvector",
    "uuid",
];

/// `inet '::1'` as `'::1'::inet`.
fn typed_string(tokens: &Tokens<'_>, at: usize) -> Change {
    let Token::Word(name) = tokens.get(at) else { return None };
    let (Token::SingleQuotedString(_) | Token::EscapedStringLiteral(_)) = tokens.get(at + 1) else {
        return None;
    };
    let lower = name.value.to_ascii_lowercase();
    if name.quote_style.is_some() || STRING_TYPES.binary_search(&lower.as_str()).is_err() {
        return None;
    }
    let operand = at == 0
        || !matches!(tokens.get(at - 1), Token::Period | Token::RParen | Token::DoubleColon);
    operand.then(|| (2, vec![tokens.get(at + 1).clone(), Token::DoubleColon, word(&lower)]))
}

/// `OVER (… EXCLUDE CURRENT ROW)`.
fn window_exclusion(tokens: &Tokens<'_>, at: usize) -> Change {
    if !tokens.is_word(at, "exclude") {
        return None;
    }
    let length = if tokens.is_word(at + 1, "current") || tokens.is_word(at + 1, "no") {
        3
    } else if tokens.is_word(at + 1, "group") || tokens.is_word(at + 1, "ties") {
        2
    } else {
        return None;
    };
    (*tokens.get(at + length) == Token::RParen).then(|| (length, Vec::new()))
}

/// `a ISNULL`, `a NOTNULL`.
fn null_test(tokens: &Tokens<'_>, at: usize) -> Change {
    if at == 0 || !ends_operand(tokens, at - 1) {
        return None;
    }
    if tokens.is_word(at, "isnull") {
        return Some((1, vec![word("IS"), word("NULL")]));
    }
    tokens.is_word(at, "notnull").then(|| (1, vec![word("IS"), word("NOT"), word("NULL")]))
}

fn ends_operand(tokens: &Tokens<'_>, at: usize) -> bool {
    match tokens.get(at) {
        Token::Word(_) => ![Keyword::AS, Keyword::SELECT, Keyword::BY, Keyword::SET, Keyword::AND]
            .iter()
            .any(|&keyword| tokens.is(at, keyword)),
        Token::RParen | Token::RBracket | Token::Number(..) | Token::SingleQuotedString(_) => true,
        _ => false,
    }
}

/// `COLLATION FOR (x)` is a call.
fn collation_for(tokens: &Tokens<'_>, at: usize) -> Change {
    let call = tokens.is(at, Keyword::COLLATION)
        && tokens.is(at + 1, Keyword::FOR)
        && *tokens.get(at + 2) == Token::LParen;
    call.then(|| (2, vec![word("pg_collation_for")]))
}

/// `a @> ANY (array)`: the parser knows `ANY` behind comparisons only. The array stays an operand of
/// an operator of which nothing is concluded.
fn any_of_operator(tokens: &Tokens<'_>, at: usize) -> Change {
    let quantifier =
        [Keyword::ANY, Keyword::ALL, Keyword::SOME].iter().any(|&keyword| tokens.is(at, keyword));
    if !quantifier || at == 0 || *tokens.get(at + 1) != Token::LParen {
        return None;
    }
    let operator = matches!(
        tokens.get(at - 1),
        Token::AtArrow
            | Token::ArrowAt
            | Token::Overlap
            | Token::AtAt
            | Token::AtQuestion
            | Token::Question
            | Token::QuestionAnd
            | Token::QuestionPipe
            | Token::CaretAt
            | Token::StringConcat
            | Token::CustomBinaryOperator(_)
    );
    operator.then(|| (1, Vec::new()))
}

/// `a IS DOCUMENT`: like `IS JSON` a test of which nothing is concluded.
fn is_document(tokens: &Tokens<'_>, at: usize) -> Change {
    let test = before(tokens, at, &[Keyword::IS, Keyword::NOT]) && tokens.is_word(at, "document");
    test.then(|| (1, vec![word("JSON")]))
}

/// `a [NOT] BETWEEN SYMMETRIC b AND c`: the bounds may be swapped, so that nothing can be concluded
/// from either; an operator without meaning keeps what they name.
fn between_symmetric(tokens: &Tokens<'_>, at: usize) -> Change {
    let not = usize::from(tokens.is(at, Keyword::NOT));
    let symmetric =
        tokens.is(at + not, Keyword::BETWEEN) && tokens.is_word(at + not + 1, "symmetric");
    let operator = Token::CustomBinaryOperator("<=>".to_owned());
    symmetric.then(|| (not + 2, vec![operator]))
}

/// `a AT LOCAL`.
fn at_local(tokens: &Tokens<'_>, at: usize) -> Change {
    let local = tokens.is(at, Keyword::AT) && tokens.is_word(at + 1, "local");
    let zone = || Token::SingleQuotedString("local".to_owned());
    local.then(|| (2, vec![word("AT"), word("TIME"), word("ZONE"), zone()]))
}

/// `EXISTS (SELECT)`, `SELECT INTO made FROM t`.
fn empty_select(tokens: &Tokens<'_>, at: usize) -> Change {
    let nested =
        at > 0 && *tokens.get(at - 1) == Token::LParen && *tokens.get(at + 1) == Token::RParen;
    let empty = tokens.is(at, Keyword::SELECT) && (nested || tokens.is(at + 1, Keyword::INTO));
    empty.then(|| (1, vec![word("SELECT"), word("NULL")]))
}

/// `national character` is `character`.
fn national(tokens: &Tokens<'_>, at: usize) -> Change {
    let character = tokens.is(at + 1, Keyword::CHARACTER) || tokens.is(at + 1, Keyword::CHAR);
    (character && tokens.is_word(at, "national")).then(|| (1, Vec::new()))
}

/// `trim(LEADING FROM a)`: what is trimmed are spaces.
fn trim_spaces(tokens: &Tokens<'_>, at: usize) -> Change {
    let side = [Keyword::LEADING, Keyword::TRAILING, Keyword::BOTH]
        .iter()
        .any(|&keyword| tokens.is(at, keyword));
    let spaces = || vec![tokens.get(at).clone(), Token::SingleQuotedString(" ".to_owned())];
    (side && tokens.is(at + 1, Keyword::FROM)).then(|| (1, spaces()))
}

/// `RANGE BETWEEN '1 day'::interval PRECEDING`: the parser takes the bare literal.
fn frame_bound_cast(tokens: &Tokens<'_>, at: usize) -> Change {
    let cast = at > 0
        && *tokens.get(at) == Token::DoubleColon
        && matches!(tokens.get(at - 1), Token::SingleQuotedString(_))
        && (tokens.is(at + 2, Keyword::PRECEDING) || tokens.is(at + 2, Keyword::FOLLOWING));
    cast.then(|| (2, Vec::new()))
}

/// `a>=-1`: the tokeniser takes the sign for a part of the operator.
fn glued_sign(tokens: &Tokens<'_>, at: usize) -> Change {
    let Token::CustomBinaryOperator(text) = tokens.get(at) else { return None };
    let base = text.trim_end_matches(['+', '-']);
    if base.len() == text.len() || base.contains(SPECIAL) {
        return None;
    }
    let operator = match base {
        "=" => Token::Eq,
        "<" => Token::Lt,
        "<=" => Token::LtEq,
        ">" => Token::Gt,
        ">=" => Token::GtEq,
        "<>" => Token::Neq,
        "*" => Token::Mul,
        "/" => Token::Div,
        "->" => Token::Arrow,
        "->>" => Token::LongArrow,
        "<<" => Token::ShiftLeft,
        ">>" => Token::ShiftRight,
        _ => return None,
    };
    let signs = text.chars().skip(base.len());
    let signs = signs.map(|sign| if sign == '-' { Token::Minus } else { Token::Plus });
    Some((1, std::iter::once(operator).chain(signs).collect()))
}

/// Characters that let an operator end in `+` or `-`.
const SPECIAL: [char; 10] = ['~', '!', '@', '#', '%', '^', '&', '|', '`', '?'];

/// How long an operator's name may be in PostgreSQL.
const OPERATOR_BYTES: usize = 63;

/// Operators of extensions that the tokeniser cuts in pieces (`<+>`, `===`): the server reads the
/// longest run of operator characters as one, except that a run ends in `+` or `-` only where it
/// holds a character that no standard operator has.
fn long_operator(tokens: &Tokens<'_>, at: usize) -> Change {
    let is_operator = |at: usize| {
        let text = tokens.text(at..at + 1);
        !text.is_empty() && text.chars().all(|character| "+-*/<>=~!@#%^&|`?".contains(character))
    };
    let touches = |at: usize| tokens.span(at).end == tokens.span(at + 1).start;
    if !is_operator(at) || at > 0 && is_operator(at - 1) && touches(at - 1) {
        return None;
    }
    let mut end = at + 1;
    while is_operator(end) && touches(end - 1) && end - at < OPERATOR_BYTES {
        end += 1;
    }
    while end > at + 1 {
        let text = tokens.text(at..end);
        if !text.ends_with(['+', '-']) || text.contains(SPECIAL) {
            let operator = Token::CustomBinaryOperator(text.to_owned());
            return Some((end - at, vec![operator]));
        }
        end -= 1;
    }
    None
}
