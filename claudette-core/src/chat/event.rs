//! [`Event`]: what happens in a loop, as it happens, and the stream of it.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::call_ids::Assigner;
use super::hook::Hooks;
use super::run::{Progress, Run, Step, ToolInput};
use crate::client::{MessageStream, Opening, Prefill, Retry};
use crate::error::Result;
use crate::future::BoxFuture;
use crate::generator::{Generator, Yielded, Yielder};
use crate::messages::{Brief, ContentBlock, Delta, Response, StreamEvent, ToolUse};
use crate::tool::ToolOutcome;

/// Something that happened in a loop.
#[derive(Clone)]
#[non_exhaustive]
pub enum Event {
    /// A piece of the text that the model writes.
    Text(String),
    /// A piece of the model's thinking, where the API shows it.
    Thinking(String),
    /// A piece of a call's arguments, as the model writes them.
    ToolInput(ToolInput),
    /// A tool is about to run.
    ToolCall(ToolUse),
    /// A tool says how far it is.
    Progress(Progress),
    /// A tool has finished, or failed; calls that run together may finish in any order.
    ToolResult(ToolOutcome),
    /// A request failed, and is about to be sent again.
    Retry(Retry),
    /// One reply of the model is complete.
    Response(Response),
    /// One step is over: a reply, and what came of its calls.
    Step(Step),
    /// The loop is over. This is the last event.
    Done(Run),
}

/// Long texts are cut.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, value): (_, &dyn fmt::Debug) = match self {
            Self::Text(text) => ("Text", &Brief(text)),
            Self::Thinking(thinking) => ("Thinking", &Brief(thinking)),
            Self::ToolInput(input) => ("ToolInput", input),
            Self::ToolCall(call) => ("ToolCall", call),
            Self::Progress(progress) => ("Progress", progress),
            Self::ToolResult(outcome) => ("ToolResult", outcome),
            Self::Retry(retry) => ("Retry", retry),
            Self::Response(response) => ("Response", response),
            Self::Step(step) => ("Step", step),
            Self::Done(run) => ("Done", run),
        };
        f.debug_tuple(name).field(value).finish()
    }
}

/// Makes events of a loop from those of one stream.
#[derive(Debug)]
pub(super) struct EventMapper<'h> {
    /// What the caller wrote of the reply.
    opening: Option<Opening>,
    /// The call that is being written, and the block it is.
    call: Option<(usize, Arc<str>, Arc<str>)>,
    /// The ids that the calls will have in the history.
    ids: Assigner<'h>,
}

impl<'h> EventMapper<'h> {
    pub(super) fn new(prefill: Option<Prefill>, ids: Assigner<'h>) -> Self {
        Self { opening: prefill.map(Opening::new), call: None, ids }
    }

    /// Reads a stream to its end, and hands out what is to be seen of it.
    pub(super) async fn watch(&mut self, stream: &mut MessageStream, sink: &EventSender<'_>) -> Result<()> {
        // What has come together is handed out together: to go through the whole loop for each piece would cost more than the
        // piece. At the end all was taken, so nothing happens before that.
        const MOST: usize = 32;
        // There before the model writes.
        let mut events: VecDeque<Event> =
            self.opening.as_mut().and_then(Opening::say).map(Event::Text).into_iter().collect();
        loop {
            let goes_on = poll_fn(|cx| {
                while events.len() < MOST {
                    match Pin::new(&mut *stream).poll_next(cx)? {
                        Poll::Ready(Some(event)) => self.see(event, stream, &mut events),
                        Poll::Ready(None) => return Poll::Ready(Ok(false)),
                        Poll::Pending if events.is_empty() => return Poll::Pending,
                        Poll::Pending => break,
                    }
                }
                Poll::Ready(Ok(true))
            });
            let goes_on = goes_on.await;
            sink.put_all(&mut events).await;
            if !goes_on? {
                return Ok(());
            }
        }
    }

    /// What of a stream's event concerns whoever watches a loop: texts and thinking add up to those of the response.
    fn see(&mut self, event: StreamEvent, stream: &MessageStream, events: &mut VecDeque<Event>) {
        match event {
            StreamEvent::ContentBlockDelta(delta) => {
                let index = delta.index();
                match (delta.into_delta(), &self.call) {
                    (Delta::Text(delta), _) if stream.is_text(index) => {
                        events.push_back(Event::Text(match &mut self.opening {
                            Some(opening) => opening.strip(delta.text()).to_owned(),
                            None => delta.into_text(),
                        }));
                    }
                    (Delta::Thinking(delta), _) if stream.is_thinking(index) => {
                        events.push_back(Event::Thinking(delta.into_thinking()));
                    }
                    // The first piece is empty.
                    (Delta::InputJson(delta), Some((block, call_id, name)))
                        if *block == index && !delta.partial_json().is_empty() =>
                    {
                        let text = delta.partial_json().to_owned();
                        let input = ToolInput { call_id: call_id.clone(), name: name.clone(), text };
                        events.push_back(Event::ToolInput(input));
                    }
                    _ => {}
                }
            }
            StreamEvent::ContentBlockStart(start) => {
                let call = start.content_block().as_tool_use();
                self.call = call.map(|call| (start.index(), self.ids.assign(call.id()).into(), call.name().into()));
                self.see_block(start.content_block(), events);
            }
            StreamEvent::MessageStart(start) => {
                for block in start.message().content() {
                    // Its id counts among those of the response, as any.
                    if let Some(call) = block.as_tool_use() {
                        self.ids.assign(call.id());
                    }
                    self.see_block(block, events);
                }
            }
            _ => {}
        }
    }

    /// What a block begins with: some servers put its first words there, or all of them.
    fn see_block(&mut self, block: &ContentBlock, events: &mut VecDeque<Event>) {
        if let Some(text) = block.as_text().filter(|text| !text.is_empty()) {
            let text = self.opening.as_mut().map_or(text, |opening| opening.strip(text));
            events.push_back(Event::Text(text.to_owned()));
        }
        if let Some(thinking) = block.as_thinking().filter(|thinking| !thinking.is_empty()) {
            events.push_back(Event::Thinking(thinking.to_owned()));
        }
    }
}

/// The events of a loop: a [`Stream`], whose [`next`](Self::next) needs no import.
///
/// The loop runs only while this is polled, and never ahead of whoever reads it, but for pieces of a reply that have come
/// together. Dropping it ends the loop where it stands; the chat stays one that can go on.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("one two three").chunked(3));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette::Event;
///
/// let mut text = String::new();
/// let mut events = chat.toolloop("Count to three.").stream();
/// while let Some(event) = events.next().await {
///     match event? {
///         Event::Text(piece) => text += &piece,
///         Event::Done(run) => assert_eq!(run.text(), text),
///         _ => {}
///     }
/// }
/// assert_eq!(text, "one two three");
/// # Ok(())
/// # }
/// ```
#[must_use = "a loop runs only while its events are read"]
pub struct Events<'a>(Generator<'a, Event, Result<Run>>);

/// Where the loop leaves events for the stream to pick up.
pub(super) type Slot = Yielder<Event>;

impl<'a> Events<'a> {
    pub(super) fn new(work: impl FnOnce(Slot) -> BoxFuture<'a, Result<Run>>) -> Self {
        Self(Generator::new(work))
    }

    /// The next event, or `None` after the last.
    ///
    /// # Errors
    /// What the API or the connection to it has to say. The loop is over then; finished steps are in the history.
    pub async fn next(&mut self) -> Option<Result<Event>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Stream for Events<'_> {
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll(cx).map(|given| {
            Some(match given? {
                Yielded::Value(event) => Ok(event),
                Yielded::End(end) => end.map(Event::Done),
            })
        })
    }
}

impl fmt::Debug for Events<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("over", &self.0.is_over()).finish_non_exhaustive()
    }
}

/// The loop's end of [`Events`], and of what hooks want to hear. Nobody may be listening: the loop is the same.
#[derive(Debug)]
pub(super) struct EventSender<'a> {
    slot: Option<Slot>,
    hooks: Hooks<'a>,
}

impl<'a> EventSender<'a> {
    /// For a loop that is awaited, there is no slot.
    pub(super) fn new(slot: Option<Slot>, hooks: &Hooks<'a>) -> Self {
        Self { slot, hooks: hooks.clone() }
    }

    pub(super) fn is_heard(&self) -> bool {
        self.slot.is_some() || !self.hooks.is_empty()
    }

    /// Hands out an event, and waits until it was taken.
    pub(super) async fn put(&self, event: impl FnOnce() -> Event) {
        if !self.is_heard() {
            return;
        }
        let event = event();
        self.hooks.on_event(&event);
        let Some(slot) = &self.slot else { return };
        slot.put(event).await;
    }

    /// Hands out events, and waits until they were taken.
    async fn put_all(&self, events: &mut VecDeque<Event>) {
        for event in &*events {
            self.hooks.on_event(event);
        }
        match &self.slot {
            Some(slot) => slot.put_all(events).await,
            None => events.clear(),
        }
    }
}
