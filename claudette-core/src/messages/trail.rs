//! [`Trail`]: the models that declined before another one answered in the client.

use serde_json::Value;

use super::content::{ContentBlock, Fallback};
use super::event::StreamEvent;
use super::response::Response;
use super::usage::Usage;
use crate::json::Lenient;

/// The field of a response that says that the client sent the request to another model.
const IN_CLIENT: &str = "fallback_in_client";

/// The models that declined before another one answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail {
    /// The usage of each model that declined.
    runs: Vec<Value>,
    seams: Vec<Fallback>,
}

impl Trail {
    /// Adds a refusal of the model `from`, after which the model `to` has answered.
    pub(crate) fn add(&mut self, refusal: &Response, from: &str, to: &str) {
        self.runs.extend(refusal.usage().runs("message", from));
        let category = refusal.stop_details().and_then(|details| details.category());
        self.seams.push(Fallback::new(from, to, category));
    }

    /// Returns the block of the last change.
    pub(crate) fn last(&self) -> Option<&Fallback> {
        self.seams.last()
    }

    /// Adds the blocks and the usage of the models that declined to the response of the model `to`.
    pub(crate) fn complete(&self, response: &mut Response, to: &str) {
        if self.seams.is_empty() {
            return;
        }
        let usage = self.usage(response, to);
        response.set_usage(usage);
        response.set_field(IN_CLIENT, true.into());
        response.content_mut().splice(..0, self.seams.iter().cloned().map(ContentBlock::Fallback));
    }

    /// Does the same for an event at the end of a stream. The blocks were already sent.
    pub(crate) fn complete_event(&self, event: &mut StreamEvent, response: &Response, to: &str) {
        if let StreamEvent::MessageDelta(delta) = event
            && !self.seams.is_empty()
        {
            delta.0.usage = Lenient::Known(self.usage(response, to));
            delta.0.extra.insert(IN_CLIENT.to_owned(), true.into());
        }
    }

    fn usage(&self, response: &Response, to: &str) -> Usage {
        let mut usage = response.usage().clone();
        let runs = self.runs.iter().cloned().chain(usage.runs("fallback_message", to)).collect();
        usage.set_iterations(runs);
        usage
    }
}

impl Response {
    /// Returns `true` if a model declined and the client sent the request to another one.
    pub(crate) fn is_continued_in_client(&self) -> bool {
        self.get(IN_CLIENT) == Some(&Value::Bool(true))
    }
}
