//! The tables in which migration tools record what ran: small, and written by nobody else.

use super::Ident;

/// Their names, sorted.
const NAMES: [&str; 24] = [
    "__diesel_schema_migrations",
    "__drizzle_migrations",
    "__efmigrationshistory",
    "_prisma_migrations",
    "_sqlx_migrations",
    "_yoyo_migration",
    "alembic_version",
    "ar_internal_metadata",
    "atlas_schema_revisions",
    "databasechangelog",
    "databasechangeloglock",
    "django_migrations",
    "flyway_schema_history",
    "goose_db_version",
    "gorp_migrations",
    "knex_migrations",
    "knex_migrations_lock",
    "lockgate_history",
    "pgmigrations",
    "refinery_schema_history",
    "schema_migration",
    "schema_migrations",
    "schema_version",
    "schemaversion",
];

/// The table in which the layout's own tool keeps the heads of its graph of migrations. Whoever runs
/// migrations writes it, so that the tool and the application find what they expect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionTable {
    /// Its name, and its schema where one is written.
    Named {
        /// The schema.
        schema: Option<String>,
        /// The name.
        name: String,
    },
    /// The project names it by something that is not read.
    Unread,
}

/// Whether a migration tool keeps its history in a table of this name.
pub fn is_history_table(name: &Ident) -> bool {
    let lower = name.as_str().to_ascii_lowercase();
    NAMES.binary_search(&lower.as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{NAMES, is_history_table};
    use crate::migration::Ident;

    #[test]
    fn names_are_found_in_any_case() {
        assert!(NAMES.is_sorted());
        assert!(is_history_table(&Ident::new("__EFMigrationsHistory")));
        assert!(!is_history_table(&Ident::new("migrations")));
    }
}
