//! One request to a server: its time limits, its progress, and its cancellation.

use std::time::Duration;

use claudette::ToolContext;
use rmcp::RoleClient;
use rmcp::model::{
    CancelledNotification, CancelledNotificationParam, ClientRequest, CustomResult, RequestId, ServerResult,
};
use rmcp::service::{Peer, PeerRequestOptions, RequestHandle};
use serde_json::Value;

use super::connection::Connection;
use super::failure::Failure;
use super::progress::Expired;

/// The time limits of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Since the request, or since the last progress.
    pub(crate) idle: Duration,
    /// In all.
    pub(crate) total: Duration,
}

impl Limits {
    /// Returns the limits of a request without progress.
    pub(crate) fn of(total: Duration) -> Self {
        Self { idle: total, total }
    }
}

impl Connection {
    /// Sends a request and waits for its result, as the JSON that the server sent. If the future is dropped, the server
    /// is told that the request was cancelled.
    pub(crate) async fn request(
        &self,
        request: ClientRequest,
        limits: Limits,
        cx: Option<&ToolContext>,
    ) -> Result<Value, Failure> {
        if self.is_over() {
            return Err(Failure::NotSent("the connection was closed".into()));
        }
        let sent = self.peer().send_cancellable_request(request, PeerRequestOptions::no_options()).await;
        let Ok(RequestHandle { rx, id, progress_token, .. }) = sent else {
            return Err(Failure::NotSent("the connection was closed".into()));
        };
        let mut watch = self.progress().watch(progress_token, limits, cx.cloned());
        let mut pending = Pending { peer: self.peer(), id: Some(id), reason: "the caller does not wait any more" };
        tokio::select! {
            biased;
            response = rx => {
                pending.id = None;
                match response {
                    Ok(Ok(result)) => Ok(json_of(result)),
                    Ok(Err(error)) => Err(self.failure(Failure::of(error))),
                    Err(_) => Err(Failure::Died),
                }
            }
            () = self.life().over().cancelled() => {
                pending.id = None;
                Err(Failure::Died)
            }
            Ok(expired) = &mut watch.expired => {
                pending.reason = "the request has timed out";
                let in_all = expired == Expired::Total;
                Err(Failure::Timeout { after: if in_all { limits.total } else { limits.idle }, in_all })
            }
        }
    }

    /// Ends the connection if a request could not be sent, so the next request makes a new one.
    fn failure(&self, failure: Failure) -> Failure {
        if let Failure::NotSent(why) = &failure {
            self.life().end(why.clone());
        }
        failure
    }
}

/// Returns the result as JSON. Only the HTTP transport decodes results.
fn json_of(result: ServerResult) -> Value {
    match result {
        ServerResult::CustomResult(CustomResult(value)) => value,
        other => serde_json::to_value(other).unwrap_or_default(),
    }
}

/// A request without a result. Dropped, it tells the server.
struct Pending<'a> {
    peer: &'a Peer<RoleClient>,
    id: Option<RequestId>,
    reason: &'static str,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else { return };
        // Outside a runtime, nothing can be sent.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (peer, reason) = (self.peer.clone(), self.reason);
        runtime.spawn(async move {
            let params = CancelledNotificationParam::new(Some(id), Some(reason.to_owned()));
            let _ = peer.send_notification(CancelledNotification::new(params).into()).await;
        });
    }
}
