//! Progress that jumps, comes late, or is for nobody.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use claudette::ToolContext;
use mcp_tests::call_with;
use serde_json::json;

use super::{assert_clean, dirty};

fn listener() -> (ToolContext, Arc<Mutex<Vec<String>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = heard.clone();
    let cx = ToolContext::builder().progress(move |text| sink.lock().unwrap().push(text.to_owned())).build();
    (cx, heard)
}

#[tokio::test]
async fn progress_only_grows_and_belongs_to_its_call() {
    let server = dirty("progress").await.unwrap();
    for _ in 0..2 {
        let (cx, heard) = listener();
        let outcome = call_with(&server, "bad", json!({}), &cx).await;
        assert_eq!(outcome.text(), "fine");
        tokio::time::sleep(Duration::from_millis(300)).await;
        let heard = heard.lock().unwrap().clone();
        assert_eq!(heard.len(), 3, "{heard:?}");
        for (text, words) in heard.iter().zip(["one", "four", "seven"]) {
            assert!(text.contains(words) && text.contains("10"), "{heard:?}");
            assert_clean(text);
        }
    }
}

#[tokio::test]
async fn progress_extends_the_timeout_but_not_the_total() {
    // The server reports something every 50 ms for 300 ms, and then nothing.
    let server = dirty("progress-hang").timeout(Duration::from_millis(250)).await.unwrap();
    let (cx, heard) = listener();
    let start = Instant::now();
    let outcome = call_with(&server, "bad", json!({}), &cx).await;
    let took = start.elapsed();
    assert!(outcome.is_error(), "{}", outcome.text());
    assert!(took > Duration::from_millis(420) && took < Duration::from_secs(2), "{took:?}");
    assert_eq!(heard.lock().unwrap().len(), 3);

    let server = dirty("progress-hang").total_timeout(Duration::from_millis(200)).await.unwrap();
    let start = Instant::now();
    let outcome = call_with(&server, "bad", json!({}), &ToolContext::default()).await;
    assert!(outcome.is_error(), "{}", outcome.text());
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}
