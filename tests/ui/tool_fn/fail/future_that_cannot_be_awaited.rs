//! A future is awaited, but not in a `blocking` tool, and not if a type alias hides it.

use claudette::{BoxFuture, tool};

/// Blocks.
#[tool(blocking)]
fn blocking() -> BoxFuture<'static, String> {
    Box::pin(async { String::new() })
}

type Hidden = BoxFuture<'static, String>;

/// Hides.
#[tool]
fn hidden() -> Hidden {
    Box::pin(async { String::new() })
}

fn main() {}
