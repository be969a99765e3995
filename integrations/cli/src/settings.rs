//! [`Settings`]: the settings of each request and loop.

use claudette::catalog::{Feature, Model, Profile};
use claudette::chat::{ChatBuilder, ContextPolicy};
use claudette::wire::{Effort, ThinkingConfig};
use claudette::{Chat, Client, Toolset};

use crate::args::{Args, ContextChoice};
use crate::error::{Problem, Result};

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
    context: ContextChoice,
    context_at: Option<u64>,
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
            context: args.context,
            context_at: args.context_at,
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

    /// Checks whether the model can summarize a conversation.
    ///
    /// # Errors
    /// Returns an error if the model or the host cannot.
    pub(crate) fn check_compaction(&self, client: &Client) -> Result<()> {
        let profile = client.profile(&Model::from(self.model.as_str()));
        if !client.platform().supports(Feature::Compaction) {
            let host = client.platform();
            return Err(Problem::new(format!("{host} cannot summarize a conversation: start with --context trim")));
        }
        if profile.is_some_and(|profile| !profile.takes_compaction()) {
            let model = &self.model;
            return Err(Problem::new(format!(
                "{model} cannot summarize a conversation: use another model, or start with --context trim"
            )));
        }
        Ok(())
    }

    /// Returns how the next turn keeps the conversation within the context window of the model.
    ///
    /// # Errors
    /// Returns an error if the model or the host does not support what the user has chosen.
    pub(crate) fn context(&self, client: &Client) -> Result<ContextPolicy> {
        let profile = client.profile(&Model::from(self.model.as_str()));
        let is_known = self.context_at.is_some() || profile.and_then(Profile::context_window).is_some();
        match self.context {
            ContextChoice::Compact => self.check_compaction(client)?,
            ContextChoice::Clear if !client.platform().supports(Feature::ContextEditing) => {
                let host = client.platform();
                return Err(Problem::new(format!("{host} cannot leave out tool results: start with --context trim")));
            }
            _ => {}
        }
        if !is_known && !matches!(self.context, ContextChoice::Auto | ContextChoice::Off) {
            let model = &self.model;
            return Err(Problem::new(format!(
                "the context window of {model} is not known: start with --context-at TOKENS, or --context off"
            )));
        }
        let policy = match self.context {
            // The size at which the conversation is too long is not known.
            ContextChoice::Auto if !is_known => ContextPolicy::none(),
            ContextChoice::Auto if self.check_compaction(client).is_ok() => ContextPolicy::compact(),
            ContextChoice::Auto | ContextChoice::Trim => ContextPolicy::trim(),
            ContextChoice::Compact => ContextPolicy::compact(),
            ContextChoice::Clear => ContextPolicy::clear(),
            ContextChoice::Off => ContextPolicy::none(),
        };
        Ok(match self.context_at.filter(|_| !policy.is_none()) {
            Some(tokens) => policy.at(tokens),
            None => policy,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn policy(line: &str) -> ContextPolicy {
        choice(line).unwrap()
    }

    fn choice(line: &str) -> Result<ContextPolicy> {
        let words = std::iter::once("claudette-chat").chain(line.split_whitespace());
        let settings = Settings::new(&Args::try_parse_from(words).unwrap());
        let client = Client::builder("claude-sonnet-5-5").api_key("test").build().unwrap();
        settings.context(&client)
    }

    #[test]
    fn the_model_decides_how_a_conversation_stays_short() {
        assert_eq!(policy("--model claude-sonnet-5-5"), ContextPolicy::compact());
        assert_eq!(policy("--model claude-haiku-4-5"), ContextPolicy::trim());
        assert_eq!(policy("--model claude-unknown-9"), ContextPolicy::none());
        assert!(!policy("--model claude-unknown-9 --context-at 9000").is_none());
        assert_eq!(policy("--model claude-sonnet-5-5 --context trim"), ContextPolicy::trim());
        assert_eq!(policy("--context clear --context-at 9000"), ContextPolicy::clear().at(9_000));
        assert_eq!(policy("--context off --context-at 9000"), ContextPolicy::none());
    }

    #[test]
    fn a_choice_that_is_not_possible_names_the_option_that_is() {
        let problem = |line: &str| choice(line).unwrap_err().to_string();
        assert_eq!(
            problem("--model claude-haiku-4-5 --context compact"),
            "claude-haiku-4-5 cannot summarize a conversation: use another model, or start with --context trim"
        );
        assert_eq!(
            problem("--model claude-unknown-9 --context trim"),
            "the context window of claude-unknown-9 is not known: start with --context-at TOKENS, or --context off"
        );
        assert_eq!(
            policy("--model claude-unknown-9 --context compact --context-at 9000"),
            ContextPolicy::compact().at(9_000)
        );
    }
}
