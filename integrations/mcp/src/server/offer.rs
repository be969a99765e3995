//! [`Offer`]: what a server offers, checked and encoded once.

use std::collections::HashMap;
use std::sync::Arc;

use claudette::Toolset;
use rmcp::model::{
    Implementation, JsonObject, PromptsCapability, ResourcesCapability, ServerCapabilities, ServerConfig,
    ToolsCapability,
};
use tokio::sync::Semaphore;

use super::caller::McpCaller;
use super::listing::listed;
use super::prompt::McpPrompt;
use super::resource::McpResource;
use super::serve::Serve;
use super::turns::Turns;
use super::uri_template::UriTemplate;
use crate::error::{Error, Result};

/// What a server offers to all of its clients.
pub(super) struct Offer {
    pub(super) tools: Toolset,
    pub(super) listed: Vec<rmcp::model::Tool>,
    places: HashMap<String, usize>,
    pub(super) resources: Vec<(McpResource, UriTemplate)>,
    pub(super) prompts: Vec<McpPrompt>,
    pub(super) config: ServerConfig,
    pub(super) name: Arc<str>,
    pub(super) turns: Turns,
}

impl Offer {
    /// Checks the settings of a server.
    pub(super) fn new(serve: Serve) -> Result<Arc<Self>> {
        if let Some(problem) = serve.problem {
            return Err(problem);
        }
        let Serve { tools, resources, prompts, name, version, title, instructions, max_parallel, .. } = serve;
        // Each call has a caller.
        tools.clone().state(McpCaller::nobody()).check().map_err(|error| Error::misuse(error.to_string()))?;
        let resources = parsed(resources)?;
        check(&prompts)?;
        let most = u32::try_from(max_parallel.min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        if most == 0 {
            return Err(Error::misuse("`.max_parallel(0)` lets no tool run; use at least 1"));
        }
        if tools.definitions().len() < tools.len() {
            tracing::warn!(target: "claudette_mcp", "tools that the API runs are not offered to MCP clients");
        }
        let listed: Vec<_> = tools.definitions().iter().map(|definition| listed(&tools, definition)).collect();
        let places = listed.iter().enumerate().map(|(place, tool)| (tool.name.to_string(), place)).collect();
        let name: Arc<str> = name.unwrap_or_else(program).into();
        let mut info = Implementation::new(&*name, version);
        info.title = title;
        let mut config = ServerConfig::new(capabilities(&tools, &resources, &prompts)).with_server_info(info);
        config.instructions = instructions;
        Ok(Arc::new(Self { tools, listed, places, resources, prompts, config, name, turns: Turns::new(most) }))
    }

    /// Returns the tool with this name.
    pub(super) fn find(&self, name: &str) -> Option<&rmcp::model::Tool> {
        self.places.get(name).map(|place| &self.listed[*place])
    }

    /// Returns the resource with this URI, and the parts of the URI that its template names.
    pub(super) fn resource(&self, uri: &str) -> Option<(&McpResource, Vec<(String, String)>)> {
        // A plain resource has precedence over a template that matches as well.
        let plain = self.resources.iter().filter(|(_, template)| template.is_plain());
        let templates = self.resources.iter().filter(|(_, template)| !template.is_plain());
        plain.chain(templates).find_map(|(resource, template)| Some((resource, template.params(uri)?)))
    }

    /// Returns the prompt with this name.
    pub(super) fn prompt(&self, name: &str) -> Option<&McpPrompt> {
        self.prompts.iter().find(|prompt| prompt.name == name)
    }
}

fn parsed(resources: Vec<McpResource>) -> Result<Vec<(McpResource, UriTemplate)>> {
    let mut parsed: Vec<(McpResource, UriTemplate)> = Vec::with_capacity(resources.len());
    for resource in resources {
        let uri = &resource.uri;
        let template = resource.template().map_err(|why| {
            Error::misuse(format!("the URI `{uri}` of a resource {why}; write it as in `notes://{{id}}`"))
        })?;
        if parsed.iter().any(|(other, _)| other.uri == *uri) {
            return Err(Error::misuse(format!("two resources have the URI `{uri}`; remove one")));
        }
        parsed.push((resource, template));
    }
    Ok(parsed)
}

fn check(prompts: &[McpPrompt]) -> Result<()> {
    for (place, prompt) in prompts.iter().enumerate() {
        if prompts[..place].iter().any(|other| other.name == prompt.name) {
            return Err(Error::misuse(format!("two prompts have the name `{}`; rename one", prompt.name)));
        }
        if let Some(problem) = prompt.problem() {
            return Err(Error::misuse(problem));
        }
    }
    Ok(())
}

/// Returns what clients can use. What is not in it, they do not ask for.
fn capabilities(
    tools: &Toolset,
    resources: &[(McpResource, UriTemplate)],
    prompts: &[McpPrompt],
) -> ServerCapabilities {
    let mut capabilities = ServerCapabilities::default();
    capabilities.logging = Some(JsonObject::new());
    if !tools.definitions().is_empty() || (resources.is_empty() && prompts.is_empty()) {
        capabilities.tools = Some(ToolsCapability::default());
    }
    if !resources.is_empty() {
        let mut can = ResourcesCapability::default();
        can.subscribe = resources.iter().any(|(resource, _)| resource.changed().is_some()).then_some(true);
        capabilities.resources = Some(can);
    }
    if !prompts.is_empty() {
        capabilities.prompts = Some(PromptsCapability::default());
    }
    if prompts.iter().any(McpPrompt::has_values) {
        capabilities.completions = Some(JsonObject::new());
    }
    capabilities
}

/// Returns the name of the program file.
fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(|path| path.file_stem()).map(|name| name.to_string_lossy().into_owned());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "mcp-server".to_owned())
}
