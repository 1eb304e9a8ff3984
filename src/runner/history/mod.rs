//! The table `lockgate_history`: what was applied, taken back, marked, and what failed. Rows are
//! only added; the last ones of a version say where it stands.

mod journal;
mod row;
mod tables;

pub(super) use journal::NewJournalRow;
pub use journal::{JournalRow, State};
pub(super) use row::NewEntry;
pub use row::{Entry, Kind, Status};

use super::connection::Connection;
use super::version_table::Books;
use crate::database::{DatabaseError, Row, literal};
use crate::migration::{Dialect, Direction};

/// The history of one project in one database.
#[derive(Debug, Clone)]
pub struct Store {
    dialect: Dialect,
    /// `"public"."lockgate_history"`.
    history: String,
    journal: String,
    project: String,
    /// Who writes.
    writer: Writer,
    /// Whether the tables are there; a plan does not make them.
    is_there: bool,
    /// The table of the layout's own tool, where it has one.
    books: Option<Books>,
}

/// Who applies: written into every row.
#[derive(Debug, Clone, Default)]
pub struct Writer {
    /// The operating system's user; a server's own role goes before.
    pub user: String,
    /// The machine.
    pub host: String,
}

impl Store {
    /// Whether there is a history yet, without making one.
    ///
    /// # Errors
    /// What the server said; a table of that name that is not ours.
    pub fn find(
        connection: &mut Connection,
        project: &str,
        writer: Writer,
    ) -> Result<Option<Self>, DatabaseError> {
        let Some(schema) = tables::existing(connection)? else { return Ok(None) };
        let store = Self::of(connection.dialect(), &schema, project, writer);
        tables::check(connection)?;
        Ok(Some(store))
    }

    /// The history, made where there is none.
    ///
    /// # Errors
    /// What the server said; a table of that name that is not ours.
    pub fn open(
        connection: &mut Connection,
        project: &str,
        writer: Writer,
    ) -> Result<Self, DatabaseError> {
        if let Some(store) = Self::find(connection, project, writer.clone())? {
            return Ok(store);
        }
        let schema = tables::create(connection)?;
        Ok(Self::of(connection.dialect(), &schema, project, writer))
    }

    /// The history for a plan: what is there, else none, and none is made.
    ///
    /// # Errors
    /// What the server said; a table of that name that is not ours.
    pub fn for_plan(
        connection: &mut Connection,
        project: &str,
        writer: Writer,
    ) -> Result<Self, DatabaseError> {
        if let Some(store) = Self::find(connection, project, writer.clone())? {
            return Ok(store);
        }
        let store = Self::of(connection.dialect(), "public", project, writer);
        Ok(Self { is_there: false, ..store })
    }

    fn of(dialect: Dialect, schema: &str, project: &str, writer: Writer) -> Self {
        let prefix = match dialect {
            Dialect::Sqlite => String::new(),
            _ => format!("{}.", crate::database::identifier(schema)),
        };
        Self {
            dialect,
            history: format!("{prefix}lockgate_history"),
            journal: format!("{prefix}lockgate_journal"),
            project: project.to_owned(),
            writer,
            is_there: true,
            books: None,
        }
    }

    /// The same history, which keeps the books of the layout's own tool too.
    #[must_use]
    pub(super) fn keeping(self, books: Option<Books>) -> Self {
        Self { books, ..self }
    }

    /// The table of the layout's own tool.
    pub(super) fn books(&self) -> Option<&Books> {
        self.books.as_ref()
    }

    /// Whose SQL it writes.
    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The project's name.
    pub(super) fn project(&self) -> &str {
        &self.project
    }

    /// All rows of the project, oldest first.
    ///
    /// # Errors
    /// What the server said.
    pub fn entries(&self, connection: &mut Connection) -> Result<Vec<Entry>, DatabaseError> {
        if !self.is_there {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT {} FROM {} WHERE project = {} ORDER BY id",
            row::COLUMNS,
            self.history,
            self.text(&self.project)
        );
        Ok(connection.own_rows(&sql)?.iter().filter_map(row::read).collect())
    }

    /// Writes a row by itself.
    ///
    /// # Errors
    /// What the server said.
    pub(super) fn add(
        &self,
        connection: &mut Connection,
        entry: &NewEntry<'_>,
    ) -> Result<i64, DatabaseError> {
        let sql = format!("{} RETURNING id", self.insert(entry));
        let rows = connection.own_rows(&sql)?;
        Ok(first_number(&rows))
    }

    /// The statement that writes a row, to be sent in the migration's own transaction.
    pub(super) fn insert(&self, entry: &NewEntry<'_>) -> String {
        let text = |value: &str| self.text(value);
        let optional = |value: Option<&str>| value.map_or("NULL".to_owned(), text);
        let json = |values: &[String]| text(&serde_json::to_string(values).unwrap_or_default());
        let by = match self.dialect {
            Dialect::Postgres => "current_user".to_owned(),
            _ => text(&self.writer.user),
        };
        let values = [
            text(&self.project),
            text(entry.version),
            text(entry.description),
            text(direction_name(entry.direction)),
            text(entry.kind.as_str()),
            text(entry.checksum),
            self.now(),
            by,
            text(&self.writer.host),
            text(env!("CARGO_PKG_VERSION")),
            entry.execution_ms.to_string(),
            entry.statements.to_string(),
            entry.rows.to_string(),
            json(entry.tables),
            text(entry.status.as_str()),
            optional(entry.error),
            text(&serde_json::to_string(entry.allowed).unwrap_or_default()),
            optional(entry.note),
            optional(entry.backup),
            text(if entry.rollback_safe { "yes" } else { "no" }),
        ];
        format!("INSERT INTO {} ({}) VALUES ({})", self.history, row::WRITTEN, values.join(", "))
    }

    /// The statement that says how a run that has its row already went on. An earlier backup may
    /// be the only copy of what is gone, so that another one comes beside it.
    pub(super) fn update(&self, id: i64, entry: &NewEntry<'_>) -> String {
        let backup = entry.backup.map(|backup| self.text(backup)).map_or_else(String::new, |it| {
            format!(", backup_reference = coalesce(backup_reference || ', ', '') || {it}")
        });
        format!(
            "UPDATE {} SET status = {}, error = {}, applied_at = {}, checksum = {}, \
             execution_time_ms = execution_time_ms + {}, statements = {}, \
             rows_affected = {}{backup} WHERE id = {id}",
            self.history,
            self.text(entry.status.as_str()),
            entry.error.map_or("NULL".to_owned(), |error| self.text(error)),
            self.now(),
            self.text(entry.checksum),
            entry.execution_ms,
            entry.statements,
            entry.rows,
        )
    }

    /// The statement that says that nobody can tell how a run went on.
    pub(super) fn unknown(&self, id: i64) -> String {
        let status = self.text(Status::Unknown.as_str());
        format!("UPDATE {} SET status = {status} WHERE id = {id}", self.history)
    }

    fn text(&self, value: &str) -> String {
        literal(self.dialect, value)
    }

    fn now(&self) -> String {
        match self.dialect {
            Dialect::Sqlite => "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')".to_owned(),
            _ => "clock_timestamp()".to_owned(),
        }
    }
}

/// `up` or `down`.
pub(super) fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
    }
}

fn first_number(rows: &[Row]) -> i64 {
    let value = rows.first().and_then(|row| row.first()).cloned().flatten();
    value.and_then(|value| value.parse().ok()).unwrap_or(0)
}
