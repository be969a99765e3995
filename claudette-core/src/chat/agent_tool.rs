//! [`AgentTool`]: a chat that the model of another chat can call.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::chat::Chat;
use super::event::Event;
use super::machine::texts::{AGENT_SUSPENDED, agent_failed, agent_without_answer, ended_early, no_budget};
use super::machine::{ChatState, EndReason, Next};
use super::run::Run;
use super::tool_loop::ToolLoop;
use crate::error::Result;
use crate::messages::Prompt;
use crate::task::BoxFuture;
use crate::tool::{Tool, ToolContext, ToolDefinition, ToolError, ToolOutput};

/// A chat as a tool: a *sub-agent*, which the model of another chat can call with a prompt.
///
/// [`Chat::into_tool`] makes one. Each call runs a [fork](Chat::fork) of the chat: it starts with the history of the
/// chat, runs a [`toolloop`](Chat::toolloop) with the prompt of the model, and returns the last text. Calls do not see
/// each other, and several can run at the same time. The tools of a sub-agent can contain sub-agents.
///
/// The calling run is the *outer* run:
///
/// - **Budget:** [`max_cost`](crate::chat::ToolLoop::max_cost) and
///   [`max_tokens_total`](crate::chat::ToolLoop::max_tokens_total) of the outer run hold for it and all its sub-agents
///   together, at any depth. Each request reserves its maximum before it is sent. Limits of the sub-agent's own chat
///   apply as well.
/// - **Usage:** the requests of a sub-agent count in the usage and cost of the outer chat, and once in those of the client
///   that sends them. [`ToolOutcome::spent`](crate::ToolOutcome::spent) returns those of one call.
/// - **Events:** the outer stream has them as [`Event::SubAgent`].
/// - **Approvals:** if the sub-agent's chat has a function that approves calls, that function decides. Otherwise, the
///   outer run is asked. If the call is [suspended](crate::Approval::Suspend), the outer run ends with
///   [`EndReason::Suspended`] after its other calls. [`Chat::pending`] returns the call, [`Chat::decide`] takes the
///   decision, and [`Chat::resume_toolloop`] continues the sub-agent where it stopped, with new limits. If the outer run
///   has a [journal](crate::chat::ToolLoop::journal), the journal takes the decision, and the same run continues. If the
///   tool is called outside a chat, suspending is a denial.
/// - **End:** dropping or cancelling the outer run ends the sub-agent. So does the deadline of the outer run. If the
///   sub-agent has to answer before that, give its chat an earlier one.
/// - **Steps:** the names of its steps are inside the step of the call: `tool#1.1:researcher/request#1`. A
///   [journal](crate::chat::ToolLoop::journal) stores the whole call as one record, with its usage and cost. A call that
///   is suspended and continues has another record for each part: `tool#1.1:researcher~2`.
///
/// If the sub-agent ends without an answer, the result is an error that says why. If one of its tools
/// [aborts](ToolError::abort) the run, the outer run is aborted, too.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::tool_use("researcher", json!({"prompt": "How high is Galdhøpiggen?"})));
/// # claude.respond(MockResponse::text("2,469 m."));
/// # claude.respond(MockResponse::text("Norway's highest mountain has 2,469 m."));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::{Chat, tools};
///
/// let researcher = Chat::builder(&client)
///     .system("Answer questions about mountains in one line.")
///     .build()?
///     .into_tool("researcher", "Answers a question about mountains.");
/// let mut lead = Chat::builder(&client).tools(tools![].with(researcher)).build()?;
///
/// let run = lead.toolloop("How high is the highest mountain of Norway?").max_cost(5.00).await?;
/// assert_eq!(run.text(), "Norway's highest mountain has 2,469 m.");
/// assert_eq!(run.steps()[0].outcomes()[0].text(), "2,469 m.");
/// assert_eq!(lead.usage(), client.usage());
/// # Ok(())
/// # }
/// ```
#[doc(alias = "agent")]
#[doc(alias = "subagent")]
#[doc(alias = "handoff")]
#[doc(alias = "orchestrator")]
pub struct AgentTool {
    chat: Chat,
    definition: ToolDefinition,
}

#[derive(Deserialize)]
struct Arguments {
    prompt: String,
}

const PROMPT: &str = "The task, with everything that is needed to do it. The agent does not see this conversation.";

impl Chat {
    /// Returns this chat as a tool, so that the model of another chat can call it as a sub-agent.
    ///
    /// The description says what the agent can do and when to call it. The name is also the
    /// [name of the agent](crate::chat::ChatBuilder::agent_name) in spans, unless the chat has another one.
    pub fn into_tool(mut self, name: impl Into<String>, description: impl Into<String>) -> AgentTool {
        let name = name.into();
        self.agent_name.get_or_insert_with(|| name.as_str().into());
        let definition = definition(name, description.into(), PROMPT);
        AgentTool { chat: self, definition }
    }
}

impl AgentTool {
    /// Replaces the description of the argument `prompt`.
    #[must_use = "this returns the tool with the new description"]
    pub fn prompt_description(self, description: impl AsRef<str>) -> Self {
        let (name, own) = (self.definition.name().to_owned(), self.definition.description().to_owned());
        Self { definition: definition(name, own, description.as_ref()), ..self }
    }

    /// Returns the result for the model of the outer run.
    fn output(&self, run: Result<Run>, is_over_budget: bool) -> Result<ToolOutput, ToolError> {
        let name = self.definition.name();
        match run {
            Ok(run) => match (answer(&run), early_end(run.end_reason())) {
                (Some(text), None) => Ok(ToolOutput::new(text)),
                (Some(text), Some(reason)) => Ok(ToolOutput::new(format!("{text}\n\n{}", ended_early(&reason)))),
                (None, reason) => {
                    Err(ToolError::new(agent_without_answer(name, reason.as_deref().unwrap_or("its answer is empty"))))
                }
            },
            Err(error) if error.is_aborted() => Err(ToolError::abort(error)),
            Err(_) if is_over_budget => Err(ToolError::new(no_budget(name))),
            Err(error) => Err(ToolError::new(agent_failed(name, &error))),
        }
    }
}

fn definition(name: String, description: String, prompt: &str) -> ToolDefinition {
    let schema = json!({
        "type": "object",
        "properties": {"prompt": {"type": "string", "description": prompt}},
        "required": ["prompt"],
        "additionalProperties": false,
    });
    ToolDefinition::new(name, description, &schema)
}

/// Returns the last text of a run, or that of the tool that ended it.
fn answer(run: &Run) -> Option<String> {
    let of_tool = || {
        let outcomes = run.steps().last()?.outcomes();
        outcomes.iter().rev().find(|outcome| outcome.is_final()).map(|outcome| outcome.text().into_owned())
    };
    let text = if *run.end_reason() == EndReason::Tool { of_tool() } else { Some(run.text()) };
    text.filter(|text| !text.trim().is_empty())
}

/// Returns why a run ended before the model had finished, if it did.
fn early_end(reason: &EndReason) -> Option<String> {
    Some(match reason {
        EndReason::Finished | EndReason::Tool => return None,
        EndReason::MaxSteps => "it reached its maximum number of steps".to_owned(),
        EndReason::MaxCost => "it reached the limit on cost".to_owned(),
        EndReason::MaxTokensTotal => "it reached the limit on tokens".to_owned(),
        EndReason::Deadline => "it reached its time limit".to_owned(),
        EndReason::MaxTokens => "its answer was too long and was cut".to_owned(),
        EndReason::Refusal => "the safety system stopped its answer".to_owned(),
        EndReason::ContextExceeded => "its conversation filled the context window".to_owned(),
        other => format!("it ended with {other:?}"),
    })
}

impl Tool for AgentTool {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn call<'a>(&'a self, input: &'a RawValue, cx: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            let Arguments { prompt } = serde_json::from_str(input.get()).map_err(ToolError::new)?;
            let mut chat = self.chat.fork();
            let run = match cx.resumed::<ChatState>() {
                Some(state) => {
                    chat.state.restore(state.clone());
                    chat.fold_tools();
                    chat.run_within(None, cx).await
                }
                None => chat.run_within(Some(prompt.into()), cx).await,
            };
            if run.as_ref().is_ok_and(|run| *run.end_reason() == EndReason::Suspended) {
                return Err(ToolError::suspend(AGENT_SUSPENDED, chat.state()));
            }
            // A run without a response does not have an end reason.
            let is_over_budget =
                matches!(chat.state.decide(), Next::Done(EndReason::MaxCost | EndReason::MaxTokensTotal));
            self.output(run, is_over_budget)
        })
    }
}

impl Chat {
    /// Runs a loop inside a tool call, or continues it.
    async fn run_within(&mut self, prompt: Option<Prompt>, cx: &ToolContext) -> Result<Run> {
        if let Some(outer) = cx.ledger() {
            self.ledger = self.client.ledger().part().within(outer);
        }
        if self.state.conversation_id.is_none() {
            self.state.conversation_id = cx.conversation_id().map(Into::into);
        }
        let mut run = ToolLoop::new(self, prompt);
        run.setup.outer = Some(cx.clone());
        if let Some(run_id) = cx.run_id().filter(|_| run.setup.options.run_id.is_none()) {
            Arc::make_mut(&mut run.setup.options).run_id = Some(run_id.to_owned());
        }
        if !cx.is_heard() {
            return run.await;
        }
        let mut events = run.stream();
        loop {
            match events.next().await {
                Some(Ok(event)) => {
                    let end = if let Event::Done(run) = &event { Some(run.clone()) } else { None };
                    cx.forward(event);
                    if let Some(run) = end {
                        return Ok(run);
                    }
                }
                Some(Err(error)) => return Err(error),
                None => unreachable!("the events end with `Done` or an error"),
            }
        }
    }
}

impl fmt::Debug for AgentTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentTool").field("name", &self.definition.name()).field("chat", &self.chat).finish()
    }
}
