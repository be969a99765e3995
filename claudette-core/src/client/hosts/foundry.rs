//! [`Foundry`]: Claude in Microsoft Foundry.

use std::fmt;
use std::sync::Arc;

use super::host::Host;
use super::reason::names;
use super::setting::{FixedKey, base_url, label, setting};
use crate::catalog::Platform;
use crate::client::credentials::Credentials;
use crate::error::{Error, Result};

const RESOURCE: &str = "ANTHROPIC_FOUNDRY_RESOURCE";
const BASE_URL: &str = "ANTHROPIC_FOUNDRY_BASE_URL";
const API_KEY: &str = "ANTHROPIC_FOUNDRY_API_KEY";

/// Claude in Microsoft Foundry
/// ([documentation](https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry)).
///
/// The model of a client is the name of a *deployment*. If it is not the name of a model,
/// [`ClientBuilder::alias`](crate::client::ClientBuilder::alias) says which model it is, for checks and prices.
///
/// | Variable | Meaning |
/// |---|---|
/// | `ANTHROPIC_FOUNDRY_RESOURCE` | the name of the resource, as in `https://{resource}.services.ai.azure.com` |
/// | `ANTHROPIC_FOUNDRY_BASE_URL` | the whole address, in place of the resource |
/// | `ANTHROPIC_FOUNDRY_API_KEY` | the key |
///
/// ```
/// use claudette::Client;
/// use claudette::catalog::Platform;
/// use claudette::hosts::Foundry;
///
/// # fn main() -> claudette::Result<()> {
/// let foundry = Foundry::builder().resource("my-resource").api_key("key").build()?;
/// let client = Client::builder("support-bot").alias("support-bot", "claude-sonnet-5-5").host(foundry).build()?;
/// assert_eq!(client.platform(), Platform::Foundry);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "Azure")]
#[derive(Clone)]
pub struct Foundry {
    base_url: String,
    credentials: Arc<dyn Credentials>,
}

/// A builder of a [`Foundry`] host.
///
/// ```
/// use claudette::hosts::Foundry;
///
/// let both = Foundry::builder().resource("a").base_url("https://b.example.com/anthropic").api_key("key");
/// assert!(both.build().unwrap_err().is_misuse());
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing before `build()`"]
pub struct FoundryBuilder {
    resource: Option<String>,
    base_url: Option<String>,
    api_key: Option<String>,
    credentials: Option<Arc<dyn Credentials>>,
}

impl Foundry {
    /// Returns the host that the environment describes.
    ///
    /// # Errors
    /// The same as for [`FoundryBuilder::build`].
    pub fn from_env() -> Result<Self> {
        Self::builder().build()
    }

    /// Returns a builder, whose settings take precedence over the environment.
    pub fn builder() -> FoundryBuilder {
        FoundryBuilder::default()
    }
}

impl FoundryBuilder {
    /// Sets the name of the resource.
    #[doc(alias = "ANTHROPIC_FOUNDRY_RESOURCE")]
    pub fn resource(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// Sets the whole address, in place of the resource. It usually ends in `/anthropic`.
    #[doc(alias = "ANTHROPIC_FOUNDRY_BASE_URL")]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets the key of the resource.
    #[doc(alias = "ANTHROPIC_FOUNDRY_API_KEY")]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Sets a source of Entra tokens, for example [`CachedCredentials`](crate::client::CachedCredentials). Keys are not
    /// used then. The scope of the tokens is `https://ai.azure.com/.default`.
    #[doc(alias = "Entra")]
    #[doc(alias = "azure_ad_token_provider")]
    pub fn credentials(mut self, credentials: impl Credentials) -> Self {
        self.credentials = Some(Arc::new(credentials));
        self
    }

    /// Builds the host.
    ///
    /// # Errors
    /// Misuse: neither a resource nor an address is set, or both; there is no key; or a value is not valid.
    pub fn build(self) -> Result<Foundry> {
        let own_url = self.base_url.is_some();
        let url = base_url(self.base_url.as_deref(), BASE_URL)?;
        // With an address in code, the variable of the resource is not read.
        let resource = setting(self.resource.as_deref(), if own_url { &[] } else { &[RESOURCE] })?;
        let base_url = match (url, resource) {
            (Some(_), Some(_)) => {
                return Err(Error::misuse(format!(
                    "Microsoft Foundry has both a resource and a base URL; set one of `.resource(..)` ({RESOURCE}) and \
                     `.base_url(..)` ({BASE_URL})"
                )));
            }
            (Some(url), None) => url,
            (None, Some(resource)) => {
                let resource = label("the resource of Microsoft Foundry", resource)?;
                format!("https://{resource}.services.ai.azure.com/anthropic")
            }
            (None, None) => {
                return Err(Error::misuse(format!(
                    "Microsoft Foundry needs the name of its resource: set {RESOURCE}, or call `.resource(..)`"
                )));
            }
        };
        let names = ["x-api-key", "api-key"];
        let credentials = match (self.credentials, &self.api_key, setting(None, &[API_KEY])?) {
            (Some(credentials), ..) => credentials,
            (None, Some(key), _) => Arc::new(FixedKey::new(key, "`.api_key(..)`", names)?),
            (None, None, Some(key)) => Arc::new(FixedKey::new(&key, API_KEY, names)?),
            (None, None, None) => {
                return Err(Error::misuse(format!(
                    "Microsoft Foundry has no credentials: set {API_KEY}, or call `.api_key(..)`, or \
                     `.credentials(..)` for Entra tokens"
                )));
            }
        };
        Ok(Foundry { base_url, credentials })
    }
}

impl Host for Foundry {
    fn platform(&self) -> Platform {
        Platform::Foundry
    }

    fn base_url(&self) -> &str {
        &self.base_url
    }

    fn credentials(&self) -> Option<Arc<dyn Credentials>> {
        Some(self.credentials.clone())
    }

    fn remedy(&self, error: &Error) -> Option<&'static str> {
        if error.status() == Some(401) {
            Some(
                "check the key of the resource (ANTHROPIC_FOUNDRY_API_KEY), or the scope and the expiry of the Entra \
                 token",
            )
        } else if error.is_authentication() {
            Some("give the identity a role of the resource that permits inference")
        } else if error.is_not_found() {
            Some("check the resource, and the name of the deployment, which is the model of the client")
        } else if error.is_rate_limited() && names(error, &["quota", "rate limit of"]) {
            Some("send fewer requests at once, or raise the rate limit of the deployment")
        } else {
            None
        }
    }
}

/// Does not show the key.
impl fmt::Debug for Foundry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Foundry").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// Does not show the key.
impl fmt::Debug for FoundryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FoundryBuilder").field("resource", &self.resource).finish_non_exhaustive()
    }
}
