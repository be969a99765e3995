//! `#[tool]` on functions, through the public API.

use claudette::{ToolContext, tool, tools};

/// Adds a + b.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    #[tool(default = 1)]
    b: i64,
) -> i64 {
    a + b
}

#[tokio::test]
async fn works() {
    assert_eq!(sums(1, 2).await, 3);
    let set = tools![sums];
    println!("{}", set.wire_json());
    let cx = ToolContext::default();
    for input in [
        r#"{"a":1,"b":2}"#,
        r#"{"a":1}"#,
        r#"{"a":1,"b":null}"#,
        r#"{"a":"x"}"#,
        r#"{"b":1}"#,
        "{}",
        r#"{"a":1,"c":2}"#,
        r#"{"a":1,"a":2}"#,
        "[1]",
        "{",
        "{\"a\": {\"x\": [1]}}",
    ] {
        let out = set.call("sums", input, &cx).await;
        println!("{input} -> {} {}", out.is_error(), out.text());
    }
    println!("{}", set.call("sum", "{}", &cx).await.text());
}
