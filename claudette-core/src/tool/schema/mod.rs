//! JSON Schemas: generated from types and rewritten in the dialect that the API accepts.

mod clean;
mod generate;
mod keywords;
mod output;
mod recursion;
mod sent;
mod strict;
mod tool_param;
mod variants;

pub(crate) use self::generate::{ObjectSchema, Property, whole};
pub(crate) use self::keywords::{definition, element, is_unsigned, required};
pub(crate) use self::output::of_output;
pub(crate) use self::recursion::is_recursive;
pub(crate) use self::sent::sent;
pub(crate) use self::strict::{excess, to_strict};
pub use self::tool_param::ToolParam;
pub(crate) use self::variants::variants;
