//! [`Interaction`]: a recorded request and the response to it.

use std::time::Duration;

use bytes::Bytes;

/// A recorded request and the response to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Interaction {
    pub(super) request: Sent,
    pub(super) response: Received,
    /// The time of the recording, in the format of RFC 3339.
    pub(super) recorded_at: Option<String>,
}

/// Header names in lower case, with their values.
pub(super) type Headers = Vec<(String, String)>;

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sent {
    /// In upper case.
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) headers: Headers,
    pub(super) body: Bytes,
}

/// A response, without compression.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) headers: Headers,
    pub(super) body: Bytes,
    /// The pieces in which the body arrived. Empty if they are not known.
    pub(super) pieces: Vec<Piece>,
    /// `true` if the body ended before the response was complete.
    pub(super) is_cut: bool,
}

/// A piece of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The time since the previous piece, or since the request was sent. It has whole milliseconds.
    pub(super) wait: Duration,
    pub(super) bytes: usize,
}

impl Sent {
    /// Returns the path with the query, from `/v1/` on. The part before it belongs to the address of a gateway.
    pub(super) fn path(&self) -> &str {
        let uri = self.uri.split('#').next().unwrap_or_default();
        let path = match uri.split_once("://") {
            Some((_, rest)) => rest.find(['/', '?']).map_or("/", |start| &rest[start..]),
            None => uri,
        };
        let end = path.find('?').unwrap_or(path.len());
        path[..end].rfind("/v1/").map_or(path, |start| &path[start..])
    }

    /// Returns the path without the query.
    pub(super) fn bare_path(&self) -> &str {
        self.path().split('?').next().unwrap_or_default()
    }

    /// Returns `true` for the paths to which a client sends requests.
    pub(super) fn is_of_this_api(&self) -> bool {
        let path = self.bare_path();
        ["/v1/messages", "/v1/models"]
            .iter()
            .any(|own| path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }
}

/// Returns the first value of a header.
pub(super) fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

impl Received {
    pub(super) fn is_stream(&self) -> bool {
        header(&self.headers, "content-type").is_some_and(|kind| kind.trim_start().starts_with("text/event-stream"))
    }

    /// Returns the pieces of the body. If the recorded sizes do not add up to the body, which was then edited, it is one
    /// piece.
    pub(super) fn split(&self) -> Vec<(Duration, Bytes)> {
        let total: usize = self.pieces.iter().fold(0, |sum, piece| sum.saturating_add(piece.bytes));
        if total != self.body.len() || self.pieces.is_empty() {
            let wait = self.pieces.first().map_or(Duration::ZERO, |piece| piece.wait);
            return vec![(wait, self.body.clone())];
        }
        let mut rest = self.body.clone();
        self.pieces.iter().map(|piece| (piece.wait, rest.split_to(piece.bytes))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_gateway_is_not_part_of_the_path() {
        let path = |uri: &str| {
            let sent = Sent { method: "POST".into(), uri: uri.into(), headers: vec![], body: Bytes::new() };
            sent.path().to_owned()
        };
        assert_eq!(path("https://api.anthropic.com/v1/messages?beta=true"), "/v1/messages?beta=true");
        assert_eq!(path("http://localhost:1/a/v1/messages"), "/v1/messages");
        assert_eq!(path("/v1/models?limit=1"), "/v1/models?limit=1");
        assert_eq!(path("https://host?to=/v1/messages"), "?to=/v1/messages");
        assert_eq!(path("https://host"), "/");
    }

    #[test]
    fn an_edited_body_is_one_piece() {
        let piece = |wait, bytes| Piece { wait: Duration::from_millis(wait), bytes };
        let mut received =
            Received { body: "abc".into(), pieces: vec![piece(5, 1), piece(7, 2)], ..Received::default() };
        let split = received.split();
        assert_eq!(split, [(Duration::from_millis(5), "a".into()), (Duration::from_millis(7), "bc".into())]);
        received.body = "abcd".into();
        assert_eq!(received.split(), [(Duration::from_millis(5), "abcd".into())]);
    }
}
