//! Resources: texts and files that a server offers under URIs.

use claudette::wire::ContentBlock;
use rmcp::model::{ClientRequest, ListResourceTemplatesRequest, ListResourcesRequest, ReadResourceRequestParams};
use serde_json::Value;

use super::content::contents;
use super::server::McpServer;
use super::supervisor::Supervisor;
use crate::error::{Error, Result};
use crate::text::{clean, clean_line};

/// A resource that a server offers. The texts come from the server, without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResourceInfo {
    /// The URI, for [`McpServer::resource`].
    pub uri: String,
    /// The name.
    pub name: String,
    /// The title for people.
    pub title: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The MIME type.
    pub mime_type: Option<String>,
    /// The size in bytes.
    pub size: Option<u64>,
}

/// A pattern for the URIs of resources, such as `file:///{path}`. The texts come from the server, without control
/// characters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResourceTemplate {
    /// The URI template (RFC 6570).
    pub uri_template: String,
    /// The name.
    pub name: String,
    /// The title for people.
    pub title: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The MIME type of all resources of the pattern, if it is one.
    pub mime_type: Option<String>,
}

impl McpServer {
    /// Returns the resources that the server offers.
    ///
    /// # Errors
    ///
    /// Returns a misuse error if the server does not offer resources, and an error if it does not answer.
    pub async fn resources(&self) -> Result<Vec<ResourceInfo>> {
        self.supervisor().resources().await
    }

    /// Returns the patterns of URIs for which the server offers resources.
    ///
    /// # Errors
    ///
    /// The same as for [`resources`](Self::resources).
    pub async fn resource_templates(&self) -> Result<Vec<ResourceTemplate>> {
        self.supervisor().resource_templates().await
    }

    /// Reads a resource: texts as documents titled with the URI, PDF documents, and images. Anything else becomes a
    /// text that tells what it is. The blocks can be part of a prompt.
    ///
    /// ```no_run
    /// # use claudette_mcp::McpServer;
    /// # async fn read(server: McpServer, client: claudette::Client) -> claudette::Result<()> {
    /// let mut prompt = server.resource("file:///srv/notes.md").await?;
    /// prompt.push(claudette::Text::new("Summarize this.").into());
    /// println!("{}", client.send(prompt).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the server does not know the URI or does not answer, and a misuse error if it does not offer
    /// resources.
    pub async fn resource(&self, uri: &str) -> Result<Vec<ContentBlock>> {
        let result = self.supervisor().read_resource(uri).await?;
        contents(self.name(), uri, &result)
    }
}

impl Supervisor {
    pub(super) async fn resources(&self) -> Result<Vec<ResourceInfo>> {
        self.require_resources().await?;
        let request = |params| ClientRequest::ListResourcesRequest(ListResourcesRequest::with_param(params));
        let items = self.pages("resources/list", "resources", request).await?;
        Ok(items.iter().filter_map(resource_info).collect())
    }

    pub(super) async fn resource_templates(&self) -> Result<Vec<ResourceTemplate>> {
        self.require_resources().await?;
        let request =
            |params| ClientRequest::ListResourceTemplatesRequest(ListResourceTemplatesRequest::with_param(params));
        let items = self.pages("resources/templates/list", "resourceTemplates", request).await?;
        Ok(items.iter().filter_map(template).collect())
    }

    /// Returns the answer to `resources/read`.
    pub(super) async fn read_resource(&self, uri: &str) -> Result<Value> {
        self.require_resources().await?;
        let what = format!("resources/read of `{}`", clean_line(uri, 200));
        self.ask(&ReadResourceRequestParams::new(uri), &what).await
    }

    async fn require_resources(&self) -> Result<()> {
        if self.connection().await?.capabilities().resources.is_some() {
            return Ok(());
        }
        Err(Error::misuse(format!("the server \"{}\" does not offer resources", self.name())))
    }
}

/// Reads a text of one line, or returns `None` if it is missing or empty.
pub(super) fn line(item: &Value, key: &str) -> Option<String> {
    let text = clean_line(item.get(key)?.as_str()?, 300);
    (!text.is_empty()).then(|| text.into_owned())
}

/// Reads a text, or returns `None` if it is missing or empty.
pub(super) fn text(item: &Value, key: &str) -> Option<String> {
    let text = clean(item.get(key)?.as_str()?);
    (!text.trim().is_empty()).then(|| text.into_owned())
}

fn resource_info(item: &Value) -> Option<ResourceInfo> {
    let uri = item.get("uri")?.as_str()?.to_owned();
    Some(ResourceInfo {
        name: line(item, "name").unwrap_or_else(|| clean_line(&uri, 300).into_owned()),
        title: line(item, "title"),
        description: text(item, "description"),
        mime_type: line(item, "mimeType"),
        size: item.get("size").and_then(Value::as_u64),
        uri,
    })
}

fn template(item: &Value) -> Option<ResourceTemplate> {
    let uri_template = item.get("uriTemplate")?.as_str()?.to_owned();
    Some(ResourceTemplate {
        name: line(item, "name").unwrap_or_else(|| clean_line(&uri_template, 300).into_owned()),
        title: line(item, "title"),
        description: text(item, "description"),
        mime_type: line(item, "mimeType"),
        uri_template,
    })
}
