//! [`Request`]: one request of a loop, from the conversation to the response.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tokio::time::Instant;

use super::answer::Answer;
use super::chat::Chat;
use super::clock::{Wait, within};
use super::eager::EarlyCalls;
use super::event::Event;
use super::event_mapper::EventMapper;
use super::event_sender::EventSender;
use super::hook::{NextRequest, SendPlan};
use super::hooks::Hooks;
use super::journal::{JournaledRun, Recorded, RequestRecord, StepKind, Worked};
use super::machine::{EndReason, LoopOptions, exceeded};
use super::metered::{Metered, Reserving, check_bounded};
use super::turn::Turn;
use crate::catalog::Spent;
use crate::client::{Conversation, EncodedRequest, Meter, Prefill, RequestOptions, RequestPlan, Watch};
use crate::error::{Error, Result};
use crate::messages::{ContentBlock, Message, Response};
use crate::task::BoxFuture;
use crate::tool::{Amount, Budget, RunBudget, StepId, Toolset};

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
    pub(super) journal: Option<Journaling<'r>>,
    /// The calls that start while the response arrives.
    pub(super) early: Option<&'r EarlyCalls<'a>>,
    pub(super) budget: Option<&'r RunBudget>,
    /// `true` if the request is for a summary. It adds nothing to the conversation.
    pub(super) is_summary: bool,
}

/// The journal of a request, and the time limit that applies inside its step.
pub(super) struct Journaling<'r> {
    pub(super) run: &'r JournaledRun<'r>,
    pub(super) deadline: Option<Instant>,
}

/// The result of a request.
pub(super) enum Sent {
    Answered(Answered),
    /// Nothing was sent, because the request exceeds this limit.
    TooMuch(EndReason),
    /// Nothing was sent, because other runs have reserved so much of the budget that only this amount is left.
    OverBudget {
        left: Amount,
    },
    /// The deadline passed before the response, according to a record. The usage is that of attempts in another process.
    Late {
        spent: Option<Box<Spent>>,
        used: Option<Amount>,
        not_stored: Option<Error>,
    },
}

/// A response and the request that it answers.
pub(super) struct Answered {
    /// The blocks that the request added to the conversation.
    pub(super) added: Vec<ContentBlock>,
    pub(super) response: Response,
    pub(super) is_replayed: bool,
    /// The usage and cost according to a record of another process.
    pub(super) spent: Option<Box<Spent>>,
    /// The amount that the request has used of the budget, according to such a record.
    pub(super) used: Option<Amount>,
    /// The error of the journal if it did not store the response.
    pub(super) not_stored: Option<Error>,
    /// The new message that was sent, with its encoding.
    pub(super) sent: Option<(Message, Bytes)>,
    /// The tools that the model could call.
    pub(super) tools: Toolset,
}

impl Answered {
    /// Removes and returns the usage and cost of the request: those of a record, or those of the attempts in this process.
    pub(super) fn take_spent(&mut self, chat: &Chat) -> Spent {
        match self.spent.take() {
            Some(spent) => *spent,
            None if self.is_replayed => chat.client.spent(&self.response),
            None => chat.ledger.take().unwrap_or_default(),
        }
    }
}

impl Request<'_, '_> {
    pub(super) async fn send(self, conversation: Conversation<'_>) -> Result<Sent> {
        let Self { chat, step, options, limits, prefill, tools, hooks, sink, journal, early, budget, is_summary } =
            self;
        let is_own = tools.is_same(chat.tools());
        let is_same = options.same_prefix(&chat.options) && is_own;
        // The encoding is that of all sealed messages; a summary may need only some of them.
        let encoded = (conversation.sealed.len() == chat.state.history().sealed().len()).then_some(&chat.encoded);
        let mut plan = RequestPlan {
            options: Cow::Borrowed(options),
            system: chat.system.as_ref().map(Cow::Borrowed),
            tools: Cow::Borrowed(tools),
            declared: is_own.then(|| Cow::Borrowed(chat.tools.declared())),
            prefix: is_same.then_some(&chat.prefix),
            // The prefill is only for the first response of a loop.
            prefill: prefill.filter(|_| conversation.is_first),
            conversation: Conversation { encoded, ..conversation },
            streams: sink.is_heard() || early.is_some(),
        };
        hooks.before_request(&mut plan).await?;
        if plan.declared.is_none() && chat.tools.lists_more() {
            plan.declared = Some(Cow::Owned(chat.tools.declared_for(&plan.tools)));
        }
        if is_summary {
            plan.conversation.additions.clear();
        }
        if budget.is_some() {
            check_bounded(&plan)?;
            if !hooks.is_empty() {
                let rates = chat.rates(plan.options(), plan.toolset(), Some(&plan));
                if let Some(reason) = chat.state.is_over(&rates, plan.additions()) {
                    return Ok(Sent::TooMuch(reason));
                }
            }
        }
        // The calls of the final response do not run.
        let early =
            early.filter(|_| !plan.is_last()).map(|calls| Early { calls, options, tools: plan.toolset().clone() });
        let is_changed = !hooks.is_empty();
        let budget = budget.map(|own| Reserving {
            own,
            part: journal.is_some().then(|| own.budget.part()),
            is_last: plan.conversation.is_last || limits.once,
            is_changed,
        });
        let live = Live { chat, sink, early, sent: Mutex::default(), budget, refused: Mutex::default() };
        let next = step.map(|step| NextRequest { hooks: hooks.as_slice(), step, sender: &live });
        let (answer, record) = match (next, journal) {
            // The future is large, and each future around it would be moved with it.
            (None, _) => match Box::pin(live.send(&plan)).await {
                Ok(response) => (Answer::new(response), None),
                Err(error) => return live.refused(is_changed || plan.conversation.is_last).ok_or(error),
            },
            (Some(next), None) => match next.run(&plan).await {
                Ok(answer) => (answer, None),
                Err(error) => return live.refused(true).ok_or(error),
            },
            (Some(next), Some(journal)) => {
                let recorded = match Box::pin(journal.send(&live, next, &plan)).await {
                    Ok(recorded) => recorded,
                    Err(error) => return live.refused(true).ok_or(error),
                };
                let Recorded { value, used, is_replayed, not_stored, .. } = recorded;
                if is_replayed {
                    live.keep(&plan);
                }
                // The usage of requests in this process is in the ledger.
                let replayed = |spent| is_replayed.then(|| Box::new(spent));
                let (added, response, spent) = match value {
                    RequestRecord::Response { added, response, spent } => (added, response, replayed(spent)),
                    RequestRecord::Late { spent } => {
                        return Ok(Sent::Late { spent: replayed(spent), used, not_stored });
                    }
                };
                let answer = if is_replayed { Answer::replayed(response) } else { Answer::new(response) };
                (answer, Some((added, spent, used, not_stored)))
            }
        };
        let is_replayed = answer.is_replayed();
        let tools = plan.toolset().clone();
        let (added, spent, used, not_stored) = record.unwrap_or_else(|| (plan.into_additions(), None, None, None));
        Ok(Sent::Answered(Answered {
            response: answer.into_value(),
            is_replayed,
            spent,
            used,
            not_stored,
            sent: live.sent.into_inner().unwrap_or_else(PoisonError::into_inner),
            tools,
            added,
        }))
    }
}

impl Journaling<'_> {
    /// Sends a plan as a step of the journal, or replays the step.
    async fn send(
        self,
        live: &Live<'_, '_>,
        next: NextRequest<'_>,
        plan: &RequestPlan<'_>,
    ) -> Result<Recorded<RequestRecord>> {
        let Self { run, deadline } = self;
        let chat = live.chat;
        let work = || -> BoxFuture<'_, Result<Worked<RequestRecord>>> {
            Box::pin(async move {
                let is_late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
                let answer = if is_late { Wait::TimedOut } else { within(None, deadline, next.run(plan)).await };
                let mut is_replayed = false;
                let record = match answer {
                    Wait::Ready(answer) => {
                        let answer = answer?;
                        is_replayed = answer.is_replayed();
                        let response = answer.into_value();
                        let spent = if is_replayed { chat.client.spent(&response) } else { chat.ledger.spent() };
                        RequestRecord::Response { added: plan.additions().to_vec(), response, spent }
                    }
                    Wait::TimedOut | Wait::Cancelled => RequestRecord::Late { spent: chat.ledger.spent() },
                };
                // A hook has replayed a response that this loop has not sent.
                Ok(Worked::new(record).used(live.used().filter(|_| !is_replayed)))
            })
        };
        run.step(next.step.clone(), StepKind::Request, work).await
    }
}

/// The calls that start while the response arrives, and the options and tools of their loop.
struct Early<'r, 'a> {
    calls: &'r EarlyCalls<'a>,
    options: &'r RequestOptions,
    tools: Toolset,
}

/// Sends plans to the API.
struct Live<'r, 'a> {
    chat: &'r Chat,
    sink: &'r EventSender<'a>,
    early: Option<Early<'r, 'a>>,
    /// The last message that was sent, with its encoding.
    sent: Mutex<Option<(Message, Bytes)>>,
    budget: Option<Reserving<'r>>,
    /// The amount that was requested and the amount that is left, if the budget does not contain a plan.
    refused: Mutex<Option<(Amount, Amount)>>,
}

impl Live<'_, '_> {
    /// Returns the result of a request that the budget does not contain. With `is_final`, the loop ends.
    fn refused(&self, is_final: bool) -> Option<Sent> {
        let (requested, left) = self.refused.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let reason = exceeded(requested, left).unwrap_or(EndReason::MaxCost);
        Some(if is_final { Sent::TooMuch(reason) } else { Sent::OverBudget { left } })
    }

    /// Keeps the amount that the requests after a replayed one need, as that request has done.
    fn keep(&self, plan: &RequestPlan<'_>) {
        if let Some(reserving) = &self.budget {
            reserving.own.keep(reserving.at_most(self.chat, plan).1);
        }
    }

    /// Returns the amount that the request has used of the budget, if a journal stores it.
    fn used(&self) -> Option<Amount> {
        self.budget.as_ref()?.part.as_ref().map(Budget::used)
    }

    async fn send(&self, plan: &RequestPlan<'_>) -> Result<Response> {
        let request = self.chat.client.encode(plan)?;
        let Some(budget) = &self.budget else { return self.exchange(plan, request, None).await };
        let metered = match Metered::begin(self.chat, plan, budget) {
            Ok(metered) => metered,
            Err(refused) => {
                *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(refused);
                return Err(Error::misuse("the budget of the run does not cover the request"));
            }
        };
        let response = self.exchange(plan, request, Some(&metered)).await;
        metered.end(&response);
        response
    }

    async fn exchange(
        &self,
        plan: &RequestPlan<'_>,
        mut request: EncodedRequest,
        meter: Option<&dyn Meter>,
    ) -> Result<Response> {
        let Self { chat, sink, ref early, .. } = *self;
        *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = request.added.take();
        if !plan.streams {
            let watch = Watch { meter, ..Watch::default() };
            let mut response = chat.client.create(&request, Some(&chat.ledger), &watch).await?;
            plan.begin(&mut response);
            return Ok(response);
        }
        let retry = |retry| -> BoxFuture<'_, ()> { Box::pin(sink.put(move || Event::Retry(retry))) };
        let watch = Watch { retry: Some(&retry), meter };
        let mut stream = chat.client.stream(&request, Some(&chat.ledger), &watch).await?;
        // A stream that has begun is not requested again.
        drop(request);
        let early = early.as_ref().map(|Early { calls, options, tools }| {
            // Calls that need an approval do not start early.
            let budget = self.budget.as_ref().map(|reserving| reserving.own);
            let (remaining, is_heard) = (plan.remaining_steps(), sink.is_heard());
            let turn = Turn::new(chat, &options.model, remaining, budget, is_heard, false, calls.can_suspend);
            calls.begin(turn, tools.clone());
            *calls
        });
        EventMapper::new(plan.prefill_text().cloned(), chat.state.history().id_assigner(), early)
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
