//! Improvised responses to any request, without a model.
//!
//! A response depends on the request only. The tool that fits the prompt is called with values from the prompt; the
//! results of tools become a sentence. After results, no tool is called again, so every loop ends.

mod choice;
mod fill;
mod made_up;
mod prompt;
mod respond;

pub(crate) use respond::respond;
