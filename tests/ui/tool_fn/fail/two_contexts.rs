use claudette::{ToolContext, tool};

/// Does nothing.
#[tool]
async fn nothing(cx: &ToolContext, other: &ToolContext) {}

/// Does nothing either.
#[tool]
async fn neither(#[tool(context, state)] cx: &ToolContext) {}

fn main() {}
