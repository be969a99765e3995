//! Suspended calls inside sub-agents: the outer run ends, and after the decision the sub-agents continue.

use std::sync::{Arc, Mutex};

use claudette::chat::{ChatBuilder, ChatState};
use claudette::testing::{MockResponse, MockServer};
use claudette::{Approval, Chat, Client, EndReason, Error, State, ToolUse, tool, tools};
use serde_json::{Value, json};

const MODEL: &str = "claude-sonnet-5-5";

/// The amounts that were paid.
#[derive(Default)]
struct Paid(Mutex<Vec<u32>>);

/// Pays an invoice.
#[tool]
async fn pay(
    paid: State<Paid>,
    /// Amount in USD
    amount: u32,
) -> String {
    paid.0.lock().unwrap().push(amount);
    format!("paid {amount}")
}

/// Returns a chat with `levels` of agents, of which the innermost has the tool `pay`.
fn tree(client: &Client, levels: u32, paid: &Arc<Paid>) -> Chat {
    builder(client, levels, paid).build().unwrap()
}

fn builder(client: &Client, levels: u32, paid: &Arc<Paid>) -> ChatBuilder {
    if levels == 0 {
        return Chat::builder(client).tools(tools![pay]).state(paid.clone());
    }
    let agent = tree(client, levels - 1, paid).into_tool(format!("agent{levels}"), "Does a part of the task.");
    Chat::builder(client).tools(tools![].with(agent))
}

/// Returns a server whose model passes the prompt on to all its agents. The innermost pays the amount in the prompt.
async fn server(fan: usize) -> MockServer {
    let claude = MockServer::start().await.unwrap();
    for _ in 0..100 {
        claude.respond_with(move |request: &Value| {
            let messages = request["messages"].as_array().unwrap();
            let is_answered = messages.len() > 1;
            let text = messages[0]["content"].as_str().or(messages[0]["content"][0]["text"].as_str()).unwrap();
            let tool = request["tools"][0]["name"].as_str().unwrap();
            match tool {
                _ if is_answered => {
                    let last = messages.last().unwrap()["content"].as_array().unwrap();
                    let results: Vec<String> = last
                        .iter()
                        .map(|block| {
                            block["content"].as_str().unwrap_or_else(|| block["content"][0]["text"].as_str().unwrap())
                        })
                        .map(str::to_owned)
                        .collect();
                    MockResponse::text(results.join(" & "))
                }
                "pay" => MockResponse::tool_uses([
                    ("pay", json!({"amount": text.parse::<u32>().unwrap()})),
                    ("pay", json!({"amount": 1})),
                ]),
                agent => MockResponse::tool_uses((0..fan).map(|n| (agent, json!({"prompt": format!("{text}{n}")})))),
            }
        });
    }
    claude
}

/// Suspends payments of more than one dollar.
async fn approve(call: ToolUse) -> Approval {
    match call.input_as::<Value>().unwrap()["amount"].as_u64() {
        Some(2..) => Approval::Suspend,
        _ => Approval::Allow,
    }
}

#[tokio::test]
async fn a_suspended_call_inside_agents_continues_where_it_stopped() {
    for (levels, fan) in [(1, 1), (1, 2), (3, 1), (2, 2)] {
        let claude = server(fan).await;
        let client = claude.client(MODEL);
        let paid = Arc::<Paid>::default();
        let mut lead = tree(&client, levels, &paid);
        let run = lead.toolloop("7").approve(approve).max_cost(5.0).await.unwrap();
        assert_eq!(*run.end_reason(), EndReason::Suspended);
        assert_eq!(lead.usage(), client.usage());
        let leaves = fan.pow(levels);
        assert_eq!(paid.0.lock().unwrap().len(), leaves, "the other payments are made");
        assert_eq!(lead.pending(), run.pending());
        assert_eq!(run.pending().len(), leaves);
        let (before, stored) = (claude.requests().len(), lead.state().to_json());

        // Another process continues.
        let state = ChatState::from_json(&stored).unwrap();
        assert_eq!(state.to_json(), stored);
        let names: Vec<String> = (1..=levels).rev().map(|level| format!("agent{level}")).collect();
        let mut other = builder(&client, levels, &paid).restore(state).build().unwrap();
        assert_eq!(other.pending(), run.pending());
        let error = other.resume_toolloop().await.unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains("`pay`"), "{error}");
        let (first, rest) = run.pending().split_first().unwrap();
        for call in rest {
            let around: Vec<String> = other.agents_around(call).iter().map(|agent| agent.name().to_owned()).collect();
            assert_eq!((&around, call.name()), (&names, "pay"));
            other.decide(call, Approval::Allow).unwrap();
            assert!(other.decide(call, Approval::Allow).is_err(), "it is decided");
        }
        assert!(other.resume_toolloop().await.is_err(), "one call is undecided");
        other.decide(first, Approval::Allow).unwrap();
        let run = other.resume_toolloop().max_cost(5.0).await.unwrap();
        assert_eq!(*run.end_reason(), EndReason::Finished);
        assert_eq!(paid.0.lock().unwrap().len(), 2 * leaves, "each payment is made once");
        assert_eq!(run.text().matches("paid 1").count(), leaves, "{run}");
        // One request for each conversation, after its results.
        let conversations = (0..=levels).map(|level| fan.pow(level)).sum::<usize>();
        assert_eq!((before, claude.requests().len()), (conversations, 2 * conversations));
        assert_eq!(other.usage(), client.usage(), "usage counts once");
        assert!(other.pending().is_empty());
        claude.requests().iter().for_each(|request| assert!(!request.body().to_string().contains("Interrupted")));
    }
}

/// Returns a chat whose agent has a suspended payment of 70 dollars.
async fn suspended(client: &Client, paid: &Arc<Paid>) -> Chat {
    let mut lead = tree(client, 1, paid);
    lead.toolloop("7").approve(approve).await.unwrap();
    paid.0.lock().unwrap().clear();
    lead
}

#[tokio::test]
async fn a_run_shows_the_calls_inside_that_wait() {
    for (levels, expected) in [
        (0, "pay({\"amount\":7})\npay({\"amount\":1})"),
        (1, "agent1({\"prompt\":\"70\"})\n  pay({\"amount\":70})"),
        (2, "agent2({\"prompt\":\"70\"})\n    pay({\"amount\":700})"),
    ] {
        let claude = server(1).await;
        let client = claude.client(MODEL);
        let mut lead = tree(&client, levels, &Arc::default());
        let run = lead.toolloop("7").approve(approve).await.unwrap();
        assert_eq!(run.to_string(), expected);
        lead.decide(&run.pending()[0], Approval::Allow).unwrap();
        let run = lead.resume_toolloop().await.unwrap();
        assert_eq!(run.to_string(), run.text());
    }
    // A text is shown alone.
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::content(json!([
        {"type": "text", "text": "The agent pays."},
        {"type": "tool_use", "id": "toolu_1", "name": "agent1", "input": {"prompt": "7"}},
    ])));
    claude.respond(MockResponse::tool_use("pay", json!({"amount": 7})));
    let mut lead = tree(&claude.client(MODEL), 1, &Arc::default());
    let run = lead.toolloop("7").approve(approve).await.unwrap();
    assert_eq!((run.to_string(), run.pending().len()), ("The agent pays.".to_owned(), 1));
}

#[tokio::test]
async fn a_decision_inside_an_agent_can_deny_or_change_the_call() {
    let claude = server(1).await;
    let client = claude.client(MODEL);
    let paid = Arc::<Paid>::default();
    let mut lead = suspended(&client, &paid).await;
    let (call, fork) = (lead.pending()[0].clone(), lead.fork());
    lead.decide(call.id(), Approval::deny("too much")).unwrap();
    let run = lead.resume_toolloop().await.unwrap();
    assert!(run.text().starts_with("Denied by the user: too much & paid 1"), "{run}");
    assert!(paid.0.lock().unwrap().is_empty());

    // A decision in one chat does not apply to a fork.
    let mut lead = fork;
    let misuse = |result: Result<(), Error>| assert!(result.unwrap_err().is_misuse());
    misuse(lead.decide(&ToolUse::new(call.id(), "pay", json!({"amount": 700})), Approval::Allow));
    misuse(lead.decide(&call, Approval::Suspend));
    misuse(lead.decide(&call, Approval::allow_with(5)));
    misuse(lead.decide(call.id().split('/').next().unwrap(), Approval::Allow));
    misuse(lead.decide("toolu_9/toolu_9", Approval::Allow));
    lead.decide(&call, Approval::allow_with(json!({"amount": 5}))).unwrap();
    let run = lead.resume_toolloop().await.unwrap();
    assert!(run.text().contains("paid 5"), "{run}");
    assert_eq!(*paid.0.lock().unwrap(), [5]);
}

#[tokio::test]
async fn an_agent_can_be_suspended_again() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client(MODEL);
    let paid = Arc::<Paid>::default();
    claude.respond(MockResponse::tool_use("agent2", json!({"prompt": "a"})));
    claude.respond(MockResponse::tool_use("agent1", json!({"prompt": "b"})));
    for amount in [10, 20] {
        claude.respond(MockResponse::tool_use("pay", json!({"amount": amount})));
    }
    for text in ["inner", "middle", "led"] {
        claude.respond(MockResponse::text(text));
    }
    let mut lead = tree(&client, 2, &paid);
    let mut run = lead.toolloop("Go.").approve(approve).await.unwrap();
    for expected in [vec![], vec![10]] {
        assert_eq!(*run.end_reason(), EndReason::Suspended);
        assert_eq!(*paid.0.lock().unwrap(), expected);
        let calls = lead.pending();
        assert_eq!((calls.len(), run.pending()), (1, &calls[..]));
        lead.decide(&calls[0], Approval::Allow).unwrap();
        run = lead.resume_toolloop().approve(approve).await.unwrap();
    }
    assert_eq!((run.text(), run.end_reason()), ("led".to_owned(), &EndReason::Finished));
    assert_eq!(*paid.0.lock().unwrap(), [10, 20]);
    assert_eq!((lead.usage(), claude.requests().len()), (client.usage(), 7));
}
