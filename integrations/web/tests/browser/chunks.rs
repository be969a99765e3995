//! What the page shows while chunks arrive, also chunks that the router seldom or never sends.

use serde_json::{Value, json};

use crate::app::App;
use crate::browser::Browser;

/// Answers the next prompt with the chunks that the test adds.
const NETWORK: &str = r"
window.fetch = async (url, options) => {
  if (options?.method !== 'POST') return new Response(null, { status: 204 });
  return new Response(new ReadableStream({ start(controller) {
    const encoder = new TextEncoder();
    window.chunk = (value) => controller.enqueue(encoder.encode(`data: ${JSON.stringify(value)}\n\n`));
    window.finish = () => { controller.enqueue(encoder.encode('data: [DONE]\n\n')); controller.close(); };
    window.started = true;
  } }));
};";

async fn asked(browser: &Browser, app: &App) {
    browser.goto(&app.url).await;
    browser.eval(NETWORK).await;
    browser.prompt("Go on").await;
    browser.until("window.started").await;
}

async fn send(browser: &Browser, chunks: &[Value]) {
    browser.eval(&format!("for (const each of {}) window.chunk(each)", json!(chunks))).await;
}

#[tokio::test]
async fn a_tool_card_shows_each_state_of_a_call() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    asked(&browser, &app).await;
    let card = "document.querySelector('.tool')";
    send(
        &browser,
        &[
            json!({"type": "start", "messageId": "m1"}),
            json!({"type": "start-step"}),
            json!({"type": "tool-input-start", "toolCallId": "c1", "toolName": "search", "dynamic": true}),
            json!({"type": "tool-input-delta", "toolCallId": "c1", "inputTextDelta": "{\"query\": \"ti"}),
        ],
    )
    .await;
    // The input is shown as it arrives, to a reader who opens the card.
    browser.see_text(".tool .status", "Preparing").await;
    browser.click(".tool summary").await;
    browser.see_text(".tool .value", "{\"query\": \"ti").await;
    send(&browser, &[json!({"type": "tool-input-delta", "toolCallId": "c1", "inputTextDelta": "des\"}"})]).await;
    browser.see_text(".tool .value", "{\"query\": \"tides\"}").await;
    send(&browser, &[json!({"type": "tool-input-available", "toolCallId": "c1", "toolName": "search", "input": {"query": "tides"}, "dynamic": true})]).await;
    browser.see_text(".tool .arguments dd", "tides").await;
    browser.see_text(".tool .status", "Running").await;
    // A clock runs.
    let first = browser.text(&format!("{card}.querySelector('.time').textContent")).await;
    browser.until(&format!("{card}.querySelector('.time').textContent !== {}", json!(first))).await;
    send(&browser, &[json!({"type": "data-tool", "transient": true, "data": {"call_id": "c1", "state": "progress", "text": "Shelf 3 of 9"}})]).await;
    browser.see_text(".tool .status", "Shelf 3 of 9").await;
    send(&browser, &[json!({"type": "tool-output-available", "toolCallId": "c1", "output": "one", "preliminary": true, "dynamic": true})]).await;
    browser.see_text(".tool .value", "one").await;
    browser.see(".tool .spinner").await;
    let long = "x".repeat(60_000);
    send(&browser, &[
        json!({"type": "data-tool", "transient": true, "data": {"call_id": "c1", "state": "done", "elapsed_ms": 83_000}}),
        json!({"type": "tool-output-available", "toolCallId": "c1", "output": long, "dynamic": true}),
    ])
    .await;
    browser.see_text(".tool .status", "Done").await;
    browser.see_text(".tool .time", "1 min 23 s").await;
    browser.see_text(".tool .value", "and 10,000 more characters").await;
    assert_eq!(
        browser.text(&format!("{card}.querySelector('details').open")).await,
        "true",
        "the reader has opened it"
    );
    browser.close().await;
}

#[tokio::test]
async fn changes_of_the_conversation_are_shown() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    asked(&browser, &app).await;
    let removed = json!({"kind": "trimmed", "text": "removed about 4000 of 9000 tokens: 3 tool results"});
    let replaced = json!({"kind": "compacted", "text": "a summary replaced 27 messages of 7163 tokens", "cost_usd": 0.0421,
        "summary": "The **order** is <b>paid</b>."});
    let inside = json!({"kind": "trimmed", "text": "removed about 10 of 20 tokens: 1 tool results", "call_id": "c1"});
    send(
        &browser,
        &[
            json!({"type": "start", "messageId": "m1"}),
            json!({"type": "data-context", "data": removed}),
            json!({"type": "start-step"}),
            json!({"type": "tool-input-available", "toolCallId": "c1", "toolName": "clerk", "input": {}, "dynamic": true}),
            json!({"type": "data-context", "data": inside, "transient": true}),
            json!({"type": "data-agent", "data": {"call_id": "c1/c2", "text": "deep "}, "transient": true}),
            json!({"type": "data-agent", "data": {"call_id": "c1/c2", "text": "inside"}, "transient": true}),
            json!({"type": "data-agent", "data": {"call_id": "unknown", "text": "lost"}, "transient": true}),
            json!({"type": "data-tool", "data": {"call_id": "unknown/c2", "state": "progress", "text": "lost"}}),
            json!({"type": "finish-step"}),
            json!({"type": "data-context", "data": replaced}),
        ],
    )
    .await;
    let lines = "[...document.querySelectorAll('.change')].map((each) => each.textContent)";
    browser.until(&format!("{lines}.length === 2")).await;
    assert_eq!(
        browser.text(&format!("{lines}.join('|')")).await,
        "removed about 4000 of 9000 tokens: 3 tool results|a summary replaced 27 messages of 7163 tokens · $0.042"
    );
    // The summary is folded, and its Markdown is drawn.
    browser.click("details.context summary").await;
    browser.see_text("details.context strong", "order").await;
    browser.see_text("details.context .prose", "<b>paid</b>").await;
    browser.click(".tool summary").await;
    let rows =
        "[...document.querySelectorAll('.rows li')].map((each) => `${each.className.trim()}:${each.textContent}`)";
    assert_eq!(
        browser.text(&format!("{rows}.join('|')")).await,
        "level-0 muted:removed about 10 of 20 tokens: 1 tool results|level-1:deep inside"
    );
    send(&browser, &[json!({"type": "finish", "finishReason": "stop"})]).await;
    browser.eval("window.finish()").await;
    browser.until("!document.querySelector('#log').matches('[aria-busy=true]')").await;
    browser.screenshot("context").await;
    browser.close().await;
}

#[tokio::test]
async fn retries_unknown_chunks_sources_and_pictures_are_shown() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    asked(&browser, &app).await;
    let picture = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    send(
        &browser,
        &[
            json!({"type": "start"}),
            json!({"type": "start-step"}),
            json!({"type": "reasoning-start", "id": "p1"}),
            json!({"type": "reasoning-delta", "id": "p1", "delta": "I think"}),
        ],
    )
    .await;
    browser.see_text(".thinking summary", "Thinking …").await;
    send(
        &browser,
        &[
            json!({"type": "reasoning-end", "id": "p1"}),
            json!({"type": "text-start", "id": "p2"}),
            json!({"type": "text-delta", "id": "p2", "delta": "This answer is cut o"}),
        ],
    )
    .await;
    browser.see_text(".prose", "This answer is cut o").await;
    // The response is requested again: what was shown of it goes.
    send(&browser, &[json!({"type": "data-retry", "transient": true, "data": {"attempt": 1, "wait_ms": 4000}})]).await;
    browser.see_text("#notice", "Next attempt in 4 s").await;
    send(&browser, &[
        json!({"type": "reset-step"}),
        json!({"type": "something-new", "value": 1}),
        json!({"type": "data-mine", "data": {"a": 1}}),
        json!({"type": "text-start", "id": "p3"}),
        json!({"type": "text-delta", "id": "p3", "delta": "The whole answer."}),
        json!({"type": "text-end", "id": "p3"}),
        json!({"type": "source-url", "sourceId": "s1", "url": "https://example.com/a", "title": "A page"}),
        json!({"type": "source-url", "sourceId": "s2", "url": "javascript:alert(1)", "title": "No page"}),
        json!({"type": "source-document", "sourceId": "s3", "mediaType": "application/pdf", "title": "A document"}),
        json!({"type": "file", "url": picture, "mediaType": "image/png"}),
        json!({"type": "file", "url": "https://leak.invalid/p.png", "mediaType": "image/png"}),
        json!({"type": "finish-step"}),
        json!({"type": "finish", "finishReason": "length", "messageMetadata": {"usage": {"input_tokens": 10, "output_tokens": 5}}}),
    ])
    .await;
    browser.eval("window.finish()").await;
    browser.see(".usage").await;
    assert_eq!(browser.text("document.querySelector('.parts').innerText.includes('cut o')").await, "false");
    assert_eq!(browser.text("document.querySelector('#notice').hidden").await, "true");
    browser.see_text(".message .note", "The answer was cut at the limit of its length.").await;
    assert_eq!(
        browser.text("[...document.querySelectorAll('.sources li')].map((each) => each.textContent.trim())").await,
        "A page example.com,No page,A document"
    );
    assert_eq!(browser.text("document.querySelectorAll('.sources a').length").await, "1");
    // A picture of another server is a link: loading it would tell the server that it is read.
    assert_eq!(browser.text("document.querySelectorAll('.message.assistant img').length").await, "1");
    assert_eq!(browser.text("document.querySelector('.message.assistant img').naturalWidth").await, "1");
    assert_eq!(browser.text("document.querySelector('.usage').innerText.replace(/\\s+/g, ' ')").await, "10 in 5 out");
    browser.close().await;
}
