//! [`Param`]: one argument of a tool.

use std::fmt;

use schemars::{Schema, SchemaGenerator};
use serde::de::value::Error as MissingError;
use serde::de::{DeserializeOwned, Deserializer, Error as _, IgnoredAny, Visitor};
use serde_json::Value;

use crate::tool::schema::{Property, ToolParam, variants};
use crate::tool::validate::{Kind, ReadError, Reading, Tree};

/// One argument of a tool: its description for the model, and the functions that read it.
///
/// Only its constructor, [`param`], has the bound [`ToolParam`]; the struct stores pointers to the functions that the
/// bound provides. A type that does not implement `ToolParam` is then one compile error, and not one for every use.
pub struct Param<T> {
    pub(crate) name: &'static str,
    description: &'static str,
    parse: fn(&str) -> serde_json::Result<(T, usize)>,
    reread: fn(&Reading, &str, &Tree<'_>) -> Result<T, ReadError>,
    missing: fn() -> Option<T>,
    schema: fn(&mut SchemaGenerator) -> Schema,
    variants: fn() -> Vec<&'static [&'static str]>,
    default: Option<Default<T>>,
}

struct Default<T> {
    make: fn() -> T,
    show: fn(&T) -> Option<Value>,
}

/// Creates an argument of this name, with this description for the model.
pub const fn param<T: ToolParam>(name: &'static str, description: &'static str) -> Param<T> {
    Param {
        name,
        description,
        parse: parse::<T>,
        reread: Reading::argument::<T>,
        missing: missing::<T>,
        schema: SchemaGenerator::subschema_for::<T>,
        variants: variants::<T>,
        default: None,
    }
}

impl<T> Param<T> {
    /// Sets the default, which replaces a missing or null value, and the function that writes it as JSON for the
    /// schema.
    pub const fn or(mut self, make: fn() -> T, show: fn(&T) -> Option<Value>) -> Self {
        self.default = Some(Default { make, show });
        self
    }

    /// Returns the property of the schema for this argument.
    pub(crate) fn property(&self) -> Property {
        Property {
            name: self.name,
            description: self.description,
            schema: self.schema,
            variants: self.variants,
            required: self.default.is_none() && (self.missing)().is_none(),
            default: self.default.as_ref().and_then(|default| (default.show)(&(default.make)())),
        }
    }

    pub(crate) fn absent(&self) -> Option<T> {
        match &self.default {
            Some(default) => Some((default.make)()),
            None => (self.missing)(),
        }
    }

    #[inline]
    pub(crate) fn read(&self, text: &str) -> serde_json::Result<(Option<T>, usize)> {
        if self.default.is_some() && text.starts_with("null") {
            return Ok((None, "null".len()));
        }
        (self.parse)(text).map(|(value, length)| (Some(value), length))
    }

    /// Reads the value among the arguments of a call.
    pub(crate) fn reread(&self, arguments: &Tree<'_>, reading: &Reading) -> Result<Option<T>, ReadError> {
        match arguments.field(self.name) {
            None => Ok(None),
            Some(Tree { kind: Kind::Null, .. }) if self.default.is_some() => Ok(None),
            Some(value) => (self.reread)(reading, self.name, value).map(Some),
        }
    }
}

impl<T> fmt::Debug for Param<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Param").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Reads the value at the start of `text`, and returns it with its length.
#[inline]
fn parse<T: DeserializeOwned>(text: &str) -> serde_json::Result<(T, usize)> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(&mut deserializer)?;
    // serde_json exposes the end of a value only as the offset of the next one.
    Ok((value, deserializer.into_iter::<IgnoredAny>().byte_offset()))
}

/// Returns the value of a missing argument, by serde's own rule for missing fields: `None` for an `Option`, also under
/// an alias, and no value for every other type.
fn missing<T: DeserializeOwned>() -> Option<T> {
    T::deserialize(Missing).ok()
}

struct Missing;

impl<'de> Deserializer<'de> for Missing {
    type Error = MissingError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, MissingError> {
        Err(MissingError::custom("missing"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, MissingError> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
