//! [`Cancellation`]: the cancellation state of a call.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

/// The cancellation state of a call. Clones share it.
///
/// The token is created on first use, because few tools need it.
#[derive(Clone, Default)]
pub(super) struct Cancellation(Arc<Inner>);

#[derive(Default)]
struct Inner {
    token: OnceLock<CancellationToken>,
    /// The parent: if it is cancelled, this is cancelled too.
    whole: Option<Cancellation>,
}

/// Cancels a call when it is dropped, unless it is [disarmed](Self::disarm).
pub(crate) struct CancelOnDrop(Option<Cancellation>);

impl Cancellation {
    /// Returns a child, which can be cancelled alone.
    pub(super) fn part(&self) -> Self {
        Self(Arc::new(Inner { token: OnceLock::new(), whole: Some(self.clone()) }))
    }

    pub(super) fn is_cancelled(&self) -> bool {
        match self.0.token.get() {
            Some(token) => token.is_cancelled(),
            None => self.0.whole.as_ref().is_some_and(Self::is_cancelled),
        }
    }

    pub(super) fn token(&self) -> &CancellationToken {
        self.0.token.get_or_init(|| match &self.0.whole {
            Some(whole) => whole.token().child_token(),
            None => CancellationToken::new(),
        })
    }

    pub(super) fn cancel_on_drop(&self) -> CancelOnDrop {
        CancelOnDrop(Some(self.clone()))
    }
}

impl From<CancellationToken> for Cancellation {
    fn from(token: CancellationToken) -> Self {
        Self(Arc::new(Inner { token: token.into(), whole: None }))
    }
}

impl CancelOnDrop {
    pub(crate) fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(cancellation) = &self.0 {
            cancellation.token().cancel();
        }
    }
}
