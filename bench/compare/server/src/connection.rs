//! [`Connection`]: the part of HTTP/1.1 that is needed to answer one request after another.

use std::io::{Error, ErrorKind, Result};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The size of the buffer: large enough for the head of a request and for every body that the response depends on.
const BUFFER: usize = 64 << 10;

pub struct Connection {
    socket: TcpStream,
    buffer: Vec<u8>,
}

pub struct Request<'a> {
    pub path: &'a str,
    /// The whole body if it fits into the buffer together with the head, otherwise its end.
    pub body: &'a [u8],
}

impl Connection {
    pub fn new(socket: TcpStream) -> Result<Self> {
        socket.set_nodelay(true)?;
        Ok(Self { socket, buffer: vec![0; BUFFER] })
    }

    /// Reads the next request. Returns `None` if the client closed the connection.
    pub async fn read(&mut self) -> Result<Option<Request<'_>>> {
        let mut filled = 0;
        let head = loop {
            if let Some(end) = self.buffer[..filled].windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            match self.socket.read(&mut self.buffer[filled..]).await? {
                0 => return Ok(None),
                n => filled += n,
            }
        };
        let length = content_length(&self.buffer[..head])?;
        let mut left = length.saturating_sub(filled - head);
        while left > 0 {
            // A body that is larger than the buffer is overwritten, because the response does not depend on it.
            if filled == self.buffer.len() {
                filled = head;
            }
            let n = self.socket.read(&mut self.buffer[filled..]).await?;
            if n == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            filled += n;
            left = left.saturating_sub(n);
        }
        let (head, body) = self.buffer[..filled].split_at(head);
        let path = text(head)?.split(' ').nth(1).ok_or(ErrorKind::InvalidData)?;
        Ok(Some(Request { path, body }))
    }

    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.socket.write_all(bytes).await
    }
}

/// Returns the length of the body: zero if the head does not contain it. Chunked bodies are an error.
fn content_length(head: &[u8]) -> Result<usize> {
    for line in text(head)?.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length") {
            return value.trim().parse().map_err(Error::other);
        }
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(Error::other("this server does not read chunked bodies"));
        }
    }
    Ok(0)
}

fn text(head: &[u8]) -> Result<&str> {
    std::str::from_utf8(head).map_err(Error::other)
}
