//! Markdown: its forms, and that an answer looks the same however it arrives.

use crate::app::App;
use crate::browser::Browser;

/// Markdown, and the HTML of it.
const FORMS: &[(&str, &str)] = &[
    ("a **b** _c_ ~~d~~ `e*f*`", "<p>a <strong>b</strong> <em>c</em> <del>d</del> <code>e*f*</code></p>"),
    ("***both*** and **a *b* c**", "<p><strong><em>both</em></strong> and <strong>a <em>b</em> c</strong></p>"),
    ("2 * 3 * 4, snake_case_name, 5*x", "<p>2 * 3 * 4, snake_case_name, 5*x</p>"),
    (r"\*not\* \`code\` \\", r"<p>*not* `code` \</p>"),
    ("``a ` b``", "<p><code>a ` b</code></p>"),
    ("# One\n\n### Three ###\ntext", "<h3>One</h3><h5>Three</h5><p>text</p>"),
    ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
    ("#no heading", "<p>#no heading</p>"),
    ("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"),
    ("> quoted\n> **text**\n\nafter", "<blockquote><p>quoted<br><strong>text</strong></p></blockquote><p>after</p>"),
    (
        "- a\n- b\n  - c\n",
        "<ul><li><div><span>a</span></div></li><li><div><span>b</span><ul><li><div><span>c</span></div></li></ul></div></li></ul>",
    ),
    ("3. a\n4. b", "<ol start=\"3\"><li><div><span>a</span></div></li><li><div><span>b</span></div></li></ol>"),
    ("- a\n\n- b", "<ul><li><div><p>a</p></div></li><li><div><p>b</p></div></li></ul>"),
    ("text:\n- a\n\n  more", "<p>text:</p><ul><li><div><p>a</p><p>more</p></div></li></ul>"),
    (
        "| a | b |\n|---|--:|\n| `x\\|y` | 1 |\n\nend",
        "<table><thead><tr><th class=\"left\" scope=\"col\">a</th><th class=\"right\" scope=\"col\">b</th></tr></thead><tbody><tr><td class=\"left\"><code>x|y</code></td><td class=\"right\">1</td></tr></tbody></table></div><p>end</p>",
    ),
    ("a | b\nno table", "<p>a | b<br>no table</p>"),
    (
        "see https://example.com/a_b?c=(d), ok",
        "<p>see <a href=\"https://example.com/a_b?c=(d)\" target=\"_blank\" rel=\"noopener noreferrer nofollow\" title=\"https://example.com/a_b?c=(d)\">https://example.com/a_b?c=(d)</a>, ok</p>",
    ),
    (
        "[**x**](https://example.com/ \"title\")",
        "<p><a href=\"https://example.com/\" target=\"_blank\" rel=\"noopener noreferrer nofollow\" title=\"https://example.com/\"><strong>x</strong></a></p>",
    ),
    ("![alt](https://example.com/p.png)", ">Picture: alt</a></p>"),
    (
        "[x](javascript:alert(1)) [y](data:text/html,z) [z](/path)",
        "<p>[x](javascript:alert(1)) [y](data:text/html,z) [z](/path)</p>",
    ),
    ("<b>bold</b> &amp; <br>x", "<p>&lt;b&gt;bold&lt;/b&gt; &amp;amp; <br>x</p>"),
    ("```text\na <b>\n\n  c\n```\nafter", "<code>a &lt;b&gt;\n\n  c</code></pre></figure><p>after</p>"),
    ("```\nno end", "<code>no end</code>"),
    ("~~~~\n```\n~~~~", "<code>```</code>"),
    ("- [x] done\n- [ ] open", "aria-label=\"done\""),
    (
        "1. a\n   ```sh\n   ls\n   ```\n2. b",
        "<code>ls</code></pre></figure></div></li><li><div><span>b</span></div></li></ol>",
    ),
];

const DOCUMENT: &str = "# Title\n\nA paragraph with **bold**, `code` and [a link](https://example.com).\nSecond line.\n\n\
    1. one\n2. two\n   - nested\n\n     with a paragraph\n   - more\n3. three\n\n> a quote\n> - with a list\n\n\
    ```rust\nfn main() {\n    println!(\"{}\", 1); // comment\n\n}\n```\n\n| a | b |\n|:-:|---|\n| 1 | **2** |\n| 3 | 4 |\n\n\
    - [ ] task\n- [x] done\n\n~~~\nplain\n~~~\n***\nLast *words* with a \\* star and ünïcödé 😀.";

#[tokio::test]
async fn the_forms_of_markdown_are_drawn() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    browser.goto(&app.url).await;
    browser.script_answers().await;
    for (source, expected) in FORMS {
        let html = browser.html_of(&[source], 0).await;
        assert!(html.contains(expected), "{source}\n  expected {expected}\n  got      {html}");
    }
    browser.close().await;
}

#[tokio::test]
async fn an_answer_looks_the_same_however_it_arrives() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    browser.goto(&app.url).await;
    browser.script_answers().await;
    let whole = browser.html_of(&[DOCUMENT], 0).await;
    assert!(whole.contains("<td class=\"left\">4</td>") && whole.contains("hl-k"), "{whole}");
    let chars: Vec<String> = DOCUMENT.chars().map(String::from).collect();
    for size in [1, 2, 3, 5, 7, 11, 40] {
        let pieces: Vec<String> = chars.chunks(size).map(<[String]>::concat).collect();
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        // Each piece is drawn: the pause is longer than a frame only for large pieces, to keep the test short.
        let html = browser.html_of(&pieces, if size > 4 { 20 } else { 1 }).await;
        assert_eq!(html, whole, "in pieces of {size} characters");
    }
    browser.close().await;
}

#[tokio::test]
async fn finished_blocks_are_not_drawn_again() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    browser.goto(&app.url).await;
    browser.script_answers().await;
    let paragraph = "A paragraph with **bold** text and `code`, again and again. ".repeat(4) + "\n\n";
    let pieces = vec![paragraph.as_str(); 120];
    browser.eval("window.added = 0; new MutationObserver((records) => { for (const each of records) window.added += each.addedNodes.length; })
        .observe(document.querySelector('#log'), { childList: true, subtree: true });").await;
    browser.html_of(&pieces, 8).await;
    let nodes: usize = browser.text("document.querySelectorAll('.prose *').length").await.parse().unwrap();
    let added: usize = browser.text("window.added").await.parse().unwrap();
    assert_eq!(nodes, 120 * 9);
    // An observer counts a block once, with everything in it. If all were drawn again for each piece, it would be 7,000.
    assert!(added < 600, "{added} additions");
    browser.close().await;
}

/// Texts that make a careless parser slow, because it looks for an end again and again.
#[tokio::test]
async fn strange_texts_are_drawn_in_time() {
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    browser.goto(&app.url).await;
    browser.script_answers().await;
    for piece in [
        "*a ",
        "**a",
        "_a_b",
        "`a``",
        "[",
        "[a](",
        "![](",
        "<",
        "> ",
        "- ",
        "1. a\n  ",
        "|-",
        "a|b\n-|-\n",
        "~~~\n",
        "http://",
        "\\\\",
        "# ",
        "***",
        "\t- a\n",
    ] {
        let text = piece.repeat(60_000 / piece.len());
        let begun = std::time::Instant::now();
        browser.html_of(&[&text], 0).await;
        let took = begun.elapsed();
        assert!(took.as_secs() < 10, "{piece:?} took {took:?}");
        browser.eval("document.querySelector('.log').replaceChildren()").await;
    }
    browser.close().await;
}

/// Documents made of random pieces look the same in one piece and in many.
#[tokio::test]
async fn random_documents_look_the_same_however_they_arrive() {
    const PIECES: &[&str] = &[
        "word ",
        "**bold** ",
        "*",
        "**",
        "`",
        "``` ",
        "```\n",
        "\n",
        "\n\n",
        "- ",
        "\n- item",
        "\n  - deep",
        "\n1. one",
        "\n> quote",
        "# ",
        "\n## Head\n",
        "| a | b |\n|---|---|\n",
        "| 1 | 2 |\n",
        "[x](https://example.com)",
        "https://example.com ",
        "~~",
        "\\",
        "---\n",
        "    ",
        "\n   more",
        "[ ] ",
        "<br>",
        "_",
        "ü😀",
        "\n```rust\nlet x = 1;\n```\n",
        "10. ",
        "\n* star",
        "\n+ plus",
        "~~~\n",
        "***",
    ];
    let Some(browser) = Browser::start().await else { return };
    let app = App::start().await;
    browser.goto(&app.url).await;
    browser.script_answers().await;
    // The documents are the same in each run of the test.
    let mut state: u64 = 20_261_129;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..60 {
        let pieces: Vec<&str> = (0..12 + random(20)).map(|_| PIECES[random(PIECES.len())]).collect();
        let whole = browser.html_of(&[&pieces.concat()], 0).await;
        // More often than a frame: some pieces are drawn together, and some alone.
        let drawn = browser.html_of(&pieces, 6).await;
        assert_eq!(drawn, whole, "{pieces:?}");
    }
    browser.close().await;
}
