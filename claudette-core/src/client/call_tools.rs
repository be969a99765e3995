//! [`CallTools`]: a request whose tool calls are run, without a second request.

use std::future::IntoFuture;

use super::request::request_setters;
use super::{Client, Request};
use crate::error::Result;
use crate::messages::{Prompt, ToolChoice};
use crate::task::BoxFuture;
use crate::tool::{IntoTools, ToolOutcome};

/// A request whose tool calls are run, from [`Client::call_tools`]. Awaiting it returns the outcomes.
pub type CallTools = Request<Vec<ToolOutcome>>;

impl Client {
    /// Makes one request with these tools, runs all tool calls of the response at once, and returns their outcomes in
    /// the order of the calls. The results are not sent to the model.
    ///
    /// A tool call is forced if the model supports that. Otherwise the response may contain no calls. A
    /// [`tool_choice`](Request::tool_choice) that the caller sets takes precedence.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # use serde_json::json;
    /// use claudette::{tool, tools};
    ///
    /// /// Adds a + b.
    /// #[tool]
    /// async fn sums(
    ///     /// First thing to sum
    ///     a: i64,
    ///     /// Second thing to sum
    ///     b: i64,
    /// ) -> i64 {
    ///     a + b
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::tool_uses([("sums", json!({"a": 1, "b": 2})), ("sums", json!({"a": 3, "b": 4}))]));
    /// # let client = claude.client("claude-haiku-4-5");
    /// let outcomes = client.call_tools("What is 1+2, and what is 3+4?", tools![sums]).await?;
    /// let sums: Vec<i64> = outcomes.iter().map(|outcome| outcome.value()).collect::<Result<_, _>>()?;
    /// assert_eq!(sums, [3, 7]);
    /// # assert_eq!(claude.requests()[0].body()["tool_choice"]["type"], "any");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When it is awaited, the same as for [`send`](Self::send).
    #[doc(alias = "function calling")]
    pub fn call_tools(&self, prompt: impl Into<Prompt>, tools: impl IntoTools) -> CallTools {
        Request::new(self.clone(), prompt.into()).tools(tools)
    }
}

impl CallTools {
    request_setters!(output);
}

impl IntoFuture for CallTools {
    type Output = Result<Vec<ToolOutcome>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            if self.options.tool_choice.is_none() && self.client.can_force_a_call(&self.options) {
                self.options.tool_choice = Some(ToolChoice::any());
            }
            let response = self.response().await?;
            Ok(self.tools.run_all(&response).await)
        })
    }
}
