//! [`Watch`]: the callbacks of a request with several attempts.

use super::retry::Retry;
use crate::error::Error;
use crate::task::BoxFuture;

/// The callbacks of a request with several attempts.
#[derive(Clone, Copy, Default)]
pub(crate) struct Watch<'a> {
    /// Is called before each retry.
    pub(crate) retry: Option<&'a (dyn Fn(Retry) -> BoxFuture<'a, ()> + Sync)>,
    pub(crate) may_retry: MayRetry<'a>,
}

/// Decides whether a request may be sent again after this error.
pub(crate) type MayRetry<'a> = Option<&'a (dyn Fn(&Error) -> bool + Sync)>;
