//! [`Accumulator`]: builds a response from the events of a stream, without IO.

use std::fmt;

use super::content::{ContentBlock, Fallback, ToolUse};
use super::event::{ContentBlockDelta, Delta, StreamEvent};
use super::response::Response;
use crate::json::hides_half;

/// Builds a [`Response`] from stream events, by the rules of the official SDKs
/// ([Streaming messages](https://platform.claude.com/docs/en/build-with-claude/streaming)).
///
/// Events and deltas of unknown types change nothing.
///
/// ```
/// use claudette::wire::{Accumulator, StreamEvent};
///
/// let mut response = Accumulator::new();
/// for event in [
///     r#"{"type":"message_start","message":{"role":"assistant","content":[],"usage":{"input_tokens":3}}}"#,
///     r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
///     r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#,
///     r#"{"type":"content_block_stop","index":0}"#,
///     r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}"#,
///     r#"{"type":"message_stop"}"#,
/// ] {
///     response.push(&serde_json::from_str::<StreamEvent>(event)?)?;
/// }
/// assert!(response.is_complete());
/// assert_eq!(response.into_response().unwrap().text(), "Hi");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Accumulator {
    response: Option<Response>,
    /// The arguments of each block, by index.
    inputs: Vec<Input>,
    complete: bool,
}

/// The arguments of one block: all its pieces together, even those after the end of the block.
#[derive(Default)]
struct Input {
    text: String,
    /// `true` if the block does not have its arguments yet.
    is_open: bool,
}

impl Accumulator {
    /// Creates an accumulator that has not received any events.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an accumulator with a complete response.
    pub(crate) fn whole(response: Response) -> Self {
        Self { response: Some(response), inputs: Vec::new(), complete: true }
    }

    /// Applies one event to the response.
    ///
    /// A tool call with incomplete arguments has an [`invalid_input`](crate::ToolUse::invalid_input), so that it is
    /// never run. Arguments are incomplete while the block is open, if their text is not a JSON object, or if the
    /// message ends before the block.
    ///
    /// # Errors
    /// Returns an error if the event cannot follow the previous ones: a second `message_start`, an event for a block
    /// that was not started, or text that cannot be added at its position. The response does not change.
    pub fn push(&mut self, event: &StreamEvent) -> Result<(), OutOfOrder> {
        match (&mut self.response, event) {
            (None, StreamEvent::MessageStart(start)) => {
                self.inputs.resize_with(start.message.content().len(), Input::default);
                self.response = Some(start.message.clone());
            }
            (Some(_), StreamEvent::MessageStart(_)) => return Err(OutOfOrder("there is a second `message_start`")),
            (Some(response), StreamEvent::ContentBlockStart(start)) => {
                if start.index != response.content().len() {
                    return Err(OutOfOrder("a block does not have the next index"));
                }
                if let Some(model) = fallback_to(&start.content_block) {
                    response.set_model(model);
                }
                let mut block = (*start.content_block).clone();
                let is_open = block.as_tool_use().is_some_and(ToolUse::is_without_input);
                if is_open {
                    block.unset_input();
                }
                response.content_mut().push(block);
                self.inputs.push(Input { text: String::new(), is_open });
            }
            (Some(response), StreamEvent::ContentBlockDelta(ContentBlockDelta { index, delta, .. })) => {
                let (blocks, Some(input)) = (response.content_mut(), self.inputs.get_mut(*index)) else {
                    return Err(OutOfOrder("a delta belongs to a block that was not started"));
                };
                grow(blocks, *index, input, delta)?;
            }
            (Some(response), StreamEvent::ContentBlockStop(stop)) => {
                let (Some(block), Some(input)) =
                    (response.content_mut().get_mut(stop.index), self.inputs.get_mut(stop.index))
                else {
                    return Err(OutOfOrder("a block ends that was not started"));
                };
                input.close(block);
            }
            (Some(response), StreamEvent::MessageDelta(delta)) => {
                response.finish(delta.0.delta.clone(), delta.0.usage.clone(), delta.0.extra.clone().into_map());
            }
            (Some(response), StreamEvent::MessageStop(_)) => {
                self.complete = true;
                // A block that did not end is closed if it has text, and stays open otherwise.
                for (place, input) in self.inputs.iter_mut().enumerate().filter(|(_, input)| !input.text.is_empty()) {
                    input.close(&mut response.content_mut()[place]);
                }
            }
            // Events before `message_start`, and unknown events, do not change the response.
            (None, _) | (Some(_), StreamEvent::Unknown(_)) => {}
        }
        Ok(())
    }

    /// Returns `true` after `message_stop`. A stream that ends without this event is incomplete.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Returns the response received so far, or `None` before `message_start`.
    pub fn response(&self) -> Option<&Response> {
        self.response.as_ref()
    }

    /// Consumes the accumulator and returns the response received so far, or `None` before `message_start`.
    pub fn into_response(self) -> Option<Response> {
        self.response
    }
}

impl fmt::Debug for Accumulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { response, complete, .. } = self;
        f.debug_struct("Accumulator").field("response", response).field("complete", complete).finish_non_exhaustive()
    }
}

impl Input {
    /// Sets the arguments of the block to the text received so far. No text means that there are no arguments.
    fn close(&mut self, block: &mut ContentBlock) {
        if std::mem::take(&mut self.is_open) {
            block.set_input(if self.text.is_empty() { "{}" } else { &self.text });
        }
    }

    fn push(&mut self, block: &mut ContentBlock, piece: &str) {
        if !std::mem::replace(&mut self.is_open, true) {
            block.unset_input();
        }
        if hides_half(&self.text, piece) {
            // Prevents half of a surrogate pair from being read as text: the JSON stays invalid.
            self.text.push('\u{FFFD}');
        }
        self.text.push_str(piece);
    }
}

/// Applies a delta to its block. Text, thinking or arguments that do not fit the block are an error, because they would
/// be lost. Other deltas that do not fit are ignored, as in the official SDKs.
fn grow(blocks: &mut [ContentBlock], index: usize, input: &mut Input, delta: &Delta) -> Result<(), OutOfOrder> {
    let (blocks, later) = blocks.split_at_mut(index + 1);
    let is_text = |block: &ContentBlock| matches!(block, ContentBlock::Text(_));
    let is_thinking = |block: &ContentBlock| matches!(block, ContentBlock::Thinking(_));
    match (&mut blocks[index], delta) {
        _ if delta.is_empty() => {}
        // A reader that already showed the later text could not insert this text before it.
        (ContentBlock::Text(_), Delta::Text(_)) if later.iter().any(is_text) => {
            return Err(OutOfOrder("a text delta belongs to a block before another text"));
        }
        (ContentBlock::Thinking(_), Delta::Thinking(_)) if later.iter().any(is_thinking) => {
            return Err(OutOfOrder("a thinking delta belongs to a block before other thinking"));
        }
        (ContentBlock::Text(block), Delta::Text(delta)) => block.push_text(&delta.text),
        (ContentBlock::Text(block), Delta::Citations(delta)) => block.push_citation((*delta.citation).clone()),
        (ContentBlock::Thinking(block), Delta::Thinking(delta)) => block.push_thinking(&delta.thinking),
        (ContentBlock::Thinking(block), Delta::Signature(delta)) => block.set_signature(delta.signature.clone()),
        // Calls of future types are unknown blocks, and stream their arguments too.
        (
            block @ (ContentBlock::ToolUse(_)
            | ContentBlock::ServerToolUse(_)
            | ContentBlock::McpToolUse(_)
            | ContentBlock::Unknown(_)),
            Delta::InputJson(delta),
        ) => input.push(block, &delta.partial_json),
        (ContentBlock::Compaction(block), Delta::Compaction(delta)) => block.assign(delta),
        // The deltas of unknown blocks are unknown too.
        (ContentBlock::Unknown(_), _)
        | (_, Delta::Signature(_) | Delta::Citations(_) | Delta::Compaction(_) | Delta::Unknown(_)) => {}
        (_, Delta::Text(_) | Delta::Thinking(_) | Delta::InputJson(_)) => {
            return Err(OutOfOrder("a delta belongs to a block of another type"));
        }
    }
    Ok(())
}

/// Returns the model that continues after a refusal
/// ([Server-side fallback](https://platform.claude.com/docs/en/build-with-claude/refusals-and-fallback)).
fn fallback_to(block: &ContentBlock) -> Option<String> {
    block.as_fallback().map(Fallback::to).filter(|model| !model.is_empty()).map(str::to_owned)
}

/// The error of [`Accumulator::push`]: an event that cannot follow the previous ones.
///
/// ```
/// use claudette::wire::{Accumulator, StreamEvent};
///
/// let mut response = Accumulator::new();
/// let start: StreamEvent =
///     serde_json::from_str(r#"{"type":"message_start","message":{"role":"assistant","content":[]}}"#)?;
/// response.push(&start)?;
/// let error = response.push(&start).unwrap_err();
/// assert_eq!(error.to_string(), "the stream is out of order: there is a second `message_start`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfOrder(&'static str);

impl fmt::Display for OutOfOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the stream is out of order: {}", self.0)
    }
}

impl std::error::Error for OutOfOrder {}
