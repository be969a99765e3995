//! The rules of the API, checked in its order and refused with its statuses and wording.
//!
//! Each module below covers one subject. [`shape`] and [`blocks`] check single values, so the later modules can rely on
//! the presence and the types of fields.

mod blocks;
mod cache;
mod check;
mod context;
mod dialect;
mod fallbacks;
mod fields;
mod headers;
mod images;
mod limits;
mod mcp;
mod messages;
mod pairing;
mod path;
mod programmatic;
mod refusal;
mod request;
mod schema;
mod shape;
mod system_message;
mod task_budget;
#[cfg(test)]
mod tests;
mod thinking;
mod tool_changes;
mod tool_choice;
mod tools;
mod turns;

pub(super) use check::{Accepted, check, check_headers};
pub(super) use headers::is_beta;
pub(super) use refusal::Refusal;
pub(super) use request::{Call, Endpoint, MAX_BODY, Rules};
