//! The tool searches that the API runs: by the words of a query, or by a pattern.

mod pattern;
mod rank;
mod tool_search;

pub(super) use tool_search::ToolSearch;
