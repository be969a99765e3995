//! [`Structured`]: an answer that is a value of a type, and the code that requests it.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::value::RawValue;

use super::chunk::Chunk;
use super::texts::{self, RESPOND};
use super::type_schema::TypeSchema;
use crate::catalog::Profile;
use crate::chat::{Chat, Check, EndReason, Event, Events, Run};
use crate::client::RequestOptions;
use crate::error::{Error, Result};
use crate::messages::{Prompt, Response, ToolChoice, Usage};
use crate::task::BoxFuture;
use crate::task::Yielder;
use crate::tool::schema::sent;
use crate::tool::{Tool, ToolContext, ToolDefinition, ToolError, ToolOutput, ToolParam, Toolset, to_strict};

/// An answer that is a value of a type, with the response that contains it.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text(r#"{"value":[1,2,3]}"#));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::structured::{Strategy, Structured};
///
/// let answer: Structured<Vec<u8>> = client.structured("The first three numbers?").response().await?;
/// assert_eq!(answer.value, [1, 2, 3]);
/// assert_eq!((answer.attempts, answer.strategy), (1, Strategy::Native));
/// # Ok(())
/// # }
/// ```
#[doc(alias = "json mode")]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Structured<T> {
    /// The value.
    pub value: T,
    /// The response that contains the value.
    pub response: Response,
    /// The number of answers that the model gave: one, plus the number of rejected answers.
    pub attempts: u32,
    /// The strategy that was used.
    pub strategy: Strategy,
    /// The usage of all responses together.
    pub usage: Usage,
}

/// The method by which a model is made to answer with a value of a type.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::tool_use("respond", json!({"value": 42})));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::structured::Strategy;
///
/// let number: u32 = client.structured("What is 6*7?").strategy(Strategy::Tool).await?;
/// assert_eq!(number, 42);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strategy {
    /// The API constrains the text of the response to the schema
    /// ([Structured outputs](https://platform.claude.com/docs/en/build-with-claude/structured-outputs)).
    Native,
    /// The model calls a tool that has the schema. This works for models without structured outputs, and for types that
    /// structured outputs do not support (recursive types, maps).
    Tool,
}

/// The options of a request for a value, without the prompt.
pub(super) struct StructuredOptions<'a, T> {
    pub(super) strategy: Option<Strategy>,
    pub(super) max_attempts: u32,
    pub(super) rules: Vec<Rule<'a, T>>,
}

/// A rule of the program for a value. It returns an error for the model if the value breaks the rule.
pub(super) type Rule<'a, T> = Box<dyn Fn(&T) -> Result<(), String> + Send + Sync + 'a>;

impl<T> Default for StructuredOptions<'_, T> {
    fn default() -> Self {
        Self { strategy: None, max_attempts: 2, rules: Vec::new() }
    }
}

impl<T: ToolParam> StructuredOptions<'_, T> {
    fn read(&self, schema: &TypeSchema<T>, json: &str) -> Result<T, String> {
        let value = schema.read(json)?;
        self.rules.iter().try_for_each(|rule| rule(&value))?;
        Ok(value)
    }
}

/// Requests answers until one is valid, or until all attempts are used.
pub(super) async fn answer<T: ToolParam + Send>(
    chat: &mut Chat,
    prompt: Prompt,
    wanted: StructuredOptions<'_, T>,
    mut options: RequestOptions,
    watcher: Option<Yielder<Chunk>>,
) -> Result<Structured<T>> {
    let schema = TypeSchema::<T>::of();
    let plan = Plan::choose(chat, &options, schema.schema(), wanted.strategy)?;
    tracing::debug!(strategy = ?plan.strategy, why = plan.why, "chose the strategy of a structured answer");
    if let Some(format) = plan.format {
        options.output_schema = Some(format);
    }
    options.tool_choice = plan.choice.clone().or(options.tool_choice);
    let slot = Slot::default();
    let is_asked = plan.tools.is_some() && plan.choice.is_none();
    let prompt = if is_asked { prompt.with_text(texts::ask_for_call()) } else { prompt };
    let mut last = Attempt::default();
    let run = {
        let judge: Check<'_> = Box::new(|run| {
            let json = match plan.strategy {
                Strategy::Native => Some(run.text()),
                Strategy::Tool => slot.take(),
            };
            last.count += 1;
            last.result = Some(judge(run, json, &schema, &wanted));
            match &last.result {
                Some(Ok(Err(wrong))) => ControlFlow::Continue(wrong.clone()),
                _ => ControlFlow::Break(()),
            }
        });
        let mut asked = chat.toolloop(prompt).with_options(options).with_check(judge, wanted.max_attempts);
        if let Some((tools, definition)) = plan.tools {
            asked = asked.with_answer_tool(tools.with(Respond { definition, slot: slot.clone() }), RESPOND);
        }
        match &watcher {
            None => asked.await?,
            Some(watcher) => watch(asked.stream(), plan.strategy, schema.is_wrapped(), watcher).await?,
        }
    };
    let Attempt { count: attempts, result } = last;
    match result {
        Some(Ok(Ok(value))) => {
            let (response, usage) = (run.response().clone(), run.usage());
            Ok(Structured { value, response, attempts, strategy: plan.strategy, usage })
        }
        Some(Ok(Err(wrong))) => {
            let wanted = std::any::type_name::<T>();
            let what = format!(
                "the model did not return a valid `{wanted}` in {attempts} attempts; problem of the last answer: {wrong}"
            );
            Err(Error::mismatch(what).after(Some(run.response().clone())))
        }
        Some(Err(error)) => Err(error),
        None => unreachable!("the answer of a loop is always checked"),
    }
}

/// The number of attempts, and the result of the last one.
struct Attempt<T> {
    count: u32,
    /// An error of the loop, the value, or the problem of the answer for the model.
    result: Option<Result<Result<T, String>>>,
}

impl<T> Default for Attempt<T> {
    fn default() -> Self {
        Self { count: 0, result: None }
    }
}

/// Checks the answer of a loop that is over.
fn judge<T: ToolParam>(
    run: &Run,
    json: Option<String>,
    schema: &TypeSchema<T>,
    wanted: &StructuredOptions<'_, T>,
) -> Result<Result<T, String>> {
    check_end(run, json.is_some())?;
    Ok(match json {
        None => Err(texts::no_call()),
        Some(json) => wanted.read(schema, &json),
    })
}

/// Runs a loop to its end, and sends the text of the answer while it is written.
async fn watch(mut events: Events<'_>, strategy: Strategy, is_wrapped: bool, watcher: &Yielder<Chunk>) -> Result<Run> {
    // Each response can begin a new answer. Text before a tool call, and a rejected answer, are not part of it.
    let mut begins = true;
    while let Some(event) = events.next().await {
        let event = event?;
        let is_answer = match &event {
            Event::Text(_) => strategy == Strategy::Native,
            Event::ToolInput(input) => strategy == Strategy::Tool && input.name() == RESPOND,
            _ => false,
        };
        if is_answer && std::mem::take(&mut begins) {
            watcher.put(Chunk::Begin { is_wrapped }).await;
        }
        match event {
            Event::Text(text) if strategy == Strategy::Native => watcher.put(Chunk::Text(text)).await,
            Event::ToolInput(input) if strategy == Strategy::Tool && input.name() == RESPOND => {
                watcher.put(Chunk::Text(input.text().to_owned())).await;
            }
            Event::Step(_) => begins = true,
            Event::Done(run) => return Ok(run),
            _ => {}
        }
    }
    unreachable!("the last event of a loop is its run")
}

/// Checks that the run ended for a reason after which there can be an answer.
fn check_end(run: &Run, has_answer: bool) -> Result<()> {
    let response = || Some(run.response().clone());
    match run.end_reason() {
        EndReason::Refusal => Err(Error::refused("the model refused to answer").after(response())),
        EndReason::MaxTokens => {
            Err(Error::incomplete("the answer was cut at `max_tokens`: raise the limit").after(response()))
        }
        EndReason::ContextExceeded => {
            Err(Error::incomplete("the answer was cut at the end of the context window").after(response()))
        }
        EndReason::Finished | EndReason::MaxSteps => Ok(()),
        EndReason::Tool if has_answer => Ok(()),
        other => Err(Error::mismatch(format!("the loop ended without an answer: {other:?}")).after(response())),
    }
}

/// The plan by which a model is made to follow a schema.
struct Plan {
    strategy: Strategy,
    why: &'static str,
    /// The schema for the API, for [`Strategy::Native`].
    format: Option<serde_json::Value>,
    /// The chat's tools and the tool to answer with, for [`Strategy::Tool`].
    tools: Option<(Toolset, ToolDefinition)>,
    choice: Option<ToolChoice>,
}

impl Plan {
    fn choose(
        chat: &Chat,
        options: &RequestOptions,
        schema: &serde_json::Value,
        wanted: Option<Strategy>,
    ) -> Result<Self> {
        let profile = chat.client().profile(&options.model);
        let strict = to_strict(schema);
        let is_able = profile.is_none_or(Profile::takes_structured_outputs);
        let (strategy, why) = match (wanted, &strict, is_able) {
            (Some(strategy), ..) => (strategy, "the program chose it"),
            (None, _, false) => (Strategy::Tool, "the model does not support structured outputs"),
            (None, Err(_), _) => (Strategy::Tool, "the API does not support the schema"),
            (None, Ok(_), true) => (Strategy::Native, "the model and the API support it"),
        };
        if strategy == Strategy::Native {
            let format = strict.map_err(|wide| {
                let why = wide.message("field");
                Error::misuse(format!("structured outputs do not support this type: {why}; use `Strategy::Tool`"))
            })?;
            return Ok(Self { strategy, why, format: Some(format), tools: None, choice: None });
        }
        let definition = ToolDefinition::new(RESPOND, texts::RESPOND_DESCRIPTION, &sent(schema));
        let is_demanded = chat.client().can_force_a_call(options);
        let choice =
            is_demanded.then(|| if chat.tools().is_empty() { ToolChoice::named(RESPOND) } else { ToolChoice::any() });
        Ok(Self { strategy, why, format: None, tools: Some((chat.tools().clone(), definition)), choice })
    }
}

/// The place where the tool puts the answer.
#[derive(Clone, Debug, Default)]
struct Slot(Arc<Mutex<Option<String>>>);

impl Slot {
    fn put(&self, json: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(json.to_owned());
    }

    fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The tool by which a model answers. Its call ends the loop.
struct Respond {
    definition: ToolDefinition,
    slot: Slot,
}

impl Tool for Respond {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn call<'a>(&'a self, input: &'a RawValue, _: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
        self.slot.put(input.get());
        Box::pin(async { Ok(ToolOutput::finish(texts::RECEIVED)) })
    }

    /// Accepts all arguments, because the answer is validated later and then counts as an attempt.
    fn check(&self, _: &RawValue) -> Result<(), ToolError> {
        Ok(())
    }
}

impl<T> fmt::Debug for StructuredOptions<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StructuredOptions")
            .field("strategy", &self.strategy)
            .field("max_attempts", &self.max_attempts)
            .field("rules", &self.rules.len())
            .finish()
    }
}
