//! [`Reports`]: the progress of a tool call, on its way to the client.

use std::pin::pin;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::FusedFuture as _;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::Peer;
use rmcp::{RoleServer, ServiceError};
use tokio::sync::{mpsc, oneshot};

/// The number of texts that wait for a client. Further texts are dropped, because a slow client must not slow down the
/// tool or fill the memory.
const WAITING: usize = 64;

/// The time in which the client has to read the last texts. After it, the result is sent without them.
const FLUSH: Duration = Duration::from_secs(1);

/// The progress of one call.
pub(super) struct Reports {
    peer: Peer<RoleServer>,
    token: ProgressToken,
    texts: mpsc::Receiver<String>,
}

impl Reports {
    /// Returns the reports of a call, and the function that takes its texts.
    pub(super) fn new(peer: Peer<RoleServer>, token: ProgressToken) -> (Self, impl Fn(&str) + Send + Sync + 'static) {
        let (sender, texts) = mpsc::channel(WAITING);
        let sink = move |text: &str| {
            let _ = sender.try_send(text.to_owned());
        };
        (Self { peer, token, texts }, sink)
    }

    /// Sends the texts while a call runs. All of them are sent before its result.
    pub(super) async fn while_running<T>(self, call: impl Future<Output = T>) -> T {
        let (over, is_over) = oneshot::channel();
        let mut sending = pin!(self.send(is_over).fuse());
        let mut call = pin!(call);
        let result = tokio::select! {
            biased;
            result = &mut call => result,
            () = &mut sending => call.await,
        };
        let _ = over.send(());
        if !sending.is_terminated() {
            let _ = tokio::time::timeout(FLUSH, sending).await;
        }
        result
    }

    /// Sends the texts until the call is over.
    async fn send(mut self, mut is_over: oneshot::Receiver<()>) {
        let mut count = 0_u32;
        loop {
            let text = tokio::select! {
                biased;
                Some(text) = self.texts.recv() => text,
                _ = &mut is_over => return,
            };
            count += 1;
            if self.notify(count, text).await.is_err() {
                return;
            }
        }
    }

    /// Sends one text. The protocol wants a number that grows, and the number of texts does.
    async fn notify(&self, count: u32, text: String) -> Result<(), ServiceError> {
        let progress = ProgressNotificationParam::new(self.token.clone(), f64::from(count)).with_message(text);
        self.peer.notify_progress(progress).await
    }
}
