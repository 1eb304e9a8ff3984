//! Whether a type holds less than another: values that do not fit fail the change, or are cut
//! where `sql_mode` is not strict.

use super::data_type::DataType;

/// Whether some value of `from` surely does not fit `to`. Of types of different kinds nothing is
/// said.
pub(super) fn holds_less(from: &DataType, to: &DataType) -> bool {
    use DataType as D;
    match (from, to) {
        (D::VarChar(old, _) | D::Char(old, _), D::VarChar(new, _) | D::Char(new, _)) => new < old,
        (D::VarBinary(old) | D::Binary(old), D::VarBinary(new) | D::Binary(new)) => new < old,
        (D::Text(old, _), D::Text(new, _)) | (D::Blob(old), D::Blob(new)) => new < old,
        (D::Text(old, _), D::VarChar(..) | D::Char(..)) => to.bytes() < text_bytes(*old),
        (D::Enum(old, _), D::Enum(new, _)) | (D::Set(old, _), D::Set(new, _)) => {
            old.iter().any(|member| !new.contains(member))
        }
        (D::Plain { name: old, modifiers: was }, D::Plain { name: new, modifiers: is }) => {
            numbers(old, new) || digits((old, was), (new, is))
        }
        _ => false,
    }
}

/// Bytes of the longest text of a size.
fn text_bytes(size: u8) -> u64 {
    (1_u64 << (u32::from(size) * 8)) - 1
}

/// Integers by their ranges.
fn numbers(old: &str, new: &str) -> bool {
    let (Some((least, most)), Some((new_least, new_most))) = (range(old), range(new)) else {
        return false;
    };
    new_least > least || new_most < most
}

fn range(name: &str) -> Option<(i128, i128)> {
    let (base, unsigned) = match name.strip_suffix(" unsigned") {
        Some(base) => (base, true),
        None => (name, false),
    };
    let bits = match base {
        "tinyint" => 8,
        "smallint" => 16,
        "mediumint" => 24,
        "int" => 32,
        "bigint" => 64,
        _ => return None,
    };
    Some(match unsigned {
        true => (0, (1_i128 << bits) - 1),
        false => (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1),
    })
}

/// Digits before and behind the point, of seconds, of bits.
fn digits((old, was): (&str, &[String]), (new, is): (&str, &[String])) -> bool {
    let number = |list: &[String], at: usize| -> i64 {
        list.get(at).and_then(|digits| digits.parse().ok()).unwrap_or(0)
    };
    if old != new {
        return matches!((old, new), ("double", "float") | ("datetime" | "timestamp", "date"));
    }
    match old {
        "decimal" | "decimal unsigned" => {
            let whole = |list: &[String]| number(list, 0) - number(list, 1);
            whole(is) < whole(was) || number(is, 1) < number(was, 1)
        }
        "datetime" | "timestamp" | "time" | "bit" => number(is, 0) < number(was, 0),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(name: &str, modifiers: &[&str]) -> DataType {
        let modifiers = modifiers.iter().map(|one| (*one).to_owned()).collect();
        DataType::Plain { name: name.to_owned(), modifiers }
    }

    #[test]
    fn integers_have_ranges() {
        assert!(holds_less(&plain("bigint", &[]), &plain("int", &[])));
        assert!(holds_less(&plain("int", &[]), &plain("int unsigned", &[])));
        assert!(holds_less(&plain("int unsigned", &[]), &plain("int", &[])));
        assert!(!holds_less(&plain("int unsigned", &[]), &plain("bigint", &[])));
    }

    #[test]
    fn digits_count_on_both_sides_of_the_point() {
        let decimal = |whole, scale| plain("decimal", &[whole, scale]);
        assert!(holds_less(&decimal("10", "2"), &decimal("10", "4")));
        assert!(!holds_less(&decimal("10", "2"), &decimal("12", "4")));
        assert!(holds_less(&plain("datetime", &["6"]), &plain("datetime", &[])));
    }
}
