#![deny(warnings)]

use claudette::{tool, tools};

/// Only on one platform.
#[tool]
#[cfg(any())]
async fn never(a: Missing) {}

/// On the other platforms.
#[cfg(all())]
#[tool]
#[must_use]
#[inline]
fn always(
    /// Said again
    #[allow(unused_mut)]
    mut a: String,
) -> String {
    a
}

/// Adds nothing.
#[tool]
#[deprecated = "adds nothing"]
async fn nothing() {}

#[tool]
#[allow(non_snake_case, clippy::unused_async)]
/// The docs may be below the attribute.
async fn Shouted() {}

#[test]
fn it_is_accepted() {
    let set = tools![always, nothing, Shouted];
    assert_eq!(set.definitions()[2].description(), "The docs may be below the attribute.");
}
