//! [`ExclusiveKey`]: the value of `#[tool(exclusive = ..)]` as a text.

use std::fmt::{self, Display};

use serde_json::value::RawValue;

use crate::tool::definition::ToolDefinition;

/// Returns the key of a call from its arguments.
pub(super) type Key = Box<dyn Fn(&ToolDefinition, &RawValue) -> Option<String> + Send + Sync>;

/// The value of `exclusive = ..` for one call.
///
/// The type of the value decides whether a call can be without a key, by method look-up as in `autoref.rs`: a trait that
/// is implemented for more references has priority.
pub struct ExclusiveKey<'v, T: ?Sized>(pub &'v T);

/// The text of an option.
pub trait OptionKey {
    /// Returns the text of the value, if there is one.
    fn text(&self) -> Option<String>;
}

impl<T: Display> OptionKey for &&ExclusiveKey<'_, Option<T>> {
    fn text(&self) -> Option<String> {
        self.0.as_ref().map(ToString::to_string)
    }
}

/// The text of a reference to an option.
pub trait LentOptionKey {
    /// Returns the text of the value, if there is one.
    fn text(&self) -> Option<String>;
}

impl<T: Display> LentOptionKey for &ExclusiveKey<'_, &Option<T>> {
    fn text(&self) -> Option<String> {
        self.0.as_ref().map(ToString::to_string)
    }
}

/// The text of every other value.
pub trait ValueKey<T: ?Sized> {
    /// Returns the text of the value. The bound is on the method, so the compile error names the type of the value.
    fn text(&self) -> Option<String>
    where
        T: Display;
}

impl<T: ?Sized> ValueKey<T> for ExclusiveKey<'_, T> {
    fn text(&self) -> Option<String>
    where
        T: Display,
    {
        Some(self.0.to_string())
    }
}

impl<T: ?Sized> fmt::Debug for ExclusiveKey<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExclusiveKey")
    }
}
