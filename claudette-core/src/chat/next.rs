//! The rest of a step, as a hook gets it: the hooks that were added later, and then the world.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::answer::Answer;
use super::approval::Approval;
use super::hook::Hook;
use super::machine::LoopOptions;
use super::run::Run;
use super::step_id::StepId;
use crate::client::{RequestOptions, RequestPlan};
use crate::error::Result;
use crate::future::BoxFuture;
use crate::messages::{Prompt, Response, System, ToolUse};
use crate::tool::{ToolError, ToolOutcome, ToolOutput, Toolset};

type HookList<'a> = &'a [Arc<dyn Hook + 'a>];

/// What a loop starts from.
#[derive(Debug)]
#[non_exhaustive]
pub struct RunStart<'a> {
    /// What the user says; `None` for a loop that is resumed.
    pub prompt: Option<&'a Prompt>,
    /// How the loop runs.
    pub options: &'a LoopOptions,
    /// How its requests are made.
    pub request: &'a RequestOptions,
    /// The system prompt.
    pub system: Option<&'a System>,
    /// The tools that the model sees.
    pub tools: &'a Toolset,
}

/// A loop that is about to run, with the hooks that were added later.
#[must_use = "a loop that is not run does nothing"]
pub struct NextRun<'a> {
    pub(super) hooks: HookList<'a>,
    pub(super) start: &'a RunStart<'a>,
    pub(super) run: BoxFuture<'a, Result<Run>>,
}

impl<'a> NextRun<'a> {
    /// Runs the loop.
    pub fn run(self) -> BoxFuture<'a, Result<Run>> {
        match self.hooks {
            [first, rest @ ..] => first.around_run(self.start, NextRun { hooks: rest, ..self }),
            [] => self.run,
        }
    }
}

/// Sends the request of a plan.
pub(super) trait SendPlan: Send + Sync {
    fn send<'s>(&'s self, plan: &'s RequestPlan<'s>) -> BoxFuture<'s, Result<Response>>;
}

/// A request that is about to be sent, with the hooks that were added later.
#[derive(Clone, Copy)]
pub struct NextRequest<'a> {
    pub(super) hooks: HookList<'a>,
    pub(super) step: &'a StepId,
    pub(super) sender: &'a dyn SendPlan,
}

impl<'a> NextRequest<'a> {
    /// Sends this plan: the one that the hook was given, or another one. It can run more than once.
    pub fn run<'p>(&self, plan: &'p RequestPlan<'p>) -> BoxFuture<'p, Result<Answer<Response>>>
    where
        'a: 'p,
    {
        let Self { hooks, step, sender } = *self;
        match hooks {
            [first, rest @ ..] => first.around_request(step, plan, NextRequest { hooks: rest, step, sender }),
            [] => Box::pin(async move { sender.send(plan).await.map(Answer::new) }),
        }
    }

    /// Returns a response of an earlier life of the run.
    pub fn replay(self, response: Response) -> Answer<Response> {
        Answer::replayed(response)
    }
}

/// A question whether a call may run, with the hooks that were added later.
#[must_use = "a question that is not asked has no answer"]
pub struct NextApproval<'a> {
    pub(super) hooks: HookList<'a>,
    pub(super) step: &'a StepId,
    pub(super) call: &'a ToolUse,
    pub(super) ask: BoxFuture<'a, Approval>,
}

impl<'a> NextApproval<'a> {
    /// Asks the program.
    pub fn run(self) -> BoxFuture<'a, Result<Answer<Approval>>> {
        match self.hooks {
            [first, rest @ ..] => first.around_approval(self.step, self.call, NextApproval { hooks: rest, ..self }),
            [] => Box::pin(async move { Ok(Answer::new(self.ask.await)) }),
        }
    }

    /// Returns a decision of an earlier life of the run.
    pub fn replay(self, approval: Approval) -> Answer<Approval> {
        Answer::replayed(approval)
    }
}

/// A tool call that is about to run, with the hooks that were added later.
#[must_use = "a call that is neither run nor answered is left without a result"]
pub struct NextCall<'a> {
    pub(super) hooks: HookList<'a>,
    pub(super) step: &'a StepId,
    pub(super) call: &'a ToolUse,
    pub(super) run: BoxFuture<'a, ToolOutcome>,
}

impl<'a> NextCall<'a> {
    /// Runs the tool.
    pub fn run(self) -> BoxFuture<'a, Result<Answer<ToolOutcome>>> {
        match self.hooks {
            [first, rest @ ..] => first.around_call(self.step, self.call, NextCall { hooks: rest, ..self }),
            [] => Box::pin(async move { Ok(Answer::new(self.run.await)) }),
        }
    }

    /// Answers in the place of the tool.
    pub fn answer(self, answer: Result<ToolOutput, ToolError>) -> Answer<ToolOutcome> {
        Answer::new(ToolOutcome::new(self.call.clone(), answer, Duration::ZERO))
    }

    /// Returns the outcome of an earlier life of the run.
    pub fn replay(self, outcome: ToolOutcome) -> Answer<ToolOutcome> {
        Answer::replayed(outcome)
    }
}

impl fmt::Debug for NextRun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NextRun").finish_non_exhaustive()
    }
}

impl fmt::Debug for NextRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NextRequest").field(self.step).finish()
    }
}

impl fmt::Debug for NextApproval<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NextApproval").field(&self.call.name()).finish()
    }
}

impl fmt::Debug for NextCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NextCall").field(&self.call.name()).finish()
    }
}
