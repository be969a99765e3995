//! [`Serve::stdio`]: a server on stdin and stdout.

use std::io::{IsTerminal as _, stdin};

use super::handler::Handler;
use super::io::run;
use super::offer::Offer;
use super::serve::Serve;
use super::streams::take;
use crate::error::Result;

impl Serve {
    /// Serves one client on stdin and stdout, until stdin ends. Return from `main` then.
    ///
    /// When stdin ends, running calls have five seconds to finish.
    ///
    /// # Output of the program
    ///
    /// Stdout belongs to the protocol. On Unix, the server takes it for itself: from this call on, `println!` and
    /// everything else that writes to stdout appears on stderr, also in child processes, and stdin is empty for them. So
    /// a tool that prints does not break the protocol. Elsewhere, write nothing to stdout. Logs belong on stderr
    /// (`tracing_subscriber::fmt().with_writer(std::io::stderr)`), which clients store or show.
    ///
    /// # Errors
    ///
    /// Misuse, before anything is served: two tools have the same name, a definition is not valid, the
    /// [state](claudette::State) of a tool is missing, a setting is not valid, or the process has another server on
    /// stdin and stdout. Otherwise, the client does not follow the protocol, or the streams cannot be used.
    pub async fn stdio(mut self) -> Result<()> {
        let shutdown = self.shutdown.take();
        let handler = Handler::new(Offer::new(self)?);
        if stdin().is_terminal() {
            eprintln!("This is an MCP server. An MCP client starts it and writes JSON to its stdin.");
        }
        let (read, write) = take()?;
        run(handler, read, write, shutdown).await
    }
}
