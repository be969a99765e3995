//! [`ToolCall`]: a tool call that runs as an invocation of its own. [`ToolRecord`]: its result.

use bytes::Bytes;
use claudette::journal::{Record, RemoteCall};
use claudette::{ToolUse, Toolset};
use restate_sdk::errors::HandlerResult;
use restate_sdk::serde::{Deserialize, PayloadMetadata, Serialize};

use crate::context::HandlerContext;
use crate::journal::Journal;
use crate::text::Text;

/// A tool call that runs as an invocation of its own: the input of its handler.
#[derive(Clone, Debug)]
pub struct ToolCall(RemoteCall);

impl ToolCall {
    pub(crate) fn new(call: RemoteCall) -> Self {
        Self(call)
    }

    /// Returns the id of the run that makes the call.
    pub fn run_id(&self) -> &str {
        self.0.run_id()
    }

    /// Returns the call, for example to choose a handler by the name of the tool.
    pub fn tool_use(&self) -> &ToolUse {
        self.0.tool_use()
    }

    /// Runs the call with these tools. The handler of the tool calls does nothing else.
    ///
    /// The start and the outcome of the call are steps of this invocation. A call that has started does not run again
    /// after a crash, unless its tool is idempotent or read-only.
    ///
    /// # Errors
    /// Returns an error for Restate, which decides whether Restate runs the handler again. See
    /// [`Journal::handler_error`].
    pub async fn run(&self, ctx: &impl HandlerContext, tools: &Toolset) -> HandlerResult<ToolRecord> {
        let journal = Journal::of_call(ctx, self.0.run_id());
        let cx = self.0.context().build();
        match self.0.run(&journal, tools, &cx).await {
            Ok(record) => Ok(ToolRecord(Text::from(&record))),
            Err(error) => Err(journal.handler_error(error)),
        }
    }
}

impl Serialize for ToolCall {
    type Error = serde_json::Error;

    fn serialize(&self) -> Result<Bytes, serde_json::Error> {
        serde_json::to_vec(&self.0).map(Bytes::from)
    }
}

impl Deserialize for ToolCall {
    type Error = serde_json::Error;

    fn deserialize(bytes: &mut Bytes) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes).map(Self)
    }
}

impl PayloadMetadata for ToolCall {}

/// The result of a [`ToolCall`]: the output of its handler.
#[derive(Clone, Debug)]
pub struct ToolRecord(Text);

impl ToolRecord {
    pub(crate) fn into_record(self) -> Result<Record, std::string::FromUtf8Error> {
        self.0.into_record()
    }
}

impl Serialize for ToolRecord {
    type Error = std::convert::Infallible;

    fn serialize(&self) -> Result<Bytes, Self::Error> {
        self.0.serialize()
    }
}

impl Deserialize for ToolRecord {
    type Error = std::convert::Infallible;

    fn deserialize(bytes: &mut Bytes) -> Result<Self, Self::Error> {
        Text::deserialize(bytes).map(Self)
    }
}

impl PayloadMetadata for ToolRecord {}
