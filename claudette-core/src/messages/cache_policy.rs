//! [`CachePolicy`]: which parts of a request the API is to keep.

use super::cache_control::CacheControl;

/// Which parts of a request the API is to keep, so that the next one that begins alike is cheaper and faster
/// ([Prompt caching](https://docs.claude.com/en/docs/build-with-claude/prompt-caching)).
///
/// `true` is what most programs want: one mark at the end of the request, which the API sets by itself and which moves
/// along with the conversation. Breakpoints of one's own keep what stays the same while the rest changes, or keep it longer: on
/// the last tool, on the end of the system prompt, and on the last message, where it moves along as well. Breakpoints of an hour
/// stand before those of five minutes; the order is tools, system prompt, messages.
///
/// The API takes four marks in a request, those on single blocks and tools included. More are an error before anything is
/// sent; only the one that it sets by itself is left out then, and where the last block has a mark of its own. The
/// messages that a chat keeps are never changed by any of this.
///
/// Prompts below the model's least size ([`Profile::min_cache_tokens`](crate::catalog::Profile::min_cache_tokens)) are not kept.
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CachePolicy {
    pub(crate) whole: Option<CacheControl>,
    pub(crate) tools: Option<CacheControl>,
    pub(crate) system: Option<CacheControl>,
    pub(crate) last_message: Option<CacheControl>,
}

impl CachePolicy {
    /// No marks, as `false`: a beginning for those of one's own.
    pub fn none() -> Self {
        Self::default()
    }

    /// One mark at the end of the request, which the API sets by itself; as `true`.
    pub fn automatic() -> Self {
        CacheControl::ephemeral().into()
    }

    /// A mark on the last tool that the model sees: all tools are kept.
    pub fn tools(self, control: CacheControl) -> Self {
        Self { tools: Some(control), ..self }
    }

    /// A mark on the end of the system prompt: the prompt and the tools are kept.
    pub fn system(self, control: CacheControl) -> Self {
        Self { system: Some(control), ..self }
    }

    /// A mark on the last message of each request: all of the conversation is kept.
    pub fn last_message(self, control: CacheControl) -> Self {
        Self { last_message: Some(control), ..self }
    }
}

impl From<bool> for CachePolicy {
    fn from(on: bool) -> Self {
        if on { Self::automatic() } else { Self::none() }
    }
}

/// One mark at the end of the request, which the API sets by itself.
impl From<CacheControl> for CachePolicy {
    fn from(control: CacheControl) -> Self {
        Self { whole: Some(control), ..Self::none() }
    }
}
