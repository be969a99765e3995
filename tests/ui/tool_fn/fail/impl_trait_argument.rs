use claudette::{tool, tools};

/// Says a value again.
#[tool]
async fn echo(
    /// Any value
    value: impl ToString,
    /// Any values
    values: Vec<impl ToString>,
) -> String {
    value.to_string() + &values[0].to_string()
}

fn main() {
    let _ = tools![echo];
}
