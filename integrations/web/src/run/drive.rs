//! [`Drive`]: carries out a run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use claudette::chat::{Events, ToolLoop};
use claudette::wire::Prompt;
use claudette::{Approval, Chat, Event};
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit};

use super::ask_hook::AskHook;
use super::live_run::{LiveRun, StopReason};
use crate::protocol::{Chunk, UiStream};
use crate::session::Session;

/// The input of a run.
pub(crate) enum Prompted {
    Prompt(Prompt),
    /// The decisions on the suspended calls are in the chat.
    Decided,
}

/// Everything that a run needs.
pub(crate) struct Drive {
    pub(crate) session: Arc<Session>,
    pub(crate) chat: OwnedMutexGuard<Chat>,
    pub(crate) run: Arc<LiveRun>,
    pub(crate) stream: UiStream,
    pub(crate) prompted: Prompted,
    pub(crate) ask: AskHook,
    pub(crate) window: Duration,
    pub(crate) deadline: Duration,
    pub(crate) linger: Duration,
    /// The place of this run among those that may run at the same time.
    pub(crate) permit: OwnedSemaphorePermit,
}

/// Ends the run also if the task panics, so that readers do not wait forever and the session is free.
struct Running {
    session: Arc<Session>,
    run: Arc<LiveRun>,
    stream: UiStream,
}

impl Running {
    fn end(&mut self, last: &[Chunk]) {
        let metadata = last.iter().find_map(|chunk| match chunk {
            Chunk::Finish { message_metadata, .. } => message_metadata.clone(),
            _ => None,
        });
        self.session.run_is_over(self.stream.spending(), metadata);
        self.run.close(last);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let last = self.stream.fail("The answer could not be completed.");
            self.end(&last);
        }
    }
}

impl Drive {
    /// Runs to the end, or until the run is stopped.
    pub(crate) async fn run(self) {
        let Self { session, chat, run, stream, prompted, ask, window, deadline, linger, permit } = self;
        let mut running = Running { session: session.clone(), run: run.clone(), stream };
        let begun = Instant::now();
        let mut events = Events::owned(chat, move |chat: &mut Chat| begin(chat, prompted, ask));
        let mut stopped = std::pin::pin!(async {
            tokio::select! {
                why = run.stopped() => why,
                () = run.abandoned(window) => StopReason::Abandoned,
                () = tokio::time::sleep(deadline) => StopReason::TooLong,
            }
        });
        let last = loop {
            let event = tokio::select! {
                biased;
                why = &mut stopped => break stop(&mut running.stream, why),
                event = events.next() => event,
            };
            match event {
                Some(Ok(Event::Done(done))) => {
                    break running.stream.event(&Event::Done(done), begun.elapsed());
                }
                Some(Ok(event)) => {
                    session.observe(&event);
                    let chunks = running.stream.event(&event, begun.elapsed());
                    if !run.push(&chunks) {
                        tracing::warn!("a run was stopped because its stream is too large");
                        break running.stream.fail("The answer is too large to be shown.");
                    }
                }
                Some(Err(error)) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a run failed");
                    break running.stream.error(&error);
                }
                None => break running.stream.fail("The answer could not be completed."),
            }
        };
        // The chat is free before the page reads the end and sends the next prompt.
        drop(events);
        drop(permit);
        running.end(&last);
        if tokio::time::timeout(linger, run.without_readers()).await.is_err() {
            run.drop_frames();
        }
    }
}

fn stop(stream: &mut UiStream, why: StopReason) -> Vec<Chunk> {
    tracing::debug!(?why, "a run was stopped");
    match why {
        StopReason::TooLong => stream.fail("The answer took too long and was stopped."),
        why => stream.abort(why.text()),
    }
}

fn begin(chat: &mut Chat, prompted: Prompted, ask: AskHook) -> ToolLoop<'_> {
    let tool_loop = match prompted {
        Prompted::Prompt(prompt) => chat.toolloop(prompt),
        Prompted::Decided => chat.resume_toolloop(),
    };
    // The hook is asked only if the loop asks for approvals.
    let tool_loop =
        if tool_loop.asks_for_approval() { tool_loop } else { tool_loop.approve(async |_| Approval::Allow) };
    tool_loop.hook(ask)
}
