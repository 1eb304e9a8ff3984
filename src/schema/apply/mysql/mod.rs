//! Statements of MySQL and MariaDB, as far as they mean something else than in PostgreSQL.

mod alter;
mod charset;
mod column;
mod foreign_key;
mod index;
mod key;
mod partition;
mod rename;
mod table;

use super::Applier;
use crate::migration::{Dialect, Ident};
use crate::schema::RelationName;

/// What a primary key and its index are called.
pub(super) const PRIMARY: &str = "PRIMARY";

impl Applier<'_> {
    pub(super) fn is_mysql(&self) -> bool {
        self.context.target.dialect.is_mysql()
    }

    fn is_mariadb(&self) -> bool {
        self.context.target.dialect == Dialect::Mariadb
    }

    /// `USE`: the database of bare names. The first one of a history names the database that the
    /// connection has anyway, unless tables were made before it.
    pub(super) fn use_database(&mut self, database: &Ident) {
        let schema = &mut self.schema;
        let is_first = schema.default_database.is_none()
            && !schema.relations.keys().any(|name: &RelationName| name.schema == "public");
        if is_first {
            schema.default_database = Some(database.clone());
        }
        let named = schema.database(database);
        schema.search_path = [named].into();
    }
}
