//! The client: [`Client`] encodes requests, sends them to the API and reads the responses.

mod answer;
mod attempts;
mod build;
mod builder;
mod call_tools;
mod client;
mod credentials;
mod exchange;
mod fallbacks;
mod headers;
pub(crate) mod hosts;
mod limits;
mod models;
mod pacing;
mod request;
mod request_metrics;
mod response_headers;
mod response_recorder;
mod retry;
mod span;
mod stream;
mod timestamp;
mod traced_messages;
mod transport;
mod watch;

pub use self::builder::ClientBuilder;
pub use self::call_tools::CallTools;
pub use self::client::Client;
#[cfg(feature = "testing")]
pub(crate) use self::credentials::is_environment_empty;
pub use self::credentials::{
    BearerToken, Cached, CachedCredentials, Credentials, FetchedCredentials, WorkloadIdentity, WorkloadIdentityBuilder,
};
pub use self::exchange::Exchange;
pub use self::request::{
    Conversation, CountTokens, CreateMessage, EncodedRequest, Request, RequestOptions, RequestPlan,
};
pub(crate) use self::request::{EncodedMessages, Opening, PendingMessage, Prefill, Prefix, request_setters};
pub use self::retry::Retry;
pub(crate) use self::stream::FallbackStream;
pub use self::stream::MessageStream;
#[cfg(feature = "testing")]
pub(crate) use self::timestamp::parse_rfc3339;
pub use self::transport::{Body, HttpTransport, HttpTransportBuilder, Transport};
pub(crate) use self::watch::{Meter, Watch};
