//! [`Watched`]: a transport that records the end of its connection.

use std::sync::Arc;

use rmcp::RoleClient;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::Transport;

use super::life::Life;

/// A transport that records the end of its connection at once. `rmcp` itself reports it after up to 5 seconds, because
/// it first waits for its handlers.
pub(crate) struct Watched<T> {
    inner: T,
    life: Arc<Life>,
}

impl<T> Watched<T> {
    pub(crate) fn new(inner: T, life: Arc<Life>) -> Self {
        Self { inner, life }
    }
}

impl<T: Transport<RoleClient>> Transport<RoleClient> for Watched<T> {
    type Error = T::Error;

    fn send(&mut self, item: ClientJsonRpcMessage) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.inner.send(item)
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        let message = self.inner.receive().await;
        if message.is_none() {
            self.life.end("it closed the connection");
        }
        message
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}
