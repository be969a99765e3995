//! [`EncodedRequest`]: a request as bytes, which every attempt sends.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};

use super::betas::{features_of, missing_betas};
use super::body_writer::BodyWriter;
use super::breakpoints::Breakpoints;
use super::container::container_of;
use super::conversation::{Conversation, PendingMessage};
use super::feature_rules::{self, Uses};
use super::json_text::{encode, json};
use super::marking::{mark_blocks, mark_turn};
use super::mcp_connector::missing_beta;
use super::model_rules::{Subject, check};
use super::options::{Decided, Fields, RequestOptions};
use super::plan::RequestPlan;
use super::prefill::Prefill;
use super::prefix::Prefix;
use super::span_settings::SpanSettings;
use super::wire::{MESSAGES, VERSION};
use crate::catalog::{Feature, Model, Profile};
use crate::client::Client;
use crate::client::headers::{BETA, append_beta};
use crate::client::hosts::{Operation, OperationKind};
use crate::error::{Error, Result};
use crate::messages::{
    CacheBreakpoints, CacheControl, CachePolicy, ContentBlock, LongNames, Message, Role, System, ThinkingKind,
};
use crate::tool::Toolset;

/// A request as bytes, from [`Client::encode`]. Clones share the bytes, and so do retries.
///
/// ```
/// # use claudette::testing::MockServer;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::client::{RequestOptions, RequestPlan};
/// use claudette::wire::Prompt;
///
/// let options = RequestOptions::new("claude-sonnet-5-5").max_tokens(100);
/// let request = client.encode(&RequestPlan::new(&options, Prompt::from("Hello")))?;
/// assert_eq!((request.method(), request.path()), ("POST", "/v1/messages"));
/// let body: serde_json::Value = serde_json::from_slice(&request.body().concat()).unwrap();
/// assert_eq!(body["max_tokens"], 100);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EncodedRequest {
    pub(in crate::client) method: Method,
    pub(in crate::client) operation: OperationKind,
    pub(in crate::client) path: Cow<'static, str>,
    pub(in crate::client) model: Model,
    pub(in crate::client) body: Vec<Bytes>,
    /// The headers of this request, in addition to those of the client.
    pub(in crate::client) headers: HeaderMap,
    pub(in crate::client) timeout: Option<Duration>,
    /// The time limit of all attempts together.
    pub(in crate::client) total_timeout: Option<Duration>,
    /// `true` if the response will be a stream.
    pub(in crate::client) streams: bool,
    /// `true` if there are sampling parameters, which exist only in the older version of the API.
    pub(in crate::client) samples: bool,
    /// The tools whose names were too long to be sent.
    pub(in crate::client) long_names: LongNames,
    /// The settings that the span of the request shows.
    pub(in crate::client) shown: SpanSettings,
    /// The requests that are sent in this order if the model declines.
    pub(in crate::client) fallbacks: Vec<FallbackRequest>,
    /// The message that the request adds and its encoding, if that is what the history will keep.
    pub(crate) added: Option<(Message, Bytes)>,
}

/// A request to another model, which is sent if the first one declines.
#[derive(Clone)]
pub(in crate::client) struct FallbackRequest {
    pub(in crate::client) request: EncodedRequest,
    /// The request without fast mode, if the fallback has taken it over from the original request.
    pub(in crate::client) without_speed: Option<EncodedRequest>,
}

impl EncodedRequest {
    /// Returns a request without a body.
    fn get(operation: OperationKind, path: Cow<'static, str>) -> Self {
        Self {
            method: Method::GET,
            operation,
            path,
            // A model does not answer this request, so usage is not recorded.
            model: Model::from(""),
            body: Vec::new(),
            headers: HeaderMap::new(),
            timeout: None,
            total_timeout: None,
            streams: false,
            samples: false,
            long_names: LongNames::default(),
            shown: SpanSettings::default(),
            fallbacks: Vec::new(),
            added: None,
        }
    }

    /// Returns the HTTP method.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// Returns the path after the base URL, with its query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the number of bytes of the body.
    pub(in crate::client) fn size(&self) -> usize {
        self.body.iter().map(Bytes::len).sum()
    }

    /// Returns the pieces of the body, which other requests may share.
    pub fn body(&self) -> &[Bytes] {
        &self.body
    }
}

/// Does not show headers, because they may contain credentials.
impl fmt::Debug for EncodedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncodedRequest({} {}, {} bytes)", self.method, self.path, self.size())
    }
}

/// The endpoint that a request is encoded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client) enum Endpoint {
    /// Creates a message.
    Messages,
    /// Counts the tokens of the request.
    CountTokens,
}

/// The default maximum of output tokens. It is enough for thinking and a long response, and a request without streaming
/// ends within the API's limit of ten minutes.
const MAX_TOKENS: u32 = 16_384;

impl Client {
    /// Checks a plan and encodes it, without sending it.
    ///
    /// # Errors
    /// Misuse: the model is known to refuse the request, a header is not valid, or the conversation is empty.
    pub fn encode(&self, plan: &RequestPlan<'_>) -> Result<EncodedRequest> {
        self.encode_for(Endpoint::Messages, plan)
    }

    pub(in crate::client) fn encode_for(&self, endpoint: Endpoint, plan: &RequestPlan<'_>) -> Result<EncodedRequest> {
        let options = &plan.options;
        if endpoint != Endpoint::Messages || options.fallbacks_in_client(self.platform()).is_empty() {
            return self.encode_one(endpoint, plan, None);
        }
        let mut request = self.encode_one(endpoint, plan, self.missing_credit_beta(options))?;
        request.fallbacks = self.encode_fallbacks(plan)?;
        Ok(request)
    }

    /// Returns a request without a body to this path of the API of Anthropic.
    ///
    /// # Errors
    /// Misuse: the host does not serve the operation.
    pub(in crate::client) fn get_request(&self, operation: OperationKind, path: &str) -> Result<EncodedRequest> {
        let host_path = self.host_path(&Operation::new(operation, path, &Model::from("")))?;
        Ok(EncodedRequest::get(operation, host_path.unwrap_or_else(|| path.to_owned()).into()))
    }

    /// Returns the path of an operation at the host of the client; `None` if it is that at the API of Anthropic.
    ///
    /// # Errors
    /// Misuse: the host does not serve the operation.
    fn host_path(&self, operation: &Operation<'_>) -> Result<Option<String>> {
        if let Some((feature, remedy)) = operation.kind().feature()
            && !self.platform().supports(feature)
        {
            let platform = self.platform();
            return Err(Error::misuse(format!("{platform} does not support {feature}; {remedy}")));
        }
        self.0.host.as_ref().map(|host| host.path(operation)).transpose()
    }

    /// Encodes a request without its fallbacks. `beta` is enabled in addition to those of the caller and of the features.
    pub(super) fn encode_one(
        &self,
        endpoint: Endpoint,
        plan: &RequestPlan<'_>,
        beta: Option<&'static str>,
    ) -> Result<EncodedRequest> {
        let (options, conversation, prefill) = (&*plan.options, &plan.conversation, plan.prefill);
        plan.tools.check()?;
        options.check()?;
        check_conversation(conversation, prefill)?;
        let by_settings = features_of(options, self.platform()).and(plan.tools.features());
        let by_messages = conversation.features();
        let features = by_settings.and(by_messages);
        let betas = || self.betas(&options.headers);
        let mcp_beta = missing_beta(options, &plan.tools, features, betas)?;
        let changed = plan.prefix.is_none().then(|| self.prefix(plan.system.as_deref(), plan.declared(), options));
        let Some(prefix) = plan.prefix.or(changed.as_ref()) else { unreachable!("encoded if it was not given") };
        let cache = &*self.placed_cache(options);
        let sealed = conversation.breakpoints.unwrap_or_else(|| CacheBreakpoints::of_messages(&*conversation.sealed));
        let pending = conversation.pending();
        let placed = match &pending {
            Some(pending) => Breakpoints::of(conversation, pending, prefix.breakpoints().then(sealed), cache),
            None => Breakpoints::default(),
        };
        let sent = pending.as_ref().map(|pending| marked(pending, &placed.pending, cache.last_message.as_ref()));
        let in_turn = placed.turn.as_ref().map(|(_, control)| CacheBreakpoints::from(control)).unwrap_or_default();
        let messages = sent
            .iter()
            .fold(sealed.then(in_turn), |all, sent| all.then(CacheBreakpoints::of_messages(sent.messages())));
        let ends_marked = prefill.is_none() && sent.as_ref().is_some_and(|sent| sent.message.ends_marked());
        let cache_control = automatic_breakpoint(cache, prefix, messages, ends_marked)?;
        let is_message = endpoint == Endpoint::Messages;
        let profile = self.profile(&options.model);
        let max_tokens = if is_message { Some(max_tokens(options, profile)) } else { options.max_tokens };
        let tool_choice = plan.tool_choice();
        let streams = is_message && (plan.streams || options.is_long());
        let samples = options.samples();
        let uses = Uses {
            options,
            tool_choice: tool_choice.as_deref(),
            by_settings,
            by_messages,
            last: conversation.messages().next_back(),
            system: conversation.system.as_ref(),
        };
        feature_rules::check(self.platform(), profile, uses)?;
        if let Some(profile) = profile {
            let subject = Subject {
                options,
                tool_choice: tool_choice.as_deref(),
                max_tokens,
                streams,
                prefills: prefill.is_some() || !conversation.is_of_chat() && ends_in_prefill(conversation),
                has_system_messages: by_messages.contains(Feature::SystemMessages),
                // Looking up headers takes time.
                interleaves: options.thinking.is_some() && self.has_beta(&options.headers, "interleaved-thinking-"),
                version: if samples { self.version(&options.headers) } else { None },
            };
            check(profile, subject)?;
        }
        let container = if is_message { container_of(options, conversation) } else { None };
        let decided = Decided {
            max_tokens,
            tool_choice: tool_choice.as_deref(),
            cache_control,
            fallbacks: options.fallbacks_of_api(self.platform()),
            container: container.as_ref().or(options.container.as_ref()),
            stream: streams,
        };
        // Copying an empty map takes time.
        let mut headers = if options.headers.is_empty() { HeaderMap::new() } else { options.headers.clone() };
        for beta in mcp_beta.into_iter().chain(missing_betas(features, betas)).chain(beta) {
            append_beta(&mut headers, beta)?;
        }
        let moved = self.moved_fields(is_message, samples, &mut headers);
        let mut body = head(options, &Fields::new(options, &decided, &moved), prefix);
        write_sealed(conversation, placed.turn.as_ref(), &mut body);
        let json = sent.as_deref().map(|sent| write_pending(conversation, sent, &mut body));
        if let Some(prefill) = prefill {
            prefill.write(&mut body);
        }
        body.push(b"]}");
        // If the request adds cache breakpoints to the message, its bytes are not those of the history.
        let is_kept = matches!(sent, Some(Cow::Borrowed(_)));
        let added = pending.zip(json).filter(|_| is_kept).map(|(pending, json)| (pending.message, json));
        let (operation, path) = match endpoint {
            Endpoint::Messages => (OperationKind::CreateMessage, MESSAGES),
            Endpoint::CountTokens => (OperationKind::CountTokens, "/v1/messages/count_tokens"),
        };
        let host_path = self.host_path(&Operation::new(operation, path, &options.model).streams(streams))?;
        let request = EncodedRequest {
            method: Method::POST,
            operation,
            path: host_path.map_or(path.into(), Cow::Owned),
            model: options.model.clone(),
            body: body.finish(),
            headers,
            timeout: options.timeout,
            total_timeout: options.total_timeout,
            streams,
            samples,
            long_names: plan.tools.long_names().clone(),
            shown: SpanSettings::new(options, max_tokens, conversation.id.clone()),
            fallbacks: Vec::new(),
            added,
        };
        self.check_size(request.size())?;
        Ok(request)
    }

    /// Encodes the system prompt and the tools, with the cache breakpoints of the options.
    pub(crate) fn prefix(&self, system: Option<&System>, tools: &Toolset, options: &RequestOptions) -> Prefix {
        Prefix::new(system, tools, options.extra_fields(), self.cache(options))
    }

    /// Returns the cache policy of requests with these options.
    pub(crate) fn cache<'a>(&'a self, options: &'a RequestOptions) -> &'a CachePolicy {
        options.cache.as_ref().unwrap_or(&self.0.cache)
    }

    /// Returns the maximum number of output tokens: the one in the options, or else a default that the model supports.
    pub(crate) fn max_tokens(&self, options: &RequestOptions) -> u32 {
        max_tokens(options, self.profile(&options.model))
    }

    /// Returns `true` if the model is known to accept a forced tool call with these options.
    pub(crate) fn can_force_a_call(&self, options: &RequestOptions) -> bool {
        let thinks = options.thinking.as_ref().is_some_and(|thinking| *thinking.kind() == ThinkingKind::Enabled);
        self.profile(&options.model).is_some_and(Profile::takes_forced_tool_choice) && !thinks
    }

    /// Returns `true` if the client or these headers enable a beta whose name starts with `name`.
    fn has_beta(&self, headers: &HeaderMap, name: &str) -> bool {
        self.betas(headers).any(|beta| beta.starts_with(name))
    }

    /// Returns the betas that the client or these headers enable.
    pub(super) fn betas<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        let lists = [self.headers(), headers].into_iter().filter_map(|headers| headers.get(&BETA)?.to_str().ok());
        lists.flat_map(|list| list.split(',')).map(str::trim)
    }

    /// Returns the version of the API, if the client or these headers set one.
    fn version<'a>(&'a self, headers: &'a HeaderMap) -> Option<&'a str> {
        headers.get(&VERSION).or(self.0.version.as_ref())?.to_str().ok()
    }
}

/// Returns the maximum number of output tokens: the one in the options, or else a default that the model supports.
fn max_tokens(options: &RequestOptions, profile: Option<&Profile>) -> u32 {
    let most = || profile?.max_output()?.try_into().ok();
    options.max_tokens.unwrap_or_else(|| MAX_TOKENS.min(most().unwrap_or(u32::MAX)))
}

/// Begins the body: the fields, the system prompt, the tools, and the start of the list of messages.
fn head(options: &RequestOptions, fields: &Fields<'_>, prefix: &Prefix) -> BodyWriter {
    let extra = &options.extra;
    let mut head = if extra.is_empty() { json(fields) } else { json(&fields.with_extra(extra)) };
    // The fields are a non-empty object. Its closing brace is removed, because more fields follow.
    head.pop();
    head.push(b',');
    let mut body = BodyWriter::new(head);
    body.share(&prefix.json, || prefix.json.clone());
    body.push(b"\"messages\":[");
    body
}

fn write_sealed(conversation: &Conversation<'_>, turn: Option<&(usize, CacheControl)>, body: &mut BodyWriter) {
    let Conversation { sealed, encoded, .. } = conversation;
    match (encoded, turn) {
        (Some(encoded), None) => encoded.write(body),
        (Some(encoded), Some(mark)) => encoded.write_with_breakpoint(sealed, mark, body),
        (None, None) if sealed.is_empty() => {}
        (None, None) => body.push_messages(sealed),
        (None, Some((place, control))) => {
            let mut sealed = sealed.to_vec();
            mark_turn(&mut sealed, *place, control);
            body.push_messages(&sealed);
        }
    }
}

/// Writes the pending message, and returns its encoding.
fn write_pending(conversation: &Conversation<'_>, pending: &PendingMessage, body: &mut BodyWriter) -> Bytes {
    if !conversation.sealed.is_empty() {
        body.push(b",");
    }
    if let Some(turn) = &pending.ended {
        body.push_messages(std::slice::from_ref(turn));
        body.push(b",");
    }
    let json = Bytes::from(encode(std::slice::from_ref(&pending.message)));
    body.share(&json, || json.clone());
    if let Some(system) = &pending.system {
        body.push(b",");
        body.push_messages(std::slice::from_ref(system));
    }
    json
}

/// Returns the pending message with cache breakpoints on these blocks and at its end.
fn marked<'p>(
    pending: &'p PendingMessage,
    blocks: &[(usize, CacheControl)],
    end: Option<&CacheControl>,
) -> Cow<'p, PendingMessage> {
    if blocks.is_empty() && end.is_none() {
        return Cow::Borrowed(pending);
    }
    let mut pending = pending.clone();
    mark_blocks(pending.message.blocks_mut(), blocks);
    if let Some(control) = end {
        pending.message.set_mark(control);
    }
    Cow::Owned(pending)
}

/// Returns the breakpoint that the API places automatically, if the limit permits another one.
///
/// # Errors
/// Misuse: there are more breakpoints than the API accepts, or they are not in the required order.
fn automatic_breakpoint<'c>(
    cache: &'c CachePolicy,
    prefix: &Prefix,
    messages: CacheBreakpoints,
    ends_marked: bool,
) -> Result<Option<&'c CacheControl>> {
    let before = prefix.breakpoints().then(messages);
    let control = cache.whole.as_ref().filter(|_| before.count < CacheBreakpoints::MOST && !ends_marked);
    let all = before.then(control.map(CacheBreakpoints::from).unwrap_or_default());
    if all.count > CacheBreakpoints::MOST {
        let (prefix, messages) = (prefix.breakpoints().count, messages.count);
        return Err(Error::misuse(format!(
            "the request has {} cache breakpoints ({prefix} in the tools and the system prompt, {messages} in the \
             messages), but the API accepts at most {}; `.cache(true)` needs only one, which moves with the end of the \
             conversation",
            all.count,
            CacheBreakpoints::MOST,
        )));
    }
    if all.are_out_of_order {
        return Err(Error::misuse(
            "a cache breakpoint of one hour follows one of five minutes; breakpoints of one hour must come first, in \
             the order tools, system prompt, messages",
        ));
    }
    Ok(control)
}

/// Checks for conversations that the API would refuse, to report them with a clearer message.
fn check_conversation(conversation: &Conversation<'_>, prefill: Option<&Prefill>) -> Result<()> {
    if prefill.is_some() && conversation.is_paused() && conversation.is_of_chat() {
        return Err(Error::misuse(
            "a prefill is not possible, because the model continues a paused turn; remove the prefill",
        ));
    }
    if conversation.is_of_chat() {
        return Ok(());
    }
    let count = conversation.messages().count();
    if count == 0 && conversation.additions.is_empty() {
        return Err(Error::misuse("the conversation does not contain a message to send"));
    }
    match conversation.messages().position(Message::is_blank) {
        // The last message may be empty if it is the model's.
        Some(place) if place + 1 < count || prefill.is_some() || !ends_in_model(conversation) => {
            Err(Error::misuse(format!("message {place} is empty, but the API accepts only messages with content")))
        }
        _ => Ok(()),
    }
}

fn ends_in_model(conversation: &Conversation<'_>) -> bool {
    conversation.messages().next_back().is_some_and(|last| *last.role() == Role::Assistant)
}

/// Returns `true` if the last message is a prefill: a message of the model with only text and thinking. A turn that the
/// API paused is not a prefill. It contains blocks of a server tool, and all models accept it.
fn ends_in_prefill(conversation: &Conversation<'_>) -> bool {
    let is_text = |block: &ContentBlock| {
        matches!(block, ContentBlock::Text(_) | ContentBlock::Thinking(_) | ContentBlock::RedactedThinking(_))
    };
    conversation
        .messages()
        .next_back()
        .is_some_and(|last| *last.role() == Role::Assistant && !last.is_blank() && last.content().iter().all(is_text))
}
