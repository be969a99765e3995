//! [`Journal`]: stores the steps of a run in the journal of a Restate invocation.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use claudette::journal::{JournalCall, JournalStep, Record, StepKind};
use claudette::tooling::StepId;
use claudette::{Approval, BoxFuture, Error, Result, ToolUse};
use restate_sdk::context::{DurableFuture, DurableFuturesUnordered, Request};
use restate_sdk::errors::{HandlerError, HandlerResult};

use crate::approvals::Waiting;
use crate::calls::Calls;
use crate::context::{Durable, HandlerContext, Operations};
use crate::error::{failed, is_permanent, not_text, second_loop, terminal, terminal_cause};
use crate::steady::steady;
use crate::text::Text;
use crate::tool_call::{ToolCall, ToolRecord};
use crate::turns::Turns;

/// Stores the steps of a run in the journal of a Restate invocation.
///
/// Each request, approval and tool call is a step with a name. If the handler stops, Restate runs it again, and the
/// loop reads the finished steps.
///
/// ```
/// # use claudette::testing::MockServer;
/// use claudette::{Chat, Toolset, tool, tools};
/// use claudette_journal_restate::{Journal, ToolCall, ToolRecord};
/// use restate_sdk::prelude::*;
///
/// /// Charges an invoice.
/// #[tool]
/// async fn charge(/** The number of the invoice */ number: u32) -> String {
///     format!("Invoice {number} is paid.")
/// }
///
/// struct Agent {
///     client: claudette::Client,
///     tools: Toolset,
/// }
///
/// #[restate_sdk::service]
/// impl Agent {
///     #[handler]
///     async fn run(&self, ctx: Context<'_>, prompt: String) -> HandlerResult<String> {
///         let journal = Journal::new(&ctx, "invoices").calls(|call| ctx.service_client::<AgentClient>().tool(call));
///         let mut chat = Chat::builder(&self.client).tools(self.tools.clone()).build().terminal()?;
///         match chat.toolloop(prompt).journal(&journal).await {
///             Ok(run) => Ok(run.text()),
///             Err(error) => Err(journal.handler_error(error)),
///         }
///     }
///
///     /// Runs one tool call.
///     #[handler]
///     async fn tool(&self, ctx: Context<'_>, call: ToolCall) -> HandlerResult<ToolRecord> {
///         call.run(&ctx, &self.tools).await
///     }
/// }
/// ```
pub struct Journal<'c> {
    ctx: &'c (dyn Operations + 'c),
    run_id: String,
    send: Option<Box<Send<'c>>>,
    calls: Calls<'c>,
    turns: Turns,
    approval_timeout: Option<Duration>,
    allows_drift: bool,
    /// `true` if the run began in this process, or with the same program. Only then may an error end the invocation.
    has_begun: AtomicBool,
    /// `true` if a loop has used the journal.
    is_used: AtomicBool,
}

/// Makes the request that runs a tool call.
type Send<'c> = dyn Fn(ToolCall) -> Request<'c, ToolCall, ToolRecord> + std::marker::Send + Sync + 'c;

impl<'c> Journal<'c> {
    /// Creates the journal of a loop of this invocation.
    ///
    /// `name` is part of the id of the run, and with it of the idempotency keys of its tool calls. Two loops in one
    /// invocation need different names. Otherwise the second loop would pay with the keys of the first one.
    ///
    /// The tool calls of the loop run one after another in this handler, unless [`calls`](Self::calls) is set.
    pub fn new(ctx: &'c impl HandlerContext, name: &str) -> Self {
        Self::with_run_id(ctx, format!("{}.{name}", ctx.invocation()))
    }

    /// Creates the journal of one tool call of another invocation.
    pub(crate) fn of_call(ctx: &'c impl HandlerContext, run_id: &str) -> Self {
        Self::with_run_id(ctx, run_id.to_owned())
    }

    fn with_run_id(ctx: &'c impl HandlerContext, run_id: String) -> Self {
        Self {
            ctx,
            run_id,
            send: None,
            calls: Calls::default(),
            turns: Turns::default(),
            approval_timeout: None,
            allows_drift: false,
            has_begun: AtomicBool::new(false),
            is_used: AtomicBool::new(false),
        }
    }

    /// Runs each tool call as an invocation of its own, so that the calls of one response run at the same time.
    ///
    /// `request` creates the request for a call. Its handler calls [`ToolCall::run`]. The request can go to any service,
    /// and can have a scope or a limit key.
    pub fn calls(
        mut self,
        request: impl Fn(ToolCall) -> Request<'c, ToolCall, ToolRecord> + std::marker::Send + Sync + 'c,
    ) -> Self {
        self.send = Some(Box::new(request));
        self
    }

    /// Sets the time after which a suspended call without a decision is denied. By default, the run waits
    /// for the decision forever.
    ///
    /// The timer belongs to Restate: it continues while no process runs.
    pub fn approval_timeout(mut self, timeout: Duration) -> Self {
        self.approval_timeout = Some(timeout);
        self
    }

    /// Continues a run although its prompt, tools, options or library version have changed since it began.
    pub fn allow_drift(mut self) -> Self {
        self.allows_drift = true;
        self
    }

    /// Returns the id of the run: the id of the invocation and the name of the loop.
    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    /// Converts the error of a loop with this journal for Restate.
    ///
    /// - An error that a retry would repeat ends the invocation (`TerminalError`): misuse, a request that the API
    ///   refuses because of its content, an aborted or cancelled loop, a step whose failure Restate has stored.
    /// - Any other error is temporary, and Restate runs the handler again: a failed connection, an overloaded API,
    ///   missing credit.
    /// - If the program differs from the one that began the run, the error is temporary, too: the run continues when the
    ///   old program runs again. Restate could not end the invocation here, because its journal contains more steps than
    ///   the handler has made. Until then, Restate shows the differences as the last failure of the invocation.
    ///
    /// The `?` operator also converts errors, but makes all of them temporary.
    pub fn handler_error(&self, error: Error) -> HandlerError {
        if let Some(error) = terminal_cause(&error) {
            return error.into();
        }
        // Restate answers a terminal error in the middle of a replay with code 570, again and again.
        if is_permanent(&error) && self.has_begun.load(Ordering::Acquire) { terminal(&error) } else { error.into() }
    }

    /// Waits for the decision on a suspended call.
    async fn decision(&self, step: &StepId, call: &ToolUse) -> Result<Record> {
        let fail = |error| failed(&self.run_id, step, error);
        let (run, invocation) = (self.run_id.as_str(), self.ctx.invocation().to_owned());
        self.ctx.ask(run, Waiting::new(step, call, invocation));
        let mut waits: DurableFuturesUnordered<Durable<'_, Option<Text>>> = DurableFuturesUnordered::new();
        let signal = self.ctx.signal(&signal_name(run, call.id()));
        waits.push(Box::pin(signal.map_ok(Some)));
        if let Some(timeout) = self.approval_timeout {
            waits.push(Box::pin(self.ctx.sleep(timeout).map_ok(|()| None)));
        }
        loop {
            let Some((_, first)) = waits.next().await.map_err(fail)? else { unreachable!("the signal is in the set") };
            match first.map_err(fail)? {
                Some(decision) => return self.record(step, decision),
                None if self.ctx.close(run, call.id()).await.map_err(fail)? => break,
                // The decision was faster, and its signal is on its way.
                None => {}
            }
        }
        let reason = format!("no decision within {:?}", self.approval_timeout.unwrap_or_default());
        // A step, because its record contains the time.
        let work = move || -> BoxFuture<'_, HandlerResult<Text>> {
            Box::pin(async move { Ok(Text::from(&Record::decision(&Approval::deny(reason))?)) })
        };
        let denial = self.ctx.run(format!("{step}/timeout"), Box::new(work)).await.map_err(fail)?;
        self.record(step, denial)
    }

    fn record(&self, step: &StepId, text: Text) -> Result<Record> {
        text.into_record().map_err(|error| not_text(&self.run_id, step, error))
    }
}

/// Returns the name of the signal that carries the decision on a call.
pub(crate) fn signal_name(run: &str, call: &str) -> String {
    format!("{run}/{call}")
}

impl claudette::journal::Journal for Journal<'_> {
    fn run_id(&self) -> &str {
        &self.run_id
    }

    fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>> {
        if !matches!(step.kind(), StepKind::Start) {
            self.has_begun.store(true, Ordering::Release);
        } else if self.is_used.swap(true, Ordering::AcqRel) {
            return Box::pin(async move { Err(second_loop(&self.run_id)) });
        }
        let turn = self.turns.next();
        Box::pin(async move {
            let _turn = turn.begin().await;
            let (id, kind) = (step.id().clone(), step.kind());
            let work = move || -> BoxFuture<'a, HandlerResult<Text>> {
                self.has_begun.store(true, Ordering::Release);
                Box::pin(async move {
                    match step.run().await {
                        Ok(record) if record.is_open() => Ok(Text::suspended()),
                        Ok(record) => Ok(Text::from(&record)),
                        Err(error) if is_permanent(&error) => Err(terminal(&error)),
                        Err(error) => Err(error.into()),
                    }
                })
            };
            let text = steady(self.ctx.run(id.to_string(), Box::new(work))).await;
            let text = text.map_err(|error| failed(&self.run_id, &id, error))?;
            match kind {
                StepKind::Approval(call) if text == Text::suspended() => self.decision(&id, call).await,
                _ => self.record(&id, text),
            }
        })
    }

    fn call<'a>(&'a self, call: JournalCall<'a>) -> BoxFuture<'a, Result<Record>> {
        let Some(send) = &self.send else { return call.run(self) };
        let (id, request) = (call.id().clone(), send(ToolCall::new(call.to_remote())));
        let running = steady(self.calls.add(Box::pin(request.call())));
        Box::pin(async move {
            let record = running.await.map_err(|error| failed(&self.run_id, &id, error))?;
            record.into_record().map_err(|error| not_text(&self.run_id, &id, error))
        })
    }

    fn allows_drift(&self) -> bool {
        self.allows_drift
    }
}

/// A loop can borrow the journal, so that the handler can convert the error of the loop.
impl claudette::journal::Journal for &Journal<'_> {
    fn run_id(&self) -> &str {
        &self.run_id
    }

    fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>> {
        claudette::journal::Journal::step(*self, step)
    }

    fn call<'a>(&'a self, call: JournalCall<'a>) -> BoxFuture<'a, Result<Record>> {
        claudette::journal::Journal::call(*self, call)
    }

    fn allows_drift(&self) -> bool {
        self.allows_drift
    }
}

impl fmt::Debug for Journal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("run_id", &self.run_id).finish_non_exhaustive()
    }
}
