//! [`Caller`]: the origin of a tool call.

use serde::{Deserialize, Serialize};

use crate::display::brief;
use crate::json::Extra;
use crate::json::InternedStr;
use crate::json::JsonCursor;
use crate::json::{Lenient, known, open_enum};

/// The origin of a tool call: the model itself, or code that the model runs on the server
/// ([Programmatic
/// tool calling](https://platform.claude.com/docs/en/agents-and-tools/tool-use/programmatic-tool-calling)).
///
/// ```
/// use claudette::ToolUse;
///
/// let call: ToolUse = serde_json::from_str(
///     r#"{"type":"tool_use","id":"toolu_1","name":"sums","input":{},
///         "caller":{"type":"code_execution_20260120","tool_id":"srvtoolu_1"}}"#,
/// )?;
/// let caller = call.caller().unwrap();
/// assert!(!caller.is_direct());
/// assert_eq!(caller.tool_id(), Some("srvtoolu_1"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Caller {
    r#type: InternedStr,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    tool_id: Lenient<String>,
    #[serde(flatten)]
    extra: Extra,
}

/// The `type` of a call that the model makes itself.
const DIRECT: &str = "direct";

brief!(Caller);

impl Caller {
    /// Returns the `type` of the caller: `direct`, or the server tool that runs the code, such as
    /// `code_execution_20260120`.
    pub fn kind(&self) -> &str {
        &self.r#type
    }

    pub(super) fn read(json: &mut JsonCursor<'_>) -> Option<Self> {
        let json = json.value()?;
        // Fast path: the model makes nearly every call itself.
        if json == r#"{"type":"direct"}"# {
            return Some(Self { r#type: DIRECT.into(), tool_id: Lenient::Absent, extra: Extra::default() });
        }
        known(json)
    }

    /// Returns `true` if the model made the call itself.
    pub fn is_direct(&self) -> bool {
        self.kind() == DIRECT
    }

    /// Returns the id of the [`ServerToolUse`](super::ServerToolUse) whose code made the call.
    pub fn tool_id(&self) -> Option<&str> {
        self.tool_id.known().map(String::as_str)
    }
}

open_enum! {
    /// A caller that may use a tool, for `allowed_callers`.
    ///
    /// ```
    /// use claudette::wire::ToolCaller;
    /// use claudette::{BuiltinTool, tool, tools};
    ///
    /// /// Returns the number of orders of a customer.
    /// #[tool(allowed_callers = [ToolCaller::Code])]
    /// fn count_orders(
    ///     /// Name of the customer
    ///     customer: &str,
    /// ) -> usize {
    ///     customer.len()
    /// }
    ///
    /// let tools = tools![count_orders].with(BuiltinTool::code_execution());
    /// assert!(tools.wire_json().contains(r#""allowed_callers":["code_execution_20260120"]"#));
    /// assert!(tools.check().is_ok());
    /// ```
    pub enum ToolCaller {
        /// The model.
        Direct = "direct",
        /// Code that the model runs on the server, with
        /// [`BuiltinTool::code_execution`](crate::BuiltinTool::code_execution).
        Code = "code_execution_20260120",
    }
}

impl From<ToolCaller> for String {
    fn from(caller: ToolCaller) -> Self {
        caller.as_str().to_owned()
    }
}
