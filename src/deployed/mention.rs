//! What one file of an application says of the database, as the readers give it.

use crate::migration::ObjectName;
use crate::schema::RelationName;
use smol_str::SmolStr;

/// A table's or type's name as the application writes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    /// The schema, where it is written.
    pub schema: Option<SmolStr>,
    /// The name.
    pub name: SmolStr,
}

impl Name {
    /// A name without a schema.
    pub fn bare(name: impl AsRef<str>) -> Self {
        Self { schema: None, name: SmolStr::new(name) }
    }

    /// Whether the relation may be the one that is named.
    pub fn fits(&self, relation: &RelationName) -> bool {
        let schema = self.schema.as_ref();
        relation.name == *self.name.as_str()
            && schema.is_none_or(|schema| relation.schema == *schema.as_str())
    }
}

impl From<&ObjectName> for Name {
    fn from(name: &ObjectName) -> Self {
        let schema = name.schema.as_ref().map(|schema| SmolStr::new(schema.as_str()));
        Self { schema, name: SmolStr::new(name.name.as_str()) }
    }
}

/// How something is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// A model declares it: an ORM names every column that it declares.
    Declared,
    /// A model declares it, but leaves it out of what it reads unless asked.
    Deferred,
    /// SQL, or a query of an ORM, names it.
    Queried,
    /// SQL or a model takes whatever columns there are.
    Star,
    /// The tables are read from the database when the application starts.
    Reflected,
    /// The words stand in a file; nothing more is known.
    Named,
}

impl How {
    /// Name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Deferred => "deferred",
            Self::Queried => "queried",
            Self::Star => "star",
            Self::Reflected => "reflected",
            Self::Named => "named",
        }
    }

    /// In words, for "v1.41 … here".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Declared => "declares it",
            Self::Deferred => "declares it as deferred",
            Self::Queried => "names it in a query",
            Self::Star => "takes it with *",
            Self::Reflected => "takes whatever tables the database has",
            Self::Named => "may mean it",
        }
    }
}

/// One use in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// What is used.
    pub subject: Subject,
    /// How.
    pub how: How,
    /// Byte offset in the file.
    pub offset: usize,
}

/// What a mention is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A table.
    Table(Name),
    /// A column of one of these tables (one: it is certain which).
    Column {
        /// The tables that the text leaves open.
        tables: Vec<Name>,
        /// The column.
        column: SmolStr,
    },
    /// All columns of a table, whichever there are.
    AllColumns(Name),
    /// All tables, whichever there are.
    AllTables,
    /// An attribute of a model that a query asks for by name: `load_only(Customer.notes)`.
    Attribute {
        /// The model.
        class: SmolStr,
        /// The attribute.
        attribute: SmolStr,
    },
    /// Rows are inserted; `None` where the columns are not known.
    Insert {
        /// The table.
        table: Name,
        /// The columns that get a value.
        columns: Option<Vec<SmolStr>>,
    },
    /// A column is given a value.
    Write {
        /// The table.
        table: Name,
        /// The column.
        column: SmolStr,
    },
    /// A value of an enum.
    EnumValue(SmolStr),
}

/// A class that may stand for a table; which one is known when all files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// The class.
    pub class: SmolStr,
    /// Its bases, last part of a dotted name; `db.Model` and `models.Model` in full.
    pub bases: Vec<SmolStr>,
    /// Its table.
    pub table: ModelTable,
    /// The schema, where it is written.
    pub schema: Option<SmolStr>,
    /// Columns that it declares.
    pub columns: Vec<DeclaredColumn>,
    /// Annotated names, which are columns where a base is `SQLModel`.
    pub fields: Vec<DeclaredColumn>,
    /// Byte offset of the class's name.
    pub offset: usize,
}

/// How a model's table is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelTable {
    /// Written down.
    Named(SmolStr),
    /// The class's name in lower case.
    LowerCase,
    /// The class's name in snake case.
    SnakeCase,
    /// Django: application and class in lower case.
    Django,
    /// Its base's, or none.
    Inherited,
    /// None: the class only lends its columns.
    Abstract,
}

/// A column that a model declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredColumn {
    /// Its name in the database.
    pub name: SmolStr,
    /// Its name in the class.
    pub attribute: SmolStr,
    /// Declared, or deferred.
    pub how: How,
    /// Byte offset.
    pub offset: usize,
}
