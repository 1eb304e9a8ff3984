//! Variables of the environment: what a default stands in for is assumed, all else is not known.

use super::function::Arguments;
use super::state::Machine;
use crate::migration::python::{Kind, Source, Value};
use std::sync::Arc;

/// Why what a variable holds is not known.
const WHY: &str = "the environment says it";

impl Machine<'_> {
    /// What asking for a variable gives; `None` where the call does not ask for one.
    pub(super) fn variable(
        &self,
        path: &str,
        arguments: &Arguments,
        place: Source,
    ) -> Option<Value> {
        let asks = matches!(path, "os.environ.get" | "os.getenv" | "decouple.config");
        let default = || arguments.argument(1, "default");
        asks.then(|| default().map_or_else(|| Value::unknown(WHY, place), assumed))
    }
}

/// Whether a value is what a variable without a default holds.
pub(super) fn is_variable(value: &Value) -> bool {
    matches!(&value.kind, Kind::Unknown(why) if why == WHY)
}

/// What stands in for a variable that is not set.
pub(super) fn assumed(value: &Value) -> Value {
    match &value.kind {
        Kind::Str(text) => Value::new(Kind::Str(Arc::new(text.assumed())), value.source),
        _ => Value::unknown(WHY, value.source),
    }
}
