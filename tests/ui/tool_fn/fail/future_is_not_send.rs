use std::rc::Rc;

use claudette::{tool, tools};

/// Counts.
#[tool]
async fn count() -> usize {
    let shared = Rc::new(1);
    std::future::ready(()).await;
    *shared
}

fn main() {
    let _ = tools![count];
}
