//! [`OutputSchema`]: the schema of a tool's output, generated on first use.

use std::sync::OnceLock;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// The JSON Schema of a tool's output, if it is known. It is generated on first use because few programs need it.
#[derive(Clone, Default)]
pub(crate) struct OutputSchema {
    schema: OnceLock<Option<Box<RawValue>>>,
    make: Option<fn() -> Option<Value>>,
}

impl OutputSchema {
    pub(super) fn new(schema: Box<RawValue>) -> Self {
        Self { schema: Some(schema).into(), make: None }
    }

    pub(super) fn of_type(make: fn() -> Option<Value>) -> Self {
        Self { schema: OnceLock::new(), make: Some(make) }
    }

    pub(super) fn schema(&self) -> Option<&RawValue> {
        let make = || to_raw_value(&self.make?()?).ok();
        self.schema.get_or_init(make).as_deref()
    }
}
