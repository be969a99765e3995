//! The tools of a conversation.

mod fnv;
mod into_tools;
mod parallel;
mod toolset;

pub(crate) use self::fnv::fnv;
pub use self::into_tools::{IntoTools, NamedTool, OneToolBlockForEachType, Repeated, Shared, repeated};
pub(crate) use self::parallel::{MAX_PARALLEL, Parallel};
pub(crate) use self::toolset::{MAX_TOOL_OUTPUT, not_run};
pub use self::toolset::{Toolset, toolset};
