//! [`OpenMessage`]: the message that is being shown, and the order rules of its parts.

use std::collections::HashSet;

use claudette::{Response, ToolOutcome, ToolUse};
use serde_json::{Value, json};

use super::agents::{WAITS_INSIDE, calls_around};
use super::approval_id::approval_id;
use super::chunk::{Chunk, DataChunk};
use super::options::{SdkVersion, UiOptions};
use super::parts::{ServedCall, files_of, input_value, output_value, served_calls, served_results, sources_of};

/// The message that is being shown. Its methods add chunks in an order that the client accepts.
#[derive(Debug)]
pub(super) struct OpenMessage {
    pub(super) options: UiOptions,
    pub(super) denied: HashSet<String>,
    /// The calls that have a part in the message.
    pub(super) known: HashSet<String>,
    /// The calls that wait because a call inside them does.
    waiting: HashSet<String>,
    sources: HashSet<String>,
    step: Option<OpenStep>,
    parts: u32,
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
pub(super) enum Kind {
    Text,
    Reasoning,
}

impl OpenMessage {
    pub(super) fn new(options: UiOptions) -> Self {
        Self {
            options,
            denied: HashSet::new(),
            known: HashSet::new(),
            waiting: HashSet::new(),
            sources: HashSet::new(),
            step: None,
            parts: 0,
        }
    }

    fn step(&mut self, out: &mut Vec<Chunk>) -> &mut OpenStep {
        self.step.get_or_insert_with(|| {
            out.push(Chunk::StartStep);
            OpenStep::default()
        })
    }

    pub(super) fn prose(&mut self, kind: Kind, text: &str, out: &mut Vec<Chunk>) {
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

    pub(super) fn close_prose(&mut self, out: &mut Vec<Chunk>) {
        let prose = self.step.as_mut().and_then(|step| step.prose.take());
        out.extend(prose.map(|(kind, id)| match kind {
            Kind::Text => Chunk::TextEnd { id },
            Kind::Reasoning => Chunk::ReasoningEnd { id },
        }));
    }

    pub(super) fn input_began(&mut self, id: &str, name: &str, out: &mut Vec<Chunk>) {
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
    pub(super) fn close_inputs(&mut self, out: &mut Vec<Chunk>) {
        let dynamic = self.options.dynamic();
        for (tool_call_id, tool_name) in self.step.iter_mut().flat_map(|step| step.inputs.drain(..)) {
            let error_text = "The arguments were not completed.".to_owned();
            let input = Value::Null;
            out.push(Chunk::ToolInputError { tool_call_id, tool_name, input, error_text, dynamic });
        }
    }

    pub(super) fn close_step(&mut self, out: &mut Vec<Chunk>) {
        if self.step.is_some() {
            self.close_prose(out);
            self.close_inputs(out);
            self.step = None;
            out.push(Chunk::FinishStep);
        }
    }

    /// The response is requested again. Version 7 removes what was shown; older versions keep it.
    pub(super) fn reset(&mut self, out: &mut Vec<Chunk>) {
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

    pub(super) fn response(&mut self, response: &Response, out: &mut Vec<Chunk>) {
        // A hook can return a response that was not streamed.
        if !self.step(out).has_prose {
            self.prose(Kind::Reasoning, &response.thinking(), out);
            self.prose(Kind::Text, &response.text(), out);
        }
        self.close_prose(out);
        for call in response.tool_uses() {
            self.input_is_complete(call, None, out);
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
        for source in sources_of(response.content()) {
            if self.sources.insert(source.id().to_owned()) {
                out.push(source.into());
            }
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
                title: None,
            });
        }
    }

    fn input_is_complete(&mut self, call: &ToolUse, title: Option<String>, out: &mut Vec<Chunk>) {
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
                title,
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
    pub(super) fn announce(&mut self, call: &ToolUse, out: &mut Vec<Chunk>) {
        self.announce_as(call, None, out);
    }

    fn announce_as(&mut self, call: &ToolUse, title: Option<String>, out: &mut Vec<Chunk>) {
        if self.is_open(call.id()) || !self.known.contains(call.id()) {
            self.input_is_complete(call, title, out);
        }
    }

    /// Returns `true` if the arguments of a call are not complete.
    fn is_open(&self, id: &str) -> bool {
        self.step.as_ref().is_some_and(|step| step.inputs.iter().any(|(open, _)| open == id))
    }

    /// Asks for a decision on a call of the chat, or on one inside sub-agents, which then gets a part of its own.
    pub(super) fn ask(&mut self, call: &ToolUse, title: Option<String>, out: &mut Vec<Chunk>) {
        let knows_approvals = self.options.sdk >= SdkVersion::V6;
        let outermost = calls_around(call.id()).next();
        if outermost.is_none() || knows_approvals {
            self.announce_as(call, title, out);
        }
        if !knows_approvals {
            return;
        }
        if let Some(outer) = outermost
            && self.known.contains(outer)
            && !self.is_open(outer)
            && !self.denied.contains(outer)
            && self.waiting.insert(outer.to_owned())
        {
            let (tool_call_id, output) = (outer.to_owned(), WAITS_INSIDE.into());
            let dynamic = self.options.dynamic();
            out.push(Chunk::ToolOutputAvailable { tool_call_id, output, dynamic, provider_executed: false });
        }
        let tool_call_id = call.id().to_owned();
        out.push(Chunk::ToolApprovalRequest { approval_id: approval_id(call), tool_call_id });
    }

    pub(super) fn result(&mut self, outcome: &ToolOutcome, out: &mut Vec<Chunk>) {
        self.announce(outcome.call(), out);
        self.result_of(outcome.call_id(), outcome, out);
    }

    /// Adds the result of a call inside sub-agents. The call has a part only if the user has decided on it.
    pub(super) fn result_inside(&mut self, id: &str, outcome: &ToolOutcome, out: &mut Vec<Chunk>) {
        if self.known.contains(id) {
            self.result_of(id, outcome, out);
        } else {
            out.push(self.ended(id, outcome));
        }
    }

    fn ended(&self, id: &str, outcome: &ToolOutcome) -> Chunk {
        let state = match outcome.is_error() {
            _ if self.denied.contains(id) => "denied",
            true => "error",
            false => "done",
        };
        let elapsed = u64::try_from(outcome.elapsed().as_millis()).unwrap_or(u64::MAX);
        running(id, json!({"call_id": id, "state": state, "elapsed_ms": elapsed}))
    }

    fn result_of(&mut self, id: &str, outcome: &ToolOutcome, out: &mut Vec<Chunk>) {
        let (dynamic, is_denied) = (self.options.dynamic(), self.denied.contains(id));
        out.push(self.ended(id, outcome));
        let tool_call_id = id.to_owned();
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
pub(super) fn running(id: &str, data: Value) -> Chunk {
    Chunk::Data(DataChunk { id: Some(id.to_owned()), ..DataChunk::transient("tool", data) })
}
