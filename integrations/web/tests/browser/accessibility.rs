//! Names, roles, contrast and the order of the focus, as the browser computes them.

use claudette::testing::MockResponse;
use serde_json::{Value, json};

use crate::app::{App, text_and_calls};
use crate::browser::{Browser, TAB};

/// Returns the texts whose contrast with their background is below 4.5, as `text: contrast`.
const CONTRAST: &str = "
    const pen = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
    const rgba = (color) => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = color; pen.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
    const over = (top, below) => top.slice(0, 3).map((value, index) => value * top[3] + below[index] * (1 - top[3]));
    const luminance = (color) => { const [r, g, b] = color.map((value) => { const part = value / 255;
        return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const behind = (element) => element ? over(rgba(getComputedStyle(element).backgroundColor), behind(element.parentElement)) : [255, 255, 255];
    const bad = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
        if (element.closest(':disabled, .sr, script, style, svg')) continue;
        const below = behind(element);
        const [light, dark] = [luminance(over(rgba(getComputedStyle(element).color), below)), luminance(below)].sort((a, b) => b - a);
        const contrast = (light + 0.05) / (dark + 0.05);
        if (contrast < 4.5) bad.push(`${walker.currentNode.data.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
    }
    return bad;";

async fn conversation(browser: &Browser, app: &App) {
    let calls = [("weather", json!({"city": "Oslo"})), ("weather", json!({"city": "Atlantis"}))];
    app.respond(MockResponse::tool_uses(calls).thinking("Two cities."))
        .respond(MockResponse::text("# Title\n\nText, `code`, [a link](https://example.com).\n\n> A quote.\n\n```py\n# comment\nx = 'text' + str(1)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |"))
        .respond(text_and_calls("Please confirm.", "cancel_order", [json!({"id": "O-7"})]));
    browser.goto(&app.url).await;
    browser.prompt("The weather, please").await;
    browser.see(".usage").await;
    browser.prompt("Cancel O-7").await;
    browser.see(".approval").await;
    browser.click("#show-usage").await;
    browser.eval("document.querySelectorAll('#log details').forEach((each) => { each.open = true; })").await;
}

#[tokio::test]
async fn everything_has_a_name_and_a_contrast() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    conversation(&browser, &app).await;
    browser.devtools("Accessibility.enable", json!({})).await;
    let tree = browser.devtools("Accessibility.getFullAXTree", json!({})).await;
    let nodes: Vec<&Value> = tree["nodes"].as_array().unwrap().iter().filter(|node| node["ignored"] == false).collect();
    let of = |role: &str| {
        nodes
            .iter()
            .filter(|node| node["role"]["value"] == role)
            .map(|node| node["name"]["value"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    for role in [
        "button",
        "textbox",
        "radio",
        "link",
        "img",
        "image",
        "region",
        "navigation",
        "DisclosureTriangle",
        "log",
        "form",
        "article",
    ] {
        assert!(of(role).iter().all(|name| !name.is_empty()), "{role}: {:?}", of(role));
    }
    assert!(of("button").len() > 10 && of("textbox").len() == 2, "{:?}", of("button"));
    assert_eq!(
        (of("main").len(), of("navigation"), of("log")),
        (1, vec!["Chats".to_owned()], vec!["Conversation".to_owned()])
    );
    let headings = browser.text("[...document.querySelectorAll('h1')].length").await;
    assert_eq!(headings, "1");
    let twice = "(() => { const ids = [...document.querySelectorAll('[id]')].map(({id}) => id); return ids.length - new Set(ids).size; })()";
    assert_eq!(browser.text(twice).await, "0");

    for theme in ["light", "dark"] {
        browser.click(&format!("input[name=theme][value={theme}]")).await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert_eq!(browser.eval(CONTRAST).await, json!([]), "{theme}");
    }
    browser.close().await;
}

#[tokio::test]
async fn the_focus_goes_through_the_page_in_order() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    app.respond(MockResponse::text("Hello."));
    browser.goto(&app.url).await;
    browser.prompt("Hi").await;
    browser.see(".usage").await;
    browser.eval("document.activeElement.blur(); document.querySelector('.skip').focus()").await;
    let mut order = Vec::new();
    while order.len() < 40 && browser.text("document.activeElement !== document.body").await == "true" {
        let name = "document.activeElement.ariaLabel || document.activeElement.labels?.[0]?.textContent || document.activeElement.textContent";
        order.push(browser.text(&format!("({name}).trim()")).await);
        // A control with the focus shows it.
        let ring = "getComputedStyle(document.activeElement).outlineStyle !== 'none' || document.activeElement.matches('#prompt, input[name=theme]')";
        assert_eq!(browser.text(ring).await, "true", "{order:?}");
        browser.key(TAB).await;
    }
    let place = |name: &str| order.iter().position(|each| each == name).unwrap_or_else(|| panic!("{name}: {order:?}"));
    let expected = [
        "Skip to the prompt",
        "New chat",
        "Hi",
        "Shortcuts",
        "Usage per turn",
        "Copy or save the chat",
        "Edit and send again",
        "Answer again",
        "Copy this answer",
        "Prompt",
        "Attach a file",
        "Send",
    ];
    assert!(expected.windows(2).all(|pair| place(pair[0]) < place(pair[1])), "{order:?}");
    browser.close().await;
}
