//! The copy and the move: a new table, its rows, the old one's end, the name, the indexes.

use super::FLAVOR;
use super::rebuild::{Rebuild, Slot, Source};
use super::reflected::{ReflectedConstraint, ReflectedKind};
use crate::frontend::alembic::render::Written;
use crate::frontend::alembic::render::column::sqlite_default;
use crate::frontend::alembic::render::quote;
use crate::frontend::alembic::render::stop::{Part, Stop};

/// Longest name of the new table, until it is moved.
const LONGEST: usize = 50;

impl Rebuild {
    /// Everything that is sent.
    pub fn statements(self) -> Part<Vec<Written>> {
        let old = quote::quoted(&self.name, FLAVOR);
        let new: String = format!("_alembic_tmp_{}", self.name).chars().take(LONGEST).collect();
        let new = quote::quoted(&new, FLAVOR);
        let mut out = vec![Written::own(self.create(&new)?), Written::own(self.copy(&old, &new))];
        out.push(Written::own(format!("DROP TABLE {old}")));
        out.push(Written::own(format!("ALTER TABLE {new} RENAME TO {old}")));
        for index in &self.indexes {
            let unique = if index.unique { "UNIQUE " } else { "" };
            let columns: Vec<String> = index.columns.iter().map(|one| self.renamed(one)).collect();
            let condition = index.predicate.as_ref().map(|sql| format!(" WHERE {sql}"));
            out.push(Written::own(format!(
                "CREATE {unique}INDEX {} ON {old} ({}){}",
                quote::object(&index.name, FLAVOR),
                columns.join(", "),
                condition.unwrap_or_default()
            )));
        }
        out.extend(self.new_indexes);
        Ok(out)
    }

    fn create(&self, name: &str) -> Part<String> {
        if self.columns.is_empty() {
            return Stop::refused("the table keeps no column");
        }
        let is_key = |one: &&ReflectedConstraint| one.kind == ReflectedKind::PrimaryKey;
        let key = self.constraints.iter().find(is_key);
        let member = |slot: &Slot| key.is_some_and(|key| key.columns.contains(&slot.key));
        let mut lines: Vec<String> =
            self.columns.iter().map(|slot| definition(slot, member(slot))).collect();
        lines.extend(key.filter(|key| !key.columns.is_empty()).map(|key| self.constraint(key)));
        let others = self.constraints.iter().filter(|one| !is_key(one));
        let whole = others.filter(|one| one.columns.iter().all(|name| self.has(name)));
        let (named, anonymous): (Vec<_>, Vec<_>) = whole.partition(|one| one.name.is_some());
        // Anonymous checks cannot be told from those of a type, and are not copied.
        let anonymous =
            anonymous.into_iter().filter(|one| !matches!(one.kind, ReflectedKind::Check(_)));
        let all = self.extra.iter().chain(named).chain(anonymous);
        lines.extend(all.map(|one| self.constraint(one)));
        Ok(format!("CREATE TABLE {name} (\n    {}\n)", lines.join(", \n    ")))
    }

    fn copy(&self, old: &str, new: &str) -> String {
        let kept: Vec<&Slot> =
            self.columns.iter().filter(|slot| slot.from != Source::New).collect();
        let names: Vec<String> =
            kept.iter().map(|slot| quote::quoted(&slot.column.name, FLAVOR)).collect();
        let values: Vec<String> = kept
            .iter()
            .map(|slot| {
                let key = quote::quoted(&slot.key, FLAVOR);
                match slot.from {
                    Source::Cast => {
                        format!("CAST({old}.{key} AS {}) AS {key}", slot.column.data_type)
                    }
                    Source::Old | Source::New => format!("{old}.{key}"),
                }
            })
            .collect();
        format!(
            "INSERT INTO {new} ({}) SELECT {} \nFROM {old}",
            names.join(", "),
            values.join(", ")
        )
    }

    fn has(&self, key: &str) -> bool {
        self.columns.iter().any(|slot| slot.key == key)
    }

    /// A column as it is called in the new table.
    fn renamed(&self, key: &str) -> String {
        let slot = self.columns.iter().find(|slot| slot.key == key);
        quote::quoted(slot.map_or(key, |slot| &slot.column.name), FLAVOR)
    }

    fn constraint(&self, of: &ReflectedConstraint) -> String {
        let columns: Vec<String> = of.columns.iter().map(|one| self.renamed(one)).collect();
        let columns = columns.join(", ");
        let body = match &of.kind {
            ReflectedKind::PrimaryKey => format!("PRIMARY KEY ({columns})"),
            ReflectedKind::Unique => format!("UNIQUE ({columns})"),
            ReflectedKind::ForeignKey { table, references, rules } => format!(
                "FOREIGN KEY({columns}) REFERENCES {} ({}){rules}",
                quote::quoted(table, FLAVOR),
                quote::list(references, FLAVOR)
            ),
            ReflectedKind::Check(sql) => format!("CHECK ({sql})"),
        };
        let name = of.name.clone().or_else(|| self.conventional(of));
        let name = name.map(|name| format!("CONSTRAINT {} ", quote::object(&name, FLAVOR)));
        format!("{}{body}", name.unwrap_or_default())
    }
}

fn definition(slot: &Slot, is_key: bool) -> String {
    let column = &slot.column;
    let mut sql = format!("{} {}", quote::quoted(&column.name, FLAVOR), column.data_type);
    if let Some(default) = &column.default {
        sql.push_str(&format!(" DEFAULT {}", sqlite_default(default)));
    }
    if !column.nullable.unwrap_or(!is_key) {
        sql.push_str(" NOT NULL");
    }
    if let Some(generated) = &column.generated {
        sql.push_str(&format!(" {generated}"));
    }
    sql
}
