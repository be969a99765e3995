//! Calls of tools, over a connection in this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use claudette::wire::{SearchResult, ToolReference};
use claudette::{
    ContentBlock, Document, Image, State, ToolContext, ToolDefinition, ToolError, ToolFn, ToolOutput, tool, tools,
};
use claudette_mcp::serve;
use rmcp::ServiceError;
use rmcp::model::{CallToolRequest, ClientRequest, ErrorCode};
use rmcp::service::PeerRequestOptions;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::client::{call, called, connect, connect_in, eras, params, text};

#[derive(serde::Serialize, schemars::JsonSchema)]
struct Sum {
    sum: i64,
}

/// Adds a + b.
#[tool]
fn add(
    /// First
    a: i64,
    /// Second
    b: i64,
) -> Result<Sum, ToolError> {
    let sum = a.checked_add(b).ok_or_else(|| ToolError::new("the sum is too large"))?;
    Ok(Sum { sum })
}

#[tokio::test]
async fn a_value_is_text_and_structured_content() {
    for era in eras() {
        let (client, _server) = connect_in(serve(tools![add]), era).await;
        let result = call(&client, "add", json!({"a": 1, "b": 2})).await.unwrap();
        assert_eq!(text(&result), r#"{"sum":3}"#);
        assert_eq!(result.structured_content, Some(json!({"sum": 3})));
        assert_eq!(result.is_error, Some(false));
    }
}

#[tokio::test]
async fn errors_are_results_that_the_model_reads() {
    /// Panics.
    #[tool]
    fn crash() -> String {
        panic!("the cable is loose")
    }

    /// Aborts.
    #[tool]
    fn stop() -> Result<String, ToolError> {
        Err(ToolError::abort("no more money"))
    }

    /// Ends a loop.
    #[tool]
    fn finish() -> ToolOutput {
        ToolOutput::finish("the end")
    }

    let (client, _server) = connect(serve(tools![add, crash, stop, finish])).await;
    for (name, arguments, part) in [
        ("add", json!({"a": 1, "b": "two"}), "- `b`: expected integer, got \"two\""),
        ("add", json!({"a": i64::MAX, "b": 1}), "the sum is too large"),
        ("crash", json!({}), "the cable is loose"),
        ("stop", json!({}), "no more money"),
    ] {
        let result = call(&client, name, arguments).await.unwrap();
        assert_eq!((result.is_error, result.structured_content.as_ref()), (Some(true), None));
        assert!(text(&result).contains(part), "{}", text(&result));
    }
    assert_eq!(called(&client, "finish", json!({})).await["content"][0]["text"], "the end");

    let Err(ServiceError::McpError(error)) = call(&client, "ad", json!({})).await else { panic!("it is unknown") };
    assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
    assert!(error.message.contains("Unknown tool `ad`; did you mean `add`?"), "{}", error.message);
}

#[tokio::test]
async fn a_promised_value_that_is_missing_is_an_error() {
    let definition = ToolDefinition::new("list", "", &json!({"type": "object"}))
        .with_output_schema(&json!({"type": "object", "properties": {"n": {"type": "integer"}}}));
    let (client, _server) = connect(serve(ToolFn::raw(definition, |_, _| async { json!([1]) }))).await;
    let result = call(&client, "list", json!({})).await.unwrap();
    assert!(result.is_error == Some(true) && text(&result).contains("`list`"), "{result:?}");
}

#[tokio::test]
async fn every_block_arrives() {
    /// Returns many blocks.
    #[tool]
    fn everything() -> Vec<ContentBlock> {
        vec![
            ContentBlock::text("hello"),
            ContentBlock::text(""),
            Image::from_base64("image/png", "iVBORw0KGgo=").into(),
            Image::url("https://example.com/cat.png").into(),
            Document::text("some text").title("file:///notes.txt").context("old").into(),
            Document::pdf_base64("JVBERi0=").title("a b").into(),
            Document::content("parts").title("in parts").into(),
            Document::url("https://example.com/a.pdf").into(),
            SearchResult::new("https://example.com", "Example", ["first", "second"]).into(),
            ToolReference::new("add").into(),
        ]
    }

    let (client, _server) = connect(serve(tools![everything])).await;
    let text = |text: &str| json!({"type": "text", "text": text});
    let resource = |resource: Value| json!({"type": "resource", "resource": resource});
    assert_eq!(
        called(&client, "everything", json!({})).await["content"],
        json!([
            text("hello"),
            {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"},
            text("[image: https://example.com/cat.png]"),
            text("old"),
            resource(json!({"uri": "file:///notes.txt", "mimeType": "text/plain", "text": "some text"})),
            resource(json!({"uri": "document:///a%20b", "mimeType": "application/pdf", "blob": "JVBERi0="})),
            text("in parts"),
            text("parts"),
            text("[document: https://example.com/a.pdf]"),
            text("Example\nhttps://example.com\n\nfirst\n\nsecond"),
            text("[tool: add]"),
        ])
    );
}

#[tokio::test]
async fn nothing_is_an_empty_result() {
    /// Does nothing.
    #[tool]
    fn nothing() {}

    let (client, _server) = connect(serve(tools![nothing])).await;
    assert_eq!(called(&client, "nothing", json!({})).await["content"], json!([]));
}

#[tokio::test]
async fn progress_grows_and_comes_before_the_result() {
    /// Counts.
    #[tool]
    async fn count(
        cx: &ToolContext,
        /// How far
        to: u32,
    ) -> u32 {
        assert!(!cx.call_id().is_empty());
        for n in 1..=to {
            cx.progress(format!("{n} of {to}"));
            tokio::task::yield_now().await;
        }
        to
    }

    for era in eras() {
        let (client, _server) = connect_in(serve(tools![count]), era).await;
        assert_eq!(called(&client, "count", json!({"to": 20})).await["content"][0]["text"], "20");
        // The client handles each notification in a task of its own.
        let heard = || client.service().0.lock().unwrap().clone();
        timeout(Duration::from_secs(5), async {
            while heard().len() < 20 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .unwrap();
        let mut heard = heard();
        heard.sort_by(|a, b| a.0.total_cmp(&b.0));
        let expected: Vec<_> = (1..=20).map(|n| (f64::from(n), format!("{n} of 20"))).collect();
        assert_eq!(heard, expected);
    }
}

/// Notes whether a future was dropped.
#[derive(Clone, Default)]
struct Watch {
    started: Arc<AtomicBool>,
    dropped: Arc<AtomicBool>,
    noticed: Arc<AtomicBool>,
}

struct OnDrop(Arc<AtomicBool>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

async fn until(flag: &AtomicBool) {
    let wait = async {
        while !flag.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(Duration::from_secs(5), wait).await.expect("it happens");
}

/// Never ends.
#[tool]
async fn forever(watch: State<Watch>) -> String {
    let _guard = OnDrop(watch.dropped.clone());
    watch.started.store(true, Ordering::SeqCst);
    std::future::pending().await
}

/// Runs until it is cancelled.
#[tool(blocking)]
fn spin(cx: &ToolContext, watch: State<Watch>) -> String {
    watch.started.store(true, Ordering::SeqCst);
    while !cx.is_cancelled() {
        std::thread::sleep(Duration::from_millis(1));
    }
    watch.noticed.store(true, Ordering::SeqCst);
    String::new()
}

#[tokio::test]
async fn a_cancelled_call_is_dropped() {
    for era in eras() {
        for name in ["forever", "spin"] {
            let watch = Watch::default();
            let tools = tools![forever, spin].state(watch.clone());
            let (client, _server) = connect_in(serve(tools), era.clone()).await;
            let request = ClientRequest::CallToolRequest(CallToolRequest::new(params(name, json!({}))));
            let options = PeerRequestOptions::no_options();
            let handle = client.send_cancellable_request(request, options).await.unwrap();
            until(&watch.started).await;
            assert!(!watch.dropped.load(Ordering::SeqCst) && !watch.noticed.load(Ordering::SeqCst));
            handle.cancel(None).await.unwrap();
            until(if name == "spin" { &watch.noticed } else { &watch.dropped }).await;
        }
    }
}

#[tokio::test]
async fn running_calls_are_dropped_when_the_client_is_gone() {
    let watch = Watch::default();
    let (client, server) = connect(serve(tools![forever].state(watch.clone()))).await;
    let request = ClientRequest::CallToolRequest(CallToolRequest::new(params("forever", json!({}))));
    let _handle = client.send_cancellable_request(request, PeerRequestOptions::no_options()).await.unwrap();
    until(&watch.started).await;
    client.cancel().await.unwrap();
    timeout(Duration::from_secs(10), server).await.expect("it ends after five seconds").unwrap().unwrap();
    until(&watch.dropped).await;
}

#[tokio::test]
async fn the_timeout_of_a_tool_is_honoured() {
    /// Is slow.
    #[tool(timeout = Duration::from_millis(20))]
    async fn slow() -> String {
        std::future::pending().await
    }

    let (client, _server) = connect(serve(tools![slow])).await;
    let result = call(&client, "slow", json!({})).await.unwrap();
    assert_eq!(result.is_error, Some(true));
    assert!(text(&result).contains("did not finish within 2"), "{}", text(&result));
}

/// The number of calls that run at a time.
#[derive(Default)]
struct Running {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Running {
    async fn run(&self) -> usize {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        now
    }
}

/// Runs with others.
#[tool]
async fn shared(running: State<Arc<Running>>) -> usize {
    running.run().await
}

/// Runs alone.
#[tool(exclusive)]
async fn alone(running: State<Arc<Running>>) -> usize {
    let before = running.now.load(Ordering::SeqCst);
    before + running.run().await
}

#[tokio::test]
async fn an_exclusive_call_runs_alone() {
    let running = Arc::new(Running::default());
    let (client, _server) = connect(serve(tools![shared, alone].state(running.clone()))).await;
    let names = ["shared", "shared", "alone", "shared", "alone", "alone", "shared", "shared"];
    let calls = names.map(|name| call(&client, name, json!({})));
    let results = futures_util::future::join_all(calls).await;
    for (name, result) in names.iter().zip(results) {
        let running = text(&result.unwrap());
        assert!(*name == "shared" || running == "1", "{name}: {running}");
    }
    assert!(running.most.load(Ordering::SeqCst) > 1, "the others run at the same time");
}

/// Runs with calls for other customers.
#[tool(exclusive = customer)]
async fn charge(
    /// The name of the customer.
    customer: String,
    running: State<Arc<Running>>,
) -> String {
    format!("{customer}: {}", running.run().await)
}

#[tokio::test]
async fn calls_with_the_same_key_run_one_after_the_other() {
    let running = Arc::new(Running::default());
    let (client, _server) = connect(serve(tools![charge].state(running.clone()))).await;
    let of = |customer: &'static str| call(&client, "charge", json!({"customer": customer}));
    let results = futures_util::future::join_all((0..4).map(|_| of("Ada"))).await;
    assert!(results.into_iter().all(|result| text(&result.unwrap()) == "Ada: 1"));
    let customers = ["Ada", "Grace", "Alan", "Grace"];
    let results = futures_util::future::join_all(customers.map(of)).await;
    assert!(results.iter().all(Result::is_ok));
    assert!((2..=3).contains(&running.most.load(Ordering::SeqCst)), "other customers do not wait");
}

#[tokio::test]
async fn the_number_of_running_calls_is_limited() {
    let running = Arc::new(Running::default());
    let (client, _server) = connect(serve(tools![shared].state(running.clone())).max_parallel(3)).await;
    let results = futures_util::future::join_all((0..12).map(|_| call(&client, "shared", json!({})))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(running.most.load(Ordering::SeqCst), 3);
}
