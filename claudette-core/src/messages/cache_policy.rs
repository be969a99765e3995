//! [`CachePolicy`]: the cache breakpoints of a whole request.

use super::cache_control::CacheControl;

/// The parts of a request that the API caches, so that later requests with the same beginning are cheaper and faster
/// ([Prompt caching](https://platform.claude.com/docs/en/build-with-claude/prompt-caching)).
///
/// Most programs use `true`: the API then sets one cache breakpoint at the end of the request, which moves with the
/// conversation. Further breakpoints can be set on the last tool, at the end of the system prompt, and on the last
/// message of each request. They keep an unchanging part in the cache while the rest changes, or keep it for longer.
/// Breakpoints of one hour must come before those of five minutes; the order is tools, system prompt, messages.
///
/// The API accepts four breakpoints in a request, including those on single blocks and tools. More are an error before
/// anything is sent. The automatic breakpoint is omitted if it would be the fifth, or if the last block has its own. A
/// policy never changes the messages in the history of a chat.
///
/// The API does not cache requests below the minimum size of the model
/// ([`Profile::min_cache_tokens`](crate::catalog::Profile::min_cache_tokens)).
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi."));
/// # claude.respond(MockResponse::text("Hi."));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::wire::CachePolicy;
/// use claudette::{CacheControl, Chat};
///
/// let mut chat = Chat::builder(&client).cache(true).build()?;
/// chat.send("Hello").await?;
/// assert_eq!(claude.requests()[0].body()["cache_control"]["type"], "ephemeral");
///
/// // The system prompt for an hour, the conversation for five minutes.
/// let cache = CachePolicy::automatic().system(CacheControl::ephemeral().ttl_1h());
/// let mut chat = Chat::builder(&client).system("You know all orders: …").cache(cache).build()?;
/// chat.send("Hello").await?;
/// assert_eq!(claude.requests()[1].body()["system"][0]["cache_control"]["ttl"], "1h");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "prompt caching")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CachePolicy {
    pub(crate) whole: Option<CacheControl>,
    pub(crate) tools: Option<CacheControl>,
    pub(crate) system: Option<CacheControl>,
    pub(crate) last_message: Option<CacheControl>,
}

impl CachePolicy {
    /// Creates a policy without breakpoints, like `false`.
    pub fn none() -> Self {
        Self::default()
    }

    /// Creates a policy with one breakpoint at the end of the request, which the API sets automatically, like `true`.
    pub fn automatic() -> Self {
        CacheControl::ephemeral().into()
    }

    /// Sets a breakpoint on the last tool that the model sees, so that all tools are cached.
    pub fn tools(self, control: CacheControl) -> Self {
        Self { tools: Some(control), ..self }
    }

    /// Sets a breakpoint at the end of the system prompt, so that the system prompt and the tools are cached.
    pub fn system(self, control: CacheControl) -> Self {
        Self { system: Some(control), ..self }
    }

    /// Sets a breakpoint on the last message of each request, so that the whole conversation is cached.
    pub fn last_message(self, control: CacheControl) -> Self {
        Self { last_message: Some(control), ..self }
    }
}

impl From<bool> for CachePolicy {
    fn from(on: bool) -> Self {
        if on { Self::automatic() } else { Self::none() }
    }
}

/// Creates a policy with one breakpoint at the end of the request, which the API sets automatically.
impl From<CacheControl> for CachePolicy {
    fn from(control: CacheControl) -> Self {
        Self { whole: Some(control), ..Self::none() }
    }
}
