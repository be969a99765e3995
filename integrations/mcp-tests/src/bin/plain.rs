//! A small server on stdin and stdout, for tests and for the comparison with `raw`.

use std::time::Duration;

use claudette::{ToolContext, tool, tools};

/// Adds a + b.
#[tool(read_only)]
async fn add(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    a + b
}

/// Prints to stdout, as a careless tool does, and starts a process that prints and reads.
#[tool(blocking)]
#[allow(clippy::print_stdout)]
fn noise() -> Result<&'static str, std::io::Error> {
    println!("noise on stdout");
    print!("and half a line");
    let status = std::process::Command::new("sh").args(["-c", "echo noise of a child; cat"]).status()?;
    assert!(status.success(), "the child reads an empty stdin");
    Ok("done")
}

/// Waits.
#[tool]
async fn wait(
    cx: &ToolContext,
    /// In milliseconds
    ms: u64,
) -> &'static str {
    eprintln!("waiting");
    cx.progress("waiting");
    tokio::time::sleep(Duration::from_millis(ms)).await;
    "done"
}

#[tokio::main]
async fn main() -> claudette::Result<()> {
    claudette_mcp::serve(tools![add, noise, wait]).name("plain").version("1.2.3").stdio().await?;
    Ok(())
}
