//! Stops, reloads, lost connections and errors.

use std::time::Duration;

use claudette::testing::MockResponse;
use serde_json::json;

use crate::app::{App, text_and_calls};
use crate::browser::{Browser, ESCAPE};
use crate::proxy::Proxy;

#[tokio::test]
async fn a_run_is_stopped_and_the_chat_goes_on() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    app.respond(text_and_calls("I search.", "search_archive", [json!({"query": "tides"})]))
        .respond(text_and_calls("I search again.", "search_archive", [json!({"query": "moon"})]))
        .respond(MockResponse::text("Never mind."));
    browser.goto(&app.url).await;
    for (prompt, is_key) in [("Search for tides", true), ("And for the moon", false)] {
        browser.prompt(prompt).await;
        browser.see(".tool[data-state=input-available] .spinner").await;
        assert_eq!(browser.text("document.querySelector('#send').ariaLabel").await, "Stop");
        if is_key {
            browser.key(ESCAPE).await;
        } else {
            browser.click("#send").await;
        }
        browser.see_text(".message:last-child .note", "Stopped").await;
        browser.until("document.querySelector('#send').ariaLabel === 'Send'").await;
        assert_eq!(browser.text("document.querySelector('.message:last-child .tool').dataset.state").await, "stopped");
        browser.click("#prompt").await;
    }
    browser.prompt("Forget it").await;
    browser.see_text(".prose", "Never mind.").await;
    app.claude.assert_finished();
    browser.close().await;
}

#[tokio::test]
async fn a_reload_in_the_middle_of_an_answer_resumes_it() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    app.respond(text_and_calls("I search the archive.", "search_archive", [json!({"query": "tides"})]))
        .respond(MockResponse::text("There are **three** documents.").chunked(4))
        .respond(MockResponse::text("Here they are."));
    browser.goto(&app.url).await;
    browser.prompt("Search for tides").await;
    browser.see(".tool[data-state=input-available]").await;
    browser.reload().await;
    browser.see_text(".message.user", "Search for tides").await;
    browser.see_text(".prose", "I search the archive.").await;
    browser.see(".tool[data-state=input-available] .spinner").await;
    app.open_gate();
    browser.see_text(".prose strong", "three").await;
    browser.see(".usage").await;
    assert_eq!(browser.text("document.querySelectorAll('.message').length").await, "2");
    assert_eq!(browser.text("document.querySelector('.tool').dataset.state").await, "output-available");

    // After the end, a reload shows the conversation, with its usage, and it goes on.
    browser.reload().await;
    browser.see_text(".prose strong", "three").await;
    browser.see(".usage").await;
    assert_eq!(browser.text("document.querySelectorAll('.message').length").await, "2");
    assert_eq!(browser.text("document.querySelector('#chats').innerText").await, "Search for tides");
    browser.prompt("Show them").await;
    browser.see_text(".prose", "Here they are.").await;

    // A new chat is empty; the list leads back.
    browser.control('/').await;
    browser.see("#help[open]").await;
    browser.key(ESCAPE).await;
    browser.click("#new").await;
    browser.see("#welcome").await;
    browser.click("#chats a").await;
    browser.see_text(".prose", "Here they are.").await;

    // A chat is deleted here and on the server.
    let address = browser.text("location.href").await;
    browser.click("#chats [aria-label='Delete “Search for tides”']").await;
    browser.confirm().await;
    browser.see("#welcome").await;
    browser.see("#no-chats").await;
    browser.goto(&app.url).await;
    browser.goto(&address).await;
    browser.see("#welcome").await;
    app.claude.assert_finished();
    browser.close().await;
}

#[tokio::test]
async fn a_lost_connection_is_resumed() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    app.respond(text_and_calls("I search the archive.", "search_archive", [json!({"query": "tides"})]))
        .respond(MockResponse::text("There are three documents."));
    let proxy = Proxy::start(&app.url).await;
    browser.goto(&proxy.url).await;
    browser.prompt("Search for tides").await;
    browser.see(".tool[data-state=input-available]").await;
    proxy.cut();
    browser.see_text("#notice", "Connection lost. Reconnecting").await;
    browser.screenshot("reconnecting").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    proxy.mend();
    browser.until("document.querySelector('#notice').hidden").await;
    app.open_gate();
    browser.see_text(".prose", "There are three documents.").await;
    assert_eq!(browser.text("document.querySelectorAll('.message').length").await, "2");
    app.claude.assert_finished();
    browser.close().await;
}

#[tokio::test]
async fn an_error_is_shown_and_the_prompt_is_sent_again() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    let broken = MockResponse::error(400, "invalid_request_error", "a secret of the API");
    app.respond(broken).respond(MockResponse::text("Now it works."));
    let proxy = Proxy::start(&app.url).await;
    browser.goto(&proxy.url).await;
    browser.prompt("Hello").await;
    browser.see(".problem[role=alert]").await;
    assert!(!browser.text("document.body.textContent").await.contains("a secret of the API"));
    browser.screenshot("error").await;
    // The server is gone for a moment.
    proxy.cut();
    browser.click(".problem button").await;
    browser.see_text(".problem", "The server cannot be reached.").await;
    proxy.mend();
    browser.click(".problem button").await;
    browser.see_text(".prose", "Now it works.").await;
    assert_eq!(browser.text("document.querySelectorAll('.message.user').length").await, "1");
    assert_eq!(browser.text("document.querySelectorAll('.problem').length").await, "0");
    app.claude.assert_finished();
    browser.close().await;
}

#[tokio::test]
async fn the_page_works_below_a_path() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::nested("/support").await;
    app.respond(MockResponse::text("I am below."));
    browser.goto(&format!("{}/support", app.url)).await;
    browser.prompt("Where are you?").await;
    browser.see_text(".prose", "I am below.").await;
    browser.reload().await;
    browser.see_text(".prose", "I am below.").await;
    app.claude.assert_finished();
    browser.close().await;
}
