//! Names, lists of names, and string constants among a statement's tokens.

use super::{Cursor, Parsed};
use crate::frontend::sql::scanner::{Token, TokenKind};
use crate::frontend::sql::{mysql, names};
use crate::migration::{Dialect, Ident, ObjectName};
use crate::source::Span;

impl Cursor<'_> {
    /// Takes any name, reserved words included (the server's `ColLabel`).
    pub fn label(&mut self, what: &str) -> Parsed<Ident> {
        let token = self.peek();
        let name = token.and_then(|token| Some((token, self.label_of(token)?)));
        let (token, name) = name.ok_or_else(|| self.error(&format!("expected {what}")))?;
        self.at += 1;
        if self.is("uescape") && names::is_unicode(self.text(token.span())) {
            return self.escaped_name(token);
        }
        Ok(name)
    }

    /// The name in `U&"…" UESCAPE 'c'`, from behind the quoted part.
    fn escaped_name(&mut self, quoted: Token) -> Parsed<Ident> {
        self.expect("uescape")?;
        let escape = self.string("an escape character")?;
        let mut characters = escape.chars();
        match (characters.next(), characters.next()) {
            (Some(escape), None) => {
                Ok(names::unquote_escaped(self.text(quoted.span()), escape, self.dialect()))
            }
            _ => Err(self.error("expected one escape character")),
        }
    }

    fn label_of(&self, token: Token) -> Option<Ident> {
        let text = self.text(token.span());
        match token.kind {
            TokenKind::Word => Some(names::fold(text, self.dialect())),
            TokenKind::QuotedName => Some(names::unquote_name(text, self.dialect())),
            // SQLite takes a string for a name where only a name can stand.
            TokenKind::String if self.dialect() == Dialect::Sqlite => {
                Some(Ident::new(names::string_value(text).to_ascii_lowercase()))
            }
            _ => None,
        }
    }

    /// Whether the token `ahead` can be a name.
    pub fn is_name_at(&self, ahead: usize) -> bool {
        self.peek_at(ahead).is_some_and(|token| match token.kind {
            TokenKind::Word => !names::is_reserved(self.text(token.span()), self.dialect()),
            TokenKind::QuotedName => true,
            TokenKind::String => self.dialect() == Dialect::Sqlite,
            _ => false,
        })
    }

    /// Takes a name.
    pub fn ident(&mut self, what: &str) -> Parsed<Ident> {
        if !self.is_name_at(0) {
            return Err(self.error(&format!("expected {what}")));
        }
        self.label(what)
    }

    /// Takes a name with its qualifiers; of three parts the first is the database.
    pub fn name(&mut self, what: &str) -> Parsed<ObjectName> {
        let mut parts = self.name_parts(what)?;
        let name = parts.pop().ok_or_else(|| self.error(&format!("expected {what}")))?;
        Ok(ObjectName { schema: parts.pop(), name })
    }

    /// Takes a dotted name, part by part.
    pub fn name_parts(&mut self, what: &str) -> Parsed<Vec<Ident>> {
        let mut parts = vec![self.ident(what)?];
        while self.eat_kind(TokenKind::Dot) {
            parts.push(self.label(what)?);
        }
        if self.dialect().is_mysql() {
            // Databases and tables keep their case, as their names are those of files.
            parts = parts.iter().map(|part| Ident::new(part.as_str())).collect();
        }
        Ok(parts)
    }

    /// Takes a column with its table's name before it: `[schema.]table.column`.
    pub fn member(&mut self, what: &str) -> Parsed<(ObjectName, Ident)> {
        let mut parts = self.name_parts(what)?;
        let member = parts.pop();
        let table = parts.pop();
        let (Some(member), Some(table)) = (member, table) else {
            return Err(self.error(&format!("expected {what} with its table")));
        };
        let member =
            if self.dialect().is_mysql() { Ident::caseless(member.as_str()) } else { member };
        Ok((ObjectName { schema: parts.pop(), name: table }, member))
    }

    /// Takes `[ONLY] name [*]`, also `ONLY (name)`; the flag is `ONLY`.
    pub fn relation(&mut self, what: &str) -> Parsed<(ObjectName, bool)> {
        let only = self.eat("only");
        if only && self.is_kind(TokenKind::LeftParen) {
            let mut inner = self.parens(what)?;
            let name = inner.name(what)?;
            inner.finish()?;
            return Ok((name, only));
        }
        let name = self.name(what)?;
        self.eat_operator("*");
        Ok((name, only))
    }

    /// Takes names divided by commas.
    pub fn names(&mut self, what: &str) -> Parsed<Vec<ObjectName>> {
        let mut names = vec![self.name(what)?];
        while self.eat_kind(TokenKind::Comma) {
            names.push(self.name(what)?);
        }
        Ok(names)
    }

    /// Takes column names in parentheses.
    pub fn columns(&mut self) -> Parsed<Vec<Ident>> {
        let mut inner = self.parens("a list of columns")?;
        let mut columns = Vec::new();
        while !inner.is_done() {
            columns.push(inner.ident("a column name")?);
            inner.comma()?;
        }
        Ok(columns)
    }

    /// Takes column names in parentheses, if an opening one is next.
    pub fn optional_columns(&mut self) -> Parsed<Vec<Ident>> {
        if self.is_kind(TokenKind::LeftParen) { self.columns() } else { Ok(Vec::new()) }
    }

    /// Takes a comma; only the end of the tokens excuses its absence.
    pub fn comma(&mut self) -> Parsed<()> {
        if self.is_done() || self.eat_kind(TokenKind::Comma) {
            return Ok(());
        }
        Err(self.error("expected ',' or ')'"))
    }

    /// Takes a string constant and gives its value; constants on several lines are one.
    pub fn string(&mut self, what: &str) -> Parsed<String> {
        let mut value = match self.string_part() {
            Some(value) => value,
            None => return Err(self.error(&format!("expected {what}"))),
        };
        while (self.continues_string() || self.dialect().is_mysql())
            && let Some(more) = self.string_part()
        {
            value.push_str(&more);
        }
        Ok(value)
    }

    fn continues_string(&self) -> bool {
        let (Some(before), Some(token)) = (self.previous(), self.peek()) else { return false };
        let between = self.text(Span::new(before.end, token.start));
        between.contains('\n') && self.text(token.span()).starts_with('\'')
    }

    fn string_part(&mut self) -> Option<String> {
        let token = self.peek().filter(|token| token.kind == TokenKind::String)?;
        self.at += 1;
        let written = self.text(token.span());
        Some(match self.dialect().is_mysql() {
            true => mysql::string::value(written),
            false => names::string_value(written),
        })
    }
}
