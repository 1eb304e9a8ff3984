//! Number types.

use super::TypeRef;
use crate::frontend::alembic::render::args::{is_true, number};
use crate::frontend::alembic::render::flavor::Flavor;
use crate::migration::python::Value;

/// The SQL of a number type; `None` where it is none.
pub fn sql(data_type: &TypeRef<'_>, flavor: Flavor) -> Option<String> {
    let precision = data_type.argument(0, "precision");
    Some(match data_type.name() {
        "Integer" | "INTEGER" | "INT" => "INTEGER".to_owned(),
        "SmallInteger" | "SMALLINT" => "SMALLINT".to_owned(),
        "BigInteger" | "BIGINT" => "BIGINT".to_owned(),
        "Numeric" | "NUMERIC" => scaled("NUMERIC", precision, data_type.argument(1, "scale")),
        "DECIMAL" => scaled("DECIMAL", precision, data_type.argument(1, "scale")),
        "Float" | "FLOAT" => match (flavor, precision) {
            (Flavor::Sqlite, _) | (_, None) => "FLOAT".to_owned(),
            (_, Some(precision)) if flavor == Flavor::Postgres && !is_true(Some(precision)) => {
                "FLOAT".to_owned()
            }
            (_, Some(precision)) => format!("FLOAT({})", number(precision)),
        },
        "REAL" => "REAL".to_owned(),
        "Double" if flavor == Flavor::Postgres => "DOUBLE PRECISION".to_owned(),
        "Double" | "DOUBLE" => "DOUBLE".to_owned(),
        "DOUBLE_PRECISION" => "DOUBLE PRECISION".to_owned(),
        _ => return None,
    })
}

/// A name with precision and scale.
pub fn scaled(name: &str, precision: Option<&Value>, scale: Option<&Value>) -> String {
    match (precision, scale) {
        (None, _) => name.to_owned(),
        (Some(precision), None) => format!("{name}({})", number(precision)),
        (Some(precision), Some(scale)) => {
            format!("{name}({}, {})", number(precision), number(scale))
        }
    }
}
