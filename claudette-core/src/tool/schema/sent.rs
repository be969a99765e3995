//! [`sent`]: a schema without what only this library reads.

use serde_json::Value;

use super::keywords::{is_unsigned, subschemas};

/// The schema as it is sent: without the formats that `schema.rs` keeps to know unsigned types.
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
