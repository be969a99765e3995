//! [`Accumulator`]: the events of a stream, put together into the response they describe. No IO.

use std::fmt;

use serde::Deserialize;

use super::content::{ContentBlock, ToolUse};
use super::event::{ContentBlockDelta, Delta, StreamEvent};
use super::response::Response;
use crate::json::hides_half;

/// Builds a [`Response`] from stream events, by the rules of the official SDKs
/// ([Streaming messages](https://docs.claude.com/en/docs/build-with-claude/streaming)).
///
/// Events and deltas that have no name here change nothing: they belong to whoever reads the stream.
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
    /// The arguments of each block.
    inputs: Vec<Input>,
    complete: bool,
}

/// The arguments of one block, which are what all its pieces add up to, wherever the block is said to end.
#[derive(Default)]
struct Input {
    text: String,
    /// The block does not have them yet.
    is_open: bool,
}

impl Accumulator {
    /// An accumulator that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// One that has seen all of a response.
    pub(crate) fn whole(response: Response) -> Self {
        Self { response: Some(response), inputs: Vec::new(), complete: true }
    }

    /// Takes in one event.
    ///
    /// A call whose arguments have not come whole has [`invalid_input`](crate::ToolUse::invalid_input), so that it is never
    /// run: while its block is open, if its text is not a JSON object, and if the message ends before the block does.
    ///
    /// # Errors
    /// The event cannot follow those before it: a second `message_start`, an event for a block that never began, text that
    /// the response could not keep in its place. What was there before stays.
    pub fn push(&mut self, event: &StreamEvent) -> Result<(), OutOfOrder> {
        match (&mut self.response, event) {
            (None, StreamEvent::MessageStart(start)) => {
                self.inputs.resize_with(start.message.content().len(), Input::default);
                self.response = Some(start.message.clone());
            }
            (Some(_), StreamEvent::MessageStart(_)) => return Err(OutOfOrder("a second `message_start`")),
            (Some(response), StreamEvent::ContentBlockStart(start)) => {
                if start.index != response.content().len() {
                    return Err(OutOfOrder("a block that begins out of turn"));
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
                    return Err(OutOfOrder("a delta for a block that never began"));
                };
                grow(blocks, *index, input, delta)?;
            }
            (Some(response), StreamEvent::ContentBlockStop(stop)) => {
                let (Some(block), Some(input)) =
                    (response.content_mut().get_mut(stop.index), self.inputs.get_mut(stop.index))
                else {
                    return Err(OutOfOrder("the end of a block that never began"));
                };
                input.close(block);
            }
            (Some(response), StreamEvent::MessageDelta(delta)) => {
                response.finish(delta.0.delta.clone(), delta.0.usage.clone(), delta.0.extra.clone().into_map());
            }
            (Some(response), StreamEvent::MessageStop(_)) => {
                self.complete = true;
                // Of a block without an end the text decides; one without either stays open.
                for (place, input) in self.inputs.iter_mut().enumerate().filter(|(_, input)| !input.text.is_empty()) {
                    input.close(&mut response.content_mut()[place]);
                }
            }
            // What comes before `message_start`, or has no name here, is for the reader of the stream alone.
            (None, _) | (Some(_), StreamEvent::Unknown(_)) => {}
        }
        Ok(())
    }

    /// Whether `message_stop` has come. A stream that ends without it was cut.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The response as far as it has come; none before `message_start`.
    pub fn response(&self) -> Option<&Response> {
        self.response.as_ref()
    }

    /// The response as far as it has come; none before `message_start`.
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
    /// Gives the block its arguments as far as they have come; none means that the tool takes none.
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
            // Not an escape of JSON: the text stays unreadable.
            self.text.push('\u{FFFD}');
        }
        self.text.push_str(piece);
    }
}

/// A delta that its block could not keep is an error if it brings words or arguments: they would be missing. Anything
/// else that does not fit is passed over, as the official SDKs do.
fn grow(blocks: &mut [ContentBlock], index: usize, input: &mut Input, delta: &Delta) -> Result<(), OutOfOrder> {
    let (blocks, later) = blocks.split_at_mut(index + 1);
    let is_text = |block: &ContentBlock| matches!(block, ContentBlock::Text(_));
    let is_thinking = |block: &ContentBlock| matches!(block, ContentBlock::Thinking(_));
    match (&mut blocks[index], delta) {
        _ if delta.is_empty() => {}
        // Whoever has shown the later text cannot put this before it.
        (ContentBlock::Text(_), Delta::Text(_)) if later.iter().any(is_text) => {
            return Err(OutOfOrder("text for a block that another text has followed"));
        }
        (ContentBlock::Thinking(_), Delta::Thinking(_)) if later.iter().any(is_thinking) => {
            return Err(OutOfOrder("thinking for a block that other thinking has followed"));
        }
        (ContentBlock::Text(block), Delta::Text(delta)) => block.push_text(&delta.text),
        (ContentBlock::Text(block), Delta::Citations(delta)) => block.push_citation((*delta.citation).clone()),
        (ContentBlock::Thinking(block), Delta::Thinking(delta)) => block.push_thinking(&delta.thinking),
        (ContentBlock::Thinking(block), Delta::Signature(delta)) => block.set_signature(delta.signature.clone()),
        // Calls of MCP servers stream their arguments too, and have no type of their own.
        (
            block @ (ContentBlock::ToolUse(_) | ContentBlock::ServerToolUse(_) | ContentBlock::Unknown(_)),
            Delta::InputJson(delta),
        ) => input.push(block, &delta.partial_json),
        // One delta carries all of a compaction; its fields may be null.
        (ContentBlock::Unknown(block), Delta::Unknown(delta))
            if block.kind() == "compaction" && delta.kind() == "compaction_delta" =>
        {
            block.assign(&delta.0);
        }
        // How a block of an unknown type grows is not known either.
        (ContentBlock::Unknown(_), _) | (_, Delta::Signature(_) | Delta::Citations(_) | Delta::Unknown(_)) => {}
        (_, Delta::Text(_) | Delta::Thinking(_) | Delta::InputJson(_)) => {
            return Err(OutOfOrder("a delta for a block of another type"));
        }
    }
    Ok(())
}

/// The model that goes on from here, where the first one refused
/// ([Server-side fallback](https://docs.claude.com/en/docs/build-with-claude/refusals)).
fn fallback_to(block: &ContentBlock) -> Option<String> {
    #[derive(Deserialize)]
    struct To {
        model: String,
    }
    match block {
        ContentBlock::Unknown(block) if block.kind() == "fallback" => {
            serde_json::from_str::<To>(block.field("to")?.text()).ok().map(|to| to.model)
        }
        _ => None,
    }
}

/// An event that cannot follow the ones before it: the stream is not one response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfOrder(&'static str);

impl fmt::Display for OutOfOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the stream is out of order: {}", self.0)
    }
}

impl std::error::Error for OutOfOrder {}
