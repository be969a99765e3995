//! [`Request`]: one request of a loop, from the conversation to the response.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::answer::Answer;
use super::chat::Chat;
use super::event::Event;
use super::event_mapper::EventMapper;
use super::event_sender::EventSender;
use super::hook::{NextRequest, SendPlan};
use super::hooks::Hooks;
use super::machine::{EndReason, LoopOptions};
use crate::client::{Conversation, Prefill, RequestOptions, RequestPlan};
use crate::error::{Error, Result};
use crate::messages::{ContentBlock, Message, Response};
use crate::task::BoxFuture;
use crate::tool::{StepId, Toolset};

/// One request of a loop. The state does not change before the response is complete.
pub(super) struct Request<'r, 'a> {
    pub(super) chat: &'r Chat,
    /// The name of the step, for the hooks.
    pub(super) step: Option<&'r StepId>,
    pub(super) options: &'r RequestOptions,
    pub(super) limits: &'r LoopOptions,
    pub(super) prefill: Option<&'r Prefill>,
    pub(super) tools: &'r Toolset,
    pub(super) hooks: &'r Hooks<'a>,
    pub(super) sink: &'r EventSender<'a>,
}

/// The result of a request.
pub(super) enum Sent {
    Answered(Answered),
    /// Nothing was sent, because the request exceeds this limit.
    TooMuch(EndReason),
}

/// A response and the request that it answers.
pub(super) struct Answered {
    /// The blocks that the request added to the conversation.
    pub(super) added: Vec<ContentBlock>,
    pub(super) response: Response,
    pub(super) is_replayed: bool,
    /// The new message that was sent, with its encoding.
    pub(super) sent: Option<(Message, Bytes)>,
    /// The tools that the model could call.
    pub(super) tools: Toolset,
}

impl Request<'_, '_> {
    pub(super) async fn send(self, conversation: Conversation<'_>) -> Result<Sent> {
        let Self { chat, step, options, limits, prefill, tools, hooks, sink } = self;
        let is_same = options.same_prefix(&chat.options) && tools.is_same(&chat.tools);
        let mut plan = RequestPlan {
            options: Cow::Borrowed(options),
            system: chat.system.as_ref().map(Cow::Borrowed),
            tools: Cow::Borrowed(tools),
            prefix: is_same.then_some(&chat.prefix),
            // The prefill is only for the first response of a loop.
            prefill: prefill.filter(|_| conversation.is_first),
            conversation: Conversation { encoded: Some(&chat.encoded), ..conversation },
            streams: sink.is_heard(),
        };
        hooks.before_request(&mut plan).await?;
        if limits.limits_usage() {
            check_bounded(&plan)?;
            if !hooks.is_empty() {
                let rates = chat.rates(plan.options(), plan.toolset(), Some(&plan));
                if let Some(reason) = chat.state.is_over(&rates, plan.additions()) {
                    return Ok(Sent::TooMuch(reason));
                }
            }
        }
        let live = Live { chat, sink, sent: Mutex::default() };
        let answer = match step {
            None => Answer::new(live.send(&plan).await?),
            Some(step) => NextRequest { hooks: hooks.as_slice(), step, sender: &live }.run(&plan).await?,
        };
        let is_replayed = answer.is_replayed();
        Ok(Sent::Answered(Answered {
            response: answer.into_value(),
            is_replayed,
            sent: live.sent.into_inner().unwrap_or_else(PoisonError::into_inner),
            tools: plan.toolset().clone(),
            added: plan.into_additions(),
        }))
    }
}

/// Checks that the maximum consumption of a request is known.
///
/// # Errors
/// Returns a misuse error if the API runs tools for the request, because the input that they add is not bounded.
fn check_bounded(plan: &RequestPlan<'_>) -> Result<()> {
    let extra = plan.options().extra_fields();
    let by_name = ["mcp_servers", "tools"].into_iter().find(|field| extra.contains_key(*field));
    let Some(tool) = plan.toolset().run_by_the_api().or(by_name) else { return Ok(()) };
    Err(Error::misuse(format!(
        "`max_cost` and `max_tokens_total` cannot be used with `{tool}`, because the input from tools that the API runs \
         is not bounded: remove the limit or the tool"
    )))
}

/// Sends plans to the API.
struct Live<'r, 'a> {
    chat: &'r Chat,
    sink: &'r EventSender<'a>,
    /// The last message that was sent, with its encoding.
    sent: Mutex<Option<(Message, Bytes)>>,
}

impl Live<'_, '_> {
    async fn send(&self, plan: &RequestPlan<'_>) -> Result<Response> {
        let Self { chat, sink, .. } = *self;
        let mut request = chat.client.encode(plan)?;
        *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = request.added.take();
        if !sink.is_heard() {
            let mut response = chat.client.create(&request, Some(&chat.ledger)).await?;
            plan.begin(&mut response);
            return Ok(response);
        }
        let watch = |retry| -> BoxFuture<'_, ()> { Box::pin(sink.put(move || Event::Retry(retry))) };
        let mut stream = chat.client.stream(&request, Some(&chat.ledger), &Some(&watch)).await?;
        // A stream that has begun is not requested again.
        drop(request);
        EventMapper::new(plan.prefill_text().cloned(), chat.state.history().id_assigner())
            .map(&mut stream, sink)
            .await?;
        let mut response = stream.into_response()?;
        plan.begin(&mut response);
        Ok(response)
    }
}

impl SendPlan for Live<'_, '_> {
    fn send<'s>(&'s self, plan: &'s RequestPlan<'s>) -> BoxFuture<'s, Result<Response>> {
        Box::pin(Live::send(self, plan))
    }
}
