#![deny(warnings)]

use claudette::tooling::TypedCall;
use claudette::{ToolContext, ToolUse, tool, tools};

/// Adds the present arguments.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    #[cfg(all())]
    b: i64,
    /// Never present
    #[cfg(any())]
    c: Missing,
    #[cfg(all())] cx: &ToolContext,
    #[cfg(any())] state: claudette::State<Missing>,
) -> i64 {
    let _ = cx;
    a + b
}

#[test]
fn it_is_accepted() {
    assert_eq!(tools![sums].definitions()[0].input_schema().get().matches("description").count(), 2);
    let call = sums::read(&ToolUse::new("toolu_1", "sums", std::collections::BTreeMap::from([("a", 1), ("b", 2)])));
    assert!(matches!(call, Ok(sums { a: 1, b: 2 })));
}
