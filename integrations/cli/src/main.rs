//! A terminal chat with Claude.

fn main() {}
