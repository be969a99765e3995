//! [`ResourceTool`]: tools with which the model reads the resources of a server.

use std::sync::Arc;

use claudette::tooling::ToolAnnotations;
use claudette::{BoxFuture, Tool, ToolContext, ToolDefinition, ToolError, ToolOutput, Toolset};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::content::resource_output;
use super::names;
use super::server::McpServer;
use super::supervisor::Supervisor;

#[derive(Clone, Copy, Debug)]
enum Action {
    List,
    Read,
}

/// A tool with which the model lists or reads the resources of a server.
struct ResourceTool {
    supervisor: Arc<Supervisor>,
    definition: ToolDefinition,
    action: Action,
}

impl McpServer {
    /// Returns two tools with which the model lists and reads the resources of the server:
    /// `mcp__server__list_resources` and `mcp__server__read_resource`.
    ///
    /// They are not among [`tools`](Self::tools), because a server may offer more than the model should read.
    ///
    /// ```no_run
    /// # use claudette_mcp::McpServer;
    /// # fn build(server: &McpServer) -> claudette::Result<claudette::Chat> {
    /// claudette::Chat::builder("claude-sonnet-5-5").tools(server.tools()).tools(server.resource_tools()).build()
    /// # }
    /// ```
    pub fn resource_tools(&self) -> Toolset {
        let names = names::assign(self.name(), None, &["list_resources", "read_resource"]);
        let [list, read] = [
            (
                "Lists the resources that the server offers: URIs with names and descriptions, and patterns of URIs.",
                json!({"type": "object", "properties": {}}),
            ),
            (
                "Reads one resource of the server.",
                json!({
                    "type": "object",
                    "properties": {"uri": {"type": "string", "description": "The URI of the resource."}},
                    "required": ["uri"],
                }),
            ),
        ];
        let tools = [(Action::List, list), (Action::Read, read)];
        names
            .into_iter()
            .zip(tools)
            .map(|(name, (action, (description, schema)))| ResourceTool {
                supervisor: self.supervisor().clone(),
                definition: ToolDefinition::new(name, description, &schema),
                action,
            })
            .collect()
    }
}

impl Tool for ResourceTool {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn call<'a>(&'a self, input: &'a RawValue, _: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            match self.action {
                Action::List => self.list().await,
                Action::Read => self.read(input).await,
            }
        })
    }

    fn annotations(&self) -> ToolAnnotations {
        ToolAnnotations::default().read_only()
    }
}

impl ResourceTool {
    async fn list(&self) -> Result<ToolOutput, ToolError> {
        let resources = self.supervisor.resources().await?;
        // Many servers that offer resources have no templates and do not know the method.
        let templates = self.supervisor.resource_templates().await.unwrap_or_default();
        let resources: Vec<Value> = resources
            .iter()
            .map(|it| json!({"uri": it.uri, "name": it.name, "description": it.description, "type": it.mime_type}))
            .collect();
        let templates: Vec<Value> = templates
            .iter()
            .map(|it| json!({"uri_template": it.uri_template, "name": it.name, "description": it.description}))
            .collect();
        let text = json!({"resources": resources, "templates": templates}).to_string();
        let max = self.supervisor.options().max_result;
        if text.len() <= max {
            return Ok(ToolOutput::new(text));
        }
        let part = crate::text::cut(&text, max);
        Ok(ToolOutput::new(format!("{part}\n[The list was cut here: it has {} bytes.]", text.len())))
    }

    async fn read(&self, input: &RawValue) -> Result<ToolOutput, ToolError> {
        #[derive(Deserialize)]
        struct Input {
            uri: String,
        }
        let Input { uri } = serde_json::from_str(input.get())?;
        let result = self.supervisor.read_resource(&uri).await?;
        resource_output(self.supervisor.name(), &uri, &result, self.supervisor.options().max_result)
    }
}
