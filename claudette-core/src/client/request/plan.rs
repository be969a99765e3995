//! [`RequestPlan`]: a complete request before it is encoded.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use super::conversation::Conversation;
use super::options::RequestOptions;
use super::prefill::Prefill;
use super::prefix::Prefix;
use crate::catalog::Model;
use crate::error::{Error, Result};
use crate::messages::{ContentBlock, Prompt, Response, System, ToolChoice};
use crate::tool::{IntoTools, Toolset};

/// A complete request before it is encoded: conversation, system prompt, tools and options.
///
/// A plan borrows the large parts. [`Client::execute`](crate::Client::execute) sends it, and
/// [`Client::encode`](crate::Client::encode) returns its bytes. A [`Hook`](crate::Hook) receives the plan of each
/// request of a loop and can change it for that request only.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi, Jeremy!"));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::client::{RequestOptions, RequestPlan};
/// use claudette::wire::Prompt;
///
/// let options = RequestOptions::new("claude-sonnet-5-5");
/// let plan = RequestPlan::new(&options, Prompt::from("I'm Jeremy."));
/// assert_eq!(client.execute(&plan).await?.text(), "Hi, Jeremy!");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RequestPlan<'a> {
    pub(crate) options: Cow<'a, RequestOptions>,
    pub(crate) system: Option<Cow<'a, System>>,
    pub(crate) tools: Cow<'a, Toolset>,
    /// The tools that are listed in `tools`, if system messages of the conversation have changed them since.
    pub(crate) declared: Option<Cow<'a, Toolset>>,
    /// The encoding of the system prompt and the tools, as long as neither has changed.
    pub(crate) prefix: Option<&'a Prefix>,
    pub(crate) conversation: Conversation<'a>,
    /// Text that the response starts with.
    pub(crate) prefill: Option<&'a Prefill>,
    /// `true` if the response is requested as a stream.
    pub(crate) streams: bool,
}

/// The tools of a request without tools.
static EMPTY: LazyLock<Toolset> = LazyLock::new(Toolset::default);

impl<'a> RequestPlan<'a> {
    /// Returns the plan of a request for this conversation, without a system prompt or tools.
    pub fn new(options: &'a RequestOptions, conversation: impl Into<Conversation<'a>>) -> Self {
        Self {
            options: Cow::Borrowed(options),
            system: None,
            tools: Cow::Borrowed(&EMPTY),
            declared: None,
            prefix: None,
            conversation: conversation.into(),
            prefill: None,
            streams: false,
        }
    }

    /// Sets the system prompt.
    pub fn system(mut self, system: &'a System) -> Self {
        self.system = Some(Cow::Borrowed(system));
        self
    }

    /// Sets the tools.
    pub fn tools(mut self, tools: &'a Toolset) -> Self {
        self.tools = Cow::Borrowed(tools);
        self
    }

    /// Returns the tools that are listed in `tools`.
    pub(crate) fn declared(&self) -> &Toolset {
        self.declared.as_ref().unwrap_or(&self.tools)
    }

    /// Returns `true` if the system prompt and the tools are those that were encoded in advance.
    pub(crate) fn has_prefix(&self) -> bool {
        self.prefix.is_some()
    }

    pub(crate) fn system_prompt(&self) -> Option<&System> {
        self.system.as_deref()
    }

    pub(crate) fn prefill_text(&self) -> Option<&'a Prefill> {
        self.prefill
    }

    /// Returns the options of the request.
    pub fn options(&self) -> &RequestOptions {
        &self.options
    }

    /// Returns the tools that the model sees.
    pub fn toolset(&self) -> &Toolset {
        &self.tools
    }

    /// Returns the blocks that the request adds to the conversation: the prompt and the additions of hooks.
    pub fn additions(&self) -> &[ContentBlock] {
        &self.conversation.additions
    }

    /// Returns the blocks that the request adds to the conversation, by value.
    pub fn into_additions(self) -> Vec<ContentBlock> {
        self.conversation.additions
    }

    /// Returns the number of requests that the loop may make after this one.
    pub fn remaining_steps(&self) -> u32 {
        self.conversation.remaining_steps
    }

    /// Returns `true` if this is the final request of a loop, in which the model cannot call tools.
    pub fn is_last(&self) -> bool {
        self.conversation.is_last
    }

    /// Replaces the model.
    pub fn set_model(&mut self, model: impl Into<Model>) {
        self.options.to_mut().model = model.into();
    }

    /// Replaces the system prompt. The request cannot use earlier entries of the prompt cache.
    pub fn set_system(&mut self, system: impl Into<System>) {
        self.system = Some(Cow::Owned(system.into()));
        self.prefix = None;
    }

    /// Replaces the tools. The request cannot use earlier entries of the prompt cache.
    pub fn set_tools(&mut self, tools: impl IntoTools) {
        self.tools = Cow::Owned(tools.into_tools());
        self.declared = None;
        self.prefix = None;
    }

    /// Sets which tools the model may, must or must not call. In the final request of a loop, it cannot call tools.
    pub fn set_tool_choice(&mut self, choice: impl Into<ToolChoice>) {
        self.options.to_mut().tool_choice = Some(choice.into());
    }

    /// Adds content after the prompt or the tool results.
    ///
    /// # Errors
    /// Misuse: the prompt is empty or not a single message of the user, or the API does not accept additional content
    /// because it continues a turn that it paused or waits for tool results.
    pub fn add(&mut self, prompt: impl Into<Prompt>) -> Result<()> {
        let prompt = prompt.into();
        let blocks = prompt.user_blocks()?;
        if !self.conversation.takes_more {
            return Err(Error::misuse(
                "content cannot be added to this request, because the API continues a turn that it paused or accepts \
                 only tool results",
            ));
        }
        self.conversation.additions.extend_from_slice(blocks);
        Ok(())
    }

    /// Makes the response start with the prefill, if there is one.
    pub(crate) fn begin(&self, response: &mut Response) {
        if let Some(prefill) = self.prefill {
            prefill.begin(response);
        }
    }

    /// Returns the choice of tools that is sent.
    ///
    /// The final request of a loop sends `none`, and keeps the list of tools so that the cached prefix does not change.
    /// After the first response, a call is no longer forced.
    pub(super) fn tool_choice(&self) -> Option<Cow<'_, ToolChoice>> {
        if self.is_last() && !self.declared().is_empty() {
            return Some(Cow::Owned(ToolChoice::none()));
        }
        let choice = self.options.tool_choice.as_ref()?;
        Some(if self.conversation.may_force_a_call {
            choice.with_wire_name().map_or(Cow::Borrowed(choice), Cow::Owned)
        } else {
            Cow::Owned(choice.clone().without_force())
        })
    }
}

impl fmt::Debug for RequestPlan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestPlan")
            .field("options", &self.options)
            .field("tools", &self.tools.len())
            .field("conversation", &self.conversation)
            .finish_non_exhaustive()
    }
}
