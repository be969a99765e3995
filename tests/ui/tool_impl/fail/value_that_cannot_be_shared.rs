use std::cell::Cell;

use claudette::tool;

struct Counter(Cell<u32>);

#[tool]
impl Counter {
    /// Counts up.
    #[tool]
    fn up(&self) -> u32 {
        self.0.set(self.0.get() + 1);
        self.0.get()
    }
}

fn main() {}
