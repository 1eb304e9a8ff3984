//! One statement's tokens to its actions: runs the production that [`super::heads`] names.

use super::block;
use super::cursor::{Cursor, Parsed, SyntaxError};
use super::dml;
use super::grammar::alter_table::{self, Spanned};
use super::grammar::create::{self, Modifiers};
use super::grammar::{object, options, session};
use super::heads::{ALTER, CREATE, Production, SQLITE, STATEMENTS};
use super::mysql;
use super::passage::Passage;
use super::scanner::placeholder;
use super::scanner::{Chunk, Item, Splitter, TokenKind};
use crate::migration::{
    Action, ActionKind, Dialect, Form, Forms, Guard, InsertSource, Makes, ObjectName, Origin,
    SetOption, Statement,
};
use crate::source::{MappedText, Span};
use std::cell::Cell;
use std::sync::Arc;

/// How a passage's statements are sent, and when.
#[derive(Debug, Clone)]
pub(super) struct Sending {
    /// What sends them.
    pub origin: Origin,
    /// When they run.
    pub guard: Guard,
}

/// All statements of one chunk: more than one for `DO` and `CREATE SCHEMA`.
pub(super) fn read(passage: &Passage<'_>, chunk: &Chunk, sending: &Sending) -> Vec<Statement> {
    let written = passage.slice(chunk.span);
    let masked = placeholder::masked(written, chunk.span.start, &chunk.masks);
    let forms = Cell::new(Forms::default());
    let mut cursor = Cursor::new(passage, &masked, chunk.span.start, &chunk.tokens, &forms);
    let result = match chunk.unclosed {
        Some((what, at)) => Err(SyntaxError {
            at: Span::new(at, chunk.span.end),
            reason: format!("this {what} is never closed"),
        }),
        None if chunk.overlong => Ok(Read::Actions(vec![(chunk.span, overlong())])),
        None if is_placeholder(&cursor) => Ok(Read::Actions(vec![(chunk.span, unknown())])),
        None if chunk.skipped.count > 0 => bulk_insert(&cursor, chunk).map(Read::Actions),
        None => production(&mut cursor).and_then(|found| run(&mut cursor, found, sending)),
    };
    let mut read = result.unwrap_or_else(|error| Read::Actions(unparsed(chunk.span, error)));
    if let (Read::Actions(actions), Some((rows, span))) = (&mut read, chunk.data) {
        set_inline_rows(actions, rows, passage.is_script().then_some(span));
    }
    match read {
        Read::Actions(actions) => {
            let whole = statement(passage, chunk.span, actions, sending);
            vec![Statement { forms: forms.get(), ..whole }]
        }
        Read::Statements(mut statements) => {
            if let Some(first) = statements.first_mut() {
                first.forms = forms.get();
            }
            statements
        }
    }
}

/// Whether the statement's first word is only known when the script runs.
fn is_placeholder(cursor: &Cursor<'_>) -> bool {
    cursor.peek().is_some_and(|token| cursor.is_masked(token.span()))
}

fn overlong() -> ActionKind {
    ActionKind::Opaque {
        reason: "the statement is too long to be read".to_owned(),
        makes: Makes::Anything,
    }
}

fn unknown() -> ActionKind {
    ActionKind::Opaque {
        reason: "its text is put in place of a placeholder".to_owned(),
        makes: Makes::Anything,
    }
}

/// What a production gave.
enum Read {
    Actions(Spanned),
    Statements(Vec<Statement>),
}

fn unparsed(span: Span, error: SyntaxError) -> Spanned {
    let SyntaxError { at, reason } = error;
    vec![(span, ActionKind::Unparsed { reason, at })]
}

fn set_inline_rows(actions: &mut Spanned, rows: usize, span: Option<Span>) {
    for (_, kind) in actions {
        if let ActionKind::Copy(copy) = kind {
            copy.inline_rows = Some(rows);
            copy.inline_span = span;
        }
    }
}

fn statement(passage: &Passage<'_>, span: Span, actions: Spanned, sending: &Sending) -> Statement {
    let mut actions: Vec<Action> = actions
        .into_iter()
        .map(|(span, kind)| Action { span: passage.to_file(span), kind: placed(passage, kind) })
        .collect();
    // A history keeps every statement; spare room would be most of its memory.
    actions.shrink_to_fit();
    Statement {
        span: passage.to_file(span),
        sql: Arc::from(passage.slice(span)),
        actions,
        guard: sending.guard.clone(),
        origin: sending.origin,
        forms: Forms::default(),
    }
}

/// Errors point into the passage; actions point into the file.
fn placed(passage: &Passage<'_>, kind: ActionKind) -> ActionKind {
    match kind {
        ActionKind::Unparsed { reason, at } => {
            ActionKind::Unparsed { reason, at: passage.to_file(at) }
        }
        kind => kind,
    }
}

fn production(cursor: &mut Cursor<'_>) -> Parsed<(Production, Modifiers)> {
    if cursor.is_kind(TokenKind::LeftParen) {
        return Ok((Production::Rows, Modifiers::default()));
    }
    let mut modifiers = Modifiers::default();
    let table = if cursor.dialect().is_mysql() {
        mysql::heads::STATEMENTS
    } else if cursor.eat("create") {
        modifiers = create::modifiers(cursor);
        CREATE
    } else if cursor.eat("alter") {
        ALTER
    } else {
        STATEMENTS
    };
    let own = match cursor.dialect() {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb => &[],
    };
    match table.iter().chain(own).find(|(head, _)| cursor.eat(head)) {
        Some((_, production)) => Ok((*production, modifiers)),
        None => Err(cursor.error("expected a statement")),
    }
}

fn run(
    cursor: &mut Cursor<'_>,
    (production, modifiers): (Production, Modifiers),
    sending: &Sending,
) -> Parsed<Read> {
    match production {
        Production::Block => {
            let (statements, kind) = block::anonymous(cursor, sending)?;
            cursor.finish()?;
            return Ok(match statements.is_empty() {
                true => Read::Actions(vec![(whole(cursor), kind)]),
                false => Read::Statements(statements),
            });
        }
        Production::Schema => return schema(cursor, sending).map(Read::Statements),
        Production::Compound => {
            cursor.uses(Form::Compound);
            let mut program = cursor.slice(whole(cursor));
            let statements = mysql::body::program(&mut program, &sending.guard)?;
            program.finish()?;
            return Ok(Read::Statements(statements));
        }
        Production::SetStatement => {
            return set_statement(cursor, sending).map(Read::Statements);
        }
        _ => {}
    }
    let actions = actions(cursor, production, &modifiers)?;
    cursor.finish()?;
    Ok(Read::Actions(actions))
}

fn actions(
    cursor: &mut Cursor<'_>,
    production: Production,
    modifiers: &Modifiers,
) -> Parsed<Spanned> {
    let one = |kind: ActionKind, cursor: &Cursor<'_>| vec![(whole(cursor), kind)];
    match production {
        Production::One(read) => read(cursor).map(|kind| one(kind, cursor)),
        Production::Many(read) => read(cursor),
        Production::Create(read) => read(cursor, modifiers).map(|kind| one(kind, cursor)),
        Production::CreateKind(kind) => object::create(cursor, kind).map(|kind| one(kind, cursor)),
        Production::AlterRelation(kind) => alter_table::alter(cursor, kind),
        Production::AlterKind(kind) => {
            object::alter_named(cursor, kind).map(|kind| one(kind, cursor))
        }
        Production::Session(command) => Ok(one(session::plain(cursor, command), cursor)),
        Production::Rows => rows(cursor, whole(cursor)),
        Production::Explain => explain(cursor),
        Production::Deferred(command) => deferred(cursor, command),
        Production::Block
        | Production::Schema
        | Production::Compound
        | Production::SetStatement => Err(cursor.error("expected a plain statement")),
    }
}

/// The whole statement's span.
fn whole(cursor: &Cursor<'_>) -> Span {
    cursor.whole()
}

fn rows(cursor: &mut Cursor<'_>, span: Span) -> Parsed<Spanned> {
    cursor.take_rest();
    match dml::lower(cursor.text(span), cursor.dialect()) {
        Ok(kinds) => Ok(kinds.into_iter().map(|kind| (span, kind)).collect()),
        Err(error) => {
            let at = (span.start + error.offset).min(span.end);
            Err(SyntaxError { at: Span::new(at, span.end), reason: error.message })
        }
    }
}

/// An `INSERT` of which rows were left out: the parser reads the others.
fn bulk_insert(cursor: &Cursor<'_>, chunk: &Chunk) -> Parsed<Spanned> {
    let mut text = String::new();
    let mut start = chunk.span.start;
    for gap in &chunk.skipped.spans {
        text.push_str(cursor.text(Span::new(start, gap.start)));
        start = gap.end;
    }
    text.push_str(cursor.text(Span::new(start, chunk.span.end)));
    let mut kinds = dml::lower(&text, cursor.dialect())
        .map_err(|error| SyntaxError { at: chunk.span, reason: error.message })?;
    for kind in &mut kinds {
        if let ActionKind::Insert(insert) = kind
            && let InsertSource::Values(rows) = &mut insert.source
        {
            *rows += chunk.skipped.count;
        }
    }
    Ok(kinds.into_iter().map(|kind| (chunk.span, kind)).collect())
}

/// `EXPLAIN` with `ANALYZE` runs its statement.
fn explain(cursor: &mut Cursor<'_>) -> Parsed<Spanned> {
    let span = whole(cursor);
    let mut runs = options::flag_of_list(cursor, "analyze")?;
    while let Some(word) = cursor.eat_any(&["analyze", "analyse", "verbose", "query plan"]) {
        runs |= word.starts_with("analy");
    }
    let start = cursor.offset();
    let (production, modifiers) = production(cursor)?;
    let explained = match production {
        Production::Rows => rows(cursor, Span::new(start, span.end))?,
        Production::Explain => return Err(cursor.error("expected a statement to explain")),
        other => actions(cursor, other, &modifiers)?,
    };
    if runs {
        return Ok(explained);
    }
    Ok(vec![(span, ActionKind::Explain { writes: written(&explained) })])
}

fn written(planned: &Spanned) -> Vec<ObjectName> {
    planned.iter().filter_map(|(_, kind)| kind.written_relation().cloned()).collect()
}

/// `SET STATEMENT … FOR`: settings that hold for one statement and are taken back behind it.
fn set_statement(cursor: &mut Cursor<'_>, sending: &Sending) -> Parsed<Vec<Statement>> {
    cursor.uses(Form::SetStatement);
    let passage = cursor.passage();
    let sending = Sending { origin: Origin::Block, guard: sending.guard.clone() };
    let settings = mysql::session::for_statement(cursor)?;
    let head = cursor.whole_to_here();
    let back = settings.iter().filter_map(|(span, kind)| match kind {
        ActionKind::Set(option) => {
            Some((*span, ActionKind::Set(SetOption { values: Vec::new(), ..option.clone() })))
        }
        _ => None,
    });
    let back: Spanned = back.collect();
    let mut inner = cursor.slice(Span::new(cursor.offset(), whole(cursor).end));
    let span = whole(&inner);
    let (production, modifiers) = production(&mut inner)?;
    let found = actions(&mut inner, production, &modifiers)?;
    inner.finish()?;
    Ok(vec![
        statement(passage, head, settings, &sending),
        statement(passage, span, found, &sending),
        statement(passage, head, back, &sending),
    ])
}

/// `DECLARE` opens its query at once; `PREPARE` only keeps its statement.
fn deferred(cursor: &mut Cursor<'_>, command: &'static str) -> Parsed<Spanned> {
    let span = whole(cursor);
    let word = if command == "declare" { "for" } else { "as" };
    cursor.until(|at| at.is(word));
    cursor.expect(word)?;
    let inner = rows_if_known(cursor, span)?;
    match command {
        "declare" => Ok(inner),
        // Its tables are looked up, and locked, at once.
        _ => {
            let mut found = vec![(span, ActionKind::Session { command: command.to_owned() })];
            let writes = written(&inner);
            if !writes.is_empty() {
                found.push((span, ActionKind::Explain { writes }));
            }
            Ok(found)
        }
    }
}

fn rows_if_known(cursor: &mut Cursor<'_>, span: Span) -> Parsed<Spanned> {
    let start = cursor.offset();
    rows(cursor, Span::new(start, span.end))
}

/// `CREATE SCHEMA` and the statements in it, whose names stand in the schema.
fn schema(cursor: &mut Cursor<'_>, sending: &Sending) -> Parsed<Vec<Statement>> {
    let kind = object::create_schema(cursor)?;
    let ActionKind::CreateSchema { name: schema, .. } = &kind else { return Ok(Vec::new()) };
    let schema = schema.clone();
    let head = cursor.whole_to_here();
    let passage = cursor.passage();
    let mut statements = vec![statement(passage, head, vec![(head, kind)], sending)];
    while !cursor.is_done() {
        let start = cursor.offset();
        cursor.bump();
        let rest = cursor.until(|at| at.is_any(&["create", "grant"]));
        let span = Span::new(start, rest.rest().end.max(start));
        let mut element = cursor.slice(span);
        let (production, modifiers) = production(&mut element)?;
        let mut found = actions(&mut element, production, &modifiers)?;
        element.finish()?;
        for (_, kind) in &mut found {
            qualify(kind, &schema);
        }
        statements.push(statement(passage, span, found, sending));
    }
    Ok(statements)
}

fn qualify(kind: &mut ActionKind, schema: &crate::migration::Ident) {
    let set = |name: &mut ObjectName| {
        name.schema.get_or_insert_with(|| schema.clone());
    };
    match kind {
        ActionKind::CreateTable(table) => set(&mut table.name),
        ActionKind::CreateView(view) => set(&mut view.name),
        ActionKind::CreateSequence(sequence) => set(&mut sequence.name),
        ActionKind::CreateIndex(index) => set(&mut index.table),
        ActionKind::CreateTrigger(trigger) => set(&mut trigger.table),
        ActionKind::Grant(change) => change.tables.iter_mut().for_each(set),
        _ => {}
    }
}

/// All statements of a passage, for bodies: psql commands and directives have no meaning there.
pub(super) fn read_all(passage: &Passage<'_>, sending: &Sending) -> Vec<Statement> {
    Splitter::new(passage.text(), passage.target)
        .filter_map(|item| match item {
            Item::Statement(chunk) => Some(read(passage, &chunk, sending)),
            Item::Meta(_) | Item::Template(_) | Item::Directive(_) => None,
        })
        .flatten()
        .collect()
}

/// Statements that stand in `span` of the cursor's passage, as the body of something.
pub(super) fn inner_statements(cursor: &Cursor<'_>, span: Span) -> Vec<Statement> {
    inner_statements_under(cursor, span, &Guard::Always)
}

/// The same, under a guard.
pub(super) fn inner_statements_under(
    cursor: &Cursor<'_>,
    span: Span,
    guard: &Guard,
) -> Vec<Statement> {
    let mut text = MappedText::default();
    text.push(cursor.written(span), span);
    let sending = Sending { origin: Origin::Block, guard: guard.clone() };
    match Passage::inner(&text, cursor.passage()) {
        Some(passage) => read_all(&passage, &sending),
        None => Vec::new(),
    }
}
