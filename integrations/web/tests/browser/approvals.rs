//! Calls that ask a person first. Everything in these tests is done with the keyboard.

use claudette::testing::MockResponse;
use serde_json::json;

use crate::app::{App, text_and_calls};
use crate::browser::{Browser, ENTER, TAB};

#[tokio::test]
async fn calls_are_approved_and_denied_with_the_keyboard() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    let inputs = [
        json!({"id": "O-1042", "reason": "The customer ordered the wrong size."}),
        json!({"id": "O-1043", "reason": "The customer ordered the wrong size."}),
    ];
    app.respond(text_and_calls("I can cancel both orders. Please confirm each of them.", "cancel_order", inputs))
        .respond(MockResponse::text("O-1042 is cancelled. I kept O-1043, because it has already been sent."))
        .respond(MockResponse::text("You are welcome."));
    browser.goto(&app.url).await;
    browser.prompt("Cancel the orders O-1042 and O-1043: wrong size.").await;
    browser.see(".approval").await;
    browser.until("document.querySelectorAll('.approval').length === 2").await;
    browser.see_text("#live", "Approval needed for cancel_order, cancel_order").await;
    browser.see_text(".tool[data-state=approval-requested] .arguments", "wrong size").await;
    browser.screenshot("approval").await;

    // A prompt cannot be sent now.
    browser.prompt("And now?").await;
    assert_eq!(browser.text("document.querySelectorAll('.message.user').length").await, "1");
    browser.eval("document.querySelector('#prompt').value = ''").await;

    let focus = "document.activeElement.ariaLabel";
    browser.alt('a').await;
    assert_eq!(browser.text(focus).await, "Approve cancel_order");
    browser.key(ENTER).await;
    browser.until("document.querySelectorAll('.approval').length === 1").await;
    assert_eq!(app.claude.requests().len(), 1, "the other call is not decided yet");
    browser.alt('a').await;
    browser.key(TAB).await;
    assert_eq!(browser.text(focus).await, "Deny cancel_order");
    browser.key(TAB).await;
    assert_eq!(browser.text(focus).await, "Reason for denying cancel_order");
    browser.keys("Already sent").await;
    browser.key(ENTER).await;

    browser.see_text(".prose", "I kept O-1043").await;
    browser.see(".usage").await;
    assert_eq!(browser.text("document.querySelectorAll('.message.assistant').length").await, "1");
    assert_eq!(
        browser.text("[...document.querySelectorAll('.tool')].map((each) => each.dataset.state)").await,
        "output-available,output-denied"
    );
    let results = app.last_request()["messages"][2]["content"].clone();
    assert!(results[0]["content"].to_string().contains("order O-1042 is cancelled"), "{results}");
    assert!(results[1]["content"].to_string().contains("Already sent"), "{results}");

    // The focus has not been lost: a key leads back to the prompt.
    browser.keys("/").await;
    assert_eq!(browser.text("document.activeElement.id").await, "prompt");
    browser.prompt("Thanks!").await;
    browser.see_text(".prose", "You are welcome.").await;
    app.claude.assert_finished();
    browser.close().await;
}

#[tokio::test]
async fn a_decision_is_still_asked_for_after_a_reload() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    app.respond(text_and_calls("Please confirm.", "cancel_order", [json!({"id": "O-7"})]))
        .respond(MockResponse::text("Done."));
    browser.goto(&app.url).await;
    browser.prompt("Cancel O-7.").await;
    browser.see(".approval").await;
    browser.reload().await;
    browser.see_text(".prose", "Please confirm.").await;
    browser.see(".approval").await;
    browser.click(".approval .primary").await;
    browser.see_text(".prose", "Done.").await;
    browser.see(".tool[data-state=output-available]").await;
    assert_eq!(browser.text("document.querySelectorAll('.message.assistant').length").await, "1");
    app.claude.assert_finished();
    browser.close().await;
}
