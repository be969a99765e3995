//! [`RequestRecord`]: the stored result of a request.

use serde::{Deserialize, Serialize};

use crate::catalog::Spent;
use crate::messages::{ContentBlock, Response};

/// The stored result of a request.
#[derive(Serialize, Deserialize)]
pub(in crate::chat) struct RequestRecord {
    /// The blocks that the request added to the conversation.
    pub(in crate::chat) added: Vec<ContentBlock>,
    /// The response; `None` if the deadline passed before it was complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::chat) response: Option<Response>,
    /// The usage and cost, including failed attempts.
    #[serde(default, skip_serializing_if = "Spent::is_zero")]
    pub(in crate::chat) spent: Spent,
}
