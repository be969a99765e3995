//! Tools inside a macro call are not visible to the attribute of the block.

use claudette::tool;

macro_rules! counter {
    ($name:ident) => {
        /// Counts.
        #[tool]
        fn $name(&self) -> u8 {
            self.0
        }
    };
}

struct Counter(u8);

#[tool]
impl Counter {
    counter!(first);

    /// Counts.
    #[tool]
    fn second(&self) -> u8 {
        self.0
    }
}

fn main() {}
