//! Whether the values of one type are the bytes of another.
//!
//! Facts from `Field::is_equal` and its kin (`sql/field.cc` of MySQL) and
//! `ha_innobase::can_convert_string`, `can_convert_varstring`, `can_convert_blob` of MariaDB.

use super::charset::Text;
use super::data_type::DataType;
use super::shape::{RowFormat, Shape};
use crate::effects::Cause;
use crate::migration::{Dialect, Ident, Target};

/// What a new type means for the values that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Retype {
    /// Nothing: the type is the same.
    Same,
    /// They stay the same bytes.
    SameBytes,
    /// They stay the same bytes, but indexes over them are built anew.
    Reindexed(Cause),
    /// They stay the same bytes, but the rows are sorted anew by them.
    Reclustered(Cause),
    /// They are written anew.
    Rewritten(Cause),
}

/// Types that `geometry` takes in.
const GEOMETRIES: [&str; 7] = [
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geometrycollection",
];

/// A column whose type changes, in its table.
pub(super) struct Retyping<'a> {
    /// The column.
    pub column: &'a Ident,
    /// Its table, afterwards.
    pub table: &'a Shape,
    /// The server.
    pub target: &'a Target,
}

impl Retyping<'_> {
    /// What the new type means for the values.
    pub fn judge(&self, from: &DataType, to: &DataType) -> Retype {
        if from == to {
            return Retype::Same;
        }
        match (from, to) {
            (DataType::Enum(..), DataType::Enum(..)) | (DataType::Set(..), DataType::Set(..)) => {
                self.members(from, to)
            }
            _ if self.target.dialect == Dialect::Mariadb => self.mariadb(from, to),
            _ => self.mysql(from, to),
        }
    }

    fn rewritten(&self, from: &DataType, to: &DataType) -> Retype {
        let same_text = from.text().is_none() || from.text() == to.text();
        let cause = if same_text { Cause::ColumnType } else { Cause::Charset };
        Retype::Rewritten(cause(self.column.clone()))
    }

    /// Members may be appended while a value keeps its size.
    fn members(&self, from: &DataType, to: &DataType) -> Retype {
        let (DataType::Enum(old, old_text) | DataType::Set(old, old_text)) = from else {
            return Retype::Same;
        };
        let (DataType::Enum(new, new_text) | DataType::Set(new, new_text)) = to else {
            return Retype::Same;
        };
        if old_text != new_text {
            return Retype::Rewritten(Cause::Charset(self.column.clone()));
        }
        match from.member_bytes() == to.member_bytes() && new.starts_with(old) {
            true => Retype::Same,
            false => Retype::Rewritten(Cause::Members(self.column.clone())),
        }
    }

    fn mysql(&self, from: &DataType, to: &DataType) -> Retype {
        use DataType as D;
        let fits = match (from, to) {
            (D::VarChar(..) | D::VarBinary(_), D::VarChar(..) | D::VarBinary(_)) => {
                self.mysql_length(from.bytes(), to.bytes())
            }
            (D::Char(old, _), D::Char(new, _)) => old == new,
            (D::Char(old, text), D::Binary(new)) => text.width() == 1 && old == new,
            (D::Text(old, _) | D::Blob(old), D::Text(new, _) | D::Blob(new)) => old == new,
            _ => false,
        };
        let reads = match (from.text(), to.text()) {
            (Some(old), Some(new)) if old == new => true,
            (Some(old), Some(new)) => {
                let known = old.charset == new.charset
                    || (old.charset == "utf8mb3" && new.charset == "utf8mb4");
                known && !self.table.is_indexed(self.column)
            }
            // Into bytes, but not out of them.
            (Some(_), None) => !self.table.is_indexed(self.column),
            (None, Some(_)) => false,
            (None, None) => true,
        };
        if fits && reads { Retype::SameBytes } else { self.rewritten(from, to) }
    }

    /// A value's length takes one byte up to 255 bytes, and two above.
    fn mysql_length(&self, from: u64, to: u64) -> bool {
        let same_prefix = (from < 256) == (to < 256);
        // Before 5.7 every new length was copied.
        to >= from && same_prefix && self.target.at_least_version(5, 7)
    }

    fn mariadb(&self, from: &DataType, to: &DataType) -> Retype {
        use DataType as D;
        let fits = match (from, to) {
            (D::VarChar(old, _), D::VarChar(new, _)) => {
                new >= old && self.mariadb_length(from.bytes(), to.bytes())
            }
            (D::VarBinary(old), D::VarBinary(new)) => self.mariadb_length(*old, *new),
            (D::Char(old, text), D::Char(new, _)) => {
                let redundant = self.table.row_format == RowFormat::Redundant;
                let same = from.bytes() == to.bytes();
                old == new && (same || (!redundant && !text.is_fixed_width()))
            }
            (D::Text(old, _), D::Text(new, _)) => old == new,
            (D::Plain { name: old, .. }, D::Plain { name: new, .. }) => {
                GEOMETRIES.contains(&old.as_str()) && new == "geometry"
            }
            _ => false,
        };
        if !fits {
            return self.rewritten(from, to);
        }
        match (from.text(), to.text()) {
            (Some(old), Some(new)) if old != new => {
                let is_sorted_anew = old.specific() != new.specific();
                let is_long = matches!(from, D::Text(..)) && is_sorted_anew;
                match is_long && self.table.is_prefix_indexed(self.column) {
                    true => self.rewritten(from, to),
                    false => self.mariadb_text(old, new),
                }
            }
            _ if matches!(from, D::VarBinary(_)) => self.mariadb_bytes(),
            _ => Retype::SameBytes,
        }
    }

    /// Bytes have no collation by whose name MariaDB could tell that an index stays sorted
    /// (`Charset::eq_collation_specific_names`).
    fn mariadb_bytes(&self) -> Retype {
        let cause = || Cause::ColumnType(self.column.clone());
        match (self.table.is_clustered_by(self.column), self.table.is_indexed(self.column)) {
            (true, _) => Retype::Reclustered(cause()),
            (false, true) => Retype::Reindexed(cause()),
            (false, false) => Retype::SameBytes,
        }
    }

    /// Lengths are flagged in one bit from 128 bytes on, which only `REDUNDANT` does without.
    fn mariadb_length(&self, from: u64, to: u64) -> bool {
        let redundant = self.table.row_format == RowFormat::Redundant;
        to >= from && (redundant || from <= 127 || from > 255 || to <= 255)
    }

    fn mariadb_text(&self, old: &Text, new: &Text) -> Retype {
        let rewritten = Retype::Rewritten(Cause::Charset(self.column.clone()));
        if !old.reads_as(new) {
            return rewritten;
        }
        let (table, column) = (self.table, self.column);
        let rebuilds_indexes = self.target.at_least_version(10, 6);
        if !rebuilds_indexes {
            return if table.is_indexed(column) { rewritten } else { Retype::SameBytes };
        }
        if old.specific() == new.specific() {
            return if table.is_prefix_indexed(column) { rewritten } else { Retype::SameBytes };
        }
        match (table.is_clustered_by(column), table.is_indexed(column)) {
            (true, _) => rewritten,
            (false, true) => Retype::Reindexed(Cause::Charset(self.column.clone())),
            (false, false) => Retype::SameBytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::{ObjectName, ServerVersion, SqlType};

    fn target(dialect: Dialect, major: u16, minor: u16) -> Target {
        Target { dialect, version: ServerVersion { major, minor }, utc: false }
    }

    fn varchar(length: u32, charset: &str, target: &Target) -> DataType {
        let sql = SqlType {
            name: ObjectName::bare("varchar"),
            modifiers: vec![length.to_string()],
            ..SqlType::simple("varchar")
        };
        DataType::of(&sql, &Text::new(charset, None, target))
    }

    fn stays(from: (u32, &str), to: (u32, &str), target: &Target) -> bool {
        let column = Ident::new("email");
        let retyping = Retyping { column: &column, table: &Shape::default(), target };
        let (from, to) = (varchar(from.0, from.1, target), varchar(to.0, to.1, target));
        matches!(retyping.judge(&from, &to), Retype::Same | Retype::SameBytes)
    }

    #[test]
    fn a_length_takes_one_byte_or_two() {
        let mysql = target(Dialect::Mysql, 8, 0);
        assert!(stays((20, "utf8mb4"), (63, "utf8mb4"), &mysql));
        assert!(!stays((20, "utf8mb4"), (64, "utf8mb4"), &mysql));
        assert!(stays((64, "utf8mb4"), (65, "utf8mb4"), &mysql), "of 256 bytes");
        assert!(stays((100, "utf8mb4"), (500, "utf8mb4"), &mysql));
        assert!(!stays((500, "utf8mb4"), (100, "utf8mb4"), &mysql));
    }

    #[test]
    fn mariadb_looks_at_the_highest_bit_of_the_length() {
        let mariadb = target(Dialect::Mariadb, 10, 11);
        assert!(stays((20, "utf8mb4"), (64, "utf8mb4"), &mariadb));
        assert!(!stays((32, "utf8mb4"), (64, "utf8mb4"), &mariadb));
        assert!(stays((128, "latin1"), (255, "latin1"), &mariadb));
        assert!(!stays((128, "latin1"), (256, "latin1"), &mariadb));
    }

    #[test]
    fn three_byte_text_is_four_byte_text() {
        let mariadb = target(Dialect::Mariadb, 10, 11);
        assert!(stays((20, "utf8"), (20, "utf8mb4"), &mariadb));
        assert!(!stays((20, "utf8mb4"), (20, "utf8"), &mariadb));
        assert!(!stays((20, "ascii"), (20, "latin1"), &mariadb));
    }

    fn named(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("state{number}")).collect()
    }

    /// Whether members may be appended to an `ENUM` or a `SET`.
    fn grows(of: fn(Vec<String>, Text) -> DataType, from: usize, to: usize) -> bool {
        let mysql = target(Dialect::Mysql, 9, 7);
        let column = Ident::new("state");
        let retyping = Retyping { column: &column, table: &Shape::default(), target: &mysql };
        let text = Text::new("utf8mb4", None, &mysql);
        let (from, to) = (of(named(from), text.clone()), of(named(to), text));
        match retyping.judge(&from, &to) {
            Retype::Same => true,
            Retype::Rewritten(Cause::Members(_)) => false,
            other => panic!("{other:?}"),
        }
    }

    /// "String Type Storage Requirements" of MySQL's manual.
    #[test]
    fn members_are_appended_while_values_keep_their_size() {
        for (from, to) in [(2, 3), (254, 255), (256, 257)] {
            assert!(grows(DataType::Enum, from, to), "ENUM of {from}, then {to}");
        }
        for (from, to) in [(1, 8), (9, 16), (25, 32), (33, 64)] {
            assert!(grows(DataType::Set, from, to), "SET of {from}, then {to}");
        }
        for (from, to) in [(8, 9), (16, 17), (24, 25), (32, 33)] {
            assert!(!grows(DataType::Set, from, to), "SET of {from}, then {to}");
        }
        assert!(!grows(DataType::Enum, 255, 256) && !grows(DataType::Enum, 3, 2));
    }

    /// The same.
    #[test]
    fn members_have_sizes() {
        let text = Text::new("utf8mb4", None, &target(Dialect::Mysql, 9, 7));
        for (count, bytes) in [(1, 1), (255, 1), (256, 2), (1000, 2)] {
            assert_eq!(DataType::Enum(named(count), text.clone()).member_bytes(), bytes, "{count}");
        }
        for (count, bytes) in [(1, 1), (8, 1), (9, 2), (24, 3), (32, 4), (33, 8), (64, 8)] {
            assert_eq!(DataType::Set(named(count), text.clone()).member_bytes(), bytes, "{count}");
        }
    }
}
