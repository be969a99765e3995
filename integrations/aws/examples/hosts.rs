//! One program for every host of Claude. The environment names the host:
//!
//! `CLAUDETTE_HOST=bedrock AWS_REGION=us-east-1 cargo run -p claudette-aws --example hosts`
//!
//! The names are `bedrock`, `mantle`, `platform`, `foundry`, `vertex` and `google`; the last two need an access token in
//! `GOOGLE_ACCESS_TOKEN` (`gcloud auth print-access-token`). Without a name, a server on this machine plays Amazon Bedrock.
#![allow(clippy::print_stdout)]

use std::env;
use std::sync::Arc;

use claudette::hosts::{Foundry, GoogleCloud, Host, Vertex};
use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Client, Error, Result, tool, tools};
use serde_json::json;

/// Adds a + b.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    a + b
}

/// Returns the host with this name, and the name of a model there.
async fn host(name: &str) -> Result<(Arc<dyn Host>, &'static str)> {
    let token = || env::var("GOOGLE_ACCESS_TOKEN").map_err(|_| Error::misuse("GOOGLE_ACCESS_TOKEN is not set"));
    Ok(match name {
        "bedrock" => (Arc::new(claudette_aws::bedrock().await?), "global.anthropic.claude-haiku-4-5-20251001-v1:0"),
        "mantle" => (Arc::new(claudette_aws::bedrock_mantle().await?), "anthropic.claude-haiku-4-5"),
        "platform" => (Arc::new(claudette_aws::claude_platform().await?), "claude-haiku-4-5"),
        "foundry" => (Arc::new(Foundry::from_env()?), "claude-haiku-4-5"),
        "vertex" => (Arc::new(Vertex::builder().access_token(token()?).build()?), "claude-haiku-4-5@20251001"),
        "google" => (Arc::new(GoogleCloud::builder().access_token(token()?).build()?), "claude-haiku-4-5"),
        _ => return Err(Error::misuse(format!("CLAUDETTE_HOST is {name:?}, which is not the name of a host"))),
    })
}

#[tokio::main]
async fn main() -> Result<()> {
    let server = MockServer::bedrock().await?;
    let (host, model) = if let Ok(name) = env::var("CLAUDETTE_HOST") {
        host(&name).await?
    } else {
        server.respond(MockResponse::tool_use("sums", json!({"a": 604_542, "b": 6_458_932})));
        server.respond(MockResponse::text("604542 + 6458932 = 7063474"));
        let bedrock = claudette_aws::bedrock().region("us-east-1").base_url(server.base_url());
        let bedrock: Arc<dyn Host> = Arc::new(bedrock.access_key("AKIDEXAMPLE", "not-a-secret").await?);
        (bedrock, "global.anthropic.claude-haiku-4-5-20251001-v1:0")
    };
    println!("{} at {}", host.platform(), host.base_url());

    let client = Client::builder(model).host(host).build()?;
    let mut chat = Chat::builder(client).tools(tools![sums]).build()?;
    let run = chat.toolloop("What is 604542+6458932?").max_steps(5).await?;
    for call in run.steps().iter().flat_map(claudette::chat::Step::calls) {
        println!("→ {}({})", call.name(), call.input());
    }
    println!("{run}");
    println!("{}", chat.cost_report());
    Ok(())
}
