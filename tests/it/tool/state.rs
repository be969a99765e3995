//! State and context of tools, and the effects of tools besides their results.

#![allow(clippy::unused_async, reason = "the tools of these tests do not wait")]

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette::{
    Chat, ContentBlock, EndReason, Event, State, ToolContext, ToolError, ToolFn, ToolOutput, Toolset, tool, tools,
};
use serde_json::{Value, json};

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Celsius,
    Fahrenheit,
}

#[derive(serde::Serialize)]
struct Forecast {
    temperature: f64,
    summary: String,
}

struct Stations(Vec<(&'static str, f64)>);

#[derive(Debug)]
struct WeatherError(String);

impl fmt::Display for WeatherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no station in {}", self.0)
    }
}

/// Current weather for a city.
#[tool(name = "get_weather", strict)]
async fn weather(
    cx: &ToolContext,
    db: State<Stations>,
    /// City name, e.g. "Oslo"
    city: &str,
    /// Number of days ahead
    days: Option<u8>,
    /// The unit of the temperature
    unit: Unit,
) -> Result<Forecast, WeatherError> {
    let (_, celsius) = db.0.iter().find(|(name, _)| *name == city).ok_or_else(|| WeatherError(city.to_owned()))?;
    let temperature = match unit {
        Unit::Celsius => *celsius,
        Unit::Fahrenheit => celsius * 1.8 + 32.0,
    };
    Ok(Forecast { temperature, summary: format!("{} in {} days", cx.call_id(), days.unwrap_or(0)) })
}

fn stations() -> Stations {
    Stations(vec![("Oslo", 7.5)])
}

fn schema(tools: &Toolset) -> Value {
    serde_json::from_str(tools.definitions()[0].input_schema().get()).unwrap()
}

async fn call(tools: &Toolset, name: &str, input: Value) -> String {
    let outcome = tools.call(name, &input.to_string(), &ToolContext::default()).await;
    let mark = if outcome.is_error() { "! " } else { "" };
    format!("{mark}{}", outcome.text())
}

#[tokio::test]
async fn state_and_context_are_provided_and_not_sent() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([
        ("get_weather", json!({"city": "Oslo", "days": 2, "unit": "celsius"})),
        ("get_weather", json!({"city": "Bergen", "unit": "celsius"})),
    ]));
    claude.respond(MockResponse::text("7.5 °C"));
    let client = claude.client("claude-sonnet-5-5");
    let mut chat = Chat::builder(&client).tools(tools![weather]).state(stations()).build().unwrap();
    let run = chat.toolloop("How is the weather in Oslo and in Bergen?").await.unwrap();
    let [oslo, bergen] = run.steps()[0].outcomes() else { panic!("expected two calls") };
    let summary = format!("{} in 2 days", oslo.call_id());
    assert!(oslo.call_id().starts_with("toolu_"));
    assert_eq!(oslo.value::<Value>().unwrap(), json!({"temperature": 7.5, "summary": summary}));
    assert!(bergen.is_error());
    assert_eq!(bergen.text(), "no station in Bergen");
    let shown: Vec<_> = schema(chat.tools())["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(shown, ["city", "days", "unit"]);
}

#[tokio::test]
async fn missing_state_is_reported_before_anything_is_sent() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    for error in [
        Chat::builder(&client).tools(tools![weather]).build().unwrap_err(),
        client.send("Hello").tools(tools![weather]).await.unwrap_err(),
        client.count_tokens("Hello").tools(tools![weather]).await.unwrap_err(),
    ] {
        assert!(error.is_misuse());
        assert_eq!(
            error.to_string(),
            "the tool `get_weather` (it::tool::state::weather) requires `State<it::tool::state::Stations>`, which was not \
             provided; call `.state(value)` on the builder of the chat or on the toolset"
        );
    }
    assert!(claude.requests().is_empty());
    let text = call(&tools![weather], "get_weather", json!({"city": "Oslo", "unit": "celsius"})).await;
    assert!(text.starts_with("! ") && text.contains("`State<it::tool::state::Stations>`"), "{text}");
}

/// Returns the place of the tool.
#[tool]
fn place(name: State<String>, number: &State<u32>) -> String {
    format!("{}{}", *name, **number)
}

#[tokio::test]
async fn a_set_keeps_its_state() {
    let north = tools![place].state("north".to_owned()).state(1_u32);
    assert_eq!(call(&north.clone().state("south".to_owned()), "place", json!({})).await, "north1");

    // The state of a set also applies to tools that are added to it.
    let joined = Toolset::default().state("south".to_owned()).state(2_u32).with(tools![place]);
    assert_eq!(call(&joined, "place", json!({})).await, "south2");
    let joined = Toolset::default().state("south".to_owned()).with(tools![place].state(3_u32));
    assert_eq!(call(&joined, "place", json!({})).await, "south3");

    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    let chat = Chat::builder(&client).state("chat".to_owned()).state(4_u32).tools(north).build().unwrap();
    assert_eq!(call(chat.tools(), "place", json!({})).await, "north1");
    let chat = Chat::builder(&client).state("chat".to_owned()).state(4_u32).tools(tools![place]).build().unwrap();
    assert_eq!(call(chat.tools(), "place", json!({})).await, "chat4");
}

type Name = State<String>;
type Around = ToolContext;

/// Takes state and context under other names, by value.
#[tool]
async fn aliased(
    #[tool(state)] name: Name,
    cx: ToolContext,
    /// Something
    text: &str,
) -> String {
    let cx: Arc<str> = cx.call_id().into();
    format!("{}{cx}{text}", *name)
}

/// Takes the context under another name.
#[tool]
async fn around(#[tool(context)] around: &Around) -> bool {
    around.model().is_none()
}

#[tokio::test]
async fn attributes_mark_state_and_context_under_other_type_names() {
    let tools = tools![aliased, around].state("a".to_owned());
    assert_eq!(call(&tools, "aliased", json!({"text": "b"})).await, "ab");
    assert_eq!(call(&tools, "around", json!({})).await, "true");
    assert_eq!(schema(&tools)["properties"].as_object().unwrap().len(), 1);
}

mod lent {
    use std::path::Path;

    use claudette::tool;
    use serde::Deserialize;

    #[derive(Clone, Deserialize, serde::Serialize, schemars::JsonSchema)]
    pub(crate) struct Point {
        pub(crate) x: i64,
    }

    /// Borrows arguments of every kind.
    #[tool]
    #[allow(clippy::needless_lifetimes, reason = "tests a named lifetime")]
    pub(crate) fn lends<'a>(
        /// A text
        text: &'a str,
        /// A list
        list: &[Point],
        /// A struct
        point: &Point,
        /// A path
        path: &Path,
        /// An optional text
        word: Option<&str>,
        /// An optional point
        other: Option<&Point>,
        /// A text with a default
        #[tool(default = "none")]
        greeting: &str,
        /// A list with a default
        #[tool(default = &[1, 2])]
        numbers: &[u8],
        /// An optional value, with a default
        #[tool(default = Some("dear"))]
        address: Option<&str>,
    ) -> String {
        let list: Vec<i64> = list.iter().map(|point| point.x).collect();
        let (point, other) = (point.x, other.map(|point| point.x));
        let path = path.display();
        format!("{text} {list:?} {point} {path} {word:?} {other:?} {greeting} {numbers:?} {address:?}")
    }
}

#[tokio::test]
async fn arguments_can_be_borrowed() {
    let tools = tools![lent::lends];
    let input = json!({"text": "a\"b", "list": [{"x": 1}], "point": {"x": 2}, "path": "/tmp", "word": "w",
        "other": {"x": 3}, "greeting": "hi", "numbers": [], "address": null});
    assert_eq!(call(&tools, "lends", input).await, r#"a"b [1] 2 /tmp Some("w") Some(3) hi [] Some("dear")"#);
    let input = json!({"text": "", "list": [], "point": {"x": 2}, "path": "a"});
    assert_eq!(call(&tools, "lends", input).await, r#" [] 2 a None None none [1, 2] Some("dear")"#);
    let schema = schema(&tools);
    assert_eq!(schema["required"], json!(["text", "list", "point", "path"]));
    assert_eq!(schema["properties"]["greeting"]["default"], "none");
    assert_eq!(schema["properties"]["numbers"]["default"], json!([1, 2]));
    assert_eq!(schema["properties"]["word"]["type"], "string");
}

/// Has conditional arguments.
#[tool]
fn conditional(
    /// Always present
    a: i64,
    #[cfg(not(test))]
    /// Never present
    b: i64,
    /// Present in tests
    #[cfg(test)]
    #[tool(default = 5)]
    c: i64,
    /// Never present
    #[cfg(any())]
    a: NoSuchType,
) -> i64 {
    a + c
}

#[tokio::test]
async fn arguments_may_depend_on_conditions() {
    let tools = tools![conditional];
    assert_eq!(call(&tools, "conditional", json!({"a": 1})).await, "6");
    assert_eq!(schema(&tools)["properties"].as_object().unwrap().keys().collect::<Vec<_>>(), ["a", "c"]);
}

/// Returns its thread.
#[tool(blocking)]
fn thread_of(
    seen: State<AtomicU32>,
    cx: &ToolContext,
    /// Anything
    text: &str,
) -> Result<String, ToolError> {
    seen.fetch_add(1, Ordering::SeqCst);
    assert_ne!(text, "panic", "asked to panic");
    if text == "fail" {
        return Err(ToolError::new("asked to fail"));
    }
    Ok(format!("{text} {} {:?}", cx.call_id(), thread::current().id()))
}

#[tokio::test]
async fn blocking_tools_do_not_block_the_runtime() {
    let tools = tools![thread_of].state(AtomicU32::new(0));
    let text = call(&tools, "thread_of", json!({"text": "a"})).await;
    assert!(text.starts_with("a ") && !text.ends_with(&format!("{:?}", thread::current().id())), "{text}");
    assert_eq!(call(&tools, "thread_of", json!({"text": "fail"})).await, "! asked to fail");
    let text = call(&tools, "thread_of", json!({"text": "panic"})).await;
    assert!(text.starts_with("! ") && text.contains("`thread_of`") && text.contains("asked to panic"), "{text}");
}

#[test]
fn a_blocking_tool_runs_without_a_runtime_too() {
    let tools = tools![thread_of].state(AtomicU32::new(0));
    let text = futures_util::FutureExt::now_or_never(call(&tools, "thread_of", json!({"text": "a"}))).unwrap();
    assert!(text.ends_with(&format!("{:?}", thread::current().id())), "{text}");
}

/// Waits until the call is cancelled.
#[tool(blocking)]
fn until_cancelled(cx: &ToolContext, cancelled: State<Arc<AtomicBool>>) {
    while !cx.is_cancelled() {
        thread::sleep(Duration::from_millis(1));
    }
    cancelled.store(true, Ordering::SeqCst);
}

/// Starts a task that waits until the call is cancelled.
#[tool]
async fn with_a_task(cx: &ToolContext, cancelled: State<Arc<AtomicBool>>) {
    let cx = cx.clone();
    tokio::spawn(async move {
        cx.cancelled().await;
        cancelled.store(true, Ordering::SeqCst);
    });
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn threads_and_tasks_of_a_call_learn_of_its_cancellation() {
    for name in ["until_cancelled", "with_a_task"] {
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::tool_use(name, json!({})));
        claude.respond(MockResponse::text("It took too long."));
        let cancelled = Arc::new(AtomicBool::new(false));
        let tools = tools![until_cancelled, with_a_task].state(cancelled.clone());
        let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools).build().unwrap();
        let run = chat.toolloop("Wait.").tool_timeout(Duration::from_millis(20)).await.unwrap();
        assert!(run.steps()[0].outcomes()[0].is_error());
        while !cancelled.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[tokio::test]
async fn a_finished_call_is_not_cancelled() {
    static CONTEXT: std::sync::Mutex<Option<ToolContext>> = std::sync::Mutex::new(None);

    /// Keeps its context.
    #[tool]
    fn remembers(cx: &ToolContext) {
        *CONTEXT.lock().unwrap() = Some(cx.clone());
    }

    assert_eq!(call(&tools![remembers], "remembers", json!({})).await, "");
    assert!(!CONTEXT.lock().unwrap().as_ref().unwrap().is_cancelled());
}

/// Reports its progress.
#[tool]
async fn tells(
    cx: &ToolContext,
    /// A letter
    letter: char,
) -> String {
    for n in 1..=2 {
        cx.progress(format!("{letter}{n}"));
        tokio::task::yield_now().await;
    }
    format!("{} {}", cx.model().unwrap(), cx.remaining_steps().unwrap())
}

#[tokio::test]
async fn a_tool_reports_its_progress() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([("tells", json!({"letter": "a"})), ("tells", json!({"letter": "b"}))]));
    claude.respond(MockResponse::tool_use("tells", json!({"letter": "c"})));
    claude.respond(MockResponse::text("Done."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![tells]).build().unwrap();
    let mut events = chat.toolloop("Tell.").max_steps(3).stream();
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::Progress(progress) => {
                let letter = progress.call().input_as::<Value>().unwrap()["letter"].clone();
                assert!(progress.text().starts_with(letter.as_str().unwrap()));
                seen.push(progress.text().to_owned());
            }
            Event::ToolResult(outcome) => seen.push(outcome.text().into_owned()),
            _ => {}
        }
    }
    let place = |text: &str| seen.iter().position(|seen| seen == text).unwrap();
    assert!(place("a1") < place("a2") && place("a2") < place("claude-sonnet-5-5 2"), "{seen:?}");
    assert!(place("b1") < place("b2"), "{seen:?}");
    assert_eq!(seen[seen.len() - 3..], ["c1", "c2", "claude-sonnet-5-5 1"]);
}

/// Ends the loop.
#[tool]
fn done(
    /// The answer
    answer: &str,
) -> ToolOutput {
    ToolOutput::finish(answer)
}

/// Pays an amount, or fails.
#[tool]
async fn pay(
    /// Amount
    amount: u32,
) -> Result<u32, ToolError> {
    match amount {
        0 => Err(ToolError::abort(WeatherErrorAsError("the till is locked"))),
        1 => Err(ToolError::new("too little")),
        amount => {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok(amount)
        }
    }
}

#[derive(Debug)]
struct WeatherErrorAsError(&'static str);

impl fmt::Display for WeatherErrorAsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for WeatherErrorAsError {}

/// Returns the results of the last calls in the history.
fn results(chat: &Chat) -> Vec<String> {
    let blocks = chat.last().unwrap().content().iter();
    let results = blocks.filter_map(|block| match block {
        ContentBlock::ToolResult(result) => Some(result.text().into_owned()),
        _ => None,
    });
    results.collect()
}

#[tokio::test]
async fn a_tool_can_end_the_loop() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([("done", json!({"answer": "42"})), ("pay", json!({"amount": 7}))]));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![done, pay]).build().unwrap();
    let run = chat.toolloop("What is it?").await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Tool);
    let [done, pay] = run.steps()[0].outcomes() else { panic!("expected two calls") };
    assert!(done.is_final() && !pay.is_final());
    assert_eq!((done.text().as_ref(), pay.text().as_ref()), ("42", "7"));
    // The results are sent with the next prompt.
    claude.respond(MockResponse::text("Good."));
    assert_eq!(chat.send("Thanks.").await.unwrap().text(), "Good.");
    claude.assert_finished();
}

#[tokio::test]
async fn a_tool_can_abort_the_run() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([("pay", json!({"amount": 7})), ("pay", json!({"amount": 0}))]));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![done, pay]).build().unwrap();
    let error = chat.toolloop("Pay.").await.unwrap_err();
    assert!(error.is_aborted(), "{error}");
    assert_eq!(error.to_string(), "the tool `pay` aborted the run");
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the till is locked");
    // The other call finished, and the history contains both results.
    let results = results(&chat);
    assert_eq!(results, ["7", "the till is locked"]);
    assert!(chat.usage().total() > 0);
    claude.respond(MockResponse::text("It is locked."));
    assert_eq!(chat.resume().await.unwrap().text(), "It is locked.");
}

#[tokio::test]
async fn after_an_abort_no_call_begins() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([("pay", json!({"amount": 0})), ("pay", json!({"amount": 7}))]));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![pay]).build().unwrap();
    assert!(chat.send("Pay.").max_parallel(1).await.unwrap_err().is_aborted());
    let results = results(&chat);
    assert_eq!(results[0], "the till is locked");
    assert!(results[1].starts_with("Interrupted"), "{results:?}");
}

#[tokio::test]
async fn the_program_gets_values_that_the_model_does_not_see() {
    let rows = ToolFn::new("rows", "Rows.", |_: Empty| async { ToolOutput::new("3 rows").with_value(&[1, 2, 3]) });
    let text = ToolFn::new("text", "A text.", |_: Empty| async { "7" });
    let who = ToolFn::with_context("who", "Who.", |_: Empty, cx: ToolContext| async move {
        format!("{}{}", cx.call_id(), cx.state::<u8>().is_none())
    });
    let tools = Toolset::default().with(rows).with(text).with(who).with(tools![pay]);
    assert_eq!(call(&tools, "who", json!({})).await, "true");
    let cx = ToolContext::default();

    let outcome = tools.call("rows", "{}", &cx).await;
    assert_eq!(outcome.text(), "3 rows");
    assert_eq!(outcome.value::<Vec<u8>>().unwrap(), [1, 2, 3]);
    let error = outcome.value::<String>().unwrap_err();
    assert!(error.is_mismatch(), "{error}");
    assert!(error.to_string().contains("`rows`"), "{error}");

    // A text that looks like a number is still a text.
    assert_eq!(tools.call("text", "{}", &cx).await.value::<String>().unwrap(), "7");
    assert_eq!(tools.call("pay", r#"{"amount":7}"#, &cx).await.value::<u32>().unwrap(), 7);
    let error = tools.call("pay", r#"{"amount":1}"#, &cx).await.value::<u32>().unwrap_err();
    assert!(error.is_mismatch() && error.to_string().contains("too little"), "{error}");
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Empty {}
