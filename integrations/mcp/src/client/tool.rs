//! [`McpTool`]: a tool of a server as a tool of a chat.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use claudette::tooling::ToolAnnotations;
use claudette::{BoxFuture, Tool, ToolContext, ToolDefinition, ToolError, ToolOutput};
use serde_json::{Map, Value, value::RawValue};

use super::definition::Definition;
use super::result::allowance;
use super::supervisor::Supervisor;
use super::tool_list::ListedEntry;

/// A tool of a server. It keeps the connection alive.
pub(crate) struct McpTool {
    pub(super) supervisor: Arc<Supervisor>,
    pub(super) entry: Arc<ListedEntry>,
    definition: Arc<Definition>,
    /// The number of the list that the tool was last compared with.
    pub(super) compared: AtomicU64,
}

impl McpTool {
    pub(crate) fn new(supervisor: Arc<Supervisor>, entry: Arc<ListedEntry>, definition: Arc<Definition>) -> Self {
        Self { supervisor, entry, definition, compared: AtomicU64::new(0) }
    }

    /// Returns the server's name of the tool.
    pub(super) fn own_name(&self) -> &str {
        &self.entry.listed.name
    }

    /// Returns the arguments under the names that the server uses.
    pub(super) fn arguments(&self, input: &RawValue) -> Result<Map<String, Value>, ToolError> {
        Ok(self.definition.arguments.restore(serde_json::from_str(input.get())?))
    }

    /// Returns `true` if a call can be repeated although it may have taken effect.
    pub(super) fn is_repeatable(&self) -> bool {
        let annotations = self.annotations();
        annotations.read_only || annotations.idempotent
    }

    /// Returns the limit on the text of a result, in bytes.
    pub(super) fn max_text(&self) -> usize {
        allowance(self.supervisor.options().max_result, self.entry.listed.meta.as_ref())
    }

    pub(super) fn is_compared(&self) -> bool {
        self.compared.load(Ordering::Acquire) == self.supervisor.generation()
    }
}

impl Tool for McpTool {
    fn definition(&self) -> &ToolDefinition {
        &self.definition.definition
    }

    fn call<'a>(&'a self, input: &'a RawValue, cx: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
        Box::pin(self.run(input, cx))
    }

    fn is_exclusive(&self) -> bool {
        self.supervisor.options().exclusive
    }

    /// The limits of the connection apply, so that of the loop must not be in the way.
    fn timeout(&self) -> Option<Duration> {
        let options = self.supervisor.options();
        Some(options.total_timeout.saturating_add(options.connect_timeout).saturating_add(Duration::from_secs(1)))
    }

    /// Returns the claims of a trusted server. Of any other server, only the warning is believed.
    fn annotations(&self) -> ToolAnnotations {
        let claimed = self.definition.annotations;
        match (self.supervisor.options().trusted, claimed.destructive) {
            (true, _) => claimed,
            (false, true) => ToolAnnotations::default().destructive(),
            (false, false) => ToolAnnotations::default(),
        }
    }
}

impl fmt::Debug for McpTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpTool")
            .field("server", &self.supervisor.name())
            .field("name", &self.own_name())
            .finish_non_exhaustive()
    }
}
