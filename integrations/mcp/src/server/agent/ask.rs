//! [`ask`]: one prompt of an agent, until its answer.

use std::time::Duration;

use claudette::chat::Events;
use claudette::{Approval, EndReason, Event, Run, ToolContext, ToolError};
use tokio::time::{MissedTickBehavior, interval};

use super::answer::Answer;
use super::conversations::Conversation;
use super::reporter::Reporter;

/// The time after which a sign of life is sent. Clients give up after a minute without progress.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);

/// Asks the agent.
///
/// # Errors
///
/// An error for the model of the client.
pub(super) async fn ask(
    conversation: &mut Conversation,
    prompt: String,
    cx: &ToolContext,
) -> Result<Answer, ToolError> {
    conversation.tidy();
    let chat = &mut conversation.chat;
    let mut reporter = Reporter::new(cx);
    let mut result = run(chat.toolloop(prompt).stream(), &mut reporter).await;
    // Each round denies at least one call, and the limits of the chat apply to all rounds together.
    while let Ok(ended) = &result
        && *ended.end_reason() == EndReason::Suspended
    {
        for call in chat.pending() {
            chat.decide(&call, Approval::deny("nobody can approve this call here")).map_err(|error| failed(&error))?;
        }
        result = run(chat.resume_toolloop().stream(), &mut reporter).await;
    }
    conversation.tidy();
    let answer = Answer::of(&result.map_err(|error| failed(&error))?)?;
    conversation.settled = conversation.chat.history().len();
    Ok(answer)
}

fn failed(error: &claudette::Error) -> ToolError {
    ToolError::new(format!("The agent has failed: {error}."))
}

/// Reads the events of a loop.
async fn run(mut events: Events<'_>, reporter: &mut Reporter<'_>) -> claudette::Result<Run> {
    let mut signs = interval(SIGN_OF_LIFE);
    signs.set_missed_tick_behavior(MissedTickBehavior::Delay);
    signs.reset();
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            _ = signs.tick() => {
                reporter.sign_of_life();
                continue;
            }
        };
        match event {
            Some(Ok(Event::Done(run))) => return Ok(run),
            Some(Ok(event)) => {
                if reporter.report(&event) {
                    signs.reset();
                }
            }
            Some(Err(error)) => return Err(error),
            // The last event is `Done` or an error.
            None => return Err(claudette::Error::other("the loop ended without a result")),
        }
    }
}
