//! The client: connections to MCP servers, and their tools as tools of a chat.

#[allow(dead_code)] // Used by the parts of the client that follow.
mod changes;
#[allow(dead_code, unused_imports)] // Used by the parts of the client that follow.
mod config;
#[allow(dead_code, unused_imports)] // Used by the parts of the client that follow.
mod content;
#[allow(dead_code)] // Used by the parts of the client that follow.
mod definition;
mod difference;
#[allow(dead_code)] // Used by the parts of the client that follow.
mod drift;
#[allow(dead_code, unused_imports)] // Used by the parts of the client that follow.
mod listing;
#[allow(dead_code)] // Used by the parts of the client that follow.
mod names;
#[allow(dead_code)] // Used by the parts of the client that follow.
mod pins;
#[allow(dead_code)] // Used by the parts of the client that follow.
mod report;
#[allow(dead_code, unused_imports)] // Used by the parts of the client that follow.
mod result;
#[allow(dead_code)] // Used by the parts of the client that follow.
mod schema;

pub use self::changes::{ToolChange, ToolChanges};
pub use self::pins::Pins;
pub use self::report::{Report, ReportProblem, ServerReport};
