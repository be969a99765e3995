//! Themes, sizes, and what is kept in the browser.

use claudette::testing::MockResponse;
use serde_json::json;

use crate::app::{App, text_and_calls};
use crate::browser::{Browser, ESCAPE};

const BACKGROUND: &str = "getComputedStyle(document.body).backgroundColor";

#[tokio::test]
async fn the_page_is_dark_and_light() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    browser.system_colours("light").await;
    browser.goto(&app.url).await;
    let light = browser.text(BACKGROUND).await;
    browser.system_colours("dark").await;
    let dark = browser.text(BACKGROUND).await;
    assert_ne!(light, dark);
    browser.click("input[name=theme][value=light]").await;
    assert_eq!(browser.text(BACKGROUND).await, light);
    browser.reload().await;
    assert_eq!(browser.text(BACKGROUND).await, light, "the choice is kept");
    browser.click("input[name=theme][value=dark]").await;
    browser.system_colours("light").await;
    assert_eq!(browser.text(BACKGROUND).await, dark);

    app.respond(MockResponse::tool_uses([("weather", json!({"city": "Bergen"}))]).thinking("I need the weather."))
        .respond(text_and_calls(
            "It is **4 °C** in Bergen, with a light wind from the north.\n\nOne order is waiting for this. I can cancel it:",
            "cancel_order",
            [json!({"id": "O-1042", "reason": "It rains on Saturday."})],
        ));
    browser.click("#prompt").await;
    browser.prompt("How is the weather in Bergen? If it is below 10 °C, cancel my order O-1042.").await;
    browser.see(".approval").await;
    browser.screenshot("dark").await;
    browser.close().await;
}

#[tokio::test]
async fn the_page_fits_on_a_phone() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    browser.size(390, 780).await;
    app.respond(MockResponse::tool_uses([("weather", json!({"city": "Bergen"}))]))
        .respond(MockResponse::text(
            "It is **4 °C** in Bergen.\n\n| Day | Morning | Noon | Evening | Night | Wind | Rain |\n|---|---|---|---|---|---|---|\n\
             | Saturday | 3 °C | 5 °C | 4 °C | 1 °C | 3 m/s | 0 mm |\n\n```sh\ncurl --silent https://example.com/weather/bergen?units=metric | jq .today\n```",
        ))
        .respond(text_and_calls("Please confirm.", "cancel_order", [json!({"id": "O-1042", "reason": "It rains on Saturday."})]));
    browser.goto(&app.url).await;
    browser.prompt("How is the weather in Bergen on Saturday?").await;
    browser.see(".usage").await;
    browser.click("#prompt").await;
    browser.prompt("Cancel O-1042.").await;
    browser.see(".approval").await;
    // What waits for a decision is in sight, above the prompt.
    browser.until("document.querySelector('.approval').getBoundingClientRect().bottom < document.querySelector('#dock').getBoundingClientRect().top").await;
    let overflow = "document.documentElement.scrollWidth > innerWidth || document.querySelector('#scroll').scrollWidth > document.querySelector('#scroll').clientWidth";
    assert_eq!(browser.text(overflow).await, "false");
    browser.screenshot("phone").await;

    // The chats are behind a button, and Esc leads back to it.
    assert_eq!(
        browser.text("document.querySelector('#side').checkVisibility({visibilityProperty: true})").await,
        "false"
    );
    browser.click("#open-side").await;
    browser.until("document.querySelector('#side').getBoundingClientRect().left === 0").await;
    browser.screenshot("phone-chats").await;
    browser.key(ESCAPE).await;
    assert_eq!(browser.text("document.activeElement.id").await, "open-side");
    browser.until("!document.querySelector('#side').checkVisibility({visibilityProperty: true})").await;
    browser.close().await;
}

#[tokio::test]
async fn less_motion_is_respected() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    app.respond(text_and_calls("I search.", "search_archive", [json!({"query": "tides"})]));
    browser
        .devtools(
            "Emulation.setEmulatedMedia",
            json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}),
        )
        .await;
    browser.goto(&app.url).await;
    browser.prompt("Search").await;
    browser.see(".spinner").await;
    assert_eq!(browser.text("document.getAnimations().length").await, "0");
    browser.close().await;
}
