//! Responses and chats for people: text with footnotes, and Markdown in which untrusted text cannot break the structure
//! of the page.

use std::collections::BTreeSet;

use claudette::testing::{MockResponse, MockServer};
use claudette::wire::{Citation, ServerToolResult, Thinking, ToolResult};
use claudette::{Chat, ContentBlock, Document, History, Image, Message, Response, Text, ToolUse, tool, tools};
use proptest::prelude::*;
use serde_json::{Value, json};

fn response(content: Value) -> Response {
    serde_json::from_value(Value::from_iter([("content", content)])).unwrap()
}

fn text(text: &str, citations: &[Value]) -> Value {
    json!({"type": "text", "text": text, "citations": citations})
}

fn page(url: &str, quote: &str) -> Value {
    json!({"type": "web_search_result_location", "url": url, "title": "A page", "cited_text": quote,
           "encrypted_index": "eA=="})
}

fn document(index: usize, title: Option<&str>, quote: &str) -> Value {
    json!({"type": "char_location", "document_index": index, "document_title": title, "cited_text": quote,
           "start_char_index": 0, "end_char_index": 9})
}

fn found(source: &str, title: Option<&str>, quote: &str) -> Value {
    json!({"type": "search_result_location", "source": source, "title": title, "cited_text": quote,
           "search_result_index": 0, "start_block_index": 0, "end_block_index": 1})
}

/// Returns the footnote of a citation.
fn footnote(citation: Value) -> String {
    let shown = response(json!([text("It is so.", &[citation])])).to_string();
    shown.strip_prefix("It is so. [^1]\n\n[^1]: ").unwrap_or_else(|| panic!("{shown}")).to_owned()
}

#[test]
fn sources_are_numbered_through_the_whole_response() {
    let monday = document(0, Some("orders.txt"), "Order C1 shipped on Monday.");
    let response = response(json!([
        text("Here is what I found:\n\n- ", &[]),
        text("C1 left on Monday", std::slice::from_ref(&monday)),
        text("\n- ", &[]),
        text("C2 is late\n", &[page("https://a.example/c2", "late"), monday.clone(), monday]),
        text("\nAnything else?", &[]),
    ]));
    assert_eq!(
        response.to_string(),
        "Here is what I found:\n\n\
         - C1 left on Monday [^1]\n\
         - C2 is late [^2] [^1]\n\n\
         Anything else?\n\n\
         [^1]: orders.txt \"Order C1 shipped on Monday.\"\n\
         [^2]: https://a.example/c2 \"late\""
    );
    assert_eq!(response.citations().count(), 4);
    assert_eq!(response.citations().filter_map(Citation::url).collect::<Vec<_>>(), ["https://a.example/c2"]);
}

#[test]
fn every_kind_of_source_has_a_name() {
    for (citation, expected) in [
        (page("https://a.example", "one\r\n  two\n\nthree"), r#"https://a.example "one two three""#),
        (document(0, Some("a.txt"), r#"He said "no" \ "yes"."#), r#"a.txt "He said \"no\" \\ \"yes\".""#),
        (document(1, None, "words"), r#"document 2 "words""#),
        (found("manual#3", Some("Chapter 3"), "words"), r#"Chapter 3 "words""#),
        (found("https://b.example/3", Some("Chapter 3"), "words"), r#"https://b.example/3 "words""#),
        (found("manual#3", None, "words"), r#"manual#3 "words""#),
        (
            json!({"type": "page_location", "document_index": 4, "document_title": " ", "cited_text": "words",
                   "start_page_number": 1, "end_page_number": 2, "file_id": "file_01"}),
            r#"file_01 "words""#,
        ),
        (json!({"type": "star_location", "title": "Sirius", "parsecs": 3}), "Sirius"),
        (json!({"type": "star_location", "cited_text": "words"}), r#"star_location "words""#),
        (json!({"type": "char_location", "document_index": "first"}), "char_location"),
        (json!({}), "unknown source"),
    ] {
        assert_eq!(footnote(citation), expected);
    }
}

#[test]
fn a_number_that_the_text_contains_is_skipped() {
    let shown = response(json!([
        text("As [^1] says, ", &[]),
        text("it is so", &[page("https://a.example", "see [^2]")]),
        text(" and so.", &[page("https://b.example", "b")]),
        text(" [^", &[]),
        text("4]", &[]),
    ]));
    assert_eq!(
        shown.to_string(),
        "As [^1] says, it is so [^3] and so. [^5] [^4]\n\n\
         [^3]: https://a.example \"see [^2]\"\n[^5]: https://b.example \"b\""
    );
}

#[test]
fn a_cited_code_block_is_closed() {
    let shown = response(json!([text("```\nlet a = 1;\n```", &[page("https://a.example", "a")])]));
    assert_eq!(shown.to_string(), "```\nlet a = 1;\n```\n[^1]\n\n[^1]: https://a.example \"a\"");
}

#[test]
fn a_response_without_text_shows_its_calls() {
    let call =
        json!({"type": "tool_use", "id": "toolu_1", "name": "sums", "input": {"a": 604_542, "b": [1.50, "x\n"]}});
    let search = json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "C1"}});
    let calls = response(json!([{"type": "thinking", "thinking": "Hm."}, text("\n", &[]), call, search]));
    assert_eq!(calls.to_string(), "sums({\"a\":604542,\"b\":[1.5,\"x\\n\"]})\nweb_search({\"query\":\"C1\"})");
    assert_eq!(calls.text(), "\n");

    let both = response(json!([text("Let me see.", &[]), call]));
    assert_eq!(both.to_string(), "Let me see.");

    let written: ToolUse =
        serde_json::from_str("{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"sums\",\"input\":{\n  \"a\": 1.0\n}}")
            .unwrap();
    assert_eq!(written.to_string(), "sums({   \"a\": 1.0 })");
    assert_eq!(ToolUse::new("t", "sums", "no object").to_string(), "sums(\"no object\")");
}

#[test]
fn blocks_of_mcp_servers_are_shown_like_those_of_other_tools() {
    let blocks = json!([
        {"type": "mcp_tool_listing", "mcp_server_name": "calendar", "tools": [
            {"name": "find", "input_schema": {}}, {"name": "`add`", "input_schema": {}}]},
        {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "find", "server_name": "calendar", "input": {"query": "C1"}},
        {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": true, "content": [text("no <b>", &[])]},
    ]);
    let calls = response(blocks);
    assert_eq!(calls.to_string(), "calendar.find({\"query\":\"C1\"})");
    let shown = calls.to_markdown();
    let (shown, _) = shown.split_once("\n\n<details>").unwrap();
    assert_eq!(
        shown,
        r#"Tools of `calendar`:

```
find
`add`
```

```
calendar.find({"query":"C1"})
```

**Error** of `find`:

```
no <b>
```"#
    );
}

#[test]
fn a_response_is_a_page() {
    let response: Response = serde_json::from_value(json!({
        "id": "msg_01", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "stop_reason": "tool_use",
        "stop_sequence": null, "usage": {"input_tokens": 10, "output_tokens": 18}, "mood": "`sunny` <b>",
        "content": [
            {"type": "thinking", "thinking": "First,\n```\nthis", "signature": "c2lnbmF0dXJl"},
            {"type": "redacted_thinking", "data": "ZGF0YQ=="},
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "C1"}},
            {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [
                {"type": "web_search_result", "url": "https://a.example", "title": "Orders\n```", "encrypted_content": "eA=="}]},
            text("It left ", &[]),
            text("on Monday.", &[page("https://a.example", "C1 left <b>on Monday</b>.")]),
            {"type": "thinking", "thinking": "Is that all?", "signature": ""},
            {"type": "thinking", "thinking": "", "signature": "c2ln"},
            text("And `Vec<T>` is not Vec<T>.\n", &[]),
            {"type": "tool_use", "id": "toolu_1", "name": "sums", "input": {"a": 1, "b": "```"}},
        ]
    }))
    .unwrap();
    assert_eq!(
        response.to_markdown(),
        r#"```
web_search({"query":"C1"})
```

Result of `web_search`:

````
Orders ``` https://a.example
````

It left on Monday. [^1]

And `Vec<T>` is not Vec&lt;T>.

````
sums({"a":1,"b":"```"})
````

[^1]: https://a.example "C1 left &lt;b>on Monday&lt;/b>."

<details>
<summary>Thinking</summary>

First,
```
this
```

*Encrypted by the API.*

Is that all?

*Not shown by the API.*

</details>

<details>
<summary>Details</summary>

- id: `msg_01`
- model: `claude-sonnet-5-5`
- mood: `"\u0060sunny\u0060 \u003cb>"`
- role: `assistant`
- stop_reason: `tool_use`
- stop_sequence: `null`
- type: `message`
- usage: `{"input_tokens":10,"output_tokens":18}`
- content:

````json
[{"type":"thinking","thinking":"First,\n```\nthis","signature":"[12 bytes]"},
 {"type":"redacted_thinking","data":"[8 bytes]"},
 {"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"C1"}},
 {"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","url":"https://a.example","title":"Orders\n```","encrypted_content":"[4 bytes]"}]},
 {"type":"text","text":"It left ","citations":[]},
 {"type":"text","text":"on Monday.","citations":[{"type":"web_search_result_location","cited_text":"C1 left <b>on Monday</b>.","url":"https://a.example","title":"A page","encrypted_index":"[4 bytes]"}]},
 {"type":"thinking","thinking":"Is that all?","signature":""},
 {"type":"thinking","thinking":"","signature":"[4 bytes]"},
 {"type":"text","text":"And `Vec<T>` is not Vec<T>.\n","citations":[]},
 {"type":"tool_use","id":"toolu_1","name":"sums","input":{"a":1,"b":"```"}}]
````

</details>"#
    );
}

#[test]
fn server_tool_calls_are_summarised() {
    let result = |kind: &str, content: Value| {
        let result = json!({"type": kind, "tool_use_id": "srvtoolu_1", "content": content});
        let shown = serde_json::from_value::<Message>(json!({"role": "assistant", "content": [result]})).unwrap();
        shown.to_markdown()
    };
    let shown = |title: &str, content: &str| format!("{title} of `srvtoolu_1`:\n\n```\n{content}\n```");
    assert_eq!(
        result(
            "bash_code_execution_tool_result",
            json!({"type": "bash_code_execution_result", "stdout": "3\n", "stderr": "no\n", "return_code": 2,
                   "content": [{"type": "bash_code_execution_output", "file_id": "file_01"}]})
        ),
        shown("Result", "3\nno\nexit code 2\nfile file_01"),
    );
    assert_eq!(
        result(
            "web_fetch_tool_result",
            json!({"type": "web_fetch_result", "url": "https://a.example/a.pdf", "content": {"type": "document",
                   "title": "A", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0x"}}})
        ),
        shown("Result", "https://a.example/a.pdf\napplication/pdf, `A`, 6 bytes"),
    );
    assert_eq!(
        result(
            "tool_search_tool_result",
            json!({"type": "tool_search_tool_search_result",
                   "tool_references": [{"type": "tool_reference", "tool_name": "sums"}]})
        ),
        shown("Result", "sums"),
    );
    assert_eq!(
        result(
            "web_search_tool_result",
            json!({"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"})
        ),
        shown("**Error**", "max_uses_exceeded"),
    );
    assert_eq!(
        result(
            "code_execution_tool_result",
            json!({"type": "encrypted_code_execution_result", "encrypted_stdout": "eA==", "stderr": "", "content": []})
        ),
        shown(
            "Result",
            r#"{"type":"encrypted_code_execution_result","encrypted_stdout":"[4 bytes]","stderr":"","content":[]}"#
        ),
    );
}

/// Adds a + b.
#[tool]
fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    b: i64,
) -> i64 {
    a + b
}

/// Returns a long text.
#[tool]
fn talk() -> String {
    format!("begin {} end", "é".repeat(5_000))
}

#[tokio::test]
async fn a_chat_is_a_page() {
    let claude = MockServer::start().await.unwrap();
    let cited = |url: &str| text("It is a cat.", &[page(url, "cat")]);
    claude.respond(
        MockResponse::content(json!([cited("https://a.example"), cited("https://b.example")])).thinking("Meow?"),
    );
    claude.respond(MockResponse::tool_uses([
        ("sums", json!({"a": 1, "b": 2})),
        ("sums", json!({"a": 1})),
        ("talk", json!({})),
    ]));
    claude.respond(MockResponse::content(json!([text(
        "Done.",
        &[page("https://b.example", "cat"), page("https://c.example", "3")]
    )])));
    let mut chat = Chat::builder(claude.client("claude-sonnet-4-5")).tools(tools![sums, talk]).build().unwrap();
    assert_eq!(chat.to_markdown(), chat.cost_report().to_string());

    let picture = [b"\x89PNG\r\n\x1a\n".to_vec(), vec![0; 12_000]].concat();
    let picture = Image::from_base64("image/png", base64(&picture));
    let notes = Document::text("Meow.").title("notes.txt");
    chat.send((picture, Image::url("https://a.example/<cat>.png"), notes, "What is this?\n\n```")).await.unwrap();
    chat.toolloop("And 1+2?").await.unwrap();

    let told = chat.history()[4].content()[1].as_tool_result().unwrap().text().into_owned();
    let talk = format!("begin {}\n[… 8010 bytes omitted …]\n{} end", "é".repeat(747), "é".repeat(248));
    let expected = format!(
        r#"## User

*image/png, 12 kB*

*image, `"https://a.example/\u003ccat>.png"`*

*text/plain, `notes.txt`, 5 bytes*

What is this?

```
```

## Assistant

It is a cat. [^1]It is a cat. [^2]

[^1]: https://a.example "cat"
[^2]: https://b.example "cat"

<details>
<summary>Thinking</summary>

Meow?

</details>

## User

And 1+2?

## Assistant

```
sums({{"a":1,"b":2}})
```

```
sums({{"a":1}})
```

```
talk({{}})
```

## User

Result of `sums`:

```
3
```

**Error** of `sums`:

```
{told}
```

Result of `talk`:

```
{talk}
```

## Assistant

Done. [^2] [^3]

[^3]: https://c.example "3"

{}"#,
        chat.cost_report()
    );
    assert_eq!(chat.to_markdown(), expected);
}

fn base64(bytes: &[u8]) -> String {
    // Only the length matters.
    let length = bytes.len().div_ceil(3) * 4;
    "iVBORw0KGgo".chars().chain(std::iter::repeat('A')).take(length).collect()
}

#[test]
fn untrusted_text_cannot_break_the_page() {
    for (written, expected) in [
        ("a</details>b", "a&lt;/details>b"),
        ("`Vec<T>` and Vec<T>, 1 < 2", "`Vec<T>` and Vec&lt;T>, 1 < 2"),
        ("use `</details>`", "use `&lt;/details>`"),
        ("<!-- no\n<https://a.example>", "&lt;!-- no\n&lt;https://a.example>"),
        ("a ` b\n`<b>`", "a ` b\n`&lt;b>`"),
        ("a ` b\n\n`<b>`", "a ` b\n\n`<b>`"),
        ("| ` | `<b>` |", "| ` | `&lt;b>` |"),
        ("\\`<b>`", "\\`&lt;b>`"),
        ("```html\n</details>\n```\n</details>", "```html\n</details>\n```\n&lt;/details>"),
        ("~~~~\n```\n</details>", "~~~~\n```\n</details>\n~~~~"),
        ("1. a\n\n   ```\n   <b>\n   ```\n\nb", "1. a\n\n   ```\n   <b>\n   ```\n\nb"),
        ("- a\n  ```\n  <b>\n<b>", "- a\n  ```\n  <b>\n  ```\n&lt;b>"),
        ("    ```\n<b>", "    ```\n&lt;b>"),
        ("a\r\n\r\n```\r</details>", "a\n\n```\n</details>\n```"),
    ] {
        assert_eq!(Message::user(written).to_markdown(), expected);
    }
}

#[test]
fn blocks_are_found_by_their_type() {
    let call = ToolUse::new("toolu_1", "sums", json!({"a": 1}));
    let answer = ToolResult::new(&call, "5", false);
    let message = Message::user((answer.clone(), Image::file_id("file_1"), "a", "b"));
    assert_eq!(message.find::<ToolResult>(), Some(&answer));
    assert_eq!(message.find::<Text>().map(Text::text), Some("a"));
    assert_eq!(message.find_all::<Text>().count(), 2);
    assert_eq!((message.find::<ToolUse>(), message.find::<Thinking>()), (None, None));

    let response =
        response(json!([{"type": "web_search_tool_result", "tool_use_id": "s", "content": []}, {"type": "new"}]));
    assert_eq!(response.find::<ServerToolResult>().unwrap().tool_use_id(), "s");
    assert_eq!(response.find::<claudette::wire::Unknown>().unwrap().kind(), "new");
}

/// Each accessor returns a value for blocks of one type only.
#[test]
fn each_block_is_of_one_type() {
    let kinds = |block: &ContentBlock| {
        let is = [
            ("text", block.as_text().is_some()),
            ("thinking", block.as_thinking().is_some()),
            ("redacted_thinking", block.as_redacted_thinking().is_some()),
            ("image", block.as_image().is_some()),
            ("document", block.as_document().is_some()),
            ("search_result", block.as_search_result().is_some()),
            ("tool_use", block.as_tool_use().is_some()),
            ("tool_result", block.as_tool_result().is_some()),
            ("server_tool_use", block.as_server_tool_use().is_some()),
            ("web_fetch_tool_result", block.as_server_tool_result().is_some()),
            ("mcp_tool_use", block.as_mcp_tool_use().is_some()),
            ("mcp_tool_result", block.as_mcp_tool_result().is_some()),
            ("mcp_tool_listing", block.as_mcp_tool_listing().is_some()),
            ("container_upload", block.as_container_upload().is_some()),
            ("tool_reference", block.as_tool_reference().is_some()),
            ("hologram", block.as_unknown().is_some()),
        ];
        is.into_iter().filter(|(_, is)| *is).map(|(kind, _)| kind).collect::<Vec<_>>()
    };
    let blocks = blocks("a", "b");
    let seen: Vec<_> = blocks.iter().map(|block| serde_json::from_value(block.clone()).unwrap()).collect();
    for block in &seen {
        assert_eq!(kinds(block), [block.kind()]);
    }
    assert_eq!(seen.len(), 16);
}

/// Returns a block of each type that contains these words.
fn blocks(a: &str, b: &str) -> Vec<Value> {
    vec![
        text(a, &[]),
        json!({"type": "thinking", "thinking": a, "signature": DATA}),
        json!({"type": "redacted_thinking", "data": DATA}),
        json!({"type": "image", "source": {"type": "base64", "media_type": a, "data": DATA}}),
        json!({"type": "document", "title": a, "source": {"data": DATA, "media_type": "application/pdf", "type": "base64"}}),
        json!({"type": "search_result", "title": a, "source": b, "content": [text(a, &[])]}),
        json!({"type": "tool_use", "id": a, "name": b, "input": {a: b}}),
        json!({"type": "tool_result", "tool_use_id": a, "is_error": true, "content": [text(b, &[]),
               {"type": "image", "source": {"type": "base64", "media_type": b, "data": DATA}}]}),
        json!({"type": "server_tool_use", "id": a, "name": b, "input": {}}),
        json!({"type": "web_fetch_tool_result", "tool_use_id": a, "content": {"type": "web_fetch_result", "url": b,
               "content": {"type": "document", "title": b, "source": {"type": "base64", "media_type": a, "data": DATA}}}}),
        json!({"type": "mcp_tool_use", "id": a, "name": b, "server_name": a, "input": {a: b}}),
        json!({"type": "mcp_tool_result", "tool_use_id": a, "is_error": true, "content": [text(b, &[]),
               {"type": "image", "source": {"type": "base64", "media_type": b, "data": DATA}}]}),
        json!({"type": "mcp_tool_listing", "mcp_server_name": a, "tools": [{"name": b, "input_schema": {}}]}),
        json!({"type": "container_upload", "file_id": b}),
        json!({"type": "tool_reference", "tool_name": a}),
        json!({"type": "hologram", "words": b, "source": {"data": DATA, "media_type": "image/png", "type": "base64"}}),
    ]
}

/// File data, which a page must not contain.
const DATA: &str = "iVBORw0KGgoAAAANSUhEUg==";

/// Returns the text with escaped control characters, except line ends and tabs.
fn visible(text: &str) -> String {
    let lines = text.split("\r\n").map(|line| {
        let is_control = |char: char| {
            char.is_control() && char != '\n' && char != '\t'
                || matches!(char, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        };
        line.chars()
            .map(|char| if is_control(char) { char.escape_unicode().to_string() } else { char.to_string() })
            .collect()
    });
    lines.collect::<Vec<String>>().join("\r\n")
}

/// Generates words that could break the structure of a page.
fn words() -> impl Strategy<Value = String> {
    const PIECES: [&str; 28] = [
        "a",
        "It is so. ",
        "\n",
        "\n\n",
        "\r\n",
        "  ",
        "    ",
        "- ",
        "1. ",
        "> ",
        "# ",
        "```",
        "````",
        "~~~",
        "`",
        "``",
        "</details>",
        "<details>",
        "<!--",
        "<b>",
        "|",
        "\\",
        "[^1]",
        "[^",
        "2]",
        "](",
        "https://a.example",
        "é",
    ];
    let pieces = prop::collection::vec(prop::sample::select(&PIECES), 0..14);
    prop_oneof![3 => pieces.prop_map(|pieces| pieces.concat()), 1 => ".{0,20}"]
}

fn any_blocks() -> impl Strategy<Value = Vec<Value>> {
    let block =
        (words(), words(), any::<prop::sample::Index>()).prop_map(|(a, b, place)| place.get(&blocks(&a, &b)).clone());
    prop::collection::vec(block, 0..6)
}

/// Generates cited texts, each with the sources and quotes of its citations.
fn cited() -> impl Strategy<Value = Vec<(String, Vec<(usize, usize)>)>> {
    let text = (words(), prop::collection::vec((0..3_usize, 0..3_usize), 0..4));
    prop::collection::vec(text, 0..5)
}

/// Returns the number of sections that begin and end outside of code.
fn sections(markdown: &str) -> (usize, usize) {
    let (mut begin, mut end, mut fence) = (0, 0, None::<String>);
    for line in markdown.lines() {
        let words = line.trim_start_matches(' ');
        let marks: String = words.chars().take_while(|char| words.starts_with(*char)).collect();
        let is_mark = line.len() - words.len() < 4 && marks.len() >= 3 && marks.starts_with(['`', '~']);
        match &fence {
            Some(open) if is_mark && words.trim_end() == marks && marks.starts_with(&**open) => fence = None,
            Some(_) => {}
            None if is_mark && !(marks.starts_with('`') && words[marks.len()..].contains('`')) => fence = Some(marks),
            // An indented line is code as well.
            None if line.starts_with("    ") => {}
            None => {
                begin += line.matches("<details>").count();
                end += line.matches("</details>").count();
            }
        }
    }
    assert!(fence.is_none(), "code is not closed at the end:\n{markdown}");
    (begin, end)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_response_without_citations_is_its_text(texts in prop::collection::vec(words(), 0..5)) {
        let response = response(texts.iter().map(|words| text(words, &[])).collect());
        let expected: String = texts.iter().map(|words| visible(words)).collect();
        prop_assert_eq!(response.to_string(), expected);
    }

    #[test]
    fn each_number_has_one_footnote(texts in cited()) {
        let quotes = ["one", "two [^7]", "two\n[^7]"];
        let source = |place: usize, quote: usize| match place {
            0 => page("https://a.example", quotes[quote]),
            1 => document(3, None, quotes[quote]),
            _ => found("[^3]", None, quotes[quote]),
        };
        let blocks = texts.iter().map(|(words, places)| {
            text(words, &places.iter().map(|(place, quote)| source(*place, *quote)).collect::<Vec<_>>())
        });
        let response = response(blocks.collect());
        let shown = response.to_string();

        // The second and the third quote are displayed in the same way.
        let places = texts.iter().flat_map(|(_, places)| places);
        let sources: BTreeSet<_> = places.map(|(place, quote)| (place, (*quote).min(1))).collect();
        let lines: Vec<&str> = shown.split('\n').collect();
        let (body, notes) = lines.split_at(lines.len() - sources.len());
        let mut body = body.join("\n");
        let mut labels = Vec::new();
        for note in notes {
            let label = &note[..note.find(": ").unwrap()];
            prop_assert!(body.contains(label), "{label} in {shown}");
            prop_assert!(!response.text().contains(label), "{label} in {shown}");
            prop_assert!(!labels.contains(&label));
            labels.push(label);
            body = body.replace(&format!(" {label}"), "").replace(&format!("\n{label}"), "");
        }
        let text: String = texts.iter().map(|(words, _)| visible(words)).collect();
        prop_assert_eq!(body.trim_end(), text.trim_end());
    }

    #[test]
    fn no_text_breaks_the_structure_of_a_page(blocks in any_blocks(), field in words()) {
        let thinks = blocks.iter().any(|block| block["type"].as_str().unwrap().ends_with("thinking"));
        let message = json!({"role": "user", "content": blocks});
        let response: Response = serde_json::from_value(json!({"id": field, "content": blocks, "new": {&field: field}})).unwrap();
        let message: Message = serde_json::from_value(message).unwrap();
        let history = History::from(vec![message.clone(), message.clone()]);

        let count = usize::from(thinks);
        for (markdown, expected) in [
            (response.to_markdown(), count + 1),
            (message.to_markdown(), count),
            (history.to_markdown(), 2 * count),
        ] {
            prop_assert_eq!(sections(&markdown), (expected, expected), "{}", &markdown);
            prop_assert!(!markdown.contains(DATA), "{}", markdown);
        }
    }
}
