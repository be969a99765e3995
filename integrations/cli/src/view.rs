//! [`View`]: the events of a turn in the terminal.

use std::collections::HashMap;
use std::io;
use std::time::Instant;

use claudette::chat::{ContextChange, Progress, SubAgentEvent};
use claudette::{Event, ToolOutcome, ToolUse, Usage};
use indicatif::ProgressBar;

use crate::render::{
    MarkdownStream, Role, SPINNER_TICK, Theme, ThinkingStream, agent_call, agent_event, clean_line, duration,
    spinner_style, thought_line, tool_line, unfold,
};
use crate::terminal::put;

/// The room beside the message of the spinner: its mark and the elapsed time.
const SPINNER_MARGIN: usize = 14;

/// A part of a turn. A blank line separates it from other parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Thinking and tool calls.
    Work,
    Text,
    Question,
    Note,
    End,
}

/// Shows a turn while it runs: text, thinking, and a line for each tool call.
#[derive(Debug)]
pub(crate) struct View {
    theme: Theme,
    shows_thinking: bool,
    text: Option<MarkdownStream>,
    thinking: Option<(Instant, ThinkingStream)>,
    /// The part that was printed last.
    part: Option<Part>,
    spinner: Option<ProgressBar>,
    running: Vec<ToolUse>,
    /// The text of the response that is not complete.
    begun: String,
    has_response: bool,
    outcomes: Vec<ToolOutcome>,
    usage: Usage,
    /// The ids of the calls of the sub-agents whose lines were printed last, the outermost first.
    shown_agents: Vec<String>,
    /// The sub-agents of the calls inside them: the ids of the calls, and the names of the agents.
    callers: HashMap<String, String>,
}

impl View {
    pub(crate) fn new(theme: Theme, shows_thinking: bool) -> Self {
        Self {
            theme,
            shows_thinking,
            text: None,
            thinking: None,
            part: None,
            spinner: None,
            running: Vec::new(),
            begun: String::new(),
            has_response: false,
            outcomes: Vec::new(),
            usage: Usage::default(),
            shown_agents: Vec::new(),
            callers: HashMap::new(),
        }
    }

    /// Returns the text of a response that is not complete.
    pub(crate) fn begun(&self) -> &str {
        &self.begun
    }

    /// Returns `true` if the model has answered a request of the turn.
    pub(crate) fn has_response(&self) -> bool {
        self.has_response
    }

    /// Returns the usage of the responses so far.
    pub(crate) fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Returns the name of the sub-agent that makes a call, and `None` if the model of the chat makes it.
    pub(crate) fn agent_of(&self, call: &ToolUse) -> Option<&str> {
        self.callers.get(call.id()).map(String::as_str)
    }

    /// Returns the outcomes of the tool calls.
    pub(crate) fn take_outcomes(&mut self) -> Vec<ToolOutcome> {
        std::mem::take(&mut self.outcomes)
    }

    /// Shows that the program waits. The message must be clean.
    pub(crate) fn wait(&mut self, message: impl Into<String>) {
        let message = clean_line(&message.into(), self.theme.line_width().saturating_sub(SPINNER_MARGIN));
        if let Some(spinner) = &self.spinner {
            spinner.set_message(message);
            return;
        }
        let spinner = ProgressBar::new_spinner().with_style(spinner_style(&self.theme)).with_message(message);
        spinner.enable_steady_tick(SPINNER_TICK);
        self.spinner = Some(spinner);
    }

    fn stop_waiting(&mut self) {
        if let Some(spinner) = self.spinner.take() {
            spinner.finish_and_clear();
        }
    }

    /// Shows an event.
    ///
    /// # Errors
    /// Returns the error of the terminal.
    pub(crate) fn show(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Text(piece) => {
                self.end_thinking()?;
                self.begun.push_str(piece);
                let theme = self.theme;
                let text = self.text.get_or_insert_with(|| MarkdownStream::new(&theme)).push(piece);
                self.print(Part::Text, &text)?;
            }
            Event::Thinking(piece) => self.think(piece)?,
            Event::ToolInput(input) => {
                self.end_prose()?;
                self.wait(format!("{} …", input.name()));
            }
            Event::ToolCall(call) => {
                self.end_prose()?;
                self.stop_waiting();
                self.running.push(call.clone());
                self.wait_for_tools();
            }
            Event::Progress(progress) => self.progress(progress),
            Event::SubAgent(event) => self.inside(event)?,
            Event::ToolResult(outcome) => self.finished(outcome)?,
            Event::Retry(retry) => {
                let text = format!("{}; the next attempt is in {}", retry.reason(), duration(retry.wait()));
                self.note(Role::Dim, &text)?;
                self.wait("waiting");
            }
            Event::Fallback(fallback) => {
                self.end_prose()?;
                self.note(Role::Dim, &fallback.to_string())?;
                self.wait("waiting");
            }
            Event::Context(change) => {
                self.end_prose()?;
                self.count(change);
                self.note(Role::Dim, &change.to_string())?;
                self.wait("waiting");
            }
            Event::Response(response) => {
                self.end_prose()?;
                self.begun.clear();
                self.has_response = true;
                self.usage += response.usage();
                if response.tool_uses().next().is_some() {
                    self.wait("waiting");
                }
            }
            Event::Step(step) if !step.outcomes().is_empty() => self.wait("waiting"),
            _ => {}
        }
        Ok(())
    }

    /// Adds the usage of a summary.
    fn count(&mut self, change: &ContextChange) {
        if let ContextChange::Compacted { spent, .. } | ContextChange::NotCompacted { spent, .. } = change {
            self.usage += &spent.usage;
        }
    }

    /// Removes everything that moves, and ends the line: the turn is over, or the user is asked.
    ///
    /// # Errors
    /// Returns the error of the terminal.
    pub(crate) fn pause(&mut self) -> io::Result<()> {
        self.end_prose()?;
        self.stop_waiting();
        Ok(())
    }

    /// Prepares the terminal for a question to the user, which another function prints.
    ///
    /// # Errors
    /// Returns the error of the terminal.
    pub(crate) fn question(&mut self) -> io::Result<()> {
        self.pause()?;
        // Each question is a part of its own.
        if self.part.replace(Part::Question).is_some() { put("\n") } else { Ok(()) }
    }

    /// Prints the last line of the turn, which must be clean.
    ///
    /// # Errors
    /// Returns the error of the terminal.
    pub(crate) fn end(&mut self, line: &str) -> io::Result<()> {
        self.pause()?;
        self.print(Part::End, &format!("{line}\n"))
    }

    /// Shows a line about the turn. The text is cleaned.
    ///
    /// # Errors
    /// Returns the error of the terminal.
    pub(crate) fn note(&mut self, role: Role, text: &str) -> io::Result<()> {
        self.pause()?;
        let text = clean_line(text, 1_000);
        self.print(Part::Note, &format!("{}\n", self.theme.paint(role, &text)))
    }

    fn print(&mut self, part: Part, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.stop_waiting();
        if self.part.replace(part).is_some_and(|before| before != part) {
            put("\n")?;
        }
        put(text)
    }

    fn think(&mut self, piece: &str) -> io::Result<()> {
        self.end_text()?;
        let theme = self.theme;
        let (_, stream) = self.thinking.get_or_insert_with(|| (Instant::now(), ThinkingStream::new(&theme)));
        if self.shows_thinking {
            let text = stream.push(piece);
            return self.print(Part::Work, &text);
        }
        self.wait("thinking");
        Ok(())
    }

    /// Ends the text or the thinking that is open.
    fn end_prose(&mut self) -> io::Result<()> {
        self.end_thinking()?;
        self.end_text()
    }

    fn end_thinking(&mut self) -> io::Result<()> {
        let Some((begun, mut stream)) = self.thinking.take() else { return Ok(()) };
        if self.shows_thinking {
            self.print(Part::Work, &stream.finish())
        } else {
            self.print(Part::Work, &format!("{}\n", thought_line(begun.elapsed(), &self.theme)))
        }
    }

    fn end_text(&mut self) -> io::Result<()> {
        let Some(mut text) = self.text.take() else { return Ok(()) };
        self.print(Part::Text, &text.finish())
    }

    fn progress(&mut self, progress: &Progress) {
        self.wait(format!("{}: {}", progress.call().name(), progress.text()));
    }

    fn finished(&mut self, outcome: &ToolOutcome) -> io::Result<()> {
        self.end_prose()?;
        self.running.retain(|call| call.id() != outcome.call_id());
        let line = tool_line(outcome.call(), Some(outcome), outcome.elapsed(), &self.theme);
        self.print(Part::Work, &format!("{line}\n"))?;
        self.outcomes.push(outcome.clone());
        self.shown_agents.clear();
        self.wait_for_tools();
        Ok(())
    }

    /// Shows an event inside a sub-agent, below the call that runs it.
    fn inside(&mut self, event: &SubAgentEvent) -> io::Result<()> {
        let (calls, event) = unfold(event);
        let name = calls.iter().map(|call| call.name()).collect::<Vec<_>>().join(" › ");
        match event {
            Event::Response(response) => {
                self.usage += response.usage();
                let ids = response.tool_uses().map(|call| (call.id().to_owned(), name.clone()));
                self.callers.extend(ids);
            }
            Event::Context(change) => self.count(change),
            Event::ToolResult(outcome) => self.outcomes.push(outcome.clone()),
            _ => {}
        }
        if let Some(line) = agent_event(event, calls.len(), &self.theme) {
            self.end_prose()?;
            let ids: Vec<String> = calls.iter().map(|call| call.id().to_owned()).collect();
            let same = self.shown_agents.iter().zip(&ids).take_while(|(shown, id)| shown == id).count();
            let new = calls.iter().enumerate().skip(same);
            let headings: String = new.map(|(depth, call)| agent_call(call, depth, &self.theme)).collect();
            self.shown_agents = ids;
            self.print(Part::Work, &(headings + &line))?;
        }
        match event {
            Event::ToolCall(call) => self.wait(format!("{name}: {} {}", call.name(), call.input().get())),
            Event::ToolInput(input) => self.wait(format!("{name}: {} …", input.name())),
            Event::Progress(progress) => self.wait(format!("{name}: {}: {}", progress.call().name(), progress.text())),
            Event::Thinking(_) => self.wait(format!("{name}: thinking")),
            _ => self.wait(name),
        }
        Ok(())
    }

    fn wait_for_tools(&mut self) {
        let message = match &self.running[..] {
            [] => return,
            [call] => format!("{} {}", call.name(), call.input().get()),
            [calls @ .., last] => format!("{} and {} more", last.name(), calls.len()),
        };
        self.wait(message);
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.stop_waiting();
    }
}
