//! A server of many kinds of tools, for clients of others: `served stdio` or `served PORT`.

#![allow(clippy::unwrap_used, reason = "a server for tests")]

use std::time::Duration;

use claudette::{Image, ToolContext, ToolError, tool, tools};

/// A unit of temperature.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Celsius,
    Fahrenheit,
}

/// The forecast of a city.
#[derive(serde::Serialize, schemars::JsonSchema)]
struct Forecast {
    city: String,
    temperature: f64,
}

/// Adds two numbers.
#[tool(read_only, idempotent)]
async fn add(
    /// The first number
    a: i64,
    /// The second number
    b: i64,
) -> i64 {
    a + b
}

/// Returns the forecast of a city.
#[tool(read_only)]
async fn forecast(
    /// City name, e.g. "Oslo"
    city: String,
    /// Number of days ahead; today if left out
    days: Option<u8>,
    /// Unit of the temperature
    #[tool(default = Unit::Celsius)]
    unit: Unit,
) -> Forecast {
    let celsius = 3.0 + f64::from(days.unwrap_or(0));
    let temperature = match unit {
        Unit::Celsius => celsius,
        Unit::Fahrenheit => celsius * 1.8 + 32.0,
    };
    Forecast { city, temperature }
}

/// Fails.
#[tool(destructive)]
async fn fail(
    /// The text of the error
    reason: String,
) -> Result<String, ToolError> {
    Err(ToolError::new(reason))
}

/// Panics.
#[tool]
async fn panics() -> String {
    panic!("no way out")
}

/// Returns a picture.
#[tool(read_only)]
async fn picture() -> Image {
    let pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    Image::from_base64("image/png", pixel)
}

/// Counts, and reports each number.
#[tool]
async fn count(
    cx: &ToolContext,
    /// The last number
    to: u32,
) -> String {
    for n in 1..=to {
        cx.progress(format!("number {n}"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    "counted".to_owned()
}

/// Prints to stdout, as a careless tool does.
#[tool]
#[allow(clippy::print_stdout, reason = "the fault")]
async fn noise() -> String {
    println!("noise on stdout");
    "printed".to_owned()
}

#[tokio::main]
async fn main() -> claudette::Result<()> {
    let how = std::env::args().nth(1).unwrap_or_default();
    let server = claudette_mcp::serve(tools![add, forecast, fail, panics, picture, count, noise])
        .name("served")
        .version("1.0.0");
    if how == "stdio" {
        server.stdio().await?;
    } else {
        server.http(format!("127.0.0.1:{how}")).await?;
    }
    Ok(())
}
