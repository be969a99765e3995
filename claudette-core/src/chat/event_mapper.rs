//! [`EventMapper`]: converts the events of one stream to events of a loop.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use super::eager::{CallFollower, EarlyCalls};
use super::event::Event;
use super::event_sender::EventSender;
use super::history::Assigner;
use super::run::ToolInput;
use crate::client::{FallbackStream, Opening, Prefill};
use crate::error::{Error, Result};
use crate::messages::{ContentBlock, Delta, StreamEvent};

/// Converts the events of one stream to events of a loop.
pub(super) struct EventMapper<'h, 'a> {
    /// The prefill of the response.
    opening: Option<Opening>,
    /// The tool call that is being written: the index of its block, its id and the name of its tool.
    call: Option<(usize, Arc<str>, Arc<str>)>,
    /// The ids that the calls will have in the history.
    ids: Assigner<'h>,
    /// Starts calls while the response arrives.
    early: Option<CallFollower<'h, 'a>>,
}

impl<'h, 'a> EventMapper<'h, 'a> {
    pub(super) fn new(prefill: Option<Prefill>, ids: Assigner<'h>, early: Option<&'h EarlyCalls<'a>>) -> Self {
        Self { opening: prefill.map(Opening::new), call: None, ids, early: early.map(CallFollower::new) }
    }

    /// Reads a stream to its end, and sends the events.
    pub(super) async fn map(&mut self, stream: &mut FallbackStream<'_>, sink: &EventSender<'_>) -> Result<()> {
        // Pieces that arrived together are sent together, because a pass through the loop for each piece would cost
        // more than the piece itself. `put_all` waits until the reader has taken all of them.
        const MAX_EVENTS: usize = 32;
        // The prefill is known before the model writes.
        let mut events: VecDeque<Event> =
            self.opening.as_mut().and_then(Opening::take).map(Event::Text).into_iter().collect();
        loop {
            let goes_on = poll_fn(|cx| {
                if let Some(early) = &self.early {
                    early.take_events(cx, &mut events);
                }
                while events.len() < MAX_EVENTS {
                    match stream.poll_next(cx)? {
                        Poll::Ready(Some(event)) => self.map_event(event, stream, &mut events),
                        Poll::Ready(None) => return Poll::Ready(Ok::<_, Error>(false)),
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

    /// Converts one event of the stream. The texts and the thinking add up to those of the response.
    fn map_event(&mut self, event: StreamEvent, stream: &FallbackStream<'_>, events: &mut VecDeque<Event>) {
        if let Some(early) = &mut self.early {
            early.follow(&event, stream, events);
        }
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
                if let (Some(early), Some((block, id, _))) = (&mut self.early, &self.call) {
                    early.opened(*block, id);
                }
                self.map_block(start.content_block(), events);
            }
            StreamEvent::MessageStart(start) => {
                for block in start.message().content() {
                    // The id is one of the ids of the response.
                    if let Some(call) = block.as_tool_use() {
                        self.ids.assign(call.id());
                    }
                    self.map_block(block, events);
                }
            }
            _ => {}
        }
    }

    /// Converts the start of a block. Some servers already put text into it, or all of the text.
    fn map_block(&mut self, block: &ContentBlock, events: &mut VecDeque<Event>) {
        if let Some(fallback) = block.as_fallback() {
            events.push_back(Event::Fallback(fallback.clone()));
        }
        if let Some(text) = block.as_text().filter(|text| !text.is_empty()) {
            let text = self.opening.as_mut().map_or(text, |opening| opening.strip(text));
            events.push_back(Event::Text(text.to_owned()));
        }
        if let Some(thinking) = block.as_thinking().filter(|thinking| !thinking.is_empty()) {
            events.push_back(Event::Thinking(thinking.to_owned()));
        }
    }
}
