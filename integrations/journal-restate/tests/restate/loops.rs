//! Loops whose calls run at the same time, and two loops in one invocation.

use std::time::{Duration, Instant};

use claudette::testing::{MockResponse, MockServer};
use serde_json::{Value, json};

use crate::setup::Setup;
use crate::worker::Worker;

/// Starts a model with this number of runs of `nap`, and a worker that uses it.
fn start(setup: &Setup, runs: usize) -> (tokio::runtime::Runtime, MockServer, Worker) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let model = runtime.block_on(MockServer::start()).unwrap();
    for _ in 0..runs {
        model.respond(MockResponse::tool_uses([("nap", json!({})), ("nap", json!({})), ("nap", json!({}))]));
        model.respond(MockResponse::text("Awake."));
    }
    let worker = Worker::start(&setup.files, model.url());
    setup.restate.register(&worker.url());
    (runtime, model, worker)
}

/// Three calls of 400 ms each run at the same time, here in the handler of a virtual object. Without `Journal::calls`, they
/// run one after another.
pub(crate) fn calls_run_at_the_same_time(setup: &mut Setup) {
    let (_runtime, _model, worker) = start(setup, 2);
    let time = |handler: &str| {
        let begun = Instant::now();
        assert_eq!(setup.restate.call(handler, &Value::Null), (200, "\"Awake.\"".to_owned()));
        begun.elapsed()
    };
    let (together, in_turn) = (time("Chats/anna/nap"), time("Agent/nap_in_turn"));
    println!("together {together:.1?}, in turn {in_turn:.1?}");
    assert!(in_turn >= Duration::from_millis(1200) && together < Duration::from_millis(1200));
    drop(worker);
    setup.restate.register(&setup.worker.url());
}

/// Two loops need two journals, so that their calls have different idempotency keys.
pub(crate) fn each_loop_needs_its_own_journal(setup: &mut Setup) {
    let (_runtime, model, worker) = start(setup, 3);
    let (status, text) = setup.restate.call("Agent/twice", &json!(2));
    assert_eq!((status, &*text), (200, "\"Awake.\""));
    let (status, text) = setup.restate.call("Agent/twice", &json!(1));
    let is_named = text.contains(".first`: create a journal with another name for each loop");
    assert_eq!((status, is_named), (500, true), "{text}");
    assert_eq!(model.requests().len(), 6);
    drop(worker);
    setup.restate.register(&setup.worker.url());
}
