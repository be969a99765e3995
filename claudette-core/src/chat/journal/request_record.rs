//! [`RequestRecord`]: the stored result of a request.

use serde::{Deserialize, Serialize};

use crate::catalog::Spent;
use crate::messages::{ContentBlock, Response};

/// The stored result of a request.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "most requests have a response")]
pub(in crate::chat) enum RequestRecord {
    Response {
        /// The blocks that the request added to the conversation.
        added: Vec<ContentBlock>,
        response: Response,
        /// The usage and cost, including failed attempts.
        spent: Spent,
    },
    /// The deadline passed before the response was complete.
    Late { spent: Spent },
}
