//! Functions, and Python values that have a literal in SQL.

use super::{Expressions, Written};
use crate::frontend::alembic::render::flavor::Flavor;
use crate::migration::python::{Call, Kind, Value};

/// The name after `func.`, with the schemas before it.
pub fn function_name(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("sqlalchemy.")?;
    let rest = rest.strip_prefix("sql.").unwrap_or(rest);
    let rest = rest.strip_prefix("expression.").unwrap_or(rest);
    rest.strip_prefix("func.")
}

impl Expressions {
    /// `func.name(…)`.
    pub(super) fn function(self, name: &str, call: &Call) -> Written {
        let arguments: Vec<String> = call.args.iter().map(|one| self.sql(one)).collect();
        let lower = name.to_lowercase();
        if arguments.is_empty()
            && let Some(special) = self.special(&lower)
        {
            return Written::atom(special);
        }
        let name = match (lower.as_str(), self.flavor) {
            ("random", Flavor::Mysql | Flavor::Mariadb) => "rand",
            ("char_length", Flavor::Sqlite) => "length",
            _ => name,
        };
        if lower == "count" && arguments.is_empty() {
            return Written::atom("count(*)");
        }
        Written::atom(format!("{name}({})", arguments.join(", ")))
    }

    /// Functions that SQL writes without parentheses, or by another name.
    fn special(self, name: &str) -> Option<&'static str> {
        Some(match name {
            "now" if self.flavor == Flavor::Sqlite => "CURRENT_TIMESTAMP",
            "now" => "now()",
            "current_timestamp" => "CURRENT_TIMESTAMP",
            "current_date" => "CURRENT_DATE",
            "current_time" => "CURRENT_TIME",
            "localtimestamp" if self.flavor == Flavor::Sqlite => {
                "DATETIME(CURRENT_TIMESTAMP, 'localtime')"
            }
            "localtimestamp" => "LOCALTIMESTAMP",
            "localtime" => "LOCALTIME",
            "current_user" => "CURRENT_USER",
            "session_user" => "SESSION_USER",
            "user" => "USER",
            "sysdate" => match self.flavor {
                Flavor::Mysql | Flavor::Mariadb => "SYSDATE()",
                _ => "sysdate",
            },
            "utc_timestamp" if self.flavor.is_mysql() => "utc_timestamp()",
            _ => return None,
        })
    }
}

/// What CAST calls a type.
pub fn cast_target(written: &str, flavor: Flavor) -> String {
    if !flavor.is_mysql() {
        return written.to_owned();
    }
    let (name, rest) = written.split_at(written.find('(').unwrap_or(written.len()));
    match name {
        "INTEGER" | "BIGINT" | "SMALLINT" | "BOOL" => "SIGNED INTEGER".to_owned(),
        "VARCHAR" => format!("CHAR{rest}"),
        "TEXT" => "CHAR".to_owned(),
        "NUMERIC" => format!("DECIMAL{rest}"),
        "BLOB" => "BINARY".to_owned(),
        _ => written.to_owned(),
    }
}

/// Dates, numbers and identifiers made of literals: `datetime.date(2020, 1, 2)`.
pub fn python_literal(value: &Value) -> Option<String> {
    let call = value.as_call()?;
    let numbers = || -> Option<Vec<i64>> {
        call.args
            .iter()
            .map(|one| if let Kind::Int(number) = one.kind { Some(number) } else { None })
            .collect()
    };
    match call.path()? {
        "datetime.date" => match numbers()?.as_slice() {
            [year, month, day] => Some(format!("'{year:04}-{month:02}-{day:02}'")),
            _ => None,
        },
        "datetime.datetime" => {
            let all = numbers()?;
            let part = |at: usize| all.get(at).copied().unwrap_or(0);
            if !(3..=6).contains(&all.len()) || !call.kwargs.is_empty() {
                return None;
            }
            let (hour, minute, second) = (part(3), part(4), part(5));
            Some(format!(
                "'{:04}-{:02}-{:02} {hour:02}:{minute:02}:{second:02}'",
                part(0),
                part(1),
                part(2)
            ))
        }
        "decimal.Decimal" => match &call.args.first()?.kind {
            Kind::Str(text) => Some(text.as_str().to_owned()),
            Kind::Int(number) => Some(number.to_string()),
            _ => None,
        },
        "uuid.UUID" => call.args.first()?.as_str().map(|text| format!("'{text}'")),
        _ => None,
    }
}
