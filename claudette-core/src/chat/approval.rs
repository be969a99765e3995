//! [`Approval`]: what is to become of a call before it is run.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::messages::ToolUse;
use crate::task::BoxFuture;

/// What is to become of a call that the model made.
///
/// [`ToolLoop::approve`](crate::chat::ToolLoop::approve) answers with it while the loop runs, and
/// [`Chat::decide`](crate::Chat::decide) afterwards.
///
/// ```
/// use claudette::Approval;
/// use serde_json::json;
///
/// assert_eq!(Approval::allow_with(json!({"amount": 5})), Approval::AllowWith(json!({"amount": 5})));
/// assert_eq!(Approval::deny("ask a human first"), Approval::Deny("ask a human first".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Approval {
    /// Run it.
    Allow,
    /// Run it with these arguments in place of the model's. The model is told.
    AllowWith(Value),
    /// Do not run it. The model reads the reason, and may do something else.
    Deny(String),
    /// Do not run it now: the loop ends after the other calls, and the call waits for
    /// [`Chat::decide`](crate::Chat::decide).
    Suspend,
}

impl Approval {
    /// Run it with these arguments in place of the model's: a JSON object, or what becomes one.
    pub fn allow_with(arguments: impl Serialize) -> Self {
        // What has no JSON form is no object either, and is refused as such.
        Self::AllowWith(serde_json::to_value(arguments).unwrap_or_default())
    }

    /// Do not run it, for this reason.
    pub fn deny(reason: impl Into<String>) -> Self {
        Self::Deny(reason.into())
    }
}

/// Which call is decided on: by its id, or with the very arguments that were seen.
///
/// A [`ToolUse`] that was stored, shown to somebody and read again must be as it was: what was decided about other
/// arguments does not count.
#[derive(Clone, Copy, Debug)]
pub struct CallRef<'a>(Which<'a>);

#[derive(Clone, Copy, Debug)]
enum Which<'a> {
    Id(&'a str),
    Exact(&'a ToolUse),
}

impl CallRef<'_> {
    pub(super) fn id(&self) -> &str {
        match self.0 {
            Which::Id(id) => id,
            Which::Exact(call) => call.id(),
        }
    }

    /// Whether it is this call, of the same id.
    pub(super) fn is(&self, call: &ToolUse) -> bool {
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

/// What a chat asks before each call, whatever runs it.
pub(super) type SharedApprove = Arc<dyn Fn(ToolUse) -> BoxFuture<'static, Approval> + Send + Sync>;
