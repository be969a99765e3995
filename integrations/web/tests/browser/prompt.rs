//! The prompt: several lines, pictures, files.

use claudette::testing::MockResponse;

use crate::app::App;
use crate::browser::{Browser, ENTER, ESCAPE, UP};

/// Makes a file in the page and gives it to the prompt, as a paste or a drop does.
fn give(event: &str) -> String {
    format!(
        "const canvas = document.createElement('canvas'); canvas.width = 2400; canvas.height = 1200;
        const pen = canvas.getContext('2d'); pen.fillStyle = '#2c6e63'; pen.fillRect(0, 0, 2400, 1200);
        canvas.toBlob((blob) => {{
            const data = new DataTransfer();
            data.items.add(new File([blob], 'sea.png', {{ type: 'image/png' }}));
            const target = document.querySelector('#prompt');
            target.dispatchEvent('{event}' === 'paste'
                ? new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }})
                : new DragEvent('drop', {{ dataTransfer: data, bubbles: true, cancelable: true }}));
        }});"
    )
}

#[tokio::test]
async fn a_prompt_has_lines_and_pictures() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    app.respond(MockResponse::text("Two green pictures.")).respond(MockResponse::text("Yes."));
    browser.goto(&app.url).await;
    browser.keys("What is this?").await;
    browser.shift(ENTER).await;
    browser.keys("Be brief.").await;
    assert_eq!(browser.text("document.querySelector('#prompt').value").await, "What is this?\nBe brief.");
    browser.eval(&give("paste")).await;
    browser.until("document.querySelectorAll('#files img').length === 1").await;
    browser.eval(&give("drop")).await;
    browser.until("document.querySelectorAll('#files img').length === 2").await;
    browser.eval(&give("drop")).await;
    browser.until("document.querySelectorAll('#files img').length === 3").await;
    browser.click("#files [aria-label='Remove sea.png']").await;
    browser.until("document.querySelectorAll('#files img').length === 2").await;
    browser.screenshot("pictures").await;
    browser.key(ENTER).await;
    browser.see_text(".prose", "Two green pictures.").await;
    assert_eq!(browser.text("document.querySelectorAll('.message.user img').length").await, "2");
    // The large side is 1,568 pixels now.
    assert_eq!(browser.text("document.querySelector('.message.user img').naturalWidth").await, "1568");
    let content = app.last_request()["messages"][0]["content"].clone();
    let kinds: Vec<_> =
        content.as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["image", "image", "text"]);
    assert_eq!(content[2]["text"], "What is this?\nBe brief.");

    // A reload shows the pictures again.
    browser.reload().await;
    browser.until("document.querySelectorAll('.message.user img').length === 2").await;

    // The key ↑ edits the last prompt; Esc leaves it as it was.
    browser.see(".usage").await;
    browser.key(UP).await;
    browser.see("#editing").await;
    browser.key(ESCAPE).await;
    browser.until("document.querySelector('#editing').hidden").await;
    assert_eq!(browser.text("document.querySelector('#prompt').value").await, "");

    // Another kind of file is refused.
    browser.eval("const data = new DataTransfer(); data.items.add(new File(['MZ\\0'], 'run.exe', { type: 'application/x-msdownload' }));
        document.querySelector('#prompt').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))").await;
    browser.see_text("#complaint", "run.exe is not a picture").await;
    // A program is a text.
    browser.eval("const data = new DataTransfer(); data.items.add(new File(['fn main() {}'], 'main.rs', { type: '' }));
        document.querySelector('#prompt').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))").await;
    browser.see_text("#files", "main.rs").await;
    browser.click("#prompt").await;
    browser.prompt("Sure?").await;
    browser.see_text(".prose", "Yes.").await;
    let content = app.last_request()["messages"][2]["content"].clone();
    assert_eq!(
        (content[0]["type"].as_str(), content[0]["source"]["data"].as_str()),
        (Some("document"), Some("fn main() {}"))
    );
    assert_eq!(content[0]["title"], "main.rs");
    app.claude.assert_finished();
    browser.close().await;
}

#[tokio::test]
async fn a_prompt_that_is_refused_goes_back_into_the_field() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::with(|chat| chat.max_body(20_000), axum::Router::new()).await;
    app.respond(MockResponse::text("Short enough."));
    browser.goto(&app.url).await;
    browser.eval("document.querySelector('#prompt').value = 'word '.repeat(5000)").await;
    browser.key(ENTER).await;
    browser.see(".problem").await;
    assert_eq!(browser.text("document.querySelectorAll('.message').length").await, "0");
    assert_eq!(browser.text("document.querySelector('#prompt').value.length").await, "24999");
    browser.eval("document.querySelector('#prompt').value = 'word'").await;
    browser.key(ENTER).await;
    browser.see_text(".prose", "Short enough.").await;
    assert_eq!(browser.text("document.querySelectorAll('.problem').length").await, "0");
    app.claude.assert_finished();
    browser.close().await;
}
