//! [`Program`]: the command line of the program, with folders and a mock server of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use claudette::testing::MockServer;
use portable_pty::CommandBuilder;
use tempfile::TempDir;

use crate::pty::Pty;

/// The program, in an environment that has nothing of the user's.
#[derive(Debug)]
pub(crate) struct Program {
    home: TempDir,
    environment: Vec<(String, String)>,
    path: PathBuf,
}

impl Program {
    /// Creates an environment in which a mock server answers.
    pub(crate) fn new(claude: &MockServer) -> Self {
        let program = Self::without_key();
        program.env("ANTHROPIC_API_KEY", "test").env("ANTHROPIC_BASE_URL", claude.url())
    }

    /// Creates an environment without a key.
    pub(crate) fn without_key() -> Self {
        let home = TempDir::new().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let folder = home.path().to_str().unwrap().to_owned();
        let data = format!("{folder}/data");
        let program = Self { home, environment: Vec::new(), path: env!("CARGO_BIN_EXE_claudette-chat").into() };
        program.env("PATH", &path).env("HOME", &folder).env("XDG_DATA_HOME", &data).env("TERM", "xterm-256color")
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Uses another program.
    pub(crate) fn with_program(self, path: PathBuf) -> Self {
        Self { path, ..self }
    }

    /// Returns the folder that the program starts in, which is also its home folder.
    pub(crate) fn folder(&self) -> &Path {
        self.home.path()
    }

    /// Starts the program in a pseudo-terminal.
    pub(crate) fn start(&self, arguments: &[&str], size: (u16, u16)) -> Pty {
        let mut command = CommandBuilder::new(&self.path);
        command.args(arguments);
        command.cwd(self.folder());
        command.env_clear();
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        Pty::start(command, size)
    }

    /// Runs the program with pipes, and returns its output.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        // The program can end before it reads everything.
        let _ = std::io::Write::write_all(&mut pipe, input.as_bytes());
        drop(pipe);
        child.wait_with_output().unwrap()
    }

    /// Returns the command with pipes.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).current_dir(self.folder()).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}
