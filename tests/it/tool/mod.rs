//! Tools: `#[tool]`, schemas, dispatch, and the builtin tools of the API.

mod builtin;
mod editor;
mod faults;
mod functions;
mod long_names;
mod mcp_connector;
mod memory;
mod methods;
mod renamed;
mod schema;
mod search;
mod search_changes;
mod state;
mod typed_calls;
