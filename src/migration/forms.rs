//! Forms of statements that MySQL or MariaDB alone has, or that came with a version: what a
//! statement uses of them, and which servers have them.
//!
//! Facts from both vendors' manuals ("What Is New in MySQL", "Incompatibilities and Feature
//! Differences Between MariaDB and MySQL", the syntax pages of the statements) and, where the
//! oracle has a case, from the servers.

use super::{Dialect, ServerVersion, Target};

/// Which versions of a server have a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Has {
    /// All that are judged.
    Yes,
    /// None.
    No,
    /// From this version on.
    Since(u16, u16),
    /// Up to this version.
    Until(u16, u16),
}

/// Why a server does not have a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// No version of it has the form; the other server may.
    Foreign,
    /// It came with this version.
    Newer(ServerVersion),
    /// It went after this version.
    Gone(ServerVersion),
}

macro_rules! forms {
    ($($(#[$doc:meta])* $form:ident: $title:literal, $mysql:expr, $mariadb:expr;)+) => {
        /// A form that not every server has.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Form {
            $($(#[$doc])* $form,)+
        }

        const ALL: &[(Form, &str, Has, Has)] = &[$((Form::$form, $title, $mysql, $mariadb),)+];
    };
}

use Has::{No, Since, Until, Yes};

forms! {
    /// `ALTER TABLE IF EXISTS`.
    AlterTableIfExists: "ALTER TABLE IF EXISTS", No, Yes;
    /// `ADD COLUMN IF NOT EXISTS`, `DROP COLUMN IF EXISTS`, `MODIFY COLUMN IF EXISTS` …
    ColumnIfExists: "IF [NOT] EXISTS for columns", No, Yes;
    /// The same of indexes, and `CREATE INDEX IF NOT EXISTS`.
    IndexIfExists: "IF [NOT] EXISTS for indexes", No, Yes;
    /// The same of constraints and foreign keys.
    ConstraintIfExists: "IF [NOT] EXISTS for constraints", No, Yes;
    /// The same of partitions.
    PartitionIfExists: "IF [NOT] EXISTS for partitions", No, Yes;
    /// `RENAME TABLE IF EXISTS`.
    RenameTableIfExists: "RENAME TABLE IF EXISTS", No, Since(10, 5);
    /// `CREATE OR REPLACE` of anything but a view.
    OrReplace: "CREATE OR REPLACE for anything but views", No, Yes;
    /// `CREATE TRIGGER IF NOT EXISTS` and its like of routines.
    ProgramIfNotExists: "CREATE … IF NOT EXISTS for triggers and routines", Since(8, 0), Yes;
    /// `CREATE VIEW IF NOT EXISTS`.
    ViewIfNotExists: "CREATE VIEW IF NOT EXISTS", Since(9, 1), Yes;
    /// Sequences.
    Sequence: "sequences", No, Since(10, 3);
    /// Packages of Oracle's mode.
    Package: "packages", No, Since(10, 3);
    /// `WAIT n`, `NOWAIT`.
    LockWait: "WAIT and NOWAIT for definitions", No, Since(10, 3);
    /// `ALGORITHM=NOCOPY`.
    NoCopy: "ALGORITHM=NOCOPY", No, Since(10, 3);
    /// `ALGORITHM=INSTANT`.
    Instant: "ALGORITHM=INSTANT", Since(8, 0), Since(10, 3);
    /// `ALTER ONLINE TABLE`.
    Online: "ALTER ONLINE TABLE", No, Yes;
    /// `ALTER IGNORE TABLE`.
    AlterIgnore: "ALTER IGNORE TABLE", Until(5, 6), Yes;
    /// `IGNORED` indexes.
    IgnoredIndex: "IGNORED indexes", No, Since(10, 6);
    /// `VISIBLE` and `INVISIBLE` indexes.
    InvisibleIndex: "INVISIBLE indexes", Since(8, 0), No;
    /// Keys over expressions.
    ExpressionKey: "keys over expressions", Since(8, 0), No;
    /// `INVISIBLE` columns.
    InvisibleColumn: "INVISIBLE columns", Since(8, 0), Since(10, 3);
    /// `DEFAULT (expression)`.
    DefaultExpression: "DEFAULT with an expression", Since(8, 0), Yes;
    /// `[NOT] ENFORCED` checks.
    Enforced: "[NOT] ENFORCED checks", Since(8, 0), No;
    /// `DROP CHECK`.
    DropCheck: "DROP CHECK", Since(8, 0), No;
    /// `DROP CONSTRAINT`.
    DropConstraint: "DROP CONSTRAINT", Since(8, 0), Yes;
    /// `RENAME COLUMN`.
    RenameColumn: "RENAME COLUMN", Since(8, 0), Since(10, 5);
    /// `RENAME INDEX`.
    RenameIndex: "RENAME INDEX", Since(5, 7), Since(10, 5);
    /// System versioning, and periods of time.
    Versioning: "system versioning", No, Since(10, 3);
    /// `CONVERT PARTITION … TO TABLE`, `CONVERT TABLE … TO PARTITION`.
    ConvertPartition: "CONVERT PARTITION and CONVERT TABLE", No, Since(10, 7);
    /// `EXCHANGE PARTITION … WITHOUT VALIDATION`.
    ExchangeUnchecked: "EXCHANGE PARTITION WITHOUT VALIDATION", Since(5, 7), Since(11, 4);
    /// `SET STATEMENT … FOR`.
    SetStatement: "SET STATEMENT … FOR", No, Yes;
    /// Blocks and control statements outside of stored programs.
    Compound: "blocks outside of stored programs", No, Yes;
    /// `COMPRESSED` columns.
    CompressedColumn: "COMPRESSED columns", No, Since(10, 3);
    /// `SRID` of a column.
    Srid: "SRID of a column", Since(8, 0), No;
    /// `ENGINE_ATTRIBUTE` and its secondary.
    EngineAttribute: "ENGINE_ATTRIBUTE", Since(8, 0), No;
    /// Table options that only MySQL has.
    MysqlOption: "ENCRYPTION, COMPRESSION and AUTOEXTEND_SIZE of a table", Since(5, 7), No;
    /// Table options that only MariaDB has.
    MariadbOption: "PAGE_COMPRESSED, ENCRYPTED and their like of a table", No, Yes;
}

impl Form {
    /// What it is called.
    pub fn title(self) -> &'static str {
        ALL.iter().find(|(form, ..)| *form == self).map_or("", |(_, title, ..)| title)
    }

    /// Why the server does not have it; `None` where it has.
    pub fn lacking(self, target: &Target) -> Option<Lacking> {
        let (.., mysql, mariadb) = ALL.iter().find(|(form, ..)| *form == self)?;
        let has = match target.dialect {
            Dialect::Mysql => mysql,
            Dialect::Mariadb => mariadb,
            Dialect::Postgres | Dialect::Sqlite => &Yes,
        };
        match *has {
            Yes => None,
            No => Some(Lacking::Foreign),
            Since(major, minor) => (!target.at_least_version(major, minor))
                .then_some(Lacking::Newer(ServerVersion { major, minor })),
            Until(major, minor) => (target.version > ServerVersion { major, minor })
                .then_some(Lacking::Gone(ServerVersion { major, minor })),
        }
    }
}

/// A set of forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Forms(u64);

impl Forms {
    /// The set with another form.
    #[must_use]
    pub fn with(self, form: Form) -> Self {
        let at = ALL.iter().position(|(known, ..)| *known == form).unwrap_or(0);
        Self(self.0 | 1 << at)
    }

    /// The forms in it.
    pub fn iter(self) -> impl Iterator<Item = Form> {
        ALL.iter().enumerate().filter(move |(at, _)| self.0 >> at & 1 == 1).map(|(_, one)| one.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(dialect: Dialect, major: u16, minor: u16) -> Target {
        Target { version: ServerVersion { major, minor }, ..Target::assumed(dialect) }
    }

    #[test]
    fn a_set_holds_all_forms() {
        assert!(ALL.len() <= 64, "more forms than bits");
        let all = ALL.iter().fold(Forms::default(), |set, (form, ..)| set.with(*form));
        assert_eq!(all.iter().count(), ALL.len());
        assert_eq!(Forms::default().with(Form::Sequence).iter().next(), Some(Form::Sequence));
    }

    #[test]
    fn servers_lack_forms_by_their_version() {
        let newer = |major, minor| Some(Lacking::Newer(ServerVersion { major, minor }));
        let mysql = |major, minor| target(Dialect::Mysql, major, minor);
        let mariadb = |major, minor| target(Dialect::Mariadb, major, minor);
        assert_eq!(Form::ColumnIfExists.lacking(&mysql(9, 7)), Some(Lacking::Foreign));
        assert_eq!(Form::ColumnIfExists.lacking(&mariadb(10, 5)), None);
        assert_eq!(Form::RenameColumn.lacking(&mysql(5, 7)), newer(8, 0));
        assert_eq!(Form::RenameColumn.lacking(&mysql(8, 0)), None);
        assert_eq!(Form::IgnoredIndex.lacking(&mariadb(10, 5)), newer(10, 6));
        let gone = Some(Lacking::Gone(ServerVersion { major: 5, minor: 6 }));
        assert_eq!(Form::AlterIgnore.lacking(&mysql(8, 0)), gone);
        assert_eq!(Form::AlterIgnore.lacking(&mysql(5, 6)), None);
    }
}
