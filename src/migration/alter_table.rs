//! Every form of `ALTER TABLE`, and of its siblings for views, indexes and sequences.

use super::{
    ColumnDef, ColumnPosition, Deferral, Expr, Ident, Identity, MysqlChange, ObjectName,
    PartitionBound, RelationKind, SqlType, TableConstraint,
};

/// The table that an `ALTER TABLE` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableTarget {
    /// Its name.
    pub name: ObjectName,
    /// What the statement calls it.
    pub kind: RelationKind,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `ONLY`: descendants are left alone.
    pub only: bool,
}

/// How a partition is detached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DetachMode {
    /// In one step under a lock on the parent.
    Blocking,
    /// `CONCURRENTLY` (14).
    Concurrently,
    /// `FINALIZE` of an interrupted concurrent detach.
    Finalize,
}

/// `ENABLE | DISABLE TRIGGER | RULE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerSwitch {
    /// The trigger or rule; `None` for `ALL` and `USER`.
    pub name: Option<Ident>,
    /// Whether it is a rule.
    pub rule: bool,
    /// Whether it fires afterwards.
    pub enable: bool,
    /// As written: `ENABLE ALWAYS TRIGGER`.
    pub written: String,
}

/// One subcommand of `ALTER TABLE` (and of its siblings for views, indexes, sequences).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableChange {
    /// `ADD COLUMN`.
    AddColumn {
        /// The column.
        column: ColumnDef,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// `FIRST`, `AFTER` (MySQL, MariaDB).
        position: Option<ColumnPosition>,
    },
    /// `DROP COLUMN`.
    DropColumn {
        /// The column.
        column: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `ALTER COLUMN`.
    AlterColumn {
        /// The column.
        column: Ident,
        /// What changes.
        change: ColumnChange,
    },
    /// `RENAME COLUMN`.
    RenameColumn {
        /// Old name.
        column: Ident,
        /// New name.
        new_name: Ident,
    },
    /// `ADD CONSTRAINT`.
    AddConstraint(TableConstraint),
    /// `ALTER CONSTRAINT`.
    AlterConstraint {
        /// The constraint.
        name: Ident,
        /// New deferral, where written.
        deferral: Option<Deferral>,
        /// `ENFORCED` or `NOT ENFORCED`, where written (18).
        enforced: Option<bool>,
        /// `INHERIT` or `NO INHERIT`, where written (18).
        inherit: Option<bool>,
    },
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint {
        /// The constraint.
        name: Ident,
    },
    /// `DROP CONSTRAINT`.
    DropConstraint {
        /// The constraint.
        name: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `RENAME CONSTRAINT`.
    RenameConstraint {
        /// Old name.
        name: Ident,
        /// New name.
        new_name: Ident,
    },
    /// `RENAME TO`.
    Rename {
        /// New name, same schema.
        new_name: Ident,
    },
    /// `SET SCHEMA`.
    SetSchema {
        /// New schema.
        schema: Ident,
    },
    /// `OWNER TO`.
    SetOwner {
        /// The role, as written.
        role: String,
    },
    /// `ATTACH PARTITION` of a table.
    AttachPartition {
        /// The partition.
        partition: ObjectName,
        /// Which rows it takes.
        bound: PartitionBound,
    },
    /// `DETACH PARTITION`.
    DetachPartition {
        /// The partition.
        partition: ObjectName,
        /// How.
        mode: DetachMode,
    },
    /// `INHERIT parent`.
    Inherit {
        /// The parent.
        parent: ObjectName,
    },
    /// `NO INHERIT parent`.
    NoInherit {
        /// The parent.
        parent: ObjectName,
    },
    /// `ENABLE | DISABLE … TRIGGER | RULE`.
    SwitchTrigger(TriggerSwitch),
    /// `ENABLE | DISABLE ROW LEVEL SECURITY`.
    RowSecurity {
        /// Enabled afterwards.
        enable: bool,
    },
    /// `FORCE | NO FORCE ROW LEVEL SECURITY`.
    ForceRowSecurity {
        /// Forced afterwards.
        force: bool,
    },
    /// `REPLICA IDENTITY`.
    ReplicaIdentity {
        /// `DEFAULT`, `FULL`, `NOTHING` or `USING INDEX …`, as written.
        identity: String,
        /// The index of `USING INDEX`.
        index: Option<Ident>,
    },
    /// `SET (…)`.
    SetParameters {
        /// Parameter names in lower case, with their values as written.
        parameters: Vec<(String, Option<String>)>,
    },
    /// `RESET (…)`.
    ResetParameters {
        /// Parameter names in lower case.
        parameters: Vec<String>,
    },
    /// `SET LOGGED | UNLOGGED`.
    SetLogged {
        /// Logged afterwards.
        logged: bool,
    },
    /// `SET TABLESPACE`.
    SetTablespace {
        /// The tablespace.
        tablespace: Ident,
    },
    /// `SET ACCESS METHOD`; `None` for `DEFAULT`.
    SetAccessMethod {
        /// The method.
        method: Option<Ident>,
    },
    /// `CLUSTER ON index`.
    ClusterOn {
        /// The index.
        index: Ident,
    },
    /// `SET WITHOUT CLUSTER`.
    WithoutCluster,
    /// `OF type`.
    OfType {
        /// The type.
        name: ObjectName,
    },
    /// `NOT OF`.
    NotOf,
    /// A form that is MySQL's and MariaDB's alone.
    Mysql(MysqlChange),
    /// Another form that is understood as a change of options (`OPTIONS (…)`,
    /// `SET WITHOUT OIDS`), as written.
    Option(String),
}

/// What `ALTER COLUMN` changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "it stands in the box of its TableChange")]
pub enum ColumnChange {
    /// `TYPE`.
    Type {
        /// New type.
        data_type: SqlType,
        /// `USING`.
        using: Option<Expr>,
    },
    /// `SET NOT NULL`.
    SetNotNull,
    /// `DROP NOT NULL`.
    DropNotNull,
    /// `SET DEFAULT`.
    SetDefault(Expr),
    /// `DROP DEFAULT`.
    DropDefault,
    /// `ADD GENERATED … AS IDENTITY`.
    AddIdentity(Identity),
    /// `SET GENERATED …`, `SET sequence option`, `RESTART`.
    SetIdentity {
        /// The new mode, where written.
        mode: Option<Identity>,
        /// Whether options of the sequence are written.
        sequence_options: bool,
    },
    /// `DROP IDENTITY`.
    DropIdentity {
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `SET EXPRESSION AS (…)` (17).
    SetExpression(Expr),
    /// `DROP EXPRESSION` (13).
    DropExpression {
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `SET STATISTICS`.
    SetStatistics,
    /// `SET (…)`, `RESET (…)`.
    SetOptions,
    /// `SET STORAGE`.
    SetStorage,
    /// `SET COMPRESSION` (14).
    SetCompression,
    /// Others, as written.
    Other(String),
}
