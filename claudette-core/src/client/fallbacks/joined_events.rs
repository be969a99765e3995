//! [`JoinedEvents`]: joins the streams of several models to one. No IO.

use std::collections::VecDeque;

use super::relay::Shown;
use crate::client::request::{Opening, Prefill};
use crate::messages::{Accumulator, ContentBlock, Fallback, JoinedOutput, Message, Response, StreamEvent};

/// Joins the streams of several models to one, which has one beginning and one end, and whose blocks have consecutive
/// indices.
///
/// The events of a model are held back until its first output, because it may decline before that.
#[derive(Default)]
pub(in crate::client) struct JoinedEvents {
    /// The events that the reader gets next.
    ready: VecDeque<StreamEvent>,
    /// The response from all events that were ready.
    response: Accumulator,
    /// The first event of the first model, until it is ready.
    start: Option<StreamEvent>,
    /// `true` if the current model is not the first one.
    is_continued: bool,
    /// `true` if the current model has shown output.
    has_output: bool,
    /// The events of the current model before its first output.
    held: Vec<StreamEvent>,
    /// The events at the end of the current model.
    ending: Vec<StreamEvent>,
    /// The events at the end of the last refusal.
    refusal: Vec<StreamEvent>,
    /// The number that is added to the indices of the current model.
    offset: usize,
    /// The block that has not ended.
    open: Option<usize>,
    /// The white space at the end of the output that the current model continues.
    opening: Option<Opening>,
}

impl JoinedEvents {
    /// Returns the next event for the reader.
    pub(in crate::client) fn next(&mut self) -> Option<StreamEvent> {
        self.ready.pop_front()
    }

    /// Returns the part of the response that the reader has seen or sees next.
    pub(in crate::client) fn response(&self) -> Option<&Response> {
        self.response.response()
    }

    /// Removes and returns that part.
    pub(in crate::client) fn take(&mut self) -> Accumulator {
        std::mem::take(&mut self.response)
    }

    /// Returns `true` if the current model has shown output, so that its failure is the failure of the stream.
    pub(in crate::client) fn has_output(&self) -> bool {
        self.has_output
    }

    /// Returns the output that the reader has seen, of all models.
    pub(in crate::client) fn shown(&self) -> Shown {
        let mut shown = Shown::Nothing;
        for block in self.content() {
            match block {
                ContentBlock::Fallback(_) => {}
                ContentBlock::Text(text) if !text.text().is_empty() => return Shown::Text,
                _ => shown = Shown::NoText,
            }
        }
        shown
    }

    /// Adds an event of the current model. Returns `true` if it is the first output, for which [`show`](Self::show) must
    /// be called.
    pub(in crate::client) fn push(&mut self, event: StreamEvent) -> bool {
        match event {
            StreamEvent::MessageStart(start) => {
                // Some servers send blocks in the first event.
                let has_content = !start.message().content().is_empty();
                if self.is_continued {
                    self.held.extend(StreamEvent::of_blocks(start.message()));
                } else {
                    self.start = Some(StreamEvent::MessageStart(start));
                }
                return has_content;
            }
            StreamEvent::MessageDelta(_) | StreamEvent::MessageStop(_) => self.ending.push(event),
            event if self.has_output => self.emit(event),
            event => {
                let is_output = event.is_output();
                self.held.push(event);
                return is_output;
            }
        }
        false
    }

    /// Shows the output of the current model, after the block that says that it continues.
    pub(in crate::client) fn show(&mut self, seam: Option<Fallback>) {
        self.add_seam(seam);
        self.has_output = true;
        self.offset = if self.is_continued { self.content().len() } else { 0 };
        for event in std::mem::take(&mut self.held) {
            self.emit(event);
        }
    }

    /// Adds the block for the change to the current model.
    pub(in crate::client) fn add_seam(&mut self, seam: Option<Fallback>) {
        self.begin();
        if let Some(seam) = seam {
            for event in StreamEvent::of_block(self.content().len(), ContentBlock::Fallback(seam)) {
                self.put(event);
            }
        }
    }

    /// Discards the events of the current model that were not shown, because it has declined.
    pub(in crate::client) fn decline(&mut self) {
        self.refusal = std::mem::take(&mut self.ending);
        if let Some(index) = self.open.take() {
            self.put(StreamEvent::block_stop(index));
        }
        self.has_output = false;
    }

    /// Prepares for the next model. If it continues the output, returns the message with the output.
    pub(in crate::client) fn change(&mut self, continues: bool) -> Option<Message> {
        self.held.clear();
        self.ending.clear();
        self.is_continued = true;
        self.opening = None;
        if !continues {
            return None;
        }
        let mut output = JoinedOutput::of(self.content());
        output.decline();
        self.opening = output.ending().and_then(Prefill::new).map(Opening::new);
        let output = output.into_message();
        (!output.is_blank()).then_some(output)
    }

    /// Ends the stream with the last events of this response of the current model, which `complete` changes.
    pub(in crate::client) fn end(&mut self, response: &Response, complete: impl FnMut(&mut StreamEvent)) {
        self.begin();
        let ending = std::mem::take(&mut self.ending);
        self.finish(ending, response, complete);
    }

    /// Ends the stream with this last refusal.
    pub(in crate::client) fn end_refused(&mut self, refusal: &Response, complete: impl FnMut(&mut StreamEvent)) {
        self.begin();
        let ending = std::mem::take(&mut self.refusal);
        self.finish(ending, refusal, complete);
    }

    fn finish(&mut self, ending: Vec<StreamEvent>, response: &Response, complete: impl FnMut(&mut StreamEvent)) {
        // A response that did not arrive as a stream does not have this event, because its start has the fields.
        let has_delta = ending.iter().any(|event| matches!(event, StreamEvent::MessageDelta(_)));
        let delta = if has_delta { None } else { StreamEvent::message_delta_of(response) };
        let mut ending: Vec<StreamEvent> = delta.into_iter().chain(ending).collect();
        ending.iter_mut().for_each(complete);
        for event in ending {
            self.put(event);
        }
    }

    fn content(&self) -> &[ContentBlock] {
        self.response().map_or(&[], Response::content)
    }

    /// Shows the first event.
    fn begin(&mut self) {
        if let Some(start) = self.start.take() {
            self.put(start);
        }
    }

    /// Shows an event of a block, with its index among all blocks.
    fn emit(&mut self, mut event: StreamEvent) {
        let index = event.shift(self.offset);
        match event {
            StreamEvent::ContentBlockStart(_) => self.open = index,
            StreamEvent::ContentBlockStop(_) if self.open == index => self.open = None,
            _ => {}
        }
        if let Some((opening, text)) = self.opening.as_mut().zip(event.text_mut()) {
            *text = opening.strip(text).to_owned();
        }
        self.put(event);
    }

    fn put(&mut self, event: StreamEvent) {
        // The events of each model are in order, and so are the joined ones.
        match self.response.push(&event) {
            Ok(()) => self.ready.push_back(event),
            Err(error) => tracing::warn!(%error, "removed an event from a response that another model continues"),
        }
    }
}
