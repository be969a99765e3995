//! What the API refuses, in the order in which it looks, with its statuses and in its words.
//!
//! Each module below knows one subject. [`shape`] and [`blocks`] look at values one by one; whatever they let pass has
//! the fields and the types it should have, and the modules after them rely on it.

mod blocks;
mod cache;
mod check;
mod dialect;
mod fields;
mod headers;
mod images;
mod limits;
mod messages;
mod pairing;
mod path;
mod refusal;
mod request;
mod schema;
mod shape;
#[cfg(test)]
mod tests;
mod thinking;
mod tool_choice;
mod tools;
mod turns;

pub(super) use check::{check, check_headers};
pub(super) use refusal::Refusal;
pub(super) use request::{Call, Endpoint, MAX_BODY, Rules};
