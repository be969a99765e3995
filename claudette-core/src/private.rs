//! What generated code calls. No part of the public API: it changes with the macros, which are pinned to this version.

pub use std::boxed::Box;
pub use std::result::Result::{self, Err, Ok};
pub use std::sync::LazyLock;
pub use std::vec::Vec;

pub use serde_json::value::RawValue;

pub use crate::future::BoxFuture;
pub use crate::messages::push_message;
pub use crate::tool::generated::*;
pub use crate::tool::{Tool, ToolContext, ToolDefinition, ToolError, ToolOutput};
pub use crate::{__tool_output as output, __tool_show as show};
