//! Improvisation: a response to any request, without a model.
//!
//! Everything is taken from the request. A tool that fits the prompt is called with what the prompt supplies; results of
//! tools become a sentence. After results no tool is called again, so a conversation always comes to an end.

mod choice;
mod fill;
mod made_up;
mod prompt;
mod respond;

pub(crate) use respond::respond;
