//! [`History`]: the messages of a chat, at every moment a conversation that the API accepts.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::call_ids::{Assigner, CallIds};
use super::repair::repair;
use super::size::SizeCache;
use crate::client::Conversation;
use crate::display::Brief;
use crate::error::{Error, Result};
use crate::messages::{
    CacheBreakpoints, CacheControl, ContentBlock, Images, Message, Role, Violation, pending_server_calls, turns,
};
use crate::render::transcript;

/// The messages of a [`Chat`](crate::Chat).
///
/// In a chat it is at every moment a conversation that the API accepts. What makes it so:
///
/// - A prompt enters together with the response to it, never before.
/// - A response that calls tools enters together with its answer, in which every call says that it was interrupted; a call
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
    pub(super) messages: Vec<Message>,
    /// How many of the messages are sealed: all, or all but the last.
    pub(super) sealed: usize,
    /// Grows whenever sealed messages are replaced: an encoding of another epoch is not one of these messages.
    pub(super) epoch: u64,
    /// The cache breakpoints and the images of the sealed messages.
    pub(super) breakpoints: CacheBreakpoints,
    pub(super) images: Images,
    /// The images of the open message; results that were replaced since then still count.
    pub(super) open_images: Images,
    pub(super) size: SizeCache,
    pub(super) ids: CallIds,
    /// Cache marks that tools put on their results in the open message, by place. The next request has them; they are
    /// not kept, because a request takes four and a tool does not know how many others there are.
    pub(super) result_marks: BTreeMap<usize, CacheControl>,
}

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
    #[allow(clippy::missing_panics_doc, reason = "wire types have a JSON form")]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.messages).expect("wire types have a JSON form")
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
            Some(violation) => Err(Error::misuse(format!(
                "the API would refuse the history for its {violation}; `History::repair` mends it"
            ))),
            None => Ok(()),
        }
    }

    /// Whether something waits to be sent: what the user said, tool results, or a turn that the API paused.
    pub(crate) fn is_waiting(&self) -> bool {
        self.open().is_some()
    }

    /// Returns the history as it was stored.
    ///
    /// # Errors
    /// Misuse: more messages are sealed than there are.
    pub(in crate::chat) fn restore(
        messages: Vec<Message>,
        sealed: usize,
        result_marks: BTreeMap<usize, CacheControl>,
    ) -> Result<Self> {
        if !(messages.len().saturating_sub(1)..=messages.len()).contains(&sealed) {
            let many = messages.len();
            return Err(Error::misuse(format!("a stored history of {many} messages cannot have {sealed} sealed ones")));
        }
        let mut history = Self::default();
        for (index, message) in messages.into_iter().enumerate() {
            history.messages.push(message);
            if index < sealed {
                history.seal();
            }
        }
        history.ids = CallIds::of(&history.messages);
        history.measure_open();
        history.result_marks = result_marks;
        Ok(history)
    }

    /// Returns the cache breakpoints in the sealed messages.
    pub(crate) fn breakpoints(&self) -> CacheBreakpoints {
        self.breakpoints
    }

    /// Returns the cache breakpoints that tools requested for their results in the open message, by place.
    pub(crate) fn marked_results(&self) -> &BTreeMap<usize, CacheControl> {
        &self.result_marks
    }

    /// Returns the messages that no longer change.
    pub(crate) fn sealed(&self) -> &[Message] {
        &self.messages[..self.sealed]
    }

    /// Returns the version of the sealed messages: as long as it stays the same, messages are only added to them.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Replaces the messages by others.
    pub(crate) fn replace(&mut self, messages: Self) {
        let epoch = self.epoch + 1;
        *self = messages;
        self.epoch = epoch;
    }

    /// Returns the conversation with these additions, as a request sends it. A paused turn ends if something follows it.
    pub(crate) fn conversation(&self, additions: Vec<ContentBlock>) -> Conversation<'_> {
        let goes_on = self.is_paused() || self.is_half_served();
        let takes_more = !additions.is_empty() || !goes_on;
        let (mut open, mut ended) = (self.open().map(Cow::Borrowed), None);
        if let Some(turn) = self.open().filter(|open| *open.role() == Role::Assistant && !additions.is_empty()) {
            let mut turn = turn.clone();
            turn.drop_server_calls(&pending_server_calls(self.last_turn()));
            (open, ended) = (None, (!turn.is_blank()).then_some(turn));
        }
        Conversation {
            sealed: self.sealed().into(),
            breakpoints: Some(self.breakpoints),
            encoded: None,
            ended,
            open,
            additions,
            takes_more,
            result_marks: Some(&self.result_marks),
            is_last: false,
            is_first: true,
            may_force_a_call: true,
            remaining_steps: 0,
        }
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
        if !self.ids.has_served() {
            return false;
        }
        let mut turns = turns(self.standing()).rev();
        let results =
            turns.next().is_some_and(|turn| turn.iter().flat_map(Message::content).any(ContentBlock::is_result));
        results && turns.next().is_some_and(|turn| !pending_server_calls(turn).is_empty())
    }

    /// What a prompt comes behind: all, but for a paused turn of which nothing stays once it is ended.
    fn standing(&self) -> &[Message] {
        if !self.ids.has_served() {
            return &self.messages;
        }
        let turn = self.last_turn();
        let pending = pending_server_calls(turn);
        let stays =
            |block: &ContentBlock| !block.is_blank() && block.server_call().is_none_or(|id| !pending.contains(&id));
        let stands = pending.is_empty() || turn.iter().flat_map(Message::content).any(stays);
        &self.messages[..self.messages.len() - if stands { 0 } else { turn.len() }]
    }

    pub(super) fn measure_open(&mut self) {
        self.open_images = self.open().map(|open| Images::of_blocks(open.content())).unwrap_or_default();
        self.size.forget_open();
    }

    /// The images of the conversation, and more.
    pub(crate) fn images_with(&self, more: Images) -> Images {
        self.images.and(self.open_images).and(more)
    }

    /// Chooses the ids of the calls in the next response.
    pub(crate) fn id_assigner(&self) -> Assigner<'_> {
        self.ids.assigner()
    }

    /// What the last message holds while it is the user's, and open.
    pub(crate) fn open_blocks(&self) -> &[ContentBlock] {
        self.open().filter(|message| *message.role() == Role::User).map_or(&[], Message::content)
    }

    pub(super) fn last_turn(&self) -> &[Message] {
        turns(&self.messages).next_back().unwrap_or_default()
    }

    pub(super) fn open(&self) -> Option<&Message> {
        self.messages.get(self.sealed)
    }

    /// Seals the open message. The caller measures the next one, with [`measure_open`](Self::measure_open).
    pub(super) fn seal(&mut self) {
        let Some(open) = self.open() else { return };
        if !open.is_plain_text() {
            let (breakpoints, images) =
                (CacheBreakpoints::of_blocks(open.content()), Images::of_blocks(open.content()));
            (self.breakpoints, self.images) = (self.breakpoints.then(breakpoints), self.images.and(images));
        }
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
