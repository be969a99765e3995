//! Tools: `#[tool]`, schemas, dispatch, and the API's own tools.

mod builtin;
mod editor;
mod faults;
mod functions;
mod long_names;
mod methods;
mod renamed;
mod schema;
mod state;
