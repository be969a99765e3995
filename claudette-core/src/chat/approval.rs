//! [`Approval`]: the decision on a tool call.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::messages::ToolUse;
use crate::task::BoxFuture;

/// The decision whether a tool call may run.
///
/// The function that [`ToolLoop::approve`](crate::chat::ToolLoop::approve) sets returns it while the loop runs.
/// [`Chat::decide`](crate::Chat::decide) takes it for a suspended call. With
/// [`approve_typed`](crate::chat::ToolLoop::approve_typed), the function gets the call as a Rust value, so it can `match` on
/// the tool and its arguments.
///
/// ```
/// use claudette::Approval;
/// use serde_json::json;
///
/// assert_eq!(Approval::allow_with(json!({"amount": 5})), Approval::AllowWith(json!({"amount": 5})));
/// assert_eq!(Approval::deny("ask a human first"), Approval::Deny("ask a human first".to_owned()));
/// ```
#[doc(alias = "human in the loop")]
#[doc(alias = "permission")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Approval {
    /// Run the call.
    Allow,
    /// Run the call with these arguments instead of the model's. The result informs the model of the change.
    AllowWith(Value),
    /// Do not run the call. The result contains the reason, so the model can try something else.
    Deny(String),
    /// Suspend the call: the loop ends after the other calls, and the call waits for
    /// [`Chat::decide`](crate::Chat::decide).
    Suspend,
}

impl Approval {
    /// Returns [`AllowWith`](Self::AllowWith) with these arguments, which must serialize to a JSON object.
    pub fn allow_with(arguments: impl Serialize) -> Self {
        // A value that cannot be serialized becomes `null`, which is not an object and is refused later.
        Self::AllowWith(serde_json::to_value(arguments).unwrap_or_default())
    }

    /// Returns [`Deny`](Self::Deny) with this reason.
    pub fn deny(reason: impl Into<String>) -> Self {
        Self::Deny(reason.into())
    }
}

/// A reference to a suspended tool call: its id, or the [`ToolUse`] itself.
///
/// With a [`ToolUse`], the decision is valid only if the suspended call is equal to it. So a user who saw a stored call
/// cannot approve other arguments by mistake.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::tool_use("clean", json!({})));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::{Approval, Chat, ToolUse, tool, tools};
///
/// /// Cleans the cache.
/// #[tool]
/// fn clean() {}
///
/// let mut chat = Chat::builder(client).tools(tools![clean]).build()?;
/// chat.toolloop("Clean up.").approve(async |_| Approval::Suspend).await?;
///
/// let call = chat.pending()[0].clone();
/// let changed = ToolUse::new(call.id(), "clean", json!({"path": "/"}));
/// assert!(chat.decide(&changed, Approval::Allow).is_err());
/// chat.decide(call.id(), Approval::Allow)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CallRef<'a>(Which<'a>);

#[derive(Clone, Copy, Debug)]
enum Which<'a> {
    Id(&'a str),
    Exact(&'a ToolUse),
}

impl CallRef<'_> {
    /// Returns the id of the call.
    pub fn id(&self) -> &str {
        match self.0 {
            Which::Id(id) => id,
            Which::Exact(call) => call.id(),
        }
    }

    /// Returns `true` if a call with the same id is the referenced call. An id alone refers to any such call.
    ///
    /// ```
    /// use claudette::ToolUse;
    /// use claudette::chat::CallRef;
    /// use serde_json::json;
    ///
    /// let seen = ToolUse::new("toolu_1", "pay", json!({"amount": 5}));
    /// let changed = ToolUse::new("toolu_1", "pay", json!({"amount": 50}));
    /// assert!(CallRef::from("toolu_1").is_same(&changed));
    /// assert!(!CallRef::from(&seen).is_same(&changed));
    /// ```
    pub fn is_same(&self, call: &ToolUse) -> bool {
        match self.0 {
            Which::Id(_) => true,
            Which::Exact(seen) => seen == call,
        }
    }
}

impl<'a> From<&'a str> for CallRef<'a> {
    fn from(id: &'a str) -> Self {
        Self(Which::Id(id))
    }
}

impl<'a> From<&'a String> for CallRef<'a> {
    fn from(id: &'a String) -> Self {
        Self(Which::Id(id))
    }
}

impl<'a> From<&'a ToolUse> for CallRef<'a> {
    fn from(call: &'a ToolUse) -> Self {
        Self(Which::Exact(call))
    }
}

/// The function of a chat that approves each tool call.
pub(super) type SharedApprove = Arc<dyn Fn(ToolUse) -> BoxFuture<'static, Approval> + Send + Sync>;
