//! [`Questions`]: the calls inside running calls that need an approval.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use futures_core::Stream;
use futures_util::StreamExt;
use futures_util::future::{Either, select};

use super::driver::LoopDriver;
use super::event::Event;
use super::hook::NextApproval;
use super::outer_run::{ApprovalRequest, Report};
use super::turn::Turn;
use crate::error::Result;
use crate::task::BoxFuture;

/// The calls inside running calls that need an approval. One question is asked at a time.
#[derive(Default)]
pub(super) struct Questions<'a> {
    waiting: VecDeque<ApprovalRequest>,
    asked: Option<BoxFuture<'a, Result<()>>>,
}

/// The reason that the executor continues.
enum Woken<T> {
    Report(Report),
    Answered(Result<()>),
    Finished(T),
}

impl<'a> LoopDriver<'_, 'a> {
    /// Returns the next call that has finished, or `None` if no call runs. Meanwhile, it passes on the reports of the
    /// calls and answers their questions.
    pub(super) async fn next_finished<T>(
        &mut self,
        turn: &mut Turn,
        questions: &mut Questions<'a>,
        running: &mut (impl Stream<Item = T> + Unpin),
    ) -> Result<Option<T>> {
        loop {
            if questions.asked.is_none()
                && let Some(question) = questions.waiting.pop_front()
            {
                questions.asked = Some(self.answer(question));
            }
            let next = poll_fn(|cx| {
                if let Poll::Ready(Some(report)) = turn.poll_report(cx) {
                    return Poll::Ready(Woken::Report(report));
                }
                if let Some(Poll::Ready(answered)) = questions.asked.as_mut().map(|asked| asked.as_mut().poll(cx)) {
                    return Poll::Ready(Woken::Answered(answered));
                }
                running.poll_next_unpin(cx).map(Woken::Finished)
            });
            match next.await {
                Woken::Finished(finished) => return Ok(finished),
                Woken::Report(report) => self.pass_on(report, questions).await,
                Woken::Answered(answered) => {
                    questions.asked = None;
                    answered?;
                }
            }
        }
    }

    /// Passes on a report of a running call.
    pub(super) async fn pass_on(&mut self, report: Report, questions: &mut Questions<'a>) {
        match report {
            Report::Progress(progress) => self.sink.put(|| Event::Progress(progress)).await,
            Report::SubAgent(event) => self.sink.put(|| Event::SubAgent(event)).await,
            Report::Approve(question) => questions.waiting.push_back(question),
        }
    }

    /// Answers the question of a running call with the decision of the program. The call may end meanwhile.
    fn answer(&self, question: ApprovalRequest) -> BoxFuture<'a, Result<()>> {
        let ApprovalRequest { step, call, annotations, mut answer } = question;
        let (hooks, ask) = (self.setup.hooks.clone(), self.setup.ask(&step, call.clone(), annotations));
        Box::pin(async move {
            let approval = {
                let next = NextApproval { hooks: hooks.as_slice(), step: &step, call: &call, annotations, ask };
                match select(next.run(), pin!(answer.closed())).await {
                    Either::Left((approval, _)) => approval?.into_value(),
                    Either::Right(_) => return Ok(()),
                }
            };
            // The receiver may have ended in the meantime.
            let _ = answer.send(approval);
            Ok(())
        })
    }
}
