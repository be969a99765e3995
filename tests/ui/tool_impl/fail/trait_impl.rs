use claudette::tool;

struct Bank;

#[tool]
impl Clone for Bank {
    /// Makes another.
    #[tool]
    fn clone(&self) -> Self {
        Self
    }
}

fn main() {}
