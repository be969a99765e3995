//! [`Home`] and [`Terminal`]: a conversation with the program.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;

use claudette::testing::MockServer;

use crate::program::Program;
use crate::pty::Pty;

/// The prompt of the program.
const PROMPT: &str = "❯";

/// The size of the terminal.
const SIZE: (u16, u16) = (40, 100);

/// A home folder, in which the program also starts.
pub(crate) struct Home(Program);

impl Home {
    pub(crate) fn new(claude: &MockServer) -> Self {
        Self(Program::new(claude))
    }

    /// Creates a home for a program that sends its requests to a URL.
    pub(crate) fn at(url: &str) -> Self {
        Self(Program::without_key().env("ANTHROPIC_API_KEY", "test").env("ANTHROPIC_BASE_URL", url))
    }

    pub(crate) fn without_key() -> Self {
        Self(Program::without_key())
    }

    /// Uses another program.
    pub(crate) fn with_program(self, path: PathBuf) -> Self {
        Self(self.0.with_program(path))
    }

    /// Returns the folder in which the program starts.
    pub(crate) fn folder(&self) -> &Path {
        self.0.folder()
    }

    /// Returns the data folder of the program.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder().join("data").join("claudette")
    }

    /// Starts the program.
    pub(crate) fn start(&self, arguments: &[&str]) -> Terminal {
        Terminal(self.0.start(arguments, SIZE))
    }

    /// Starts the program and waits for its prompt.
    #[track_caller]
    pub(crate) fn ready(&self, arguments: &[&str]) -> Terminal {
        let terminal = self.start(arguments);
        terminal.wait_for_prompt();
        terminal
    }

    /// Runs the program with pipes. Returns its exit code, stdout and stderr.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> (i32, String, String) {
        let output = self.0.run(arguments, input);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
    }

    /// Returns the command of the program with pipes.
    pub(crate) fn command(&self, arguments: &[&str]) -> std::process::Command {
        self.0.command(arguments)
    }
}

impl From<Program> for Home {
    fn from(program: Program) -> Self {
        Self(program)
    }
}

/// The program in a terminal.
pub(crate) struct Terminal(Pty);

impl Terminal {
    /// Types a line, and Enter when it is on the screen.
    #[track_caller]
    pub(crate) fn enter(&self, text: &str) {
        self.send(text);
        self.wait_for(&format!("{PROMPT} {text}"));
        self.send("\r");
    }

    /// Types a prompt, and waits for the answer and for the next prompt.
    #[track_caller]
    pub(crate) fn ask(&self, prompt: &str, answer: &str) {
        self.enter(prompt);
        self.wait_for(answer);
        self.wait_for_prompt();
    }

    /// Waits until the cursor is at an empty prompt.
    #[track_caller]
    pub(crate) fn wait_for_prompt(&self) {
        self.wait_until("an empty prompt at the cursor", |screen| {
            let (row, _) = screen.cursor_position();
            let (_, columns) = screen.size();
            screen.rows(0, columns.get()).nth(row.into()).is_some_and(|line| line.trim() == PROMPT)
        });
    }

    /// Leaves with Ctrl-D.
    #[track_caller]
    pub(crate) fn leave(self) {
        self.send("\u{4}");
        assert_eq!(self.end(), 0);
    }

    /// Waits for the end of the program, and returns its exit code.
    #[track_caller]
    pub(crate) fn end(mut self) -> u32 {
        self.0.wait_for_exit()
    }

    /// Kills the program with SIGKILL.
    pub(crate) fn kill(mut self) {
        self.0.kill();
    }
}

impl Deref for Terminal {
    type Target = Pty;

    fn deref(&self) -> &Pty {
        &self.0
    }
}

/// Returns the text of the last user message in a request.
pub(crate) fn prompt_of(request: &serde_json::Value) -> String {
    let messages = request["messages"].as_array().unwrap();
    let content = &messages.iter().rfind(|message| message["role"] == "user").unwrap()["content"];
    if let Some(text) = content.as_str() {
        return text.to_owned();
    }
    let blocks = content.as_array().unwrap().iter();
    blocks.filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n")
}

/// Waits until the server has received this many requests.
pub(crate) async fn until_requested(claude: &MockServer, requests: usize) {
    for _ in 0..3_000 {
        if claude.requests().len() >= requests {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the program sent {} of {requests} requests", claude.requests().len());
}

/// Returns the number of messages in the last request.
pub(crate) fn messages(claude: &MockServer) -> usize {
    claude.requests().last().unwrap().body()["messages"].as_array().unwrap().len()
}
