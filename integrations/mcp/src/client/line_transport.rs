//! [`LineTransport`]: JSON-RPC messages as lines of a reader and a writer.
//!
//! It replaces the transport of `rmcp`, which drops a line that is too long, so the call that waits for it never ends,
//! and which decodes every result as one of many types. Here a result stays the JSON that the server sent.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use rmcp::RoleClient;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, RequestId, ServerJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Mutex;

use super::life::Life;
use super::message::{self, Incoming};

/// The maximum length of a line. A longer one ends the connection, because the call that it answers is not known.
const MAX_LINE: usize = 16 * 1024 * 1024;
const READ_SIZE: usize = 64 * 1024;

pub(crate) struct LineTransport<R, W> {
    read: R,
    write: Arc<Mutex<Option<W>>>,
    buffer: Vec<u8>,
    /// The first byte of the buffer that was not taken.
    start: usize,
    /// The first byte of the buffer in which no line feed was looked for.
    scanned: usize,
    queue: VecDeque<ServerJsonRpcMessage>,
    /// The requests whose results `rmcp` itself reads.
    typed: Vec<RequestId>,
    life: Arc<Life>,
}

impl<R, W> LineTransport<R, W> {
    pub(crate) fn new(read: R, write: W, life: Arc<Life>) -> Self {
        Self {
            read,
            write: Arc::new(Mutex::new(Some(write))),
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            queue: VecDeque::new(),
            typed: Vec::new(),
            life,
        }
    }

    /// Reads the messages of the complete lines in the buffer.
    fn take_lines(&mut self) {
        while let Some(length) = self.buffer[self.scanned..].iter().position(|byte| *byte == b'\n') {
            let end = self.scanned + length;
            let line = self.buffer[self.start..end].trim_ascii();
            if !line.is_empty() {
                for incoming in message::read_line(line, &mut self.typed) {
                    match incoming {
                        Incoming::Message(message) => self.queue.push_back(*message),
                        Incoming::Ignored(why) => {
                            tracing::debug!(target: "claudette_mcp", why, "ignored a line of a server");
                        }
                    }
                }
            }
            (self.start, self.scanned) = (end + 1, end + 1);
        }
        self.scanned = self.buffer.len();
        if self.start == self.buffer.len() {
            // A single long line does not keep its memory for the rest of the connection.
            if self.buffer.capacity() > 16 * READ_SIZE {
                self.buffer = Vec::new();
            }
            self.buffer.clear();
            (self.start, self.scanned) = (0, 0);
        } else if self.start > READ_SIZE {
            self.buffer.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
    }
}

impl<R, W> Transport<RoleClient> for LineTransport<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(&mut self, item: ClientJsonRpcMessage) -> impl Future<Output = io::Result<()>> + Send + 'static {
        if let ClientJsonRpcMessage::Request(request) = &item
            && is_typed(&request.request)
        {
            self.typed.push(request.id.clone());
        }
        let write = self.write.clone();
        async move {
            let mut line = serde_json::to_vec(&item)?;
            line.push(b'\n');
            let mut write = write.lock().await;
            let write = write.as_mut().ok_or(io::ErrorKind::NotConnected)?;
            write.write_all(&line).await?;
            write.flush().await
        }
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        // The service loop drops this future whenever something else is ready, so nothing is kept outside `self`.
        loop {
            if let Some(message) = self.queue.pop_front() {
                return Some(message);
            }
            if self.buffer.len() - self.start > MAX_LINE {
                self.life.end("it sent a message above 16 MiB, so the connection was closed");
                return None;
            }
            self.buffer.reserve(READ_SIZE);
            match self.read.read_buf(&mut self.buffer).await {
                Ok(0) => {
                    self.life.end("it closed the connection");
                    return None;
                }
                Ok(_) => self.take_lines(),
                Err(error) => {
                    self.life.end(format!("the connection failed: {error}"));
                    return None;
                }
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        if let Some(mut write) = self.write.lock().await.take() {
            write.shutdown().await?;
        }
        Ok(())
    }
}

/// Returns `true` if `rmcp` itself reads the result of this request.
fn is_typed(request: &ClientRequest) -> bool {
    matches!(
        request,
        ClientRequest::InitializeRequest(_)
            | ClientRequest::DiscoverRequest(_)
            | ClientRequest::SubscriptionsListenRequest(_)
            | ClientRequest::PingRequest(_)
    )
}
