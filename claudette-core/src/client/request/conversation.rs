//! [`Conversation`]: the messages of a request.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::encoded_messages::EncodedMessages;
use crate::catalog::Features;
use crate::messages::{CacheBreakpoints, CacheControl, Container, ContentBlock, Message, Prompt, Role};

/// The messages of a request: the existing ones and the content that the request adds.
///
/// [`ChatState::next`](crate::chat::ChatState::next) returns a conversation that borrows the history of the chat, so
/// that a [`RequestPlan`](crate::client::RequestPlan) does not copy it. A prompt or a list of messages is converted
/// with `into()`.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Jeremy."));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::Message;
/// use claudette::client::{Conversation, RequestOptions, RequestPlan};
///
/// let messages = vec![
///     Message::user("I'm Jeremy."),
///     Message::assistant("Hi!"),
///     Message::user("What's my name?"),
/// ];
/// let conversation = Conversation::from(messages);
/// let options = RequestOptions::new("claude-sonnet-5-5");
/// let response = client.execute(&RequestPlan::new(&options, conversation)).await?;
/// assert_eq!(response.text(), "Jeremy.");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[allow(clippy::struct_excessive_bools, reason = "the flags are independent")]
pub struct Conversation<'a> {
    /// The id of the conversation, if it has one.
    pub(crate) id: Option<Arc<str>>,
    /// Messages that no longer change.
    pub(crate) sealed: Cow<'a, [Message]>,
    /// The container in which the conversation has run code, if it has run any.
    pub(crate) container: Option<&'a Container>,
    /// The cache breakpoints in the sealed messages, if the owner has counted them.
    pub(crate) breakpoints: Option<CacheBreakpoints>,
    /// The features that the sealed messages use, if the owner has collected them.
    pub(crate) features: Option<Features>,
    /// The encoding of the sealed messages, if the owner keeps one.
    pub(crate) encoded: Option<&'a EncodedMessages>,
    /// A turn that the API paused and that ends here, because a message of the user follows it.
    pub(crate) ended: Option<Message>,
    /// The last message, which the additions join.
    pub(crate) open: Option<Cow<'a, Message>>,
    /// The blocks that the request adds.
    pub(crate) additions: Vec<ContentBlock>,
    /// The system message that follows the message of the user.
    pub(crate) system: Option<Message>,
    /// `true` if more blocks can be added.
    pub(crate) takes_more: bool,
    /// Cache breakpoints that tools requested for their results, by place in the open message; `None` outside a chat.
    pub(crate) result_marks: Option<&'a BTreeMap<usize, CacheControl>>,
    /// `true` if this is the final request of a loop.
    pub(crate) is_last: bool,
    /// `true` if this is the first request of a loop.
    pub(crate) is_first: bool,
    /// `true` if the model can be forced to call a tool. After a call it is `false`, so that the model can answer.
    pub(crate) may_force_a_call: bool,
    /// The number of requests that may follow.
    pub(crate) remaining_steps: u32,
}

/// The message that a request adds to a conversation.
#[derive(Clone, Debug)]
pub(crate) struct PendingMessage {
    /// A turn that the API paused and that ends here.
    pub(crate) ended: Option<Message>,
    pub(crate) message: Message,
    /// A system message after the message of the user.
    pub(crate) system: Option<Message>,
}

impl PendingMessage {
    /// Returns the messages in order.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.ended.iter().chain([&self.message]).chain(&self.system)
    }
}

impl Conversation<'_> {
    /// Returns the same conversation, without copying its messages.
    pub(super) fn borrowed(&self) -> Conversation<'_> {
        Conversation {
            id: self.id.clone(),
            sealed: Cow::Borrowed(&*self.sealed),
            ended: self.ended.clone(),
            open: self.open.as_deref().map(Cow::Borrowed),
            additions: self.additions.clone(),
            system: self.system.clone(),
            ..*self
        }
    }

    /// Returns the open message together with the additions, or `None` if there is neither.
    pub(crate) fn pending(&self) -> Option<PendingMessage> {
        pending(self.open.clone(), self.additions.clone(), self.ended.clone(), self.system.clone())
    }

    /// Returns the open message together with the additions, by value.
    pub(crate) fn into_pending(self) -> Option<PendingMessage> {
        pending(self.open, self.additions, self.ended, self.system)
    }

    /// Returns the messages in order, the last one without the additions.
    pub(crate) fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.sealed.iter().chain(&self.ended).chain(self.open.as_deref())
    }

    /// Returns the features that the messages use.
    pub(super) fn features(&self) -> Features {
        let sealed = self.features.unwrap_or_else(|| Features::of_messages(&*self.sealed));
        sealed.and(Features::of_messages(self.ended.iter().chain(self.open.as_deref()).chain(&self.system)))
    }

    /// Returns `true` if the last message is a paused turn that the API continues, so that nothing can be added to it.
    pub(crate) fn is_paused(&self) -> bool {
        self.open.as_ref().is_some_and(|open| *open.role() != Role::User)
    }

    /// Returns `true` if the conversation belongs to a chat, whose history is valid.
    pub(crate) fn is_of_chat(&self) -> bool {
        self.result_marks.is_some()
    }
}

fn pending(
    open: Option<Cow<'_, Message>>,
    additions: Vec<ContentBlock>,
    ended: Option<Message>,
    system: Option<Message>,
) -> Option<PendingMessage> {
    let message = match open {
        Some(open) => {
            let mut message = open.into_owned();
            if !additions.is_empty() {
                message.blocks_mut().extend(additions);
            }
            message
        }
        None if additions.is_empty() => return None,
        None => Message::user(additions),
    };
    // A system message can only follow a message of the user.
    let system = system.filter(|_| *message.role() == Role::User);
    Some(PendingMessage { ended, message, system })
}

impl From<Vec<Message>> for Conversation<'_> {
    fn from(mut messages: Vec<Message>) -> Self {
        let open = messages.pop().map(Cow::Owned);
        Self {
            id: None,
            sealed: messages.into(),
            breakpoints: None,
            features: None,
            container: None,
            encoded: None,
            ended: None,
            open,
            additions: Vec::new(),
            system: None,
            takes_more: true,
            result_marks: None,
            is_last: false,
            is_first: true,
            may_force_a_call: true,
            remaining_steps: 0,
        }
    }
}

impl From<Prompt> for Conversation<'_> {
    fn from(prompt: Prompt) -> Self {
        prompt.into_messages().into()
    }
}

impl fmt::Debug for Conversation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation")
            .field("messages", &self.messages().count())
            .field("additions", &self.additions.len())
            .field("is_last", &self.is_last)
            .field("remaining_steps", &self.remaining_steps)
            .finish_non_exhaustive()
    }
}
