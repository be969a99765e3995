//! Typed outputs: a reply in the form of a type.

mod answer;
mod request;
mod shape;

pub use self::answer::{Strategy, Structured};
pub use self::request::{StructuredMessage, StructuredTurn};
