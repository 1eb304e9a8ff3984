//! What is looked at before anything runs: whether the database takes writes, and whether the role
//! may do what the scripts need.

use super::Runner;
use super::connection::Connection;
use super::gate::CheckedScript;
use crate::database::{DatabaseError, ErrorKind, identifier, literal};
use crate::migration::Dialect;
use crate::schema::RelationName;

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
        let connection = &mut self.sender.connection;
        let mut missing: Vec<(String, String)> = Vec::new();
        for script in scripts {
            let Some(query) = query(script) else { continue };
            for row in connection.own_rows(&query)? {
                let mut values = row.into_iter().map(Option::unwrap_or_default);
                let (what, grant) = (values.next(), values.next());
                let what = format!("{}: {}", script.id(), what.unwrap_or_default());
                missing.push((what, grant.unwrap_or_default()));
            }
        }
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

/// Asks for the rights that a script needs and the role has not; `None` where it needs none.
fn query(script: &CheckedScript) -> Option<String> {
    let needs = script.needs();
    let text = |value: &str| literal(Dialect::Postgres, value);
    let mut parts = Vec::new();
    if !needs.create.is_empty() {
        let schemas: Vec<String> = needs.create.iter().map(|name| text(name.as_str())).collect();
        parts.push(format!(
            "SELECT 'no right to create in schema ' || nspname, \
             'GRANT CREATE ON SCHEMA ' || quote_ident(nspname) || ' TO $ROLE' \
             FROM pg_namespace WHERE nspname IN ({}) AND NOT has_schema_privilege(oid, 'CREATE')",
            schemas.join(", ")
        ));
    }
    for (tables, unless) in [
        (&needs.own, "pg_has_role(c.relowner, 'USAGE')"),
        (&needs.drop, "(pg_has_role(c.relowner, 'USAGE') OR pg_has_role(n.nspowner, 'USAGE'))"),
    ] {
        if tables.is_empty() {
            continue;
        }
        let classes: Vec<String> =
            tables.iter().map(|name| format!("to_regclass({})", text(&quoted(name)))).collect();
        parts.push(format!(
            "SELECT 'not the owner of ' || c.oid::regclass || ', who is ' || pg_get_userbyid(c.relowner), \
             'GRANT ' || quote_ident(pg_get_userbyid(c.relowner)) || ' TO $ROLE' \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.oid IN ({}) AND NOT {unless}",
            classes.join(", ")
        ));
    }
    if !needs.write.is_empty() {
        let values: Vec<String> = needs
            .write
            .iter()
            .map(|(name, right)| format!("(to_regclass({}), '{right}')", text(&quoted(name))))
            .collect();
        parts.push(format!(
            "SELECT 'no right of ' || w.privilege || ' on ' || w.name, \
             'GRANT ' || w.privilege || ' ON ' || w.name || ' TO $ROLE' \
             FROM (VALUES {}) AS w (name, privilege) \
             WHERE w.name IS NOT NULL AND NOT has_table_privilege(w.name, w.privilege)",
            values.join(", ")
        ));
    }
    (!parts.is_empty()).then(|| parts.join(" UNION "))
}

fn quoted(name: &RelationName) -> String {
    format!("{}.{}", identifier(name.schema.as_str()), identifier(name.name.as_str()))
}
