use claudette::tools;

fn main() {
    let _ = tools![String];
}
