//! [`History`]: the messages of a chat, at every moment a conversation that the API accepts.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::ops::Deref;

use bytes::Bytes;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::call_ids::{Assigner, CallIds};
use super::encoding::Encoding;
use super::repair::{mend_message, repair};
use super::validate::{Violation, flaw_of_message};
use crate::client::{Body, encode, json};
use crate::error::{Error, Result};
use crate::messages::{
    Brief, CacheBreakpoints, CacheControl, ContentBlock, Images, Message, Response, ResultContent, Role, StopReason,
    ToolResult, ToolUse, pending_server_calls, transcript, turns,
};
use crate::tool::{ToolOutcome, not_run};

/// The messages of a [`Chat`](crate::Chat).
///
/// In a chat it is at every moment a conversation that the API accepts. What makes it so:
///
/// - A prompt enters together with the reply to it, never before.
/// - A reply that calls tools enters together with its answer, in which every call says that it was interrupted; a call
///   that finishes overwrites its place. Dropping the loop anywhere leaves no call without an answer.
/// - The last message stays open while it is the user's: a prompt joins the results that wait there, behind them. Only
///   where the API waits for the results alone, to go on with calls of its own, a prompt is refused.
/// - All before it is sealed: encoded once, and never touched again.
///
/// It is a slice of [`Message`]s, and can be the start of another chat: [`Chat::fork`](crate::Chat::fork) goes on from
/// it, [`to_json`](Self::to_json) stores it, and whatever else is a list of messages becomes one. What comes from
/// elsewhere is checked when the chat is built, and mended by [`repair`](Self::repair).
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi, Jeremy!"));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::{Chat, History};
///
/// let mut chat = Chat::new(&client)?;
/// chat.send("I'm Jeremy.").await?;
/// let stored = chat.history().to_json();
///
/// let chat = Chat::builder(&client).history(History::from_json(&stored)?).build()?;
/// assert_eq!(chat.last().unwrap().text(), "Hi, Jeremy!");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct History {
    messages: Vec<Message>,
    /// How many of the messages are sealed: all, or all but the last.
    sealed: usize,
    encoding: Encoding,
    /// The cache marks in the sealed messages.
    marks: CacheBreakpoints,
    /// The images in the sealed messages.
    images: Images,
    /// What the open message adds to them, and its size in bytes: results that were replaced since count as well.
    open_images: Images,
    open_bytes: usize,
    ids: CallIds,
    /// Cache marks that tools put on their results in the open message, by place. The next request has them; they are
    /// not kept, because a request takes four and a tool does not know how many others there are.
    result_marks: BTreeMap<usize, CacheControl>,
}

/// The message that a request adds to the history, and its encoding.
#[derive(Clone, Debug)]
pub(crate) struct Tail {
    /// A turn that the API paused, as it ends now that words follow it.
    ended: Option<Message>,
    message: Message,
    json: Bytes,
}

impl Tail {
    /// As it is sent: with cache marks on these blocks, and one on its end. What is stored stays without.
    pub(crate) fn sent(&self, marks: &[(usize, CacheControl)], end: Option<&CacheControl>) -> Cow<'_, Self> {
        if marks.is_empty() && end.is_none() {
            return Cow::Borrowed(self);
        }
        let mut tail = self.clone();
        mark_blocks(tail.message.blocks_mut(), marks);
        if let Some(mark) = end {
            tail.message.set_mark(mark);
        }
        tail.json = encode(std::slice::from_ref(&tail.message)).into();
        Cow::Owned(tail)
    }

    /// The blocks of the message.
    pub(crate) fn blocks(&self) -> &[ContentBlock] {
        self.message.content()
    }

    /// The cache marks in it.
    pub(crate) fn marks(&self) -> CacheBreakpoints {
        CacheBreakpoints::of_messages(self.ended.iter().chain([&self.message]))
    }

    pub(crate) fn ends_marked(&self) -> bool {
        self.message.ends_marked()
    }

    fn write(&self, body: &mut Body) {
        if let Some(turn) = &self.ended {
            body.push_messages(std::slice::from_ref(turn));
            body.push(b",");
        }
        body.share(&self.json, || self.json.clone());
    }
}

fn mark_blocks(blocks: &mut [ContentBlock], marks: &[(usize, CacheControl)]) {
    for (place, control) in marks {
        if let Some(block) = blocks.get_mut(*place) {
            block.set_mark(control);
        }
    }
}

/// Stands in for the result of a call that waits for a decision.
///
/// In a stored history such a result is known by its form: an error whose content is this very text, and not a list of
/// blocks. A result of a tool never has that form ([`History::answer`]), whatever its text is.
const SUSPENDED: &str = "Not run yet: the call waits for somebody to allow it.";

/// Stands in for the result of a call that was cut short.
pub(super) const INTERRUPTED: &str = "Interrupted before a result came back. The call may have taken effect.";

/// How large the results of tools may make a conversation. A request takes 32 MB, and there is more in it
/// ([request size limits](https://docs.claude.com/en/api/overview#request-size-limits)).
const MOST_BYTES: usize = 30 << 20;

impl History {
    /// A history from messages that exist already.
    fn new(mut messages: Vec<Message>) -> Self {
        // The API takes an empty message of the model at the end alone, where it says nothing.
        let is_nothing = |last: &mut Message| {
            *last.role() == Role::Assistant && last.content().iter().all(|block| block.as_text() == Some(""))
        };
        messages.pop_if(is_nothing);
        let is_paused = join_paused(&mut messages);
        let mut history = Self::default();
        for message in messages {
            history.seal();
            history.messages.push(message);
        }
        if !is_paused && history.open().is_some_and(|last| !matches!(last.role(), Role::User | Role::System)) {
            history.seal();
        }
        history.ids = CallIds::of(&history.messages);
        history.measure_open();
        history
    }

    /// The messages as a JSON list, to be stored: the very bytes that requests send.
    ///
    /// ```
    /// use claudette::{History, messages};
    ///
    /// let history = History::from(messages!["I'm Jeremy.", "Hi, Jeremy!"]);
    /// assert_eq!(
    ///     history.to_json(),
    ///     r#"[{"role":"user","content":"I'm Jeremy."},{"role":"assistant","content":"Hi, Jeremy!"}]"#,
    /// );
    /// assert_eq!(History::from_json(&history.to_json())?, history);
    /// # Ok::<(), claudette::Error>(())
    /// ```
    #[allow(clippy::missing_panics_doc, reason = "JSON is UTF-8")]
    pub fn to_json(&self) -> String {
        let mut body = Body::new(vec![b'[']);
        self.write(None, self.tail(&[]).as_ref(), &mut body);
        body.push(b"]");
        String::from_utf8(body.finish().concat()).expect("JSON is UTF-8")
    }

    /// The messages as Markdown, for people to read: each as [`Message::to_markdown`], under its role.
    ///
    /// Footnotes are numbered through all of them, and results bear the names of the tools. Where it matters who said
    /// what, [`to_json`](Self::to_json) is the record: a text may hold headings that look like these.
    ///
    /// ```
    /// use claudette::{History, messages};
    ///
    /// let history = History::from(messages!["I'm Jeremy.", "Hi, Jeremy!"]);
    /// assert_eq!(history.to_markdown(), "## User\n\nI'm Jeremy.\n\n## Assistant\n\nHi, Jeremy!");
    /// ```
    pub fn to_markdown(&self) -> String {
        transcript(self)
    }

    /// The history that was stored as a JSON list of messages, by [`to_json`](Self::to_json) or by another program.
    ///
    /// Whether the API would accept it is another matter: the chat that is built with it checks that.
    ///
    /// # Errors
    /// Misuse, if the text is no list of messages; the source says where.
    pub fn from_json(json: &str) -> Result<Self> {
        serde_json::from_str(json)
            .map_err(|error| Error::misuse("the stored history is no JSON list of messages").caused_by(error))
    }

    /// A history that the API accepts, from any messages.
    ///
    /// It is for conversations that were stored, cut, put together or made elsewhere. One that the API accepts already
    /// comes back unchanged. In another
    ///
    /// - a call without a result is answered with an error that says that it was interrupted;
    /// - a result moves directly behind its call, before anything else that the user says there; one without a call goes;
    /// - a call whose id the API does not take, or which another call has, gets another id together with its result; a
    ///   second call of one id without a result of its own goes;
    /// - a block of a known type that cannot be read goes, as does thinking without a signature;
    /// - a call of a server tool goes where the API will not go on with it, and the result of one without a call;
    /// - empty and blank text goes, what stands under a role that may not say it, and messages that hold nothing;
    /// - what the system says where it may not speak moves behind what the user says next, or goes if that is nothing;
    /// - cache marks go, all of them, where there are more than the API takes or in the wrong order;
    /// - images that are too large among more than 20 go;
    /// - arguments that are no object become an empty one, and a result that is an error says so, in text alone;
    /// - thinking goes from the first of these changes on: each block of it is signed together with all that stands before
    ///   it, and refused anywhere else
    ///   ([Extended thinking](https://docs.claude.com/en/docs/build-with-claude/extended-thinking)).
    ///
    /// What was cut out before, so that no trace is left, cannot be seen here: if there is thinking behind it, the API may
    /// refuse that.
    ///
    /// ```
    /// use claudette::{Chat, History, Message, ToolUse};
    /// use serde_json::json;
    ///
    /// let call = ToolUse::new("toolu_1", "sums", json!({"a": 1, "b": 2}));
    /// let crashed = vec![Message::user("What is 1+2?"), Message::assistant(call)];
    ///
    /// let history = History::repair(crashed);
    /// assert_eq!(history.len(), 3);
    /// assert!(history.to_json().contains("Interrupted before a result came back."));
    /// assert_eq!(History::repair(history.clone()), history);
    /// ```
    pub fn repair(messages: impl Into<Self>) -> Self {
        let history = messages.into();
        match Violation::find(&history) {
            Some(_) => Self::new(repair(&history)),
            None => history,
        }
    }

    /// Whether the API would accept it.
    pub(crate) fn check(&self) -> Result<()> {
        match Violation::find(self) {
            Some(flaw) => Err(Error::misuse(format!(
                "the API would refuse the history for its {flaw}; `History::repair` mends it"
            ))),
            None => Ok(()),
        }
    }

    /// Writes what is sealed, and what a request adds to it. One block of the model's last turn may have a cache mark, by its
    /// place there: the turn is encoded again for that.
    pub(crate) fn write(&self, marked: Option<&(usize, CacheControl)>, tail: Option<&Tail>, body: &mut Body) {
        let turn = self.last_sealed_turn();
        match marked {
            Some(mark) if !turn.is_empty() => {
                let before = self.encoding.len() - encode(turn).len();
                let mut turn = turn.to_vec();
                let mut place = mark.0;
                for message in &mut turn {
                    let many = message.content().len();
                    if place < many {
                        mark_blocks(message.blocks_mut(), &[(place, mark.1.clone())]);
                        break;
                    }
                    place -= many;
                }
                self.encoding.write_start(before, body);
                body.push_messages(&turn);
            }
            _ => self.encoding.write(body),
        }
        if let Some(tail) = tail {
            if !self.encoding.is_empty() {
                body.push(b",");
            }
            tail.write(body);
        }
    }

    /// The cache marks in what is sealed.
    pub(crate) fn marks(&self) -> CacheBreakpoints {
        self.marks
    }

    /// The cache marks that tools put on their results in the open message, by the places of these.
    pub(crate) fn marked_results(&self) -> &BTreeMap<usize, CacheControl> {
        &self.result_marks
    }

    /// Whether something waits to be sent: what the user said, tool results, or a turn that the API paused.
    pub(crate) fn is_waiting(&self) -> bool {
        self.open().is_some()
    }

    /// What a request with these additions adds to the sealed messages: the open message and the additions, as one. A
    /// paused turn ends where it stands when something follows it.
    pub(crate) fn tail(&self, additions: &[ContentBlock]) -> Option<Tail> {
        let mut ended = None;
        let message = match self.open() {
            Some(open) if additions.is_empty() => open.clone(),
            Some(open) if *open.role() == Role::Assistant => {
                let mut turn = open.clone();
                turn.drop_server_calls(&pending_server_calls(self.last_turn()));
                ended = (!turn.is_blank()).then_some(turn);
                Message::user(additions.to_vec())
            }
            Some(open) => {
                let mut joined = open.clone();
                joined.blocks_mut().extend_from_slice(additions);
                joined
            }
            None if additions.is_empty() => return None,
            None => Message::user(additions.to_vec()),
        };
        Some(Tail { ended, json: encode(std::slice::from_ref(&message)).into(), message })
    }

    /// Whether the last turn goes as it is, and nothing may follow it: one that the API paused, or one of the system.
    pub(crate) fn is_paused(&self) -> bool {
        self.open().is_some_and(|message| *message.role() != Role::User)
    }

    /// Whether the system spoke last: only the model may speak next.
    pub(crate) fn ends_in_system(&self) -> bool {
        self.standing().last().is_some_and(|message| *message.role() == Role::System)
    }

    /// Whether the server is in the middle of calls of its own: it goes on with them when it has the results of ours,
    /// and takes nothing else beside those
    /// ([Server tools](https://docs.claude.com/en/docs/agents-and-tools/tool-use/overview)).
    pub(crate) fn is_half_served(&self) -> bool {
        let mut turns = turns(self.standing()).rev();
        let results =
            turns.next().is_some_and(|turn| turn.iter().flat_map(Message::content).any(ContentBlock::is_result));
        results && turns.next().is_some_and(|turn| !pending_server_calls(turn).is_empty())
    }

    /// What a prompt comes behind: all, but for a paused turn of which nothing stays once it is ended.
    fn standing(&self) -> &[Message] {
        let turn = self.last_turn();
        let pending = pending_server_calls(turn);
        let stays =
            |block: &ContentBlock| !block.is_blank() && block.server_call().is_none_or(|id| !pending.contains(&id));
        let stands = pending.is_empty() || turn.iter().flat_map(Message::content).any(stays);
        &self.messages[..self.messages.len() - if stands { 0 } else { turn.len() }]
    }

    /// Takes in what was sent and the reply to it. `runs` says whether the calls in the reply will be run.
    ///
    /// A refused turn leaves no trace: the prompt that led to it would be refused again. Of a reply that says nothing
    /// the prompt alone stays, open for more. Gives back whether the reply said anything.
    pub(crate) fn enter(&mut self, tail: Option<Tail>, reply: &Response, runs: bool) -> bool {
        let turn = self.turn_of(reply);
        let speaks = turn.is_some();
        if reply.stop_reason() == Some(&StopReason::Refusal) {
            return speaks;
        }
        if let Some(Tail { ended, mut message, mut json }) = tail {
            // It holds the open message, and more.
            self.messages.truncate(self.sealed);
            if let Some(turn) = ended {
                self.messages.push(turn);
                self.seal();
            }
            if let Some(turn) = turn.as_ref().filter(|_| *message.role() == Role::Assistant) {
                // A paused turn was to be gone on with: what the server has not finished now, it never will.
                let mut unfinished = pending_server_calls(std::slice::from_ref(&message));
                let finished: HashSet<_> = turn.content().iter().filter_map(ContentBlock::answered_call).collect();
                unfinished.retain(|id| !finished.contains(id));
                if message.drop_server_calls(&unfinished) {
                    json = encode(std::slice::from_ref(&message)).into();
                }
            }
            if !message.is_blank() {
                self.messages.push(message);
                if speaks {
                    self.seal_as(&json);
                }
            }
        }
        if let Some(turn) = turn {
            self.result_marks.clear();
            if !turn.is_plain_text() {
                self.ids.add(&turn);
            }
            self.messages.push(turn);
            self.answer_calls(reply.stop_reason(), runs);
        }
        self.measure_open();
        speaks
    }

    fn measure_open(&mut self) {
        let Some(open) = self.open() else {
            (self.open_images, self.open_bytes) = Default::default();
            return;
        };
        let measured = (Images::of_blocks(open.content()), encode(std::slice::from_ref(open)).len());
        (self.open_images, self.open_bytes) = measured;
    }

    /// The reply as the turn that goes back to the API: exactly as it came, but for what the API would refuse.
    fn turn_of(&self, reply: &Response) -> Option<Message> {
        let mut turn = Message::from(reply);
        if turn.is_plain_text() {
            return (!turn.is_blank()).then_some(turn);
        }
        let cut = matches!(reply.stop_reason(), Some(StopReason::MaxTokens | StopReason::ModelContextWindowExceeded));
        if cut && matches!(turn.content().last(), Some(ContentBlock::ToolUse(_))) {
            // Half a call: its arguments are whatever had come.
            turn.blocks_mut().pop();
        }
        turn.remove_marks();
        // On a good day the API sends nothing that it refuses itself.
        if let Some(flaw) = flaw_of_message(&turn).filter(|_| !turn.is_blank()) {
            tracing::warn!(flaw, "what the API would refuse is left out of the history");
            mend_message(&mut turn);
        }
        self.ids.drop_orphans(&mut turn);
        let paused = reply.stop_reason() == Some(&StopReason::PauseTurn) && !ends_in_words(&turn);
        if !paused && turn.content().iter().all(|block| block.as_tool_use().is_none()) {
            // The server goes on with calls of its own where it paused, or when it gets the results of ours.
            let pending = pending_server_calls(std::slice::from_ref(&turn));
            turn.drop_server_calls(&pending);
        }
        (!turn.is_blank()).then_some(turn)
    }

    /// Gives every call of the turn that came last an answer that says why there is none.
    fn answer_calls(&mut self, reason: Option<&StopReason>, runs: bool) {
        let is_paused = reason == Some(&StopReason::PauseTurn) && self.last_calls().next().is_none();
        if is_paused && !self.messages.last().is_none_or(ends_in_words) {
            // It goes back as it is, and nothing may follow it.
            return;
        }
        self.seal();
        let not_run = match not_run(reason) {
            _ if runs => INTERRUPTED.to_owned(),
            None => "Not run: no tool calls were left.".to_owned(),
            Some(reason) => reason,
        };
        let answers: Vec<ContentBlock> = self
            .last_calls()
            .map(|call| ContentBlock::ToolResult(ToolResult::new(call, not_run.as_str(), true)))
            .collect();
        if !answers.is_empty() {
            self.messages.push(Message::user(answers));
        }
    }

    /// Puts the result of a call into the place that was kept for it: the place of the call among those of its turn.
    ///
    /// A result with the form of a suspended one gets another form, and keeps its text.
    pub(crate) fn answer(&mut self, place: usize, result: &ToolResult) {
        self.result_marks.remove(&place);
        let mut result = ContentBlock::ToolResult(result.clone());
        if let Some(mark) = CacheBreakpoints::of_blocks(std::slice::from_ref(&result)).control() {
            result.remove_marks();
            self.result_marks.insert(place, mark);
        }
        if let ContentBlock::ToolResult(result) = &mut result
            && has_form_of_suspended(result)
        {
            result.list();
        }
        self.open_images = self.open_images.and(Images::of_blocks(std::slice::from_ref(&result)));
        self.open_bytes += size(&result);
        self.put(place, result);
    }

    fn put(&mut self, place: usize, result: ContentBlock) {
        let id = |block: &ContentBlock| block.as_tool_result().map(|result| result.tool_use_id().to_owned());
        let kept = self.messages.get_mut(self.sealed).and_then(|open| open.blocks_mut().get_mut(place));
        if let Some(kept) = kept.filter(|kept| id(kept) == id(&result)) {
            *kept = result;
        } else {
            tracing::error!(place, "no place is kept for the result of this call");
        }
    }

    /// The outcome as its result can enter: what the API would refuse together with the rest is withheld from the model.
    pub(crate) fn admit(&self, outcome: ToolOutcome) -> ToolOutcome {
        let blocks = outcome.result().content().map_or(&[][..], ResultContent::blocks);
        if blocks.iter().all(|block| block.as_text().is_some()) {
            return outcome;
        }
        let new = Images::of_blocks(blocks);
        if let Some(refusal) = self.images_with(new).refusal().filter(|_| !new.is_none()) {
            return outcome.withheld(&refusal);
        }
        let size = self.encoding.len() + self.open_bytes + json(outcome.result()).len();
        if size > MOST_BYTES {
            let most = MOST_BYTES >> 20;
            return outcome
                .withheld(&format!("with it, the conversation has {size} bytes, and a request takes {most} MiB"));
        }
        outcome
    }

    /// The images of the conversation, and more.
    pub(crate) fn images_with(&self, more: Images) -> Images {
        self.images.and(self.open_images).and(more)
    }

    /// Keeps a call waiting for a decision.
    pub(crate) fn suspend(&mut self, place: usize, call: &ToolUse) {
        self.put(place, ToolResult::new(call, SUSPENDED, true).into());
    }

    /// The calls that wait for a decision, each with the place that is kept for its result.
    pub(crate) fn suspended(&self) -> impl Iterator<Item = (usize, &ToolUse)> {
        let waiting = self.open_blocks().iter().enumerate().filter(|(_, block)| is_suspended(block));
        let mut waiting = waiting.peekable();
        let turn = waiting.peek().and_then(|_| turns(&self.messages[..self.sealed]).next_back());
        let calls: HashMap<&str, &ToolUse> =
            turn.into_iter().flat_map(calls_of).map(|call| (call.id(), call)).collect();
        waiting.filter_map(move |(place, block)| Some((place, *calls.get(block.as_tool_result()?.tool_use_id())?)))
    }

    /// Says of a call that it was cut short, until it has a result.
    pub(crate) fn interrupt(&mut self, place: usize, call: &ToolUse) {
        self.answer(place, &ToolResult::new(call, INTERRUPTED, true));
    }

    /// Says of all calls of a turn why they are not run.
    pub(crate) fn leave(&mut self, calls: &[ToolUse], why: &str) {
        for (place, call) in calls.iter().enumerate() {
            self.answer(place, &ToolResult::new(call, why, true));
        }
    }

    /// Chooses the ids of the calls in the next response.
    pub(crate) fn id_assigner(&self) -> Assigner<'_> {
        self.ids.assigner()
    }

    /// Gives calls other ids if theirs are not valid or were used before: within a conversation each id means one call.
    pub(crate) fn settle_ids(&self, response: &mut Response) {
        let mut ids = self.id_assigner();
        let blocks = response.content().iter().enumerate();
        let renamed = blocks.filter_map(|(place, block)| match ids.assign(block.as_tool_use()?.id()) {
            Cow::Borrowed(_) => None,
            Cow::Owned(id) => Some((place, id)),
        });
        let renamed: Vec<_> = renamed.collect();
        if !renamed.is_empty() {
            tracing::warn!(calls = renamed.len(), "the ids of calls were not valid or not unique, and were replaced");
        }
        response.rename_calls(renamed);
    }

    /// What the last message holds while it is the user's, and open.
    pub(crate) fn open_blocks(&self) -> &[ContentBlock] {
        self.open().filter(|message| *message.role() == Role::User).map_or(&[], Message::content)
    }

    /// The calls of the last message.
    fn last_calls(&self) -> impl Iterator<Item = &ToolUse> {
        self.messages.last().into_iter().map(std::slice::from_ref).flat_map(calls_of)
    }

    /// The turn of the model that the next request adds to: new since the request before. Empty if the request does not
    /// follow one.
    pub(crate) fn last_sealed_turn(&self) -> &[Message] {
        let turn = turns(&self.messages[..self.sealed]).next_back().unwrap_or_default();
        if turn.first().is_some_and(|message| *message.role() == Role::Assistant) { turn } else { &[] }
    }

    fn last_turn(&self) -> &[Message] {
        turns(&self.messages).next_back().unwrap_or_default()
    }

    fn open(&self) -> Option<&Message> {
        self.messages.get(self.sealed)
    }

    fn seal(&mut self) {
        if let Some(open) = self.open() {
            let json = encode(std::slice::from_ref(open));
            self.seal_as(&json);
        }
    }

    fn seal_as(&mut self, json: &[u8]) {
        if let Some(open) = self.open().filter(|open| !open.is_plain_text()) {
            let (marks, images) = (CacheBreakpoints::of_blocks(open.content()), Images::of_blocks(open.content()));
            (self.marks, self.images) = (self.marks.then(marks), self.images.and(images));
        }
        self.encoding.push(json);
        self.sealed += 1;
    }
}

/// Whether the API paused the last turn: calls of its own are open in it. From the first of them on it becomes one
/// message, whatever parts it came in, for it may have to end where it stands.
fn join_paused(messages: &mut Vec<Message>) -> bool {
    let turn = turns(messages).next_back().unwrap_or_default();
    let pending = pending_server_calls(turn);
    let is_pending = |block: &ContentBlock| block.server_call().is_some_and(|id| pending.contains(&id));
    let place = turn.iter().position(|part| part.content().iter().any(is_pending));
    let Some(first) = place.filter(|_| *turn[0].role() == Role::Assistant) else { return false };
    let first = messages.len() - turn.len() + first;
    for part in messages.split_off(first + 1) {
        messages[first].blocks_mut().extend_from_slice(part.content());
    }
    true
}

fn calls_of(messages: &[Message]) -> impl Iterator<Item = &ToolUse> {
    messages.iter().flat_map(Message::content).filter_map(ContentBlock::as_tool_use)
}

fn is_suspended(block: &ContentBlock) -> bool {
    block.as_tool_result().is_some_and(has_form_of_suspended)
}

fn has_form_of_suspended(result: &ToolResult) -> bool {
    result.is_error() && matches!(result.content(), Some(ResultContent::Text(text)) if text == SUSPENDED)
}

/// How large the result of a tool is, in bytes: exactly if there is more in it than text, and about otherwise.
fn size(result: &ContentBlock) -> usize {
    let Some(result) = result.as_tool_result() else { return 0 };
    let blocks = result.content().map_or(&[][..], ResultContent::blocks);
    if blocks.is_empty() { result.text().len() } else { json(result).len() }
}

/// Whether the model was saying something at the end: sent back, that would ask it to go on from there.
fn ends_in_words(turn: &Message) -> bool {
    turn.content().last().is_none_or(|block| block.as_text().is_some() || block.is_thinking())
}

impl Deref for History {
    type Target = [Message];

    fn deref(&self) -> &[Message] {
        &self.messages
    }
}

/// A list of messages, as in [`to_json`](History::to_json).
impl Serialize for History {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.messages.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for History {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::new)
    }
}

impl<I: IntoIterator<Item = Message>> From<I> for History {
    fn from(messages: I) -> Self {
        Self::new(messages.into_iter().collect())
    }
}

/// Shows the messages as JSON, in brief.
impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Brief(self).fmt(f)
    }
}

impl PartialEq for History {
    fn eq(&self, other: &Self) -> bool {
        self.messages == other.messages
    }
}
