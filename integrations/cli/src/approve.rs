//! Asks the user whether a tool call may run.

use std::io;

use claudette::{Approval, ToolUse};

use crate::prompt::{ask_key, ask_line};
use crate::render::{Role, Theme, approval, approval_in_full, clean_line};
use crate::terminal::put;

/// The answer of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Run this call.
    Once,
    /// Run this call, and all further calls of the tool.
    Always,
    /// Do not run the call, for this reason.
    No(String),
    /// Do not run the call, and end the turn.
    Stop,
}

impl Answer {
    /// Returns the decision for the loop.
    pub(crate) fn decision(&self) -> Approval {
        match self {
            Self::Once | Self::Always => Approval::Allow,
            Self::No(reason) if reason.is_empty() => Approval::deny("the user did not allow the call"),
            Self::No(reason) => Approval::deny(reason),
            Self::Stop => Approval::deny("the user ended the turn"),
        }
    }
}

/// Shows a call with its arguments and the sub-agent that makes it, and waits for an answer.
///
/// # Errors
/// Returns the error of the terminal.
pub(crate) fn ask(call: &ToolUse, agent: Option<&str>, theme: &Theme) -> io::Result<Answer> {
    let (short, full) = (approval(call, agent, theme), approval_in_full(call, agent, theme));
    let is_cut = short != full;
    put(&short)?;
    let name = clean_line(call.name(), 40);
    let (keys, more): (&[char], &str) =
        if is_cut { (&['y', 'n', 'a', 'd'], ", [d]etails") } else { (&['y', 'n', 'a'], "") };
    let question = theme.paint(Role::Question, &format!("╰ allow? [y]es, [n]o{more}, [a]lways allow {name} "));
    let key = loop {
        match ask_key(&question, keys)? {
            Some('d') => put(&format!("details\n{full}"))?,
            key => break key,
        }
    };
    let (word, answer) = match key {
        Some('y') => ("yes", Answer::Once),
        Some('a') => ("always", Answer::Always),
        Some(_) => ("no", Answer::No(String::new())),
        None => ("stop", Answer::Stop),
    };
    put(&format!("{word}\n"))?;
    if answer != Answer::No(String::new()) {
        return Ok(answer);
    }
    Ok(match ask_line("reason for the model (or Enter): ", theme.is_colored())? {
        Some(reason) => Answer::No(reason),
        None => Answer::Stop,
    })
}
