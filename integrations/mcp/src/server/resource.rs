//! [`McpResource`]: data that clients read by a URI.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use claudette::{BoxFuture, ToolError};
use rmcp::model::{Resource, ResourceContents, ResourceTemplate};
use tokio::sync::watch;

use super::uri_template::UriTemplate;

/// Data that clients read by a URI, such as files, settings or rows: the *application* decides what the model sees of
/// it, not the model.
///
/// Add it with [`Serve::resource`](crate::Serve::resource). A part of the URI in braces makes a template, which stands
/// for many resources.
///
/// ```
/// use claudette::{ToolError, tools};
/// use claudette_mcp::{McpResource, ResourceRequest, serve};
///
/// let note = McpResource::new("notes://{id}", |request: ResourceRequest| async move {
///     match request.param("id") {
///         "1" => Ok("Milk"),
///         id => Err(ToolError::new(format!("there is no note {id}"))),
///     }
/// })
/// .name("note")
/// .description("A note by its number");
/// let server = serve(tools![]).resource(note);
/// ```
#[derive(Clone)]
#[must_use = "a resource is not offered before it is added with `Serve::resource`"]
pub struct McpResource {
    pub(super) uri: String,
    name: Option<String>,
    description: Option<String>,
    media_type: Option<String>,
    read: Read,
    changes: Option<watch::Receiver<()>>,
}

type Read = Arc<dyn Fn(ResourceRequest) -> BoxFuture<'static, Result<ResourceData, ToolError>> + Send + Sync>;

/// A request to read a resource.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ResourceRequest {
    /// The URI that the client reads.
    pub uri: String,
    params: Vec<(String, String)>,
}

impl ResourceRequest {
    /// Returns the part of the URI that stands for `{name}` in the template, or an empty text if there is no such part.
    ///
    /// It comes from the client and is percent-decoded, so it can contain anything, for example `../`.
    pub fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// The contents of a resource: text, or bytes of a media type.
#[derive(Clone, PartialEq)]
pub struct ResourceData {
    media_type: Option<String>,
    data: Data,
}

#[derive(Clone, PartialEq)]
enum Data {
    Text(String),
    Bytes(Vec<u8>),
}

impl ResourceData {
    /// Creates text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { media_type: None, data: Data::Text(text.into()) }
    }

    /// Creates bytes of a media type such as `image/png`.
    pub fn bytes(media_type: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { media_type: Some(media_type.into()), data: Data::Bytes(bytes.into()) }
    }

    fn contents(self, uri: String, media_type: Option<&str>) -> ResourceContents {
        let media_type = self.media_type.or_else(|| media_type.map(ToOwned::to_owned));
        let (contents, default) = match self.data {
            Data::Text(text) => (ResourceContents::text(text, uri), "text/plain"),
            Data::Bytes(bytes) => {
                (ResourceContents::blob(BASE64_STANDARD.encode(bytes), uri), "application/octet-stream")
            }
        };
        contents.with_mime_type(media_type.unwrap_or_else(|| default.to_owned()))
    }
}

impl From<String> for ResourceData {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<&str> for ResourceData {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl McpResource {
    /// Creates a resource, or a template if the URI has parts in braces. `read` returns the contents.
    ///
    /// A part in braces matches one segment: everything but `/`, `?` and `#`.
    pub fn new<F, Fut, T, E>(uri: impl Into<String>, read: F) -> Self
    where
        F: Fn(ResourceRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Into<ResourceData>,
        E: Into<ToolError>,
    {
        let read: Read = Arc::new(move |request| {
            let contents = read(request);
            Box::pin(async move { contents.await.map(Into::into).map_err(Into::into) })
        });
        Self { uri: uri.into(), name: None, description: None, media_type: None, read, changes: None }
    }

    /// Sets the name, which clients show. The default is the URI.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the description, for people and models.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the media type of the contents. The default is `text/plain` for text.
    pub fn media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    /// Tells subscribed clients that the contents have changed, each time that a value is sent to this receiver.
    ///
    /// Clients of protocol versions before 2026-07-28 can subscribe.
    pub fn changes(mut self, changes: watch::Receiver<()>) -> Self {
        self.changes = Some(changes);
        self
    }

    pub(super) fn template(&self) -> Result<UriTemplate, &'static str> {
        UriTemplate::parse(&self.uri)
    }

    pub(super) fn changed(&self) -> Option<watch::Receiver<()>> {
        self.changes.clone()
    }

    pub(super) fn listed(&self) -> Resource {
        let mut listed = Resource::new(&self.uri, self.shown());
        (listed.description, listed.mime_type) = (self.description.clone(), self.media_type.clone());
        listed
    }

    pub(super) fn listed_template(&self) -> ResourceTemplate {
        let mut listed = ResourceTemplate::new(&self.uri, self.shown());
        (listed.description, listed.mime_type) = (self.description.clone(), self.media_type.clone());
        listed
    }

    fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.uri)
    }

    /// Reads the contents. `params` are the parts of the URI in braces.
    pub(super) async fn read(&self, uri: String, params: Vec<(String, String)>) -> Result<ResourceContents, ToolError> {
        let data = (self.read)(ResourceRequest { uri: uri.clone(), params }).await?;
        Ok(data.contents(uri, self.media_type.as_deref()))
    }
}

impl fmt::Debug for McpResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpResource").field("uri", &self.uri).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Shows the size only.
impl fmt::Debug for ResourceData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = match &self.data {
            Data::Text(text) => text.len(),
            Data::Bytes(bytes) => bytes.len(),
        };
        f.debug_struct("ResourceData").field("media_type", &self.media_type).field("bytes", &size).finish()
    }
}
