//! The spans and metrics of loops, requests and tool calls, by OpenTelemetry's conventions for generative AI. This is a
//! separate binary because `tracing` caches for the whole process which spans are enabled.

mod contents;
mod loops;
mod requests;
mod seen;
