//! What differs between a table and what it becomes, in the terms in which the server asks its
//! engine (`Alter_inplace_info` of MySQL, `alter_table_operations` of MariaDB).

use crate::effects::Cause;

/// One kind of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Change {
    AddVirtual,
    DropVirtual,
    AddStored,
    AddGenerated,
    DropStored,
    /// A stored column's values are kept otherwise.
    StoredType,
    VirtualType,
    /// A column's type changes, its values stay the same bytes.
    SameBytes,
    ColumnName,
    Nullable,
    NotNullable,
    Default,
    StoredOrder,
    VirtualOrder,
    StoredExpression,
    VirtualExpression,
    AddIndex,
    AddUnique,
    DropIndex,
    DropUnique,
    AddPrimary,
    DropPrimary,
    RenameIndex,
    IndexVisibility,
    IndexComment,
    AddForeignKey,
    DropForeignKey,
    /// An option of the table.
    Options,
    /// `ROW_FORMAT` and the like.
    StorageOptions,
    Convert,
    Recreate,
    AddCheck,
    DropCheck,
    /// A column is restated by `MODIFY` or `CHANGE`.
    Restated,
    AddVersioning,
    DropVersioning,
    Encryption,
}

/// All differences, each with why it matters.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Changes {
    list: Vec<(Change, Cause)>,
}

impl Changes {
    /// Notes a difference.
    pub fn add(&mut self, change: Change, cause: Cause) {
        self.list.push((change, cause));
    }

    /// Whether there is such a difference.
    pub fn has(&self, change: Change) -> bool {
        self.list.iter().any(|(it, _)| *it == change)
    }

    /// Whether there is one of these differences.
    pub fn any(&self, test: impl Fn(Change) -> bool) -> bool {
        self.list.iter().any(|(change, _)| test(*change))
    }

    /// Whether all differences are such.
    pub fn all(&self, test: impl Fn(Change) -> bool) -> bool {
        self.list.iter().all(|(change, _)| test(*change))
    }

    /// Why the first difference of that kind matters.
    pub fn cause(&self, test: impl Fn(Change) -> bool) -> Option<Cause> {
        self.list.iter().find(|(change, _)| test(*change)).map(|(_, cause)| cause.clone())
    }
}

impl Change {
    /// Whether a secondary index is built.
    pub fn builds_index(self) -> bool {
        matches!(self, Self::AddIndex | Self::AddUnique)
    }

    /// Whether a virtual column comes, goes or moves.
    pub fn moves_virtual(self) -> bool {
        matches!(self, Self::AddVirtual | Self::DropVirtual | Self::VirtualOrder)
    }
}
