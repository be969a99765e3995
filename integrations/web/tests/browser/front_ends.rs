//! Front ends of the AI SDK: a page with `useChat` in the browser, and the chat class of versions 5, 6 and 7 in Node.

use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use claudette::testing::MockResponse;
use claudette_web::protocol::{SdkVersion, UiOptions};
use serde_json::json;
use tokio::process::Command;

use crate::app::{App, text_and_calls};
use crate::browser::{Browser, ENTER};

/// Returns the folder that `ui-test/install` has filled.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("CLAUDETTE_WEB_UI");
    if folder.is_none() {
        println!("skipped: CLAUDETTE_WEB_UI is not set; see integrations/web/ui-test/install");
    }
    folder.map(PathBuf::from)
}

/// Returns the routes of the page with `useChat`.
fn use_chat(script: String) -> Router {
    let page = "<!doctype html><meta charset=utf-8><title>useChat</title>
        <style>
            body { max-width: 42rem; margin: 2rem auto; font: 1rem/1.5 system-ui, sans-serif }
            .user { font-weight: 600 }
            .tool { margin: .5rem 0; padding: .5rem; border: 1px solid #ccc; border-radius: .5rem }
            footer, blockquote { color: #666 }
        </style>
        <div id=root></div><script type=module src=/chat.js></script>";
    let script = move || async move { ([("content-type", "text/javascript")], script) };
    Router::new().route("/use-chat", get(move || async move { Html(page) })).route("/chat.js", get(script))
}

#[tokio::test]
async fn a_page_with_use_chat_works() {
    let Some(folder) = folder() else { return };
    let Some(browser) = Browser::start().await else { return };
    let script = std::fs::read_to_string(folder.join("chat.js")).unwrap();
    let app = App::with(|chat| chat, use_chat(script)).await;
    app.respond(MockResponse::text("Hello from a mock.").thinking("A greeting.").chunked(5))
        .respond(text_and_calls("I cancel both.", "cancel_order", [json!({"id": "O1"}), json!({"id": "O2"})]))
        .respond(MockResponse::text("O1 is cancelled.").chunked(3))
        .respond(text_and_calls("I search.", "search_archive", [json!({"query": "tides"})]))
        .respond(MockResponse::text("Three documents."))
        .respond(text_and_calls("I search longer.", "search_archive", [json!({"query": "moon"})]))
        .respond(MockResponse::text("Still here."));
    browser.goto(&format!("{}/use-chat", app.url)).await;
    browser.see("#prompt").await;
    let ask = async |text: &str| {
        browser.click("#prompt").await;
        browser.prompt(text).await;
    };
    let ready = async || browser.see_text("#status", "ready").await;

    ask("Hello").await;
    browser.see_text("article.assistant p", "Hello from a mock.").await;
    browser.see_text("article.assistant blockquote", "A greeting.").await;
    browser.see_text("footer", "tokens").await;
    ready().await;

    // One call is approved, the other one denied; the hook sends both answers by itself.
    ask("Cancel O1 and O2").await;
    browser.until("document.querySelectorAll('.tool[data-state=approval-requested]').length === 2").await;
    browser.screenshot("use-chat").await;
    browser.click(".tool .approve").await;
    browser.click(".tool[data-state=approval-requested] .deny").await;
    browser.see_text("article.assistant p", "O1 is cancelled.").await;
    ready().await;
    let states = "[...document.querySelectorAll('.tool')].map((each) => each.dataset.state)";
    assert_eq!(browser.text(states).await, "output-available,output-denied");
    assert_eq!(browser.text("document.querySelectorAll('article').length").await, "4");

    // A reload in the middle of an answer.
    ask("Search").await;
    browser.see(".tool[data-state=input-available]").await;
    browser.reload().await;
    browser.see_text("article.assistant p", "I search.").await;
    browser.see(".tool[data-state=input-available]").await;
    app.open_gate();
    browser.see_text("article.assistant p", "Three documents.").await;
    ready().await;
    assert_eq!(browser.text("document.querySelectorAll('article').length").await, "6");

    // Stop, and go on.
    ask("Search for the moon").await;
    browser.see_text("article.assistant p", "I search longer.").await;
    browser.see_text("#status", "streaming").await;
    browser.click("#stop").await;
    ready().await;
    ask("Still there?").await;
    browser.see_text("article.assistant p", "Still here.").await;
    ready().await;
    assert_eq!(browser.text("document.querySelector('#error').textContent").await, "");
    browser.key(ENTER).await;
    app.claude.assert_finished();
    browser.close().await;
}

/// Runs `sdk.mjs` with a version of the SDK.
async fn node(package: &str, version: SdkVersion) {
    let Some(folder) = folder() else { return };
    let app = App::with(|chat| chat.ui(UiOptions::new().sdk(version)), Router::new()).await;
    let calls = [("weather", json!({"city": "Oslo"})), ("weather", json!({"city": "Atlantis"}))];
    app.respond(MockResponse::text("I am **Claude**.").thinking("A simple question.").chunked(6))
        .respond(MockResponse::tool_uses(calls).chunked(4))
        .respond(MockResponse::text("4 °C in Oslo."))
        .respond(MockResponse::text("Still 4 °C."));
    if version >= SdkVersion::V6 {
        app.respond(MockResponse::tool_uses([
            ("cancel_order", json!({"id": "O1"})),
            ("cancel_order", json!({"id": "O2"})),
        ]))
        .respond(MockResponse::text("O1 is cancelled."))
        .respond(MockResponse::tool_use("clerk", json!({"prompt": "Cancel O3."})))
        .respond(text_and_calls("I cancel it.", "cancel_order", [json!({"id": "O3"})]))
        .respond(MockResponse::text("Done."))
        .respond(MockResponse::text("The clerk is done."));
    }
    let slow = MockResponse::text("Done at last.").delay(Duration::from_millis(1500));
    app.respond(text_and_calls("Let me look.", "weather", [json!({"city": "Oslo"})]))
        .respond(slow)
        .respond(text_and_calls("This takes long.", "search_archive", [json!({"query": "all"})]))
        .respond(MockResponse::text("Yes."));
    let run = Command::new("node").arg(folder.join("sdk.mjs")).args([package, &app.url]).kill_on_drop(true).output();
    let output = tokio::time::timeout(Duration::from_secs(60), run).await.unwrap().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains(&format!("{package}: ok")), "{out}\n{err}");
    app.claude.assert_finished();
}

#[tokio::test]
async fn the_client_of_sdk_5_works() {
    node("ai5", SdkVersion::V5).await;
}

#[tokio::test]
async fn the_client_of_sdk_6_works() {
    node("ai6", SdkVersion::V6).await;
}

#[tokio::test]
async fn the_client_of_sdk_7_works() {
    node("ai", SdkVersion::V7).await;
}
