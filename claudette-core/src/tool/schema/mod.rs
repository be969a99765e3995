//! JSON Schemas: made from a type, and brought into the dialect that the API takes.

mod generate;
mod strict;
mod variants;

pub(crate) use self::generate::{ObjectSchema, Property, definition, element, is_unsigned, required, sent, whole};
pub(crate) use self::strict::{excess, narrow};
pub(crate) use self::variants::variants;
