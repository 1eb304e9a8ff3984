//! What is looked at before anything runs: whether the database takes writes, and whether the role
//! may do what the scripts need.

use super::Runner;
use super::connection::Connection;
use super::gate::CheckedScript;
use crate::database::{DatabaseError, ErrorKind, identifier, literal};
use crate::migration::{Dialect, Ident};
use crate::schema::RelationName;
use std::collections::BTreeMap;

const READ_ONLY: &str = "the database only reads: name the primary, or a file that can be written";

/// Refuses a database that takes no writes: a standby, a file that is read only.
pub(super) fn refuse_read_only(connection: &mut Connection) -> Result<(), DatabaseError> {
    if connection.dialect() == Dialect::Sqlite {
        // That it may not be written shows at the first write alone.
        let tried = connection.own("BEGIN IMMEDIATE; CREATE TABLE lockgate_probe (id integer)");
        let _ = connection.own("ROLLBACK");
        return match tried {
            Err(error) if error.kind == ErrorKind::ReadOnly => Err(error.help(READ_ONLY)),
            // Others hold it for a moment: the runner waits for them later.
            _ => Ok(()),
        };
    }
    let sql = "SELECT CASE WHEN pg_is_in_recovery() THEN 'the server is a standby' \
        WHEN current_setting('transaction_read_only') = 'on' THEN 'transactions are read-only here' END";
    match connection.own_value(sql)? {
        Some(what) => Err(DatabaseError::new(ErrorKind::ReadOnly, what).help(READ_ONLY)),
        None => Ok(()),
    }
}

impl Runner {
    /// Refuses scripts that need a right which the role has not.
    ///
    /// # Errors
    /// Which rights are missing, and how they are given; nothing was applied.
    pub fn refuse_missing_rights(
        &mut self,
        scripts: &[CheckedScript],
    ) -> Result<(), DatabaseError> {
        if self.sender.dialect() != Dialect::Postgres {
            return Ok(());
        }
        let Some(query) = Wanted::of(scripts).query() else { return Ok(()) };
        let connection = &mut self.sender.connection;
        let rows = connection.own_rows(&query)?;
        let missing: Vec<(String, String)> = rows
            .into_iter()
            .map(|row| {
                let mut values = row.into_iter().map(Option::unwrap_or_default);
                (values.next().unwrap_or_default(), values.next().unwrap_or_default())
            })
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let role = connection.own_value("SELECT current_user")?.unwrap_or_default();
        let listed: Vec<&str> = missing.iter().map(|(what, _)| what.as_str()).collect();
        let mut grants: Vec<String> =
            missing.iter().map(|(_, grant)| grant.replace("$ROLE", &identifier(&role))).collect();
        grants.sort();
        grants.dedup();
        let message = format!(
            "the role {role} may not do what the migrations need\n  {}",
            listed.join("\n  ")
        );
        let help = format!("nothing was applied; have a superuser say: {}", grants.join("; "));
        Err(DatabaseError::new(ErrorKind::Forbidden, message).help(help))
    }
}

/// Rights that scripts need, each with the first script that does: one question for all of them,
/// since a hundred small ones would take longer than what they are about.
#[derive(Default)]
struct Wanted<'s> {
    create: BTreeMap<&'s Ident, &'s str>,
    own: BTreeMap<&'s RelationName, &'s str>,
    drop: BTreeMap<&'s RelationName, &'s str>,
    write: BTreeMap<(&'s RelationName, &'static str), &'s str>,
}

impl<'s> Wanted<'s> {
    fn of(scripts: &'s [CheckedScript]) -> Self {
        let mut wanted = Self::default();
        for script in scripts {
            let (needs, id) = (script.needs(), script.id());
            needs.create.iter().for_each(|name| first(&mut wanted.create, name, id));
            needs.own.iter().for_each(|name| first(&mut wanted.own, name, id));
            needs.drop.iter().for_each(|name| first(&mut wanted.drop, name, id));
            let write = needs.write.iter().map(|(name, right)| (name, *right));
            write.for_each(|key| first(&mut wanted.write, key, id));
        }
        wanted
    }

    /// Asks which of them the role has not; `None` where nothing is needed.
    fn query(&self) -> Option<String> {
        let mut parts = Vec::new();
        if !self.create.is_empty() {
            let names =
                self.create.iter().map(|(name, id)| values(&[&text(name.as_str()), &text(id)]));
            parts.push(format!(
                "SELECT w.script || ': no right to create in schema ' || nspname, \
                 'GRANT CREATE ON SCHEMA ' || quote_ident(nspname) || ' TO $ROLE' \
                 FROM (VALUES {}) AS w (name, script) JOIN pg_namespace ON nspname = w.name \
                 WHERE NOT has_schema_privilege(oid, 'CREATE')",
                listed(names)
            ));
        }
        for (tables, unless) in [
            (&self.own, "pg_has_role(c.relowner, 'USAGE')"),
            (&self.drop, "(pg_has_role(c.relowner, 'USAGE') OR pg_has_role(n.nspowner, 'USAGE'))"),
        ] {
            if tables.is_empty() {
                continue;
            }
            let names = tables.iter().map(|(name, id)| values(&[&class(name), &text(id)]));
            parts.push(format!(
                "SELECT w.script || ': not the owner of ' || c.oid::regclass || ', who is ' || pg_get_userbyid(c.relowner), \
                 'GRANT ' || quote_ident(pg_get_userbyid(c.relowner)) || ' TO $ROLE' \
                 FROM (VALUES {}) AS w (name, script) JOIN pg_class c ON c.oid = w.name \
                 JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT {unless}",
                listed(names)
            ));
        }
        if !self.write.is_empty() {
            let names = self
                .write
                .iter()
                .map(|((name, right), id)| values(&[&class(name), &text(right), &text(id)]));
            parts.push(format!(
                "SELECT w.script || ': no right of ' || w.privilege || ' on ' || w.name, \
                 'GRANT ' || w.privilege || ' ON ' || w.name || ' TO $ROLE' \
                 FROM (VALUES {}) AS w (name, privilege, script) \
                 WHERE w.name IS NOT NULL AND NOT has_table_privilege(w.name, w.privilege)",
                listed(names)
            ));
        }
        (!parts.is_empty()).then(|| parts.join(" UNION "))
    }
}

fn first<'s, K: Ord>(map: &mut BTreeMap<K, &'s str>, key: K, script: &'s str) {
    map.entry(key).or_insert(script);
}

fn text(value: &str) -> String {
    literal(Dialect::Postgres, value)
}

/// The relation as the server finds it; null where there is none.
fn class(name: &RelationName) -> String {
    let (schema, table) = (identifier(name.schema.as_str()), identifier(name.name.as_str()));
    format!("to_regclass({})", text(&format!("{schema}.{table}")))
}

fn values(values: &[&str]) -> String {
    format!("({})", values.join(", "))
}

fn listed(rows: impl Iterator<Item = String>) -> String {
    rows.collect::<Vec<_>>().join(", ")
}
