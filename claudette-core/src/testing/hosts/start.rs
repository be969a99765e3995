//! The functions that start a server for a host, and the settings of hosts.

use std::sync::Arc;

use super::host::Host;
use crate::testing::mock_server::{MockServer, MockServerBuilder};
use crate::testing::recorded_request::RecordedRequest;

/// Servers that play another host of the API.
///
/// They accept only the paths, the credentials and the features of that host, and answer in its form. The script is the
/// same on all hosts. [`base_url`](Self::base_url) is the base URL for a client of the host.
impl MockServer {
    /// Starts a server that plays the operations of Amazon Bedrock that are called `InvokeModel`.
    ///
    /// # Errors
    ///
    /// If the server cannot listen on a loopback port.
    ///
    /// # Panics
    ///
    /// If called outside a Tokio runtime.
    pub async fn bedrock() -> crate::Result<Self> {
        Self::builder().bedrock().start().await
    }

    /// Starts a server that plays the Messages API in Amazon Bedrock, whose service is called `bedrock-mantle`.
    ///
    /// # Errors
    ///
    /// If the server cannot listen on a loopback port.
    ///
    /// # Panics
    ///
    /// If called outside a Tokio runtime.
    pub async fn bedrock_mantle() -> crate::Result<Self> {
        Self::builder().bedrock_mantle().start().await
    }

    /// Starts a server that plays the Claude Platform on AWS.
    ///
    /// # Errors
    ///
    /// If the server cannot listen on a loopback port.
    ///
    /// # Panics
    ///
    /// If called outside a Tokio runtime.
    pub async fn claude_platform_aws() -> crate::Result<Self> {
        Self::builder().claude_platform_aws().start().await
    }

    /// Starts a server that plays Vertex AI.
    ///
    /// # Errors
    ///
    /// If the server cannot listen on a loopback port.
    ///
    /// # Panics
    ///
    /// If called outside a Tokio runtime.
    pub async fn vertex() -> crate::Result<Self> {
        Self::builder().vertex().start().await
    }

    /// Starts a server that plays Claude on Google Cloud, which Anthropic runs.
    ///
    /// # Errors
    ///
    /// If the server cannot listen on a loopback port.
    ///
    /// # Panics
    ///
    /// If called outside a Tokio runtime.
    pub async fn google_cloud() -> crate::Result<Self> {
        Self::builder().google_cloud().start().await
    }

    /// Starts a server that plays Microsoft Foundry.
    ///
    /// # Errors
    ///
    /// If the server cannot listen on a loopback port.
    ///
    /// # Panics
    ///
    /// If called outside a Tokio runtime.
    pub async fn foundry() -> crate::Result<Self> {
        Self::builder().foundry().start().await
    }
}

/// The host that the server plays. The default is the API of Anthropic.
impl MockServerBuilder {
    /// Plays the operations of Amazon Bedrock that are called `InvokeModel`.
    ///
    /// The server accepts the names and ARNs of inference profiles, such as `us.anthropic.claude-opus-5`. It refuses a
    /// foundation model without a profile, as AWS does for all models that the server knows.
    pub fn bedrock(self) -> Self {
        self.host(Host::Bedrock)
    }

    /// Plays the Messages API in Amazon Bedrock, whose service is called `bedrock-mantle`.
    pub fn bedrock_mantle(self) -> Self {
        self.host(Host::BedrockMantle)
    }

    /// Plays the Claude Platform on AWS.
    pub fn claude_platform_aws(self) -> Self {
        self.host(Host::ClaudePlatformAws)
    }

    /// Plays Vertex AI.
    pub fn vertex(self) -> Self {
        self.host(Host::Vertex)
    }

    /// Plays Claude on Google Cloud, which Anthropic runs.
    pub fn google_cloud(self) -> Self {
        self.host(Host::GoogleCloud)
    }

    /// Plays Microsoft Foundry.
    pub fn foundry(self) -> Self {
        self.host(Host::Foundry)
    }

    fn host(mut self, host: Host) -> Self {
        self.host.host = host;
        self
    }

    /// Accepts only this workspace on the Claude Platform on AWS and on Google Cloud. By default, any is accepted.
    ///
    /// ```
    /// # use claudette::testing::MockServer;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// let google = MockServer::builder().google_cloud().workspace("wrkspc_1").start().await?;
    /// assert!(google.base_url().ends_with("/workspaces/wrkspc_1/invoke"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn workspace(mut self, id: impl Into<String>) -> Self {
        self.host.workspace = Some(id.into());
        self
    }

    /// Serves a model under another name: a deployment on Foundry, or the ARN of an application inference profile.
    ///
    /// `model` is the id in the API of Anthropic. Without this, Foundry accepts only deployments that are named like
    /// their model.
    ///
    /// ```
    /// # use claudette::testing::MockServer;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// let foundry = MockServer::builder().foundry().alias("support-chat", "claude-haiku-4-5").start().await?;
    /// assert!(foundry.base_url().ends_with("/anthropic"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn alias(mut self, name: impl Into<String>, model: impl Into<String>) -> Self {
        self.host.aliases.insert(name.into(), model.into());
        self
    }

    /// Checks the credentials of each request with `check`, for example an AWS signature with its secret key.
    ///
    /// The request contains the method, the path, the query, the headers and the bytes of the body as they were sent. The
    /// reason in an `Err` becomes part of the host's error: 403 on the hosts of AWS, and 401 on the others. The server
    /// still refuses a request without credentials.
    ///
    /// If this is not called, the server checks the structure of AWS signatures: their parts, the service, the signed
    /// headers, and that the date differs from the clock by at most five minutes.
    ///
    /// ```
    /// # use claudette::testing::MockServer;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// let claude = MockServer::builder()
    ///     .verify(|request| match request.header("x-api-key") {
    ///         Some("today") => Ok(()),
    ///         _ => Err("the key has expired".to_owned()),
    ///     })
    ///     .start()
    ///     .await?;
    /// let error = claude.client("claude-sonnet-5-5").send("Hi").await.unwrap_err();
    /// assert!(error.is_authentication());
    /// assert!(error.to_string().contains("the key has expired"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn verify(mut self, check: impl Fn(&RecordedRequest) -> Result<(), String> + Send + Sync + 'static) -> Self {
        self.host.verify = Some(Arc::new(check));
        self
    }
}
