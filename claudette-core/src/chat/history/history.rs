//! [`History`]: the messages of a chat, which the API accepts at any time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::call_ids::{Assigner, CallIds};
use super::repair::repair;
use super::size::SizeCache;
use crate::catalog::Features;
use crate::client::Conversation;
use crate::display::Brief;
use crate::error::{Error, Result};
use crate::messages::{
    CacheBreakpoints, CacheControl, ContentBlock, Images, Message, Role, ToolUse, Violation, pending_server_calls,
    turns,
};
use crate::render::transcript;

/// The messages of a [`Chat`](crate::Chat).
///
/// The API accepts the history of a chat at any time, because of these rules:
///
/// - A prompt enters the history together with the response to it, not before.
/// - A response with tool calls enters together with a placeholder result for each call, which says that the call was
///   interrupted. The result of a finished call replaces its placeholder. If the loop is dropped, each call still has a
///   result.
/// - If the last message is from the user, it is open: the next prompt is added to it, after the tool results that it
///   contains. A prompt is refused only if the API accepts nothing but tool results, because it must first continue
///   with its own tool calls.
/// - All earlier messages are sealed: they are encoded once and do not change.
///
/// A history dereferences to a slice of [`Message`]s. [`to_json`](Self::to_json) stores it, any list of messages
/// converts to it, and a new chat can start with it. [`ChatBuilder::build`](crate::chat::ChatBuilder::build) validates
/// it, and [`repair`](Self::repair) fixes a history that is not valid.
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
    pub(super) messages: Vec<Message>,
    /// The number of sealed messages: all, or all but the last.
    pub(super) sealed: usize,
    /// Grows when sealed messages are replaced. An encoding with another epoch does not belong to these messages.
    pub(super) epoch: u64,
    /// The cache breakpoints, the images and the features of the sealed messages.
    pub(super) breakpoints: CacheBreakpoints,
    pub(super) images: Images,
    pub(super) features: Features,
    /// The images of the open message. Results that were replaced still count.
    pub(super) open_images: Images,
    pub(super) size: SizeCache,
    pub(super) ids: CallIds,
    /// Cache breakpoints that tools requested for their results in the open message, by index. Only the next request
    /// has them, because a request can have at most four, and a tool does not know the number of the others.
    pub(super) result_marks: BTreeMap<usize, CacheControl>,
}

impl History {
    /// Returns a history of existing messages.
    fn new(mut messages: Vec<Message>) -> Self {
        // The API accepts an empty message of the model only at the end, where it has no effect.
        let is_empty = |last: &mut Message| {
            *last.role() == Role::Assistant && last.content().iter().all(|block| block.as_text() == Some(""))
        };
        messages.pop_if(is_empty);
        let is_paused = join_paused(&mut messages);
        let mut history = Self::default();
        for message in messages {
            history.seal();
            history.messages.push(message);
        }
        let is_summary = |last: &Message| last.content().last().is_some_and(ContentBlock::is_summary);
        // The API continues a summary that ends a conversation.
        let is_paused = is_paused || history.open().is_some_and(is_summary);
        if !is_paused && history.open().is_some_and(|last| !matches!(last.role(), Role::User | Role::System)) {
            history.seal();
        }
        history.ids = CallIds::of(&history.messages);
        history.measure_open();
        history
    }

    /// Returns the messages as a JSON list, in the format of the API, so that they can be stored.
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
    #[allow(clippy::missing_panics_doc, reason = "wire types have a JSON form")]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.messages).expect("wire types have a JSON form")
    }

    /// Returns the messages as Markdown for display: each message as in [`Message::to_markdown`], with its role as the
    /// heading.
    ///
    /// Footnotes are numbered consecutively through all messages, and tool results show the name of the tool. Text in a
    /// message can contain headings that look like those of roles, so use [`to_json`](Self::to_json) for a reliable
    /// record.
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

    /// Reads a history that was stored as a JSON list of messages, by [`to_json`](Self::to_json) or by another program.
    ///
    /// It does not check whether the API accepts the messages; [`ChatBuilder::build`](crate::chat::ChatBuilder::build)
    /// does.
    ///
    /// # Errors
    /// Returns a misuse error if the text is not a JSON list of messages. Its source has the position.
    pub fn from_json(json: &str) -> Result<Self> {
        serde_json::from_str(json)
            .map_err(|error| Error::misuse("the stored history is not a JSON list of messages").caused_by(error))
    }

    /// Returns a history that the API accepts, made from any messages.
    ///
    /// Use it for conversations that were stored, cut, combined or written by another program. If the API already
    /// accepts the messages, they do not change. Otherwise:
    ///
    /// - A tool call without a result gets an error result, which says that the call was interrupted.
    /// - A result moves to the message after its call, before other content of the user. A result without a call is
    ///   removed.
    /// - A call with an id that the API does not accept, or that another call has, gets another id, and so does its
    ///   result. A second call with the same id that does not have a result is removed.
    /// - A block of a known type that cannot be read is removed, and so is a thinking block without a signature.
    /// - A server tool call is removed if the API will not continue with it. Its result is removed if there is no call.
    /// - Empty and blank text, blocks that are not allowed for the role, and empty messages are removed.
    /// - A system message at a position where it is not allowed moves after the next message of the user. If there is
    ///   no such message, it is removed.
    /// - If there are more cache breakpoints than the API accepts, or if they are in the wrong order, all of them are
    ///   removed.
    /// - If there are more than 20 images, those that are too large for this number are removed.
    /// - Everything before the last summary is removed if the API has signed a summary
    ///   ([`Compaction`](crate::wire::Compaction)) and it is not the first block, or not the only summary.
    /// - Arguments that are not an object become an empty object, and the result of a failed call becomes text only.
    /// - All thinking after the first of these changes is removed, because the signature of a thinking block covers
    ///   everything before it
    ///   ([Extended thinking](https://platform.claude.com/docs/en/build-with-claude/extended-thinking)).
    ///
    /// If content was removed earlier without a trace, this method cannot detect it, and the API may refuse the
    /// thinking after it.
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

    /// Checks whether the API would accept the history.
    pub(crate) fn check(&self) -> Result<()> {
        match Violation::find(self) {
            Some(violation) => {
                Err(Error::misuse(format!("the API would refuse the history: {violation}; `History::repair` fixes it")))
            }
            None => Ok(()),
        }
    }

    /// Returns `true` if something waits to be sent: a message of the user, tool results, or a turn that the API
    /// paused.
    pub(crate) fn is_waiting(&self) -> bool {
        self.open().is_some()
    }

    /// Returns a stored history.
    ///
    /// # Errors
    /// Returns a misuse error if the number of sealed messages does not match the number of messages.
    pub(in crate::chat) fn restore(
        messages: Vec<Message>,
        sealed: usize,
        result_marks: BTreeMap<usize, CacheControl>,
    ) -> Result<Self> {
        if !(messages.len().saturating_sub(1)..=messages.len()).contains(&sealed) {
            let len = messages.len();
            return Err(Error::misuse(format!(
                "a stored history of {len} messages cannot have {sealed} sealed messages"
            )));
        }
        Ok(Self::of_parts(messages, sealed, result_marks))
    }

    /// Returns a history of these messages. Everything else follows from them, so a restored history is the same as the
    /// original.
    pub(super) fn of_parts(messages: Vec<Message>, sealed: usize, result_marks: BTreeMap<usize, CacheControl>) -> Self {
        let mut history = Self { result_marks, ..Self::default() };
        for (index, message) in messages.into_iter().enumerate() {
            history.messages.push(message);
            if index < sealed {
                history.seal();
            }
        }
        history.ids = CallIds::of(&history.messages);
        history.measure_open();
        history
    }

    /// Returns the cache breakpoints in the sealed messages.
    pub(crate) fn breakpoints(&self) -> CacheBreakpoints {
        self.breakpoints
    }

    /// Returns the cache breakpoints that tools requested for their results in the open message, by index.
    pub(crate) fn marked_results(&self) -> &BTreeMap<usize, CacheControl> {
        &self.result_marks
    }

    /// Returns the messages that no longer change.
    pub(crate) fn sealed(&self) -> &[Message] {
        &self.messages[..self.sealed]
    }

    /// Returns `true` if the first message is a summary that the API signed.
    pub(in crate::chat) fn begins_with_signed_summary(&self) -> bool {
        let first = self.messages.first().and_then(|first| first.content().first());
        first.is_some_and(ContentBlock::is_signed_summary)
    }

    /// Returns the version of the sealed messages. While it stays the same, messages are only added to them.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Replaces all messages.
    pub(crate) fn replace(&mut self, messages: Self) {
        let epoch = self.epoch + 1;
        *self = messages;
        self.epoch = epoch;
    }

    /// Returns the conversation with these additions, for a request. A paused turn is ended if something follows it. The
    /// system message follows the message of the user; while the API accepts only results, it is not sent.
    pub(crate) fn conversation(&self, additions: Vec<ContentBlock>, system: Option<Message>) -> Conversation<'_> {
        let takes_only_results = self.takes_only_results();
        let goes_on = self.is_paused() || takes_only_results;
        let takes_more = !additions.is_empty() || !goes_on;
        let (mut open, mut ended) = (self.open().map(Cow::Borrowed), None);
        if let Some(turn) = self.open().filter(|open| *open.role() == Role::Assistant && !additions.is_empty()) {
            let mut turn = turn.clone();
            turn.drop_server_calls(&pending_server_calls(self.last_turn()));
            (open, ended) = (None, (!turn.is_blank()).then_some(turn));
        }
        Conversation {
            id: None,
            sealed: self.sealed().into(),
            breakpoints: Some(self.breakpoints),
            features: Some(self.features),
            container: None,
            encoded: None,
            ended,
            open,
            additions,
            system: system.filter(|_| !takes_only_results),
            takes_more,
            result_marks: Some(&self.result_marks),
            is_last: false,
            is_first: true,
            may_force_a_call: true,
            remaining_steps: 0,
        }
    }

    /// Returns `true` if the last turn must be sent unchanged, with nothing after it: a turn that the API paused, or a
    /// turn of the system.
    pub(crate) fn is_paused(&self) -> bool {
        self.open().is_some_and(|message| *message.role() != Role::User)
    }

    /// Returns `true` if the last message is a system message, which only a response may follow.
    pub(crate) fn ends_in_system(&self) -> bool {
        self.kept_messages().last().is_some_and(|message| *message.role() == Role::System)
    }

    /// Returns `true` if the API has unfinished tool calls of its own, such as code that waits for the results of its
    /// calls. It continues with them after it gets the results of the client's calls, and does not accept other content
    /// with those results
    /// ([Server tools](https://platform.claude.com/docs/en/agents-and-tools/tool-use/server-tools),
    /// [Programmatic tool calling](https://platform.claude.com/docs/en/agents-and-tools/tool-use/programmatic-tool-calling)).
    pub(crate) fn takes_only_results(&self) -> bool {
        if !self.ids.has_served() {
            return false;
        }
        let mut turns = turns(self.kept_messages()).rev();
        let results =
            turns.next().is_some_and(|turn| turn.iter().flat_map(Message::content).any(ContentBlock::is_result));
        results && turns.next().is_some_and(has_waiting_call)
    }

    /// Returns the messages before a new prompt: all, except a paused turn that is empty after it is ended.
    fn kept_messages(&self) -> &[Message] {
        if !self.ids.has_served() {
            return &self.messages;
        }
        let turn = self.last_turn();
        let pending = pending_server_calls(turn);
        let stays =
            |block: &ContentBlock| !block.is_blank() && block.server_call().is_none_or(|id| !pending.contains(&id));
        let is_kept = pending.is_empty() || turn.iter().flat_map(Message::content).any(stays);
        &self.messages[..self.messages.len() - if is_kept { 0 } else { turn.len() }]
    }

    pub(super) fn measure_open(&mut self) {
        self.open_images = self.open().map(|open| Images::of_blocks(open.content())).unwrap_or_default();
        self.size.forget_open();
    }

    /// Returns the images of the conversation together with these.
    pub(crate) fn images_with(&self, more: Images) -> Images {
        self.images.and(self.open_images).and(more)
    }

    /// Returns an assigner of ids for the calls in the next response.
    pub(crate) fn id_assigner(&self) -> Assigner<'_> {
        self.ids.assigner()
    }

    /// Returns the content of the last message, if it is from the user and open.
    pub(crate) fn open_blocks(&self) -> &[ContentBlock] {
        self.open().filter(|message| *message.role() == Role::User).map_or(&[], Message::content)
    }

    pub(super) fn last_turn(&self) -> &[Message] {
        turns(&self.messages).next_back().unwrap_or_default()
    }

    pub(super) fn open(&self) -> Option<&Message> {
        self.messages.get(self.sealed)
    }

    /// Seals the open message. The caller measures the next one with [`measure_open`](Self::measure_open).
    pub(super) fn seal(&mut self) {
        let Some(open) = self.open() else { return };
        let features = self.features.and(Features::of_message(open));
        if !open.is_plain_text() {
            let (breakpoints, images) =
                (CacheBreakpoints::of_blocks(open.content()), Images::of_blocks(open.content()));
            (self.breakpoints, self.images) = (self.breakpoints.then(breakpoints), self.images.and(images));
        }
        self.features = features;
        self.sealed += 1;
    }
}

/// Returns `true` if the API continues a call of its own after this turn. The call of code that calls tools may be in an
/// earlier turn, if the code has called tools before.
pub(super) fn has_waiting_call(turn: &[Message]) -> bool {
    let mut calls = turn.iter().flat_map(Message::content).filter_map(ContentBlock::as_tool_use);
    calls.any(ToolUse::is_of_code) || !pending_server_calls(turn).is_empty()
}

/// Returns `true` if the conversation can be cut after these messages: the API does not continue a call of its own.
pub(super) fn is_settled(messages: &[Message]) -> bool {
    !turns(messages).rev().take(2).any(has_waiting_call)
}

/// Returns `true` if the API paused the last turn, so that it contains server tool calls without results. The messages
/// of the turn from the first such call on become one message, because the turn may have to end there.
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

impl Deref for History {
    type Target = [Message];

    fn deref(&self) -> &[Message] {
        &self.messages
    }
}

/// Serializes as a list of messages, as in [`to_json`](History::to_json).
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

/// Shows the messages as shortened JSON.
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
