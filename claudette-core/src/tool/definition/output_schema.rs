//! [`OutputSchema`]: the schema of what a tool returns, made when it is first asked for.

use std::sync::OnceLock;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// The JSON Schema of what a tool returns, if it is known. Few programs ask for it, so a type is described no earlier.
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
