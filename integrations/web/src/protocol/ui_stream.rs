//! [`UiStream`]: converts the events of a run to chunks.

use std::collections::HashSet;
use std::time::Duration;

use claudette::{Client, Error, Event, Response, Run, ToolOutcome, ToolUse};
use serde_json::{Value, json};

use super::approval_id::approval_id;
use super::chunk::{Chunk, DataChunk};
use super::end::{Spending, error_text, finish_reason};
use super::options::{SdkVersion, UiOptions};
use super::parts::{ServedCall, Source, files_of, input_value, output_value, served_calls, served_results, sources_of};

/// Converts the events of a run to the chunks of a UI message stream.
///
/// It is a state machine without input or output. The chunks are in an order that the client accepts, in any order of
/// events. After a chunk that [ends](Chunk::is_last) the message, it returns nothing more.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi, Jeremy!"));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette_web::protocol::{UiOptions, UiStream};
/// use std::time::Instant;
///
/// let (mut stream, begun) = (UiStream::new(UiOptions::new()), Instant::now());
/// let mut body = String::new();
/// for chunk in stream.start("msg_1") {
///     body += &chunk.to_frame();
/// }
/// let mut events = chat.toolloop("I'm Jeremy.").stream();
/// while let Some(event) = events.next().await {
///     for chunk in stream.event(&event?, begun.elapsed()) {
///         body += &chunk.to_frame();
///     }
/// }
/// assert!(body.starts_with("data: {\"type\":\"start\",\"messageId\":\"msg_1\"}\n\n"));
/// assert!(body.contains(r#"data: {"type":"text-delta","id":"p1","delta":"Hi, Jeremy!"}"#));
/// assert!(body.contains(r#""finishReason":"stop""#));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UiStream {
    options: UiOptions,
    client: Option<Client>,
    earlier: Option<Spending>,
    spending: Option<Spending>,
    denied: HashSet<String>,
    /// The calls that have a part in the message.
    known: HashSet<String>,
    sources: HashSet<String>,
    step: Option<OpenStep>,
    parts: u32,
    is_over: bool,
}

/// The response that is being shown.
#[derive(Debug, Default)]
struct OpenStep {
    prose: Option<(Kind, String)>,
    /// The calls whose arguments have begun and are not complete: id and name.
    inputs: Vec<(String, String)>,
    /// `true` if a text or thinking was shown.
    has_prose: bool,
    /// The calls that this step has added to the message.
    calls: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Text,
    Reasoning,
}

impl UiStream {
    /// Returns the stream of a new message.
    pub fn new(options: UiOptions) -> Self {
        Self {
            options,
            client: None,
            earlier: None,
            spending: None,
            denied: HashSet::new(),
            known: HashSet::new(),
            sources: HashSet::new(),
            step: None,
            parts: 0,
            is_over: false,
        }
    }

    /// Takes the prices for the cost in the metadata from a client. By default, the cost is that of the price list.
    #[must_use]
    pub fn prices_of(mut self, client: &Client) -> Self {
        self.client = Some(client.clone());
        self
    }

    /// Continues a message that waits for decisions: these calls have a part in it.
    #[must_use]
    pub fn known_calls<I: Into<String>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.known.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Sets the calls that the user has denied.
    #[must_use]
    pub fn denied<I: Into<String>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.denied.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Adds the spending of the runs of this message before an approval.
    pub(crate) fn earlier(mut self, spending: Option<Spending>) -> Self {
        self.earlier = spending;
        self
    }

    /// Returns the spending of the message, after its end.
    pub(crate) fn spending(&self) -> Option<&Spending> {
        self.spending.as_ref()
    }

    /// Begins the message. A message that continues after an approval keeps its id: with another id, the page shows a
    /// second message.
    pub fn start(&mut self, message_id: impl Into<String>) -> Vec<Chunk> {
        vec![Chunk::Start { message_id: Some(message_id.into()), message_metadata: None }]
    }

    /// Converts an event. `elapsed` is the time since the run began.
    pub fn event(&mut self, event: &Event, elapsed: Duration) -> Vec<Chunk> {
        let mut out = Vec::new();
        if self.is_over {
            return out;
        }
        match event {
            Event::Text(text) => self.prose(Kind::Text, text, &mut out),
            Event::Thinking(text) => self.prose(Kind::Reasoning, text, &mut out),
            Event::ToolInput(input) => {
                self.input_began(input.call_id(), input.name(), &mut out);
                let (id, text) = (input.call_id().to_owned(), input.text().to_owned());
                out.push(Chunk::ToolInputDelta { tool_call_id: id, input_text_delta: text });
            }
            Event::Response(response) => self.response(response, &mut out),
            Event::ToolCall(call) => {
                self.announce(call, &mut out);
                out.push(running(call, json!({"call_id": call.id(), "state": "running"})));
            }
            Event::Progress(progress) => {
                let call = progress.call();
                out.push(running(call, json!({"call_id": call.id(), "state": "progress", "text": progress.text()})));
            }
            Event::ToolResult(outcome) => self.result(outcome, &mut out),
            Event::Retry(retry) => {
                let wait = u64::try_from(retry.wait().as_millis()).unwrap_or(u64::MAX);
                let mut data = json!({"attempt": retry.attempt(), "wait_ms": wait});
                if self.options.error_details {
                    data["reason"] = retry.reason().into();
                }
                out.push(Chunk::Data(DataChunk::transient("retry", data)));
                self.reset(&mut out);
            }
            Event::Step(step) => {
                self.close_prose(&mut out);
                for call in step.pending() {
                    self.ask(call, &mut out);
                }
                self.close_step(&mut out);
            }
            Event::Done(run) => self.done(run, elapsed, &mut out),
            _ => {}
        }
        out
    }

    /// Ends the message with a text for the user.
    pub fn error(&mut self, error: &Error) -> Vec<Chunk> {
        let text = error_text(error, self.options.error_details);
        self.fail(text)
    }

    /// Ends the message with this text for the user.
    pub fn fail(&mut self, text: impl Into<String>) -> Vec<Chunk> {
        self.end(Chunk::Error { error_text: text.into() })
    }

    /// Ends the message because the run was stopped. What was shown stays.
    pub fn abort(&mut self, reason: &str) -> Vec<Chunk> {
        let reason = (self.options.sdk >= SdkVersion::V6).then(|| reason.to_owned());
        self.end(Chunk::Abort { reason })
    }

    fn end(&mut self, last: Chunk) -> Vec<Chunk> {
        let mut out = Vec::new();
        if !self.is_over {
            self.close_prose(&mut out);
            self.close_inputs(&mut out);
            out.push(last);
            self.is_over = true;
        }
        out
    }

    fn done(&mut self, run: &Run, elapsed: Duration, out: &mut Vec<Chunk>) {
        self.close_prose(out);
        self.close_inputs(out);
        self.close_step(out);
        let spending = Spending::of(run, self.client.as_ref(), elapsed).after(self.earlier.take());
        out.push(Chunk::Finish {
            finish_reason: Some(finish_reason(run.end_reason()).to_owned()),
            message_metadata: Some(spending.to_metadata(run.response().model(), run.end_reason())),
        });
        self.spending = Some(spending);
        self.is_over = true;
    }

    fn step(&mut self, out: &mut Vec<Chunk>) -> &mut OpenStep {
        self.step.get_or_insert_with(|| {
            out.push(Chunk::StartStep);
            OpenStep::default()
        })
    }

    fn prose(&mut self, kind: Kind, text: &str, out: &mut Vec<Chunk>) {
        if text.is_empty() {
            return;
        }
        if self.step(out).prose.as_ref().is_some_and(|(open, _)| *open != kind) {
            self.close_prose(out);
        }
        if self.step(out).prose.is_none() {
            self.parts += 1;
            let id = format!("p{}", self.parts);
            out.push(match kind {
                Kind::Text => Chunk::TextStart { id: id.clone() },
                Kind::Reasoning => Chunk::ReasoningStart { id: id.clone() },
            });
            self.step(out).prose = Some((kind, id));
        }
        let step = self.step(out);
        step.has_prose = true;
        let Some((_, id)) = &step.prose else { return };
        let (id, delta) = (id.clone(), text.to_owned());
        out.push(match kind {
            Kind::Text => Chunk::TextDelta { id, delta },
            Kind::Reasoning => Chunk::ReasoningDelta { id, delta },
        });
    }

    fn close_prose(&mut self, out: &mut Vec<Chunk>) {
        let prose = self.step.as_mut().and_then(|step| step.prose.take());
        out.extend(prose.map(|(kind, id)| match kind {
            Kind::Text => Chunk::TextEnd { id },
            Kind::Reasoning => Chunk::ReasoningEnd { id },
        }));
    }

    fn input_began(&mut self, id: &str, name: &str, out: &mut Vec<Chunk>) {
        self.step(out);
        self.close_prose(out);
        let dynamic = self.options.dynamic();
        let step = self.step(out);
        if step.inputs.iter().any(|(begun, _)| begun == id) {
            return;
        }
        step.inputs.push((id.to_owned(), name.to_owned()));
        step.calls.push(id.to_owned());
        out.push(Chunk::ToolInputStart { tool_call_id: id.to_owned(), tool_name: name.to_owned(), dynamic });
        self.known.insert(id.to_owned());
    }

    /// Ends the arguments that the model did not complete, so that no part waits for them.
    fn close_inputs(&mut self, out: &mut Vec<Chunk>) {
        let dynamic = self.options.dynamic();
        for (tool_call_id, tool_name) in self.step.iter_mut().flat_map(|step| step.inputs.drain(..)) {
            let error_text = "The arguments were not completed.".to_owned();
            let input = Value::Null;
            out.push(Chunk::ToolInputError { tool_call_id, tool_name, input, error_text, dynamic });
        }
    }

    fn close_step(&mut self, out: &mut Vec<Chunk>) {
        if self.step.is_some() {
            self.close_prose(out);
            self.close_inputs(out);
            self.step = None;
            out.push(Chunk::FinishStep);
        }
    }

    /// The response is requested again. Version 7 removes what was shown; older versions keep it.
    fn reset(&mut self, out: &mut Vec<Chunk>) {
        self.close_prose(out);
        if self.options.sdk < SdkVersion::V7 {
            self.close_inputs(out);
            return;
        }
        if let Some(step) = &mut self.step
            && (step.has_prose || !step.calls.is_empty())
        {
            for call in step.calls.drain(..) {
                self.known.remove(&call);
            }
            *step = OpenStep::default();
            out.push(Chunk::ResetStep);
        }
    }

    fn response(&mut self, response: &Response, out: &mut Vec<Chunk>) {
        // A hook can return a response that was not streamed.
        if !self.step(out).has_prose {
            self.prose(Kind::Reasoning, &response.thinking(), out);
            self.prose(Kind::Text, &response.text(), out);
        }
        self.close_prose(out);
        for call in response.tool_uses() {
            self.input_is_complete(call, out);
        }
        for call in served_calls(response.content()) {
            self.served_call(call, out);
        }
        for result in served_results(response.content()) {
            if self.known.contains(&result.call_id) {
                let (tool_call_id, dynamic) = (result.call_id, self.options.dynamic());
                out.push(match result.output {
                    Ok(output) => Chunk::ToolOutputAvailable { tool_call_id, output, dynamic, provider_executed: true },
                    Err(error_text) => {
                        Chunk::ToolOutputError { tool_call_id, error_text, dynamic, provider_executed: true }
                    }
                });
            }
        }
        self.close_inputs(out);
        for Source { id, url, title } in sources_of(response.content()) {
            if !self.sources.insert(id.clone()) {
                continue;
            }
            out.push(match url {
                Some(url) => Chunk::SourceUrl { source_id: id, url, title },
                None => Chunk::SourceDocument {
                    source_id: id,
                    media_type: "text/plain".to_owned(),
                    title: title.unwrap_or_else(|| "Document".to_owned()),
                },
            });
        }
    }

    fn served_call(&mut self, call: ServedCall, out: &mut Vec<Chunk>) {
        if self.known.insert(call.id.clone()) {
            self.step(out).calls.push(call.id.clone());
            out.push(Chunk::ToolInputAvailable {
                tool_call_id: call.id,
                tool_name: call.name,
                input: call.input,
                dynamic: self.options.dynamic(),
                provider_executed: true,
            });
        }
    }

    fn input_is_complete(&mut self, call: &ToolUse, out: &mut Vec<Chunk>) {
        let dynamic = self.options.dynamic();
        let step = self.step(out);
        step.inputs.retain(|(id, _)| id != call.id());
        if !step.calls.iter().any(|id| id == call.id()) {
            step.calls.push(call.id().to_owned());
        }
        self.known.insert(call.id().to_owned());
        let (tool_call_id, tool_name) = (call.id().to_owned(), call.name().to_owned());
        out.push(match call.invalid_input() {
            None => Chunk::ToolInputAvailable {
                tool_call_id,
                tool_name,
                input: input_value(call),
                dynamic,
                provider_executed: false,
            },
            Some(text) => Chunk::ToolInputError {
                tool_call_id,
                tool_name,
                input: text.into(),
                error_text: "The arguments are not a JSON object.".to_owned(),
                dynamic,
            },
        });
    }

    /// Adds the part of a call if the message does not have it.
    fn announce(&mut self, call: &ToolUse, out: &mut Vec<Chunk>) {
        let is_open = self.step.as_ref().is_some_and(|step| step.inputs.iter().any(|(id, _)| id == call.id()));
        if is_open || !self.known.contains(call.id()) {
            self.input_is_complete(call, out);
        }
    }

    fn ask(&mut self, call: &ToolUse, out: &mut Vec<Chunk>) {
        self.announce(call, out);
        if self.options.sdk >= SdkVersion::V6 {
            let tool_call_id = call.id().to_owned();
            out.push(Chunk::ToolApprovalRequest { approval_id: approval_id(call), tool_call_id });
        }
    }

    fn result(&mut self, outcome: &ToolOutcome, out: &mut Vec<Chunk>) {
        let (call, dynamic) = (outcome.call(), self.options.dynamic());
        self.announce(call, out);
        let is_denied = self.denied.contains(call.id());
        let state = match outcome.is_error() {
            _ if is_denied => "denied",
            true => "error",
            false => "done",
        };
        let elapsed = u64::try_from(outcome.elapsed().as_millis()).unwrap_or(u64::MAX);
        out.push(running(call, json!({"call_id": call.id(), "state": state, "elapsed_ms": elapsed})));
        let tool_call_id = call.id().to_owned();
        if is_denied && self.options.sdk >= SdkVersion::V6 {
            // The loop also reports a failed result for the model, which would replace the denial in the page.
            out.push(Chunk::ToolOutputDenied { tool_call_id });
        } else if outcome.is_error() {
            let error_text = outcome.text().into_owned();
            out.push(Chunk::ToolOutputError { tool_call_id, error_text, dynamic, provider_executed: false });
        } else {
            let output = output_value(outcome, self.options.kept_values);
            out.push(Chunk::ToolOutputAvailable { tool_call_id, output, dynamic, provider_executed: false });
            let files = files_of(outcome.result());
            out.extend(files.map(|(media_type, url)| Chunk::File { url, media_type }));
        }
    }
}

/// Returns the state of a running call, which does not become a part of the message.
fn running(call: &ToolUse, data: Value) -> Chunk {
    Chunk::Data(DataChunk { id: Some(call.id().to_owned()), ..DataChunk::transient("tool", data) })
}
