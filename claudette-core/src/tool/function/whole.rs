//! [`whole`]: reads the arguments of a call as one struct.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::tool::definition::ToolDefinition;
use crate::tool::run::{ToolError, guard};
use crate::tool::schema::{ToolParam, whole as whole_of};
use crate::tool::validate::contradiction;

/// Returns the schema of arguments that are one struct, and what is wrong with the type, if anything.
pub(crate) fn whole_schema<T: ToolParam>() -> (Value, Option<String>) {
    match guard(whole_of::<T>) {
        Ok(schema) => {
            let flaw = contradiction(&schema, |tree, reading| reading.of::<T>(tree).err().into_iter().collect());
            (schema, flaw)
        }
        Err(panic) => {
            let why = if panic.0.is_empty() { " without a message".to_owned() } else { format!(": {}", panic.0) };
            let flaw = format!("its arguments cannot be described: `Deserialize` or `JsonSchema` panicked{why}");
            (serde_json::json!({"type": "object"}), Some(flaw))
        }
    }
}

/// Reads the arguments of a tool that takes them as one struct.
///
/// # Errors
///
/// The violations that the model has to correct.
pub(crate) fn whole<T: DeserializeOwned>(definition: &ToolDefinition, input: &RawValue) -> Result<T, ToolError> {
    let read = serde_json::from_str(input.get()).ok();
    definition.validate(input.get(), read, |tree, reading| reading.of(tree))
}
