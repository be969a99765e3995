//! [`ServedBy`]: the fallback that answers in place of a model that declined.

use serde::{Deserialize, Serialize};

use crate::catalog::plain_name;
use crate::messages::Response;

/// The fallback that answers in place of a model that declined, according to the last response with a fallback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::chat) struct ServedBy {
    /// The model of the request that was declined.
    declined: String,
    /// The model that answered.
    model: String,
}

impl ServedBy {
    /// Returns the fallback after a response: the one of the response, if it has any, or else the one before it.
    pub(super) fn after(before: Option<Box<Self>>, response: &Response) -> Option<Box<Self>> {
        let mut seams = response.content().iter().filter_map(|block| block.as_fallback());
        let Some(first) = seams.next() else { return before };
        let last = seams.next_back().unwrap_or(first).to();
        if last.is_empty() {
            return before;
        }
        // If a fallback declines, the next one answers in place of the same model.
        let declined = match before {
            Some(before) if plain_name(&before.model) == plain_name(first.from()) => before.declined,
            _ => first.from().to_owned(),
        };
        Some(Box::new(Self { declined, model: last.to_owned() }))
    }

    /// Returns the model that answers in place of `model`.
    pub(in crate::chat) fn in_place_of(&self, model: &str) -> Option<&str> {
        (plain_name(&self.declined) == plain_name(model)).then_some(&self.model)
    }

    pub(super) fn model(&self) -> &str {
        &self.model
    }
}
