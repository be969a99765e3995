//! What a user sees of an answer: text, tool cards, thinking, usage, the chart, copies.

use claudette::testing::MockResponse;
use serde_json::json;

use crate::app::{App, text_and_calls};
use crate::browser::Browser;

const TIDES: &str = "The **tides** follow the *difference* of gravity across the Earth:

1. The Moon pulls the near side more than the centre.
2. It pulls the centre more than the far side, which therefore lags behind.

```rust
/// Difference of the pull at the distance `r`, in m/s².
fn tidal(mass: f64, r: f64, radius: f64) -> f64 {
    let g = 6.674e-11;
    2.0 * g * mass * radius / r.powi(3)
}
```

| Body | Distance | Share of the tide |
|:-----|---------:|------------------:|
| Moon | 384,400 km | 69 % |
| Sun | 149.6 million km | 31 % |

Read more in [the tide tables](https://example.com/tides).";

#[tokio::test]
async fn an_answer_has_text_tools_thinking_and_usage() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    let calls = [("weather", json!({"city": "Bergen"})), ("weather", json!({"city": "Atlantis"}))];
    app.respond(MockResponse::tool_uses(calls).thinking("Both places first, then the tides.").chunked(6))
        .respond(MockResponse::text(TIDES).chunked(60));
    browser.goto(&app.url).await;
    browser.see("#welcome").await;
    browser.screenshot("empty").await;
    browser.prompt("Why are there two tides a day? And how is the weather in Bergen and Atlantis?").await;

    browser.see_text(".prose strong", "tides").await;
    browser.see(".usage").await;
    assert_eq!(browser.text("document.querySelectorAll('.message.assistant').length").await, "1");
    assert_eq!(browser.text("document.querySelector('.thinking').open").await, "false");
    assert_eq!(
        browser.text("document.querySelector('.thinking .prose').textContent").await,
        "Both places first, then the tides."
    );
    assert_eq!(
        browser.text("[...document.querySelectorAll('.tool')].map((each) => each.dataset.state)").await,
        "output-available,output-error"
    );
    // The first card is folded and has a time; the second is open and shows the error.
    let first = browser.text("document.querySelectorAll('.tool')[0].querySelector('summary').innerText").await;
    assert!(first.contains("weather") && first.contains("Bergen") && first.contains("Done"), "{first}");
    assert!(first.contains(" ms") || first.contains(" s"), "{first}");
    assert!(
        browser
            .text("document.querySelectorAll('.tool')[0].querySelector('.body').textContent")
            .await
            .contains("3 m/s")
    );
    browser.see_text(".tool[data-state=output-error] .error", "there is no station in Atlantis").await;
    let usage = browser.text("document.querySelector('.usage').innerText").await;
    assert!(
        usage.contains(" in") && usage.contains(" out") && usage.contains('$') && usage.contains("claude-sonnet-5-5"),
        "{usage}"
    );
    // The finished text was announced once, and the log itself is silent.
    browser.see_text("#live", "The tides follow").await;
    assert_eq!(browser.text("document.querySelector('#log').ariaLive").await, "off");
    browser.eval("document.querySelector('#scroll').scrollTop = 0").await;
    browser.screenshot("light").await;

    // The code can be copied: as it is, without the colours.
    browser
        .devtools("Browser.grantPermissions", json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}))
        .await;
    browser.click(".code button").await;
    browser.see_text("#live", "Copied").await;
    let copied = browser.eval("return navigator.clipboard.readText()").await;
    assert!(copied.as_str().unwrap().starts_with("/// Difference of the pull"), "{copied}");
    assert!(copied.as_str().unwrap().ends_with('}'), "{copied}");
    app.claude.assert_finished();
    browser.close().await;
}

#[tokio::test]
async fn turns_are_listed_in_the_chart() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    let usages =
        [(420, 0, 96), (180, 1200, 240), (220, 1400, 610), (90, 2100, 180), (760, 2100, 420), (140, 3300, 150)];
    browser.goto(&app.url).await;
    browser.click("#show-usage").await;
    browser.see_text("#usage", "appear here after the first answer").await;
    let prompts = [
        "Which orders are late?",
        "Why is O-1042 late?",
        "Write to the customer",
        "Shorter",
        "In Norwegian",
        "Send it",
    ];
    for (turn, ((fresh, cached, output), prompt)) in usages.into_iter().zip(prompts).enumerate() {
        app.respond(MockResponse::text(format!("This is answer {}.", turn + 1)).usage(json!({
            "input_tokens": fresh, "cache_read_input_tokens": cached, "cache_creation_input_tokens": 0, "output_tokens": output,
        })));
        browser.click("#prompt").await;
        browser.prompt(prompt).await;
        browser.until(&format!("document.querySelectorAll('.usage').length === {}", turn + 1)).await;
    }
    // Three parts in each bar, except for the first, and a bar for the dollars.
    browser.until("document.querySelectorAll('.plot rect:not(.hover)').length === 6 * 3 - 1 + 6").await;
    assert_eq!(browser.text("document.querySelector('.plot').getAttribute('role')").await, "img");
    assert!(
        browser
            .text("document.querySelector('.plot').getAttribute('aria-label')")
            .await
            .contains("6 turns, 13,606 tokens, $")
    );
    let hover = browser.text("document.querySelectorAll('.plot .hover title')[1].textContent").await;
    assert!(hover.starts_with("Turn 2: 180 input, 1,200 cached, 240 output tokens, $0."), "{hover}");
    browser.screenshot("chart").await;
    browser.click(".numbers summary").await;
    assert_eq!(browser.text("document.querySelectorAll('.numbers tbody tr').length").await, "6");
    assert!(browser.text("document.querySelector('#total').textContent").await.contains("13.6k tokens · $0.0"));
    browser.close().await;
}

#[tokio::test]
async fn a_conversation_can_be_edited_repeated_and_saved() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    app.respond(MockResponse::text("First answer."))
        .respond(text_and_calls("I look.", "weather", [json!({"city": "Oslo"})]))
        .respond(MockResponse::text("It is cold."))
        .respond(MockResponse::text("It is very cold."))
        .respond(MockResponse::text("Other answer."));
    browser.goto(&app.url).await;
    browser.prompt("One").await;
    browser.see_text(".prose", "First answer.").await;
    browser.see(".usage").await;
    browser.prompt("Weather in Oslo?").await;
    browser.see_text(".prose", "It is cold.").await;
    browser.see(".message.last .again").await;

    // The whole conversation as Markdown.
    browser
        .devtools("Browser.grantPermissions", json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}))
        .await;
    browser.click("#export summary").await;
    browser.click("#copy-md").await;
    browser.see_text("#live", "Copied").await;
    let copied = browser.eval("return navigator.clipboard.readText()").await;
    let expected = "# One\n\n## You\n\nOne\n\n## Claude\n\nFirst answer.\n\n## You\n\nWeather in Oslo?\n\n## Claude\n\nI look.\n\n\
                    **Tool** `weather`\n\n```json\n{\n  \"city\": \"Oslo\"\n}\n```\n\nOutput:\n\n";
    assert!(copied.as_str().unwrap().starts_with(expected), "{copied}");
    assert!(copied.as_str().unwrap().ends_with("It is cold.\n"), "{copied}");

    // Another answer replaces the last one.
    browser.click(".message.last .again").await;
    browser.see_text(".prose", "It is very cold.").await;
    browser.until("document.querySelectorAll('.usage').length === 2").await;
    assert_eq!(browser.text("document.querySelectorAll('.message.assistant').length").await, "2");

    // An edit of the first prompt replaces everything.
    browser.click(".message.user [aria-label='Edit and send again']").await;
    assert_eq!(browser.text("document.querySelector('#prompt').value").await, "One");
    browser.see("#editing").await;
    browser.prompt(" and a half").await;
    browser.see_text(".prose", "Other answer.").await;
    browser.until("document.querySelectorAll('.message').length === 2").await;
    assert_eq!(app.last_request()["messages"].as_array().unwrap().len(), 1);
    assert_eq!(app.last_request()["messages"][0]["content"][0]["text"], "One and a half");
    app.claude.assert_finished();
    browser.close().await;
}
