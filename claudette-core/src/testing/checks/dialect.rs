//! [`Dialect`]: what the headers decide about the body.

/// What the headers decide about the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) version: Version,
    /// Whether any beta is asked for. Which one is not looked at: new ones appear all the time.
    pub(super) beta: bool,
    /// Whether thinking between tool calls is asked for, which unties its budget from `max_tokens`.
    pub(super) interleaved: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V2023,
    V2026,
}
