//! The conversation in the terminal.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::app::App;
use crate::attach::attach;
use crate::command::{Line, parse};
use crate::error::Result;
use crate::interrupt::Interrupts;
use crate::prompt::{Entered, Known, LineEditor};
use crate::sessions::title;
use crate::slash::{MODELS, Next};
use crate::terminal::{exit_code, put};
use crate::turn::Start;

/// Runs the conversation until the user leaves.
///
/// # Errors
/// Returns an error if the terminal cannot be used.
pub(crate) async fn run(mut app: App, first: Option<String>, history: Option<&Path>) -> Result<ExitCode> {
    let mut editor = LineEditor::new(history, app.theme.is_colored())?;
    let result = converse(&mut app, first, &mut editor).await;
    app.leave().await;
    match result {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => Ok(exit_code(&error)),
    }
}

async fn converse(app: &mut App, first: Option<String>, editor: &mut LineEditor) -> io::Result<()> {
    greet(app)?;
    if let Some(text) = first {
        prompt(app, &text).await?;
    }
    // Ctrl-C is a signal while the line editor does not read.
    let mut signals = Interrupts::new();
    let mut interrupts = 0;
    loop {
        editor.set_known(known(app).await);
        app.refresh_theme();
        put("\n")?;
        let entered = if interrupts > 0 && signals.has_come().await {
            Entered::CtrlC
        } else {
            editor.read().map_err(|problem| io::Error::other(problem.to_string()))?
        };
        let line = match entered {
            Entered::Line(line) => line,
            Entered::CtrlD => return Ok(()),
            Entered::CtrlC if interrupts > 0 => return Ok(()),
            Entered::CtrlC => {
                interrupts += 1;
                signals = Interrupts::new();
                put(&app.dim("Ctrl-C again or Ctrl-D leaves"))?;
                continue;
            }
        };
        interrupts = 0;
        // The user can change the window while the prompt waits.
        app.refresh_theme();
        match parse(&line) {
            Line::Empty => {}
            Line::Mistake(problem) => put(&app.problem(&problem))?,
            Line::Prompt(text) => prompt(app, &text).await?,
            Line::Command(command) => match app.command(command).await? {
                Next::Prompt => {}
                Next::Leave => return Ok(()),
                Next::Turn(start) => app.turn(start).await?,
            },
        }
    }
}

fn greet(app: &App) -> io::Result<()> {
    let tools = match app.chat.tools().len() {
        0 => String::new(),
        1 => " · 1 tool".to_owned(),
        count => format!(" · {count} tools"),
    };
    put(&app.dim(&format!("claudette-chat · {}{tools} · /help shows the commands", app.settings.model)))?;
    if app.chat.history().is_empty() { Ok(()) } else { put(&app.recap()) }
}

/// Runs the turn of a prompt with its files.
async fn prompt(app: &mut App, text: &str) -> io::Result<()> {
    if let Err(error) = app.refresh_tools().await {
        put(&app.problem(&error.to_string()))?;
    }
    let attached = match attach(text, "", &app.files).await {
        Ok(attached) => attached,
        Err(error) => return put(&app.problem(&error.to_string())),
    };
    app.files.clear();
    for file in &attached.files {
        put(&app.dim(&format!("attached {file}")))?;
    }
    for missing in &attached.missing {
        put(&app.dim(&format!("@{missing} is not a file and was sent as text")))?;
    }
    let blocks = match app.interrupted.take() {
        Some(interrupted) => interrupted.then(attached.blocks),
        None => attached.blocks,
    };
    app.turn(Start::Prompt(blocks)).await
}

async fn known(app: &App) -> Known {
    let stored = match &app.sessions {
        Some(sessions) => sessions.list().await.unwrap_or_default(),
        None => Vec::new(),
    };
    Known {
        models: MODELS.iter().map(|name| (*name).to_owned()).collect(),
        sessions: stored.iter().map(|chat| (chat.id().to_owned(), title(chat.prompt()))).collect(),
    }
}

impl App {
    /// Reads the width of the terminal again, which the user can have changed.
    fn refresh_theme(&mut self) {
        if let Ok((columns, _)) = crossterm::terminal::size() {
            self.theme = self.theme.with_width(usize::from(columns));
        }
    }

    /// Gives the chat the tools that servers have changed.
    async fn refresh_tools(&mut self) -> Result<()> {
        let Some(servers) = self.servers.as_ref().filter(|servers| servers.is_stale()) else { return Ok(()) };
        let changes = servers.refresh().await?;
        self.chat.set_tools(crate::app::all_tools(&self.own_tools, self.servers.as_ref()))?;
        put(&self.dim(&format!("MCP tools have changed: {changes}")))?;
        Ok(())
    }
}
