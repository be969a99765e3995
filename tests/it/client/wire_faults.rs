//! Damaged responses: damaged parts are reported and their calls never run; intact parts are never lost.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allocation_counter::measure;
use claudette::client::{Body, Retry};
use claudette::json::PartialJson;
use claudette::wire::StreamEvent;
use claudette::{
    BoxFuture, Chat, Client, Error, Event, Image, Message, Response, State, ToolUse, Transport, Usage, tool, tools,
};
use futures_util::stream::{self, StreamExt};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::http_response::{HttpRequest, HttpResponse, ready, respond, respond_events};

/// A server with prepared responses, each a list of the pieces in which it arrives.
#[derive(Clone, Default)]
struct Server(Arc<Inner>);

#[derive(Default)]
struct Inner {
    answers: Mutex<VecDeque<Vec<Vec<u8>>>>,
    requests: Mutex<Vec<Value>>,
}

impl Transport for Server {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, Error>> {
        let body: Vec<u8> = request.body().as_pieces().unwrap().concat();
        self.0.requests.lock().unwrap().push(serde_json::from_slice(&body).expect("a request is valid Unicode JSON"));
        let pieces = self.0.answers.lock().unwrap().pop_front().expect("there is a response for each request");
        let is_json = pieces.first().is_some_and(|piece| piece.starts_with(b"{"));
        let kind = if is_json { "application/json" } else { "text/event-stream" };
        let body = Body::from_stream(stream::iter(pieces.into_iter().map(Ok)));
        ready(respond(200, kind, body))
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

/// Reads one response as a stream to its end.
async fn streamed(answer: impl Into<Vec<u8>>) -> claudette::Result<Response> {
    Server::with([answer]).client().send("Go.").stream().finish().await
}

async fn whole(answer: impl Into<Vec<u8>>) -> claudette::Result<Response> {
    Server::with([answer]).client().send("Go.").await
}

/// Formats each of these as an event that is named after its type.
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

fn response(content: &str, stop: &str) -> String {
    format!(
        r#"{{"id":"m","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{content}],"stop_reason":"{stop}","usage":{{"input_tokens":100,"output_tokens":7}}}}"#
    )
}

fn arguments(piece: &str) -> String {
    let delta = json!({"type": "input_json_delta", "partial_json": piece});
    json!({"index": 0, "delta": delta}).to_string().replacen('{', r#"{"type":"content_block_delta","#, 1)
}

/// The customers whose orders were deleted.
#[derive(Clone, Default)]
struct Deleted(Arc<Mutex<Vec<Option<String>>>>);

/// Deletes orders; without a customer, all of them.
#[tool]
async fn delete_orders(
    deleted: State<Deleted>,
    /// Customer of the orders
    customer: Option<String>,
) -> String {
    deleted.0.lock().unwrap().push(customer);
    "deleted".to_owned()
}

/// Runs a response that calls `delete_orders` in a loop. Returns the customers whose orders were deleted, and the tool
/// result or the error.
async fn run(answer: String) -> (Vec<Option<String>>, claudette::Result<String>) {
    let streams = !answer.starts_with('{');
    let deleted = Deleted::default();
    let next = if streams { done() } else { response(r#"{"type":"text","text":"Hello"}"#, "end_turn") };
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
        assert_eq!(chat.usage().input_tokens(), 100, "the partial response is counted: {error}");
    }
    let deleted = deleted.0.lock().unwrap().clone();
    (deleted, outcome)
}

// Incomplete arguments never run.

#[tokio::test]
async fn the_pieces_of_arguments_are_joined() {
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
async fn an_incomplete_call_is_answered_and_not_run() {
    let half = arguments("{\"customer\":\"C1");
    let other_input = CALL.replace("{}}", r#"{"customer":"C2"}}"#);
    let emoji = [r#"{\"customer\":\"C1 \ud83d\"}"#, r#"{\"customer\":\"C1 \\ud83d\"}"#].map(|piece| {
        format!(r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"input_json_delta","partial_json":"{piece}"}}}}"#)
    });
    for (what, frames) in [
        ("half of it", vec![START, CALL, &half, END0, CALLS, STOP]),
        ("half of it, without an end", vec![START, CALL, &half, CALLS, STOP]),
        ("neither arguments nor an end", vec![START, CALL, CALLS, STOP]),
        ("half of others", vec![START, &other_input, &half, END0, CALLS, STOP]),
        ("half an emoji", vec![START, CALL, &emoji[0], END0, CALLS, STOP]),
        ("half an emoji, escaped once more", vec![START, CALL, &emoji[1], END0, CALLS, STOP]),
    ] {
        let (deleted, outcome) = run(events(frames)).await;
        assert!(deleted.is_empty(), "{what}: {deleted:?}");
        assert!(outcome.as_ref().is_ok_and(|text| text.contains("`delete_orders`")), "{what}: {outcome:?}");
    }
    for input in [r#"{"customer":"C1 \ud83d"}"#, r#"{"\ude00":1}"#, r#""{}""#, "null"] {
        let call = format!(r#"{{"type":"tool_use","id":"t1","name":"delete_orders","input":{input}}}"#);
        let (deleted, outcome) = run(response(&call, "tool_use")).await;
        assert!(deleted.is_empty(), "{input}: {deleted:?}");
        assert!(outcome.as_ref().is_ok_and(|text| text.contains("`delete_orders`")), "{input}: {outcome:?}");
        let call: ToolUse = serde_json::from_str(&call).unwrap();
        assert_eq!(call.invalid_input(), Some(input));
    }
}

/// The two halves may arrive in two pieces.
#[tokio::test]
async fn halves_of_a_surrogate_pair_in_arguments_are_joined() {
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
        assert_eq!(error.partial().map(|response| response.content().len()), Some(1), "{damaged}");
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
        let answer = response(&format!(r#"{{"type":"text","text":"Hm."}},{block}"#), "end_turn");
        let server = Server::with([&*answer, &*answer]);
        let client = server.client();
        let begun = client.send("Go.").stream().next().await.unwrap();
        for error in [client.send("Go.").await.unwrap_err(), begun.unwrap_err()] {
            assert!(error.to_string().contains(why), "{error}");
            assert_eq!(error.partial().unwrap().text(), "Hm.");
        }
        assert_eq!(client.usage().input_tokens(), 200, "both are counted");
        // Read without a client, it is kept unchanged.
        let response: Response = serde_json::from_str(&answer).unwrap();
        assert_eq!(serde_json::to_value(&response).unwrap(), serde_json::from_str::<Value>(&answer).unwrap());
    }
}

#[tokio::test]
async fn fields_that_a_server_leaves_out_are_empty() {
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
    let response = whole(response(r#"{"type":"text"},{"type":"thinking"}"#, "end_turn")).await.unwrap();
    assert_eq!((response.text(), response.thinking()), (String::new(), String::new()));
    assert_eq!(json!(response.content()), json!([{"type": "text", "text": ""}, {"type": "thinking", "thinking": ""}]));
}

/// The kinds of damage to a piece of arguments.
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

    /// Cuts the arguments anywhere, ends the block anywhere and damages one piece. The tool runs with the arguments
    /// that the model wrote, or it does not run.
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
                char.encode_utf16(&mut units).iter().fold(String::new(), |text, unit| text + &format!("\\u{unit:04x}"))
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

// Damaged text is not lost.

/// Generates UTF-16 code units, with many unpaired surrogates.
fn units() -> impl Strategy<Value = Vec<u16>> {
    let unit = prop_oneof![0xD800..0xE000_u16, 0x20..0x7F_u16, Just(0xD83D), Just(0xDE00), any::<u16>()];
    prop::collection::vec(unit, 0..10)
}

/// Returns a JSON string in which each code unit is escaped.
fn escaped(units: &[u16]) -> String {
    units.iter().fold(String::from("\""), |text, unit| text + &format!("\\u{unit:04X}")) + "\""
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// An unpaired surrogate becomes U+FFFD, no other text is lost, and the next request is valid Unicode.
    #[test]
    fn unpaired_surrogates_are_replacement_characters(units in units(), streams in any::<bool>()) {
        let (text, plain) = (escaped(&units), String::from_utf16_lossy(&units));
        let blocks = format!(
            r#"{{"type":"thinking","thinking":{text},"signature":"c2ln"}},{{"type":"text","text":{text},"citations":[
                {{"type":"char_location","cited_text":{text},"document_index":0,"document_title":{text},
                  "start_char_index":0,"end_char_index":1}},{{"type":"star_location","cited_text":{text}}}]}},
                {{"type":"text","text":"!","new":{{{text}:{text}}}}}"#
        );
        let answer = if streams {
            let delta = |index, kind: &str, field: &str, value: &str| {
                format!(r#"{{"type":"content_block_delta","index":{index},"delta":{{"type":"{kind}","{field}":{value}}}}}"#)
            };
            let start = |index, block: &str| format!(r#"{{"type":"content_block_start","index":{index},"content_block":{block}}}"#);
            let cited = |kind| format!(
                r#"{{"type":"{kind}","cited_text":{text},"document_index":0,"document_title":{text},"start_char_index":0,"end_char_index":1}}"#
            );
            events([
                START.to_owned(),
                start(0, r#"{"type":"thinking","thinking":"","signature":""}"#),
                delta(0, "thinking_delta", "thinking", &text),
                delta(0, "signature_delta", "signature", "\"c2ln\""),
                start(1, r#"{"type":"text","text":""}"#),
                delta(1, "text_delta", "text", &text),
                delta(1, "citations_delta", "citation", &cited("char_location")),
                delta(1, "citations_delta", "citation", &cited("star_location")),
                start(2, &format!(r#"{{"type":"text","text":"!","new":{{{text}:{text}}}}}"#)),
                END.into(),
                STOP.into(),
            ])
        } else {
            response(&blocks, "end_turn")
        };
        let next = if streams { done() } else { response(r#"{"type":"text","text":"Hello"}"#, "end_turn") };
        let server = Server::with([answer, next]);
        let mut chat = Chat::new(server.client()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            for _ in 0..2 {
                if streams {
                    let mut events = chat.toolloop("Go.").stream();
                    while events.next().await.transpose().unwrap().is_some() {}
                } else {
                    chat.send("Go.").await.unwrap();
                }
            }
        });
        let sent = server.requests().remove(1)["messages"][1].clone();
        let Some(content) = sent["content"].as_array() else { return Ok(()) };
        for block in content {
            match block["type"].as_str().unwrap() {
                "thinking" => prop_assert_eq!(&block["thinking"], &plain),
                _ if block.get("new").is_some() => prop_assert_eq!(&block["new"], &json!({&*plain: plain})),
                _ => {
                    prop_assert_eq!(&block["text"], &plain);
                    for citation in block["citations"].as_array().unwrap() {
                        prop_assert_eq!(&citation["cited_text"], &plain);
                    }
                }
            }
        }
        prop_assert_eq!(content.len(), if plain.is_empty() { 2 } else { 3 });
    }
}

/// One event of a stream.
#[derive(Clone, Debug)]
enum Part {
    /// A block with its first content.
    Begin(Value),
    /// A delta for a block: 0 is the last one, 1 the one before it.
    Grow(usize, Value),
    Ping,
}

fn part() -> impl Strategy<Value = Part> {
    let words = || prop_oneof![Just(String::new()), Just(" ".into()), Just("\n".into()), "[a-z ]{1,4}"];
    prop_oneof![
        words().prop_map(|text| Part::Begin(json!({"type": "text", "text": text}))),
        Just(Part::Begin(json!({"type": "text"}))),
        words().prop_map(|text| Part::Begin(json!({"type": "thinking", "thinking": text, "signature": ""}))),
        Just(Part::Begin(json!({"type": "tool_use", "id": "t", "name": "a", "input": {}}))),
        words().prop_map(|text| Part::Begin(json!({"type": "hologram", "text": text}))),
        Just(Part::Begin(json!({"type": "compaction", "content": "So far: nothing."}))),
        Just(Part::Begin(json!({"type": "fallback", "to": {"model": "claude-opus-5"}}))),
        (0..3_usize, words()).prop_map(|(back, text)| Part::Grow(back, json!({"type": "text_delta", "text": text}))),
        (0..2_usize, words())
            .prop_map(|(back, text)| Part::Grow(back, json!({"type": "thinking_delta", "thinking": text}))),
        (0..1_usize, words()).prop_map(|(back, text)| Part::Grow(back, json!({"type": "text_delta", "text": text}))),
        (0..1_usize, words())
            .prop_map(|(back, text)| Part::Grow(back, json!({"type": "thinking_delta", "thinking": text}))),
        Just(Part::Ping),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The pieces of any stream add up to the text of its response, or the stream is an error.
    #[test]
    fn the_pieces_of_a_stream_add_up_to_its_response(
        first in prop::collection::vec("[a-z ]{0,3}", 0..3),
        parts in prop::collection::vec(part(), 0..10),
        prefill in prop_oneof![2 => Just(None), 1 => "[a-z{]{1,3}[ \n]{0,3}".prop_map(Some)],
    ) {
        let first: Vec<Value> = first.iter().map(|text| json!({"type": "text", "text": text})).collect();
        let mut blocks = first.len();
        let mut stream = vec![START.replace("[]", &json!(first).to_string())];
        for part in parts {
            stream.push(match part {
                Part::Begin(block) => {
                    blocks += 1;
                    format!(r#"{{"type":"content_block_start","index":{},"content_block":{block}}}"#, blocks - 1)
                }
                Part::Grow(back, delta) if back < blocks => {
                    format!(r#"{{"type":"content_block_delta","index":{},"delta":{delta}}}"#, blocks - 1 - back)
                }
                Part::Grow(..) | Part::Ping => r#"{"type":"ping"}"#.into(),
            });
        }
        stream.extend([END, STOP].map(String::from));
        let answer = events(stream);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = Server::with([&*answer, &*answer]);
            let mut told = String::new();
            let request = server.client().send("Go.");
            let request = match &prefill {
                Some(text) => request.prefill(text),
                None => request,
            };
            let response = async {
                let mut stream = request.stream();
                while let Some(text) = stream.next_text().await? {
                    told += &text;
                }
                stream.finish().await
            };
            let response = response.await;

            let mut chat = Chat::new(server.client()).unwrap();
            let turn = chat.send("Go.");
            let mut events = match &prefill {
                Some(text) => turn.prefill(text),
                None => turn,
            }
            .stream();
            let (mut shown, mut thought, mut seen) = (String::new(), String::new(), None);
            while let Some(event) = events.next().await {
                match event {
                    Ok(Event::Text(text)) => shown += &text,
                    Ok(Event::Thinking(text)) => thought += &text,
                    Ok(Event::Response(response)) => seen = Some(response),
                    Ok(_) => {}
                    Err(_) => break,
                }
            }
            prop_assert_eq!(response.is_ok(), seen.is_some(), "{:?}", response);
            if let (Ok(response), Some(seen)) = (response, seen) {
                prop_assert_eq!((told, shown), (response.text(), seen.text()));
                prop_assert_eq!(thought, seen.thinking());
            }
            Ok(())
        })?;
    }
}

// Server-sent events: by the standard, and as real servers write them.

#[tokio::test]
async fn heartbeats_are_ignored_whatever_they_contain() {
    for beat in [
        "event: ping\ndata:\n\n",
        "event: ping\ndata: ping\n\n",
        "event: ping\ndata: {\"type\": \"ping\"}\n\n",
        "event: done\ndata: [DONE]\n\n",
        "data: [DONE]\n\n",
        "data: {\"type\":\"ping\"}\n\n",
        "data: 7\n\n",
        "event: content_block_delta\ndata:\n\n",
        "event: keepalive\ndata: \n\n",
        "event: keepalive\ndata: {\"broken\n\n",
        ": comment\n\n",
        "\n\n",
        "retry: 3000\nid: 7\n\n",
        "event: error\n\n",
        "event: aurora\ndata: {\"error\": null}\n\n",
    ] {
        let frames = [START, TEXT, HELLO, END0, END, STOP].map(|data| events([data]));
        for place in 0..frames.len() {
            let mut frames = frames.to_vec();
            frames.insert(place, beat.to_owned());
            let response = streamed(frames.concat()).await;
            assert_eq!(response.map(|response| response.text()).ok().as_deref(), Some("Hello"), "{beat:?} at {place}");
        }
    }
}

#[tokio::test]
async fn the_data_decides_the_type_of_an_event() {
    let unnamed = |stream: String| {
        stream.lines().filter(|line| !line.starts_with("event:")).fold(String::new(), |all, line| all + line + "\n")
    };
    let misnamed = |stream: String| {
        stream
            .replace("event: content_block_delta", "event: message_stop")
            .replace("event: message_start", "event: ping")
    };
    let untyped = |stream: String| {
        stream.lines().fold(String::new(), |all, line| match line.strip_prefix("data: {\"type\":\"") {
            Some(rest) => all + "data: {" + rest.split_once("\",").map_or("}", |(_, rest)| rest) + "\n",
            None => all + line + "\n",
        })
    };
    let in_lines = |stream: String| stream.replace(",\"", ",\ndata: \"");
    let ways: [&dyn Fn(String) -> String; 4] = [&unnamed, &misnamed, &untyped, &in_lines];
    for way in ways {
        let stream = way(done());
        assert_eq!(streamed(stream.clone()).await.expect(&stream).text(), "Hello", "{stream}");
    }
}

#[tokio::test]
async fn an_error_in_a_stream_is_reported_under_any_event_name() {
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Busy"},"request_id":"req_7"}"#;
    let untyped = r#"{"error":{"type":"overloaded_error","message":"Busy"},"request_id":"req_7"}"#;
    for frame in [
        format!("event: error\ndata: {error}\n\n"),
        format!("data: {error}\n\n"),
        format!("event: message\ndata: {error}\n\n"),
        format!("event: content_block_delta\ndata: {error}\n\n"),
        format!("event: error\ndata: {untyped}\n\n"),
        format!("data: {untyped}\n\n"),
    ] {
        let server = Server::with([events([START, TEXT, HELLO]) + &frame]);
        let error = server.client().send("Go.").stream().finish().await.unwrap_err();
        assert!(error.is_overloaded(), "{frame}: {error}");
        assert_eq!((error.message(), error.request_id()), (Some("Busy"), Some("req_7")), "{frame}");
        assert_eq!(error.partial().unwrap().text(), "Hello");

        // Before any content, the request is retried, and the usage of the first attempt is counted.
        let server = Server::with([events([START, TEXT]) + &frame, done()]);
        let client =
            Client::builder("claude-sonnet-4-5").transport(server).api_key("k").max_retries(1).build().unwrap();
        let mut chat = Chat::new(&client).unwrap();
        let mut events = chat.toolloop("Go.").stream();
        let mut retries: Vec<Retry> = Vec::new();
        while let Some(event) = events.next().await {
            if let Event::Retry(retry) = event.unwrap() {
                retries.push(retry);
            }
        }
        drop(events);
        assert_eq!(retries.len(), 1, "{frame}");
        assert_eq!((chat.usage().input_tokens(), client.usage().input_tokens()), (200, 200), "{frame}");
    }
}

#[tokio::test]
async fn events_after_the_end_are_yielded_and_change_nothing() {
    let after = "data: [DONE]\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n\n\
        event: error\ndata: {\"type\":\"error\"}\n\nevent: content_block_delta\ndata: garbage\n\n";
    let answer = done() + after;
    for size in [answer.len(), 1_000, 1] {
        let server = Server::default();
        let pieces = answer.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
        server.0.answers.lock().unwrap().push_back(pieces);
        let client = server.client();
        let mut stream = client.send("Go.").stream();
        let mut kinds = Vec::new();
        while let Some(event) = stream.next().await {
            match event.unwrap() {
                StreamEvent::Unknown(event) => kinds.push(event.kind().to_owned()),
                _ => assert!(kinds.is_empty(), "only unknown events follow"),
            }
        }
        assert_eq!(kinds, ["", "message_delta", "error", "content_block_delta"]);
        let response = stream.finish().await.unwrap();
        assert_eq!(response.stop_reason().map(claudette::wire::StopReason::as_str), Some("end_turn"));
        assert_eq!(client.usage().input_tokens(), 100);
    }
}

/// The response is complete after its last event, although the connection stays open and silent.
#[tokio::test(start_paused = true)]
async fn the_end_of_a_response_does_not_wait_for_the_connection() {
    struct Open;
    impl Transport for Open {
        fn send(&self, _: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, Error>> {
            let body = stream::iter([Ok(done().into_bytes())]).chain(stream::pending());
            ready(respond_events(body))
        }
    }
    let client = Client::builder("claude-sonnet-4-5").api_key("k").transport(Open).build().unwrap();
    let begin = tokio::time::Instant::now();
    assert_eq!(client.send("Go.").stream().finish().await.unwrap().text(), "Hello");
    assert_eq!(begin.elapsed(), Duration::ZERO);
}

/// An attempt that was dropped or timed out before its content still consumed its prompt.
#[tokio::test(start_paused = true)]
async fn an_attempt_that_times_out_is_counted() {
    struct Slow;
    impl Transport for Slow {
        fn send(&self, _: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, Error>> {
            let body = stream::iter([Ok(events([START]).into_bytes())]).chain(stream::pending());
            ready(respond_events(body))
        }
    }
    let client = Client::builder("claude-sonnet-4-5").api_key("k").transport(Slow).max_retries(2);
    let client = client.timeout(Duration::from_secs(5)).log(true).build().unwrap();
    assert!(client.send("Go.").stream().finish().await.unwrap_err().is_timeout());
    assert_eq!(client.usage().input_tokens(), 300);
    assert!(client.log().is_empty(), "none of them has a response");
}
// Memory and time for a response are proportional to its size; sums of usage need no more memory.

/// Returns at least `bytes` bytes of JSON, made of units. `unit` receives the number of the unit and the padding.
fn many(bytes: usize, padding: usize, unit: impl Fn(usize, &str) -> String) -> String {
    let padding = "x".repeat(padding);
    let mut out = String::with_capacity(bytes + padding.len() + 200);
    for n in 0.. {
        if out.len() >= bytes {
            break;
        }
        out += if n == 0 { "" } else { "," };
        out += &unit(n, &padding);
    }
    out
}

#[test]
fn a_response_takes_no_more_than_four_times_its_size() {
    const SIZE: usize = 8 << 20;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let usage = |fields: &str| response("", "end_turn").replace(r#""input_tokens":100"#, fields);
    for padding in [0, 300, 100_000, SIZE] {
        let many = |unit: &dyn Fn(usize, &str) -> String| many(SIZE, padding, unit);
        let bodies = [
            ("unknown blocks", response(&many(&|_, x| format!(r#"{{"type":"{x}"}}"#)), "end_turn")),
            ("texts", response(&many(&|_, x| format!(r#"{{"type":"text","text":"{x}"}}"#)), "end_turn")),
            (
                "escaped texts",
                response(&many(&|_, x| format!(r#"{{"type":"text","text":"\n\ud83d{x}"}}"#)), "end_turn"),
            ),
            (
                "calls",
                response(
                    &many(&|n, x| format!(r#"{{"type":"tool_use","id":"t{n}","name":"a","input":{{"a":"{x}"}}}}"#)),
                    "end_turn",
                ),
            ),
            (
                "fields of a block",
                response(
                    &format!(r#"{{"type":"text","text":"",{}}}"#, many(&|n, x| format!(r#""k{n}":"{x}""#))),
                    "end_turn",
                ),
            ),
            ("counters", usage(&many(&|n, x| format!(r#""k{n}{x}":0"#)))),
            ("runs", usage(&format!(r#""iterations":[{}]"#, many(&|_, x| format!(r#"{{"type":"{x}"}}"#))))),
            ("numbers", usage(&format!(r#""z":[{}]"#, many(&|_, x| format!(r#"0,"{x}""#))))),
            (
                "citations",
                response(
                    &format!(
                        r#"{{"type":"text","text":"","citations":[{}]}}"#,
                        many(&|_, x| format!(r#"{{"type":"{x}"}}"#))
                    ),
                    "end_turn",
                ),
            ),
        ];
        for (what, body) in bodies {
            let size = body.len();
            let server = Server::with([body]);
            let client = server.client();
            let mut outcome = None;
            let took = measure(|| outcome = Some(runtime.block_on(async { client.send("Go.").await }))).bytes_max;
            // The body itself was allocated before. The constant allows for memory that does not grow with the size.
            assert!(took <= 3 * size as u64 + 100_000, "{what} of {padding} bytes: {took} for {size}");
            if let Err(error) = outcome.unwrap() {
                assert!(
                    error.to_string().contains("more than 200000 JSON values"),
                    "{what} of {padding} bytes: {error}"
                );
                assert!(padding == 0, "only values that need many times their size are refused: {what}");
            }
        }
    }
}

#[test]
fn a_stream_takes_no_more_than_four_times_its_size() {
    const SIZE: usize = 8 << 20;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let citation =
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"type":"x"}}}"#;
    let units: [(&str, &dyn Fn(usize) -> String); 7] = [
        ("blocks", &|n| {
            format!(r#"{{"type":"content_block_start","index":{},"content_block":{{"type":"x"}}}}"#, n + 1)
        }),
        ("citations", &|_| citation.into()),
        ("endings", &|n| format!(r#"{{"type":"message_delta","delta":{{"k{n}":0}}}}"#)),
        ("ends of a block", &|_| END0.into()),
        ("texts", &|_| HELLO.into()),
        ("unknown events", &|_| r#"{"type":"x"}"#.into()),
        ("empty lines of data", &|_| format!("{{\ndata:{}\"type\":\"x\"}}", "\ndata:".repeat(200))),
    ];
    for (what, unit) in units {
        let mut body = events([START]);
        if what != "unknown events" {
            body += &events([TEXT]);
        }
        for n in 0.. {
            if body.len() >= SIZE {
                break;
            }
            body += &events([unit(n)]);
        }
        body += &events([END, STOP]);
        let size = body.len();
        let server = Server::default();
        let pieces = body.as_bytes().chunks(1 << 14).map(<[u8]>::to_vec).collect();
        server.0.answers.lock().unwrap().push_back(pieces);
        let client = server.client();
        let mut outcome = None;
        let took = measure(|| {
            outcome = Some(runtime.block_on(async { client.send("Go.").stream().finish().await }));
        });
        assert!(took.bytes_max <= 4 * size as u64, "{what}: {} for {size}", took.bytes_max);
        if let Err(error) = outcome.unwrap() {
            assert!(error.to_string().contains("more than 200000 JSON values"), "{what}: {error}");
        }
    }
}

#[test]
fn sums_of_usage_neither_grow_nor_overflow() {
    let usage = |n: usize| -> Usage {
        serde_json::from_value(json!({
            "input_tokens": u64::MAX, "output_tokens": u64::MAX - 1, "cache_creation_input_tokens": 3,
            "cache_creation": {"ephemeral_5m_input_tokens": u64::MAX, "ephemeral_1h_input_tokens": 1},
            "server_tool_use": {"web_search_requests": u64::MAX, format!("k{n}"): 1},
            "iterations": [{"input_tokens": 1}], "deep": {"list": [1, 2]}, format!("k{n}"): {"a": [1], "b": n},
            "word": "x".repeat(2_000), "y".repeat(2_000): 1,
        }))
        .unwrap()
    };
    let all: Vec<Usage> = (0..2_000).map(usage).collect();
    let sum: Usage = all.iter().sum();
    assert_eq!((sum.total(), sum.total_input(), sum.web_search_requests()), (u64::MAX, u64::MAX, u64::MAX));
    assert_eq!((sum.cache_creation_5m_input_tokens(), sum.cache_creation_1h_input_tokens()), (u64::MAX, 2_000));
    assert!(sum.iterations().next().is_none() && !json!(sum).to_string().contains('['), "lists are left out");
    let size = json!(sum).to_string().len();
    assert!(size < 20_000, "{size} bytes");
    assert!(sum.to_string().contains(&u64::MAX.to_string()));
    assert_eq!((all[0].clone() + all[1].clone()).total(), u64::MAX);
}

#[tokio::test]
async fn a_counter_that_cannot_be_read_makes_the_cost_unknown() {
    for (usage, is_known) in [
        (r#"{"input_tokens":100,"output_tokens":7}"#, true),
        (r#"{"input_tokens":1e2,"output_tokens":7.0}"#, true),
        (r#"{"input_tokens":100,"output_tokens":7,"cache_read_input_tokens":null}"#, true),
        (r#"{"input_tokens":100,"output_tokens":7,"speed":{"new":1}}"#, true),
        (r#"{"input_tokens":"100","output_tokens":7}"#, false),
        (r#"{"input_tokens":-100,"output_tokens":7}"#, false),
        (r#"{"input_tokens":99999999999999999999,"output_tokens":7}"#, false),
        (r#"{"input_tokens":100.5,"output_tokens":7}"#, false),
        (r#"{"input_tokens":100,"output_tokens":7,"cache_creation":{"ephemeral_1h_input_tokens":"many"}}"#, false),
        (r#"{"input_tokens":100,"output_tokens":7,"server_tool_use":7}"#, false),
        (r#"{"input_tokens":100,"output_tokens":7,"iterations":[{"input_tokens":"100"}]}"#, false),
        (r#"{"input_tokens":100,"output_tokens":7,"iterations":{}}"#, false),
        ("7", false),
    ] {
        let answer = response(r#"{"type":"text","text":"Hello"}"#, "end_turn")
            .replace(r#"{"input_tokens":100,"output_tokens":7}"#, usage);
        let client = Server::with([&*answer]).client();
        let response = client.send("Go.").await.unwrap();
        assert_eq!(client.cost().is_some(), is_known, "{usage}");
        assert_eq!(claudette::catalog::Cost::of("claude-sonnet-4-5", response.usage()).is_some(), is_known, "{usage}");
        let sum = Usage::default() + response.usage().clone();
        assert_eq!(claudette::catalog::Cost::of("claude-sonnet-4-5", &sum).is_some(), is_known, "the sum of {usage}");
        if is_known {
            assert_eq!((response.usage().input_tokens(), response.usage().output_tokens()), (100, 7), "{usage}");
        }
        assert_eq!(serde_json::to_string(&response).unwrap(), answer, "it is written unchanged");
    }
}

// Displayed texts are short and do not contain control characters.

#[test]
fn debug_and_display_are_short_and_plain() {
    let long = "QUJD".repeat(25_000);
    let wild = "a\u{1b}[2J\u{9b}31m\u{7}\u{202E}b";
    let blocks = json!([
        {"type": "text", "text": wild, "citations": [{"type": "char_location", "cited_text": long, "document_index": 0,
            "document_title": wild, "start_char_index": 0, "end_char_index": 1}, {"type": wild, "data": long}]},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": long}},
        {"type": "document", "title": wild, "source": {"type": "text", "media_type": "text/plain", "data": long}},
        {"type": "thinking", "thinking": long, "signature": long},
        {"type": "redacted_thinking", "data": long},
        {"type": "tool_use", "id": wild, "name": wild, "input": {"a": long, "b": wild}},
        {"type": "tool_use", "id": "t", "name": long, "input": long},
        {"type": "server_tool_use", "id": "s", "name": wild, "input": {"a": long}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"url": long}]},
        {"type": "code_execution_tool_result", "tool_use_id": "s", "content": {"stdout": long, "return_code": 0}},
        {"type": "tool_result", "tool_use_id": "t", "content": long},
        {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": long}]},
        {"type": "search_result", "source": long, "title": wild, "content": [{"type": "text", "text": long}]},
        {"type": "hologram", "data": long, wild: wild},
    ]);
    let message = json!({"id": long, "model": wild, "content": blocks, "usage": {"input_tokens": 1, "new": {"a": long}},
        "stop_details": {"explanation": long}, "stop_reason": "end_turn"});
    let response: Response = serde_json::from_value(message.clone()).unwrap();
    let mut all = vec![
        format!("{response:?}"),
        format!("{response:#?}"),
        format!("{:?}", response.usage()),
        format!("{:?}", response.stop_details()),
        format!("{:?}", Message::from(&response)),
        format!("{:?}", Image::from_bytes(b"GIF89a\x80\x02\xE0\x01\x00\x00\x00;".repeat(100_000)).unwrap()),
        // The summary of its text is one line, and calls are left out if there is text.
        response.to_string().replace(&long, ""),
    ];
    all.extend(response.content().iter().flat_map(|block| [format!("{block:?}"), format!("{block:#?}")]));
    all.extend(response.tool_uses().map(ToString::to_string));
    all.extend(response.server_tool_uses().map(ToString::to_string));
    let mut accumulator = claudette::wire::Accumulator::new();
    let mut see = |event: Value| {
        let event: StreamEvent = serde_json::from_str(&event.to_string()).unwrap();
        accumulator.push(&event).unwrap();
        all.extend([format!("{event:?}"), format!("{accumulator:?}")]);
    };
    see(json!({"type": "message_start", "message": message, wild: long}));
    let begun = blocks.as_array().unwrap().len();
    see(
        json!({"type": "content_block_start", "index": begun, "content_block": {"type": "tool_use", "id": "t", "name": wild, "input": {}}}),
    );
    see(
        json!({"type": "content_block_delta", "index": begun, "delta": {"type": "input_json_delta", "partial_json": long}}),
    );
    see(json!({"type": "content_block_delta", "index": begun, "delta": {"type": "glow_delta", wild: long}}));
    see(json!({"type": "content_block_stop", "index": begun, wild: long}));
    see(
        json!({"type": "message_delta", "delta": {"stop_sequence": long, "stop_details": {"explanation": wild}}, wild: long}),
    );
    see(json!({"type": wild, "data": long}));
    let mut partial = PartialJson::new();
    partial.push(&json!({"a": long, "b": wild}).to_string()).unwrap();
    all.push(format!("{partial:?}"));
    for shown in all {
        assert!(shown.len() < 60_000, "{} bytes: {}", shown.len(), &shown[..300]);
        let acts = |char: char| char.is_control() && char != '\n' && char != '\t' || char == '\u{202E}';
        assert!(!shown.contains(acts), "{shown}");
    }
}

/// A call is displayed on one line; its whole input is available separately.
#[test]
fn the_display_of_a_call_is_short() {
    let call = ToolUse::new("t", "sums", json!({"a": "x".repeat(10_000)}));
    let shown = call.to_string();
    assert!(
        shown.starts_with("sums({\"a\":\"xxx") && shown.ends_with("…[10008 bytes])") && shown.len() < 4_100,
        "{shown}"
    );
    assert_eq!(format!("{call:#}").len(), 10_008 + "sums()".len());
    let call = ToolUse::new("t", "sums", json!({"a": 1}));
    assert_eq!((call.to_string(), format!("{call:#}")), ("sums({\"a\":1})".to_owned(), "sums({\"a\":1})".to_owned()));
}

// A JSON value is found among other text.

#[derive(Debug, PartialEq, serde::Deserialize, schemars::JsonSchema)]
struct Order {
    id: String,
    lines: Vec<u32>,
}

#[tokio::test]
async fn a_value_is_read_from_among_other_text() {
    let json = r#"{"id": "O1", "lines": [1, 2]}"#;
    for text in [
        json.to_owned(),
        format!("```json\n{json}\n```"),
        format!("```\n{json}\n```\n"),
        format!("Here it is:\n\n```json\n{json}\n```\n\nAnything else?"),
        format!("The order is {json}"),
        format!("{json}\n\nI hope this helps {{or not}}."),
    ] {
        for size in [1, 7, 1_000] {
            let pieces: Vec<char> = text.chars().collect();
            let deltas = pieces.chunks(size).map(|piece| {
                let delta = json!({"type": "text_delta", "text": piece.iter().collect::<String>()});
                json!({"index": 0, "delta": delta}).to_string().replacen('{', r#"{"type":"content_block_delta","#, 1)
            });
            let frames =
                [START, TEXT].map(String::from).into_iter().chain(deltas).chain([END0, END, STOP].map(String::from));
            let client = Server::with([events(frames)]).client();
            let mut stream = client.structured::<Order>("Which order?").stream();
            let mut last = Value::Null;
            while let Some(partial) = stream.next().await.transpose().unwrap() {
                last = partial.value().clone();
            }
            assert_eq!(last, json!({"id": "O1", "lines": [1, 2]}), "the partial value of {text:?}");
            let order = stream.finish().await.unwrap();
            assert_eq!((order.value.lines, order.attempts), (vec![1, 2], 1), "{text:?}");
        }
        let block = json!({"type": "text", "text": text}).to_string();
        let order =
            Server::with([response(&block, "end_turn")]).client().structured::<Order>("Which order?").await.unwrap();
        assert_eq!(order.id, "O1");
    }
}

#[tokio::test]
async fn a_text_without_exactly_one_value_is_asked_for_again() {
    let json = r#"{"id": "O1", "lines": []}"#;
    for text in ["I do not know.".to_owned(), format!("{json} or {json}"), format!("```json\n{}\n```", &json[..20])] {
        let block = json!({"type": "text", "text": text}).to_string();
        let right = json!({"type": "text", "text": json}).to_string();
        let server = Server::with([response(&block, "end_turn"), response(&right, "end_turn")]);
        let order = server.client().structured::<Order>("Which order?").await.unwrap();
        assert_eq!(order.id, "O1");
        let asked = server.requests()[1]["messages"].to_string();
        assert!(asked.contains("JSON"), "{asked}");
    }
}
