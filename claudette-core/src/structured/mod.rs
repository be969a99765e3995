//! Typed outputs: a response in the form of a type, and JSON that is read while the model still writes it.

mod answer;
mod chunk;
mod request;
mod stream;
mod texts;
mod type_schema;
mod wrapping;

pub use self::answer::{Strategy, Structured};
pub use self::request::{StructuredMessage, StructuredTurn};
pub use self::stream::{Partial, StructuredStream};
