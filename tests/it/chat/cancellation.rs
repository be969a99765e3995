//! A run may be dropped at any poll, and fail by a panic, a truncated stream or an error of the API. Finished calls do
//! not run again, and the chat continues from there.

use std::collections::HashMap;
use std::future::IntoFuture;
use std::sync::{Arc, Mutex};

use crate::support::polls::{await_for, read_for, settle};
use claudette::testing::{MockResponse, MockServer};
use claudette::wire::Role;
use claudette::{Approval, Chat, Client, ContentBlock, EndReason, Error, Run, State, ToolContext, tool, tools};
use serde_json::{Value, json};
use tokio::task::yield_now;

const PROMPT: &str = "Book the seats.";
const ANSWER: &str = "All that could be booked is booked.";

/// The result of each call that began, or `None` if it has not finished.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<HashMap<String, Option<String>>>>);

impl Log {
    fn begin(&self, cx: &ToolContext) {
        let before = self.0.lock().unwrap().insert(cx.call_id().to_owned(), None);
        assert!(before.is_none(), "{} runs again", cx.call_id());
    }

    fn finish(&self, cx: &ToolContext, words: String) -> String {
        let before = self.0.lock().unwrap().insert(cx.call_id().to_owned(), Some(words.clone()));
        assert_eq!(before, Some(None), "{} finishes once", cx.call_id());
        words
    }
}

/// Books a seat.
#[tool]
async fn book(
    cx: &ToolContext,
    log: State<Log>,
    /// The seat
    seat: u32,
    /// Number of times to yield
    #[tool(default = 0)]
    yields: u32,
) -> String {
    log.begin(cx);
    for n in 0..yields {
        cx.progress(format!("{n} of {yields}"));
        yield_now().await;
    }
    // Reported in the same poll as the result.
    cx.progress("done");
    log.finish(cx, format!("seat {seat} is booked"))
}

/// Fails because no seat is free.
#[tool]
async fn upgrade(cx: &ToolContext, log: State<Log>) -> Result<(), String> {
    log.begin(cx);
    yield_now().await;
    Err(log.finish(cx, "first class is full".to_owned()))
}

/// Panics.
#[tool]
async fn explode(cx: &ToolContext, log: State<Log>) {
    log.begin(cx);
    yield_now().await;
    panic!("{}", log.finish(cx, "the printer is on fire".to_owned()));
}

/// A fault that happens once.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// The API is overloaded when this response is requested.
    Busy { response: usize },
    /// The API fails when this response is requested.
    Fails { response: usize },
    /// The stream of this response ends early, after this many events.
    Cut { response: usize, events: usize },
}

/// The number of responses in the conversation.
const RESPONSES: usize = 3;

/// Returns the model's response after this many others.
fn response(turn: usize) -> MockResponse {
    match turn {
        0 => MockResponse::tool_uses([
            ("book", json!({"seat": 1, "yields": 2})),
            ("book", json!({"seat": 2})),
            ("upgrade", json!({})),
            ("book", json!({"seat": 3, "yields": 1})),
        ])
        .thinking("One after the other.")
        .chunked(2),
        1 => MockResponse::tool_uses([
            ("explode", json!({})),
            ("book", json!({"seat": 4, "yields": 3})),
            ("book", json!({"seat": 5})),
        ]),
        _ => MockResponse::text(ANSWER).chunked(3),
    }
}

/// Returns the number of the model's responses in a conversation.
fn turns(messages: &Value) -> usize {
    messages.as_array().unwrap().iter().filter(|message| message["role"] == "assistant").count()
}

/// The API and a client. Scenes share them, because building a client takes time.
struct Stage {
    claude: MockServer,
    client: Client,
    play: Arc<Mutex<Play>>,
}

/// The planned fault, and the requests so far.
#[derive(Default)]
struct Play {
    fault: Option<Fault>,
    asked: Vec<Value>,
}

impl Play {
    fn response(&mut self, request: &Value) -> MockResponse {
        let messages = request["messages"].clone();
        let turn = turns(&messages);
        self.asked.push(messages);
        match self.fault {
            Some(Fault::Busy { response: at }) if at == turn => {
                self.fault = None;
                MockResponse::error(529, "overloaded_error", "Overloaded").header("retry-after-ms", "1")
            }
            Some(Fault::Fails { response: at }) if at == turn => {
                self.fault = None;
                MockResponse::error(500, "api_error", "Internal server error")
            }
            Some(Fault::Cut { response: at, events }) if at == turn => {
                self.fault = None;
                response(turn).cut_after(events)
            }
            _ => response(turn),
        }
    }
}

impl Stage {
    async fn new(retries: u32) -> Self {
        let claude = MockServer::start().await.unwrap();
        let client = Client::builder("claude-sonnet-5-5").api_key("k").base_url(claude.url());
        let client = client.max_retries(retries).build().unwrap();
        Self { claude, client, play: Arc::default() }
    }

    /// Returns a new chat.
    fn scene(&self, fault: Fault) -> Scene {
        *self.play.lock().unwrap() = Play { fault: Some(fault), asked: Vec::new() };
        // More than needed, because the number of requests depends on where the run is dropped.
        for _ in 0..2 * RESPONSES {
            let play = self.play.clone();
            self.claude.respond_with(move |request| play.lock().unwrap().response(request));
        }
        let log = Log::default();
        let tools = tools![book, upgrade, explode].state(log.clone());
        let chat = Chat::builder(&self.client).tools(tools).build().unwrap();
        let extra = usize::from(matches!(fault, Fault::Busy { .. }));
        Scene { chat, log, play: self.play.clone(), extra }
    }

    fn ends(&self) {
        for request in self.claude.requests() {
            assert!(!request.refused(), "{:?} for {:#}", request.refusal(), request.body());
        }
    }
}

/// A chat with its surroundings.
struct Scene {
    chat: Chat,
    log: Log,
    play: Arc<Mutex<Play>>,
    /// The number of requests allowed in addition to one for each response.
    extra: usize,
}

impl Scene {
    fn history(&self) -> Value {
        json!(&self.chat.history()[..])
    }

    /// Returns the messages of each request.
    fn asked(&self) -> Vec<Value> {
        self.play.lock().unwrap().asked.clone()
    }

    /// Checks that nothing happens after the run was dropped or failed, and that no unnecessary request was sent.
    async fn rests(&self) {
        let before = self.history();
        settle().await;
        let requests = self.asked().len();
        settle().await;
        assert_eq!(self.asked().len(), requests, "no request is sent after the drop");
        assert_eq!(self.history(), before);
        // One request for each response in the history, and the one that was in progress.
        let most = turns(&before) + 1 + self.extra;
        assert!(requests <= most, "{requests} requests for {before:#}");
        self.check();
    }

    /// Continues the chat until the model has answered.
    async fn goes_on(&mut self) {
        for _ in 0..=RESPONSES {
            match self.chat.last().map(|last| last.role().clone()) {
                None => {
                    assert!(self.chat.resume().await.unwrap_err().is_misuse(), "there is nothing to resume");
                    self.chat.send(PROMPT).await.unwrap();
                }
                Some(Role::User) => drop(self.chat.resume().await.unwrap()),
                Some(_) => break,
            }
            self.check();
        }
        self.ends();
    }

    /// Checks that the conversation is complete, and that the model received the results of the tools.
    fn ends(&self) {
        let history = self.history();
        assert_eq!(self.chat.last().unwrap().text(), ANSWER);
        assert_eq!(turns(&history), RESPONSES, "{history:#}");
        let messages = history.as_array().unwrap();
        let said = messages.iter().filter(|message| message["role"] == "user").flat_map(blocks);
        let said: Vec<_> = said.filter(|block| block["type"] == "text").map(|block| &block["text"]).collect();
        assert_eq!(said, [PROMPT], "the history contains no other text of the user");
        let asked = self.asked();
        assert!(asked.len() <= RESPONSES + self.extra + 1, "{} requests", asked.len());
        for sent in asked.iter().map(|sent| sent.as_array().unwrap()) {
            assert_eq!(sent[..], messages[..sent.len()], "earlier messages are unchanged");
        }
    }

    /// Checks that each call has one result: its own if it has finished, otherwise that it was interrupted.
    fn check(&self) {
        let history = self.history();
        let blocks: Vec<&Value> = history.as_array().unwrap().iter().flat_map(blocks).collect();
        let of = |kind: &str| -> Vec<&Value> { blocks.iter().copied().filter(|block| block["type"] == kind).collect() };
        let (calls, results, log) = (of("tool_use"), of("tool_result"), self.log.0.lock().unwrap());
        assert_eq!(calls.len(), results.len(), "{history:#}");
        for (call, result) in calls.iter().zip(results) {
            assert_eq!(call["id"], result["tool_use_id"], "results are in the order of the calls");
            let words = result["content"].as_str().unwrap();
            match log.get(call["id"].as_str().unwrap()) {
                Some(Some(said)) => {
                    assert!(words.contains(said), "{call} finished with {said:?}, but has the result {words:?}");
                }
                _ => assert!(words.contains("Interrupted") && result["is_error"] == true, "{call}: {words}"),
            }
        }
        // A finished call that is missing in the conversation would run again.
        for call in log.keys() {
            assert!(calls.iter().any(|known| known["id"] == call.as_str()), "{call} is not in {history:#}");
        }
    }
}

fn blocks(message: &Value) -> impl Iterator<Item = &Value> {
    message["content"].as_array().unwrap().iter()
}

/// Runs the loop to its end, or drops it after this many polls.
async fn run_for(polls: usize, chat: &mut Chat, streamed: bool) -> Option<Result<Run, Error>> {
    let work = chat.toolloop(PROMPT);
    if streamed { read_for(polls, work.stream(), drop).await } else { await_for(polls, work.into_future()).await }
}

/// Returns all combinations of awaited or streamed and the responses.
fn everywhere() -> impl Iterator<Item = (bool, usize)> {
    [false, true].into_iter().flat_map(|streamed| (0..RESPONSES).map(move |response| (streamed, response)))
}

#[tokio::test]
async fn a_run_can_be_dropped_after_any_poll() {
    let stage = Stage::new(1).await;
    for (streamed, response) in everywhere() {
        let mut polls = 0;
        loop {
            let mut scene = stage.scene(Fault::Busy { response });
            if let Some(end) = run_for(polls, &mut scene.chat, streamed).await {
                assert_eq!(end.unwrap().text(), ANSWER);
                scene.ends();
                break;
            }
            scene.rests().await;
            scene.goes_on().await;
            polls += 1;
        }
        // Each response, the wait before the retry, and three yields in each of the two steps take at least one poll.
        assert!(polls >= 10, "a run needs more than {polls} polls");
    }
    stage.ends();
}

#[tokio::test]
async fn a_run_continues_after_a_stream_that_was_truncated_anywhere() {
    let stage = Stage::new(0).await;
    for response in 0..RESPONSES {
        let mut events = 0;
        loop {
            let mut scene = stage.scene(Fault::Cut { response, events });
            match run_for(usize::MAX, &mut scene.chat, true).await.unwrap() {
                Ok(run) => {
                    // If the stream ends after its last event, the response is complete.
                    assert_eq!(run.text(), ANSWER);
                    scene.ends();
                    break;
                }
                Err(error) => assert!(error.is_truncated() || error.is_connection(), "{error}"),
            }
            assert_eq!(turns(&scene.history()), response, "the conversation is unchanged");
            scene.rests().await;
            scene.goes_on().await;
            events += 1;
        }
        assert!(events > 5, "a stream has more than {events} events");
    }
    stage.ends();
}

#[tokio::test]
async fn a_run_continues_after_any_failed_request() {
    let stage = Stage::new(0).await;
    for (streamed, response) in everywhere() {
        let mut scene = stage.scene(Fault::Fails { response });
        let error = run_for(usize::MAX, &mut scene.chat, streamed).await.unwrap().unwrap_err();
        assert_eq!(error.status(), Some(500));
        assert_eq!(turns(&scene.history()), response, "the conversation is unchanged");
        scene.rests().await;
        scene.goes_on().await;
    }
    stage.ends();
}

/// Returns a chat whose last turn was paused by the API during a search, and whose continuation failed.
async fn paused(claude: &MockServer) -> Chat {
    let search = json!([
        {"type": "text", "text": "Let me look."},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "seats"}},
    ]);
    claude.respond(MockResponse::content(search).stop_reason("pause_turn"));
    claude.respond(MockResponse::error(400, "invalid_request_error", "no"));
    let mut chat =
        Chat::builder(claude.client("claude-sonnet-5-5")).continue_prompt("Please continue.").build().unwrap();
    assert_eq!(chat.send(PROMPT).await.unwrap_err().status(), Some(400));
    assert_eq!(chat.history().len(), 2);
    chat
}

#[tokio::test]
async fn a_paused_turn_is_still_paused_after_a_failed_prompt() {
    let claude = MockServer::start().await.unwrap();
    let mut chat = paused(&claude).await;
    let before = chat.history().to_vec();

    claude.respond(MockResponse::error(400, "invalid_request_error", "no"));
    assert_eq!(chat.send("Never mind.").await.unwrap_err().status(), Some(400));
    assert_eq!(chat.history()[..], before, "the conversation is unchanged");
    drop(chat.send("Never mind.").into_future());
    claude.respond(MockResponse::text("").stop_reason("refusal"));
    chat.send("Something wicked.").await.unwrap();
    assert_eq!(chat.history()[..], before, "a refused turn is not part of the history");

    claude.respond(MockResponse::text("You are welcome."));
    chat.send("Never mind.").await.unwrap();
    let said: Vec<_> = chat.history().iter().map(|message| (message.role().clone(), message.text())).collect();
    let said: Vec<_> = said.iter().map(|(role, text)| (role, text.as_str())).collect();
    assert_eq!(
        said,
        [
            (&Role::User, PROMPT),
            (&Role::Assistant, "Let me look."),
            (&Role::User, "Never mind."),
            (&Role::Assistant, "You are welcome."),
        ]
    );
    claude.assert_finished();
}

#[tokio::test]
async fn a_paused_turn_without_a_continuation_is_followed_by_a_prompt() {
    let claude = MockServer::start().await.unwrap();
    let mut chat = paused(&claude).await;
    claude.respond(MockResponse::content(json!([])));
    chat.resume().await.unwrap();
    claude.respond(MockResponse::text("There are three seats."));
    chat.resume().await.unwrap();
    let said: Vec<_> = chat.history().iter().map(|message| (message.role().clone(), message.text())).collect();
    assert_eq!(said[2], (Role::User, "Please continue.".to_owned()));
    claude.assert_finished();
}

#[tokio::test]
async fn a_paused_turn_is_still_paused_after_a_refused_prompt() {
    let claude = MockServer::start().await.unwrap();
    let mut chat = paused(&claude).await;
    claude.respond(MockResponse::content(json!([])).stop_reason("refusal"));
    chat.send("Something wicked.").await.unwrap();
    claude.respond(MockResponse::text("There are three seats."));
    chat.resume().await.unwrap();
    assert_eq!(chat.history().len(), 3, "only the paused turn was sent back");
    claude.assert_finished();
}

/// Returns a text unchanged.
#[tool]
fn read(
    /// The text
    text: String,
) -> String {
    text
}

#[tokio::test]
async fn no_text_of_a_tool_makes_its_call_a_suspended_one() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("read", json!({"text": "anything"})));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![read]).build().unwrap();
    let run = chat.toolloop("Read this.").approve(async |_| Approval::Suspend).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Suspended);
    let ContentBlock::ToolResult(waits) = &chat.last().unwrap().content()[0] else { panic!("expected a result") };
    let words = waits.text().into_owned();
    claude.respond(MockResponse::tool_use("read", json!({"text": words})));
    chat.send("Read that.").await.unwrap();

    assert!(chat.pending().is_empty(), "the call has finished");
    claude.respond(MockResponse::text("Is that all?"));
    assert_eq!(chat.resume().await.unwrap().text(), "Is that all?");
}

#[tokio::test]
async fn an_allowed_call_runs_once() {
    let mut polls = 0;
    loop {
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::tool_use("book", json!({"seat": 1, "yields": 2})));
        // One response for the dropped run, if it gets that far, and one for its continuation.
        claude.respond(MockResponse::text(ANSWER));
        claude.respond(MockResponse::text(ANSWER));
        let log = Log::default();
        let tools = tools![book].state(log.clone());
        let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools).build().unwrap();
        chat.toolloop(PROMPT).approve(async |_| Approval::Suspend).await.unwrap();
        let call = chat.pending().remove(0);
        chat.decide(&call, Approval::Allow).unwrap();

        let end = await_for(polls, chat.resume_toolloop().into_future()).await;
        settle().await;
        assert_eq!(chat.pending().is_empty(), polls > 0, "the call is pending until it begins");
        if end.is_none() {
            assert_eq!(chat.resume().await.unwrap().text(), ANSWER);
        }
        // The log refuses a second run; this checks the result of the first one.
        let ContentBlock::ToolResult(result) = &chat.history()[2].content()[0] else { panic!("expected a result") };
        let said = log.0.lock().unwrap()[call.id()].clone();
        assert!(result.text().contains(said.as_deref().unwrap_or("Interrupted")), "{said:?}: {}", result.text());
        if end.is_some() {
            break;
        }
        polls += 1;
    }
    assert!(polls > 3, "a run needs more than {polls} polls");
}
