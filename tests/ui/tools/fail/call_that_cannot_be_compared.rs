use claudette::tool;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Opaque {}

/// Closes.
#[tool]
fn close(/** Anything */ opaque: Opaque) {}

fn main() {
    let call = close { opaque: Opaque {} };
    let _ = call.clone() == call;
}
