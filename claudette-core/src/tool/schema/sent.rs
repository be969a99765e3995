//! [`sent`]: a schema without the keywords that only this library reads.

use serde_json::Value;

use super::keywords::{is_unsigned, subschemas};

/// Returns the schema as it is sent: without the formats that `clean.rs` keeps to mark unsigned types.
pub(crate) fn sent(schema: &Value) -> Value {
    let mut schema = schema.clone();
    drop_unsigned_formats(&mut schema);
    schema
}

fn drop_unsigned_formats(schema: &mut Value) {
    let is_unsigned = is_unsigned(schema);
    let Value::Object(object) = schema else { return };
    if is_unsigned {
        object.shift_remove("format");
    }
    subschemas(object).for_each(|(_, schema)| drop_unsigned_formats(schema));
}
