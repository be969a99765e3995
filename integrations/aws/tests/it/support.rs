//! The hosts of AWS, each with a server that plays it and a client that signs with fixed keys.

use claudette::hosts::{BedrockMantle, ClaudePlatformAws, Host};
use claudette::testing::{MockServer, MockServerBuilder};
use claudette::{Chat, Client, tool, tools};
use claudette_aws::{AwsBuilder, Bedrock};

pub const REGION: &str = "us-east-1";
pub const KEY_ID: &str = "AKIDEXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub const TOKEN: &str = "EXAMPLETOKEN";

pub const BEDROCK_MODEL: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
pub const MANTLE_MODEL: &str = "anthropic.claude-haiku-4-5";
pub const PLATFORM_MODEL: &str = "claude-haiku-4-5";

/// Adds a + b.
#[tool]
pub async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    a + b
}

/// A server with a client of its host.
pub struct Pair {
    pub service: &'static str,
    pub server: MockServer,
    pub client: Client,
}

impl Pair {
    pub fn chat(&self) -> Chat {
        Chat::builder(&self.client).tools(tools![sums]).build().unwrap()
    }
}

pub fn signed<H>(builder: AwsBuilder<H>) -> AwsBuilder<H> {
    builder.region(REGION).access_key(KEY_ID, SECRET).session_token(TOKEN)
}

pub fn client(model: &str, host: impl Host) -> Client {
    Client::builder(model).host(host).build().unwrap()
}

pub async fn bedrock_host(server: &MockServer) -> Bedrock {
    signed(claudette_aws::bedrock()).base_url(server.base_url()).await.unwrap()
}

pub async fn mantle_host(server: &MockServer) -> BedrockMantle {
    signed(claudette_aws::bedrock_mantle()).base_url(server.base_url()).await.unwrap()
}

pub async fn platform_host(server: &MockServer) -> ClaudePlatformAws {
    signed(claudette_aws::claude_platform()).base_url(server.base_url()).workspace("wrkspc_1").await.unwrap()
}

pub async fn bedrock(builder: MockServerBuilder) -> Pair {
    let server = builder.bedrock().start().await.unwrap();
    let client = client(BEDROCK_MODEL, bedrock_host(&server).await);
    Pair { service: "bedrock", server, client }
}

/// Returns a pair for each host.
pub async fn all() -> [Pair; 3] {
    let mantle = MockServer::bedrock_mantle().await.unwrap();
    let platform = MockServer::claude_platform_aws().await.unwrap();
    [
        bedrock(MockServer::builder()).await,
        Pair { service: "bedrock-mantle", client: client(MANTLE_MODEL, mantle_host(&mantle).await), server: mantle },
        Pair {
            service: "aws-external-anthropic",
            client: client(PLATFORM_MODEL, platform_host(&platform).await),
            server: platform,
        },
    ]
}
