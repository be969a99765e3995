//! A program with tools of its own: the example `own_tools`, whose agent has a tool that asks.

use std::path::PathBuf;

use claudette::testing::{MockResponse, MockServer};
use serde_json::json;

use crate::chat::Home;

/// Returns the example, which `cargo test` builds beside the program.
fn example() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_BIN_EXE_claudette-chat")).parent().unwrap().join("examples");
    let path = folder.join(format!("own_tools{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "build it with `cargo build -p claudette-cli --example own_tools`");
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_inside_an_agent_are_below_its_call() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude).with_program(example());
    claude.respond(MockResponse::tool_use("buyer", json!({"prompt": "Five tea, please."})));
    claude.respond(MockResponse::content(json!([
        {"type": "text", "text": "I look at the stock."},
        {"type": "tool_use", "id": "toolu_stock", "name": "stock", "input": {"item": "tea"}},
    ])));
    claude.respond(MockResponse::tool_use("order", json!({"item": "tea", "count": 2})));
    claude.respond(MockResponse::text("Two were ordered."));
    claude.respond(MockResponse::text("There are five now."));
    let terminal = home.ready(&["--no-mcp", "--allow", "buyer", "--allow", "stock"]);
    terminal.enter("I need five tea.");
    terminal.wait_for("allow?");
    assert!(terminal.screen().contains("╭ The agent buyer calls order with"), "{}", terminal.screen());
    terminal.send("y");
    terminal.wait_for("There are five now.");
    terminal.wait_for_prompt();
    let screen = terminal.screen();
    let places: Vec<usize> = [
        "\n● buyer(\"Five tea, please.\")\n",
        "\n  I look at the stock.\n",
        "\n  ● stock(\"tea\") → 3",
        "\n  ● order(",
        "\n● buyer(\"Five tea, please.\") → Two were ordered.",
        "\nThere are five now.",
    ]
    .iter()
    .map(|line| screen.find(line).unwrap_or_else(|| panic!("{line:?} is missing:\n{screen}")))
    .collect();
    assert!(places.is_sorted(), "{places:?}\n{screen}");
    // The calls inside the agent can be shown in full as well.
    terminal.ask("/details 2", "Ordered 2 tea.");
}

#[tokio::test(flavor = "multi_thread")]
async fn inside_an_agent_the_marks_of_its_own_tools_count() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude).with_program(example());
    let script = || {
        claude.respond(MockResponse::tool_use("buyer", json!({"prompt": "Tea."})));
        claude.respond(MockResponse::tool_use("stock", json!({"item": "tea"})));
        claude.respond(MockResponse::tool_use("order", json!({"item": "tea", "count": 2})));
        claude.respond(MockResponse::text("Done."));
        claude.respond(MockResponse::text("It is done."));
    };
    script();
    let terminal = home.ready(&["--no-mcp", "--allow", "buyer"]);
    terminal.enter("Buy tea.");
    // The buyer looks into the stock without asking.
    terminal.wait_for("allow?");
    assert!(terminal.screen().contains("The agent buyer calls order with"), "{}", terminal.screen());
    // From now on, the tool does not ask.
    terminal.send("a");
    terminal.wait_for("It is done.");
    terminal.wait_for_prompt();
    script();
    terminal.enter("Buy tea again.");
    terminal.wait_until("the second answer", |screen| screen.contents().matches("It is done.").count() == 2);
    terminal.wait_for_prompt();
    assert_eq!(terminal.screen().matches("allow?").count(), 1);
    terminal.leave();

    // Without a terminal, calls that would ask are denied.
    script();
    let (code, out, err) = home.run(&["-p", "--no-mcp", "--allow", "buyer", "Buy tea."], "");
    assert_eq!((code, out.as_str()), (0, "It is done.\n"));
    assert!(
        err.contains("the call of order was denied: allow it with --allow order") && !err.contains("stock"),
        "{err}"
    );
    let sent = claude.requests()[claude.requests().len() - 2].body().to_string();
    assert!(sent.contains("has not allowed this tool"), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_usage_in_json_contains_that_of_sub_agents() {
    let claude = MockServer::start().await.unwrap();
    let home = Home::new(&claude).with_program(example());
    let usage = json!({"input_tokens": 100, "output_tokens": 10});
    claude.respond(MockResponse::tool_use("buyer", json!({"prompt": "Tea."})).usage(usage.clone()));
    claude.respond(MockResponse::text("There is tea.").usage(usage.clone()));
    claude.respond(MockResponse::text("Yes.").usage(usage));
    let (code, out, _) = home.run(&["--json", "--no-mcp", "--allow", "buyer", "Is there tea?"], "");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["text"]), (0, &json!("Yes.")));
    assert_eq!((&report["usage"]["input_tokens"], &report["usage"]["output_tokens"]), (&json!(300), &json!(30)));
}
