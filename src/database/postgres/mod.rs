//! PostgreSQL, by the `postgres` crate with rustls.
//!
//! Only the simple query protocol is used: it is what `psql` sends, it takes any statement, and
//! poolers let it through.

mod config;
mod passfile;
mod tls;

use super::session::{Row, Session};
use super::{DatabaseError, ErrorKind, PostgresAddress, Secret, SslMode};
use crate::migration::Dialect;
use postgres::config::SslMode as Ask;
use postgres::{Client, Config, NoTls, SimpleQueryMessage};
use std::error::Error as _;
use std::io::{self, BufRead as _, Write};

/// Bytes of a message with rows for a `COPY`.
const COPY_PART: usize = 1 << 16;

/// Opens a session.
pub(super) fn connect(
    address: &PostgresAddress,
    name: &str,
) -> Result<Box<dyn Session>, DatabaseError> {
    let password = passfile::password(address);
    let mut config = config::of(address, password.as_ref());
    config.application_name(name);
    let explain = |error| explain(error, address).scrubbed(password.as_ref());
    let client = open(&mut config, address).map_err(explain)?;
    Ok(Box::new(Postgres { client, password }))
}

/// Why there is no connection.
enum Refused {
    /// The driver's reason.
    Driver(postgres::Error),
    /// Certificates that cannot be used.
    Tls(DatabaseError),
}

impl From<postgres::Error> for Refused {
    fn from(error: postgres::Error) -> Self {
        Self::Driver(error)
    }
}

fn open(config: &mut Config, address: &PostgresAddress) -> Result<Client, Refused> {
    let ask = match address.ssl_mode {
        SslMode::Disable => return Ok(config.ssl_mode(Ask::Disable).connect(NoTls)?),
        SslMode::Allow => match config.ssl_mode(Ask::Disable).connect(NoTls) {
            Ok(client) => return Ok(client),
            Err(_) => Ask::Require,
        },
        SslMode::Prefer => Ask::Prefer,
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => Ask::Require,
    };
    let connector = tls::connector(address).map_err(Refused::Tls)?;
    Ok(config.ssl_mode(ask).connect(connector)?)
}

fn explain(refused: Refused, address: &PostgresAddress) -> DatabaseError {
    let error = match refused {
        Refused::Tls(error) => return error,
        Refused::Driver(error) => error,
    };
    let cause = innermost(&error);
    let code = error.code().map(|state| state.code().to_owned());
    let help = match code.as_deref() {
        Some("28P01" | "28000") => {
            "check user and password: in the URL, PGUSER and PGPASSWORD, or ~/.pgpass"
        }
        Some("3D000") => "check the name of the database; lockgate does not make it",
        Some("53300") => "the server has no connection left; lockgate needs up to three",
        None if cause.contains("does not support TLS") => {
            "the server does not speak TLS: set it up there, or ask for less with sslmode=prefer"
        }
        None if cause.contains("ertificate") => {
            "check sslrootcert, and that the host is named as in the server's certificate"
        }
        None if cause.contains("lookup") => "check the name of the host",
        None if cause.contains("password missing") => {
            "the server asks for a password: in the URL, PGPASSWORD or ~/.pgpass"
        }
        _ => "check host and port, and that the server is up and lets this machine in",
    };
    let message = format!("cannot connect to {address}: {cause}");
    DatabaseError { code, ..DatabaseError::new(ErrorKind::Unreachable, message).help(help) }
}

/// The words of the error at the bottom, where the reason is.
fn innermost(error: &postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return error.message().to_owned();
    }
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        words = error.to_string();
        next = error.source();
    }
    words
}

struct Postgres {
    client: Client,
    password: Option<Secret>,
}

impl Postgres {
    fn failure(&self, error: &postgres::Error) -> DatabaseError {
        let found = match error.as_db_error() {
            None => {
                let kind = if error.is_closed() || error.source().is_some() {
                    ErrorKind::ConnectionLost
                } else {
                    ErrorKind::Statement
                };
                DatabaseError::new(kind, innermost(error))
            }
            Some(error) => {
                let code = error.code().code();
                let parts = [error.detail(), error.hint()];
                let help: Vec<&str> = parts.into_iter().flatten().collect();
                DatabaseError {
                    kind: kind(code),
                    message: error.message().to_owned(),
                    help: (!help.is_empty()).then(|| help.join("; ")),
                    code: Some(code.to_owned()),
                }
            }
        };
        found.scrubbed(self.password.as_ref())
    }

    fn copying(&self, error: Copying) -> DatabaseError {
        match error {
            Copying::Server(error) => self.failure(&error),
            Copying::File(error) => DatabaseError::new(ErrorKind::Statement, error.to_string()),
        }
    }
}

fn kind(code: &str) -> ErrorKind {
    match code {
        "55P03" => ErrorKind::LockTimeout,
        "40P01" => ErrorKind::Deadlock,
        "40001" => ErrorKind::Serialization,
        "57014" => ErrorKind::Cancelled,
        "57P01" | "57P02" | "57P03" | "57P05" => ErrorKind::ConnectionLost,
        "25006" => ErrorKind::ReadOnly,
        "53100" => ErrorKind::Full,
        "42501" => ErrorKind::Forbidden,
        _ if code.starts_with("08") => ErrorKind::ConnectionLost,
        _ => ErrorKind::Statement,
    }
}

impl Session for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn run(&mut self, sql: &str) -> Result<u64, DatabaseError> {
        let messages = self.client.simple_query(sql);
        let messages = messages.map_err(|error| self.failure(&error))?;
        let counts = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::CommandComplete(count) => Some(*count),
            _ => None,
        });
        Ok(counts.last().unwrap_or(0))
    }

    fn rows(&mut self, sql: &str) -> Result<Vec<Row>, DatabaseError> {
        let messages = self.client.simple_query(sql);
        let messages = messages.map_err(|error| self.failure(&error))?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect())
            }
            _ => None,
        });
        Ok(rows.collect())
    }

    fn copy_in(&mut self, sql: &str, rows: &str) -> Result<u64, DatabaseError> {
        let sent = (|| {
            let mut writer = self.client.copy_in(sql)?;
            // What the server refuses is told when the rows end.
            let mut parts = rows.as_bytes().chunks(COPY_PART);
            let written = parts.try_for_each(|part| writer.write_all(part));
            let finished = writer.finish()?;
            written.map(|()| finished).map_err(Copying::from)
        })();
        sent.map_err(|error| self.copying(error))
    }

    fn copy_out(&mut self, sql: &str, to: &mut dyn Write) -> Result<(), DatabaseError> {
        let sent = (|| {
            let mut reader = self.client.copy_out(sql)?;
            loop {
                let rows = reader.fill_buf()?;
                let length = rows.len();
                if length == 0 {
                    return Ok(());
                }
                to.write_all(rows).map_err(Copying::File)?;
                reader.consume(length);
            }
        })();
        sent.map_err(|error| self.copying(error))
    }
}

/// Why rows were not copied.
enum Copying {
    /// The server, or the way to it.
    Server(postgres::Error),
    /// The file.
    File(io::Error),
}

impl From<postgres::Error> for Copying {
    fn from(error: postgres::Error) -> Self {
        Self::Server(error)
    }
}

/// The driver wraps its own errors.
impl From<io::Error> for Copying {
    fn from(error: io::Error) -> Self {
        let kind = error.kind();
        match error.into_inner().map(|inner| inner.downcast::<postgres::Error>()) {
            Some(Ok(inner)) => Self::Server(*inner),
            Some(Err(other)) => Self::File(io::Error::new(kind, other)),
            None => Self::File(kind.into()),
        }
    }
}
