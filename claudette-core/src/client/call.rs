//! [`Call`]: one request to the API, encoded and ready to be sent as often as it takes.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde::Serialize;
use serde_json::{Map, Value};

use super::body::Body;
use super::delivery::Delivery;
use super::model_rules::{Facts, check};
use super::{Client, builder};
use crate::error::{Error, Result};
use crate::messages::{CacheBreakpoints, CacheControl, CachePolicy, Message, Params, System, ThinkingKind};
use crate::model::Model;
use crate::profile::Profile;
use crate::tool::Toolset;

/// The version of the API that is sent to, and the older one, where alone sampling parameters exist.
pub(super) const WITHOUT_SAMPLING: &str = "2026-10-21";
pub(super) const WITH_SAMPLING: &str = "2023-06-01";

/// Where messages are created.
pub(super) const MESSAGES: &str = "/v1/messages";

/// Where the version stands.
pub(super) const VERSION: &str = "anthropic-version";

/// A request in pieces. Cloning shares them: a retry sends the same bytes.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(super) method: &'static str,
    pub(super) path: Cow<'static, str>,
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
    /// Puts the body together: the parameters, the system prompt and tools (encoded once by whoever owns them), the messages
    /// (by whoever knows them: a list without its brackets).
    fn new(
        endpoint: Endpoint,
        params: &Params,
        prefix: &Prefix,
        delivery: &Delivery,
        messages: impl FnOnce(&mut Body),
    ) -> Self {
        let mut head = if params.extra.is_empty() { json(params) } else { json(&params.to_fields()) };
        // The parameters are an object that is never empty: it stays open for what follows.
        head.pop();
        head.push(b',');
        let mut body = Body::new(head);
        body.share(&prefix.json, || prefix.json.clone());
        body.push(b"\"messages\":[");
        messages(&mut body);
        body.push(b"]}");
        let path = match endpoint {
            Endpoint::Messages => MESSAGES,
            Endpoint::CountTokens => "/v1/messages/count_tokens",
        };
        Self {
            method: "POST",
            path: path.into(),
            model: params.model.clone(),
            body: body.finish(),
            headers: delivery.headers.clone(),
            timeout: delivery.timeout,
            deadline: delivery.deadline,
            streams: params.stream,
            samples: params.samples(),
        }
    }

    /// A request without a body.
    pub(super) fn get(path: impl Into<Cow<'static, str>>) -> Self {
        Self {
            method: "GET",
            path: path.into(),
            // Nobody answers, so nothing is entered into the books.
            model: Model::from(""),
            body: Vec::new(),
            headers: HeaderMap::new(),
            timeout: None,
            deadline: None,
            streams: false,
            samples: false,
        }
    }
}

/// What is asked about a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// What the model says next.
    Messages,
    /// How many tokens the request has.
    CountTokens,
}

/// A request before its messages are encoded.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) endpoint: Endpoint,
    pub(crate) params: &'a Params,
    pub(crate) prefix: &'a Prefix,
    pub(crate) delivery: &'a Delivery,
    /// The conversation ends in words of the model, for it to go on from.
    pub(crate) prefills: bool,
    /// The conversation has messages of the role `system`.
    pub(crate) has_system_messages: bool,
    /// The cache marks in the messages.
    pub(crate) marks: CacheBreakpoints,
    /// The last block of the conversation has one.
    pub(crate) ends_marked: bool,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(params: &'a Params, prefix: &'a Prefix, delivery: &'a Delivery) -> Self {
        Self {
            endpoint: Endpoint::Messages,
            params,
            prefix,
            delivery,
            prefills: false,
            has_system_messages: false,
            marks: CacheBreakpoints::default(),
            ends_marked: false,
        }
    }
}

/// Reasoning and a long answer fit, and a plain call with it ends within the API's ten minutes.
const MAX_TOKENS: u32 = 16_384;

impl Client {
    /// Checks a request and encodes it, but for its messages: whoever knows them does, as a list without its brackets. Every
    /// request for a reply or a count goes through here.
    ///
    /// # Errors
    /// Misuse: the model would refuse the request, or HTTP one of its headers.
    pub(crate) fn call(&self, draft: &Draft<'_>, messages: impl FnOnce(&mut Body)) -> Result<Call> {
        let mark = self.automatic_mark(draft)?;
        let Draft { endpoint, params, prefix, delivery, prefills, has_system_messages, .. } = *draft;
        delivery.check()?;
        for (field, instead) in [("messages", "give the conversation to `send`"), ("stream", "call `stream()`")] {
            if params.extra.contains_key(field) {
                return Err(Error::misuse(format!("`{field}` is no extra field: {instead}")));
            }
        }
        let lacks_maximum = endpoint == Endpoint::Messages && params.max_tokens.is_none();
        let completed = (lacks_maximum || mark.is_some()).then(|| {
            let max_tokens = if lacks_maximum { Some(self.max_tokens(params)) } else { params.max_tokens };
            Params { max_tokens, cache_control: mark.map(Box::new), ..params.clone() }
        });
        let params = completed.as_ref().unwrap_or(params);
        let profile = self.profile(&params.model);
        if let Some(profile) = profile {
            let facts = Facts {
                params,
                prefills,
                has_system_messages,
                interleaves: self.has_beta(&delivery.headers, "interleaved-thinking-"),
                version: self.version(&delivery.headers),
            };
            check(profile, facts)?;
        }
        Ok(Call::new(endpoint, params, prefix, delivery, messages))
    }

    /// System prompt and tools, with the marks that requests like this have on them.
    pub(crate) fn prefix(&self, system: Option<&System>, tools: &Toolset, params: &Params) -> Prefix {
        Prefix::new(system, tools, &params.extra, self.cache(params))
    }

    /// What requests like this have the API keep.
    pub(crate) fn cache<'a>(&'a self, params: &'a Params) -> &'a CachePolicy {
        params.cache.as_deref().unwrap_or(&self.0.cache)
    }

    /// The cache mark that the API is to set by itself, if there is room for one.
    ///
    /// # Errors
    /// Misuse: there are more marks than the API takes, or not in the order in which it takes them.
    fn automatic_mark(&self, draft: &Draft<'_>) -> Result<Option<CacheControl>> {
        let before = draft.prefix.marks.then(draft.marks);
        let control = self.cache(draft.params).whole.as_ref();
        let control = control.filter(|_| before.count < CacheBreakpoints::MOST && !draft.ends_marked);
        let marks = before.then(control.map(CacheBreakpoints::from).unwrap_or_default());
        if marks.count > CacheBreakpoints::MOST {
            let (prefix, messages) = (draft.prefix.marks.count, draft.marks.count);
            return Err(Error::misuse(format!(
                "the API takes {} cache marks in a request, and here are {}: {prefix} on tools and system prompt, {messages} \
                 in the messages; `cache(true)` needs only one, which moves along",
                CacheBreakpoints::MOST,
                marks.count,
            )));
        }
        if marks.are_out_of_order {
            return Err(Error::misuse(
                "a cache mark of an hour stands behind one of five minutes, and the API takes them the other way round: \
                 tools come first, then the system prompt, then the messages",
            ));
        }
        Ok(control.cloned())
    }

    /// How many tokens a reply may have: as many as are asked for, or those that it gets by itself.
    pub(crate) fn max_tokens(&self, params: &Params) -> u32 {
        let most = || self.profile(&params.model)?.max_output()?.try_into().ok();
        params.max_tokens.unwrap_or_else(|| MAX_TOKENS.min(most().unwrap_or(u32::MAX)))
    }

    /// Whether the model is known to take a request with these settings that demands a call.
    pub(crate) fn can_demand_a_call(&self, params: &Params) -> bool {
        let thinks = params.thinking.as_ref().is_some_and(|thinking| *thinking.kind() == ThinkingKind::Enabled);
        self.profile(&params.model).is_some_and(Profile::takes_forced_tool_choice) && !thinks
    }

    /// Whether a beta of this name, whatever its date, is asked for by the client or by these headers.
    fn has_beta(&self, headers: &HeaderMap, name: &str) -> bool {
        let lists =
            [self.headers(), headers].into_iter().filter_map(|headers| headers.get(builder::BETA)?.to_str().ok());
        lists.flat_map(|list| list.split(',')).any(|beta| beta.trim().starts_with(name))
    }

    /// The version of the API, where the client or these headers name one.
    fn version<'a>(&'a self, headers: &'a HeaderMap) -> Option<&'a str> {
        let own = || self.headers().get(VERSION).filter(|_| self.0.names_version);
        headers.get(VERSION).or_else(own)?.to_str().ok()
    }
}

/// System prompt and tools as they stand in a body. They seldom change: encoded once, shared by every request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prefix {
    json: Bytes,
    marks: CacheBreakpoints,
}

impl Prefix {
    pub(crate) fn len(&self) -> usize {
        self.json.len()
    }

    /// The cache marks in it.
    pub(crate) fn marks(&self) -> CacheBreakpoints {
        self.marks
    }

    /// What is set by its name in `extra` is left out here.
    fn new(system: Option<&System>, tools: &Toolset, extra: &Map<String, Value>, cache: &CachePolicy) -> Self {
        let (mut text, mut marks) = (Vec::new(), CacheBreakpoints::default());
        if !tools.is_empty() && !extra.contains_key("tools") {
            let marked = cache.tools.as_ref().map(|control| tools.marked(control));
            let tools = marked.as_ref().unwrap_or(tools);
            text.extend_from_slice(b"\"tools\":");
            text.extend_from_slice(tools.wire_json().as_bytes());
            text.push(b',');
            marks = tools.marks();
        }
        if let Some(system) = system.filter(|system| !system.is_empty() && !extra.contains_key("system")) {
            let mut system = Cow::Borrowed(system);
            if let Some(control) = &cache.system {
                system.to_mut().set_mark(control);
            }
            text.extend_from_slice(b"\"system\":");
            text.append(&mut json(&system));
            text.push(b',');
            marks = marks.then(system.marks());
        }
        Self { json: text.into(), marks }
    }
}

/// A list of messages without its brackets.
pub(crate) fn encode(messages: &[Message]) -> Vec<u8> {
    let mut list = Vec::with_capacity(SHORT);
    for (place, message) in messages.iter().enumerate() {
        if place > 0 {
            list.push(b',');
        }
        write_json(&mut list, message);
    }
    list
}

pub(crate) fn json(value: &impl Serialize) -> Vec<u8> {
    let mut json = Vec::with_capacity(SHORT);
    write_json(&mut json, value);
    json
}

/// As many bytes as a short message has.
const SHORT: usize = 128;

fn write_json(text: &mut Vec<u8>, value: &impl Serialize) {
    // Maps with string keys, strings and numbers: nothing of ours can fail to serialise.
    serde_json::to_writer(text, value).expect("wire types have a JSON form");
}
