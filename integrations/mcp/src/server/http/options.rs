//! [`HttpOptions`]: the settings of a server behind a URL.

use super::bearer::Bearer;
use crate::server::serve::Serve;

/// The settings of a server behind a URL, as the program gave them.
pub(in crate::server) struct HttpOptions {
    pub(super) hosts: Vec<String>,
    pub(super) origins: Vec<String>,
    pub(super) max_body: usize,
    pub(super) max_sessions: usize,
    pub(super) bearer: Option<Bearer>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self { hosts: Vec::new(), origins: Vec::new(), max_body: 4 * 1024 * 1024, max_sessions: 1000, bearer: None }
    }
}

/// Settings of a server behind a URL.
#[cfg_attr(docsrs, doc(cfg(feature = "http")))]
impl Serve {
    /// Adds names by which clients may address the server: the host of its URL, such as `mcp.example.com`, with or
    /// without a port. `*` permits all.
    ///
    /// The names of this machine (`localhost`, `127.0.0.1`, `[::1]`) are always permitted, others are refused. This
    /// protects a server on this machine from web pages that give their own name the address of this machine (DNS
    /// rebinding). If a [`bearer`](Self::bearer) token is required and no name is added, all names are permitted.
    pub fn allowed_hosts<T: Into<String>>(mut self, hosts: impl IntoIterator<Item = T>) -> Self {
        self.http.hosts.extend(hosts.into_iter().map(Into::into));
        self
    }

    /// Adds origins of web pages that may call the server, such as `https://app.example.com`. `*` permits all.
    ///
    /// An entry has a scheme. Without a port it means the usual port of the scheme; `:*` means all ports. Pages of this
    /// machine (`localhost`, `127.0.0.1`, `[::1]`) are always permitted, others are refused. Clients that are not
    /// browsers send no origin, so this does not concern them.
    pub fn allowed_origins<T: Into<String>>(mut self, origins: impl IntoIterator<Item = T>) -> Self {
        self.http.origins.extend(origins.into_iter().map(Into::into));
        self
    }

    /// Sets the maximum size of a request in bytes. The default is 4 MiB.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.http.max_body = bytes;
        self
    }

    /// Sets the maximum number of sessions. If it is reached, new clients are refused with status 503. The default is
    /// 1000.
    ///
    /// Clients of protocol versions before 2026-07-28 have a session, which ends when the client ends it or after an
    /// hour without a message.
    pub fn max_sessions(mut self, sessions: usize) -> Self {
        self.http.max_sessions = sessions;
        self
    }

    /// Requires this token: a request without the header `Authorization: Bearer <token>` is refused with status 401.
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        self.http.bearer = Some(Bearer::new(token.into()));
        self
    }
}
