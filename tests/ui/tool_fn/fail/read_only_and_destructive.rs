use claudette::tool;

/// Deletes a file.
#[tool(read_only, destructive)]
fn delete(
    /// Path of the file
    path: String,
) -> String {
    path
}

fn main() {}
