use claudette::tool;

struct Counter(u32);

#[tool]
impl Counter {
    /// Counts up.
    #[tool]
    fn up(&mut self) -> u32 {
        self.0 += 1;
        self.0
    }

    /// Ends it.
    #[tool]
    async fn end(self) -> u32 {
        self.0
    }

    /// Ends it elsewhere.
    #[tool]
    fn end_boxed(self: Box<Self>) -> u32 {
        self.0
    }
}

fn main() {}
