//! [`Watch`]: the callbacks of a request with several attempts; [`Meter`]: the limit on what they consume.

use super::retry::Retry;
use crate::error::Error;
use crate::messages::Response;
use crate::task::BoxFuture;

/// The callbacks of a request with several attempts.
#[derive(Clone, Copy, Default)]
pub(crate) struct Watch<'a> {
    /// Is called before each retry.
    pub(crate) retry: Option<&'a (dyn Fn(Retry) -> BoxFuture<'a, ()> + Sync)>,
    /// Limits the retries and the requests to fallbacks, if there is a limit.
    pub(crate) meter: Option<&'a dyn Meter>,
}

/// A limit on the consumption of a request, its retries, and the requests to its fallbacks in the client.
pub(crate) trait Meter: Sync {
    /// Decides whether a request may be sent again after this error.
    fn may_retry(&self, error: &Error) -> bool;

    /// Counts the response of a model that has declined.
    fn declined(&self, refusal: &Response);

    /// Counts a request to a fallback that has failed.
    fn failed(&self, error: &Error);

    /// Decides whether the request may be sent to the fallback at this place, starting at 0. If it `continues`, the
    /// request also contains the output of the models that have declined.
    fn may_fall_back(&self, place: usize, continues: bool) -> bool;
}
