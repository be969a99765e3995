//! A program that changes while a run is in progress, and errors of the model.

use claudette::testing::{MockResponse, MockServer};
use serde_json::{Value, json};

use crate::restate::wait_for;
use crate::setup::Setup;

/// A run that began with another program does not continue, and says why. It continues with the old program.
pub(crate) fn a_changed_program_does_not_continue_a_run(setup: &mut Setup) {
    for (change, expected) in [("another prompt", "another prompt"), ("another tool", "the tool `pay`")] {
        let invocation = setup.restate.send("Agent/run", &Value::Null);
        let run = format!("{invocation}.standard");
        wait_for("some steps", || (setup.restate.steps(&invocation).len() > 5).then_some(()));
        setup.worker.replace(change);
        let failure = wait_for("a failure", || {
            let failure = setup.restate.column(&invocation, "last_failure");
            failure.contains("began with").then_some(failure)
        });
        assert!(failure.contains(&run) && failure.contains(expected), "{failure}");
        assert!(failure.contains("run it with the same program"), "{failure}");
        assert_eq!(setup.restate.output(&invocation), None, "nothing is lost");
        setup.worker.replace("");
        let outcome = setup.outcome(&invocation);
        let mut books = journal_scenario::Books::new(&setup.files);
        books.killed(&run, &[]);
        books.killed(&run, &[]);
        books.finished(&run, &setup.restate.steps(&invocation), &outcome);
        println!("{change}: {failure}");
    }
}

/// A journal can allow the changes.
pub(crate) fn a_changed_program_can_be_allowed(setup: &mut Setup) {
    let invocation = setup.restate.send("Agent/run", &Value::Null);
    wait_for("some steps", || (setup.restate.steps(&invocation).len() > 5).then_some(()));
    setup.worker.replace("another prompt, allowed");
    setup.outcome(&invocation);
    setup.worker.replace("");
}

/// A call that arrives in a process without its tool waits until a process has the tool.
pub(crate) fn a_call_waits_for_a_process_with_its_tool(setup: &mut Setup) {
    setup.worker.replace("no tools for the calls");
    let invocation = setup.restate.send("Agent/run", &Value::Null);
    let run = format!("{invocation}.standard");
    let failure = wait_for("a failure", || {
        let call = setup.restate.children(&invocation).pop()?;
        let failure = setup.restate.column(&call, "last_failure");
        (!failure.is_empty()).then_some(failure)
    });
    let expected =
        format!("the step `tool#1.1:pay` of run `{run}` calls the tool `pay`, which this process does not have");
    assert!(failure.contains(&expected), "{failure}");
    setup.worker.replace("");
    setup.outcome(&invocation);
    assert_eq!(setup.files.counts().effects(&run, "tool#1.1:pay"), 1);
}

/// A request that the API refuses ends the invocation. An overloaded API does not.
pub(crate) fn a_permanent_error_ends_the_invocation(setup: &mut Setup) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let model = runtime.block_on(MockServer::start()).unwrap();
    let mut worker = crate::worker::Worker::start(&setup.files, model.url());
    setup.restate.register(&worker.url());

    // A tool aborts the run. The worker was killed before, so that all earlier steps are replayed.
    model.respond(MockResponse::tool_use("stop", json!({})));
    let invocation = setup.restate.send("Agent/abort", &Value::Null);
    wait_for("the call runs", || (!setup.restate.children(&invocation).is_empty()).then_some(()));
    worker.kill();
    worker.restart();
    let (status, text) = setup.restate.wait(&invocation);
    assert_eq!((status, text.contains("the tool `stop` aborted the run: the till is locked")), (500, true), "{text}");
    assert_eq!(model.requests().len(), 1);

    model.respond(MockResponse::error(400, "invalid_request_error", "prompt is too long: 300000 tokens"));
    let (status, text) = setup.restate.wait(&setup.restate.send("Agent/run", &Value::Null));
    assert_eq!((status, text.contains("prompt is too long: 300000 tokens")), (500, true), "{text}");
    assert!(text.contains("the step `request#1` of run `inv_"), "{text}");
    assert_eq!(model.requests().len(), 2);

    model.respond(MockResponse::error(401, "authentication_error", "invalid x-api-key"));
    model.respond(MockResponse::error(402, "billing_error", "no credit"));
    model.respond(MockResponse::text("Done."));
    let (status, text) = setup.restate.wait(&setup.restate.send("Agent/run", &Value::Null));
    assert_eq!((status, text.contains("Done.")), (200, true), "{text}");
    assert_eq!(model.requests().len(), 5);
    drop(worker);
    setup.restate.register(&setup.worker.url());
}
