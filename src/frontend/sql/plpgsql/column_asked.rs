//! What a question to the catalogue asks of a column beyond its existence.

use super::catalog::Asked;
use crate::migration::ColumnTrait;

/// Stands for `data_type <> …` among the columns that are compared.
pub(super) const OTHER_TYPE: &str = "<> data_type";

impl Asked {
    /// Takes the comparison with the type or with whether the column may be NULL. One of both: what
    /// is left over asks for more.
    pub(super) fn of_column(&mut self) -> Option<ColumnTrait> {
        if let Some(names) = self.columns.remove("data_type") {
            return Some(ColumnTrait::Type(names));
        }
        if let Some(name) = self.take(&[OTHER_TYPE]) {
            return Some(ColumnTrait::OtherType(name));
        }
        let values: Vec<&str> =
            self.columns.get("is_nullable")?.iter().map(String::as_str).collect();
        let asked = match values.as_slice() {
            ["YES"] => ColumnTrait::Nullable,
            ["NO"] => ColumnTrait::NotNull,
            _ => return None,
        };
        self.columns.remove("is_nullable");
        Some(asked)
    }
}
