//! [`Chat`]: a conversation with tools. The only place where client and tools meet.

mod builder;
mod encoding;
mod event;
mod history;
mod run;
mod tool_loop;
mod turn;

use std::fmt;

pub use self::builder::{ChatBuilder, Target};
use self::event::Sink;
pub use self::event::{Event, Events};
pub use self::history::History;
use self::history::Tail;
pub use self::run::{Progress, Run, Step, ToolCall};
pub use self::tool_loop::{SendMessage, ToolLoop};
pub use self::turn::{Action, Stop, Turn};
use crate::client::{Client, Draft, Ledger, Prefix};
use crate::error::{Error, Result};
use crate::future::BoxFuture;
use crate::messages::{ContentBlock, Message, Params, Prompt, Response, Role, ToolChoice, Usage};
use crate::model::Model;
use crate::pricing::{Cost, CostReport};
use crate::tool::Toolset;

/// A conversation: it remembers what was said, and runs the tools that the model calls.
///
/// Its [`history`](Self::history) is at every moment one that the API accepts, whatever fails and wherever a future is
/// dropped.
///
/// ```
/// # use claudette::testing::{Reply, StandIn};
/// # use serde_json::json;
/// use claudette::{Chat, tool, tools};
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
/// # let claude = StandIn::start().await?;
/// # claude.reply(Reply::text("Hi, Jeremy!"));
/// # claude.reply(Reply::tool_use("sums", json!({"a": 604542, "b": 6458932})));
/// # claude.reply(Reply::text("7,063,474"));
/// // With a key in the environment: `Chat::builder("claude-sonnet-5-5")`.
/// let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums]).build()?;
///
/// assert_eq!(chat.send("I'm Jeremy.").await?.text(), "Hi, Jeremy!");
///
/// let run = chat.toolloop("What is 604542+6458932?").await?;
/// assert_eq!(run.text(), "7,063,474");
/// assert_eq!(run.steps()[0].outcomes()[0].text(), "7063474");
/// assert_eq!(chat.history().len(), 6);
/// # Ok(())
/// # }
/// ```
pub struct Chat {
    client: Client,
    /// What every request of this chat starts from.
    params: Params,
    tools: Toolset,
    /// System prompt and tools, encoded.
    prefix: Prefix,
    continue_prompt: Option<String>,
    history: History,
    /// The model had nothing to say to the message that is still open: sent again unchanged it would say that again.
    unanswerable: bool,
    ledger: Ledger,
}

impl Chat {
    /// A chat with nothing but a model; credentials come from the environment.
    ///
    /// # Errors
    /// Misuse, if the environment has no credentials; the error names `ANTHROPIC_API_KEY`.
    pub fn new(model: impl Into<Target>) -> Result<Self> {
        Self::builder(model).build()
    }

    /// A chat set up step by step, with a model or with a [`Client`].
    pub fn builder(model: impl Into<Target>) -> ChatBuilder {
        ChatBuilder::new(model.into())
    }

    /// Says something and waits for one reply. If it calls tools they are run, and their results wait in the history.
    pub fn send(&mut self, prompt: impl Into<Prompt>) -> SendMessage<'_> {
        SendMessage::new(self, Some(prompt.into()))
    }

    /// Sends what waits: tool results, a turn that the API paused, or else the
    /// [`continue_prompt`](ChatBuilder::continue_prompt).
    ///
    /// This is how a chat goes on after an error or a dropped future. A call that had finished is not run again; one
    /// that had not is answered as interrupted. Where nothing waits it is misuse, and nothing is sent.
    pub fn resume(&mut self) -> SendMessage<'_> {
        SendMessage::new(self, None)
    }

    /// Says something, runs the tools that the model calls, and goes on until it has answered.
    pub fn toolloop(&mut self, prompt: impl Into<Prompt>) -> ToolLoop<'_> {
        ToolLoop::new(self, Some(prompt.into()))
    }

    /// What was said so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The last message.
    pub fn last(&self) -> Option<&Message> {
        self.history.last()
    }

    /// What this chat consumed so far.
    pub fn usage(&self) -> Usage {
        self.ledger.usage()
    }

    /// What that costs; `None` once a model without a known price has answered.
    pub fn cost(&self) -> Option<Cost> {
        self.ledger.cost()
    }

    /// Usage and cost as a Markdown table.
    pub fn cost_report(&self) -> CostReport {
        self.ledger.report()
    }

    /// The client that this chat talks through.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The tools that the model may call.
    pub fn tools(&self) -> &Toolset {
        &self.tools
    }

    /// Goes on with another model.
    pub fn set_model(&mut self, model: impl Into<Model>) {
        self.params.model = model.into();
    }

    /// The blocks that a prompt adds, or those that `resume` does.
    fn accept(&mut self, prompt: Option<Prompt>) -> Result<Vec<ContentBlock>> {
        let Some(prompt) = prompt else { return self.waiting() };
        let additions = match prompt.into_messages().as_slice() {
            [message] if *message.role() == Role::User && !message.is_blank() => message.content().to_vec(),
            [message] if *message.role() == Role::User => {
                return Err(Error::misuse("the prompt is empty: give it a text that is not blank, or another block"));
            }
            [message] => {
                let role = message.role();
                return Err(Error::misuse(format!("the prompt is a message of the {role}: a chat takes the user's")));
            }
            messages => {
                let many = messages.len();
                return Err(Error::misuse(format!("the prompt is {many} messages: a chat takes one of the user's")));
            }
        };
        if self.history.is_half_served() {
            return Err(Error::misuse(
                "the API is in the middle of its own tool calls and waits for tool results alone: `resume` sends them, \
                 and a prompt can follow",
            ));
        }
        self.history.end_pause();
        Ok(additions)
    }

    fn waiting(&self) -> Result<Vec<ContentBlock>> {
        if self.history.is_half_served() || self.history.is_waiting() && !self.unanswerable {
            return Ok(Vec::new());
        }
        match &self.continue_prompt {
            Some(prompt) => Ok(vec![ContentBlock::text(prompt.as_str())]),
            None => Err(Error::misuse(
                "nothing waits to be sent: say something with `send`, or set a `continue_prompt` for `resume`",
            )),
        }
    }

    /// Sends the conversation with these additions. The history does not change until [`enter`](Self::enter).
    async fn ask(&self, additions: &[ContentBlock], last: bool, sink: &Sink) -> Result<(Ask, Response)> {
        let tail = self.history.tail(additions);
        let mut params = self.params.clone();
        params.stream = sink.is_heard() || params.is_long();
        if last && !self.tools.is_empty() {
            // The tools stay listed: without them the cached prefix would be another.
            params.tool_choice = Some(ToolChoice::none());
        }
        let frames = self.history.frames().chain(tail.iter().flat_map(|tail| tail.frames(&self.history)));
        let call = self.client.call(Draft::new(&params, &self.prefix), frames)?;
        if !sink.is_heard() {
            let reply = self.client.create(&call, Some(&self.ledger)).await?;
            return Ok((Ask(tail), reply));
        }
        let watch = |retry| -> BoxFuture<'_, ()> { Box::pin(sink.put(move || Event::Retry(retry))) };
        let mut stream = self.client.stream(&call, Some(&self.ledger), &Some(&watch)).await?;
        while let Some(event) = stream.next().await.transpose()? {
            if let Some(event) = Event::of(event) {
                sink.put(|| event).await;
            }
        }
        Ok((Ask(tail), stream.finish().await?))
    }

    /// Takes a reply into the history.
    fn enter(&mut self, Ask(tail): Ask, reply: &Response, runs: bool) {
        self.unanswerable = !self.history.enter(tail, reply, runs);
    }
}

/// A request that was answered, and what it adds to the history.
struct Ask(Option<Tail>);

impl fmt::Debug for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chat")
            .field("model", &self.params.model)
            .field("messages", &self.history.len())
            .finish_non_exhaustive()
    }
}
