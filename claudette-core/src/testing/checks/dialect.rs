//! [`Dialect`]: the version and the beta features that the headers select.

/// The version and the beta features that the headers select.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) version: Version,
    /// `true` if the request uses any beta. Its name does not matter, because new ones appear often.
    pub(super) beta: bool,
    /// `true` if the request uses interleaved thinking, whose budget may exceed `max_tokens`.
    pub(super) interleaved: bool,
    /// `true` if a message may define a tool that is not in `tools`.
    pub(super) inline_tools: bool,
    pub(super) mcp: Mcp,
}

/// The version of the MCP connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mcp {
    /// Not enabled.
    None,
    /// Servers and toolsets.
    Servers,
    /// Also listings and pinned tools.
    Listings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V2023,
    V2026,
}
