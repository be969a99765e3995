//! [`Options`]: what a connection is told before it is made.

use std::fmt;
use std::time::Duration;

use super::elicitation::Elicit;
use super::listing::DEFAULT_MAX_TOOLS;
use super::pins::Pins;
use super::sampling::Sampling;

/// Which protocol a connection speaks.
///
/// The protocol has two eras. In the *legacy* era (until 2025-11-25), a connection begins with a handshake. In the
/// *modern* era (since 2026-07-28), every request carries its own metadata.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// Finds out what the server speaks. A process gets the legacy handshake first, because some old servers do not
    /// survive a request that they do not know; it is started again for the modern era if it refuses. A URL is asked for
    /// the modern era first. A reader and writer get the legacy handshake only, because they cannot be opened again.
    #[default]
    Auto,
    /// Speaks the legacy protocol only.
    Legacy,
    /// Speaks the modern protocol only.
    Modern,
}

/// What happens if the definition of a tool is not the one that was approved.
///
/// A server can change a definition after it was reviewed, and a description is an instruction for the model. A
/// definition counts as approved if it is one of the [`pins`](crate::Connect::pins), and without pins when the program
/// takes the tools with [`tools`](crate::McpServer::tools).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnDrift {
    /// The tool is not called. The model reads the difference, which is also in the log and in the
    /// [report](crate::McpServer::report). A tool that does not match its pin is not among the tools at all.
    #[default]
    Refuse,
    /// As `Refuse`, but a call ends the whole run with an error that shows the difference
    /// ([`Error::is_drift`](crate::Error::is_drift)).
    Abort,
    /// The tool is called, and the difference is in the log and in the report.
    Warn,
}

/// The settings of a connection that do not depend on its transport.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) name: Option<String>,
    pub(crate) connect_timeout: Duration,
    pub(crate) timeout: Duration,
    pub(crate) total_timeout: Duration,
    pub(crate) protocol: Protocol,
    pub(crate) max_tools: usize,
    pub(crate) max_result: usize,
    pub(crate) pins: Pins,
    pub(crate) on_drift: OnDrift,
    pub(crate) roots: Option<Vec<String>>,
    pub(crate) sampling: Option<Sampling>,
    pub(crate) elicit: Option<Elicit>,
    pub(crate) trusted: bool,
    pub(crate) exclusive: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: None,
            connect_timeout: Duration::from_secs(30),
            timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(600),
            protocol: Protocol::Auto,
            max_tools: DEFAULT_MAX_TOOLS,
            max_result: 100_000,
            pins: Pins::default(),
            on_drift: OnDrift::default(),
            roots: None,
            sampling: None,
            elicit: None,
            trusted: false,
            exclusive: false,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("name", &self.name)
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("total_timeout", &self.total_timeout)
            .field("protocol", &self.protocol)
            .field("pins", &self.pins)
            .field("on_drift", &self.on_drift)
            .field("trusted", &self.trusted)
            .field("exclusive", &self.exclusive)
            .finish_non_exhaustive()
    }
}
