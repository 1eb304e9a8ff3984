//! Values of a Python migration, as far as they are known without running it.

use super::Text;
use crate::migration::Guard;
use crate::source::Span;
use smol_str::SmolStr;
use std::sync::Arc;

/// Where something is written: bytes of the migration's own file, or of a module that it uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Source {
    /// Number of the file among those of the evaluation; zero is the migration itself.
    pub module: u16,
    /// Bytes of that file.
    pub span: Span,
}

impl Source {
    /// A place in the migration's own file.
    pub fn home(span: Span) -> Self {
        Self { module: 0, span }
    }

    /// Whether it lies in the migration's own file.
    pub fn is_home(self) -> bool {
        self.module == 0
    }
}

/// A value and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Where it is written; for a literal the literal, also when it came through a name.
    pub source: Source,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `None`.
    None,
    /// `True`, `False`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a point, as Python prints it.
    Float(SmolStr),
    /// A string, perhaps with holes.
    Str(Arc<Text>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A list, or what iterates like one.
    List(Arc<[Value]>),
    /// A tuple.
    Tuple(Arc<[Value]>),
    /// A set, in the order in which it is written.
    Set(Arc<[Value]>),
    /// A dictionary in its order.
    Dict(Arc<[(Value, Value)]>),
    /// Something imported, by its canonical dotted path: `sqlalchemy.Integer`.
    Name(SmolStr),
    /// A call whose meaning is left to who reads it: `sa.Column("id", sa.Integer())`.
    Call(Arc<Call>),
    /// A member of a value: `orders.c.id`.
    Attribute(Arc<(Value, SmolStr)>),
    /// An element of a value: `orders.c["id"]`.
    Index(Arc<(Value, Value)>),
    /// Operators between values that stand for SQL: `orders.c.paid == True`. The operator is
    /// written as in Python (`==`, `&`, `in`, `unary -`, `~`).
    Operation(&'static str, Arc<[Value]>),
    /// A truth that depends on the database: `inspector.has_table("orders")`.
    Condition(Arc<Guard>),
    /// Something of the run that has no face in a directive.
    Handle(Handle),
    /// Not known, and why in a few words.
    Unknown(SmolStr),
}

/// Things of a run that a directive's arguments never are: what sends statements, what is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handle {
    /// A connection, engine or session; what it executes runs on the migrated database.
    Connection,
    /// A connection of which each statement commits by itself.
    Autocommit,
    /// A session of the ORM.
    Session,
    /// The migration context.
    Context,
    /// The dialect of a connection.
    Dialect,
    /// `sa.inspect(bind)`.
    Inspector,
    /// The result of a statement, with its text where it is known.
    Result(Option<Arc<Text>>),
    /// What an inspector lists.
    Listing(Arc<Listing>),
    /// One element of such a list.
    Listed(Arc<Listing>),
    /// A batch of directives on one table, by its number.
    Batch(usize),
    /// A function of the project, by its number.
    Function(usize),
    /// A class of the project, by its number.
    Class(usize),
    /// A module of the project, by its number.
    Module(u16),
    /// `globals()` of a module, by its number.
    Globals(u16),
}

/// What an inspector was asked to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The method's name without `get_`: `columns`, `table_names`, `indexes`.
    pub what: SmolStr,
    /// The table, where the list is one of a table's.
    pub table: Option<Value>,
    /// The schema.
    pub schema: Option<Value>,
}

/// A call that stays one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What is called.
    pub callee: Callee,
    /// Positional arguments; `*known` is spread, `*unknown` gives one unknown value.
    pub args: Vec<Value>,
    /// Keyword arguments in their order; `**known` is spread.
    pub kwargs: Vec<(SmolStr, Value)>,
}

/// What a call calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callee {
    /// Something imported, by its canonical dotted path: `sqlalchemy.Column`,
    /// `sqlalchemy.dialects.postgresql.UUID`, `sqlalchemy.func.now`.
    Path(SmolStr),
    /// A method of a value: `.with_variant(…)`, `.where(…)`.
    Method(Value, SmolStr),
}

impl Call {
    /// The keyword argument of that name.
    pub fn keyword(&self, name: &str) -> Option<&Value> {
        self.kwargs.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The canonical path, where something imported is called.
    pub fn path(&self) -> Option<&str> {
        match &self.callee {
            Callee::Path(path) => Some(path),
            Callee::Method(..) => None,
        }
    }
}

impl Value {
    /// A value at a place.
    pub fn new(kind: Kind, source: Source) -> Self {
        Self { kind, source }
    }

    /// A value that is not known.
    pub fn unknown(why: impl AsRef<str>, source: Source) -> Self {
        Self::new(Kind::Unknown(SmolStr::new(why)), source)
    }

    /// A string written at one place.
    pub fn text(text: &str, source: Source) -> Self {
        Self::new(Kind::Str(Arc::new(Text::of(text, source))), source)
    }

    /// The string, where it is one that is known in full.
    pub fn as_str(&self) -> Option<&str> {
        self.as_text().filter(|text| text.is_known()).map(Text::as_str)
    }

    /// The string, holes included.
    pub fn as_text(&self) -> Option<&Text> {
        match &self.kind {
            Kind::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, where it is `True` or `False`.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The name that it gives: a string, perhaps wrapped in `op.f(…)` or `quoted_name(…)`.
    pub fn to_name(&self) -> Option<String> {
        match &self.kind {
            Kind::Str(text) => Some(text.as_str().to_owned()),
            Kind::Call(call) => {
                let path = call.path()?;
                let last = path.rsplit('.').next().unwrap_or(path);
                let wraps = matches!(last, "f" | "conv" | "quoted_name" | "_truncated_label");
                call.args.first().filter(|_| wraps)?.to_name()
            }
            _ => None,
        }
    }

    /// The elements of a list, tuple or set.
    pub fn elements(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(all) | Kind::Tuple(all) | Kind::Set(all) => Some(all),
            _ => None,
        }
    }

    /// The call, where it is one.
    pub fn as_call(&self) -> Option<&Call> {
        match &self.kind {
            Kind::Call(call) => Some(call),
            _ => None,
        }
    }

    /// The canonical dotted path of a name, or of what a call calls: `sqlalchemy.Integer` for
    /// `sa.Integer` and for `sa.Integer()`.
    pub fn path(&self) -> Option<&str> {
        match &self.kind {
            Kind::Name(path) => Some(path),
            Kind::Call(call) => call.path(),
            _ => None,
        }
    }

    /// Whether it is `None`.
    pub fn is_none(&self) -> bool {
        matches!(self.kind, Kind::None)
    }

    /// Whether it is not known.
    pub fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown(_))
    }
}
