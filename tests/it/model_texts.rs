//! All texts that the library writes for the model are in `tests/snapshots/model_texts.txt`.
//!
//! Only this test depends on their wording: `UPDATE_SNAPSHOTS=1 cargo test --test it model_texts` accepts a new one.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use claudette::memory::{MapStore, Memory};
use claudette::structured::Strategy;
use claudette::testing::{MockResponse, MockServer};
use claudette::tooling::{IntoTools, ToolSearch};
use claudette::{
    Approval, BoxFuture, Chat, ContentBlock, History, Hook, Image, Message, Response, State, TextEditor, Tool,
    ToolContext, ToolDefinition, ToolError, ToolOutput, Toolset, tool, tools,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Sections, each with texts and their titles.
#[derive(Default)]
struct Texts(String);

impl Texts {
    fn section(&mut self, title: &str) {
        let _ = write!(self.0, "\n# {title}\n");
    }

    fn add(&mut self, what: &str, text: &str) {
        let _ = write!(self.0, "\n## {what}\n{}\n", without_times(text));
    }
}

/// Replaces the duration of a call, which varies.
fn without_times(text: &str) -> String {
    match text.split_once("within ") {
        Some((before, rest)) if rest.starts_with(|char: char| char.is_ascii_digit()) => {
            let time = rest.find([';', ' ']).unwrap_or(rest.len());
            format!("{before}within <time>{}", &rest[time..])
        }
        _ => text.to_owned(),
    }
}

#[tokio::test]
async fn all_texts_for_the_model_match_the_snapshot() {
    let mut texts = Texts::default();
    loops(&mut texts).await;
    agents(&mut texts).await;
    responses(&mut texts).await;
    calls(&mut texts).await;
    arguments(&mut texts).await;
    outputs(&mut texts).await;
    structured(&mut texts).await;
    editor(&mut texts).await;
    search(&mut texts).await;
    memory(&mut texts).await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/model_texts.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, texts.0.trim_start()).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let news = kept.lines().zip(texts.0.trim_start().lines()).find(|(kept, new)| kept != new);
    assert!(kept == texts.0.trim_start(), "the first different line, or `None` if only the length differs: {news:#?}");
}

// Loops.

/// Pays an amount.
#[tool]
async fn pay(
    /// Amount in USD
    amount: u32,
) -> String {
    format!("paid {amount}")
}

/// Waits forever.
#[tool]
async fn wait() {
    std::future::pending::<()>().await;
}

fn chat(claude: &MockServer) -> Chat {
    Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![pay, wait]).build().unwrap()
}

async fn server(responses: impl IntoIterator<Item = MockResponse>) -> MockServer {
    let claude = MockServer::start().await.unwrap();
    for response in responses {
        claude.respond(response);
    }
    claude
}

fn payments(amounts: impl IntoIterator<Item = Value>) -> MockResponse {
    MockResponse::tool_uses(amounts.into_iter().map(|amount| ("pay", json!({"amount": amount}))))
}

/// Returns the texts of the last results in a history.
fn last_results(history: &History) -> Vec<String> {
    let texts = |message: &Message| -> Vec<String> {
        let results = message.content().iter().filter_map(ContentBlock::as_tool_result);
        results.map(|result| result.text().into_owned()).collect()
    };
    history.iter().map(texts).rfind(|texts| !texts.is_empty()).expect("the history contains a result")
}

/// A hook that ends a loop before it runs a call.
struct Ends;

impl Hook for Ends {
    fn after_response<'a>(&'a self, _: &'a Response) -> BoxFuture<'a, claudette::Result<std::ops::ControlFlow<()>>> {
        Box::pin(async { Ok(std::ops::ControlFlow::Break(())) })
    }
}

async fn loops(texts: &mut Texts) {
    texts.section("A loop");

    let claude = server([payments([json!(1), json!(2), json!(3), json!("four")]), done()]).await;
    let mut paid = chat(&claude);
    let asked = paid.toolloop("Pay.").approve(async |call: claudette::ToolUse| match call.input().get() {
        r#"{"amount":1}"# => Approval::deny("one is too little"),
        r#"{"amount":2}"# => Approval::allow_with(json!({"amount": 20})),
        _ => Approval::allow_with(json!({"amount": "forty"})),
    });
    let run = asked.await.unwrap();
    let outcomes = run.steps()[0].outcomes();
    texts.add("a call that the user denied", &outcomes[0].text());
    texts.add("a call with the user's arguments", &outcomes[1].text());
    texts.add("a call with arguments of the user that are not valid", &outcomes[2].text());

    let claude = server([payments([json!(1)])]).await;
    let mut suspended = chat(&claude);
    suspended.toolloop("Pay.").approve(async |_| Approval::Suspend).await.unwrap();
    texts.add("a call that waits for a decision", &last_results(suspended.history())[0]);

    let claude = server([MockResponse::tool_use("wait", json!({}))]).await;
    let mut dropped = chat(&claude);
    let waiting = dropped.toolloop("Wait.").into_future();
    assert!(tokio::time::timeout(Duration::from_millis(300), waiting).await.is_err());
    texts.add("a call that was running when the loop was dropped", &last_results(dropped.history())[0]);

    let call = json!({"type": "tool_use", "id": "a", "name": "pay", "input": {"amount": 1}});
    let messages = json!([{"role": "user", "content": "Pay."}, {"role": "assistant", "content": [call]}]);
    let repaired = History::repair(serde_json::from_value::<Vec<Message>>(messages).unwrap());
    texts.add("a call without a result in a history that was repaired", &last_results(&repaired)[0]);

    let claude = server([payments([json!(1)]), payments([json!(2)])]).await;
    let mut limited = chat(&claude);
    limited.toolloop("Pay.").max_steps(2).await.unwrap();
    let body = claude.requests()[1].body()["messages"][2]["content"].clone();
    let prompts: Vec<&str> = body.as_array().unwrap().iter().filter_map(|block| block["text"].as_str()).collect();
    texts.add("the request for the final answer", prompts[0]);
    texts.add("a call in the final answer", &last_results(limited.history())[0]);

    let claude = server([payments([json!(1)])]).await;
    let mut ended = chat(&claude);
    ended.toolloop("Pay.").hook(Ends).await.unwrap();
    texts.add("a call that a hook left out", &last_results(ended.history())[0]);

    let calls = MockResponse::tool_uses([("wait", json!({})), ("wait", json!({}))]);
    let claude = server([calls, done()]).await;
    let run = chat(&claude).toolloop("Wait.").max_parallel(1).deadline(Duration::from_millis(500)).await.unwrap();
    texts.add("a call that was running at the deadline", &run.steps()[0].outcomes()[0].text());
    texts.add("a call that had not started at the deadline", &run.steps()[0].outcomes()[1].text());

    let claude = server([payments([json!(1)]), done()]).await;
    let mut late = chat(&claude);
    let asked = late.toolloop("Pay.").deadline(Duration::from_millis(500));
    let run = asked.approve(|_| std::future::pending::<Approval>()).await.unwrap();
    texts.add("a call without a decision at the deadline", &run.steps()[0].outcomes()[0].text());

    let claude = server([MockResponse::tool_use("wait", json!({})), done()]).await;
    let run = chat(&claude).toolloop("Wait.").tool_timeout(Duration::from_millis(10)).await.unwrap();
    texts.add("a call that took too long", &run.steps()[0].outcomes()[0].text());
}

async fn agents(texts: &mut Texts) {
    texts.section("A sub-agent");
    let ask = |prompt: &str| MockResponse::tool_use("agent", json!({"prompt": prompt}));
    let agent = |claude: &MockServer| {
        let chat = Chat::builder(claude.client("claude-sonnet-5-5")).max_tokens(1_000).build().unwrap();
        chat.into_tool("agent", "Answers.")
    };
    texts.add("the description of its prompt", agent(&server([]).await).definition().input_schema().get());
    for (what, answers, max_cost) in [
        ("an answer that was cut", MockResponse::text("One, two").stop_reason("max_tokens"), 1.0),
        ("a refusal", MockResponse::text("").stop_reason("refusal"), 1.0),
        ("an empty answer", MockResponse::text(" "), 1.0),
        ("a request that the API refuses", MockResponse::error(400, "invalid_request_error", "No."), 1.0),
        ("a budget that is too small", done(), 0.03),
    ] {
        let claude = server([ask("a").usage(json!({"input_tokens": 10, "output_tokens": 900})), answers, done()]).await;
        let lead = Chat::builder(claude.client("claude-sonnet-5-5")).max_tokens(1_000);
        let mut lead = lead.tools(tools![].with(agent(&claude))).build().unwrap();
        let run = lead.toolloop("Go.").max_cost(max_cost).await.unwrap();
        texts.add(what, &run.steps()[0].outcomes()[0].text());
    }
}

fn done() -> MockResponse {
    MockResponse::text("Done.")
}

async fn responses(texts: &mut Texts) {
    texts.section("A response whose calls do not run");
    for reason in ["max_tokens", "end_turn", "made_up"] {
        let response = json!({
            "content": [{"type": "tool_use", "id": "a", "name": "pay", "input": {"amount": 1}}],
            "stop_reason": reason,
        });
        texts.add(reason, &answered(response).await);
    }
    let response = json!({"content": [{"type": "tool_use", "id": "a", "name": "pay", "input": {"amount": 1}}]});
    texts.add("no stop reason", &answered(response).await);
}

async fn answered(response: Value) -> String {
    let response: Response = serde_json::from_value(response).unwrap();
    let message = tools![pay].answer(&response).await.unwrap();
    message.content()[0].as_tool_result().unwrap().text().into_owned()
}

// Calls.

async fn told(tools: &Toolset, name: &str, input: &str) -> String {
    let outcome = tools.call(name, input, &ToolContext::default()).await;
    assert!(outcome.is_error(), "{name} {input}: {}", outcome.text());
    outcome.text().into_owned()
}

/// Fails.
#[tool]
fn fails(
    /// How
    how: &str,
) -> Result<(), String> {
    match how {
        "silently" => Err(String::new()),
        "in panic" => panic!("asked to panic"),
        _ => std::panic::panic_any(7),
    }
}

struct Missing;

/// Requires a state that is not provided.
#[tool]
fn needy(_missing: State<Missing>) {}

async fn calls(texts: &mut Texts) {
    texts.section("A call");
    let two = tools![pay, fails];
    texts.add("an unknown tool", &told(&two, "delete", "{}").await);
    texts.add("a tool with a similar name", &told(&two, "pays", "{}").await);
    texts.add("an unknown tool beside one", &told(&tools![pay], "delete", "{}").await);
    texts.add("an unknown tool without any other", &told(&tools![], "delete", "{}").await);
    let listed = tools![pay].with(claudette::BuiltinTool::bash());
    texts.add("a tool of the API that nothing runs", &told(&listed, "bash", r#"{"command":"ls"}"#).await);
    texts.add("another JSON value", &told(&two, "pay", "[1]").await);
    texts.add("half an object", &told(&two, "pay", r#"{"amount":"#).await);
    texts.add("no arguments", &told(&two, "pay", "").await);
    texts.add("half a surrogate pair", &told(&two, "fails", r#"{"how":"\ud800"}"#).await);
    texts.add("an argument that is given twice", &told(&two, "pay", r#"{"amount":1,"amount":2}"#).await);
    let deep = format!(r#"{{"amount":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    texts.add("arguments that are nested too deeply", &told(&two, "pay", &deep).await);
    texts.add("a tool that fails without a word", &told(&two, "fails", r#"{"how":"silently"}"#).await);
    texts.add("a tool that panics", &told(&two, "fails", r#"{"how":"in panic"}"#).await);
    texts.add("a tool that panics without a word", &told(&two, "fails", r#"{"how":"?"}"#).await);
    texts.add("a state that was not provided", &told(&tools![needy], "needy", "{}").await);
}

// Arguments.

/// A tool whose schema is written by hand.
struct Described(ToolDefinition);

impl Tool for Described {
    fn definition(&self) -> &ToolDefinition {
        &self.0
    }

    fn call<'a>(&'a self, _: &'a RawValue, _: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
        Box::pin(async { Ok(ToolOutput::new("fine")) })
    }
}

async fn arguments(texts: &mut Texts) {
    texts.section("Arguments");
    let circle = json!({"type": "object", "properties": {"kind": {"const": "circle"}, "radius": {"type": "number"}},
        "required": ["kind", "radius"], "additionalProperties": false});
    let square = json!({"type": "object", "properties": {"kind": {"const": "square"}, "side": {"type": "number"}},
        "required": ["kind", "side"], "additionalProperties": false});
    let cases: Vec<(Value, Value)> = vec![
        (json!({"type": "integer"}), json!("1")),
        (json!({"type": ["integer", "null"]}), json!([])),
        (json!({"type": "array", "items": {"type": "string"}}), json!("a")),
        (json!({"type": "array", "items": {"type": "string"}}), json!(["a", 1])),
        (json!({"type": "integer"}), json!("x".repeat(10_000))),
        (json!({"enum": ["a", 1, null]}), json!(2)),
        (json!({"enum": ["celsius", "fahrenheit"]}), json!("Celsus")),
        (json!({"const": 7}), json!(8)),
        (json!({"not": {"type": "null"}}), json!(null)),
        (json!({"minimum": 1}), json!(0)),
        (json!({"maximum": 1}), json!(2)),
        (json!({"exclusiveMinimum": 1}), json!(1)),
        (json!({"exclusiveMaximum": 1.5}), json!(1.5)),
        (json!({"multipleOf": 5}), json!(7)),
        (json!({"minLength": 2}), json!("é")),
        (json!({"maxItems": 1}), json!([1, 2])),
        (json!({"minItems": 2, "maxItems": 2}), json!([1])),
        (json!({"maxProperties": 1}), json!({"a": 1, "b": 1})),
        (json!({"uniqueItems": true}), json!([1, 1])),
        (json!({"propertyNames": {"enum": ["a"]}}), json!({"b c": 1})),
        (json!({"oneOf": [{"minimum": 1}, {"minimum": 2}]}), json!(2)),
        (json!({"anyOf": [circle, square]}), json!({"kind": "cirle", "radius": 1})),
        (json!({"anyOf": [circle, square]}), json!({"kind": "circle", "side": 1})),
        (json!({"anyOf": [circle, square]}), json!(7)),
        (circle, json!({"kind": "circle"})),
        (square, json!({"kind": "square", "side": 1, "sides": 2})),
    ];
    for (schema, value) in cases {
        let definition = ToolDefinition::new(
            "draw",
            "Draws it.",
            &json!({"type": "object", "properties": {"it": schema}, "required": ["it"], "additionalProperties": false}),
        );
        let tools = tools![].with(Described(definition));
        let input = json!({"it": value}).to_string();
        texts.add(&format!("{} for {}", cut(&input), cut(&schema.to_string())), &told(&tools, "draw", &input).await);
    }
    for input in ["{}", r#"{"it":1,"ti":2}"#, r#"{"ti":1}"#] {
        let definition = ToolDefinition::new(
            "draw",
            "Draws it.",
            &json!({"type": "object", "properties": {"it": {}, "at": {"type": "integer"}}, "required": ["it"],
                "additionalProperties": false}),
        );
        let tools = tools![].with(Described(definition));
        texts.add(&format!("{input} for `it` and `at`"), &told(&tools, "draw", input).await);
    }
    typed(texts).await;
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}

/// An even number of letters.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
struct Even(usize);

impl TryFrom<String> for Even {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if text.len().is_multiple_of(2) { Ok(Self(text.len())) } else { Err("an even number of letters, please") }
    }
}

/// Reads them.
#[tool]
fn read(
    /// Small
    small: Option<u8>,
    /// Even
    even: Option<Even>,
    /// Two
    two: Option<(u8, u8)>,
) -> usize {
    usize::from(small.unwrap_or_default()) + even.map_or(0, |even| even.0) + two.map_or(0, |(a, b)| usize::from(a + b))
}

/// Adds the errors of types for arguments that the schema accepts.
async fn typed(texts: &mut Texts) {
    for input in [r#"{"small":256}"#, r#"{"small":2.5}"#, r#"{"even":"odd"}"#, r#"{"two":[1]}"#, r#"{"two":[1,2,3]}"#] {
        texts.add(&format!("{input} for types"), &told(&tools![read], "read", input).await);
    }
}

// Outputs.

/// An object that contains an image, which the model would not see.
#[derive(serde::Serialize)]
struct Page {
    picture: Image,
}

/// A picture of one pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// Returns a number that JSON cannot represent.
#[tool]
fn broken() -> f64 {
    f64::NAN
}

/// Returns a map whose keys are not texts.
#[tool]
fn keys() -> std::collections::BTreeMap<Vec<u8>, u8> {
    [(vec![1], 1)].into()
}

/// Shows a page.
#[tool]
fn page() -> Page {
    Page { picture: Image::from_base64("image/png", PIXEL) }
}

/// Shows a picture that is 9000 pixels wide.
#[tool]
fn picture() -> Image {
    Image::from_base64("image/png", "iVBORw0KGgoAAAANSUhEUgAAIygAAAABCAAAAACWSFqZ")
}

/// Returns a long text.
#[tool]
fn long() -> String {
    "x".repeat(1_000)
}

async fn outputs(texts: &mut Texts) {
    texts.section("An output");
    let tools = tools![broken, keys, page, picture];
    for name in ["broken", "keys", "page", "picture"] {
        texts.add(name, &told(&tools, name, "{}").await);
    }
    let claude = server([MockResponse::tool_use("long", json!({})), MockResponse::text("Done.")]).await;
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![long]).build().unwrap();
    let run = chat.toolloop("Tell.").max_tool_output(40).await.unwrap();
    texts.add("a text that is too long", &run.steps()[0].outcomes()[0].text());
}

// Structured answers.

/// Returns the last message of each request, and the tools of the last request.
async fn asked(strategy: Strategy, model: &str, answers: impl IntoIterator<Item = MockResponse>) -> Vec<Value> {
    let claude = server(answers).await;
    let asked = claude.client(model).structured::<Vec<u8>>("Three numbers?").strategy(strategy).max_attempts(3);
    let asked = asked.validate(|list| if list.len() < 3 { Err("there are too few".to_owned()) } else { Ok(()) });
    let _ = asked.response().await;
    let last = |body: &Value| body["messages"].as_array().unwrap().last().unwrap()["content"].clone();
    let mut said: Vec<Value> = claude.requests().iter().map(|request| last(request.body())).collect();
    said.extend(claude.requests().last().map(|request| request.body()["tools"].clone()));
    said
}

async fn structured(texts: &mut Texts) {
    texts.section("A structured answer");
    let answers = ["no JSON", r#"{"value":["a"]}"#, r#"{"value":[1]}"#].map(MockResponse::text);
    for said in &asked(Strategy::Native, "claude-sonnet-5-5", answers).await[1..3] {
        texts.add("what is wrong with it", &said.to_string());
    }
    let respond = |json| MockResponse::tool_use("respond", json);
    let answers = [MockResponse::text("1, 2, 3"), respond(json!({"value": [1]})), respond(json!({"value": [1, 2, 3]}))];
    let said = asked(Strategy::Tool, "claude-sonnet-5-5", answers).await;
    texts.add("the request for a call", &said[0].to_string());
    texts.add("an answer without a call", &said[1].to_string());
    texts.add("a call with what is wrong", &said[2].to_string());
    texts.add("the tool", &said.last().unwrap().to_string());
}

// The text editor.

async fn editor(texts: &mut Texts) {
    texts.section("The text editor");
    let directory = std::env::temp_dir().join(format!("claudette-texts-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(directory.join("folder")).unwrap();
    for (name, text) in [("a", "one\ntwo\none\n".as_bytes()), ("empty", b""), ("binary", b"\xff")] {
        std::fs::write(directory.join(name), text).unwrap();
    }
    let edits = |editor: TextEditor| tools![].with(editor);
    let new = || TextEditor::new(&directory).unwrap();
    let all = edits(new());
    for arguments in [
        json!({"command": "view", "path": ""}),
        json!({"command": "view", "path": "x".repeat(5_000)}),
        json!({"command": "view", "path": "../a"}),
        json!({"command": "view", "path": "missing"}),
        json!({"command": "view", "path": "binary"}),
        json!({"command": "view", "path": "empty"}),
        json!({"command": "view", "path": "a"}),
        json!({"command": "view", "path": "a", "view_range": [3, 2]}),
        json!({"command": "view", "path": "folder", "view_range": [1, 2]}),
        json!({"command": "create", "path": "a", "file_text": ""}),
        json!({"command": "create", "path": "folder", "file_text": ""}),
        json!({"command": "create", "path": "a/b", "file_text": ""}),
        json!({"command": "create", "path": "new/file", "file_text": "one\n"}),
        json!({"command": "str_replace", "path": "folder", "old_str": "one", "new_str": "two"}),
        json!({"command": "str_replace", "path": "a", "old_str": "", "new_str": "two"}),
        json!({"command": "str_replace", "path": "a", "old_str": "one", "new_str": "two"}),
        json!({"command": "str_replace", "path": "a", "old_str": "three", "new_str": "two"}),
        json!({"command": "str_replace", "path": "a", "old_str": "two", "new_str": "three"}),
        json!({"command": "str_replace", "path": "new/file", "old_str": "one\n", "new_str": ""}),
        json!({"command": "insert", "path": "a", "insert_line": 9, "insert_text": "four"}),
        json!({"command": "insert", "path": "a", "insert_line": 1}),
        json!({"command": "insert", "path": "a", "insert_line": 1, "insert_text": "four"}),
        json!({"command": "undo_edit", "path": "a"}),
    ] {
        texts.add(&cut(&arguments.to_string()), &edited(&all, &arguments).await);
    }
    let listed = edited(&all, &json!({"command": "view", "path": "new"})).await;
    // The size of a directory differs between file systems.
    texts.add("a directory", listed.split_once('\n').map_or("", |(first, _)| first));
    let view = json!({"command": "view", "path": "a"});
    texts.add("a view that is cut", &edited(&edits(new().max_characters(6)), &view).await);
    texts.add("a file that is too large", &edited(&edits(new().max_file_bytes(4)), &view).await);
    let create = json!({"command": "create", "path": "b", "file_text": ""});
    texts.add("an editor that only reads", &edited(&edits(new().read_only(true)), &create).await);
    std::fs::remove_dir_all(&directory).unwrap();
}

async fn edited(tools: &Toolset, arguments: &Value) -> String {
    let name = tools.definitions()[0].name();
    tools.call(name, &arguments.to_string(), &ToolContext::default()).await.text().into_owned()
}

// The tool search.

async fn search(texts: &mut Texts) {
    texts.section("The tool search");
    let tools = ToolSearch::over(tools![pay, wait]).into_tools();
    texts.add("the description", tools.definitions()[2].description());
    texts.add("the arguments", tools.definitions()[2].input_schema().get());
    let many = ["mail_send", "mail_read", "files_read", "files_write", "now"];
    let many = many.map(|name| ToolDefinition::new(name, "A tool.", &json!({"type": "object"})));
    let many = many.into_iter().map(Described).collect::<Toolset>();
    texts.add("the description for groups", ToolSearch::over(many).into_tools().definitions()[5].description());
    let cx = ToolContext::default();
    texts.add("no tool is found", &tools.call("search_tools", r#"{"query":"fly"}"#, &cx).await.text());
    let long = json!({"query": "x".repeat(501)}).to_string();
    texts.add("the query is too long", &cut(&tools.call("search_tools", &long, &cx).await.text()));
}

// The memory.

async fn memory(texts: &mut Texts) {
    texts.section("The memory");
    let new = || Memory::new(MapStore::default());
    let all = tools![].with(new());
    for arguments in [
        json!({"command": "view", "path": "/memories"}),
        json!({"command": "view", "path": "/memoriesX"}),
        json!({"command": "view", "path": "/memories/../a"}),
        json!({"command": "view", "path": "/memories/.hidden"}),
        json!({"command": "view", "path": "/memories\\a"}),
        json!({"command": "view", "path": "/memories/".to_owned() + &"x".repeat(201)}),
        json!({"command": "view", "path": "/memories/a"}),
        json!({"command": "create", "path": "/memories", "file_text": ""}),
        json!({"command": "create", "path": "/memories/a", "file_text": "one\ntwo\none\n"}),
        json!({"command": "create", "path": "/memories/a", "file_text": ""}),
        json!({"command": "create", "path": "/memories/a/b", "file_text": ""}),
        json!({"command": "create", "path": "/memories/b/c", "file_text": ""}),
        json!({"command": "view", "path": "/memories"}),
        json!({"command": "view", "path": "/memories", "view_range": [1, 2]}),
        json!({"command": "view", "path": "/memories/b/c"}),
        json!({"command": "view", "path": "/memories/a"}),
        json!({"command": "view", "path": "/memories/a", "view_range": [3, 2]}),
        json!({"command": "str_replace", "path": "/memories/b", "old_str": "one"}),
        json!({"command": "str_replace", "path": "/memories/x", "old_str": "one"}),
        json!({"command": "str_replace", "path": "/memories/a", "old_str": "one"}),
        json!({"command": "str_replace", "path": "/memories/a", "old_str": "three"}),
        json!({"command": "str_replace", "path": "/memories/a", "old_str": "two", "new_str": "three"}),
        json!({"command": "insert", "path": "/memories/a", "insert_line": 9, "insert_text": "four"}),
        json!({"command": "insert", "path": "/memories/a", "insert_line": 1, "insert_text": "four"}),
        json!({"command": "insert", "path": "/memories/a", "insert_line": 1}),
        json!({"command": "rename", "old_path": "/memories", "new_path": "/memories/b"}),
        json!({"command": "rename", "old_path": "/memories/x", "new_path": "/memories/y"}),
        json!({"command": "rename", "old_path": "/memories/a", "new_path": "/memories/b"}),
        json!({"command": "rename", "old_path": "/memories/b", "new_path": "/memories/b/c/d"}),
        json!({"command": "rename", "old_path": "/memories/b", "new_path": "/memories/d"}),
        json!({"command": "delete", "path": "/memories"}),
        json!({"command": "delete", "path": "/memories/b"}),
        json!({"command": "delete", "path": "/memories/d"}),
    ] {
        texts.add(&cut(&arguments.to_string()), &edited(&all, &arguments).await);
    }
    let create = json!({"command": "create", "path": "/memories/a", "file_text": "12345"});
    texts.add("a file that is too large", &edited(&tools![].with(new().max_file_bytes(4)), &create).await);
    texts.add("a memory that is full", &edited(&tools![].with(new().max_bytes(4)), &create).await);
    texts.add("too many files", &edited(&tools![].with(new().max_files(0)), &create).await);
}
