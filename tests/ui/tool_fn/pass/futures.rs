//! Every form of future that a function returns is awaited.

use std::pin::Pin;

use claudette::{BoxFuture, State, ToolContext, tool, tools};

struct Db(u8);

/// Adds one.
#[tool]
fn opaque(
    /** To what */
    to: u8,
) -> impl Future<Output = u8> + Send {
    async move { to + 1 }
}

/// Adds one.
#[tool]
fn boxed(
    /** To what */
    to: u8,
) -> Pin<Box<dyn Future<Output = Result<u8, String>> + Send>> {
    Box::pin(async move { to.checked_add(1).ok_or_else(|| "too large".to_owned()) })
}

/// Adds one.
#[tool]
fn borrowing<'a>(
    cx: &'a ToolContext,
    db: &'a State<Db>,
    /** What */
    text: &'a str,
) -> BoxFuture<'a, String> {
    Box::pin(async move { format!("{}{}{text}", cx.call_id(), db.0) })
}

/// Not a future, despite its name.
#[derive(serde::Serialize)]
struct NoFuture(u8);

/// Adds one.
#[tool]
fn named(
    /** To what */
    to: u8,
) -> NoFuture {
    NoFuture(to + 1)
}

#[tokio::test]
async fn it_is_accepted() {
    let tools = tools![opaque, boxed, borrowing, named].state(Db(7));
    let cx = ToolContext::default();
    for (name, input, expected) in [
        ("opaque", r#"{"to":1}"#, "2"),
        ("boxed", r#"{"to":1}"#, "2"),
        ("boxed", r#"{"to":255}"#, "too large"),
        ("borrowing", r#"{"text":"a"}"#, "7a"),
        ("named", r#"{"to":1}"#, "2"),
    ] {
        let outcome = tools.call(name, input, &cx).await;
        assert_eq!((&*outcome.text(), outcome.is_error()), (expected, expected == "too large"));
    }
}
