//! The three forms of a request: [`RequestOptions`] is what the caller sets, [`RequestPlan`] adds the conversation, the
//! system prompt and the tools, and [`EncodedRequest`] is bytes.

mod betas;
mod body_writer;
mod breakpoints;
mod builder;
mod container;
mod conversation;
mod encode;
mod encoded_messages;
mod fallback_patch;
mod fallback_request;
mod feature_rules;
mod fit;
mod json_text;
mod marking;
mod mcp_connector;
mod model_rules;
mod moved_fields;
mod options;
mod plan;
mod prefill;
mod prefix;
mod setters;
mod span_settings;
mod summary_options;
mod wire;

pub use self::builder::{CountTokens, CreateMessage, Request};
pub use self::conversation::Conversation;
pub(crate) use self::conversation::PendingMessage;
pub use self::encode::EncodedRequest;
pub(crate) use self::encoded_messages::EncodedMessages;
pub use self::options::RequestOptions;
pub use self::plan::RequestPlan;
pub(crate) use self::prefill::{Opening, Prefill};
pub(crate) use self::prefix::Prefix;
pub(crate) use self::setters::request_setters;
pub(super) use self::wire::{MESSAGES, VERSION, WITH_SAMPLING, WITHOUT_SAMPLING};
