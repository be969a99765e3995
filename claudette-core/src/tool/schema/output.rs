//! [`of_output`]: the schema of what a tool returns.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::clean::clean;
use crate::tool::run::guard;

/// The schema of the JSON that a value of this type becomes; none if making it panics.
pub(crate) fn of_output<T: JsonSchema>() -> Option<Value> {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| settings.inline_subschemas = true);
    let mut schema = guard(|| settings.into_generator().into_root_schema_for::<T>().to_value()).ok()?;
    clean(&mut schema);
    Some(schema)
}
