//! [`Message`]: one message of a conversation.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::cache_breakpoints::CacheBreakpoints;
use super::cache_control::CacheControl;
use super::content::{Block, ContentBlock};
use super::message_content::Content;
use super::role::Role;
use super::thinking::Effort;
use crate::display::brief;
use crate::json::{Extra, open_enum};

/// One message of a conversation: a role and its content.
///
/// ```
/// use claudette::Message;
///
/// let message = Message::user("Hello");
/// assert_eq!(serde_json::to_string(&message)?, r#"{"role":"user","content":"Hello"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Message {
    role: Role,
    #[serde(skip_serializing_if = "Content::is_absent")]
    content: Content,
    #[serde(flatten)]
    extra: Extra,
}

brief!(Message);

/// The fields of a message as they arrive.
#[derive(Deserialize)]
struct Fields {
    role: Role,
    content: Option<Content>,
    #[serde(flatten)]
    extra: Extra,
}

impl TryFrom<Fields> for Message {
    type Error = &'static str;

    fn try_from(Fields { role, content, extra }: Fields) -> Result<Self, Self::Error> {
        // Only a system message that changes a setting has no content.
        let content = match content {
            Some(content) => content,
            None if role == Role::System => Content::absent(),
            None => return Err("missing field `content`"),
        };
        Ok(Self { role, content, extra })
    }
}

open_enum! {
    /// The time at which a [system message](Message::system) stops to apply.
    ///
    /// ```
    /// use claudette::wire::ClearAt;
    ///
    /// assert_eq!(ClearAt::NextUserMessage.as_str(), "next_user_message");
    /// ```
    pub enum ClearAt {
        /// The next message of the user.
        NextUserMessage = "next_user_message",
        /// Never. This is the default of the API.
        Never = "never",
    }
}

impl Message {
    /// Creates a message of the user from text, a block, or several parts.
    pub fn user(content: impl Into<Content>) -> Self {
        Self::new(Role::User, content.into())
    }

    /// Creates a message of the model, for example for a stored conversation or a few-shot example.
    pub fn assistant(content: impl Into<Content>) -> Self {
        Self::new(Role::Assistant, content.into())
    }

    /// Creates a message of the operator in the middle of a conversation: instructions, or changes of the tools
    /// ([`ToolAddition`](crate::wire::ToolAddition), [`ToolRemoval`](crate::wire::ToolRemoval)). Recent models support
    /// it.
    ///
    /// It follows a message of the user, and it is the last message or an assistant message follows it.
    ///
    /// ```
    /// use claudette::Message;
    ///
    /// let message = Message::system("The user is now logged in.");
    /// assert_eq!(
    ///     serde_json::to_string(&message)?,
    ///     r#"{"role":"system","content":"The user is now logged in."}"#,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[doc(alias = "operator")]
    pub fn system(content: impl Into<Content>) -> Self {
        Self::new(Role::System, content.into())
    }

    /// Creates a system message that only sets the effort of the model from here on. In contrast to the effort of the
    /// request, it does not make cache entries useless.
    ///
    /// ```
    /// use claudette::Message;
    /// use claudette::wire::Effort;
    ///
    /// let message = Message::system_effort(Effort::Low);
    /// assert_eq!(
    ///     serde_json::to_string(&message)?,
    ///     r#"{"role":"system","output_config":{"effort":"low"}}"#,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn system_effort(effort: impl Into<Effort>) -> Self {
        Self::new(Role::System, Content::absent()).effort(effort)
    }

    /// Sets the effort of the model from this system message on.
    pub fn effort(mut self, effort: impl Into<Effort>) -> Self {
        let effort = effort.into();
        self.extra.insert(OUTPUT_CONFIG.into(), json!({"effort": effort.as_str()}));
        self
    }

    /// Sets when this system message stops to apply.
    pub fn clear_at(mut self, time: impl Into<ClearAt>) -> Self {
        self.extra.insert(CLEAR_AT.into(), time.into().as_str().into());
        self
    }

    /// Returns a field that has no method of its own, as in `message.get("clear_at")`.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.extra.get(field)
    }

    fn new(role: Role, content: Content) -> Self {
        Self { role, content, extra: Extra::default() }
    }

    /// Returns the role of the message.
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// Returns the content blocks. Content that is a plain string in JSON is returned as one text block.
    pub fn content(&self) -> &[ContentBlock] {
        self.content.blocks()
    }

    /// Returns the concatenated text of all text blocks.
    pub fn text(&self) -> String {
        self.content().iter().filter_map(ContentBlock::as_text).collect()
    }

    /// Returns the first block of a type, as in `message.find::<ToolResult>()`.
    pub fn find<B: Block>(&self) -> Option<&B> {
        self.find_all().next()
    }

    /// Returns all blocks of a type, in order.
    pub fn find_all<B: Block>(&self) -> impl Iterator<Item = &B> {
        self.content().iter().filter_map(B::of)
    }

    /// Sets a cache breakpoint on the last block that can have one.
    pub(crate) fn set_mark(&mut self, control: &CacheControl) {
        self.content.set_mark(control);
    }

    /// Removes all cache breakpoints.
    pub(crate) fn remove_marks(&mut self) {
        if CacheBreakpoints::of_blocks(self.content()).count > 0 {
            self.blocks_mut().iter_mut().for_each(ContentBlock::remove_marks);
        }
    }

    /// Returns `true` if the last block has a cache breakpoint.
    pub(crate) fn ends_marked(&self) -> bool {
        self.content().last().is_some_and(|block| CacheBreakpoints::of_blocks(std::slice::from_ref(block)).count > 0)
    }

    /// Returns `true` if all blocks are text without cache breakpoints.
    pub(crate) fn is_plain_text(&self) -> bool {
        self.content().iter().all(ContentBlock::is_plain_text)
    }

    /// Returns `true` if all blocks are blank text, which the API does not accept as content. A system message that
    /// changes a setting needs no content.
    pub(crate) fn is_blank(&self) -> bool {
        self.content().iter().all(ContentBlock::is_blank) && !self.sets_effort()
    }

    /// Returns `true` if this is a system message with settings for the messages after it.
    pub(crate) fn sets_effort(&self) -> bool {
        self.role == Role::System && self.extra.contains_key(OUTPUT_CONFIG)
    }

    /// Returns the effort that this system message sets, if it sets one.
    pub(crate) fn new_effort(&self) -> Option<Effort> {
        self.extra.get(OUTPUT_CONFIG)?.get("effort")?.as_str().map(Effort::from)
    }

    /// Adds the content and the settings of another message, which apply after those of this one.
    pub(crate) fn join(&mut self, other: Self) {
        if !other.content().is_empty() {
            self.blocks_mut().extend_from_slice(other.content());
        }
        if !other.extra.is_none() {
            self.extra.extend(other.extra.into_map());
        }
    }

    /// Returns `true` if the message contains calls of tools that the program runs.
    pub(crate) fn has_calls(&self) -> bool {
        self.content().iter().any(|block| block.as_tool_use().is_some())
    }

    /// Removes the server tool calls with these ids. Returns `true` if there were any.
    pub(crate) fn drop_server_calls(&mut self, ids: &[String]) -> bool {
        let ids: HashSet<&String> = ids.iter().collect();
        !ids.is_empty() && self.retain(|block| !block.server_call().is_some_and(|id| ids.contains(&id)))
    }

    /// Keeps the blocks for which `keep` returns `true`. Returns `true` if a block was removed; otherwise the content
    /// stays shared.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&ContentBlock) -> bool) -> bool {
        let Some(first) = self.content().iter().position(|block| !keep(block)) else { return false };
        let blocks = self.blocks_mut();
        let rest = blocks.split_off(first + 1);
        blocks.pop();
        blocks.extend(rest.into_iter().filter(keep));
        true
    }

    pub(crate) fn blocks_mut(&mut self) -> &mut Vec<ContentBlock> {
        self.content.blocks_mut()
    }
}

/// The field of a system message with settings for the messages after it.
const OUTPUT_CONFIG: &str = "output_config";
/// The field of a system message with the time at which it stops to apply.
const CLEAR_AT: &str = "clear_at";

/// Returns the turns of a conversation: neighbouring messages of one role, which the API joins.
pub(crate) fn turns(messages: &[Message]) -> impl DoubleEndedIterator<Item = &[Message]> {
    messages.chunk_by(|a, b| a.role() == b.role())
}

/// Returns the ids of the server tool calls without a result in this turn. Only the last turn may contain such calls.
pub(crate) fn pending_server_calls(turn: &[Message]) -> Vec<String> {
    let blocks = || turn.iter().flat_map(Message::content);
    let mut calls: Vec<String> = blocks().filter_map(ContentBlock::server_call).collect();
    if !calls.is_empty() {
        let answered: HashSet<String> = blocks().filter_map(ContentBlock::answered_call).collect();
        calls.retain(|id| !answered.contains(id));
    }
    calls
}

impl CacheBreakpoints {
    /// Returns the cache breakpoints of messages, in order.
    pub(crate) fn of_messages<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Self {
        messages.into_iter().map(|message| Self::of_blocks(message.content())).fold(Self::default(), Self::then)
    }
}
