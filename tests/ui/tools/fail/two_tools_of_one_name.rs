use claudette::{tool, tools};

/// Adds a + b.
#[tool]
async fn sums() {}

mod other {
    /// Adds more.
    #[claudette::tool(name = "sums")]
    pub async fn plus() {}
}

fn main() {
    let _ = tools![sums, other::plus];
}
