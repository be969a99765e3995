//! A macro call in the block is unchanged.

use claudette::{Toolset, tool};

macro_rules! helper {
    ($name:ident) => {
        fn $name(&self) -> u8 {
            self.0
        }
    };
}

struct Counter(u8);

#[tool]
impl Counter {
    helper!(inner);

    helper! { second }

    /// Counts.
    #[tool]
    fn count(&self) -> u8 {
        self.inner() + self.second()
    }
}

#[test]
fn it_is_accepted() {
    assert_eq!(Toolset::default().with(Counter(1)).len(), 1);
}
