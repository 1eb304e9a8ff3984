//! Settings that change what statements mean: the search path, the time zone.

use super::Applier;
use crate::migration::{Ident, SetOption, SettingScope, Target, is_utc};
use crate::schema::{RelationName, Schema};
use imbl::OrdMap;
use std::sync::Arc;

impl Schema {
    /// Ends the transaction: settings of `SET LOCAL` are gone.
    pub fn end_transaction(&mut self) {
        if let Some(path) = self.session_path.take() {
            self.search_path = path;
        }
        if let Some(zone) = self.session_zone.take() {
            self.zone = zone;
        }
    }

    /// Whether the session's time zone is UTC: as a script has set it, else as the server has it.
    pub fn has_utc(&self, target: &Target) -> bool {
        self.zone.unwrap_or(target.utc)
    }

    /// Ends what lives no longer than a session: temporary tables, views, types and functions, and
    /// MySQL's variables.
    /// Migrations that are written apart run in sessions apart.
    pub fn end_temporary(&mut self) {
        for name in temporary(&self.relations) {
            self.remove(&name);
        }
        for name in temporary(&self.types) {
            self.remove_type(&name);
        }
        for name in temporary(&self.routines) {
            self.edit_routines(&name, Vec::clear);
        }
        self.variables.clear();
    }

    /// Starts a new session: settings are those of the server again.
    pub fn end_session(&mut self) {
        self.session_path = None;
        self.search_path = default_path();
        self.session_zone = None;
        self.zone = None;
        self.variables.clear();
    }

    /// The value of a session variable of MySQL, in lower case, where a script has set it to one
    /// that can be told.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(AsRef::as_ref)
    }
}

/// The names in `pg_temp`, without a look at the others.
fn temporary<V: Clone>(map: &OrdMap<RelationName, V>) -> Vec<RelationName> {
    let first = RelationName::temporary(RelationName::first().name);
    let names = map.range(first..).map(|(name, _)| name);
    names.take_while(|name| name.schema == "pg_temp").cloned().collect()
}

impl Applier<'_> {
    pub(super) fn set(&mut self, option: &SetOption) {
        if self.context.target.dialect.is_mysql() {
            return self.set_variable(option);
        }
        if option.name == "timezone" {
            return self.set_zone(option);
        }
        if option.name == "all" && option.values.is_empty() {
            self.set_zone(option);
        }
        let path = match option.name.as_str() {
            "search_path" if option.values.is_empty() => default_path(),
            "search_path" => written_path(&option.values),
            "all" if option.values.is_empty() => default_path(),
            _ => return,
        };
        let Schema { search_path, session_path, .. } = &mut *self.schema;
        put(path, option.scope, search_path, session_path);
    }
}

impl Applier<'_> {
    fn set_zone(&mut self, option: &SetOption) {
        let zone = match option.values.as_slice() {
            [name] if !matches!(name.to_lowercase().as_str(), "local" | "default") => {
                Some(is_utc(name))
            }
            _ => None,
        };
        let Schema { zone: now, session_zone, .. } = &mut *self.schema;
        put(zone, option.scope, now, session_zone);
    }
}

/// Puts a setting in force; the session's own comes back when the transaction of a `SET LOCAL` ends.
fn put<T>(value: T, scope: SettingScope, now: &mut T, session: &mut Option<T>) {
    match scope {
        SettingScope::Local => {
            let hidden = std::mem::replace(now, value);
            session.get_or_insert(hidden);
        }
        SettingScope::Global => {}
        SettingScope::Session => {
            *now = value;
            *session = None;
        }
    }
}

impl Applier<'_> {
    /// A value that another variable holds is taken for the server's own: dumps keep the old one
    /// in a variable, and restore it at their end.
    fn set_variable(&mut self, option: &SetOption) {
        if option.scope == SettingScope::Global {
            return;
        }
        let name: Arc<str> = Arc::from(option.name.as_str());
        let value = option.values.join(",").to_lowercase();
        let is_told =
            !value.contains(['@', '(']) && value != "default" && !option.values.is_empty();
        match is_told {
            true => self.schema.variables.insert(name, Arc::from(value)),
            false => self.schema.variables.remove(&name),
        };
    }
}

fn default_path() -> Arc<[Ident]> {
    Arc::from([Ident::new("public")])
}

/// The schemas of a written path. `$user` and `pg_catalog` are none that migrations create in.
fn written_path(values: &[String]) -> Arc<[Ident]> {
    values
        .iter()
        .flat_map(|value| value.split(','))
        .map(|schema| schema.trim().trim_matches('"'))
        .filter(|schema| !matches!(*schema, "" | "$user" | "pg_catalog"))
        .map(Ident::new)
        .collect()
}
