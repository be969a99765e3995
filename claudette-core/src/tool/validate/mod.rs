//! Validation: compares values with their schema, and with the parts that their type has read.

mod bounds;
mod contradiction;
mod describe;
mod key;
mod node;
mod number;
mod path;
mod plain;
mod read_error;
mod reader;
mod reading;
mod schema_violation;
mod suggest;
#[cfg(test)]
mod tests;
mod tree;
mod validate;
mod validator;

pub(crate) use self::contradiction::contradiction;
pub(crate) use self::path::push_key;
pub(crate) use self::plain::is_needed;
pub(crate) use self::read_error::ReadError;
pub(crate) use self::reading::Reading;
pub(crate) use self::suggest::suggest;
pub(crate) use self::tree::{Kind, Tree};
pub(crate) use self::validate::{read_whole, validate};
pub(crate) use self::validator::violations;
