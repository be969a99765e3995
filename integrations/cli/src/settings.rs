//! [`Settings`]: the settings of each request and loop.

use claudette::chat::ChatBuilder;
use claudette::wire::{Effort, ThinkingConfig};
use claudette::{Chat, Client, Toolset};

use crate::args::Args;

/// The settings of each request and loop.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) model: String,
    pub(crate) system: Option<String>,
    effort: Option<Effort>,
    thinking: Option<ThinkingConfig>,
    max_cost: Option<f64>,
    max_steps: u32,
    max_tokens: Option<u32>,
}

impl Settings {
    pub(crate) fn new(args: &Args) -> Self {
        Self {
            model: args.model(std::env::var("ANTHROPIC_MODEL").ok()),
            system: args.system.clone(),
            effort: args.effort.clone(),
            thinking: args.thinking.clone(),
            max_cost: args.max_cost,
            max_steps: args.max_steps,
            max_tokens: args.max_tokens,
        }
    }

    /// Returns the builder of a chat.
    pub(crate) fn builder(&self, client: &Client, tools: &Toolset) -> ChatBuilder {
        let mut builder = Chat::builder(client).tools(tools.clone()).cache(true).max_steps(self.max_steps);
        if let Some(system) = &self.system {
            builder = builder.system(system);
        }
        if let Some(effort) = &self.effort {
            builder = builder.effort(effort.clone());
        }
        if let Some(thinking) = &self.thinking {
            builder = builder.thinking(thinking.clone());
        }
        if let Some(dollars) = self.max_cost {
            builder = builder.max_cost(dollars);
        }
        if let Some(tokens) = self.max_tokens {
            builder = builder.max_tokens(tokens);
        }
        builder
    }
}
