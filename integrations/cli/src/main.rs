//! A terminal chat with Claude.

#[allow(dead_code, unused_imports, reason = "the program does not use it yet")]
mod render;

fn main() {}
