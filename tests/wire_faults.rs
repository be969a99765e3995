//! What servers do to a response: what arrived damaged is reported and never run, what arrived whole is never lost.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allocation_counter::measure;
use claudette::testing::{Reply, StandIn};
use claudette::{
    BoxFuture, Chat, Client, ContentBlock, Error, Event, HttpRequest, HttpResponse, Image, Message, PartialJson,
    Response, Retry, State, StreamEvent, ToolUse, Transport, Usage, tool, tools,
};
use futures_util::stream::{self, StreamExt};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A server whose answers are written down, in the pieces in which they arrive.
#[derive(Clone, Default)]
struct Server(Arc<Inner>);

#[derive(Default)]
struct Inner {
    answers: Mutex<VecDeque<Vec<Vec<u8>>>>,
    requests: Mutex<Vec<Value>>,
}

impl Transport for Server {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, Error>> {
        let body: Vec<u8> = request.body().flatten().copied().collect();
        self.0.requests.lock().unwrap().push(serde_json::from_slice(&body).expect("a request is valid Unicode JSON"));
        let pieces = self.0.answers.lock().unwrap().pop_front().expect("an answer for each request");
        let is_json = pieces.first().is_some_and(|piece| piece.starts_with(b"{"));
        let kind = if is_json { "application/json" } else { "text/event-stream" };
        let body = stream::iter(pieces.into_iter().map(Ok));
        Box::pin(async move { Ok(HttpResponse::new(200, body).header("content-type", kind)) })
    }
}

impl Server {
    fn with<A: Into<Vec<u8>>>(answers: impl IntoIterator<Item = A>) -> Self {
        let server = Self::default();
        *server.0.answers.lock().unwrap() = answers.into_iter().map(|answer| vec![answer.into()]).collect();
        server
    }

    fn client(&self) -> Client {
        Client::builder("claude-sonnet-4-5").api_key("k").transport(self.clone()).max_retries(0).build().unwrap()
    }

    fn requests(&self) -> Vec<Value> {
        self.0.requests.lock().unwrap().clone()
    }
}

/// One answer, read as a stream to its end.
async fn streamed(answer: impl Into<Vec<u8>>) -> claudette::Result<Response> {
    Server::with([answer]).client().send("Go.").stream().await?.finish().await
}

async fn whole(answer: impl Into<Vec<u8>>) -> claudette::Result<Response> {
    Server::with([answer]).client().send("Go.").await
}

/// Each of these as an event that is called by its type.
fn events<T: AsRef<str>>(events: impl IntoIterator<Item = T>) -> String {
    events.into_iter().fold(String::new(), |mut stream, data| {
        let kind = data.as_ref().split("\"type\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let _ = write!(stream, "event: {kind}\ndata: {}\n\n", data.as_ref());
        stream
    })
}

const START: &str = r#"{"type":"message_start","message":{"id":"msg_1","role":"assistant","model":"claude-sonnet-4-5","content":[],"usage":{"input_tokens":100,"output_tokens":1}}}"#;
const TEXT: &str = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
const HELLO: &str = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}"#;
const CALL: &str = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t1","name":"delete_orders","input":{}}}"#;
const END0: &str = r#"{"type":"content_block_stop","index":0}"#;
const END: &str = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}"#;
const CALLS: &str = r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":7}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;

fn done() -> String {
    events([START, TEXT, HELLO, END0, END, STOP])
}

fn reply(content: &str, stop: &str) -> String {
    format!(
        r#"{{"id":"m","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{content}],"stop_reason":"{stop}","usage":{{"input_tokens":100,"output_tokens":7}}}}"#
    )
}

fn arguments(piece: &str) -> String {
    let delta = json!({"type": "input_json_delta", "partial_json": piece});
    json!({"index": 0, "delta": delta}).to_string().replacen('{', r#"{"type":"content_block_delta","#, 1)
}

/// Whose orders were deleted.
#[derive(Clone, Default)]
struct Deleted(Arc<Mutex<Vec<Option<String>>>>);

/// Deletes orders; without a customer, all of them.
#[tool]
async fn delete_orders(
    deleted: State<Deleted>,
    /// Whose orders
    customer: Option<String>,
) -> String {
    deleted.0.lock().unwrap().push(customer);
    "deleted".to_owned()
}

/// Runs an answer that calls `delete_orders` in a loop: whose orders were deleted, and what the model was told or the caller.
async fn run(answer: String) -> (Vec<Option<String>>, claudette::Result<String>) {
    let streams = !answer.starts_with('{');
    let deleted = Deleted::default();
    let next = if streams { done() } else { reply(r#"{"type":"text","text":"Hello"}"#, "end_turn") };
    let server = Server::with([answer, next]);
    let chat = Chat::builder(server.client()).tools(tools![delete_orders]).state(deleted.clone());
    let mut chat = chat.build().unwrap();
    let outcome = if streams {
        let mut events = chat.toolloop("Delete the orders of C1.").stream();
        let mut outcome = Ok(String::new());
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::ToolResult(result)) => outcome = Ok(result.text().into_owned()),
                Ok(_) => {}
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    } else {
        let run = chat.toolloop("Delete the orders of C1.").await;
        run.map(|run| run.steps()[0].outcomes().first().map(|outcome| outcome.text().into_owned()).unwrap_or_default())
    };
    if let Err(error) = &outcome {
        assert!(chat.history().is_empty(), "an error leaves the conversation as it was");
        assert_eq!(chat.usage().input_tokens(), 100, "what came was paid for: {error}");
    }
    let deleted = deleted.0.lock().unwrap().clone();
    (deleted, outcome)
}

// Arguments that did not arrive whole never run.

#[tokio::test]
async fn what_all_pieces_add_up_to_are_the_arguments() {
    let (a, b) = (arguments("{\"customer\":"), arguments("\"C1\"}"));
    let no_input = CALL.replace(r#","input":{}"#, "");
    let null_input = CALL.replace("{}}", "null}");
    let whole_input = CALL.replace("{}}", r#"{"customer":"C1"}}"#);
    let other_input = CALL.replace("{}}", r#"{"customer":"C2"}}"#);
    for (what, frames) in [
        ("as it should be", vec![START, CALL, &a, &b, END0, CALLS, STOP]),
        ("the block ends too early", vec![START, CALL, &a, END0, &b, CALLS, STOP]),
        ("the block ends before its arguments", vec![START, CALL, END0, &a, &b, CALLS, STOP]),
        ("the block ends twice", vec![START, CALL, &a, END0, &b, END0, CALLS, STOP]),
        ("the block never ends", vec![START, CALL, &a, &b, CALLS, STOP]),
        ("it begins without `input`", vec![START, &no_input, &a, &b, END0, CALLS, STOP]),
        ("it begins with null", vec![START, &null_input, &a, &b, END0, CALLS, STOP]),
        ("it begins with all of it", vec![START, &whole_input, END0, CALLS, STOP]),
        ("and never ends", vec![START, &whole_input, CALLS, STOP]),
        ("it begins with something else", vec![START, &other_input, &a, &b, END0, CALLS, STOP]),
    ] {
        let (deleted, outcome) = run(events(frames)).await;
        assert_eq!(deleted, [Some("C1".to_owned())], "{what}: {outcome:?}");
    }
    for (what, frames) in
        [("as it should be", vec![START, CALL, END0, CALLS, STOP]), ("", vec![START, &no_input, END0, CALLS, STOP])]
    {
        assert_eq!(run(events(frames)).await.0, [None], "a call without arguments, {what}");
    }
}

#[tokio::test]
async fn a_call_that_did_not_arrive_whole_is_answered_and_not_run() {
    let half = arguments("{\"customer\":\"C1");
    let other_input = CALL.replace("{}}", r#"{"customer":"C2"}}"#);
    let emoji = [r#"{\"customer\":\"C1 \ud83d\"}"#, r#"{\"customer\":\"C1 \\ud83d\"}"#].map(|piece| {
        format!(r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"input_json_delta","partial_json":"{piece}"}}}}"#)
    });
    for (what, frames, told) in [
        ("half of it", vec![START, CALL, &half, END0, CALLS, STOP], "must be one JSON object"),
        ("half of it, without an end", vec![START, CALL, &half, CALLS, STOP], "must be one JSON object"),
        ("neither arguments nor an end", vec![START, CALL, CALLS, STOP], "did not arrive"),
        ("half of others", vec![START, &other_input, &half, END0, CALLS, STOP], "must be one JSON object"),
        ("half an emoji", vec![START, CALL, &emoji[0], END0, CALLS, STOP], "surrogate pair"),
        ("half an emoji, escaped once more", vec![START, CALL, &emoji[1], END0, CALLS, STOP], "surrogate pair"),
    ] {
        let (deleted, outcome) = run(events(frames)).await;
        assert!(deleted.is_empty(), "{what}: {deleted:?}");
        assert!(outcome.as_ref().is_ok_and(|text| text.contains(told)), "{what}: {outcome:?}");
    }
    for (input, told) in [
        (r#"{"customer":"C1 \ud83d"}"#, "surrogate pair"),
        (r#"{"\ude00":1}"#, "surrogate pair"),
        (r#""{}""#, "must be one JSON object"),
        ("null", "must be one JSON object"),
    ] {
        let call = format!(r#"{{"type":"tool_use","id":"t1","name":"delete_orders","input":{input}}}"#);
        let (deleted, outcome) = run(reply(&call, "tool_use")).await;
        assert!(deleted.is_empty(), "{input}: {deleted:?}");
        assert!(outcome.as_ref().is_ok_and(|text| text.contains(told)), "{input}: {outcome:?}");
        let call: ToolUse = serde_json::from_str(&call).unwrap();
        assert_eq!(call.invalid_input(), Some(input));
    }
}

/// The two halves may come in two pieces.
#[tokio::test]
async fn halves_of_a_pair_in_arguments_are_joined() {
    let delta = |piece: &str| {
        format!(
            r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"input_json_delta","partial_json":"{piece}"}}}}"#
        )
    };
    let pieces = [delta(r#"{\"customer\":\"C1 \ud83d"#), delta(r#"\ude00\"}"#)];
    let (deleted, _) = run(events([START, CALL, &pieces[0], &pieces[1], END0, CALLS, STOP])).await;
    assert_eq!(deleted, [Some("C1 \u{1F600}".to_owned())]);
}

#[tokio::test]
async fn a_damaged_event_is_an_error_and_an_unknown_one_is_not() {
    let delta = |delta: &str| format!(r#"{{"type":"content_block_delta","index":0,"delta":{delta}}}"#);
    for (begin, damaged) in [
        (CALL, delta(r#"{"type":"input_json_delta","partial_json":{"customer":"C1"}}"#)),
        (CALL, delta(r#"{"type":"input_json_delta","partial_json":null}"#)),
        (CALL, delta(r#"{"type":"input_json_delta"}"#)),
        (CALL, delta(r#"{"partial_json":"{\"customer\":\"C1\"}"}"#)),
        (CALL, delta(r#"{"type":7,"partial_json":"{\"customer\":\"C1\"}"}"#)),
        (CALL, delta(r#"{"type":"text_delta","text":"C1"}"#)),
        (CALL, delta("null")),
        (CALL, r#"{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{}"}}"#.into()),
        (CALL, r#"{"type":"content_block_delta","index":"0","delta":{"type":"input_json_delta","partial_json":"{}"}}"#.into()),
        (CALL, r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{"#.into()),
        (CALL, r#"{"type":"content_block_stop"}"#.into()),
        (CALL, r#"{"type":"message_delta","delta":7}"#.into()),
        (TEXT, delta(r#"{"type":"text_delta","text":7}"#)),
        (TEXT, delta(r#"{"type":"text_delta"}"#)),
        (TEXT, delta(r#"{"type":"thinking_delta","thinking":"Hm."}"#)),
        (TEXT, delta(r#"{"type":"citations_delta","citation":7}"#)),
        (TEXT, delta(r#"{"type":"citations_delta"}"#)),
        (TEXT, r#"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":7}}"#.into()),
        (TEXT, r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","name":"a","input":{}}}"#.into()),
        (TEXT, r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":7,"name":"a","input":{}}}"#.into()),
        (TEXT, r#"{"type":"content_block_start","index":1,"content_block":{"text":"a"}}"#.into()),
        (TEXT, r#"{"type":"content_block_start","index":1}"#.into()),
    ] {
        let (deleted, outcome) = run(events([START, begin, &damaged, END0, CALLS, STOP])).await;
        assert!(deleted.is_empty(), "{damaged}: {deleted:?}");
        let error = outcome.expect_err(&damaged);
        assert!(!error.is_truncated() && error.status() != Some(400), "{damaged}: {error}");
        assert_eq!(error.partial().map(|reply| reply.content().len()), Some(1), "{damaged}");
    }
    let call = arguments("{\"customer\":\"C1\"}");
    for unknown in [
        delta(r#"{"type":"glow_delta","glow":1}"#),
        r#"{"type":"aurora","of":7}"#.into(),
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"hologram","text":7}}"#.into(),
    ] {
        let (deleted, _) = run(events([START, CALL, &call, END0, &unknown, CALLS, STOP])).await;
        assert_eq!(deleted, [Some("C1".to_owned())], "{unknown}");
    }
}

#[tokio::test]
async fn a_damaged_block_is_an_error_that_names_it() {
    for (block, why) in [
        (r#"{"type":"text","text":7}"#, "content block 1 (\"text\") cannot be read: `text` is not a string"),
        (r#"{"type":"tool_use","name":"a","input":{}}"#, "(\"tool_use\") cannot be read: `id` is missing"),
        (r#"{"type":"tool_use","id":"t","name":null,"input":{}}"#, "`name` is not a string"),
        (r#"{"type":"tool_use","id":"t","name":"a"}"#, "`input` is missing"),
        (r#"{"type":"thinking","thinking":[]}"#, "`thinking` is not a string"),
        (r#"{"type":"server_tool_use","id":"s","input":{}}"#, "`name` is missing"),
        (r#"{"type":"web_search_tool_result","content":[]}"#, "`tool_use_id` is missing"),
        (r#"{"text":"Hello"}"#, "it has no `type`"),
        ("7", "it has no `type`"),
    ] {
        let answer = reply(&format!(r#"{{"type":"text","text":"Hm."}},{block}"#), "end_turn");
        let server = Server::with([&*answer, &*answer]);
        let client = server.client();
        let begun = client.send("Go.").stream().await.map(drop);
        for error in [client.send("Go.").await.unwrap_err(), begun.unwrap_err()] {
            assert!(error.to_string().contains(why), "{error}");
            assert_eq!(error.partial().unwrap().text(), "Hm.");
        }
        assert_eq!(client.usage().input_tokens(), 200, "both were paid for");
        // Read without a client, it is kept as it is.
        let response: Response = serde_json::from_str(&answer).unwrap();
        assert_eq!(serde_json::to_value(&response).unwrap(), serde_json::from_str::<Value>(&answer).unwrap());
    }
}

#[tokio::test]
async fn what_a_server_leaves_out_because_it_is_empty_is_empty() {
    let delta = |kind: &str, field: &str| {
        format!(r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"{kind}","{field}":"Hm."}}}}"#)
    };
    for (block, delta, expected) in [
        (r#"{"type":"text"}"#, delta("text_delta", "text"), json!({"type": "text", "text": "Hm."})),
        (r#"{"type":"text","text":null}"#, delta("text_delta", "text"), json!({"type": "text", "text": "Hm."})),
        (r#"{"type":"thinking"}"#, delta("thinking_delta", "thinking"), json!({"type": "thinking", "thinking": "Hm."})),
        (
            r#"{"type":"thinking"}"#,
            delta("signature_delta", "signature"),
            json!({"type": "thinking", "thinking": "", "signature": "Hm."}),
        ),
        (
            r#"{"type":"redacted_thinking"}"#,
            r#"{"type":"ping"}"#.into(),
            json!({"type": "redacted_thinking", "data": ""}),
        ),
        (
            r#"{"type":"mcp_tool_use","id":"m","name":"a"}"#,
            arguments("{\"a\":1}"),
            json!({"type": "mcp_tool_use", "id": "m", "name": "a", "input": {"a": 1}}),
        ),
        (
            r#"{"type":"server_tool_use","id":"s","name":"a"}"#,
            arguments("{\"a\":1}"),
            json!({"type": "server_tool_use", "id": "s", "name": "a", "input": {"a": 1}}),
        ),
    ] {
        let start = format!(r#"{{"type":"content_block_start","index":0,"content_block":{block}}}"#);
        let begun = START.replace(r#""content":[],"#, "");
        let response = streamed(events([&begun, &start, &delta, END0, END, STOP])).await.unwrap();
        assert_eq!(serde_json::to_value(response.content()).unwrap(), json!([expected]), "{block}");
    }
    let response = whole(reply(r#"{"type":"text"},{"type":"thinking"}"#, "end_turn")).await.unwrap();
    assert_eq!((response.text(), response.thinking()), (String::new(), String::new()));
    assert_eq!(json!(response.content()), json!([{"type": "text", "text": ""}, {"type": "thinking", "thinking": ""}]));
}

/// How a piece of arguments can be damaged on its way.
#[derive(Clone, Copy, Debug)]
enum Damage {
    None,
    Half,
    Type,
    NoField,
    NoType,
    Byte,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// However the arguments are cut, wherever the block ends and whatever happens to one piece: the tool runs with what
    /// the model wrote, or not at all.
    #[test]
    fn a_tool_runs_with_all_of_its_arguments_or_not_at_all(
        customer in prop_oneof!["[a-z\\\\\"\n\u{1F600}]{0,8}", any::<String>()],
        escapes in any::<bool>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
        ends in prop_oneof![4 => Just(None), 1 => any::<prop::sample::Index>().prop_map(Some)],
        (damage, place, inside) in (
            prop::sample::select(vec![Damage::None, Damage::Half, Damage::Type, Damage::NoField, Damage::NoType, Damage::Byte]),
            any::<prop::sample::Index>(),
            any::<prop::sample::Index>(),
        ),
    ) {
        let text = json!({"customer": customer}).to_string();
        let text: String = if escapes {
            let escape = |char: char| {
                let mut units = [0; 2];
                char.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>()
            };
            text.chars().map(|char| if char.is_ascii() { char.to_string() } else { escape(char) }).collect()
        } else {
            text
        };
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len())).filter(|at| text.is_char_boundary(*at)).collect();
        places.extend([0, text.len()]);
        places.sort_unstable();
        let mut pieces: Vec<Vec<u8>> = places.windows(2).map(|ends| arguments(&text[ends[0]..ends[1]]).into_bytes()).collect();
        let damaged = place.index(pieces.len());
        let piece = &text[places[damaged]..places[damaged + 1]];
        let field = format!("\"partial_json\":{}", json!(piece));
        let event = String::from_utf8(pieces[damaged].clone()).unwrap();
        let put = |what: &[u8]| {
            let chars: Vec<_> = piece.char_indices().map(|(at, _)| at).chain([piece.len()]).collect();
            let at = *inside.get(&chars);
            let [before, after] = [&piece[..at], &piece[at..]].map(|part| json!(part).to_string());
            let value = [&before.as_bytes()[..before.len() - 1], what, &after.as_bytes()[1..]].concat();
            let (head, tail) = event.split_once(&field).unwrap();
            [head.as_bytes(), b"\"partial_json\":", &value, tail.as_bytes()].concat()
        };
        pieces[damaged] = match damage {
            Damage::None => event.into_bytes(),
            Damage::Half => put(br"\ud83d"),
            Damage::Byte => put(b"\xff"),
            Damage::Type => event.replace(&field, r#""partial_json":["a"]"#).into_bytes(),
            Damage::NoField => event.replace(&field, r#""text":"a""#).into_bytes(),
            Damage::NoType => event.replace(r#""type":"input_json_delta""#, r#""kind":"a""#).into_bytes(),
        };
        let mut body = events([START, CALL]).into_bytes();
        let end = ends.map(|end| end.index(pieces.len()));
        for (place, piece) in pieces.iter().enumerate() {
            body.extend([b"event: content_block_delta\ndata: ", &**piece, b"\n\n"].concat());
            if end == Some(place) {
                body.extend(events([END0]).into_bytes());
            }
        }
        body.extend(events([CALLS, STOP]).into_bytes());

        let deleted = Deleted::default();
        let server = Server::with([body, done().into_bytes()]);
        let chat = Chat::builder(server.client()).tools(tools![delete_orders]).state(deleted.clone());
        let mut chat = chat.build().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcome = runtime.block_on(async {
            let mut events = chat.toolloop("Delete the orders of C1.").stream();
            while events.next().await.transpose()?.is_some() {}
            Ok::<_, Error>(())
        });
        let deleted = deleted.0.lock().unwrap().clone();
        match damage {
            Damage::None => prop_assert_eq!(deleted, [Some(customer)], "{:?}", outcome),
            _ => prop_assert!(deleted.is_empty(), "{:?}: {:?}", damage, deleted),
        }
    }
}
