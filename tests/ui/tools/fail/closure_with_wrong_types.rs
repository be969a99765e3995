use claudette::{ToolFn, Toolset};

struct Args;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Shout {
    text: String,
}

struct Shouted(String);

fn main() {
    let _ = Toolset::default().with(ToolFn::new("quiet", "Says nothing.", |_: Args| async {}));
    let _ = Toolset::default().with(ToolFn::new("shout", "Upper-cases text.", |args: Shout| async move {
        Shouted(args.text)
    }));
}
