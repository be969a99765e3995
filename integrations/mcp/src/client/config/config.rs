//! [`Config`]: the servers of a configuration file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// The servers of a configuration file, in the order of the file.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Config {
    pub(crate) servers: Vec<Entry>,
    pub(crate) problems: Vec<ConfigProblem>,
}

/// A part of a configuration file that is ignored or may not work.
#[derive(Debug, PartialEq)]
pub(crate) struct ConfigProblem {
    /// The server, if the problem is that of one server.
    pub(crate) server: Option<String>,
    pub(crate) text: String,
}

/// One server of a configuration file.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) launch: Launch,
    /// The time to wait for the answer to a call.
    pub(crate) timeout: Option<Duration>,
}

/// How a server is reached. Variables are expanded.
///
/// `Debug` hides everything that can contain a secret: arguments, values of the environment and of headers, and the
/// query and the user of a URL.
#[derive(PartialEq)]
pub(crate) enum Launch {
    Stdio {
        command: String,
        args: Vec<String>,
        env: BTreeMap<String, String>,
        /// The working directory, if the file names one. A relative one is relative to the folder of the file.
        cwd: Option<PathBuf>,
        /// The command as the file names it.
        written: String,
    },
    Http {
        url: String,
        headers: BTreeMap<String, String>,
        /// The URL as the file names it.
        written: String,
    },
    /// The file switches the server off.
    Disabled,
    /// The server cannot be used, for this reason. The others can.
    Unsupported(String),
}

impl fmt::Debug for Launch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdio { args, env, cwd, written, .. } => f
                .debug_struct("Stdio")
                .field("command", written)
                .field("args", &args.len())
                .field("env", &env.keys())
                .field("has_cwd", &cwd.is_some())
                .finish(),
            Self::Http { headers, written, .. } => {
                f.debug_struct("Http").field("url", &bare_url(written)).field("headers", &headers.keys()).finish()
            }
            Self::Disabled => f.write_str("Disabled"),
            Self::Unsupported(why) => f.debug_tuple("Unsupported").field(why).finish(),
        }
    }
}

/// Returns a URL without its user, query and fragment, which can contain secrets.
fn bare_url(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let url = &url[..end];
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let separator = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{separator}{host}{path}")
}
