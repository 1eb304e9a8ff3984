//! `sa.Column(…)`: its arguments.

use super::{Call, Callee, Value, called, is_true, keyword, last};

/// A column as written.
#[derive(Debug, Clone)]
pub struct Column<'v> {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: Option<&'v Value>,
    /// Foreign keys, checks, identity and the like.
    items: Vec<&'v Value>,
    call: &'v Call,
}

/// Whether a column is part of the primary key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// No part of it.
    None,
    /// Part of it.
    Member,
}

impl<'v> Column<'v> {
    /// The column that a value is.
    pub fn of(value: &'v Value) -> Option<Self> {
        let (name, call) = called(value).or_else(|| model_column(value))?;
        if !matches!(name, "Column" | "mapped_column") {
            return None;
        }
        let mut rest = call.args.as_slice();
        let mut name = keyword(call, "name");
        if name.is_none() {
            let (first, others) = rest.split_first()?;
            (name, rest) = (Some(first), others);
        }
        let name = name?.to_name()?;
        let mut data_type = keyword(call, "type_");
        if data_type.is_none()
            && let Some((first, others)) = rest.split_first()
            && !is_item(first)
        {
            (data_type, rest) = (Some(first).filter(|value| !value.is_none()), others);
        }
        Some(Self { name, data_type, items: rest.iter().collect(), call })
    }

    /// A keyword argument, `None` counts as not given.
    pub fn keyword(&self, name: &str) -> Option<&'v Value> {
        keyword(self.call, name)
    }

    /// Whether `primary_key=True`.
    pub fn is_primary_key(&self) -> bool {
        is_true(self.keyword("primary_key"))
    }

    /// Whether it takes NULLs; members of the key do so only where it is said.
    pub fn is_nullable(&self, key: Key) -> bool {
        match self.keyword("nullable").and_then(Value::as_bool) {
            Some(nullable) => nullable,
            None => key == Key::None && self.identity().is_none(),
        }
    }

    /// Whether `unique=True` without `index=True`.
    pub fn is_unique(&self) -> bool {
        is_true(self.keyword("unique"))
    }

    /// Whether `index=True`.
    pub fn is_indexed(&self) -> bool {
        is_true(self.keyword("index"))
    }

    /// The name that a naming convention gives to what `index=True` or `unique=True` makes: it
    /// stands in the place of `True`.
    pub fn name_of(&self, flag: &str) -> Option<String> {
        self.keyword(flag)?.as_str().map(str::to_owned)
    }

    /// The comment.
    pub fn comment(&self) -> Option<String> {
        self.keyword("comment").and_then(Value::to_name)
    }

    /// Its items of a kind: `ForeignKey`, `Identity`.
    pub fn items(&self, wanted: &'static str) -> impl Iterator<Item = &'v Call> + '_ {
        self.items
            .iter()
            .filter_map(|value| called(value))
            .filter_map(move |(name, call)| (name == wanted).then_some(call))
    }

    /// `Identity(…)`, as an item or as the server default.
    pub fn identity(&self) -> Option<&'v Call> {
        self.items("Identity").next().or_else(|| self.default_of("Identity"))
    }

    /// `Computed(…)`, as an item or as the server default.
    pub fn computed(&self) -> Option<&'v Call> {
        self.items("Computed").next().or_else(|| self.default_of("Computed"))
    }

    fn default_of(&self, wanted: &str) -> Option<&'v Call> {
        let (name, call) = called(self.keyword("server_default")?)?;
        (name == wanted).then_some(call)
    }

    /// Whether a foreign key starts here.
    pub fn has_foreign_key(&self) -> bool {
        self.items("ForeignKey").next().is_some()
    }
}

/// A column of another library that takes the arguments of SQLAlchemy's.
fn model_column(value: &Value) -> Option<(&str, &Call)> {
    let call = value.as_call()?;
    match &call.callee {
        // `column.copy()`
        Callee::Method(..) => None,
        Callee::Path(path) => {
            let name = last(path);
            (name == "Column").then_some((name, call))
        }
    }
}

/// Whether a positional argument of a column is an item, and not its type.
fn is_item(value: &Value) -> bool {
    const ITEMS: &[&str] = &[
        "ForeignKey",
        "CheckConstraint",
        "Identity",
        "Computed",
        "Sequence",
        "DefaultClause",
        "FetchedValue",
        "ColumnDefault",
        "UniqueConstraint",
        "PrimaryKeyConstraint",
    ];
    called(value).is_some_and(|(name, _)| ITEMS.contains(&name))
}
