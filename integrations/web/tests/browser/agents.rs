//! Sub-agents: what they do is shown in the card of their call, and calls inside them ask.

use claudette::testing::MockResponse;
use serde_json::{Value, json};

use crate::app::{App, text_and_calls};
use crate::browser::Browser;

fn clerk(prompt: &str) -> MockResponse {
    MockResponse::tool_use("clerk", json!({"prompt": prompt}))
}

const STATES: &str = "[...document.querySelectorAll('.tool')].map((each) => each.dataset.state)";

#[tokio::test]
async fn a_sub_agent_is_shown_in_its_card_and_asks() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    let inputs: [Value; 2] = [json!({"id": "O-1"}), json!({"id": "O-2"})];
    app.respond(clerk("Cancel the orders of Ada."))
        .respond(text_and_calls("I look them up.", "search_archive", [json!({"query": "Ada"})]))
        .respond(text_and_calls("There are two.", "cancel_order", inputs))
        .respond(MockResponse::text("O-1 is cancelled, O-2 is not.").chunked(4))
        .respond(MockResponse::text("One order is cancelled."));
    browser.goto(&app.url).await;
    browser.prompt("Cancel all orders of Ada.").await;
    // The folded card names the call that runs.
    browser.see_text(".tool .status", "search_archive …").await;
    browser.click(".tool summary").await;
    browser.see_text(".rows li", "I look them up.").await;
    browser.see_text(".rows [data-state=running] .name", "search_archive").await;
    browser.see_text(".rows [data-state=running] .gist", "Ada").await;
    app.open_gate();
    browser.until("document.querySelectorAll('.approval').length === 2").await;
    browser.see(".rows [data-state=done]").await;
    assert_eq!(browser.text(STATES).await, "waiting,approval-requested,approval-requested");
    assert_eq!(browser.text("document.querySelector('.approval strong').textContent").await, "clerk › cancel_order");
    browser.see_text("#live", "Approval needed for clerk › cancel_order").await;
    browser.alt('a').await;
    assert_eq!(browser.text("document.activeElement.ariaLabel").await, "Approve clerk › cancel_order");
    browser.screenshot("agent").await;

    // After a reload, the page asks again.
    browser.reload().await;
    browser.until("document.querySelectorAll('.approval').length === 2").await;
    assert_eq!(browser.text(STATES).await, "waiting,approval-requested,approval-requested");
    browser.see_text(".approval strong", "clerk › cancel_order").await;
    browser.click(".approval .primary").await;
    browser.until("document.querySelectorAll('.approval').length === 1").await;
    assert_eq!(app.claude.requests().len(), 3, "the other call is not decided yet");
    browser.click(".approval .secondary").await;
    browser.see_text(".prose", "One order is cancelled.").await;
    browser.see(".usage").await;
    assert_eq!(browser.text(STATES).await, "output-available,output-available,output-denied");
    assert_eq!(browser.text("document.querySelectorAll('.message.assistant').length").await, "1");
    let sent = app.claude.requests()[3].body().to_string();
    assert!(sent.contains("order O-1 is cancelled") && sent.contains("Denied by the user"), "{sent}");
    app.claude.assert_finished();
    browser.close().await;
}
