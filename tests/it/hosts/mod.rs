//! The hosts of the core package, against the mock server that plays them.

mod errors;
mod requests;
mod settings;

use claudette::Client;
use claudette::client::ClientBuilder;
use claudette::hosts::{BedrockMantle, ClaudePlatformAws, Foundry, GoogleCloud, Vertex};
use claudette::testing::MockServer;

/// A client of a host, and the mock server that plays it.
struct Played {
    name: &'static str,
    server: MockServer,
    builder: ClientBuilder,
}

impl Played {
    fn client(self) -> (MockServer, Client) {
        (self.server, self.builder.build().unwrap())
    }
}

async fn mantle() -> Played {
    let server = MockServer::bedrock_mantle().await.unwrap();
    let host = BedrockMantle::builder().base_url(server.base_url()).api_key("key-of-bedrock").build().unwrap();
    Played { name: "mantle", builder: Client::builder("anthropic.claude-sonnet-5-5").host(host), server }
}

async fn platform_aws() -> Played {
    let server = MockServer::builder().claude_platform_aws().workspace("wrkspc_1").start().await.unwrap();
    let host = ClaudePlatformAws::builder().base_url(server.base_url()).workspace("wrkspc_1").api_key("key-of-aws");
    Played {
        name: "platform on AWS",
        builder: Client::builder("claude-sonnet-5-5").host(host.build().unwrap()),
        server,
    }
}

async fn vertex() -> Played {
    let server = MockServer::vertex().await.unwrap();
    let host = Vertex::builder().project("p").region("global").base_url(server.base_url()).access_token("token");
    Played { name: "Vertex AI", builder: Client::builder("claude-sonnet-5-5").host(host.build().unwrap()), server }
}

async fn google_cloud() -> Played {
    let server = MockServer::google_cloud().await.unwrap();
    let host = GoogleCloud::builder().base_url(server.base_url()).access_token("token").build().unwrap();
    Played { name: "Google Cloud", builder: Client::builder("claude-sonnet-5-5").host(host), server }
}

async fn foundry() -> Played {
    let server = MockServer::foundry().await.unwrap();
    let host = Foundry::builder().base_url(server.base_url()).api_key("key-of-foundry").build().unwrap();
    Played { name: "Foundry", builder: Client::builder("claude-sonnet-5-5").host(host), server }
}

async fn all() -> [Played; 5] {
    [mantle().await, platform_aws().await, vertex().await, google_cloud().await, foundry().await]
}
