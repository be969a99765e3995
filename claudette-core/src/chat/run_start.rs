//! [`RunStart`]: what a loop starts from.

use super::machine::LoopOptions;
use crate::client::RequestOptions;
use crate::messages::{Prompt, System};
use crate::tool::Toolset;

/// What a loop starts from.
#[derive(Debug)]
#[non_exhaustive]
pub struct RunStart<'a> {
    /// What the user says; `None` for a loop that is resumed.
    pub prompt: Option<&'a Prompt>,
    /// How the loop runs.
    pub options: &'a LoopOptions,
    /// How its requests are made.
    pub request: &'a RequestOptions,
    /// The system prompt.
    pub system: Option<&'a System>,
    /// The tools that the model sees.
    pub tools: &'a Toolset,
}
