#![deny(warnings)]

use claudette::{State, Tool, ToolContext, tool, tools};

type Cx = ToolContext;
type Number = State<u32>;

/// Counts in every way.
#[tool]
async fn count(
    first: claudette::State<u8>,
    /// Where to begin
    start: u32,
    /// A doc comment for readers of the code
    #[tool(context)]
    cx: &Cx,
    second: &State<u16>,
    #[tool(state)] third: Number,
) -> u32 {
    let _ = cx;
    start + u32::from(*first) + u32::from(**second) + *third
}

/// Counts on a thread of its own.
#[tool(blocking)]
fn count_slowly(cx: ToolContext, number: State<u32>) -> u32 {
    let _ = cx.call_id();
    *number
}

#[test]
fn it_is_accepted() {
    let set = tools![count, count_slowly].state(1_u8).state(2_u16).state(3_u32);
    assert_eq!(set.get("count").unwrap().requires().len(), 3);
    let _: &dyn Tool = set.get("count_slowly").unwrap();
}
