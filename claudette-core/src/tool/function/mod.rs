//! Functions and closures as tools: reads arguments from JSON and turns return values into results for the model.

mod arguments;
mod autoref;
mod function;
mod key;
mod lent;
mod param;
mod params;
mod tool_fn;
mod typed_call;
mod whole;

pub use self::arguments::definition;
pub use self::autoref::{kinds, probe, probe_type};
pub use self::function::{blocking, function, state};
pub use self::key::{ExclusiveKey, LentOptionKey, OptionKey, ValueKey};
pub use self::lent::Owned;
pub use self::param::{Param, param};
pub use self::tool_fn::{IntoToolResult, ToolFn};
pub use self::typed_call::{
    DebugField, Field, HiddenField, ReadCalls, TypedCall, count, is_call, is_call_of, joined, other_tool, read_call,
    read_tool, show_call,
};
#[cfg(any(feature = "editor", feature = "memory"))]
pub(crate) use self::whole::whole;
