//! [`ContextPolicy`]: how a loop keeps its conversation within the context window.

use serde::{Deserialize, Serialize};

use crate::catalog::Feature;
use crate::error::{Error, Result};

/// A way to keep the conversation of a loop within the context window of the model.
///
/// Without a policy, the API refuses a request that is too long, and the loop ends with an error. A policy makes the
/// conversation smaller before that. It is part of the [`LoopOptions`](crate::chat::LoopOptions), so it applies to each
/// request of a chat.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi!"));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::Chat;
/// use claudette::chat::ContextPolicy;
///
/// let mut chat = Chat::builder(client).context(ContextPolicy::trim().at(150_000).keep_results(5)).build()?;
/// assert_eq!(chat.send("Hello!").await?.text(), "Hi!");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "context management")]
#[doc(alias = "context window")]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContextPolicy {
    pub(super) kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) window: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) keep_last: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) instructions: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) keep_results: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) keep_thinking: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) exclude_tools: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) pause_after: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    #[default]
    None,
    Clear,
    Compact,
    CompactOnServer,
    Trim,
}

impl Kind {
    /// Returns `true` if the model summarizes the conversation.
    pub(super) fn summarizes(self) -> bool {
        matches!(self, Self::Compact | Self::CompactOnServer)
    }
}

/// The number of results that are kept by default.
const KEEP_RESULTS: usize = 3;

impl ContextPolicy {
    /// Returns the policy that does nothing. This is the default.
    pub fn none() -> Self {
        Self::default()
    }

    /// Returns the policy by which the API leaves out the contents of old tool results
    /// ([Context editing](https://platform.claude.com/docs/en/build-with-claude/context-editing)). Each request contains
    /// the whole [history](crate::Chat::history), and the model reads it without them.
    ///
    /// From the [threshold](Self::at) on, which is half of the context window by default, the API clears all results
    /// except the last ones. Clearing makes the cache entries of everything after it useless, so the API clears only if
    /// enough content becomes free: as much as pays for the new cache entry within the requests that probably follow,
    /// with the prices of the model. Results of a tool with the name `memory` are never cleared, unless
    /// [`exclude_tools`](Self::exclude_tools) names other tools.
    ///
    /// The calls and the thinking stay, so a very long conversation still grows. If the next request would not fit into
    /// the window although results were cleared, whole steps are removed here, as by [`trim`](Self::trim).
    #[doc(alias = "context editing")]
    pub fn clear() -> Self {
        Self { kind: Kind::Clear, ..Self::default() }
    }

    /// Returns the policy by which the model summarizes the conversation
    /// ([Compaction](https://platform.claude.com/docs/en/build-with-claude/compaction)). The loop asks for the summary
    /// before a request that exceeds the [threshold](Self::at), and replaces the messages by it.
    ///
    /// The request for the summary counts in the usage, the cost and the limits of the loop, but not in `max_steps`.
    /// Images, documents and instructions in system messages are lost in a summary. If the model does not write one, the
    /// loop continues without it, and tries again five responses later, or if the prompt would not fit into the window.
    ///
    /// By default, all messages are summarized. With [`keep_last`](Self::keep_last), the last ones stay unchanged.
    #[doc(alias = "compaction")]
    #[doc(alias = "summarize")]
    pub fn compact() -> Self {
        Self { kind: Kind::Compact, ..Self::default() }
    }

    /// Returns the policy by which the API summarizes the conversation while it answers a request
    /// ([Compaction](https://platform.claude.com/docs/en/build-with-claude/compaction)).
    ///
    /// If the prompt is larger than the [threshold](Self::at), which must be at least 50,000 tokens, the model first
    /// writes a summary and then continues from it. The response begins with the summary, which replaces all earlier
    /// messages in the [history](crate::Chat::history). Unlike [`compact`](Self::compact), this needs no request of its
    /// own. [`pause_after`](Self::pause_after) separates the two parts again. If the model does not write the summary,
    /// the loop continues without it and asks again later, as with [`compact`](Self::compact).
    ///
    /// The summary is a second run of the model in the same request, so [`max_cost`](crate::chat::ToolLoop::max_cost)
    /// counts a request above the threshold twice. Images, documents and instructions in system messages are lost.
    ///
    /// If the history begins with a summary of [`Chat::compact`](crate::Chat::compact) or [`compact`](Self::compact),
    /// the API does not accept the threshold. The loop then asks for the summary itself, as by [`compact`](Self::compact).
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text("It is about a fox."));
    /// # let client = claude.client("claude-opus-5-5");
    /// use claudette::Chat;
    /// use claudette::chat::ContextPolicy;
    ///
    /// let policy = ContextPolicy::compact_on_server().at(50_000);
    /// let mut chat = Chat::builder(client).context(policy).build()?;
    /// let book = "The quick brown fox jumps over the lazy dog. ".repeat(5_000);
    /// chat.send(format!("What is this book about? {book}")).await?;
    ///
    /// // The summary and the answer are one message, which replaces the book.
    /// assert_eq!(chat.history().len(), 1);
    /// assert!(chat.history()[0].find::<claudette::wire::Compaction>().is_some());
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "compaction")]
    #[doc(alias = "compact_20260112")]
    pub fn compact_on_server() -> Self {
        Self { kind: Kind::CompactOnServer, ..Self::default() }
    }

    /// Returns the policy that removes old content here, before a request is sent. It works with every model and host,
    /// and costs nothing but a new entry in the prompt cache.
    ///
    /// First, a short note replaces the contents of old tool results. If that is not enough, whole steps after the
    /// first prompt are removed, oldest first. A summary at the beginning stays, and so do changes of the tools and of the
    /// effort. The thinking after the change is removed as well, because its signatures
    /// cover the content before it; thinking with a fixed budget
    /// ([`ThinkingConfig::enabled`](crate::wire::ThinkingConfig::enabled)) is kept.
    ///
    /// The loop trims before a request that exceeds the [threshold](Self::at), down to half of the threshold. Therefore
    /// it happens rarely, and most requests read the prompt cache. The content is removed from the
    /// [history](crate::Chat::history) for ever.
    pub fn trim() -> Self {
        Self { kind: Kind::Trim, ..Self::default() }
    }

    /// Sets the size of a prompt, in tokens, above which the loop makes the conversation smaller.
    ///
    /// By default, this is 80 % of the context window (50 % for [`clear`](Self::clear)), or less if a response with
    /// `max_tokens` would not fit after it.
    /// The size is the usage of the last response plus an estimate of the content that was added since, which is rather
    /// too large than too small.
    #[doc(alias = "trigger")]
    #[doc(alias = "threshold")]
    pub fn at(mut self, tokens: u64) -> Self {
        self.at = Some(tokens);
        self
    }

    /// Sets the size of the context window, in tokens, for a model whose [profile](crate::catalog::Profile) does not
    /// contain it, or for a host with a smaller one.
    pub fn window(mut self, tokens: u64) -> Self {
        self.window = Some(tokens);
        self
    }

    /// Sets the number of tokens at the end of the conversation that a summary does not replace, by an estimate. The
    /// messages that stay begin with a response of the model, so they can be more than that.
    ///
    /// By default, everything is replaced.
    pub fn keep_last(mut self, tokens: u64) -> Self {
        self.keep_last = Some(tokens);
        self
    }

    /// Sets whether the response ends after the summary, if the [API summarizes](Self::compact_on_server); `false` by
    /// default.
    ///
    /// The loop then sends the next request at once, so a hook, a message in an [inbox](crate::chat::Inbox) and the
    /// limits of the loop apply between the summary and the answer. The pause does not count in `max_steps`.
    pub fn pause_after(mut self, pause: bool) -> Self {
        self.pause_after = pause;
        self
    }

    /// Sets the instructions for the summary. They replace those of the API. Blank text removes them.
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.instructions = Some(instructions.into()).filter(|text| !text.trim().is_empty());
        self
    }

    /// Sets the number of tool results, counted from the last, whose contents are kept: 3 by default.
    pub fn keep_results(mut self, count: usize) -> Self {
        self.keep_results = Some(count);
        self
    }

    /// Sets the tools whose results are kept while it is possible, such as a tool that reads notes.
    pub fn exclude_tools(mut self, tools: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.exclude_tools = tools.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the number of the last responses whose thinking is kept; by default, all thinking is kept.
    ///
    /// With a number, each response makes older thinking disappear, so the API writes the prompt after it to the cache
    /// again in each request. Use it only for requests without a cache, or if thinking fills most of the window.
    pub fn keep_thinking(mut self, responses: u64) -> Self {
        self.keep_thinking = Some(responses);
        self
    }

    /// Returns `true` if the policy does nothing.
    pub fn is_none(&self) -> bool {
        self.kind == Kind::None
    }

    /// Returns the name of the constructor.
    pub(in crate::chat) fn name(&self) -> &'static str {
        match self.kind {
            Kind::None => "none",
            Kind::Clear => "clear",
            Kind::Compact => "compact",
            Kind::CompactOnServer => "compact_on_server",
            Kind::Trim => "trim",
        }
    }

    /// Returns `true` if the API carries out the policy, by context edits in each request.
    pub(in crate::chat) fn adds_edits(&self) -> bool {
        matches!(self.kind, Kind::Clear | Kind::CompactOnServer)
    }

    /// Returns `true` if the model must support compaction.
    pub(in crate::chat) fn needs_compaction(&self) -> bool {
        self.kind.summarizes()
    }

    /// Returns the feature of the API that the policy needs.
    pub(in crate::chat) fn feature(&self) -> Option<Feature> {
        match self.kind {
            Kind::None | Kind::Trim => None,
            Kind::Clear => Some(Feature::ContextEditing),
            Kind::Compact => Some(Feature::Compaction),
            Kind::CompactOnServer => Some(Feature::ThresholdCompaction),
        }
    }

    /// Returns `true` if the API summarizes the conversation.
    pub(in crate::chat) fn compacts_on_server(&self) -> bool {
        self.kind == Kind::CompactOnServer
    }

    pub(super) fn kept_results(&self) -> usize {
        self.keep_results.unwrap_or(KEEP_RESULTS)
    }

    pub(in crate::chat) fn summary_instructions(&self) -> Option<&str> {
        self.instructions.as_deref()
    }

    /// Checks the policy without the model.
    ///
    /// # Errors
    /// Returns a misuse error if a setting has no effect with this policy.
    pub(in crate::chat) fn check(&self) -> Result<()> {
        let (removes, summarizes) = (matches!(self.kind, Kind::Clear | Kind::Trim), self.needs_compaction());
        let settings = [
            ("at", self.at.is_some(), !self.is_none()),
            ("window", self.window.is_some(), !self.is_none()),
            ("keep_last", self.keep_last.is_some(), self.kind == Kind::Compact),
            ("instructions", self.instructions.is_some(), summarizes),
            ("pause_after", self.pause_after, self.compacts_on_server()),
            ("keep_results", self.keep_results.is_some(), removes),
            ("exclude_tools", !self.exclude_tools.is_empty(), removes),
            ("keep_thinking", self.keep_thinking.is_some(), self.kind == Kind::Clear),
        ];
        match settings.iter().find(|(_, is_set, has_effect)| *is_set && !has_effect) {
            Some((setting, ..)) => Err(Error::misuse(format!(
                "`{setting}` has no effect on `ContextPolicy::{}()`: remove it, or use another policy",
                self.name()
            ))),
            None => Ok(()),
        }
    }
}
