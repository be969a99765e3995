//! The client: requests, responses, errors and retries.

mod accounting;
mod bad_input;
mod client_certificate;
mod credentials;
mod errors;
mod fallbacks;
mod faults;
mod identity_federation;
mod identity_order;
mod identity_profiles;
mod max_concurrent;
mod models;
mod network;
mod pacing;
mod recorded;
mod retries;
mod streaming;
mod transport;
mod wire_faults;
