//! A future is awaited, but not on a thread that may block, and not under a name that hides it.

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
