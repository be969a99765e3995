//! A turn: from a prompt to the end of the answer.

use std::io;
use std::time::Instant;

use claudette::chat::ContextPolicy;
use claudette::{Approval, ContentBlock, EndReason, Error, Event, ToolUse};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::approve::{Answer, ask};
use crate::end::{Interrupted, early, remedy};
use crate::error::text;
use crate::interrupt::Interrupts;
use crate::permissions::Permissions;
use crate::render::{Role, Theme, usage_line};
use crate::terminal::Quiet;
use crate::view::View;

/// A tool call that waits for a decision.
type Question = (ToolUse, oneshot::Sender<Approval>);

/// The start of a turn.
#[derive(Debug)]
pub(crate) enum Start {
    Prompt(Vec<ContentBlock>),
    /// Continues the turn that was interrupted.
    Resume,
}

/// The end of a turn.
#[derive(Debug)]
enum End {
    Over(EndReason),
    Interrupted,
    Failed(Error),
}

impl App {
    /// Runs a turn and shows it.
    ///
    /// # Errors
    /// Returns the error of the terminal. An error of the turn is shown.
    pub(crate) async fn turn(&mut self, start: Start) -> io::Result<()> {
        let _quiet = Quiet::new();
        let (begun, cost) = (Instant::now(), self.chat.cost());
        let prompt = match &start {
            Start::Prompt(prompt) => Some(prompt.clone()),
            Start::Resume => None,
        };
        let mut view = View::new(self.theme, self.shows_thinking);
        // The user may have chosen another model since the start.
        let policy = match self.settings.context(&self.client) {
            Ok(policy) => policy,
            Err(error) => {
                self.failed = prompt;
                return view.note(Role::Bad, &format!("! {error}"));
            }
        };
        let end = self.run(start, policy, &mut view).await?;
        view.pause()?;
        self.conclude(end, prompt, &mut view)?;
        let cost = self.chat.cost().zip(cost).map(|(after, before)| after.total() - before.total());
        let line = usage_line(view.usage(), cost, Some(begun.elapsed()), &self.theme);
        view.end(&line)?;
        self.outcomes.extend(view.take_outcomes());
        Ok(())
    }

    async fn run(&mut self, start: Start, policy: ContextPolicy, view: &mut View) -> io::Result<End> {
        let Self { chat, permissions, theme, .. } = self;
        let (questions, mut asked) = mpsc::unbounded_channel::<Question>();
        let approve = move |call: ToolUse| {
            let questions = questions.clone();
            async move {
                let (answer, decision) = oneshot::channel();
                let unanswered = || Approval::deny("the program could not ask the user");
                if questions.send((call, answer)).is_err() {
                    return unanswered();
                }
                decision.await.unwrap_or_else(|_| unanswered())
            }
        };
        let token = CancellationToken::new();
        let turn = match start {
            Start::Prompt(prompt) => chat.toolloop(prompt),
            Start::Resume => chat.resume_toolloop(),
        };
        let mut events =
            turn.approve(approve).hook(permissions.clone()).context(policy).cancel_on(token.clone()).stream();
        let mut interrupts = Interrupts::new();
        let mut end = End::Interrupted;
        view.wait("waiting");
        loop {
            tokio::select! {
                biased;
                () = interrupts.next() => {
                    // The second one does not wait for the end of the turn.
                    if token.is_cancelled() {
                        break;
                    }
                    token.cancel();
                }
                Some((call, answer)) = asked.recv() => {
                    let agent = view.agent_of(&call).map(str::to_owned);
                    view.question()?;
                    let decided = decide(&call, agent.as_deref(), permissions, theme)?;
                    if decided == Answer::Stop {
                        token.cancel();
                    }
                    view.wait("waiting");
                    // The loop is gone only if it has ended.
                    let _ = answer.send(decided.decision());
                }
                event = events.next() => match event {
                    Some(Ok(Event::Done(run))) => end = End::Over(run.end_reason().clone()),
                    Some(Ok(event)) => view.show(&event)?,
                    Some(Err(error)) if error.is_cancelled() => end = End::Interrupted,
                    Some(Err(error)) => end = End::Failed(error),
                    None => break,
                }
            }
        }
        Ok(end)
    }

    /// Shows how a turn has ended, and keeps what the next prompt or `/retry` needs.
    fn conclude(&mut self, end: End, prompt: Option<Vec<ContentBlock>>, view: &mut View) -> io::Result<()> {
        // A prompt is added to the history together with the response to it.
        let unsent = prompt.filter(|_| !view.has_response());
        (self.interrupted, self.failed) = (None, None);
        match end {
            End::Interrupted | End::Over(EndReason::Cancelled) => {
                self.interrupted = Some(Interrupted { prompt: unsent, begun: view.begun().to_owned() });
                view.note(Role::Dim, "interrupted; the conversation continues")
            }
            End::Over(reason) => match early(&reason) {
                Some(text) => view.note(Role::Bad, &format!("! {text}")),
                None => Ok(()),
            },
            End::Failed(error) => {
                self.failed = unsent;
                let remedy = remedy(&error).map(|remedy| format!("; {remedy}")).unwrap_or_default();
                view.note(Role::Bad, &format!("! {}{remedy}", text(&error)))
            }
        }
    }
}

fn decide(call: &ToolUse, agent: Option<&str>, permissions: &Permissions, theme: &Theme) -> io::Result<Answer> {
    let answer = ask(call, agent, theme)?;
    if answer == Answer::Always {
        permissions.always(call.name());
    }
    Ok(answer)
}
