//! [`Args`]: the command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use claudette::wire::{Effort, ThinkingConfig, ThinkingDisplay};

use crate::render::ColorChoice;

/// The model that is used without `--model`.
pub(crate) const MODEL: &str = "claude-sonnet-5-5";

const EXAMPLES: &str = "\
Examples:
  claudette-chat                                   start a chat
  claudette-chat --continue                        continue the last one
  claudette-chat photo.png \"What is this?\"         attach a file to the first prompt
  git diff | claudette-chat -p \"Review this.\"      one answer, as plain text
  claudette-chat -p --json \"Hello\" | jq .cost.total

The API key is read from ANTHROPIC_API_KEY. Without a key, a mock server answers.";

/// Chat with Claude in the terminal.
// Each switch is an option of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug, Parser)]
#[command(name = "claudette-chat", version, about, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Words of the first prompt, and files to attach to it (images, PDFs, text)
    #[arg(value_name = "PROMPT|FILE")]
    pub(crate) input: Vec<String>,

    /// Print one answer and exit; stdin is appended to the prompt
    #[arg(short, long)]
    pub(crate) print: bool,

    /// Print one JSON object with the text, usage, cost, end reason and steps (implies --print)
    #[arg(long)]
    pub(crate) json: bool,

    /// Print each event as one line of JSON while it happens (implies --print)
    #[arg(long, conflicts_with = "json")]
    pub(crate) json_stream: bool,

    #[allow(clippy::doc_markdown, reason = "the text of `--help`")]
    /// Model [default: $ANTHROPIC_MODEL, or claude-sonnet-5-5]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) model: Option<String>,

    /// System prompt
    #[arg(long, value_name = "TEXT")]
    pub(crate) system: Option<String>,

    /// Effort: low, medium, high, xhigh or max
    #[arg(long, value_name = "LEVEL", value_parser = effort)]
    pub(crate) effort: Option<Effort>,

    /// Thinking: adaptive, between-tools, off, or a maximum number of tokens
    #[arg(long, value_name = "KIND|TOKENS", value_parser = thinking)]
    pub(crate) thinking: Option<ThinkingConfig>,

    /// Maximum cost of one turn, in US dollars
    #[arg(long, value_name = "DOLLARS", value_parser = dollars)]
    pub(crate) max_cost: Option<f64>,

    /// Maximum number of responses in one turn
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_steps: u32,

    /// Maximum number of tokens in one response
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_tokens: Option<u32>,

    /// How a long conversation stays within the context window of the model
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub(crate) context: ContextChoice,

    /// Size of a prompt, in tokens, above which the conversation is made smaller [default: depends on the model]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) context_at: Option<u64>,

    /// Continue the session with this id, or begin one with it
    #[arg(long, value_name = "ID", conflicts_with = "resume")]
    pub(crate) session: Option<String>,

    /// Continue the last session
    #[arg(short, long = "continue")]
    pub(crate) resume: bool,

    /// Database with the sessions [default: chats.db in the data folder]
    #[arg(long, value_name = "PATH", conflicts_with = "no_store")]
    pub(crate) db: Option<PathBuf>,

    /// Store nothing: no session, no history of prompts
    #[arg(long, conflicts_with_all = ["session", "resume"])]
    pub(crate) no_store: bool,

    /// Start the MCP servers of this file, without asking [default: .mcp.json, after asking]
    #[arg(long, value_name = "FILE", conflicts_with = "no_mcp")]
    pub(crate) mcp: Option<PathBuf>,

    /// Start no MCP servers
    #[arg(long)]
    pub(crate) no_mcp: bool,

    /// Believe this MCP server when it marks a tool as read-only (repeatable)
    #[arg(long, value_name = "SERVER")]
    pub(crate) trust: Vec<String>,

    /// Let the model view and edit the text files in this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) edit: Option<PathBuf>,

    /// Allow calls of this tool without asking (repeatable)
    #[arg(long, value_name = "TOOL")]
    pub(crate) allow: Vec<String>,

    /// Allow all tool calls without asking
    #[arg(short, long)]
    pub(crate) yes: bool,

    /// Show the thinking instead of one line about it
    #[arg(long)]
    pub(crate) show_thinking: bool,

    /// Colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

/// The user's choice about long conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ContextChoice {
    /// A summary if the model and the host support it, and otherwise `trim`
    #[default]
    Auto,
    /// The model writes a summary, which replaces the conversation
    Compact,
    /// The API leaves out old tool results
    Clear,
    /// Old tool results and messages are removed
    Trim,
    /// Nothing: a conversation that is too long is an error
    Off,
}

impl Args {
    /// Returns `true` if one answer is printed, without a conversation.
    pub(crate) fn is_print(&self) -> bool {
        self.print || self.json || self.json_stream
    }

    /// Returns the name of the model. `environment` is the value of `ANTHROPIC_MODEL`.
    pub(crate) fn model(&self, environment: Option<String>) -> String {
        self.model.clone().or(environment.filter(|name| !name.trim().is_empty())).unwrap_or_else(|| MODEL.to_owned())
    }
}

fn effort(text: &str) -> Result<Effort, String> {
    match Effort::from(text) {
        level @ (Effort::Low | Effort::Medium | Effort::High | Effort::XHigh | Effort::Max) => Ok(level),
        _ => Err("use low, medium, high, xhigh or max".to_owned()),
    }
}

fn thinking(text: &str) -> Result<ThinkingConfig, String> {
    // Newer models hide the thinking by default.
    let shown = |config: ThinkingConfig| Ok(config.display(ThinkingDisplay::Summarized));
    match text {
        "adaptive" | "on" => shown(ThinkingConfig::adaptive()),
        "between-tools" => shown(ThinkingConfig::between_tools()),
        "off" => Ok(ThinkingConfig::disabled()),
        number => match number.parse() {
            Ok(tokens) => shown(ThinkingConfig::enabled(tokens)),
            Err(_) => Err("use adaptive, between-tools, off, or a number of tokens".to_owned()),
        },
    }
}

fn dollars(text: &str) -> Result<f64, String> {
    let amount = text.strip_prefix('$').unwrap_or(text).parse();
    amount.ok().filter(|amount: &f64| amount.is_finite() && *amount > 0.0).ok_or("use a number above 0".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(std::iter::once("claudette-chat").chain(line.split_whitespace()))
    }

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
        assert!(parse("--json hello").unwrap().is_print());
        assert!(!parse("hello").unwrap().is_print());
        assert_eq!(parse("--max-cost $0.50 x").unwrap().max_cost, Some(0.5));
        for wrong in ["--max-cost -1", "--max-cost NaN", "--effort huge", "--thinking maybe", "--session a --continue"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_option_comes_before_the_environment() {
        assert_eq!(parse("x").unwrap().model(None), MODEL);
        assert_eq!(parse("x").unwrap().model(Some(String::new())), MODEL);
        assert_eq!(parse("x").unwrap().model(Some("claude-haiku-5-5".into())), "claude-haiku-5-5");
        assert_eq!(parse("-m claude-opus-5-5").unwrap().model(Some("claude-haiku-5-5".into())), "claude-opus-5-5");
    }
}
