//! The client: requests, responses, errors and retries.

mod accounting;
mod bad_input;
mod credentials;
mod errors;
mod faults;
mod models;
mod network;
mod recorded;
mod retries;
mod streaming;
mod transport;
mod wire_faults;
