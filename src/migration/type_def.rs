//! Enums, domains and sequences.

use super::{Expr, Ident, ObjectName, SqlType};

/// `CREATE SEQUENCE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateSequence {
    /// Name.
    pub name: ObjectName,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Whether it is temporary.
    pub temporary: bool,
    /// `AS type`.
    pub data_type: Option<SqlType>,
    /// `OWNED BY`.
    pub owned_by: Option<OwnedBy>,
}

/// `OWNED BY` of a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnedBy {
    /// A column.
    Column(ObjectName, Ident),
    /// `NONE`.
    None,
}

/// `ALTER SEQUENCE` in the forms that `ALTER TABLE` does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterSequence {
    /// The sequence.
    pub name: ObjectName,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `OWNED BY`, where written.
    pub owned_by: Option<OwnedBy>,
    /// `AS type`, where written.
    pub data_type: Option<SqlType>,
    /// `RESTART`, where written.
    pub restart: bool,
    /// The options as written.
    pub written: String,
}

/// `CREATE TYPE … AS ENUM`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateEnum {
    /// Name.
    pub name: ObjectName,
    /// Values in order.
    pub values: Vec<String>,
}

/// `ALTER TYPE` of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterEnum {
    /// The type.
    pub name: ObjectName,
    /// What changes.
    pub change: EnumChange,
}

/// Forms of `ALTER TYPE` for enums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnumChange {
    /// `ADD VALUE`.
    AddValue {
        /// The value.
        value: String,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// `BEFORE value`.
        before: Option<String>,
        /// `AFTER value`.
        after: Option<String>,
    },
    /// `RENAME VALUE`.
    RenameValue {
        /// Old value.
        from: String,
        /// New value.
        to: String,
    },
}

/// `CREATE DOMAIN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateDomain {
    /// Name.
    pub name: ObjectName,
    /// Base type.
    pub data_type: SqlType,
    /// `DEFAULT`.
    pub default: Option<Expr>,
    /// `NOT NULL`.
    pub not_null: bool,
    /// `CHECK` constraints with their names.
    pub checks: Vec<(Option<Ident>, Expr)>,
}

/// `ALTER DOMAIN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterDomain {
    /// The domain.
    pub name: ObjectName,
    /// What changes.
    pub change: DomainChange,
}

/// Forms of `ALTER DOMAIN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainChange {
    /// `ADD CONSTRAINT … CHECK`.
    AddCheck {
        /// Name, where written.
        name: Option<Ident>,
        /// The condition.
        expr: Expr,
        /// `NOT VALID`.
        not_valid: bool,
    },
    /// `ADD CONSTRAINT … NOT NULL` (17) and `SET NOT NULL`.
    SetNotNull,
    /// `DROP NOT NULL`.
    DropNotNull,
    /// `SET DEFAULT`.
    SetDefault(Expr),
    /// `DROP DEFAULT`.
    DropDefault,
    /// `DROP CONSTRAINT`.
    DropConstraint {
        /// The constraint.
        name: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint(Ident),
    /// `RENAME CONSTRAINT`.
    RenameConstraint {
        /// Old name.
        name: Ident,
        /// New name.
        new_name: Ident,
    },
}
