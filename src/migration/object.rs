//! Kinds of objects, and changes that are modelled by the kind alone.

use super::{Ident, ObjectName, Online, RelationKind};
use crate::source::Span;

/// Kinds of objects that statements create, alter, drop, comment on or ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of SQL")]
pub enum ObjectKind {
    Table,
    ForeignTable,
    View,
    MaterializedView,
    Index,
    Sequence,
    Column,
    Constraint,
    Type,
    Domain,
    EnumLabel,
    Function,
    Procedure,
    Routine,
    Aggregate,
    Operator,
    OperatorClass,
    OperatorFamily,
    Cast,
    Collation,
    Conversion,
    Trigger,
    EventTrigger,
    Rule,
    Policy,
    Schema,
    Database,
    Tablespace,
    Extension,
    Role,
    Server,
    UserMapping,
    ForeignDataWrapper,
    Publication,
    Subscription,
    Statistics,
    TextSearch,
    Language,
    Transform,
    AccessMethod,
    LargeObject,
    DefaultPrivileges,
    System,
    Owned,
    Event,
    Package,
}

impl ObjectKind {
    /// Lower-case words, joined by `_` as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::ForeignTable => "foreign_table",
            Self::View => "view",
            Self::MaterializedView => "materialized_view",
            Self::Index => "index",
            Self::Sequence => "sequence",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::Type => "type",
            Self::Domain => "domain",
            Self::EnumLabel => "enum_label",
            Self::Function => "function",
            Self::Procedure => "procedure",
            Self::Routine => "routine",
            Self::Aggregate => "aggregate",
            Self::Operator => "operator",
            Self::OperatorClass => "operator_class",
            Self::OperatorFamily => "operator_family",
            Self::Cast => "cast",
            Self::Collation => "collation",
            Self::Conversion => "conversion",
            Self::Trigger => "trigger",
            Self::EventTrigger => "event_trigger",
            Self::Rule => "rule",
            Self::Policy => "policy",
            Self::Schema => "schema",
            Self::Database => "database",
            Self::Tablespace => "tablespace",
            Self::Extension => "extension",
            Self::Role => "role",
            Self::Server => "server",
            Self::UserMapping => "user_mapping",
            Self::ForeignDataWrapper => "foreign_data_wrapper",
            Self::Publication => "publication",
            Self::Subscription => "subscription",
            Self::Statistics => "statistics",
            Self::TextSearch => "text_search",
            Self::Language => "language",
            Self::Transform => "transform",
            Self::AccessMethod => "access_method",
            Self::LargeObject => "large_object",
            Self::DefaultPrivileges => "default_privileges",
            Self::System => "system",
            Self::Owned => "owned",
            Self::Event => "event",
            Self::Package => "package",
        }
    }
}

/// `DROP` of any kind of object, with all its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropObject {
    /// What is dropped.
    pub kind: ObjectKind,
    /// Their names; `schema.table` of a trigger, rule or policy is in `table`.
    pub names: Vec<ObjectName>,
    /// The table of a trigger, rule or policy, and in MySQL of an index.
    pub table: Option<ObjectName>,
    /// Argument types of functions as written, beside `names`; `None` where not written.
    pub arguments: Vec<Option<String>>,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CASCADE`.
    pub cascade: bool,
    /// `CONCURRENTLY` (indexes).
    pub concurrently: bool,
    /// Whether the script makes tables of these names afterwards: `IF EXISTS` then means those of
    /// an earlier run.
    pub makes_room: bool,
    /// `ALGORITHM=`, `LOCK=` and `WAIT` (MySQL, MariaDB).
    pub online: Online,
}

/// A change to an object that is modelled by its kind alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectChange {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its name, where it has one.
    pub name: Option<ObjectName>,
    /// The table of a trigger, rule or policy, behind it the relations that the commands of a new
    /// rule write; tables of a publication or statistics object.
    pub tables: Vec<ObjectName>,
    /// What changes, lower-case words: `rename`, `owner`, `set schema`, `add table`, …; `on` and
    /// its event for a new rule.
    pub option: String,
    /// New name of a rename, new schema of `SET SCHEMA`.
    pub new_name: Option<Ident>,
    /// Bytes of the changing part.
    pub span: Span,
}

impl From<ObjectKind> for Option<RelationKind> {
    fn from(kind: ObjectKind) -> Self {
        match kind {
            ObjectKind::Table | ObjectKind::ForeignTable => Some(RelationKind::Table),
            ObjectKind::View => Some(RelationKind::View),
            ObjectKind::MaterializedView => Some(RelationKind::MaterializedView),
            ObjectKind::Index => Some(RelationKind::Index),
            ObjectKind::Sequence => Some(RelationKind::Sequence),
            _ => None,
        }
    }
}
