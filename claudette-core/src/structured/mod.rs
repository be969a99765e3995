//! Typed outputs: a reply in the form of a type, and JSON that is read while the model still writes it.

mod answer;
mod chunk;
mod escape;
mod malformed;
mod partial;
mod reader;
mod request;
mod stream;
mod type_schema;
mod wrapping;

pub use self::answer::{Strategy, Structured};
pub use self::malformed::MalformedJson;
pub use self::partial::PartialJson;
pub use self::request::{StructuredMessage, StructuredTurn};
pub use self::stream::{Partial, StructuredStream};
