//! [`Call`]: one request to `/v1/messages`, encoded and ready to be sent as often as it takes.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde::Serialize;

use crate::messages::{Message, Params, System};
use crate::model::Model;

/// A request in pieces. Cloning shares them: a retry sends the same bytes.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) model: Model,
    pub(crate) body: Vec<Bytes>,
    /// Headers of this request alone.
    pub(crate) headers: HeaderMap,
    pub(crate) timeout: Option<Duration>,
    /// How long all attempts together may take.
    pub(crate) deadline: Option<Duration>,
    /// The answer will be a stream, whoever asked.
    pub(crate) streams: bool,
    /// Sampling parameters exist only in the API's older version.
    pub(crate) samples: bool,
}

impl Call {
    /// Puts the pieces of a body together: the parameters, the system prompt and tools (encoded once by whoever owns
    /// them), the messages (a list without its brackets).
    pub(crate) fn new(params: &Params, prefix: &Prefix, messages: impl IntoIterator<Item = Bytes>) -> Self {
        let mut head = json(params);
        // The parameters are an object that is never empty: it stays open for what follows.
        head.pop();
        head.push(b',');
        let mut body = vec![head.into()];
        body.extend((!prefix.0.is_empty()).then(|| prefix.0.clone()));
        body.push(Bytes::from_static(b"\"messages\":["));
        body.extend(messages);
        body.push(Bytes::from_static(b"]}"));
        Self {
            model: params.model.clone(),
            body,
            headers: HeaderMap::new(),
            timeout: None,
            deadline: None,
            streams: params.stream,
            samples: params.samples(),
        }
    }
}

/// System prompt and tools as they stand in a body. They seldom change: encoded once, shared by every request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prefix(Bytes);

impl Prefix {
    /// `tools` is a JSON list, or empty.
    pub(crate) fn new(system: Option<&System>, tools: &str) -> Self {
        let mut text = Vec::new();
        if let Some(system) = system.filter(|system| !system.is_empty()) {
            text.extend_from_slice(b"\"system\":");
            text.append(&mut json(system));
            text.push(b',');
        }
        if !tools.is_empty() {
            text.extend_from_slice(b"\"tools\":");
            text.extend_from_slice(tools.as_bytes());
            text.push(b',');
        }
        Self(text.into())
    }
}

/// A list of messages without its brackets.
pub(crate) fn encode(messages: &[Message]) -> Bytes {
    let mut list = json(&messages);
    list.pop();
    Bytes::from(list).slice(1..)
}

pub(crate) fn json(value: &impl Serialize) -> Vec<u8> {
    // Maps with string keys, strings and numbers: nothing of ours can fail to serialise.
    serde_json::to_vec(value).expect("wire types have a JSON form")
}
