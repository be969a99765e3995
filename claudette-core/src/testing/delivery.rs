//! [`Delivery`]: how a response is delivered.

use std::time::Duration;

use super::sse::Deltas;

/// The delivery of a response.
#[derive(Clone, Debug, Default)]
pub(super) struct Delivery {
    pub(super) delay: Duration,
    pub(super) deltas: Deltas,
    pub(super) cut_after: Option<usize>,
    /// The error that ends a stream.
    pub(super) fails: Option<StreamError>,
    pub(super) byte_chunks: Option<usize>,
}

/// An error in the middle of a stream.
#[derive(Clone, Debug)]
pub(super) struct StreamError {
    /// The number of events before the error.
    pub(super) after: usize,
    pub(super) kind: String,
    pub(super) message: String,
}
