//! The spans and metrics of a tool loop, exported with OpenTelemetry.
//!
//! `cargo run -p otel-example` sends them to a collector at `http://localhost:4318`, or to the address in
//! `OTEL_EXPORTER_OTLP_ENDPOINT`. With `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true`, the spans of requests to
//! Claude contain prompts, responses, arguments and results.

mod telemetry;

use claudette::{Chat, Client, testing, tool, tools};
use telemetry::Telemetry;

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

const MODEL: &str = "claude-sonnet-5-5";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let telemetry = Telemetry::start()?;
    let captured = std::env::var("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT");
    let client = match Client::builder(MODEL).trace_contents(captured.as_deref() == Ok("true")).build() {
        Ok(client) => client,
        Err(_) => testing::client_or_mock(MODEL).await?,
    };
    let chat = Chat::builder(client).tools(tools![sums]).agent_name("calculator").conversation_id("lesson-1");
    let run = chat.build()?.toolloop("What is 604542+6458932?").await;

    telemetry.shutdown()?;
    println!("{}", run?);
    Ok(())
}
