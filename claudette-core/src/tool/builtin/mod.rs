//! [`BuiltinTool`]: tools that the API defines.

mod builtin_tool;
mod family;
mod questions;
mod run;
mod user_location;

pub use self::builtin_tool::BuiltinTool;
pub use self::user_location::UserLocation;
