//! [`StepId`]: the name of one step of a run.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name of one step of a run, such as `request#3`, `approval#3.1` or `tool#3.1:pay`.
///
/// The first number counts the requests of the run and the second number the calls of the response; both start at 1.
/// They do not depend on ids that a server chooses, so a replay of the run has the same names. A step inside another
/// step is named after both: `tool#3.1:researcher/request#1`.
///
/// The format is stable, because journals store it.
///
/// ```
/// use claudette::chat::StepId;
///
/// let id: StepId = "tool#3.1:pay".into();
/// assert_eq!(id.within(&"tool#1.2:manager".into()).as_str(), "tool#1.2:manager/tool#3.1:pay");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(#[serde(with = "crate::json::shared_str")] Arc<str>);

impl StepId {
    pub(crate) fn request(number: u32) -> Self {
        format!("request#{number}").as_str().into()
    }

    pub(crate) fn compaction(number: u32) -> Self {
        format!("compaction#{number}").as_str().into()
    }

    pub(crate) fn approval(request: u32, call: usize) -> Self {
        format!("approval#{request}.{}", call + 1).as_str().into()
    }

    pub(crate) fn tool(request: u32, call: usize, name: &str) -> Self {
        // Each call has one, so it is allocated only once.
        let mut id = String::with_capacity("tool#4294967295.4294967295:".len() + name.len());
        let _ = write!(id, "tool#{request}.{}:{name}", call + 1);
        id.as_str().into()
    }

    pub(crate) fn inbox(request: u32) -> Self {
        format!("inbox#{request}").as_str().into()
    }

    /// Returns the name of the end of a run, `end`, for [`Hook::committed`](crate::Hook::committed).
    pub fn end() -> Self {
        "end".into()
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name of this step inside another step.
    #[must_use]
    pub fn within(&self, outer: &Self) -> Self {
        format!("{outer}/{self}").as_str().into()
    }
}

impl From<&str> for StepId {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
