//! Tests of mending: a corpus of schemas in the style of real servers, and generated ones.
#![allow(clippy::unwrap_used)]

mod corpus;
mod generated;
mod grammar;

use claudette::{Tool, ToolContext, ToolDefinition, ToolFn};
use serde_json::value::to_raw_value;
use serde_json::{Map, Value};

use super::mended::{Mended, mend};

/// A mended schema, with both judges of arguments: a validator for all of JSON Schema, and `claudette`.
struct Checked {
    mended: Mended,
    validator: jsonschema::Validator,
    tool: ToolFn,
}

impl Checked {
    /// Mends a schema, and checks all that holds for every mended schema.
    fn new(schema: &Value) -> Result<Self, String> {
        let mended = mend(Some(schema))?;
        let found = &mended.schema;
        if let Err(error) = jsonschema::draft202012::meta::validate(found) {
            panic!("{error}\n{schema}\n{found}");
        }
        let validator =
            jsonschema::draft202012::new(found).unwrap_or_else(|error| panic!("{error}\n{schema}\n{found}"));
        let definition = ToolDefinition::new("tool", "A tool.", found);
        definition.check().unwrap_or_else(|error| panic!("{error}\n{schema}\n{found}"));
        let again = mend(Some(found)).unwrap_or_else(|error| panic!("{error}\n{schema}\n{found}"));
        assert_eq!(&again.schema, found, "mended twice: {schema}");
        assert!(again.arguments.is_empty() && again.rules.is_none(), "{schema}\n{found}");
        assert!(again.notes.is_empty(), "{:?}\n{schema}\n{found}", again.notes);
        let tool = ToolFn::raw(definition, |_, _: ToolContext| async { String::new() });
        Ok(Self { mended, validator, tool })
    }

    /// Returns the arguments of the server with the names that the model uses.
    fn renamed(&self, arguments: &Value) -> Map<String, Value> {
        let new = |original: &str| self.mended.arguments.iter().find(|(_, it)| *it == original).map(|(name, _)| name);
        let arguments = arguments.as_object().unwrap();
        arguments.iter().map(|(name, value)| (new(name).unwrap_or(name).to_owned(), value.clone())).collect()
    }

    /// Returns the reason why arguments with the model's names are refused.
    fn refuses(&self, arguments: &Map<String, Value>) -> Option<String> {
        let arguments = Value::Object(arguments.clone());
        if let Err(error) = self.validator.validate(&arguments) {
            return Some(format!("jsonschema: {error}"));
        }
        self.tool.check(&to_raw_value(&arguments).unwrap()).err().map(|error| format!("claudette: {error}"))
    }
}
