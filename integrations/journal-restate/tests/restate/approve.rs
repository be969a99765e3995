//! Calls that wait for a decision.

use claudette::Approval;
use claudette_journal_restate::{Decision, Waiting};
use journal_scenario::Outcome;
use serde_json::{Value, json};

use crate::restate::wait_for;
use crate::setup::Setup;

fn waiting(setup: &Setup, run: &str) -> Option<Waiting> {
    let (status, text) = setup.restate.call(&format!("ClaudetteApprovals/{run}/waiting"), &Value::Null);
    assert_eq!(status, 200, "{text}");
    let mut all: Vec<Waiting> = serde_json::from_str(&text).unwrap();
    assert!(all.len() <= 1, "the loop asks for one call after another");
    all.pop()
}

fn decide(setup: &Setup, run: &str, call: &str, approval: Approval) -> (u16, String) {
    let decision = serde_json::to_value(Decision { call: call.to_owned(), approval }).unwrap();
    setup.restate.call(&format!("ClaudetteApprovals/{run}/decide"), &decision)
}

/// A call waits while no process runs, and the decision of another process continues it.
pub(crate) fn a_call_waits_for_a_decision(setup: &mut Setup) {
    let invocation = setup.restate.send("Agent/ask", &json!(0));
    let run = format!("{invocation}.standard");
    let mut decided = 0;
    let (status, text) = wait_for("the run has ended", || {
        if let Some(output) = setup.restate.output(&invocation) {
            return Some(output);
        }
        let Waiting { call, step, invocation: waits } = waiting(setup, &run)?;
        assert_eq!(waits, invocation);
        assert!(step.as_str().starts_with("approval#"), "{step}");
        decided += 1;
        if decided == 1 {
            wrong_decisions(setup, &run, call.id());
            // The wait survives the worker, and so does a decision.
            setup.worker.kill();
            setup.worker.restart();
        }
        let approval = if decided == 2 { Approval::deny("too expensive") } else { Approval::Allow };
        let (status, text) = decide(setup, &run, call.id(), approval);
        assert_eq!(status, 200, "{text}");
        let (status, text) = decide(setup, &run, call.id(), Approval::Allow);
        assert_eq!((status, text.contains("does not wait for a decision")), (404, true), "{text}");
        None
    });
    assert_eq!(status, 200, "{text}");
    let outcome: Outcome = serde_json::from_str(&text).unwrap();
    assert_eq!(decided, journal_scenario::CALLS);
    assert!(outcome.history.contains("too expensive"), "the model reads the reason");
    let counts = setup.files.counts();
    assert_eq!((counts.effects(&run, "tool#1.1:pay"), counts.effects(&run, "tool#2.1:pay")), (1, 0));
    for request in 1..=journal_scenario::REQUESTS {
        assert_eq!(counts.requests(&run, request), 1, "request {request}");
    }
    println!("{decided} decisions");
}

fn wrong_decisions(setup: &Setup, run: &str, call: &str) {
    let (status, text) = decide(setup, run, "toolu_other", Approval::Allow);
    assert_eq!(status, 404);
    let expected = format!(
        "the call `toolu_other` of run `{run}` does not wait for a decision, these calls do: `{call}`: check the ids, or \
         wait until the run asks"
    );
    assert!(text.contains(&expected), "{text}");
    let (status, text) = decide(setup, "inv_other.standard", call, Approval::Allow);
    assert_eq!((status, text.contains("no call of this run does")), (404, true), "{text}");
    let (status, text) = decide(setup, run, call, Approval::Suspend);
    assert_eq!((status, text.contains("`Suspend` is not a decision")), (400, true), "{text}");
}

/// Without a decision in time, the call is denied. The timer continues while no process runs.
pub(crate) fn a_decision_can_have_a_time_limit(setup: &mut Setup) {
    let invocation = setup.restate.send("Agent/ask", &json!(300));
    let run = format!("{invocation}.standard");
    wait_for("the first call waits", || waiting(setup, &run));
    setup.worker.kill();
    std::thread::sleep(std::time::Duration::from_millis(400));
    setup.worker.restart();
    let (status, text) = setup.restate.wait(&invocation);
    assert_eq!(status, 200, "{text}");
    let outcome: Outcome = serde_json::from_str(&text).unwrap();
    let denials = outcome.history.matches("no decision within 300ms").count();
    assert_eq!(denials, journal_scenario::CALLS);
    assert!(waiting(setup, &run).is_none(), "nothing waits any more");
    assert_eq!(setup.files.counts().effects(&run, "tool#1.1:pay"), 0);
    println!("{denials} denials");
}

/// An invocation that waits can be cancelled.
pub(crate) fn a_run_can_be_cancelled(setup: &mut Setup) {
    let invocation = setup.restate.send("Agent/ask", &json!(0));
    let run = format!("{invocation}.standard");
    wait_for("the first call waits", || waiting(setup, &run));
    setup.restate.cancel(&invocation);
    let (status, text) = setup.restate.wait(&invocation);
    let expected = format!("the invocation of run `{run}` was cancelled at step `approval#1.1`");
    assert_eq!((status, text.contains(&expected)), (409, true), "{text}");
}
