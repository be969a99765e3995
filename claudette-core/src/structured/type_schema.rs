//! [`TypeSchema`]: a type as the schema of a response, and a response as a value of the type.

use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::texts;
use super::wrapping::found;
use crate::tool::schema::{self, ObjectSchema};
use crate::tool::{ToolParam, read_whole};

/// The form of a response that holds a `T`.
///
/// The API wants an object at the root. Any other type stands in one, as its only field, and nobody sees that.
#[derive(Debug)]
pub(super) struct TypeSchema<T> {
    schema: Value,
    is_wrapped: bool,
    value: PhantomData<fn() -> T>,
}

#[derive(Deserialize)]
struct Wrapped<T> {
    value: T,
}

impl<T: ToolParam> TypeSchema<T> {
    pub(super) fn of() -> Self {
        let whole = schema::whole::<T>();
        let is_wrapped = !is_struct(&whole);
        let schema = if is_wrapped { ObjectSchema::of_one::<T>("value") } else { whole };
        Self { schema, is_wrapped, value: PhantomData }
    }

    /// Whether the value stands in an object that nobody sees.
    pub(super) fn is_wrapped(&self) -> bool {
        self.is_wrapped
    }

    /// The whole schema: what a value is held against.
    pub(super) fn schema(&self) -> &Value {
        &self.schema
    }

    /// The value, or what is wrong with it, for a model to read.
    pub(super) fn read(&self, json: &str) -> Result<T, String> {
        let json = match serde_json::from_str::<IgnoredAny>(json) {
            Ok(_) => json,
            Err(error) => found(json).ok_or_else(|| texts::not_json(&error))?,
        };
        if self.is_wrapped {
            read_whole::<Wrapped<T>>(&self.schema, "field", json).map(|wrapped| wrapped.value)
        } else {
            read_whole(&self.schema, "field", json)
        }
    }
}

/// Whether it is an object with fields of its own, and not a map, a choice or a reference.
fn is_struct(schema: &Value) -> bool {
    let is_object = schema.get("type").is_some_and(|kind| kind == "object") && schema.get("properties").is_some();
    is_object && ["anyOf", "oneOf", "allOf", "$ref"].iter().all(|keyword| schema.get(keyword).is_none())
}
