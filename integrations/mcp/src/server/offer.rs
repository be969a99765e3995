//! [`Offer`]: what a server offers, checked and encoded once.

use std::collections::HashMap;
use std::sync::Arc;

use claudette::{Tool, Toolset};
use rmcp::model::{Implementation, ServerCapabilities, ServerConfig, ToolsCapability};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::listing::listed;
use super::serve::Serve;
use crate::error::{Error, Result};

/// What a server offers to all of its clients.
pub(super) struct Offer {
    pub(super) tools: Toolset,
    pub(super) listed: Vec<rmcp::model::Tool>,
    places: HashMap<String, usize>,
    pub(super) config: ServerConfig,
    /// One permit for each call that may run. An exclusive call takes all of them.
    permits: Semaphore,
    most: u32,
}

impl Offer {
    /// Checks the settings of a server.
    pub(super) fn new(serve: Serve) -> Result<Arc<Self>> {
        let Serve { tools, name, version, title, instructions, max_parallel, .. } = serve;
        tools.check().map_err(|error| Error::misuse(error.to_string()))?;
        let most = u32::try_from(max_parallel.min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        if most == 0 {
            return Err(Error::misuse("`.max_parallel(0)` lets no tool run; use at least 1"));
        }
        if tools.definitions().len() < tools.len() {
            tracing::warn!(target: "claudette_mcp", "tools that the API runs are not offered to MCP clients");
        }
        let listed: Vec<_> = tools.definitions().iter().map(|definition| listed(&tools, definition)).collect();
        let places = listed.iter().enumerate().map(|(place, tool)| (tool.name.to_string(), place)).collect();
        let mut info = Implementation::new(name.unwrap_or_else(program), version);
        info.title = title;
        let mut capabilities = ServerCapabilities::default();
        capabilities.tools = Some(ToolsCapability::default());
        let mut config = ServerConfig::new(capabilities).with_server_info(info);
        config.instructions = instructions;
        let permits = Semaphore::new(most as usize);
        Ok(Arc::new(Self { tools, listed, places, config, permits, most }))
    }

    /// Returns the tool with this name.
    pub(super) fn find(&self, name: &str) -> Option<&rmcp::model::Tool> {
        self.places.get(name).map(|place| &self.listed[*place])
    }

    /// Waits until a call of this tool may run. The right ends when the result is dropped.
    ///
    /// The semaphore is fair: calls that come after an exclusive call wait for it, as in a loop.
    pub(super) async fn admit(&self, name: &str) -> Option<SemaphorePermit<'_>> {
        let is_exclusive = self.tools.get(name).is_some_and(Tool::is_exclusive);
        let permits = if is_exclusive { self.most } else { 1 };
        // The semaphore is never closed.
        self.permits.acquire_many(permits).await.ok()
    }
}

/// Returns the name of the program file.
fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(|path| path.file_stem()).map(|name| name.to_string_lossy().into_owned());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "mcp-server".to_owned())
}
