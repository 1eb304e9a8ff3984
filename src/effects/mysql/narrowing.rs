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
    use super::super::charset::Text;
    use super::*;

    fn plain(name: &str, modifiers: &[&str]) -> DataType {
        let modifiers = modifiers.iter().map(|one| (*one).to_owned()).collect();
        DataType::Plain { name: name.to_owned(), modifiers }
    }

    fn text() -> Text {
        Text { charset: "latin1".to_owned(), collation: "latin1_swedish_ci".to_owned() }
    }

    fn members(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn integers_have_ranges() {
        let ranges = ["tinyint", "smallint", "mediumint", "int", "bigint"];
        for (at, small) in ranges.iter().enumerate() {
            let (signed, unsigned) = (plain(small, &[]), plain(&format!("{small} unsigned"), &[]));
            assert!(!holds_less(&signed, &signed), "{small}");
            assert!(holds_less(&signed, &unsigned), "{small}: negative numbers");
            assert!(holds_less(&unsigned, &signed), "{small}: the upper half");
            for large in ranges.iter().skip(at + 1) {
                let (wide, wide_unsigned) =
                    (plain(large, &[]), plain(&format!("{large} unsigned"), &[]));
                assert!(holds_less(&wide, &signed), "{large} to {small}");
                assert!(holds_less(&wide_unsigned, &unsigned), "{large} to {small}");
                assert!(!holds_less(&signed, &wide), "{small} to {large}");
                assert!(!holds_less(&unsigned, &wide), "{small} unsigned to {large}");
                assert!(!holds_less(&unsigned, &wide_unsigned), "{small} to {large}");
            }
        }
        assert!(!holds_less(&plain("year", &[]), &plain("tinyint", &[])), "nothing is said of it");
    }

    #[test]
    fn ranges_are_those_of_the_manual() {
        assert_eq!(range("tinyint"), Some((-128, 127)));
        assert_eq!(range("tinyint unsigned"), Some((0, 255)));
        assert_eq!(range("smallint"), Some((-32_768, 32_767)));
        assert_eq!(range("mediumint"), Some((-8_388_608, 8_388_607)));
        assert_eq!(range("int unsigned"), Some((0, 4_294_967_295)));
        assert_eq!(range("bigint"), Some((i128::from(i64::MIN), i128::from(i64::MAX))));
    }

    #[test]
    fn digits_count_on_both_sides_of_the_point() {
        let decimal = |whole, scale| plain("decimal", &[whole, scale]);
        assert!(holds_less(&decimal("10", "2"), &decimal("10", "4")), "whole digits");
        assert!(!holds_less(&decimal("10", "2"), &decimal("12", "4")));
        assert!(holds_less(&decimal("10", "4"), &decimal("10", "2")), "digits behind the point");
        assert!(!holds_less(&decimal("10", "2"), &decimal("10", "2")));
        let positive = |whole, scale| plain("decimal unsigned", &[whole, scale]);
        assert!(holds_less(&positive("10", "2"), &positive("8", "2")));
    }

    #[test]
    fn parts_of_times_and_bits_are_lost() {
        for (from, digits, to, left) in [
            ("datetime", "6", "datetime", ""),
            ("timestamp", "6", "timestamp", "3"),
            ("time", "3", "time", ""),
            ("bit", "8", "bit", "4"),
            ("double", "", "float", ""),
            ("datetime", "", "date", ""),
            ("timestamp", "", "date", ""),
        ] {
            let (old, new) = (plain(from, &[digits]), plain(to, &[left]));
            assert!(holds_less(&old, &new), "{from}({digits}) to {to}({left})");
            assert!(!holds_less(&new, &old), "{to}({left}) to {from}({digits})");
            assert!(!holds_less(&old, &old), "{from}({digits})");
        }
        assert!(!holds_less(&plain("float", &["9"]), &plain("float", &["7"])), "shown otherwise");
        assert!(!holds_less(&plain("date", &[]), &plain("datetime", &["0"])));
    }

    #[test]
    fn text_and_bytes_have_lengths() {
        use DataType as D;
        for (long, short) in [
            (D::VarChar(20, text()), D::VarChar(10, text())),
            (D::VarChar(20, text()), D::Char(19, text())),
            (D::Char(20, text()), D::VarChar(10, text())),
            (D::VarBinary(20), D::Binary(10)),
            (D::Binary(20), D::VarBinary(19)),
            (D::Text(2, text()), D::Text(1, text())),
            (D::Blob(4), D::Blob(3)),
        ] {
            assert!(holds_less(&long, &short), "{long:?} to {short:?}");
            assert!(!holds_less(&short, &long), "{short:?} to {long:?}");
            assert!(!holds_less(&long, &long), "{long:?}");
        }
        let tiny = D::Text(1, text());
        assert!(holds_less(&tiny, &D::VarChar(254, text())));
        assert!(!holds_less(&tiny, &D::VarChar(255, text())), "255 bytes at most");
        assert!(holds_less(&D::Text(2, text()), &D::VarChar(65_534, text())));
        assert!(!holds_less(&D::Text(2, text()), &D::VarChar(65_535, text())));
        assert!(holds_less(&tiny, &D::Char(254, text())));
    }

    #[test]
    fn members_go() {
        use DataType as D;
        let (two, one) = (members(&["new", "paid"]), members(&["paid"]));
        assert!(holds_less(&D::Enum(two.clone(), text()), &D::Enum(one.clone(), text())));
        assert!(!holds_less(&D::Enum(one.clone(), text()), &D::Enum(two.clone(), text())));
        assert!(holds_less(&D::Set(two.clone(), text()), &D::Set(one.clone(), text())));
        assert!(!holds_less(&D::Set(one, text()), &D::Set(two, text())));
    }
}
