//! What rules ask of a change on MySQL or MariaDB: whether others wait for all of it, and how to
//! make it without.

use super::StatementContext;
use crate::effects::{self, Alteration, Cause, Effects, Method, Rebuilt, TableLock, WorkKind};
use crate::migration::{
    ActionKind, Algorithm, ColumnConstraint, ColumnDef, Dialect, Form, Lacking, LockLevel,
    MysqlChange, Online, TableChange,
};
use crate::schema::{ConstraintBody, RelationName};

/// PostgreSQL, MySQL and MariaDB.
pub const SERVERS: &[Dialect] = &[Dialect::Postgres, Dialect::Mysql, Dialect::Mariadb];
/// Where a `NOT NULL` column without a default is refused, and a foreign key makes no index.
pub const NOT_MYSQL: &[Dialect] = &[Dialect::Postgres, Dialect::Sqlite];
/// MySQL and MariaDB.
pub const MYSQL: &[Dialect] = &[Dialect::Mysql, Dialect::Mariadb];

impl<'a> StatementContext<'a> {
    /// Changes of tables that others use during which writers wait for as long as the table is
    /// large.
    pub fn blocking_alterations(&self) -> impl Iterator<Item = &'a Alteration> {
        self.lasting_alterations().filter(|one| one.lock > Some(TableLock::None))
    }

    /// Changes of tables that others use which take as long as the table is large.
    pub fn lasting_alterations(&self) -> impl Iterator<Item = &'a Alteration> {
        let effects = self.effects();
        let runs = effects.refused.is_none();
        effects.alterations.iter().filter(move |one| {
            let works = effects
                .work_on(&one.table)
                .any(|work| matches!(work.what, WorkKind::Rewrite | WorkKind::IndexBuild));
            runs && works && !self.is_short(&one.table)
        })
    }

    /// Whether a clause of the statement makes writers wait, who without it would go on.
    pub fn is_made_to_block(&self, alteration: &Alteration) -> bool {
        let online = self.statement().online();
        let asks = online.algorithm == Some(Algorithm::Copy)
            || matches!(online.lock, Some(LockLevel::Shared | LockLevel::Exclusive));
        let goes_on =
            |one: &Alteration| one.table == alteration.table && one.lock == Some(TableLock::None);
        asks && alteration.lock > Some(TableLock::None)
            && self.effects_by_default().alterations.iter().any(goes_on)
    }

    /// What the statement would do without `ALGORITHM=` and `LOCK=`.
    fn effects_by_default(&self) -> Effects {
        let mut statement = self.statement().clone();
        for action in &mut statement.actions {
            match &mut action.kind {
                ActionKind::CreateIndex(index) => index.attributes.online = Online::default(),
                ActionKind::Drop(drop) => drop.online = Online::default(),
                ActionKind::AlterTable { change, .. } => {
                    if let TableChange::Mysql(MysqlChange::Online(online)) = change.as_mut() {
                        *online = Online::default();
                    }
                }
                _ => {}
            }
        }
        effects::of(&statement, self.before(), self.target())
    }

    /// Whether a table is rebuilt for changes that rebuild nothing one by one.
    pub fn is_dearer_together(&self, alteration: &Alteration) -> bool {
        let actions = self.actions();
        let is_asked_for = alteration.cause == Some(Cause::Demanded);
        if actions.len() < 2 || is_asked_for || alteration.method.rebuilt() != Rebuilt::Table {
            return false;
        }
        actions.iter().all(|action| {
            let alone = self.effects_of(action);
            let rebuilds = |one: &Alteration| one.method.rebuilt() != Rebuilt::No;
            alone.known && alone.refused.is_none() && !alone.alterations.iter().any(rebuilds)
        })
    }

    /// Whether the statement says `IF [NOT] EXISTS` where the server has none.
    pub fn says_if_exists_in_vain(&self) -> bool {
        const FORMS: [Form; 6] = [
            Form::AlterTableIfExists,
            Form::ColumnIfExists,
            Form::IndexIfExists,
            Form::ConstraintIfExists,
            Form::PartitionIfExists,
            Form::RenameTableIfExists,
        ];
        let target = self.target();
        let is_foreign = |form: Form| form.lacking(target) == Some(Lacking::Foreign);
        // The first form that is lacking is the one that the refusal names.
        let first = self.statement().forms.iter().find(|form| form.lacking(target).is_some());
        first.is_some_and(|form| FORMS.contains(&form) && is_foreign(form))
    }

    /// How a change runs, in words that say who waits: `ALGORITHM=COPY: every row is copied, and
    /// inserts, updates, deletes wait; reads go on`.
    pub fn alteration_label(&self, alteration: &Alteration) -> String {
        let what = match alteration.method {
            Method::Copy => "ALGORITHM=COPY: every row is copied",
            Method::InPlace(Rebuilt::Table) => "ALGORITHM=INPLACE: the table is rebuilt",
            Method::InPlace(Rebuilt::Partitions) | Method::Fixed(Rebuilt::Partitions) => {
                "the partitions named are made anew"
            }
            Method::Fixed(_) => "all partitions are made anew",
            Method::InPlace(Rebuilt::No) | Method::NoCopy | Method::Instant => "an index is built",
        };
        let who = alteration.lock.map_or("", TableLock::phrase);
        format!("{what}, and {who}")
    }

    /// How to make a change in small steps that let others write.
    pub fn in_small_steps(&self, alteration: &Alteration) -> String {
        let table = &alteration.table;
        let clauses = self.alter_clauses().map(|clauses| format!(": --alter \"{clauses}\""));
        let clauses = clauses.unwrap_or_default();
        if self.has_foreign_keys(table) {
            return format!(
                "run it with pt-online-schema-change --alter-foreign-keys-method=auto on {table}, which copies in small steps while others write (gh-ost takes no table with foreign keys){clauses}"
            );
        }
        format!(
            "run it with gh-ost or pt-online-schema-change on {table}, which copy in small steps while others write{clauses}"
        )
    }

    /// What stands behind the table's name, on one line, if it is not too long.
    fn alter_clauses(&self) -> Option<String> {
        const LONGEST: usize = 160;
        let sql = self.statement().sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut words = sql.split(' ');
        let is_alter = words.next()?.eq_ignore_ascii_case("alter");
        let skipped = ["online", "ignore", "table", "if", "exists"];
        let mut rest =
            words.skip_while(|word| skipped.contains(&word.to_ascii_lowercase().as_str()));
        rest.next()?;
        let clauses = rest.collect::<Vec<_>>().join(" ");
        let clauses = clauses.trim_end_matches(';').to_owned();
        let fits = is_alter && !clauses.is_empty() && clauses.len() <= LONGEST;
        (fits && !clauses.contains('"')).then_some(clauses)
    }

    /// The condition of one batch by a key: `id > $1 AND id <= $1 + 10000`.
    pub fn batch_by(&self, key: &str) -> String {
        let start = if self.target().dialect.is_mysql() { "@start" } else { "$1" };
        format!("{key} > {start} AND {key} <= {start} + 10000")
    }

    /// Whether a later statement of the script makes something of that name, where each change
    /// commits by itself.
    pub fn is_made_again(&self, name: &RelationName) -> bool {
        let Some(script) = self.script().filter(|_| self.target().dialect.is_mysql()) else {
            return false;
        };
        let later = script.statements().skip(self.entry.index + 1);
        later.flat_map(|statement| &statement.actions).any(|action| match &action.kind {
            ActionKind::CreateView(view) => self.resolve(&view.name) == *name,
            ActionKind::CreateTable(table) => self.resolve(&table.name) == *name,
            ActionKind::AlterTable { table, change } => match change.as_ref() {
                TableChange::Rename { new_name } => {
                    self.resolve(&table.name).sibling(new_name.clone()) == *name
                }
                TableChange::Mysql(MysqlChange::RenameTo(new_name)) => {
                    self.resolve(new_name) == *name
                }
                _ => false,
            },
            _ => false,
        })
    }

    /// Whether keys join the table with others, in either direction.
    pub fn has_foreign_keys(&self, table: &RelationName) -> bool {
        let own = self.before().table(table).any().is_some_and(|known| {
            known
                .constraints
                .iter()
                .any(|key| matches!(key.body, ConstraintBody::ForeignKey { .. }))
        });
        own || self.before().referencing(table).next().is_some()
    }
}

/// The whole definition that `MODIFY` or `CHANGE` gives a column, with the column's old name.
pub fn restated(change: &TableChange) -> Option<(&crate::migration::Ident, &ColumnDef)> {
    match change {
        TableChange::Mysql(MysqlChange::ModifyColumn { column, .. }) => {
            Some((&column.name, column))
        }
        TableChange::Mysql(MysqlChange::ChangeColumn { name, column, .. }) => Some((name, column)),
        _ => None,
    }
}

/// A column's old and new name, where a change gives it another.
pub fn renamed_column(
    change: &TableChange,
) -> Option<(&crate::migration::Ident, &crate::migration::Ident)> {
    let (old, new) = match change {
        TableChange::RenameColumn { column, new_name } => (column, new_name),
        TableChange::Mysql(MysqlChange::ChangeColumn { name, column, .. }) => (name, &column.name),
        _ => return None,
    };
    (old != new).then_some((old, new))
}

/// Whether a definition forbids null.
pub fn refuses_null(column: &ColumnDef) -> bool {
    column.constraints.iter().any(|constraint| {
        matches!(constraint, ColumnConstraint::NotNull { .. } | ColumnConstraint::PrimaryKey { .. })
    })
}
