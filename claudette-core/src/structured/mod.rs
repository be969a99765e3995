//! Structured outputs: answers that are values of a type, complete or while the model writes them.

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
