//! [`History`]: the messages of a chat, at every moment a conversation that the API accepts.

use std::ops::Deref;

use bytes::Bytes;

use super::encoding::Encoding;
use crate::client::encode;
use crate::messages::{ContentBlock, Message, Response, Role, StopReason, ToolResult, ToolUse};

/// The messages of a [`Chat`](crate::Chat).
///
/// At every moment it is a conversation that the API accepts. What makes it so:
///
/// - A prompt enters together with the reply to it, never before.
/// - A reply that calls tools enters together with its answer, in which every call says that it was interrupted; a call
///   that finishes overwrites its place. Dropping the loop anywhere leaves no call without an answer.
/// - The last message stays open while it is the user's: a prompt joins the results that wait there, behind them. Only
///   where the API waits for the results alone, to go on with calls of its own, a prompt is refused.
/// - All before it is sealed: encoded once, and never touched again.
///
/// It is a slice of [`Message`]s, and can be the start of another chat.
///
/// ```
/// # use claudette::testing::{Reply, StandIn};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = StandIn::start().await?;
/// # claude.reply(Reply::text("Hi, Jeremy!"));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::{Chat, Message};
///
/// let mut chat = Chat::new(&client)?;
/// chat.send("I'm Jeremy.").await?;
/// let stored = serde_json::to_string(&chat.history()[..]).unwrap();
///
/// let messages: Vec<Message> = serde_json::from_str(&stored).unwrap();
/// let chat = Chat::builder(&client).history(messages).build()?;
/// assert_eq!(chat.last().unwrap().text(), "Hi, Jeremy!");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct History {
    messages: Vec<Message>,
    /// How many of the messages are sealed: all, or all but the last.
    sealed: usize,
    encoding: Encoding,
}

/// The message that a request adds to the history, and its encoding.
#[derive(Debug)]
pub(crate) struct Tail {
    /// A turn that the API paused, as it ends now that words follow it.
    ended: Option<Message>,
    message: Message,
    json: Bytes,
}

impl Tail {
    /// The bytes of this message in a request that has others before it, or not.
    pub(crate) fn frames(&self, history: &History) -> impl Iterator<Item = Bytes> {
        let comma = (!history.encoding.is_empty()).then_some(Bytes::from_static(b","));
        let ended = self.ended.as_ref().map(|turn| [encode(std::slice::from_ref(turn)), Bytes::from_static(b",")]);
        comma.into_iter().chain(ended.into_iter().flatten()).chain([self.json.clone()])
    }
}

/// Stands in for the result of a call that waits for a decision. By this text it is known, in a stored history too.
const SUSPENDED: &str = "Not run yet: the call waits for somebody to allow it.";

/// Stands in for the result of a call that was cut short.
const INTERRUPTED: &str = "Interrupted before a result came back. The call may have taken effect.";

impl History {
    /// A history from messages that exist already.
    pub(crate) fn new(messages: Vec<Message>) -> Self {
        let mut history = Self::default();
        for message in messages {
            history.seal();
            history.messages.push(message);
        }
        if history.open().is_some_and(|last| *last.role() != Role::User) {
            history.seal();
        }
        history
    }

    /// What is sealed, as it stands in a request body.
    pub(crate) fn frames(&self) -> impl Iterator<Item = Bytes> {
        self.encoding.frames()
    }

    /// Whether tool results, or a turn that the API paused, wait to be sent.
    pub(crate) fn is_waiting(&self) -> bool {
        self.open().is_some_and(|message| {
            *message.role() == Role::Assistant
                || message.content().iter().any(|block| matches!(block, ContentBlock::ToolResult(_)))
        })
    }

    /// What a request with these additions adds to the sealed messages: the open message and the additions, as one. A
    /// paused turn ends where it stands when something follows it.
    pub(crate) fn tail(&self, additions: &[ContentBlock]) -> Option<Tail> {
        let mut ended = None;
        let message = match self.open() {
            Some(open) if additions.is_empty() => open.clone(),
            Some(open) if *open.role() == Role::Assistant => {
                let mut turn = open.clone();
                turn.drop_pending_server_calls();
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
        Some(Tail { ended, json: encode(std::slice::from_ref(&message)), message })
    }

    /// Whether the last turn is one that the API paused: it goes back as it is, and nothing may follow it.
    pub(crate) fn is_paused(&self) -> bool {
        self.open().is_some_and(|message| *message.role() == Role::Assistant)
    }

    /// Whether the server is in the middle of calls of its own: it goes on with them when it has the results of ours,
    /// and takes nothing else beside those
    /// ([Server tools](https://docs.claude.com/en/docs/agents-and-tools/tool-use/overview)).
    pub(crate) fn is_half_served(&self) -> bool {
        let results = self.open().is_some_and(|message| *message.role() == Role::User) && self.is_waiting();
        results && self.messages[..self.sealed].last().is_some_and(Message::has_pending_server_calls)
    }

    /// Takes in what was sent and the reply to it. `runs` says whether the calls in the reply will be run.
    ///
    /// A refused turn leaves no trace: the prompt that led to it would be refused again. Of a reply that says nothing
    /// the prompt alone stays, open for more. Gives back whether the reply said anything.
    pub(crate) fn enter(&mut self, tail: Option<Tail>, reply: &Response, runs: bool) -> bool {
        let turn = turn_of(reply);
        let speaks = turn.is_some();
        if reply.stop_reason() == Some(&StopReason::Refusal) {
            return speaks;
        }
        if let Some(Tail { ended, message, json }) = tail {
            // It holds the open message, and more.
            self.messages.truncate(self.sealed);
            if let Some(turn) = ended {
                self.messages.push(turn);
                self.seal();
            }
            self.messages.push(message);
            if speaks {
                self.seal_as(&json);
            }
        }
        if let Some(turn) = turn {
            self.messages.push(turn);
            self.answer_calls(reply.stop_reason(), runs);
        }
        speaks
    }

    /// Gives every call of the turn that came last an answer that says why there is none.
    fn answer_calls(&mut self, reason: Option<&StopReason>, runs: bool) {
        if reason == Some(&StopReason::PauseTurn) && calls_of(&self.messages).next().is_none() {
            // It goes back as it is, and nothing may follow it.
            return;
        }
        self.seal();
        let not_run = match reason {
            _ if runs => INTERRUPTED.to_owned(),
            Some(StopReason::ToolUse) => "Not run: no tool calls were left.".to_owned(),
            Some(reason) => format!("Not run: the reply ended with `{reason}`."),
            None => "Not run: the reply did not say that it was complete.".to_owned(),
        };
        let answers: Vec<ContentBlock> = calls_of(&self.messages)
            .map(|call| ContentBlock::ToolResult(ToolResult::new(call, not_run.as_str(), true)))
            .collect();
        if !answers.is_empty() {
            self.messages.push(Message::user(answers));
        }
    }

    /// Puts a result into the place that was kept for it.
    pub(crate) fn answer(&mut self, result: &ToolResult) {
        let Some(open) = self.messages.get_mut(self.sealed) else { return };
        let place = open.content().iter().position(
            |block| matches!(block, ContentBlock::ToolResult(kept) if kept.tool_use_id() == result.tool_use_id()),
        );
        if let Some(place) = place {
            open.blocks_mut()[place] = ContentBlock::ToolResult(result.clone());
        }
    }

    /// Keeps a call waiting for a decision.
    pub(crate) fn suspend(&mut self, call: &ToolUse) {
        self.answer(&ToolResult::new(call, SUSPENDED, true));
    }

    /// The calls that wait for a decision.
    pub(crate) fn suspended(&self) -> impl Iterator<Item = &ToolUse> {
        let slots = self.open_blocks().iter().filter_map(|block| match block {
            // A tool may say the same words.
            ContentBlock::ToolResult(kept) if kept.is_error() && kept.text() == SUSPENDED => Some(kept.tool_use_id()),
            _ => None,
        });
        slots.filter_map(|id| calls_of(&self.messages[..self.sealed]).find(|call| call.id() == id))
    }

    /// Says of calls that they were cut short, until they have a result.
    pub(crate) fn interrupt<'c>(&mut self, calls: impl IntoIterator<Item = &'c ToolUse>) {
        for call in calls {
            self.answer(&ToolResult::new(call, INTERRUPTED, true));
        }
    }

    /// Says of calls why they are not run.
    pub(crate) fn leave(&mut self, calls: &[ToolUse], why: &str) {
        for call in calls {
            self.answer(&ToolResult::new(call, why, true));
        }
    }

    /// What the last message holds while it is the user's, and open.
    pub(crate) fn open_blocks(&self) -> &[ContentBlock] {
        self.open().filter(|message| *message.role() == Role::User).map_or(&[], Message::content)
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
        self.encoding.push(json);
        self.sealed += 1;
    }
}

/// The calls of the last message.
fn calls_of(messages: &[Message]) -> impl Iterator<Item = &ToolUse> {
    messages.last().into_iter().flat_map(Message::content).filter_map(ContentBlock::as_tool_use)
}

/// The reply as the turn that goes back to the API: exactly as it came, but for what the API would refuse.
fn turn_of(reply: &Response) -> Option<Message> {
    let mut turn = Message::from(reply);
    let cut = matches!(reply.stop_reason(), Some(StopReason::MaxTokens | StopReason::ModelContextWindowExceeded));
    if cut && matches!(turn.content().last(), Some(ContentBlock::ToolUse(_))) {
        // Half a call: its arguments are whatever had come.
        turn.blocks_mut().pop();
    }
    let paused = reply.stop_reason() == Some(&StopReason::PauseTurn);
    if !paused && turn.content().iter().all(|block| block.as_tool_use().is_none()) {
        // The server goes on with calls of its own where it paused, or when it gets the results of ours.
        turn.drop_pending_server_calls();
    }
    // The API refuses empty text, and arguments that are no object; it sends neither on a good day.
    if turn.content().iter().any(|block| block.as_text() == Some("")) {
        turn.blocks_mut().retain(|block| block.as_text() != Some(""));
    }
    if turn.content().iter().filter_map(ContentBlock::as_tool_use).any(|call| call.invalid_input().is_some()) {
        turn.blocks_mut().iter_mut().for_each(ContentBlock::mend_input);
    }
    (!turn.is_blank()).then_some(turn)
}

impl Deref for History {
    type Target = [Message];

    fn deref(&self) -> &[Message] {
        &self.messages
    }
}
