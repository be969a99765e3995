//! [`TypeSchema`]: the schema of a type, and the conversion of an answer to a value of the type.

use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::texts;
use super::wrapping::found;
use crate::tool::schema::{self, ObjectSchema};
use crate::tool::{ToolParam, read_whole};

/// The schema of an answer with a `T`.
///
/// The API requires an object at the root. A type of another kind is wrapped: it is the only field of an object that
/// the user does not see.
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

    /// Returns `true` if the value is wrapped in an object.
    pub(super) fn is_wrapped(&self) -> bool {
        self.is_wrapped
    }

    /// Returns the complete schema.
    pub(super) fn schema(&self) -> &Value {
        &self.schema
    }

    /// Returns the value, or the problems of the answer for the model.
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

/// Returns `true` if the schema is an object with fields, and not a map, a choice or a reference.
fn is_struct(schema: &Value) -> bool {
    let is_object = schema.get("type").is_some_and(|kind| kind == "object") && schema.get("properties").is_some();
    is_object && ["anyOf", "oneOf", "allOf", "$ref"].iter().all(|keyword| schema.get(keyword).is_none())
}
