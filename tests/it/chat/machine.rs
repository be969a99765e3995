//! The state machine on plain data: for any inputs, the history stays valid, the loop ends, and a stored state is
//! equivalent to the original.

use std::time::Duration;

use claudette::catalog::Spent;
use claudette::chat::{Action, ChatState, Input, LoopOptions};
use claudette::tooling::Amount;
use claudette::wire::Prompt;
use claudette::{Approval, ContentBlock, EndReason, History, Response, ToolError, ToolOutcome, ToolOutput, ToolUse};
use proptest::prelude::*;
use serde_json::{Value, json};

/// An operation of the driver. The number selects one of the possible inputs.
#[derive(Clone, Debug)]
enum Op {
    /// Carries out the next action.
    Obey(u8),
    /// Puts in an input that may be invalid.
    Disturb(u8),
    /// Puts in a summary of messages, which may be impossible. The first number selects the messages: half of the numbers
    /// are all of them.
    Compact(u8, u8),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        8 => any::<u8>().prop_map(Op::Obey),
        1 => any::<u8>().prop_map(Op::Disturb),
        1 => any::<(u8, u8)>().prop_map(|(messages, choice)| Op::Compact(messages, choice)),
    ];
    prop::collection::vec(op, 0..24)
}

fn response(choice: u8) -> Response {
    let call = |id: &str, name: &str| json!({"type": "tool_use", "id": id, "name": name, "input": {"n": choice}});
    let search = json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}});
    let text = json!({"type": "text", "text": "Let me see."});
    let summary = |text: Value| json!({"type": "compaction", "content": text});
    let (content, stop): (Value, &str) = match choice % 21 {
        0 => (json!([text]), "end_turn"),
        1 => (json!([text, call("toolu_1", "a")]), "tool_use"),
        2 => (json!([call("toolu_2", "a"), call("toolu_2", "b"), call("toolu_2", "c")]), "tool_use"),
        3 => (json!([call("", "a"), call("not valid!", "b")]), "tool_use"),
        4 => (json!([]), "tool_use"),
        5 => (json!([]), "end_turn"),
        6 => (json!([text, search]), "pause_turn"),
        7 => (json!([text]), "pause_turn"),
        8 => (json!([text, call("toolu_3", "a")]), "max_tokens"),
        9 => (json!([text]), "refusal"),
        10 => (json!([call("toolu_4", "a")]), "end_turn"),
        11 => (json!([search, call("toolu_5", "a")]), "tool_use"),
        12 => (json!([{"type": "text", "text": ""}, {"type": "text", "text": " "}]), "end_turn"),
        13 => (json!([text]), "a_reason_of_tomorrow"),
        14 => (json!([call("toolu_6", "respond")]), "tool_use"),
        15 => (json!([text]), "model_context_window_exceeded"),
        16 => (json!([summary(json!("So far: nothing."))]), "compaction"),
        17 => (json!([summary(json!("So far: nothing.")), text, call("toolu_7", "a")]), "tool_use"),
        18 => (json!([summary(Value::Null)]), "compaction"),
        19 => (json!([text, search, summary(json!("So far: a search.")), text]), "pause_turn"),
        // The API signs summaries only on demand.
        _ => (json!([text, signed("So far: nothing."), text, call("toolu_8", "a")]), "tool_use"),
    };
    let usage = json!({"input_tokens": 100 * u32::from(choice), "output_tokens": choice});
    let response = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5",
        "content": content, "stop_reason": stop, "usage": usage,
        "context_management": {"applied_edits": [{"type": "clear_tool_uses_20250919", "cleared_tool_uses": choice / 32,
            "cleared_input_tokens": choice}]}});
    serde_json::from_value(response).unwrap()
}

fn signed(content: &str) -> Value {
    json!({"type": "compaction", "content": content, "signature": "EqQB", "tool_changes": []})
}

/// Returns the response to a request for a summary.
fn summary(choice: u8) -> Response {
    let text = json!({"type": "text", "text": "Here it is."});
    let call = json!({"type": "tool_use", "id": "toolu_1", "name": "a", "input": {}});
    let (content, stop) = match choice % 5 {
        0 => (json!([]), "max_tokens"),
        1 => (json!([{"type": "compaction", "content": "So far: something.", "signature": "EqQB"}]), "compaction"),
        // The API sends nothing but the summary.
        2 => (json!([text, signed("So far: something."), call]), "compaction"),
        _ => (json!([signed("So far: something.")]), "compaction"),
    };
    serde_json::from_value(json!({"content": content, "stop_reason": stop, "usage": {}})).unwrap()
}

fn outcome(call: &ToolUse, choice: u8) -> ToolOutcome {
    let answer = match choice % 6 {
        0 => Ok(ToolOutput::finish("That is all.")),
        1 => Err(ToolError::new("it failed")),
        2 => Err(ToolError::abort("the till is locked")),
        3 => Ok(ToolOutput::new("")),
        _ => Ok(ToolOutput::new("done")),
    };
    ToolOutcome::new(call.clone(), answer, Duration::from_millis(choice.into()))
}

fn approval(choice: u8) -> Approval {
    match choice % 5 {
        0 => Approval::Suspend,
        1 => Approval::deny("not today"),
        2 => Approval::allow_with(json!({"n": 0})),
        _ => Approval::Allow,
    }
}

fn options(choice: u8) -> LoopOptions {
    let options = LoopOptions::new().max_steps(u32::from(choice % 4) + 1).asks_approval(choice & 4 != 0);
    let options = if choice & 8 != 0 { options.deadline(Duration::from_secs(5)) } else { options };
    let options = if choice & 16 != 0 { options.continue_prompt("Go on.") } else { options };
    with_policy(&options, choice / 32)
}

/// Returns the options with a context policy and a threshold, as they are in a stored state: the driver measures the
/// threshold.
fn with_policy(options: &LoopOptions, choice: u8) -> LoopOptions {
    let context = match choice {
        0 => json!({"kind": "compact"}),
        1 => json!({"kind": "compact", "keep_last": 20}),
        2 => json!({"kind": "trim", "keep_results": 1}),
        3 => json!({"kind": "clear", "keep_results": 1}),
        4 => json!({"kind": "compact_on_server"}),
        _ => return options.clone(),
    };
    let mut options = json!(options);
    options["context"] = context;
    options["room"] = json!({"threshold": 400, "limit": 2_000, "prefix_tokens": 10, "drops_thinking": true});
    serde_json::from_value(options).unwrap()
}

/// Returns the input of a correct driver for the next action.
fn obey(state: &ChatState, choice: u8) -> Input {
    match state.next() {
        Action::Request(conversation) => {
            let plan_additions = claudette::client::RequestPlan::new(
                &claudette::client::RequestOptions::new("claude-sonnet-5-5"),
                conversation,
            )
            .into_additions();
            Input::Response { added: plan_additions, response: response(choice), spent: Spent::default() }
        }
        Action::Compact(request) => {
            Input::Compacted { messages: request.messages, response: summary(choice), spent: Spent::default() }
        }
        Action::Approve(call) => Input::Decision { call: call.index(), approval: approval(choice) },
        Action::RunTools(calls) => Input::ToolStarted { call: calls[usize::from(choice) % calls.len()].index() },
        Action::Done(EndReason::Suspended) if choice.is_multiple_of(2) => {
            let call = state.pending().find(|call| call.is_suspended() && !call.is_decided());
            match call {
                Some(call) => Input::Decision { call: call.index(), approval: Approval::Allow },
                None if choice.is_multiple_of(4) => Input::Continue,
                None => Input::Resume { options: options(choice) },
            }
        }
        Action::Done(_) if choice.is_multiple_of(3) => Input::Resume { options: options(choice) },
        Action::Await if state.pending().any(|call| !call.is_suspended()) => {
            let started: Vec<_> = state.pending().filter(|call| !call.is_suspended()).collect();
            let call = started[usize::from(choice) % started.len()];
            Input::ToolFinished { call: call.index(), outcome: outcome(call.call(), choice) }
        }
        _ => Input::Prompt { prompt: Prompt::from("What is it?"), options: options(choice) },
    }
}

fn disturb(choice: u8) -> Input {
    let call = usize::from(choice / 16);
    match choice % 16 {
        0 => Input::Abandoned,
        1 => Input::Stop(EndReason::Cancelled),
        2 => Input::Elapsed(Duration::from_secs(choice.into())),
        3 => Input::Message(Prompt::from("One more thing.")),
        4 => Input::Rejected("no".into()),
        5 => Input::Response { added: Vec::new(), response: response(choice), spent: Spent::default() },
        6 => Input::Decision { call, approval: approval(choice) },
        7 => Input::ToolStarted { call },
        8 => Input::ToolFinished { call, outcome: outcome(&ToolUse::new("toolu_9", "a", ()), choice) },
        9 if choice > 128 => Input::Continue,
        9 => Input::Prompt { prompt: Prompt::from(" "), options: options(choice) },
        10 => Input::Prompt { prompt: Prompt::from("Never mind."), options: options(choice) },
        11 => Input::Resume { options: options(choice) },
        12 => Input::Spent(Spent::default()),
        13 => Input::Available(Amount::tokens(u64::from(choice))),
        14 => Input::ToolSuspended { call, state: Box::new(if choice > 16 { waiting() } else { ChatState::new() }) },
        _ => Input::Inner { call, input: Box::new(Input::Decision { call: 0, approval: approval(choice) }) },
    }
}

/// Returns the state of a sub-agent with a suspended call.
fn waiting() -> ChatState {
    let mut state = ChatState::new();
    let options = LoopOptions::new().asks_approval(true);
    state.apply(Input::Prompt { prompt: "Go.".into(), options }).unwrap();
    let response = json!({"content": [{"type": "tool_use", "id": "toolu_1", "name": "a", "input": {}}], "stop_reason": "tool_use"});
    let response = serde_json::from_value(response).unwrap();
    state.apply(Input::Response { added: Vec::new(), response, spent: Spent::default() }).unwrap();
    state.apply(Input::Decision { call: 0, approval: Approval::Suspend }).unwrap();
    state
}

/// Stores and restores the state, and checks that it is unchanged.
fn restored(state: &ChatState) -> ChatState {
    let json = state.to_json();
    let restored = ChatState::from_json(&json).unwrap();
    assert_eq!(restored.to_json(), json);
    assert_eq!(format!("{:?}", restored.next()), format!("{:?}", state.next()), "the next action is the same");
    restored
}

/// Checks that the API accepts the conversation.
fn is_valid(state: &ChatState) {
    let history = state.history();
    assert_eq!(&History::repair(history.to_vec()), history, "{}", history.to_json());
    let (mut calls, mut results) = (0, 0);
    for block in history.iter().flat_map(claudette::Message::content) {
        calls += usize::from(matches!(block, ContentBlock::ToolUse(_)));
        results += usize::from(matches!(block, ContentBlock::ToolResult(_)));
    }
    assert_eq!(calls, results, "each call has one result");
}

/// The maximum number of requests in a loop of four steps: each turn can pause ten times, also a turn whose calls are
/// missing.
const MOST_REQUESTS: u32 = (4 + 2) * (10 + 1);

/// Returns the number of cases. `.ci/run` runs many more than `cargo test`.
fn cases() -> u32 {
    std::env::var("CLAUDETTE_CASES").map_or(300, |cases| cases.parse().expect("CLAUDETTE_CASES must be a number"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn for_any_inputs_the_history_is_valid_and_a_stored_state_is_equivalent(ops in ops()) {
        let (mut state, mut other) = (ChatState::new(), ChatState::new());
        for op in ops {
            let input = match op {
                Op::Obey(choice) => obey(&state, choice),
                Op::Disturb(choice) => disturb(choice),
                Op::Compact(messages, choice) => {
                    let all = state.history().len();
                    let messages = if messages < 128 { all } else { usize::from(messages) % (all + 1) };
                    Input::Compacted { messages, response: summary(choice), spent: Spent::default() }
                }
            };
            let before = state.to_json();
            match state.apply(input.clone()) {
                Ok(outcomes) => {
                    let same = other.apply(input).unwrap();
                    prop_assert_eq!(format!("{outcomes:?}"), format!("{same:?}"));
                }
                Err(misuse) => {
                    prop_assert_eq!(state.to_json(), before, "a refused input changes nothing");
                    let input_json = serde_json::to_string(&input).unwrap();
                    prop_assert_eq!(serde_json::to_string(&misuse.into_input()).unwrap(), input_json, "a refused input is returned");
                }
            }
            is_valid(&state);
            // One state continues unchanged, the other one from its stored form.
            prop_assert_eq!(other.to_json(), state.to_json());
            other = restored(&state);
        }
    }

    #[test]
    fn a_loop_ends(choices in prop::collection::vec(any::<u8>(), 1..40), start in any::<u8>()) {
        let mut state = ChatState::new();
        state.apply(Input::Prompt { prompt: "Go.".into(), options: options(start) }).unwrap();
        let mut inputs = 0;
        for choice in choices.iter().cycle() {
            if let Action::Done(_) = state.next() {
                break;
            }
            let input = obey(&state, *choice);
            state.apply(input).unwrap();
            inputs += 1;
            // Four steps, ten pauses in each turn and two missing calls. Each has at most three calls with three inputs.
            prop_assert!(inputs < MOST_REQUESTS * 10, "{:?}", state.next());
        }
        prop_assert!(state.requests() <= MOST_REQUESTS);
    }
}
