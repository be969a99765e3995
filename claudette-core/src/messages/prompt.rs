//! [`Prompt`]: the next message of the user, and the conversions into it.

use serde::{Deserialize, Serialize};

use super::content::ContentBlock;
use super::message::Message;
use super::message_content::Content;
use super::response::Response;
use super::role::Role;
use super::validate::violation_of;
use crate::error::{Error, Result};

/// The next message of the user, or a whole conversation for [`Client::send`](crate::Client::send).
///
/// It is created from text, blocks, a tuple or list of parts, a [`Message`], or a list of messages.
///
/// ```
/// use claudette::wire::Prompt;
/// use claudette::{Document, Image};
///
/// let one: Prompt = "What is the capital of Norway?".into();
/// let two: Prompt = (Image::url("https://example.com/cat.png"), "What is this?").into();
/// let more: Prompt = vec![Document::text("First"), Document::text("Second")].into();
/// assert_eq!(
///     serde_json::to_string(&one)?,
///     r#"[{"role":"user","content":"What is the capital of Norway?"}]"#,
/// );
/// # let _ = (two, more);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prompt(Vec<Message>);

impl Prompt {
    pub(crate) fn into_messages(self) -> Vec<Message> {
        self.0
    }

    /// Returns the blocks of a prompt that is one message of the user.
    ///
    /// # Errors
    /// Returns a misuse error if the prompt is empty, is not exactly one message of the user, or contains a block that
    /// the API would refuse.
    pub(crate) fn user_blocks(&self) -> Result<&[ContentBlock]> {
        match self.0.as_slice() {
            [message] if *message.role() == Role::User && is_plain(message) => Ok(message.content()),
            [message] if *message.role() == Role::User && !message.is_blank() => match violation_of(message) {
                Some(violation) => Err(Error::misuse(format!("the prompt cannot be sent: {violation}"))),
                None => Ok(message.content()),
            },
            [message] if *message.role() == Role::User => {
                Err(Error::misuse("the prompt is empty: provide text that is not blank, or another block"))
            }
            [message] => {
                let role = message.role();
                Err(Error::misuse(format!(
                    "the prompt is a message with the role `{role}`: a chat accepts one message of the user"
                )))
            }
            messages => {
                let many = messages.len();
                Err(Error::misuse(format!("the prompt has {many} messages: a chat accepts one message of the user")))
            }
        }
    }

    /// Takes the blocks of the last message.
    pub(crate) fn into_blocks(mut self) -> Vec<ContentBlock> {
        self.0.pop().map(|mut message| std::mem::take(message.blocks_mut())).unwrap_or_default()
    }

    /// Adds a text to the end of the prompt.
    pub(crate) fn with_text(mut self, text: String) -> Self {
        if let Some(last) = self.0.last_mut() {
            last.blocks_mut().push(ContentBlock::text(text));
        }
        self
    }
}

/// Returns `true` if the prompt is text only, which needs no further checks.
fn is_plain(message: &Message) -> bool {
    let is_plain = |block: &ContentBlock| block.is_plain_text() && !block.is_blank();
    !message.content().is_empty() && message.content().iter().all(is_plain)
}

impl<T: Into<Content>> From<T> for Prompt {
    fn from(content: T) -> Self {
        Self(vec![Message::user(content)])
    }
}

impl From<Message> for Prompt {
    fn from(message: Message) -> Self {
        Self(vec![message])
    }
}

impl From<Vec<Message>> for Prompt {
    fn from(messages: Vec<Message>) -> Self {
        Self(messages)
    }
}

impl From<&[Message]> for Prompt {
    fn from(messages: &[Message]) -> Self {
        Self(messages.to_vec())
    }
}

impl From<&Vec<Message>> for Prompt {
    fn from(messages: &Vec<Message>) -> Self {
        Self(messages.clone())
    }
}

/// A value that can be a part of [`messages!`](crate::messages): text, content, a [`Message`] or a [`Response`].
///
/// ```
/// use claudette::messages;
/// use claudette::wire::IntoMessage;
///
/// fn ask(question: impl IntoMessage) -> usize {
///     messages!["Answer in one word.", "Yes.", question].len()
/// }
/// assert_eq!(ask("What is the capital of Norway?"), 3);
/// ```
pub trait IntoMessage {
    /// Converts the value into a message. `role` is the opposite of the previous message's role; text and content take
    /// it. `None` adds no message.
    fn into_message(self, role: Role) -> Option<Message>;
}

impl<T: Into<Content>> IntoMessage for T {
    fn into_message(self, role: Role) -> Option<Message> {
        Some(match role {
            Role::Assistant => Message::assistant(self),
            _ => Message::user(self),
        })
    }
}

impl IntoMessage for Message {
    fn into_message(self, _: Role) -> Option<Message> {
        Some(self)
    }
}

impl IntoMessage for &Message {
    fn into_message(self, _: Role) -> Option<Message> {
        Some(self.clone())
    }
}

impl IntoMessage for Response {
    fn into_message(self, _: Role) -> Option<Message> {
        Some(Message::from(self))
    }
}

impl IntoMessage for &Response {
    fn into_message(self, _: Role) -> Option<Message> {
        Some(Message::from(self))
    }
}

impl IntoMessage for Option<Message> {
    fn into_message(self, _: Role) -> Option<Message> {
        self
    }
}

/// Creates a conversation from its parts, as a `Vec` of [`Message`]s.
///
/// The user begins, and each text takes the role opposite to that of the previous message. A
/// [`Response`](crate::Response), a [`Message`] (both by value or by reference) and an `Option<Message>` keep their
/// roles.
///
/// ```
/// use claudette::{Message, messages};
///
/// let conversation = messages!["I'm Jeremy", "Hi, Jeremy!", "What's my name?"];
/// assert_eq!(conversation[1], Message::assistant("Hi, Jeremy!"));
/// assert_eq!(conversation[2], Message::user("What's my name?"));
/// ```
///
/// A response is part of the next request:
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi, Jeremy!"));
/// # claude.respond(MockResponse::text("Jeremy."));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::messages;
///
/// let hello = client.send("I'm Jeremy").await?;
/// let name = client.send(messages!["I'm Jeremy", hello, "What's my name?"]).await?;
/// assert_eq!(name.text(), "Jeremy.");
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! messages {
    ($($part:expr),* $(,)?) => {{
        #[allow(unused_mut)]
        let mut messages: $crate::__private::Vec<$crate::Message> = $crate::__private::Vec::new();
        $($crate::__private::push_message(&mut messages, $part);)*
        messages
    }};
}

/// Adds one part of [`messages!`] to the conversation.
pub fn push_message(messages: &mut Vec<Message>, part: impl IntoMessage) {
    let role = match messages.last().map(Message::role) {
        Some(Role::User) => Role::Assistant,
        _ => Role::User,
    };
    messages.extend(part.into_message(role));
}
