//! [`Bedrock`]: Claude in Amazon Bedrock, through the operation `InvokeModel`.

use std::fmt;
use std::sync::Arc;

use claudette::catalog::{Model, Platform, Price};
use claudette::client::{Body, Credentials};
use claudette::hosts::{Form, Host, Operation, OperationKind};
use claudette::http::Response;
use claudette::{Error, Result};

use crate::builder::AwsBuilder;
use crate::host::{Address, Parts, Recipe};
use crate::{event_stream, path};

/// Claude in Amazon Bedrock, through the operation `InvokeModel`
/// ([documentation](https://platform.claude.com/docs/en/build-with-claude/claude-on-amazon-bedrock)).
///
/// The model is the id of an inference profile, such as `us.anthropic.claude-opus-5` or `global.anthropic.claude-opus-5`,
/// or the ARN of a profile or of a provisioned model. Only older models accept their own id. For an ARN,
/// [`ClientBuilder::alias`](claudette::client::ClientBuilder::alias) says which model it is, for checks and prices.
///
/// ```
/// use claudette::Client;
/// use claudette::catalog::Platform;
/// use claudette_aws::Bedrock;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// let bedrock = Bedrock::builder().region("us-east-1").access_key("AKIDEXAMPLE", "secret").build().await?;
/// let client = Client::builder("us.anthropic.claude-opus-5").host(bedrock).build()?;
/// assert_eq!(client.platform(), Platform::Bedrock);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "InvokeModel")]
#[derive(Clone)]
pub struct Bedrock {
    base_url: String,
    credentials: Arc<dyn Credentials>,
}

impl Bedrock {
    /// Returns a builder, whose settings take precedence over the environment.
    pub fn builder() -> AwsBuilder<Self> {
        AwsBuilder::new()
    }
}

impl Recipe for Bedrock {
    const NAME: &'static str = "Amazon Bedrock";
    const SERVICE: &'static str = "bedrock";
    const BASE_URL: &'static str = "ANTHROPIC_BEDROCK_BASE_URL";
    const API_KEYS: &'static [&'static str] = &["AWS_BEARER_TOKEN_BEDROCK"];
    const KEY_EXCLUDES_AWS: bool = true;

    fn build(parts: Parts) -> Result<Self> {
        let base_url = match parts.address {
            Address::Url(url) => url.trim_end_matches('/').to_owned(),
            Address::Region(region) => format!("https://bedrock-runtime.{region}.amazonaws.com"),
        };
        Ok(Self { base_url, credentials: parts.credentials })
    }
}

impl Host for Bedrock {
    fn platform(&self) -> Platform {
        Platform::Bedrock
    }

    fn base_url(&self) -> &str {
        &self.base_url
    }

    fn path(&self, operation: &Operation<'_>) -> Result<String> {
        match operation.kind() {
            OperationKind::CreateMessage => path::invoke(operation.model().as_str(), operation.is_stream()),
            _ => Err(Error::misuse(format!("Amazon Bedrock does not serve {}", operation.path()))),
        }
    }

    fn form(&self) -> Form {
        Form::invoke_model()
    }

    fn credentials(&self) -> Option<Arc<dyn Credentials>> {
        Some(self.credentials.clone())
    }

    fn price_factor(&self, model: &Model) -> f64 {
        if path::is_global(model.as_str()) { 1.0 } else { Price::regional_factor(model) }
    }

    fn decode(&self, response: Response<Body>) -> Response<Body> {
        event_stream::decode(response)
    }

    fn remedy(&self, error: &Error) -> Option<&'static str> {
        let texts = [error.message(), error.error_type()].map(|text| text.unwrap_or_default().to_ascii_lowercase());
        let names = |reason| texts.iter().any(|text| text.contains(reason));
        if names("on-demand throughput") || names("arn of an inference profile") {
            Some(
                "use the id of an inference profile, such as `us.anthropic.claude-opus-5`, in place of \
                 `anthropic.claude-opus-5`",
            )
        } else if names("model identifier") || error.is_not_found() {
            Some(
                "check the region, and the id of the model or of the inference profile, such as \
                 `us.anthropic.claude-opus-5`",
            )
        } else if names("signature expired") || names("signature not yet current") {
            Some("set the clock of this machine: a signature is valid for five minutes")
        } else if names("expiredtoken") || names("token included in the request is expired") {
            Some("log in to AWS again, because the session of the credentials has expired")
        } else if names("quota") || error.is_rate_limited() {
            Some(
                "send fewer requests at once, request a higher quota of Amazon Bedrock, or use a `global.` inference \
                 profile",
            )
        } else if error.is_authentication() {
            Some(
                "check the key or the AWS credentials, their expiry, the clock of this machine, the access to the model, \
                 and the permissions `bedrock:InvokeModel` and `bedrock:InvokeModelWithResponseStream`",
            )
        } else {
            None
        }
    }
}

/// Does not show the credentials.
impl fmt::Debug for Bedrock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bedrock").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}
