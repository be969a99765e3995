//! The spans of a tool loop, exported with OpenTelemetry.
//!
//! `cargo run -p otel-example` sends the spans to a collector at `http://localhost:4318`, or to the address in
//! `OTEL_EXPORTER_OTLP_ENDPOINT`.

use claudette::{Chat, testing, tool, tools};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

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

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The exporter's HTTP client needs a TLS implementation even for `http`.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let exporter = SpanExporter::builder().with_http().build()?;
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
    tracing_subscriber::registry()
        .with(LevelFilter::INFO)
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("my-service")))
        .init();

    let client = testing::client_or_mock("claude-sonnet-5-5").await?;
    let mut chat = Chat::builder(client).tools(tools![sums]).build()?;
    println!("{}", chat.toolloop("What is 604542+6458932?").await?);

    provider.shutdown()?; // sends the spans that are still queued
    Ok(())
}
