//! [`Toolset`]: the tools of a conversation, and how their calls are run.

mod call_span;
mod check;
mod dispatch;
mod edit;
mod into_tools;
mod named_tool;
mod parallel;
#[cfg(feature = "search")]
mod searched;
mod toolset;

pub(crate) use self::dispatch::{MAX_TOOL_OUTPUT, not_run};
pub(crate) use self::edit::ToolEntry;
pub use self::into_tools::{IntoTools, OneToolBlockForEachType, Shared};
pub use self::named_tool::{NamedTool, Repeated, repeated};
pub(crate) use self::parallel::{MAX_PARALLEL, Parallel};
#[cfg(feature = "search")]
pub(crate) use self::searched::WeakToolset;
pub use self::toolset::{Toolset, toolset};
