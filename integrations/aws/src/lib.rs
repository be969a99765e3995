#![doc = include_str!("../README.md")]

mod bedrock;
mod builder;
mod cache;
mod event_stream;
mod failure;
mod host;
mod http_client;
mod path;
mod provider;
mod settings;
mod sigv4;

use claudette::hosts::{BedrockMantle, ClaudePlatformAws};

pub use self::bedrock::Bedrock;
pub use self::builder::AwsBuilder;
pub use self::host::AwsHost;
pub use self::sigv4::SigV4;

/// Returns a builder of Amazon Bedrock with its operation `InvokeModel`. Awaiting it uses the environment for everything
/// that is not set.
///
/// | Variable | Meaning |
/// |---|---|
/// | `AWS_REGION`, or else `AWS_DEFAULT_REGION` | the region; the default is that of the profile |
/// | `ANTHROPIC_BEDROCK_BASE_URL` | the address, in place of `https://bedrock-runtime.{region}.amazonaws.com` |
/// | `AWS_BEARER_TOKEN_BEDROCK` | a key of Bedrock, in place of AWS credentials |
///
/// ```no_run
/// use claudette::Client;
///
/// # async fn run() -> claudette::Result<()> {
/// let client = Client::builder("us.anthropic.claude-opus-5").host(claudette_aws::bedrock().await?).build()?;
/// println!("{}", client.send("Hello").await?);
/// # Ok(())
/// # }
/// ```
pub fn bedrock() -> AwsBuilder<Bedrock> {
    AwsBuilder::new()
}

/// Returns a builder of the Messages API in Amazon Bedrock, whose service is called `bedrock-mantle`. Awaiting it uses the
/// environment for everything that is not set.
///
/// | Variable | Meaning |
/// |---|---|
/// | `AWS_REGION`, or else `AWS_DEFAULT_REGION` | the region; the default is that of the profile |
/// | `ANTHROPIC_BEDROCK_MANTLE_BASE_URL` | the address, in place of `https://bedrock-mantle.{region}.api.aws/anthropic` |
/// | `AWS_BEARER_TOKEN_BEDROCK`, or else `ANTHROPIC_AWS_API_KEY` | a key, in place of AWS credentials |
///
/// ```no_run
/// use claudette::Client;
///
/// # async fn run() -> claudette::Result<()> {
/// let client = Client::builder("anthropic.claude-opus-5").host(claudette_aws::bedrock_mantle().await?).build()?;
/// println!("{}", client.send("Hello").await?);
/// # Ok(())
/// # }
/// ```
pub fn bedrock_mantle() -> AwsBuilder<BedrockMantle> {
    AwsBuilder::new()
}

/// Returns a builder of the Claude Platform on AWS, which Anthropic runs. Awaiting it uses the environment for everything
/// that is not set.
///
/// | Variable | Meaning |
/// |---|---|
/// | `AWS_REGION`, or else `AWS_DEFAULT_REGION` | the region; the default is that of the profile |
/// | `ANTHROPIC_AWS_BASE_URL` | the address, in place of `https://aws-external-anthropic.{region}.api.aws` |
/// | `ANTHROPIC_AWS_WORKSPACE_ID` | the workspace, which is required |
/// | `ANTHROPIC_AWS_API_KEY` | a key, in place of AWS credentials |
///
/// ```no_run
/// use claudette::Client;
///
/// # async fn run() -> claudette::Result<()> {
/// let client = Client::builder("claude-opus-5").host(claudette_aws::claude_platform().await?).build()?;
/// println!("{}", client.send("Hello").await?);
/// # Ok(())
/// # }
/// ```
pub fn claude_platform() -> AwsBuilder<ClaudePlatformAws> {
    AwsBuilder::new()
}
