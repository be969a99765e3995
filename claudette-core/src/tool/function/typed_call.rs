//! [`TypedCall`]: tool calls as Rust values.

use std::fmt::{self, Debug};

use super::arguments::arguments;
use super::params::Params;
use crate::error::{Error, Result};
use crate::messages::{ToolUse, wire_name};
use crate::tool::definition::ToolDefinition;
use crate::tool::run::{check_input, shorten};
use crate::tool::set::NamedTool;
use crate::tool::texts;
use crate::tool::validate::suggest;

/// A tool call as a Rust value: its fields are the arguments.
///
/// [`#[tool]`](macro@crate::tool) implements it for the type that has the same name as the function. The fields have
/// the names of the arguments, also if the model uses other names, and their types are owned: an argument `&str` is a
/// `String`. A state and a context are not fields, because the model does not provide them.
///
/// [`tools!(enum ..)`](crate::tools) implements it for an enum of such types, and
/// [`#[tool(calls = ..)]`](macro@crate::tool#on-an-impl-block) for an enum of the calls of an `impl` block.
///
/// The type of a function and the enum of a block implement `Debug`, which shows `..` for a field without `Debug`. They
/// implement `Clone` and `PartialEq` if the types of all arguments do.
///
/// ```
/// use claudette::tooling::TypedCall;
/// use claudette::{ToolUse, tool};
/// use serde_json::json;
///
/// /// Cancels an order.
/// #[tool]
/// fn cancel_order(
///     /// Order id, e.g. "O1"
///     id: &str,
///     /// The reason
///     #[tool(default = "unknown")]
///     reason: &str,
/// ) -> String {
///     format!("{id} is cancelled: {reason}")
/// }
///
/// let call = cancel_order::read(&ToolUse::new("toolu_1", "cancel_order", json!({"id": "O1"})))?;
/// assert_eq!(call, cancel_order { id: "O1".to_owned(), reason: "unknown".to_owned() });
///
/// let error = cancel_order::read(&ToolUse::new("toolu_1", "cancel_order", json!({"id": 1}))).unwrap_err();
/// assert!(error.is_mismatch());
/// # Ok::<(), claudette::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the type of a tool call",
    label = "not a tool call",
    note = "use the name of a function with `#[tool]`, or an enum of `tools!(enum ..)` or `#[tool(calls = ..)]`"
)]
pub trait TypedCall: Sized {
    /// The names of the tools whose calls the type can contain.
    const NAMES: &'static [&'static str];

    /// Reads a call, by the rules that apply when it runs: defaults, and checks of the arguments.
    ///
    /// # Errors
    /// Returns an error ([`Error::is_mismatch`](crate::Error::is_mismatch)) if the call is for another tool, or its
    /// arguments are not valid. The error has the text that the model would read.
    fn read(call: &ToolUse) -> Result<Self>;
}

/// Reads the arguments of a call for the tool with this definition.
///
/// # Errors
///
/// The call is for another tool, or its arguments are not valid.
pub fn read_call<P: Params>(definition: &ToolDefinition, params: &P, call: &ToolUse) -> Result<P::Values> {
    let name = definition.name();
    if !is_call(call, name) {
        return Err(other_tool(call, &[name]));
    }
    let read = check_input(call).and_then(|()| arguments(params, definition, call.input()));
    read.map_err(|error| Error::mismatch(format!("the call of `{name}` cannot be read: {}", error.text())))
}

/// Reads the arguments of a call for a tool of `#[tool]`.
///
/// # Errors
///
/// The call is for another tool, or its arguments are not valid.
pub fn read_tool<T: NamedTool, P: Params>(params: &P, call: &ToolUse) -> Result<P::Values> {
    read_call(T::tool().definition(), params, call)
}

/// Returns `true` if a call is for the tool with this name.
pub fn is_call(call: &ToolUse, name: &str) -> bool {
    // A member of a toolset of the API may have the same name, but it is a different tool.
    (call.name() == name || call.name() == wire_name(name)) && call.toolset_name().is_none()
}

/// Returns `true` if a call is for one of the tools of this type.
pub fn is_call_of<C: TypedCall>(call: &ToolUse) -> bool {
    C::NAMES.iter().any(|name| is_call(call, name))
}

/// Reads the calls of the tools of an `impl` block, where `Self` is the type of the block.
pub trait ReadCalls<C> {
    /// Reads a call.
    ///
    /// # Errors
    ///
    /// The call is for another tool, or its arguments are not valid.
    fn read(call: &ToolUse) -> Result<C>;
}

/// Returns the number of names in several lists.
pub const fn count(lists: &[&[&str]]) -> usize {
    let (mut count, mut i) = (0, 0);
    while i < lists.len() {
        count += lists[i].len();
        i += 1;
    }
    count
}

/// Joins lists of names; `N` is the number of all names.
pub const fn joined<const N: usize>(lists: &[&[&'static str]]) -> [&'static str; N] {
    let mut names = [""; N];
    let (mut at, mut i) = (0, 0);
    while i < lists.len() {
        let mut j = 0;
        while j < lists[i].len() {
            names[at] = lists[i][j];
            (at, j) = (at + 1, j + 1);
        }
        i += 1;
    }
    names
}

/// Returns the error for a call of another tool.
#[cold]
pub fn other_tool(call: &ToolUse, names: &[&str]) -> Error {
    let name = shorten(call.name());
    let hint = suggest(&name, names.iter().copied()).map(|name| format!("; did you mean `{name}`?"));
    let names = texts::names(names);
    Error::mismatch(format!("the call of `{name}` cannot be read: only {names} can{}", hint.unwrap_or_default()))
}

/// Writes the `Debug` text of a typed call.
///
/// # Errors
///
/// The errors of the formatter.
pub fn show_call(f: &mut fmt::Formatter<'_>, name: &str, fields: &[(&str, &dyn Debug)]) -> fmt::Result {
    let mut text = f.debug_struct(name);
    for (name, value) in fields {
        text.field(name, value);
    }
    text.finish()
}

/// A field of a typed call for its `Debug` text, by method look-up as in `autoref.rs`.
pub struct Field<'v, T>(pub &'v T);

impl<T> Debug for Field<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Field")
    }
}

/// A field whose type implements `Debug`.
pub trait DebugField<'v> {
    /// Returns the value.
    fn shown(&self) -> &'v dyn Debug;
}

impl<'v, T: Debug> DebugField<'v> for &Field<'v, T> {
    fn shown(&self) -> &'v dyn Debug {
        self.0
    }
}

/// Any other field.
pub trait HiddenField {
    /// Returns a placeholder.
    fn shown(&self) -> &'static dyn Debug;
}

impl<T> HiddenField for Field<'_, T> {
    fn shown(&self) -> &'static dyn Debug {
        &Hidden
    }
}

struct Hidden;

impl Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}
