//! [`RunStart`]: the prompt and settings of a loop.

use super::machine::LoopOptions;
use crate::client::RequestOptions;
use crate::messages::{Prompt, System};
use crate::tool::Toolset;

/// The prompt and settings of a loop, for [`Hook::around_run`](crate::Hook::around_run).
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Done."));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette::chat::{NextRun, RunStart};
/// use claudette::{BoxFuture, Hook, Result, Run};
///
/// /// Checks how each loop starts.
/// struct Start;
///
/// impl Hook for Start {
///     fn around_run<'a>(&'a self, start: &'a RunStart<'a>, next: NextRun<'a>) -> BoxFuture<'a, Result<Run>> {
///         assert!(start.prompt.is_some() && start.tools.is_empty());
///         next.run()
///     }
/// }
///
/// let run = chat.toolloop("Clean up.").hook(Start).await?;
/// assert_eq!(run.text(), "Done.");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct RunStart<'a> {
    /// The prompt; `None` for a loop that is resumed.
    pub prompt: Option<&'a Prompt>,
    /// The options of the loop.
    pub options: &'a LoopOptions,
    /// The options of its requests.
    pub request: &'a RequestOptions,
    /// The system prompt.
    pub system: Option<&'a System>,
    /// The tools that the model can call.
    pub tools: &'a Toolset,
}
