//! Carries out slash commands.

use std::io;
use std::path::Path;
use std::time::SystemTime;

use claudette::catalog::{Model, Price};
use claudette::chat::ChatState;

use crate::app::{App, Begin};
use crate::attach::expand;
use crate::command::{COMMANDS, Command, nearest_of};
use crate::error::{Problem, Result};
use crate::render::{MarkdownStream, Role, clean_line, table, tool_details};
use crate::sessions::{ago, find, title, without_files};
use crate::terminal::put;
use crate::turn::Start;

/// The models that `/model` lists. Others can be named as well.
pub(crate) const MODELS: &[&str] = &[
    "claude-sonnet-5-5",
    "claude-opus-5-5",
    "claude-haiku-5-5",
    "claude-fable-5-2",
    "claude-mythos-5-2",
    "claude-sonnet-5",
    "claude-opus-5",
    "claude-opus-4-8",
    "claude-sonnet-4-6",
    "claude-haiku-4-5",
];

const KEYS: &[(&str, &str)] = &[
    ("Enter", "send"),
    ("Alt-Enter, Shift-Enter, \\ Enter", "begin another line"),
    ("Tab", "complete a command or an @file"),
    ("Up, Down, Ctrl-R", "earlier prompts, and search in them"),
    ("Ctrl-C", "end the turn; at the prompt: clear the line, twice: leave"),
    ("Ctrl-D", "leave"),
    ("@file", "attach a text, an image or a PDF"),
];

/// The step after a command.
#[derive(Debug)]
pub(crate) enum Next {
    Prompt,
    Turn(Start),
    Leave,
}

impl App {
    /// Carries out a command.
    ///
    /// # Errors
    /// Returns the error of the terminal. Other errors are shown.
    pub(crate) async fn command(&mut self, command: Command) -> io::Result<Next> {
        let done = match command {
            Command::Quit => return Ok(Next::Leave),
            Command::Retry => return self.retry(),
            Command::Help => Ok(self.help()),
            Command::Model(name) => Ok(self.model(name)),
            Command::Tools => Ok(self.tools()),
            Command::Cost => Ok(self.markdown(&self.chat.cost_report().to_string())),
            Command::Details(number) => self.details(number),
            Command::System(text) => Ok(self.system(text)),
            Command::Thinking => {
                self.shows_thinking = !self.shows_thinking;
                Ok(self.dim(if self.shows_thinking { "thinking is shown" } else { "thinking is one line" }))
            }
            Command::Save(path) => self.save(path).await,
            Command::Sessions => self.list().await,
            Command::Clear => match self.switch(Begin::New).await {
                Ok(()) => Ok(self.dim("a new conversation begins")),
                Err(error) => Err(error),
            },
            Command::Compact(instructions) => self.compact(instructions.as_deref()).await,
            Command::Load(which) => self.load(&which).await,
        };
        match done {
            Ok(text) => put(&text)?,
            Err(error) => put(&self.problem(&error.to_string()))?,
        }
        Ok(Next::Prompt)
    }

    /// Returns a line about a problem.
    pub(crate) fn problem(&self, text: &str) -> String {
        format!("{}\n", self.theme.paint(Role::Bad, &format!("! {}", clean_line(text, 1_000))))
    }

    /// Returns a line in the background.
    pub(crate) fn dim(&self, text: &str) -> String {
        format!("{}\n", self.theme.paint(Role::Dim, &clean_line(text, 1_000)))
    }

    /// Returns Markdown for the terminal.
    pub(crate) fn markdown(&self, text: &str) -> String {
        let mut stream = MarkdownStream::new(&self.theme);
        let mut shown = stream.push(text);
        shown.push_str(&stream.finish());
        if !shown.is_empty() && !shown.ends_with('\n') {
            shown.push('\n');
        }
        shown
    }

    fn retry(&mut self) -> io::Result<Next> {
        let again = self.failed.take().or_else(|| self.interrupted.take().and_then(|turn| turn.prompt));
        if let Some(prompt) = again {
            return Ok(Next::Turn(Start::Prompt(prompt)));
        }
        if self.is_unfinished() {
            return Ok(Next::Turn(Start::Resume));
        }
        put(&self.problem("the last turn is complete: there is nothing to retry"))?;
        Ok(Next::Prompt)
    }

    fn help(&self) -> String {
        let command =
            |(name, argument, what): &(&str, &str, &str)| vec![format!("/{name} {argument}"), (*what).to_owned()];
        let commands: Vec<_> = COMMANDS.iter().map(command).collect();
        let keys: Vec<_> = KEYS.iter().map(|(key, what)| vec![(*key).to_owned(), (*what).to_owned()]).collect();
        table(&["Command", ""], &commands, &self.theme) + "\n" + &table(&["Key", ""], &keys, &self.theme)
    }

    fn model(&mut self, name: Option<String>) -> String {
        let Some(name) = name else {
            let row = |name: &str| {
                let price = Price::of(name)
                    .map_or("unknown".to_owned(), |price| format!("${} / ${}", price.input(), price.output()));
                let mark = if name == self.settings.model { "●" } else { "" };
                vec![mark.to_owned(), name.to_owned(), price]
            };
            let is_other = !MODELS.contains(&self.settings.model.as_str());
            let rows: Vec<_> = is_other
                .then_some(self.settings.model.as_str())
                .into_iter()
                .chain(MODELS.iter().copied())
                .map(row)
                .collect();
            return table(&["", "Model", "Input / output per million tokens"], &rows, &self.theme);
        };
        let model = Model::from(name.as_str());
        self.chat.set_model(model.clone());
        self.settings.model.clone_from(&name);
        let mut text = self.dim(&format!("the next turn uses {name}"));
        if model.profile().is_none() {
            let near = nearest_of(&name, MODELS.iter().copied());
            let remedy = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            text += &self.problem(&format!("this version does not know {name}, so its cost is not known{remedy}"));
        }
        if let Err(error) = self.settings.context(&self.client) {
            text += &self.problem(&error.to_string());
        }
        text
    }

    fn tools(&self) -> String {
        let tools = self.chat.tools();
        if tools.is_empty() {
            return self.dim("there are no tools: MCP servers in .mcp.json and --edit FOLDER add tools");
        }
        let row = |definition: &claudette::ToolDefinition| {
            let name = definition.name();
            let marks = tools.get(name).map(claudette::Tool::annotations).unwrap_or_default();
            let asks = if self.permissions.allow_tool(name, marks) { "allowed" } else { "asks" };
            let what = definition.description().lines().next().unwrap_or_default();
            vec![name.to_owned(), asks.to_owned(), what.to_owned()]
        };
        let rows: Vec<_> = tools.definitions().iter().map(row).collect();
        table(&["Tool", "Calls", "Description"], &rows, &self.theme)
    }

    fn details(&self, number: usize) -> Result<String> {
        let count = self.outcomes.len();
        let outcome = count.checked_sub(number).and_then(|index| self.outcomes.get(index));
        let missing = || match count {
            0 => Problem::new("there were no tool calls in this chat yet"),
            1 => Problem::new("there was only 1 tool call in this chat: use /details"),
            _ => Problem::new(format!("there were only {count} tool calls in this chat: use /details 1 to {count}")),
        };
        Ok(tool_details(outcome.ok_or_else(missing)?, &self.theme))
    }

    fn system(&mut self, text: Option<String>) -> String {
        match text {
            Some(text) => {
                self.chat.set_system(text.as_str());
                self.settings.system = Some(text);
                self.dim("the next turn uses this system prompt")
            }
            None => match &self.settings.system {
                Some(text) => self.markdown(text),
                None => self.dim("there is no system prompt: /system TEXT sets one"),
            },
        }
    }

    async fn save(&self, path: Option<String>) -> Result<String> {
        let path = path.unwrap_or_else(|| format!("claudette-{}.md", self.id));
        let is_json = Path::new(&path).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let text = if is_json { self.chat.state().to_json() } else { self.chat.to_markdown() };
        let failed = |error: io::Error| {
            let remedy = match error.kind() {
                io::ErrorKind::AlreadyExists => "the file exists; use another name".to_owned(),
                _ => error.to_string(),
            };
            Problem::new(format!("\"{path}\" was not written: {remedy}"))
        };
        let mut file = tokio::fs::File::create_new(expand(&path)).await.map_err(failed)?;
        tokio::io::AsyncWriteExt::write_all(&mut file, text.as_bytes()).await.map_err(failed)?;
        tokio::io::AsyncWriteExt::flush(&mut file).await.map_err(failed)?;
        Ok(self.dim(&format!("written to {path}")))
    }

    async fn list(&self) -> Result<String> {
        let Some(sessions) = &self.sessions else {
            return Ok(self.dim("sessions are not stored: --no-store was used"));
        };
        let now = SystemTime::now();
        let stored = sessions.list().await?;
        let row = |(index, chat): (usize, &claudette_journal_sqlite::ChatInfo)| {
            let mark = if chat.id() == self.id { "●" } else { "" };
            let cost = chat.spent().cost.map_or("unknown".to_owned(), |cost| format!("${:.4}", cost.total()));
            let number = (index + 1).to_string();
            [
                mark,
                &number,
                chat.id(),
                &title(chat.prompt()),
                &ago(chat.changed(), now),
                &chat.messages().to_string(),
                &cost,
            ]
            .map(str::to_owned)
            .to_vec()
        };
        let rows: Vec<_> = stored.iter().enumerate().take(30).map(row).collect();
        if rows.is_empty() {
            return Ok(self.dim("no session is stored yet"));
        }
        Ok(table(&["", "#", "Session", "Title", "Time", "Messages", "Cost"], &rows, &self.theme))
    }

    async fn load(&mut self, which: &str) -> Result<String> {
        let path = expand(which);
        if path.extension().is_some_and(|ending| ending == "json") && path.is_file() {
            let json = tokio::fs::read_to_string(&path).await.map_err(Problem::from)?;
            let state = ChatState::from_json(&json)?;
            self.switch(Begin::State(Box::new(state))).await?;
            return Ok(self.recap());
        }
        let Some(sessions) = &self.sessions else {
            return Err(Problem::new("sessions are not stored: --no-store was used"));
        };
        let stored = sessions.list().await?;
        let ids: Vec<&str> = stored.iter().map(claudette_journal_sqlite::ChatInfo::id).collect();
        let id = find(which, &ids)?.to_owned();
        if id == self.id {
            return Ok(self.dim("this is the current session"));
        }
        self.switch(Begin::Id(id)).await?;
        Ok(self.recap())
    }

    /// Returns the title and the last exchange of a session that continues.
    pub(crate) fn recap(&self) -> String {
        let messages = self.chat.history();
        let is_user = |message: &&claudette::Message| {
            *message.role() == claudette::wire::Role::User && !message.text().is_empty()
        };
        let first = messages.iter().find(is_user).map(claudette::Message::text).unwrap_or_default();
        let mut text = self.dim(&format!("session {} · {} · {} messages", self.id, title(&first), messages.len()));
        if let Some(last) = messages.iter().rfind(is_user) {
            let prompt = clean_line(without_files(&last.text()), self.theme.line_width().saturating_sub(4));
            text = format!("{text}{} {prompt}\n", self.theme.paint(Role::Accent, "❯"));
        }
        if let Some(last) = messages.last().filter(|message| *message.role() == claudette::wire::Role::Assistant) {
            text += &self.markdown(&last.text());
        }
        if self.is_unfinished() {
            text += &self.dim("the last turn is not complete: /retry continues it");
        }
        text
    }
}
