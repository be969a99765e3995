//! The hosts of the API besides that of Anthropic: Amazon Bedrock, the Claude Platform on AWS, Vertex AI, Google Cloud and
//! Microsoft Foundry.
//!
//! A request passes the rules of the host first: its route, credentials, fields, features and names of models. It is then
//! translated into the form of the first-party API, so that all checks of that API apply on every host. The answer is
//! translated back: errors, headers and the frames of streams.

mod answers;
mod aws_signature;
mod body;
mod credentials;
mod event_stream;
mod gaps;
mod host;
mod model_id;
mod problem;
mod received;
mod route;
mod segment;
mod settings;
mod start;

pub(super) use answers::ErrorAnswer;
pub(super) use host::Host;
pub(super) use route::Operation;
pub(super) use settings::Settings;
