//! Items for generated code. They are not part of the public API, and change with the macros, which are pinned to this
//! version.

pub use std::borrow::{Borrow, ToOwned};
pub use std::boxed::Box;
pub use std::clone::Clone;
pub use std::cmp::PartialEq;
pub use std::convert::TryFrom;
pub use std::fmt;
pub use std::option::Option;
pub use std::result::Result::{self, Err, Ok};
pub use std::sync::{Arc, LazyLock, OnceLock};
pub use std::vec::Vec;

pub use claudette_macros::calls;

pub use crate::error::Error;
pub use crate::messages::{ToolUse, push_message};
pub use crate::tool::generated::*;
pub use crate::tool::{IntoTools, NamedTool, Tool, ToolContext, ToolDefinition, ToolError, Toolset, TypedCall};
pub use crate::{__tool_output as output, __tool_output_schema as output_schema, __tool_show as show};
