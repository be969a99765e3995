//! [`of_output`]: the schema of a tool's output.

use schemars::JsonSchema;
use serde_json::Value;

use super::clean::clean;
use super::generate::settings;
use crate::tool::run::guard;

/// Returns the schema of the JSON to which a value of this type serialises, or `None` if describing the type panics.
pub(crate) fn of_output<T: JsonSchema>() -> Option<Value> {
    let generator = settings().for_serialize().into_generator();
    let mut schema = guard(|| generator.into_root_schema_for::<T>().to_value()).ok()?;
    clean(&mut schema);
    Some(schema)
}
