//! Stored, damaged, imported, forked and rewound conversations: the API accepts their continuations.

use claudette::testing::{MockResponse, MockServer};
use claudette::wire::Role;
use claudette::{Chat, Client, History, Message, messages, tool, tools};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

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

fn read(messages: &Value) -> Vec<Message> {
    serde_json::from_value(messages.clone()).unwrap()
}

fn call(id: &str) -> Value {
    json!({"type": "tool_use", "id": id, "name": "sums", "input": {"a": 1, "b": 2}})
}

fn result(id: &str) -> Value {
    json!({"type": "tool_result", "tool_use_id": id, "content": "3"})
}

/// Returns a search, or an MCP call if its id says so.
fn search(id: &str) -> Value {
    if id.starts_with("mcp") {
        return json!({"type": "mcp_tool_use", "id": id, "name": "find", "server_name": "s", "input": {"query": "q"}});
    }
    json!({"type": "server_tool_use", "id": id, "name": "web_search", "input": {"query": "q"}})
}

fn found(id: &str) -> Value {
    let kind = if id.starts_with("mcp") { "mcp_tool_result" } else { "web_search_tool_result" };
    json!({"type": kind, "tool_use_id": id, "content": []})
}

fn thinking(text: &str) -> Value {
    json!({"type": "thinking", "thinking": text, "signature": "c2lnbmVk"})
}

/// Returns a summary that was made on demand.
fn signed(text: &str) -> Value {
    json!({"type": "compaction", "content": text, "signature": "c2lnbmVk", "tool_changes": []})
}

/// Returns a summary that was made at a threshold.
fn unsigned(text: &str) -> Value {
    json!({"type": "compaction", "content": text, "encrypted_content": "c2VjcmV0"})
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn user(content: impl Into<Value>) -> Value {
    json!({"role": "user", "content": content.into()})
}

fn assistant(content: impl Into<Value>) -> Value {
    json!({"role": "assistant", "content": content.into()})
}

fn system(content: impl Into<Value>) -> Value {
    json!({"role": "system", "content": content.into()})
}

/// Generates a prompt and the turn of the model that follows, with its calls and results.
fn exchange(place: usize) -> impl Strategy<Value = Vec<Value>> {
    let begins = prop_oneof![
        2 => Just(vec![user("Go.")]),
        1 => Just(vec![user(vec![text("Go."), text("Now.")])]),
        1 => Just(vec![user("Go."), user("Now.")]),
        1 => Just(vec![user("Go."), system("Be brief.")]),
    ];
    let ends = prop_oneof![Just(assistant("Done.")), Just(assistant(vec![thinking("So."), text("Done.")]))];
    (begins, any::<[bool; 6]>(), 0..3_usize, 0..3_usize, ends).prop_map(move |(mut all, is, searches, calls, ends)| {
        let [thinks, speaks, pauses, splits, late, adds] = is;
        let mut turn = Vec::new();
        turn.extend(thinks.then(|| thinking("Hm.")));
        // Real responses contain blank texts between other blocks.
        turn.extend(speaks.then(|| text(" \n")));
        let mut waiting = Vec::new();
        for nth in 0..searches {
            let id = format!("{}toolu_{place}_{nth}", if nth == 0 { "srv" } else { "mcp" });
            turn.push(search(&id));
            if pauses && nth + 1 == searches {
                waiting.push(found(&id));
            } else {
                turn.push(found(&id));
            }
        }
        let ids: Vec<String> = (0..calls).map(|nth| format!("toolu_{place}_{nth}")).collect();
        if calls > 0 && splits && !turn.is_empty() && waiting.is_empty() && !(speaks && turn.len() == 1) {
            all.push(assistant(std::mem::take(&mut turn)));
        }
        turn.extend(ids.iter().map(|id| call(id)));
        if speaks && turn.len() == 1 {
            turn.push(text("Hello."));
        }
        if !turn.is_empty() {
            all.push(assistant(turn));
        }
        if calls > 0 {
            let mut results: Vec<Value> = ids.iter().map(|id| result(id)).collect();
            if late {
                results.reverse();
            }
            // While a server tool call is pending, the API accepts only results.
            results.extend((adds && waiting.is_empty()).then(|| text("Go on.")));
            all.push(user(results));
        }
        if !waiting.is_empty() {
            all.push(assistant(waiting));
        }
        all.push(ends);
        all
    })
}

fn conversation() -> impl Strategy<Value = Vec<Value>> {
    let summary = prop_oneof![
        3 => Just(vec![]),
        1 => Just(vec![assistant([signed("So far.")])]),
        1 => Just(vec![assistant([unsigned("So far.")])]),
    ];
    let exchanges = (1..4_usize)
        .prop_flat_map(|many| (0..many).map(|place| exchange(place).boxed()).collect::<Vec<_>>())
        .prop_map(|exchanges| exchanges.concat());
    (summary, exchanges).prop_map(|(summary, exchanges)| [summary, exchanges].concat())
}

#[derive(Clone, Debug)]
enum Damage {
    Drop(Index),
    Swap(Index, Index),
    Duplicate(Index, Index),
    Truncate(Index),
    Empty(Index, Value),
    DropBlock(Index, Index),
    SwapBlocks(Index, Index, Index, Index),
    DuplicateBlock(Index, Index, Index, Index),
    TruncateBlocks(Index, Index),
    /// Replaces a block with one that another server or a damaged store may contain.
    Replace(Index, Index, Value),
    /// Changes a field of a block.
    Set(Index, Index, &'static str, Value),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    let void = prop_oneof![
        Just(json!([])),
        Just(json!("")),
        Just(json!(" \n")),
        Just(json!([{"type": "text", "text": ""}])),
        Just(json!([{"type": "text", "text": "\t"}, {"type": "text", "text": "x"}])),
    ];
    prop_oneof![
        at().prop_map(Damage::Drop),
        (at(), at()).prop_map(|(a, b)| Damage::Swap(a, b)),
        (at(), at()).prop_map(|(a, b)| Damage::Duplicate(a, b)),
        at().prop_map(Damage::Truncate),
        (at(), void).prop_map(|(a, void)| Damage::Empty(a, void)),
        (at(), at()).prop_map(|(a, b)| Damage::DropBlock(a, b)),
        (at(), at(), at(), at()).prop_map(|(a, b, c, d)| Damage::SwapBlocks(a, b, c, d)),
        (at(), at(), at(), at()).prop_map(|(a, b, c, d)| Damage::DuplicateBlock(a, b, c, d)),
        (at(), at()).prop_map(|(a, b)| Damage::TruncateBlocks(a, b)),
        (at(), at(), prop::sample::select(foreign())).prop_map(|(a, b, block)| Damage::Replace(a, b, block)),
        (at(), at(), prop::sample::select(fields())).prop_map(|(a, b, (name, value))| Damage::Set(a, b, name, value)),
    ]
}

/// Returns blocks that the API refuses, or accepts only in some places.
fn foreign() -> Vec<Value> {
    vec![
        json!({"type": "tool_use", "id": "functions.sums:0", "name": "sums", "input": {"a": 1}}),
        json!({"type": "tool_use", "id": "t1", "name": "sums"}),
        json!({"type": "tool_use", "name": "sums", "input": {}}),
        json!({"type": "tool_use", "id": "", "name": "sums", "input": []}),
        json!({"type": "tool_result", "tool_use_id": "functions.sums:0", "content": [{"type": "text", "text": ""}]}),
        json!({"type": "tool_result", "tool_use_id": "toolu_0_0", "content": [call("toolu_inner")]}),
        json!({"type": "thinking", "thinking": "Hm."}),
        json!({"type": "thinking", "thinking": "Hm.", "signature": ""}),
        json!({"type": "server_tool_use", "id": "search-1", "name": "web_search", "input": {}}),
        json!({"type": "web_search_tool_result", "tool_use_id": "search-1", "content": []}),
        json!({"type": "text"}),
        json!({"type": "text", "text": 7}),
        json!({"type": "image", "source": 7}),
    ]
}

fn fields() -> Vec<(&'static str, Value)> {
    vec![
        ("id", json!("functions.sums:0")),
        ("id", json!("toolu_0_0")),
        ("id", json!(7)),
        ("tool_use_id", json!("functions.sums:0")),
        ("tool_use_id", json!("toolu_0_0")),
        ("input", json!("{}")),
        ("signature", Value::Null),
        ("content", json!([text("")])),
        ("content", json!([thinking("Hm.")])),
        ("is_error", json!(true)),
    ]
}

impl Damage {
    fn strike(self, messages: &mut Vec<Value>) {
        let many = messages.len();
        if many == 0 {
            return;
        }
        match self {
            Self::Drop(at) => drop(messages.remove(at.index(many))),
            Self::Swap(a, b) => messages.swap(a.index(many), b.index(many)),
            Self::Duplicate(from, to) => messages.insert(to.index(many + 1), messages[from.index(many)].clone()),
            Self::Truncate(to) => messages.truncate(to.index(many + 1)),
            Self::Empty(at, void) => messages[at.index(many)]["content"] = void,
            Self::DropBlock(at, place) => {
                if let Some((blocks, place)) = block(messages, at, place) {
                    blocks.remove(place);
                }
            }
            Self::SwapBlocks(at, place, other, there) => {
                let Some((blocks, place)) = block(messages, at, place) else { return };
                let first = blocks[place].clone();
                let Some((blocks, there)) = block(messages, other, there) else { return };
                let second = std::mem::replace(&mut blocks[there], first);
                messages[at.index(many)]["content"][place] = second;
            }
            Self::DuplicateBlock(at, place, other, there) => {
                let Some((blocks, place)) = block(messages, at, place) else { return };
                let copy = blocks[place].clone();
                if let Some((blocks, there)) = block(messages, other, there) {
                    blocks.insert(there, copy);
                }
            }
            Self::Replace(at, place, new) => {
                if let Some((blocks, place)) = block(messages, at, place) {
                    blocks[place] = new;
                }
            }
            Self::Set(at, place, field, value) => {
                if let Some((blocks, place)) = block(messages, at, place)
                    && blocks[place].get(field).is_some()
                    && (field != "content" || blocks[place]["type"] == "tool_result")
                {
                    blocks[place][field] = value;
                }
            }
            Self::TruncateBlocks(at, place) => {
                if let Some((blocks, place)) = block(messages, at, place) {
                    blocks.truncate(place);
                }
            }
        }
    }
}

fn block(messages: &mut [Value], at: Index, place: Index) -> Option<(&mut Vec<Value>, usize)> {
    let blocks = at.get_mut(messages)["content"].as_array_mut().filter(|blocks| !blocks.is_empty())?;
    let place = place.index(blocks.len());
    Some((blocks, place))
}

fn client(claude: &MockServer) -> Client {
    for _ in 0..4 {
        claude.respond(MockResponse::text("Fine."));
    }
    Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url()).max_retries(0).build().unwrap()
}

fn chat(client: &Client, history: impl Into<History>) -> claudette::Result<Chat> {
    Chat::builder(client).tools(tools![sums]).history(history).build()
}

/// Continues a chat, with a prompt or without one.
async fn go_on(mut chat: Chat) {
    if let Err(error) = chat.send("Go on.").await {
        assert!(error.is_misuse(), "{error}\n{}", chat.history().to_json());
        chat.resume().await.unwrap();
    }
}

/// Returns `true` if the API accepts these messages, with another prompt if one is needed.
async fn is_accepted(claude: &MockServer, client: &Client, mut messages: Vec<Message>) -> bool {
    let before = claude.requests().len();
    let goes_on = messages.last().is_some_and(|last| {
        *last.role() == Role::Assistant && last.content().last().is_some_and(|block| block.kind() != "text")
    });
    if !goes_on && messages.last().is_some_and(|last| *last.role() == Role::Assistant) {
        messages.push(Message::user("Go on."));
    }
    drop(client.send(messages).tools(tools![sums]).await);
    let requests = claude.requests();
    requests.len() > before && !requests[before].refused()
}

/// Checks that everything before a kept thinking block is unchanged, because the API signs them together.
fn check_content_before_thinking(damaged: &[Message], repaired: &[Message]) {
    let said = |messages: &[Message]| -> Vec<Value> {
        let blocks = |message: &Message| {
            message.content().iter().map(|block| json!([message.role(), block])).collect::<Vec<_>>()
        };
        messages.iter().flat_map(blocks).collect()
    };
    let (damaged, repaired) = (said(damaged), said(repaired));
    if let Some(last) = repaired.iter().rposition(|said| said[1]["type"] == "thinking") {
        assert_eq!(damaged[..=last], repaired[..=last]);
    }
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_histories_are_repaired(valid in conversation(), damages in prop::collection::vec(damage(), 1..6)) {
        let mut damaged = valid.clone();
        for damage in damages {
            damage.strike(&mut damaged);
        }
        let (valid, damaged) = (read(&json!(valid)), read(&json!(damaged)));

        let unchanged = History::repair(valid.clone());
        assert_eq!(unchanged.to_json(), serde_json::to_string(&valid).unwrap());
        let repaired = History::repair(damaged.clone());
        assert_eq!(History::repair(repaired.to_vec()).to_json(), repaired.to_json());
        check_content_before_thinking(&damaged, &repaired);
        run(async {
            let claude = MockServer::start().await.unwrap();
            let client = client(&claude);
            go_on(chat(&client, valid).unwrap()).await;
            go_on(chat(&client, repaired).unwrap()).await;
            // The API accepts a history exactly if it needs no repair.
            match chat(&client, damaged.clone()) {
                Ok(chat) => go_on(chat).await,
                Err(error) => {
                    assert!(!is_accepted(&claude, &client, damaged).await, "{error}");
                }
            }
        });
    }

    #[test]
    fn every_cut_is_a_history(valid in conversation(), to in any::<Index>()) {
        let valid = read(&json!(valid));
        run(async {
            let claude = MockServer::start().await.unwrap();
            let client = client(&claude);
            let mut chat = chat(&client, valid.clone()).unwrap();
            let to = to.index(valid.len() + 1);
            chat.rewind(to).unwrap();
            assert_eq!(chat.history().iter().take(to).collect::<Vec<_>>(), valid[..to].iter().collect::<Vec<_>>());
            assert!(chat.history().len() <= to + 1);
            go_on(chat.fork()).await;
            go_on(chat).await;
        });
    }
}

/// Returns the message of the error that `build` returns for these messages.
async fn refusal(messages: Value) -> String {
    let claude = MockServer::start().await.unwrap();
    let client = client(&claude);
    let error = chat(&client, read(&messages)).unwrap_err();
    assert!(error.is_misuse());
    assert!(claude.requests().is_empty());
    assert!(!is_accepted(&claude, &client, read(&messages)).await, "{messages:#}");
    go_on(chat(&client, History::repair(read(&messages))).unwrap()).await;
    error.to_string()
}

#[tokio::test]
async fn a_history_that_the_api_would_refuse_is_misuse_and_the_error_names_the_message() {
    let go = user("Go.");
    let cases = [
        (json!([go, assistant([call("a")])]), "message 1: the call `a` has no result in the next message"),
        (
            json!([go, assistant([call("a")]), user("Hm."), assistant("Yes?"), user([result("a")])]),
            "message 1: the call `a` has no result in the next message",
        ),
        (
            json!([go, assistant("Hi."), user([result("a")])]),
            "message 2: the result of `a` has no matching call in the previous turn",
        ),
        (
            json!([go, assistant([call("a")]), user([text("So:"), result("a")])]),
            "message 1: the result of the call `a` is not at the beginning of the next message",
        ),
        (
            json!([go, assistant([call("a")]), user([result("a"), result("a")])]),
            "message 2: the call `a` has two results",
        ),
        (
            json!([go, assistant([call("a")]), user([result("a")]), assistant([call("a")]), user([result("a")])]),
            "message 3: an earlier call already has the id `a`",
        ),
        (json!([go, assistant(json!([])), go]), "message 1: it has no content except blank text"),
        (json!([user([text("Go."), text("")])]), "message 0: it contains empty or blank text"),
        (json!([user(" ")]), "message 0: it contains empty or blank text"),
        (
            json!([user([call("a")])]),
            "message 0: a block of type `tool_use` is not allowed in a message with the role `user`",
        ),
        (json!([system("Be brief."), go]), "message 0: a system message must follow a user message"),
        (
            json!([go, assistant([search("srvtoolu_1")]), user("Go on.")]),
            "message 1: the server tool call `srvtoolu_1` has no result in its turn",
        ),
        (
            json!([go, assistant([found("srvtoolu_1")]), user("Go on.")]),
            "message 1: the result of `srvtoolu_1` has no call before it",
        ),
        (
            json!([go, assistant([found("mcptoolu_1")]), user("Go on.")]),
            "message 1: the result of `mcptoolu_1` has no call before it",
        ),
        (
            json!([user([search("mcptoolu_1")])]),
            "message 0: a block of type `mcp_tool_use` is not allowed in a message with the role `user`",
        ),
        (
            json!([
                go,
                assistant([call("a")]),
                user([json!({"type": "tool_result", "tool_use_id": "a", "is_error": true})])
            ]),
            "message 2: the result of `a` is an error without a message",
        ),
        (
            json!([
                go,
                assistant([json!({"type": "tool_use", "id": "a", "name": "sums", "input": "1"})]),
                user([result("a")])
            ]),
            "message 1: the arguments of the call `a` are not an object",
        ),
        (
            json!([go, assistant([signed("So far.")]), go]),
            "message 1: a summary that was made on demand must be the first block of the conversation",
        ),
        (
            json!([assistant([text("So:"), signed("So far.")]), go]),
            "message 0: a summary that was made on demand must be the first block of the conversation",
        ),
        (
            json!([assistant([signed("Then.")]), go, assistant([signed("So far.")]), go]),
            "message 2: a conversation that begins with a summary made on demand may contain only this summary",
        ),
        (
            json!([assistant([signed("Then.")]), go, assistant([unsigned("So far."), text("Yes?")]), go]),
            "message 2: a conversation that begins with a summary made on demand may contain only this summary",
        ),
    ];
    for (messages, expected) in cases {
        let said = refusal(messages).await;
        assert!(said.starts_with("the API would refuse the history: message "), "{said}");
        assert!(said.contains(expected), "{said}");
        assert!(said.ends_with("; `History::repair` fixes it"), "{said}");
    }
}

#[test]
fn misplaced_results_are_moved_to_their_calls() {
    let messages = json!([
        user("Go."),
        assistant([thinking("First."), call("a"), call("b"), search("srvtoolu_1")]),
        user("Are you there?"),
        assistant([thinking("Second."), text("")]),
        system("Be brief."),
        user([text("Here:"), result("b"), result("c")]),
        assistant([text("Done."), call("b")]),
    ]);
    // The placeholder of a result; another test checks its wording.
    let alone = History::repair(vec![Message::user("Go."), serde_json::from_value(assistant([call("a")])).unwrap()]);
    let interrupted = alone.last().unwrap().content()[0].as_tool_result().unwrap().text().into_owned();
    let expected = json!([
        user("Go."),
        assistant([thinking("First."), call("a"), call("b")]),
        user([
            json!({"type": "tool_result", "tool_use_id": "a", "content": interrupted, "is_error": true}),
            result("b"),
            text("Are you there?"),
        ]),
        user([text("Here:")]),
        system("Be brief."),
        assistant([text("Done.")]),
    ]);
    assert_eq!(json!(History::repair(read(&messages))), expected);
}

#[test]
fn the_last_summary_replaces_everything_before_it() {
    for summary in [signed("So far."), unsigned("So far.")] {
        let messages = json!([
            assistant([signed("Then.")]),
            user("Go."),
            assistant([call("a")]),
            user([result("a")]),
            assistant([text("Hm."), summary.clone(), call("b")]),
            user([result("b")]),
            assistant([thinking("So."), text("Done.")]),
        ]);
        let expected = json!([assistant([summary, call("b")]), user([result("b")]), assistant([text("Done.")])]);
        assert_eq!(json!(History::repair(read(&messages))), expected);
    }
    // The API ignores the messages before a summary that was made at a threshold.
    let valid = json!([user("Go."), assistant([unsigned("So far."), text("Hm.")]), user("Go on.")]);
    assert_eq!(json!(History::repair(read(&valid))), valid);
    // A block without a summary has no effect.
    let empty = json!({"type": "compaction", "content": null});
    let valid = json!([assistant([signed("So far.")]), user("Go."), assistant([empty, text("Hm.")])]);
    assert_eq!(json!(History::repair(read(&valid))), valid);
}

#[test]
fn unknown_roles_and_blocks_are_kept() {
    let claude = json!([
        user([json!({"type": "hologram", "depth": 3})]),
        assistant([json!({"type": "dream_use", "id": "d"}), json!({"type": "dream_tool_result", "tool_use_id": "d"})]),
        {"role": "narrator", "content": [{"type": "text", "text": ""}], "mood": "sunny"},
        user("Go."),
    ]);
    let client = Client::builder("claude-sonnet-5-5").api_key("k").build().unwrap();
    assert_eq!(json!(chat(&client, read(&claude)).unwrap().history()), claude);
    let crashed = [read(&claude), read(&json!([assistant([call("a")])]))].concat();
    let repaired = json!(History::repair(crashed));
    assert_eq!(repaired.as_array().unwrap()[..4], claude.as_array().unwrap()[..]);
}

#[tokio::test]
async fn a_stored_history_is_the_messages_of_the_request() {
    let claude = MockServer::start().await.unwrap();
    let client = client(&claude);
    let mut chat = chat(&client, messages!["I'm Jeremy.", "Hi, Jeremy!"]).unwrap();
    chat.send("Go.").await.unwrap();
    let stored = chat.history().to_json();
    assert_eq!(stored, serde_json::to_string(chat.history()).unwrap());

    let restored = History::from_json(&stored).unwrap();
    assert_eq!(restored.to_json(), stored);
    assert_eq!(restored, *chat.history());
    assert_eq!(serde_json::from_str::<History>(&stored).unwrap(), restored);
    let mut again = Chat::builder(&client).history(restored).build().unwrap();
    again.send("And now?").await.unwrap();
    chat.send("And now?").await.unwrap();
    let requests = claude.requests();
    assert_eq!(requests[1].body()["messages"], requests[2].body()["messages"]);

    assert_eq!(History::default().to_json(), "[]");
    let error = History::from_json(r#"[{"role":"user"}]"#).unwrap_err();
    assert!(error.is_misuse());
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("content"));
}

#[tokio::test]
async fn a_stored_paused_turn_can_be_continued_or_ended() {
    let paused = json!([user("Go."), assistant([text("Let me see."), search("srvtoolu_1")])]);
    let claude = MockServer::start().await.unwrap();
    let client = client(&claude);
    let mut resumed = chat(&client, read(&paused)).unwrap();
    let mut ended = resumed.fork();
    resumed.resume().await.unwrap();
    ended.send("Never mind.").await.unwrap();
    let requests = claude.requests();
    assert_eq!(requests[0].body()["messages"], paused);
    assert_eq!(requests[1].body()["messages"][1]["content"], json!([text("Let me see.")]));
}

#[tokio::test]
async fn a_fork_has_its_own_usage_and_rewinding_keeps_the_usage() {
    let claude = MockServer::start().await.unwrap();
    let mut chat = chat(&client(&claude), History::default()).unwrap();
    chat.send("Go.").await.unwrap();
    let paid = chat.usage();
    let mut fork = chat.fork();
    assert_eq!(fork.usage().output_tokens(), 0);
    assert_eq!(fork.tools().fingerprint(), chat.tools().fingerprint());
    fork.send("Go on.").await.unwrap();
    assert_eq!((fork.history().len(), chat.history().len()), (4, 2));

    let error = chat.rewind(3).unwrap_err();
    assert!(error.is_misuse());
    assert_eq!(error.to_string(), "cannot rewind to 3 messages: the history has 2");
    chat.rewind(0).unwrap();
    assert_eq!((chat.usage(), chat.history().len()), (paid, 0));
    chat.send("Go.").await.unwrap();
    assert_eq!(claude.requests()[2].body()["messages"], json!([user([text("Go.")])]));
}

#[tokio::test]
async fn rewinding_to_a_call_marks_it_as_interrupted() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("sums", json!({"a": 1, "b": 2})));
    let mut chat = chat(&client(&claude), History::default()).unwrap();
    chat.toolloop("What is 1+2?").await.unwrap();
    assert_eq!(chat.history().len(), 4);
    chat.rewind(2).unwrap();
    let last = chat.last().unwrap();
    assert_eq!(chat.history().len(), 3);
    assert!(last.content()[0].as_tool_result().unwrap().is_error(), "{last:?}");
    chat.send("And?").await.unwrap();
    assert!(claude.requests().iter().all(|request| !request.refused()));
}

#[tokio::test]
async fn a_continue_prompt_follows_a_paused_turn_without_a_continuation() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::content(json!([])));
    let paused = json!([user("Go."), assistant([text("Let me see."), search("srvtoolu_1")])]);
    let mut chat =
        Chat::builder(client(&claude)).history(read(&paused)).continue_prompt("Please go on.").build().unwrap();
    chat.resume().await.unwrap();
    chat.resume().await.unwrap();
    let expected = json!([user("Go."), assistant([text("Let me see.")]), user([text("Please go on.")])]);
    assert_eq!(claude.requests()[1].body()["messages"], expected);
}
