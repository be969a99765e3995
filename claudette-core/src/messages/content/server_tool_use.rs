//! [`ServerToolUse`]: a tool call that the API runs.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::caller::Caller;
use super::tool_use::write_call;
use crate::display::brief;
use crate::json::Extra;
use crate::json::Lenient;
use crate::json::RawJson;
use crate::json::tags;
use crate::messages::cache_control::cacheable;

tags! { ServerToolUseTag = "server_tool_use" }

/// A call of a [`BuiltinTool`](crate::BuiltinTool) that the API runs.
///
/// The API adds a [`ServerToolResult`](super::ServerToolResult) after it; the program must not answer it. The `Display`
/// form is one line of code.
///
/// ```
/// use claudette::wire::ServerToolUse;
///
/// let call: ServerToolUse = serde_json::from_str(
///     r#"{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"weather in Oslo"}}"#,
/// )?;
/// assert_eq!(call.name(), "web_search");
/// assert_eq!(call.input().get(), r#"{"query":"weather in Oslo"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[doc(alias = "server_tool_use")]
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerToolUse {
    r#type: ServerToolUseTag,
    id: String,
    name: String,
    input: RawJson,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    caller: Lenient<Box<Caller>>,
    #[serde(flatten)]
    extra: Extra,
}

brief!(ServerToolUse);
cacheable!(ServerToolUse);

impl ServerToolUse {
    /// Returns the id of the call, such as `srvtoolu_01`. The result refers to it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the name of the server tool.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the arguments as raw JSON, so numbers keep every digit.
    pub fn input(&self) -> &RawValue {
        self.input.raw()
    }

    pub(super) fn has_arguments(&self) -> bool {
        self.input.is_object()
    }

    /// Returns the origin of the call: the model, or its code on the server.
    pub fn caller(&self) -> Option<&Caller> {
        self.caller.known().map(|caller| &**caller)
    }

    /// Sets the arguments. Text that is not JSON changes nothing, because only the server needs the arguments.
    pub(super) fn set_input(&mut self, text: &str) {
        if let Ok(input) = RawJson::parse(text) {
            self.input = input;
        }
    }
}

/// The call as one line of code: `web_search({"query":"weather in Oslo"})`.
impl fmt::Display for ServerToolUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_call(f, self.name(), self.input().get())
    }
}
