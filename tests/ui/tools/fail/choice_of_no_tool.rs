use claudette::wire::ToolChoice;

fn sums() {}

struct Bank;

fn main() {
    let _ = ToolChoice::tool::<sums>();
    let _ = ToolChoice::tool::<Bank>();
}
