//! [`Structured`]: a value that a model gave, and the road to it.

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

/// A value that a model gave, and how it came about.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Structured<T> {
    /// The value.
    pub value: T,
    /// The response that has it.
    pub response: Response,
    /// How many responses were asked for the value: one, unless the first was not right.
    pub attempts: u32,
    /// How the model was held to the form.
    pub strategy: Strategy,
    /// What all responses together consumed.
    pub usage: Usage,
}

/// How a model is held to the form of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Strategy {
    /// The API binds the text of the response to the schema
    /// ([Structured outputs](https://docs.claude.com/en/docs/build-with-claude/structured-outputs)).
    Native,
    /// The model calls a tool that has the schema: for models without the other way, and for types that it does not take
    /// (recursive ones, maps).
    Tool,
}

/// What is asked for, but for the prompt.
pub(super) struct StructuredOptions<'a, T> {
    pub(super) strategy: Option<Strategy>,
    pub(super) max_attempts: u32,
    pub(super) rules: Vec<Rule<'a, T>>,
}

/// The caller's own judgement of a value: what is wrong with it, for the model to read.
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

/// Asks until the answer is right, or often enough.
pub(super) async fn answer<T: ToolParam + Send>(
    chat: &mut Chat,
    prompt: Prompt,
    wanted: StructuredOptions<'_, T>,
    mut options: RequestOptions,
    watcher: Option<Yielder<Chunk>>,
) -> Result<Structured<T>> {
    let schema = TypeSchema::<T>::of();
    let plan = Plan::choose(chat, &options, schema.schema(), wanted.strategy)?;
    tracing::debug!(strategy = ?plan.strategy, why = plan.why, "structured");
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
            let what = format!("the model gave no `{wanted}` in {attempts} attempts; the last time: {wrong}");
            Err(Error::mismatch(what).after(Some(run.response().clone())))
        }
        Some(Err(error)) => Err(error),
        None => unreachable!("the end of a loop is judged"),
    }
}

/// What came of the last attempt: an error, or the value or what is wrong with it, for the model to read.
struct Attempt<T> {
    count: u32,
    result: Option<Result<Result<T, String>>>,
}

impl<T> Default for Attempt<T> {
    fn default() -> Self {
        Self { count: 0, result: None }
    }
}

/// Judges the answer of a loop that is over.
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

/// Runs a loop to its end, and hands out the text of the answer as it is written.
async fn watch(mut events: Events<'_>, strategy: Strategy, is_wrapped: bool, watcher: &Yielder<Chunk>) -> Result<Run> {
    // Each response is one more try: what was said before a tool is called, or rejected, is no answer.
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

/// Whether the run ended where an answer can be.
fn check_end(run: &Run, has_answer: bool) -> Result<()> {
    let response = || Some(run.response().clone());
    match run.end_reason() {
        EndReason::Refusal => Err(Error::refused("the model refused to answer").after(response())),
        EndReason::MaxTokens => {
            Err(Error::incomplete("the answer was cut at `max_tokens`: allow more").after(response()))
        }
        EndReason::ContextExceeded => {
            Err(Error::incomplete("the answer was cut at the end of the context window").after(response()))
        }
        EndReason::Finished | EndReason::MaxSteps => Ok(()),
        EndReason::Tool if has_answer => Ok(()),
        other => Err(Error::mismatch(format!("the loop ended without an answer: {other:?}")).after(response())),
    }
}

/// How this model is held to this schema.
struct Plan {
    strategy: Strategy,
    why: &'static str,
    /// What the API takes of the schema, for the native way.
    format: Option<serde_json::Value>,
    /// The chat's tools and the one to answer with, for the other.
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
            (Some(strategy), ..) => (strategy, "it was asked for"),
            (None, _, false) => (Strategy::Tool, "the model has no structured outputs"),
            (None, Err(_), _) => (Strategy::Tool, "the schema is none that the API takes"),
            (None, Ok(_), true) => (Strategy::Native, "the model and the schema allow it"),
        };
        if strategy == Strategy::Native {
            let format = strict.map_err(|wide| {
                let why = wide.tell("field");
                Error::misuse(format!("the API cannot bind a response to this type: {why}; use `Strategy::Tool`"))
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

/// Where the tool leaves the answer.
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

/// The tool by which a model answers: it ends the loop.
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

    /// The answer is read by its type, and a wrong one is counted as an attempt.
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
