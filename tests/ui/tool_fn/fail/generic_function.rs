use claudette::{tool, tools};

/// Says a value again.
#[tool]
async fn echo<T: ToString>(
    /// Any value
    value: T,
) -> String {
    value.to_string()
}

/// Says a value again.
#[tool]
async fn again(
    /// Any value
    value: String,
) -> String
where
    String: Clone,
{
    value
}

fn main() {
    let _ = tools![echo, again];
}
