//! [`Vertex`]: Claude in Vertex AI.

use std::fmt;
use std::sync::Arc;

use super::form::Form;
use super::google::google_token;
use super::host::Host;
use super::operation::{Operation, OperationKind};
use super::path::{model_segment, segment};
use super::reason::names;
use super::setting::{base_url, setting};
use crate::catalog::{Model, Platform, Price};
use crate::client::credentials::Credentials;
use crate::error::{Error, Result};

const PROJECT: &str = "ANTHROPIC_VERTEX_PROJECT_ID";
const REGION: &str = "CLOUD_ML_REGION";
const BASE_URL: &str = "ANTHROPIC_VERTEX_BASE_URL";

/// Claude in Vertex AI, which Google runs
/// ([documentation](https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai)).
///
/// This type needs an access token of Google or a source of tokens. The package `claudette-google` makes one that uses
/// Application Default Credentials. The date of a model is separated with `@`, as in `claude-haiku-4-5@20251001`.
///
/// | Variable | Meaning |
/// |---|---|
/// | `ANTHROPIC_VERTEX_PROJECT_ID` | the project |
/// | `CLOUD_ML_REGION` | the region: `global`, `us`, `eu`, or a single one such as `us-east5` |
/// | `ANTHROPIC_VERTEX_BASE_URL` | the address, in place of the one of the region |
///
/// ```
/// use claudette::Client;
/// use claudette::catalog::Platform;
/// use claudette::hosts::Vertex;
///
/// # fn main() -> claudette::Result<()> {
/// let vertex = Vertex::builder().project("my-project").region("global").access_token("token").build()?;
/// let client = Client::builder("claude-sonnet-5-5").host(vertex).build()?;
/// assert_eq!(client.platform(), Platform::Vertex);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "Agent Platform")]
#[derive(Clone)]
pub struct Vertex {
    base_url: String,
    /// The part of the paths before the name of the model.
    models: String,
    is_global: bool,
    credentials: Arc<dyn Credentials>,
}

/// A builder of a [`Vertex`] host.
///
/// ```
/// use claudette::hosts::Vertex;
///
/// let error = Vertex::builder().project("my-project").region("..").access_token("token").build().unwrap_err();
/// assert!(error.is_misuse());
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing before `build()`"]
pub struct VertexBuilder {
    project: Option<String>,
    region: Option<String>,
    base_url: Option<String>,
    access_token: Option<String>,
    credentials: Option<Arc<dyn Credentials>>,
}

impl Vertex {
    /// Returns a builder, whose settings take precedence over the environment.
    pub fn builder() -> VertexBuilder {
        VertexBuilder::default()
    }
}

impl VertexBuilder {
    /// Sets the project.
    #[doc(alias = "ANTHROPIC_VERTEX_PROJECT_ID")]
    pub fn project(mut self, id: impl Into<String>) -> Self {
        self.project = Some(id.into());
        self
    }

    /// Sets the region: `global`, `us`, `eu`, or a single one such as `us-east5`. The newest models are not in single
    /// regions.
    #[doc(alias = "CLOUD_ML_REGION")]
    #[doc(alias = "location")]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Sets the address, in place of the one of the region. It usually ends in `/v1`. The region is still a part of
    /// the paths.
    #[doc(alias = "ANTHROPIC_VERTEX_BASE_URL")]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets an access token of Google, which lasts about an hour.
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// Sets a source of access tokens, for example [`CachedCredentials`](crate::client::CachedCredentials).
    pub fn credentials(mut self, credentials: impl Credentials) -> Self {
        self.credentials = Some(Arc::new(credentials));
        self
    }

    /// Builds the host.
    ///
    /// # Errors
    /// Misuse: there is no project, no region or no source of tokens, or a value is not valid.
    pub fn build(self) -> Result<Vertex> {
        let region = setting(self.region.as_deref(), &[REGION])?.ok_or_else(|| {
            Error::misuse(format!("Vertex AI has no region: set {REGION}, or call `.region(..)`, as with \"global\""))
        })?;
        let project = setting(self.project.as_deref(), &[PROJECT])?
            .ok_or_else(|| Error::misuse(format!("Vertex AI has no project: set {PROJECT}, or call `.project(..)`")))?;
        let location = segment("the region of Vertex AI", &region)?;
        let base_url = if let Some(url) = base_url(self.base_url.as_deref(), BASE_URL)? {
            url
        } else {
            match &*region {
                "global" => "https://aiplatform.googleapis.com/v1".to_owned(),
                "us" | "eu" => format!("https://aiplatform.{region}.rep.googleapis.com/v1"),
                _ => format!("https://{location}-aiplatform.googleapis.com/v1"),
            }
        };
        let project = segment("the project of Vertex AI", &project)?;
        Ok(Vertex {
            base_url,
            models: format!("/projects/{project}/locations/{location}/publishers/anthropic/models"),
            is_global: region == "global",
            credentials: google_token("Vertex AI", "claudette_google::vertex()", self.access_token, self.credentials)?,
        })
    }
}

impl Host for Vertex {
    fn platform(&self) -> Platform {
        Platform::Vertex
    }

    fn base_url(&self) -> &str {
        &self.base_url
    }

    fn path(&self, operation: &Operation<'_>) -> Result<String> {
        let models = &self.models;
        match operation.kind() {
            OperationKind::CreateMessage => {
                let model = model_segment(operation.model().as_str())?;
                let method = if operation.is_stream() { "streamRawPredict" } else { "rawPredict" };
                Ok(format!("{models}/{model}:{method}"))
            }
            OperationKind::CountTokens => Ok(format!("{models}/count-tokens:rawPredict")),
            OperationKind::Models => Err(Error::misuse("Vertex AI does not serve a list of models")),
        }
    }

    fn form(&self) -> Form {
        Form::raw_predict()
    }

    fn credentials(&self) -> Option<Arc<dyn Credentials>> {
        Some(self.credentials.clone())
    }

    fn price_factor(&self, model: &Model) -> f64 {
        if self.is_global { 1.0 } else { Price::regional_factor(model) }
    }

    fn remedy(&self, error: &Error) -> Option<&'static str> {
        if error.is_authentication() && names(error, &["SERVICE_DISABLED", "has not been used in project"]) {
            Some("enable the API `aiplatform.googleapis.com` in the project")
        } else if error.status() == Some(401) {
            Some("check the access token, which lasts about an hour, or the Application Default Credentials")
        } else if error.is_authentication() {
            Some(
                "check that the project is right, that the API `aiplatform.googleapis.com` is enabled in it, and that \
                 the account has the permission `aiplatform.endpoints.predict`",
            )
        } else if error.is_not_found() {
            Some(
                "check that the model is enabled in the Model Garden of the project, and that it is served in this \
                 region (CLOUD_ML_REGION); the newest models are served in `global`, `us` and `eu` only",
            )
        } else if error.is_rate_limited() && names(error, &["quota", "RESOURCE_EXHAUSTED"]) {
            Some("send fewer requests at once, or request a higher quota for the model in this region")
        } else {
            None
        }
    }
}

/// Does not show the token.
impl fmt::Debug for Vertex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vertex").field("base_url", &self.base_url).field("models", &self.models).finish_non_exhaustive()
    }
}

/// Does not show the token.
impl fmt::Debug for VertexBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VertexBuilder")
            .field("project", &self.project)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
