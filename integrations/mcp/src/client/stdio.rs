//! [`Stdio`]: a server that is a child process.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::process::Stdio as Pipe;
use std::sync::Arc;
use std::{env, fmt};

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use rmcp::model::ProtocolVersion;
use rmcp::service::ClientLifecycleMode;
use tokio::process::{ChildStdin, ChildStdout, Command};

use super::connection::{Connection, HandshakeError};
use super::life::Life;
use super::line_transport::LineTransport;
use super::options::{Options, Protocol};
use super::process;
use super::signals::Signals;
use super::stderr_tail::StderrTail;
use crate::error::{Error, Result};

/// The variables that a process gets besides its own. A server must not see the keys of the program.
const INHERITED: &[&str] = if cfg!(windows) {
    &[
        "APPDATA",
        "HOMEDRIVE",
        "HOMEPATH",
        "LOCALAPPDATA",
        "PATH",
        "PATHEXT",
        "PROCESSOR_ARCHITECTURE",
        "PROGRAMFILES",
        "SYSTEMDRIVE",
        "SYSTEMROOT",
        "TEMP",
        "USERNAME",
        "USERPROFILE",
    ]
} else {
    &["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"]
};

/// A server that is a child process, which reads requests from stdin and writes responses to stdout.
///
/// [`McpServer::spawn`](crate::McpServer::spawn) returns it in a [`Connect`](crate::Connect).
#[derive(Clone)]
pub struct Stdio {
    pub(crate) program: OsString,
    pub(crate) args: Vec<OsString>,
    pub(crate) env: BTreeMap<OsString, OsString>,
    pub(crate) current_dir: Option<PathBuf>,
}

impl Stdio {
    pub(crate) fn new(program: OsString, args: Vec<OsString>) -> Self {
        Self { program, args, env: BTreeMap::new(), current_dir: None }
    }

    /// Returns the name of the program, without its folder, for error texts.
    pub(crate) fn label(&self) -> String {
        let name = std::path::Path::new(&self.program).file_name().unwrap_or(&self.program);
        name.to_string_lossy().into_owned()
    }

    /// Starts the process and makes the handshake.
    pub(crate) async fn open(&self, options: &Arc<Options>, signals: &Arc<Signals>) -> Result<Connection> {
        let legacy = ClientLifecycleMode::Initialize;
        let modern = ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::LATEST] };
        let first = match options.protocol {
            Protocol::Modern => modern.clone(),
            _ => legacy,
        };
        let refused = match self.start(first, options, signals).await {
            Err(Attempt::Handshake(HandshakeError::Refused(why))) if options.protocol == Protocol::Auto => why,
            result => return result.map_err(|attempt| attempt.error(self, signals)),
        };
        // The server may speak the modern protocol only. It may also have died of the question, so it starts again.
        self.start(modern, options, signals)
            .await
            .map_err(|_| Attempt::Handshake(HandshakeError::Refused(refused)).error(self, signals))
    }

    async fn start(
        &self,
        lifecycle: ClientLifecycleMode,
        options: &Arc<Options>,
        signals: &Arc<Signals>,
    ) -> Result<Connection, Attempt> {
        let mut child = self.spawn().map_err(Attempt::Spawn)?;
        let stderr = Arc::new(StderrTail::default());
        let life = Life::new(Some(stderr.clone()));
        let (stdin, stdout) = pipes(&mut *child).ok_or_else(|| Attempt::Spawn(io::ErrorKind::BrokenPipe.into()))?;
        if let Some(pipe) = child.stderr().take() {
            tokio::spawn(process::read_stderr(pipe, stderr, signals.clone()));
        }
        tokio::spawn(process::watch(child, life.clone()));
        let transport = LineTransport::new(stdout, stdin, life.clone());
        Connection::open(transport, lifecycle, life, true, options, signals).await.map_err(Attempt::Handshake)
    }

    fn spawn(&self) -> io::Result<Box<dyn ChildWrapper>> {
        match self.command(&self.program).spawn() {
            // On Windows, `npx` and other programs are scripts, which are found by their whole name only.
            Err(error) if cfg!(windows) && error.kind() == io::ErrorKind::NotFound => {
                let mut script = self.program.clone();
                script.push(".cmd");
                self.command(&script).spawn()
            }
            result => result,
        }
    }

    fn command(&self, program: &OsStr) -> CommandWrap {
        let mut command = Command::new(program);
        command.args(&self.args).env_clear().stdin(Pipe::piped()).stdout(Pipe::piped()).stderr(Pipe::piped());
        command.envs(INHERITED.iter().filter_map(|name| Some((name, env::var_os(name)?))));
        command.envs(&self.env);
        if let Some(folder) = &self.current_dir {
            command.current_dir(folder);
        }
        let mut command = CommandWrap::from(command);
        command.wrap(KillOnDrop);
        // `npx`, `uvx` and `sh -c` start the server as another process, which must end as well.
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::tokio::JobObject);
        command
    }
}

fn pipes(child: &mut dyn ChildWrapper) -> Option<(ChildStdin, ChildStdout)> {
    Some((child.stdin().take()?, child.stdout().take()?))
}

/// Shows no values of variables and no arguments, because both can contain secrets.
impl fmt::Debug for Stdio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stdio")
            .field("program", &self.program)
            .field("args", &self.args.len())
            .field("env", &self.env.keys().collect::<Vec<_>>())
            .field("current_dir", &self.current_dir)
            .finish()
    }
}

/// The reason that one start failed.
enum Attempt {
    Spawn(io::Error),
    Handshake(HandshakeError),
}

impl Attempt {
    fn error(self, stdio: &Stdio, signals: &Signals) -> Error {
        let server = match signals.server() {
            "" => format!("the server \"{}\"", stdio.label()),
            name => format!("the server \"{name}\""),
        };
        match self {
            Self::Handshake(
                HandshakeError::Refused(why) | HandshakeError::Failed(why) | HandshakeError::Unreachable(why),
            ) => Error::start(format!("{server} did not connect: {why}")),
            Self::Handshake(HandshakeError::Unauthorized) => Error::start(format!("{server} requires a sign-in")),
            Self::Spawn(error) => {
                let program = stdio.program.to_string_lossy();
                let why = match &stdio.current_dir {
                    Some(folder) if !folder.is_dir() => {
                        format!("its working directory {} does not exist", folder.display())
                    }
                    _ if error.kind() == io::ErrorKind::NotFound => {
                        format!("the program `{program}` was not found: install it, or give its full path")
                    }
                    _ => format!("the program `{program}` does not start: {error}"),
                };
                Error::start(format!("{server} did not start: {why}")).caused_by(error)
            }
        }
    }
}
